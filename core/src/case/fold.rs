//! What each mutation does to a state, and when it may. Pure: a mutation is either applied whole, or refused
//! with the rule that it breaks and nothing changed.

use std::collections::HashMap;

use super::change::Change;
use super::scope::{CaseScope, ROOT};
use super::state::{CaseState, is_object};
use super::status::{CaseStatus, ScopeStatus, TokenStatus};
use super::token::Token;
use crate::clock::from_ms;
use crate::json::Json;
use crate::limits::{CASE_ID_BYTES, check_name};

/// A state on which mutations are folded, one after the other.
pub(super) struct Fold {
    pub(super) state: CaseState,
    /// The scopes beneath each scope, once something was cancelled: to look for them anew each time would
    /// make a commit of many cancellations slow.
    children: Option<HashMap<String, Vec<String>>>,
}

/// The rule that a mutation breaks, in words.
pub(super) type Broken = String;

impl Fold {
    pub(super) fn new(state: CaseState) -> Self {
        Self { state, children: None }
    }

    /// The state, for good.
    pub(super) fn take(&mut self) -> CaseState {
        let nothing = CaseState::new(Json::trusted(String::new()), 0);
        std::mem::replace(&mut self.state, nothing)
    }

    /// Applies a mutation, judged by the state as the earlier ones have left it.
    pub(super) fn apply(&mut self, change: &Change) -> Result<(), Broken> {
        match change {
            Change::Create(state) | Change::Restore(state) => {
                *self = Self::new((**state).clone());
                return Ok(());
            }
            Change::SetStatus(CaseStatus::Running) if self.state.status == CaseStatus::Running => {
                return Ok(());
            }
            _ => self.check_running()?,
        }
        match change {
            Change::SetCtx(ctx) | Change::UpdateCtx(ctx) => {
                if !is_object(ctx) {
                    return Err("the context must be an object".to_owned());
                }
                self.state.ctx = ctx.clone();
            }
            Change::AddToken(token) => self.add_token(token)?,
            Change::RemoveToken(id) => self.remove_token(id)?,
            Change::UpdateToken(token) => self.update_token(token)?,
            Change::EnterScope { id, parent, entered_ms } => self.enter_scope(id, parent, *entered_ms)?,
            Change::ExitScope(id) => self.exit_scope(id)?,
            Change::CancelScope(id) => {
                if id == ROOT {
                    return Err("root can't be cancelled by itself; cancel the case".to_owned());
                }
                self.active_scope(id)?;
                self.cancel(id);
            }
            Change::IncrementStepCount => self.state.metadata.step_count += 1,
            Change::SetMetadata(term) => self.state.metadata.term = term.clone(),
            Change::SetStatus(status) => {
                self.state.status = *status;
                if *status == CaseStatus::Cancelled {
                    self.cancel(ROOT);
                }
            }
            Change::Create(_) | Change::Restore(_) => {}
        }
        Ok(())
    }

    /// Whether the case takes mutations at all.
    pub(super) fn check_running(&self) -> Result<(), Broken> {
        match self.state.status {
            CaseStatus::Running => Ok(()),
            status => Err(format!("the case is {status} and takes no more mutations")),
        }
    }

    /// The token, if there is one.
    pub(super) fn token(&self, id: &str) -> Result<&Token, Broken> {
        self.state.tokens.get(id).ok_or_else(|| format!("there is no token {id:?}"))
    }

    fn active_scope(&self, id: &str) -> Result<&CaseScope, Broken> {
        let scope = self.state.scopes.get(id).ok_or_else(|| format!("there is no scope {id:?}"))?;
        match scope.status {
            ScopeStatus::Active => Ok(scope),
            status => Err(format!("scope {id:?} is {status}")),
        }
    }

    /// The list of the tokens of a scope that is known to be there.
    fn list(&mut self, scope: &str) -> &mut Vec<String> {
        &mut self.state.scopes.get_mut(scope).expect("a token's scope exists").tokens
    }

    fn unlist(&mut self, scope: &str, token: &str) {
        let list = self.list(scope);
        if let Some(at) = list.iter().position(|listed| listed == token) {
            list.remove(at);
        }
    }

    fn add_token(&mut self, token: &Token) -> Result<(), Broken> {
        check_id("token", &token.id)?;
        if self.state.tokens.contains_key(&token.id) {
            return Err(format!("there is a token {:?} already", token.id));
        }
        self.active_scope(&token.scope)?;
        self.list(&token.scope).push(token.id.clone());
        self.state.tokens.insert(token.id.clone(), token.clone());
        Ok(())
    }

    fn remove_token(&mut self, id: &str) -> Result<(), Broken> {
        let scope = self.token(id)?.scope.clone();
        self.unlist(&scope, id);
        self.state.tokens.remove(id);
        Ok(())
    }

    fn update_token(&mut self, token: &Token) -> Result<(), Broken> {
        let scope = self.token(&token.id)?.scope.clone();
        // A token that is over may stay in a scope that is over; anything else needs an active one.
        if token.scope != scope || token.status == TokenStatus::Active {
            self.active_scope(&token.scope)?;
        }
        if token.scope != scope {
            self.unlist(&scope, &token.id);
            self.list(&token.scope).push(token.id.clone());
        }
        self.state.tokens.insert(token.id.clone(), token.clone());
        Ok(())
    }

    fn enter_scope(&mut self, id: &str, parent: &str, entered_ms: i64) -> Result<(), Broken> {
        check_id("scope", id)?;
        if self.state.scopes.contains_key(id) {
            return Err(format!("there is a scope {id:?} already"));
        }
        self.active_scope(parent)?;
        let scope = CaseScope {
            id: id.to_owned(),
            parent: Some(parent.to_owned()),
            status: ScopeStatus::Active,
            entered_at: from_ms(entered_ms),
            tokens: Vec::new(),
        };
        self.state.scopes.insert(id.to_owned(), scope);
        if let Some(children) = &mut self.children {
            children.entry(parent.to_owned()).or_default().push(id.to_owned());
        }
        Ok(())
    }

    fn exit_scope(&mut self, id: &str) -> Result<(), Broken> {
        if id == ROOT {
            return Err("root can't be exited; set the status of the case".to_owned());
        }
        let is_active = |token: &&String| {
            self.state.tokens.get(*token).is_some_and(|token| token.status == TokenStatus::Active)
        };
        if let Some(token) = self.active_scope(id)?.tokens.iter().find(is_active) {
            return Err(format!("scope {id:?} can't be exited while token {token:?} is active in it"));
        }
        if let Some(scope) = self.state.scopes.get_mut(id) {
            scope.status = ScopeStatus::Exited;
        }
        Ok(())
    }

    /// Cancels a scope, the active ones beneath it, and every active token in them. Below one that was exited
    /// there may be active ones, too.
    fn cancel(&mut self, id: &str) {
        let children = self.children.get_or_insert_with(|| self.state.children());
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            next.extend(children.get(id).into_iter().flatten().map(String::as_str));
            let Some(scope) = self.state.scopes.get_mut(id) else { continue };
            if scope.status != ScopeStatus::Active {
                continue;
            }
            scope.status = ScopeStatus::Cancelled;
            for token in &scope.tokens {
                if let Some(token) = self.state.tokens.get_mut(token)
                    && token.status == TokenStatus::Active
                {
                    token.status = TokenStatus::Cancelled;
                }
            }
        }
    }
}

fn check_id(what: &'static str, id: &str) -> Result<(), Broken> {
    check_name(what, id, CASE_ID_BYTES).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "fold_test.rs"]
mod tests;
