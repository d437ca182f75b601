//! One mutation with all that it needs, as it is applied, told in a receipt, and replayed: what a function
//! gave and the time that it happened are in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::receipt::ReceiptMutation;
use super::state::{CaseState, json, push, push_token};
use super::status::CaseStatus;
use super::token::Token;
use crate::clock::from_ms;
use crate::error::{Error, Result};
use crate::json::{Json, push_quoted};

/// A mutation that is ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Create(Box<CaseState>),
    Restore(Box<CaseState>),
    SetCtx(Json),
    UpdateCtx(Json),
    AddToken(Token),
    RemoveToken(String),
    UpdateToken(Token),
    EnterScope { id: String, parent: String, entered_ms: i64 },
    ExitScope(String),
    CancelScope(String),
    IncrementStepCount,
    SetMetadata(Json),
    SetStatus(CaseStatus),
}

impl Change {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Restore(_) => "restore",
            Self::SetCtx(_) => "set_ctx",
            Self::UpdateCtx(_) => "update_ctx",
            Self::AddToken(_) => "add_token",
            Self::RemoveToken(_) => "remove_token",
            Self::UpdateToken(_) => "update_token",
            Self::EnterScope { .. } => "enter_scope",
            Self::ExitScope(_) => "exit_scope",
            Self::CancelScope(_) => "cancel_scope",
            Self::IncrementStepCount => "increment_step_count",
            Self::SetMetadata(_) => "set_metadata",
            Self::SetStatus(_) => "set_status",
        }
    }

    /// The token or the scope that it is about.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::AddToken(token) | Self::UpdateToken(token) => Some(&token.id),
            Self::RemoveToken(id)
            | Self::EnterScope { id, .. }
            | Self::ExitScope(id)
            | Self::CancelScope(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn mutation(&self) -> ReceiptMutation {
        ReceiptMutation { name: self.name().to_owned(), id: self.id().map(str::to_owned) }
    }

    /// Writes it as an object of JSON.
    fn push(&self, text: &mut String) {
        text.push_str("{\"name\":\"");
        text.push_str(self.name());
        text.push('"');
        match self {
            Self::Create(state) | Self::Restore(state) => {
                push(text, format_args!(",\"state\":{}", state.text()));
            }
            Self::SetCtx(ctx) | Self::UpdateCtx(ctx) => push(text, format_args!(",\"ctx\":{ctx}")),
            Self::AddToken(token) | Self::UpdateToken(token) => {
                text.push(',');
                push_token(text, token);
            }
            Self::EnterScope { id, parent, entered_ms } => {
                push_member(text, "id", id);
                push_member(text, "parent", parent);
                push(text, format_args!(",\"entered_ms\":{entered_ms}"));
            }
            Self::RemoveToken(id) | Self::ExitScope(id) | Self::CancelScope(id) => {
                push_member(text, "id", id);
            }
            Self::IncrementStepCount => {}
            Self::SetMetadata(term) => push(text, format_args!(",\"term\":{term}")),
            Self::SetStatus(status) => push(text, format_args!(",\"status\":\"{status}\"")),
        }
        text.push('}');
    }
}

fn push_member(text: &mut String, name: &str, value: &str) {
    push(text, format_args!(",\"{name}\":"));
    push_quoted(text, value);
}

/// The names and ids of a commit's mutations, as a receipt has them: `[["add_token","t1"],["set_ctx"]]`.
pub(super) fn names(changes: &[Change]) -> String {
    let mut text = String::with_capacity(32 * changes.len());
    for (at, change) in changes.iter().enumerate() {
        text.push_str(if at == 0 { "[[\"" } else { ",[\"" });
        text.push_str(change.name());
        text.push('"');
        if let Some(id) = change.id() {
            text.push(',');
            push_quoted(&mut text, id);
        }
        text.push(']');
    }
    text.push(']');
    text
}

/// All of a commit's mutations, as a full history keeps them and as every receipt has a digest of.
pub(super) fn content(changes: &[Change]) -> String {
    let mut text = String::with_capacity(64 * changes.len());
    for (at, change) in changes.iter().enumerate() {
        text.push(if at == 0 { '[' } else { ',' });
        change.push(&mut text);
    }
    text.push(']');
    text
}

