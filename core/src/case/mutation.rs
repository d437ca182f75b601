//! What is buffered: a mutation as its caller gave it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::change::StoredChange;
use super::scope::ROOT;
use super::state::{push, push_token};
use super::status::CaseStatus;
use super::token::Token;
use crate::error::{Error, Result};
use crate::json::{Json, push_quoted};

/// Why a function failed.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A function of an `update_*`, which is called while a commit is made.
#[derive(Clone)]
pub struct UpdateFunction(pub(super) Call);

#[derive(Clone)]
pub(super) enum Call {
    Ctx(Arc<dyn Fn(Json) -> Result<Json, Cause> + Send + Sync>),
    Token(Arc<dyn Fn(Token) -> Result<Token, Cause> + Send + Sync>),
    Foreign(Arc<dyn Any + Send + Sync>),
}

impl UpdateFunction {
    /// A function that the core can't call by itself. A commit with it is made by
    /// [`Case::begin_commit`](crate::Case::begin_commit), which gives `function` back when it is to be called.
    pub fn foreign(function: Arc<dyn Any + Send + Sync>) -> Self {
        Self(Call::Foreign(function))
    }
}

impl fmt::Debug for UpdateFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UpdateFunction")
    }
}

/// One change to a case, which a commit makes with the others that are buffered.
#[derive(Debug, Clone)]
pub enum CaseMutation {
    /// Replaces the context by another object.
    SetCtx(Json),
    /// Replaces the context by a function of it.
    UpdateCtx(UpdateFunction),
    /// Adds a token to an active scope.
    AddToken(Token),
    /// Removes a token.
    RemoveToken(String),
    /// Replaces a token by a function of it.
    UpdateToken(String, UpdateFunction),
    /// Adds a scope under an active one.
    EnterScope {
        /// The scope.
        id: String,
        /// The scope around it.
        parent: String,
    },
    /// Leaves a scope in which no token is active.
    ExitScope(String),
    /// Cancels a scope, all beneath it and their tokens.
    CancelScope(String),
    /// Adds 1 to the step count.
    IncrementStepCount,
    /// Sets the term of the metadata.
    SetMetadata(Json),
    /// Sets the status; any but `running` closes the case.
    SetStatus(CaseStatus),
}

impl CaseMutation {
    /// Reads a mutation from an object: `{"name": "add_token", "id": "t1", "ip": "start"}`, with the members
    /// that the method of that name takes. The functions of `update_*` are no JSON.
    ///
    /// ```
    /// use statehold::{CaseMutation, Json};
    ///
    /// let mutation = CaseMutation::from_json(&Json::new(r#"{"name":"enter_scope","id":"s"}"#)?)?;
    /// assert_eq!(mutation.to_json().as_str(), r#"{"name":"enter_scope","id":"s","parent":"root"}"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a name that is none, and for members that are missing, too many or of
    /// another type.
    pub fn from_json(json: &Json) -> Result<Self> {
        let mut given: StoredChange<'_> =
            serde_json::from_str(json.as_str()).map_err(|error| Error::value("$", error.to_string()))?;
        let name = std::mem::take(&mut given.name);
        let allowed: &[&str] = match name.as_str() {
            "set_ctx" => &["ctx"],
            "add_token" => &["id", "ip", "scope", "value", "status"],
            "remove_token" | "exit_scope" | "cancel_scope" => &["id"],
            "enter_scope" => &["id", "parent"],
            "increment_step_count" => &[],
            "set_metadata" => &["term"],
            "set_status" => &["status"],
            "update_ctx" | "update_token" => {
                let reason = format!("the function of {name} is no JSON; call the method of that name");
                return Err(Error::value("$.name", reason));
            }
            _ => return Err(Error::value("$.name", format!("there is no mutation {name:?}"))),
        };
        if let Some(other) = given.members().into_iter().find(|member| !allowed.contains(member)) {
            return Err(Error::value(format!("$.{other}"), format!("{name} has no such member")));
        }
        Ok(match name.as_str() {
            "set_ctx" => Self::SetCtx(given.ctx()?),
            "add_token" => Self::AddToken(given.token()?),
            "remove_token" => Self::RemoveToken(given.id()?),
            "exit_scope" => Self::ExitScope(given.id()?),
            "cancel_scope" => Self::CancelScope(given.id()?),
            "enter_scope" => Self::EnterScope {
                parent: given.parent().unwrap_or_else(|| ROOT.to_owned()),
                id: given.id()?,
            },
            "set_metadata" => Self::SetMetadata(given.term()?),
            "set_status" => Self::SetStatus(given.status()?),
            _ => Self::IncrementStepCount,
        })
    }

    /// The object that [`from_json`](Self::from_json) reads; of a function only that there is one.
    pub fn to_json(&self) -> Json {
        let mut text = format!("{{\"name\":\"{}\"", self.name());
        let member = |text: &mut String, name: &str, value: &str| {
            push(text, format_args!(",\"{name}\":"));
            push_quoted(text, value);
        };
        match self {
            Self::SetCtx(ctx) => push(&mut text, format_args!(",\"ctx\":{ctx}")),
            Self::AddToken(token) => {
                text.push(',');
                push_token(&mut text, token);
            }
            Self::RemoveToken(id)
            | Self::UpdateToken(id, _)
            | Self::ExitScope(id)
            | Self::CancelScope(id) => member(&mut text, "id", id),
            Self::EnterScope { id, parent } => {
                member(&mut text, "id", id);
                member(&mut text, "parent", parent);
            }
            Self::SetMetadata(term) => push(&mut text, format_args!(",\"term\":{term}")),
            Self::SetStatus(status) => member(&mut text, "status", status.as_str()),
            Self::UpdateCtx(_) | Self::IncrementStepCount => {}
        }
        text.push('}');
        Json::trusted(text)
    }

    /// Its name, as the receipt tells it: `add_token`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::SetCtx(_) => "set_ctx",
            Self::UpdateCtx(_) => "update_ctx",
            Self::AddToken(_) => "add_token",
            Self::RemoveToken(_) => "remove_token",
            Self::UpdateToken(..) => "update_token",
            Self::EnterScope { .. } => "enter_scope",
            Self::ExitScope(_) => "exit_scope",
            Self::CancelScope(_) => "cancel_scope",
            Self::IncrementStepCount => "increment_step_count",
            Self::SetMetadata(_) => "set_metadata",
            Self::SetStatus(_) => "set_status",
        }
    }
}
