//! The state of a case, and the JSON text as which it is stored and hashed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::scope::{CaseScope, ROOT};
use super::status::{CaseStatus, ScopeStatus, TokenStatus};
use super::token::Token;
use crate::clock::{from_ms, to_ms};
use crate::error::{Error, Result};
use crate::json::{Json, push_quoted};

/// The state of a case at some receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseState {
    /// How the case stands.
    pub status: CaseStatus,
    /// The context, an object.
    pub ctx: Json,
    /// The tokens by their ids.
    pub tokens: BTreeMap<String, Token>,
    /// The scopes by their ids, `root` among them.
    pub scopes: BTreeMap<String, CaseScope>,
    /// What else is known of the case.
    pub metadata: CaseMetadata,
}

/// What is known of a case besides its context, tokens and scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseMetadata {
    /// How often `increment_step_count` was committed.
    pub step_count: u64,
    /// When the case was created.
    pub started_at: SystemTime,
    /// When the last commit was made.
    pub last_commit: SystemTime,
    /// What `set_metadata` has set; null before.
    pub term: Json,
}

impl CaseState {
    /// A case that has just begun.
    pub(super) fn new(ctx: Json, now_ms: i64) -> Self {
        let now = from_ms(now_ms);
        let root = CaseScope {
            id: ROOT.to_owned(),
            parent: None,
            status: ScopeStatus::Active,
            entered_at: now,
            tokens: Vec::new(),
        };
        Self {
            status: CaseStatus::Running,
            ctx,
            tokens: BTreeMap::new(),
            scopes: BTreeMap::from([(ROOT.to_owned(), root)]),
            metadata: CaseMetadata {
                step_count: 0,
                started_at: now,
                last_commit: now,
                term: Json::trusted("null".to_owned()),
            },
        }
    }

    pub(super) fn active_tokens(&self) -> u64 {
        self.tokens.values().filter(|token| token.status == TokenStatus::Active).count() as u64
    }

    /// The text that is stored. The time of the last commit is not in it: it is known only later.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(256 + self.ctx.as_str().len() + 96 * self.tokens.len());
        text.push_str("{\"status\":\"");
        text.push_str(self.status.as_str());
        text.push_str("\",\"ctx\":");
        text.push_str(self.ctx.as_str());
        text.push_str(",\"tokens\":[");
        for (at, token) in self.tokens.values().enumerate() {
            text.push_str(if at == 0 { "{" } else { ",{" });
            push_token(&mut text, token);
            text.push('}');
        }
        text.push_str("],\"scopes\":[");
        for (at, scope) in self.scopes.values().enumerate() {
            text.push_str(if at == 0 { "{\"id\":" } else { ",{\"id\":" });
            push_quoted(&mut text, &scope.id);
            text.push_str(",\"parent\":");
            match &scope.parent {
                Some(parent) => push_quoted(&mut text, parent),
                None => text.push_str("null"),
            }
            let (status, entered_ms) = (scope.status, to_ms(scope.entered_at));
            push(
                &mut text,
                format_args!(",\"status\":\"{status}\",\"entered_ms\":{entered_ms},\"tokens\":["),
            );
            for (at, token) in scope.tokens.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                push_quoted(&mut text, token);
            }
            text.push_str("]}");
        }
        let (step_count, started_ms) = (self.metadata.step_count, to_ms(self.metadata.started_at));
        push(
            &mut text,
            format_args!(
                "],\"metadata\":{{\"step_count\":{step_count},\"started_ms\":{started_ms},\"term\":"
            ),
        );
        text.push_str(self.metadata.term.as_str());
        text.push_str("}}");
        text
    }

    /// Reads a text. The path of what can't be read begins at `$`; whether the parts fit together is for
    /// [`check`](Self::check).
    pub(super) fn parse(text: &str, last_commit: SystemTime) -> Result<Self> {
        let stored: Stored<'_> =
            serde_json::from_str(text).map_err(|error| Error::value("$", error.to_string()))?;
        let Stored { status, ctx, tokens, scopes, metadata } = stored;
        let ctx = json("$.ctx", ctx)?;
        if !is_object(&ctx) {
            return Err(Error::value("$.ctx", "it must be an object"));
        }
        let mut state = Self {
            status: status.parse().map_err(|error| at("$.status", error))?,
            ctx,
            tokens: BTreeMap::new(),
            scopes: BTreeMap::new(),
            metadata: CaseMetadata {
                step_count: metadata.step_count,
                started_at: from_ms(metadata.started_ms),
                last_commit,
                term: json("$.metadata.term", metadata.term)?,
            },
        };
        for (index, token) in tokens.into_iter().enumerate() {
            let path = format!("$.tokens[{index}]");
            let token = token.read(&path)?;
            if let Some(twice) = state.tokens.insert(token.id.clone(), token) {
                return Err(Error::value(path, format!("token {:?} comes twice", twice.id)));
            }
        }
        for (index, StoredScope { id, parent, status, entered_ms, tokens }) in scopes.into_iter().enumerate()
        {
            let path = format!("$.scopes[{index}]");
            let status = status.parse().map_err(|error| at(&path, error))?;
            let scope = CaseScope { id: id.clone(), parent, status, entered_at: from_ms(entered_ms), tokens };
            if state.scopes.insert(id, scope).is_some() {
                return Err(Error::value(path, "a scope comes twice"));
            }
        }
        Ok(state)
    }

    /// The scopes beneath each scope.
    pub(super) fn children(&self) -> HashMap<String, Vec<String>> {
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        for scope in self.scopes.values() {
            if let Some(parent) = &scope.parent {
                children.entry(parent.clone()).or_default().push(scope.id.clone());
            }
        }
        children
    }

    /// Checks what is true of every state, whatever was committed; gives a path and a reason otherwise.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |path: String, reason: String| Err(Error::value(path, reason));
        let Some(root) = self.scopes.get(ROOT) else {
            return wrong("$.scopes".to_owned(), "the scope root is missing".to_owned());
        };
        if root.parent.is_some() || root.status == ScopeStatus::Exited {
            return wrong("$.scopes".to_owned(), "root has no parent and can't be exited".to_owned());
        }
        if (root.status == ScopeStatus::Cancelled) != (self.status == CaseStatus::Cancelled) {
            let reason = "root is cancelled exactly when the case is".to_owned();
            return wrong("$.status".to_owned(), reason);
        }
        self.check_scopes()?;
        for token in self.tokens.values() {
            let path = || format!("$.tokens[{:?}]", token.id);
            let Some(scope) = self.scopes.get(&token.scope) else {
                return wrong(path(), format!("its scope {:?} does not exist", token.scope));
            };
            if token.status == TokenStatus::Active && scope.status != ScopeStatus::Active {
                return wrong(path(), format!("it is active in a scope that is {}", scope.status));
            }
        }
        let placed: usize = self.scopes.values().map(|scope| scope.tokens.len()).sum();
        if placed != self.tokens.len() {
            return wrong("$.scopes".to_owned(), "they do not list every token once".to_owned());
        }
        Ok(())
    }

    /// Goes down from root: every scope is met, and below a cancelled one none is active.
    fn check_scopes(&self) -> Result<()> {
        let wrong = |id: &str, reason: String| Err(Error::value(format!("$.scopes[{id:?}]"), reason));
        let children = self.children();
        let (mut met, mut next) = (HashSet::new(), vec![(ROOT, false)]);
        while let Some((id, under_cancelled)) = next.pop() {
            let scope = &self.scopes[id];
            met.insert(id);
            if scope.status == ScopeStatus::Active && under_cancelled {
                return wrong(id, "it is active under a scope that is cancelled".to_owned());
            }
            let mut listed = HashSet::new();
            for token in &scope.tokens {
                if self.tokens.get(token).is_none_or(|token| token.scope != id) || !listed.insert(token) {
                    return wrong(id, format!("it lists token {token:?}, which is not in it once"));
                }
            }
            let cancelled = under_cancelled || scope.status == ScopeStatus::Cancelled;
            let below = children.get(id).into_iter().flatten();
            next.extend(below.map(|child| (child.as_str(), cancelled)));
        }
        match self.scopes.keys().find(|id| !met.contains(id.as_str())) {
            Some(lost) => wrong(lost, "its parents do not lead to root".to_owned()),
            None => Ok(()),
        }
    }
}