/// Reads what [`content`] wrote.
pub(super) fn read_content(text: &str) -> Result<Vec<Change>> {
    let stored: Vec<StoredChange<'_>> =
        serde_json::from_str(text).map_err(|error| Error::value("$", error.to_string()))?;
    stored.into_iter().map(StoredChange::change).collect()
}

/// A mutation as an object of JSON: in a receipt's content, and as callers give it to `buffer`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredChange<'a> {
    pub(super) name: String,
    id: Option<String>,
    ip: Option<String>,
    scope: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    status: Option<String>,
    parent: Option<String>,
    entered_ms: Option<i64>,
    #[serde(borrow)]
    ctx: Option<&'a RawValue>,
    #[serde(borrow)]
    term: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
}

impl StoredChange<'_> {
    fn change(mut self) -> Result<Change> {
        Ok(match self.name.as_str() {
            "create" => Change::Create(self.state()?),
            "restore" => Change::Restore(self.state()?),
            "set_ctx" => Change::SetCtx(self.ctx()?),
            "update_ctx" => Change::UpdateCtx(self.ctx()?),
            "add_token" => Change::AddToken(self.token()?),
            "remove_token" => Change::RemoveToken(self.id()?),
            "update_token" => Change::UpdateToken(self.token()?),
            "enter_scope" => {
                let entered_ms = self.entered_ms.ok_or_else(|| missing("entered_ms"))?;
                let parent = self.parent.take().ok_or_else(|| missing("parent"))?;
                Change::EnterScope { id: self.id()?, parent, entered_ms }
            }
            "exit_scope" => Change::ExitScope(self.id()?),
            "cancel_scope" => Change::CancelScope(self.id()?),
            "increment_step_count" => Change::IncrementStepCount,
            "set_metadata" => Change::SetMetadata(self.term()?),
            "set_status" => Change::SetStatus(self.status()?),
            other => return Err(Error::value("$.name", format!("there is no mutation {other:?}"))),
        })
    }

    /// The names of the members that are there, besides `name`.
    pub(super) fn members(&self) -> Vec<&'static str> {
        [
            ("id", self.id.is_some()),
            ("ip", self.ip.is_some()),
            ("scope", self.scope.is_some()),
            ("value", self.value.is_some()),
            ("status", self.status.is_some()),
            ("parent", self.parent.is_some()),
            ("entered_ms", self.entered_ms.is_some()),
            ("ctx", self.ctx.is_some()),
            ("term", self.term.is_some()),
            ("state", self.state.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect()
    }

    pub(super) fn id(&mut self) -> Result<String> {
        self.id.take().ok_or_else(|| missing("id"))
    }

    pub(super) fn parent(&mut self) -> Option<String> {
        self.parent.take()
    }

    pub(super) fn ctx(&self) -> Result<Json> {
        json("$.ctx", self.ctx.ok_or_else(|| missing("ctx"))?)
    }

    pub(super) fn term(&self) -> Result<Json> {
        // A null is a value here, which serde takes for a member that is not there.
        self.term.map_or_else(|| Ok(Json::trusted("null".to_owned())), |term| json("$.term", term))
    }

    pub(super) fn status(&self) -> Result<CaseStatus> {
        self.status.as_deref().ok_or_else(|| missing("status"))?.parse()
    }

    /// A token; what is not given is as of [`Token::new`].
    pub(super) fn token(&mut self) -> Result<Token> {
        let id = self.id()?;
        let mut token = Token::new(id, self.ip.take().ok_or_else(|| missing("ip"))?);
        if let Some(scope) = self.scope.take() {
            token.scope = scope;
        }
        if let Some(value) = self.value {
            token.value = json("$.value", value)?;
        }
        if let Some(status) = &self.status {
            token.status = status.parse()?;
        }
        Ok(token)
    }

    fn state(&self) -> Result<Box<CaseState>> {
        let state = self.state.ok_or_else(|| missing("state"))?;
        CaseState::parse(state.get(), from_ms(0)).map(Box::new)
    }
}

fn missing(member: &str) -> Error {
    Error::value(format!("$.{member}"), "it is missing")
}
