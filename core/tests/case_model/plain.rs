//! A case as plain data, with the rules of the specification written down once more.

use std::collections::BTreeMap;

use crate::op::{Mutation, updated};

#[derive(Debug, Clone)]
pub(crate) struct Plain {
    pub(crate) status: &'static str,
    pub(crate) ctx: String,
    pub(crate) steps: u64,
    pub(crate) term: String,
    pub(crate) tokens: BTreeMap<String, PlainToken>,
    pub(crate) scopes: BTreeMap<String, PlainScope>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainToken {
    pub(crate) ip: String,
    pub(crate) scope: String,
    pub(crate) value: String,
    pub(crate) status: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainScope {
    pub(crate) parent: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) arrived: Vec<String>,
}

impl Default for Plain {
    fn default() -> Self {
        let root = PlainScope { parent: None, status: "active", arrived: vec![] };
        Self {
            status: "running",
            ctx: "{}".to_owned(),
            steps: 0,
            term: "null".to_owned(),
            tokens: BTreeMap::new(),
            scopes: BTreeMap::from([("root".to_owned(), root)]),
        }
    }
}

impl Plain {
    fn active(&self, scope: &str) -> bool {
        self.scopes.get(scope).is_some_and(|scope| scope.status == "active")
    }

    fn leave(&mut self, token: &str) {
        for scope in self.scopes.values_mut() {
            scope.arrived.retain(|arrived| arrived != token);
        }
    }

    fn arrive(&mut self, token: &str, scope: &str) {
        self.scopes.get_mut(scope).unwrap().arrived.push(token.to_owned());
    }

    /// Whether a scope is `above` or lies beneath it.
    fn within(&self, scope: &str, above: &str) -> bool {
        scope == above || self.scopes[scope].parent.as_ref().is_some_and(|parent| self.within(parent, above))
    }

    fn cancel(&mut self, above: &str) {
        let ids: Vec<String> = self.scopes.keys().filter(|id| self.within(id, above)).cloned().collect();
        for id in ids.iter().filter(|id| self.active(id)).cloned().collect::<Vec<_>>() {
            self.scopes.get_mut(&id).unwrap().status = "cancelled";
        }
        let tokens = self.tokens.values_mut();
        for token in tokens.filter(|token| token.status == "active" && ids.contains(&token.scope)) {
            token.status = "cancelled";
        }
    }

    /// Applies a mutation if it may be; else nothing changes.
    pub(crate) fn apply(&mut self, mutation: &Mutation) -> bool {
        if self.status != "running" {
            return false;
        }
        match mutation {
            Mutation::SetCtx(ctx) => {
                let fits = ctx.starts_with('{');
                if fits {
                    self.ctx.clone_from(ctx);
                }
                fits
            }
            Mutation::UpdateCtx(n) => {
                self.ctx = updated(&self.ctx, *n);
                true
            }
            Mutation::AddToken { id, scope, status } => {
                let fits = !self.tokens.contains_key(id) && self.active(scope);
                if fits {
                    let (ip, value) = ("start".to_owned(), "null".to_owned());
                    self.tokens.insert(id.clone(), PlainToken { ip, scope: scope.clone(), value, status });
                    self.arrive(id, scope);
                }
                fits
            }
            Mutation::RemoveToken(id) => {
                self.leave(id);
                self.tokens.remove(id).is_some()
            }
            Mutation::UpdateToken { id, scope, status } => {
                let Some(token) = self.tokens.get(id) else { return false };
                let moves = token.scope != *scope;
                if (moves || *status == "active") && !self.active(scope) {
                    return false;
                }
                let token = PlainToken {
                    ip: format!("{}.", token.ip),
                    scope: scope.clone(),
                    status,
                    ..token.clone()
                };
                self.tokens.insert(id.clone(), token);
                if moves {
                    self.leave(id);
                    self.arrive(id, scope);
                }
                true
            }
            Mutation::EnterScope { id, parent } => {
                let fits = !self.scopes.contains_key(id) && self.active(parent);
                if fits {
                    let scope =
                        PlainScope { parent: Some(parent.clone()), status: "active", arrived: vec![] };
                    self.scopes.insert(id.clone(), scope);
                }
                fits
            }
            Mutation::ExitScope(id) => {
                let busy = self.tokens.values().any(|token| token.scope == *id && token.status == "active");
                let fits = id != "root" && self.active(id) && !busy;
                if fits {
                    self.scopes.get_mut(id).unwrap().status = "exited";
                }
                fits
            }
            Mutation::CancelScope(id) => {
                let fits = id != "root" && self.active(id);
                if fits {
                    self.cancel(id);
                }
                fits
            }
            Mutation::Step => {
                self.steps += 1;
                true
            }
            Mutation::SetMetadata(term) => {
                self.term = term.to_string();
                true
            }
            Mutation::SetStatus(status) => {
                self.status = status;
                if *status == "cancelled" {
                    self.cancel("root");
                }
                true
            }
        }
    }
}