/// Whether a text is that of an object.
pub(super) fn is_object(json: &Json) -> bool {
    json.as_str().trim_ascii_start().starts_with('{')
}

/// The members of a token, without its braces.
pub(super) fn push_token(text: &mut String, token: &Token) {
    for (name, value) in [("\"id\":", &token.id), (",\"ip\":", &token.ip), (",\"scope\":", &token.scope)] {
        text.push_str(name);
        push_quoted(text, value);
    }
    text.push_str(",\"value\":");
    text.push_str(token.value.as_str());
    push(text, format_args!(",\"status\":\"{}\"", token.status));
}

pub(super) fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String can't fail");
}

/// A part of a text as JSON of its own, within the limits of a store.
pub(super) fn json(path: &str, raw: &RawValue) -> Result<Json> {
    Json::new(raw.get()).map_err(|error| at(path, error))
}

/// The error with where the wrong value stands.
fn at(path: &str, error: Error) -> Error {
    match error {
        Error::InvalidValue { path: inner, reason } => {
            let inner = inner.strip_prefix('$').unwrap_or_default();
            Error::value(format!("{path}{inner}"), reason)
        }
        other => other,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    status: String,
    #[serde(borrow)]
    ctx: &'a RawValue,
    #[serde(borrow)]
    tokens: Vec<StoredToken<'a>>,
    scopes: Vec<StoredScope>,
    #[serde(borrow)]
    metadata: StoredMetadata<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredToken<'a> {
    id: String,
    ip: String,
    scope: String,
    #[serde(borrow)]
    value: &'a RawValue,
    status: String,
}

impl StoredToken<'_> {
    fn read(self, path: &str) -> Result<Token> {
        let value = json(&format!("{path}.value"), self.value)?;
        let status = self.status.parse().map_err(|error| at(path, error))?;
        Ok(Token { id: self.id, ip: self.ip, scope: self.scope, value, status })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredScope {
    id: String,
    parent: Option<String>,
    status: String,
    entered_ms: i64,
    tokens: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMetadata<'a> {
    step_count: u64,
    started_ms: i64,
    #[serde(borrow)]
    term: &'a RawValue,
}
