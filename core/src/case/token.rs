//! A token: a logical thread of execution.

use super::scope::ROOT;
use super::status::TokenStatus;
use crate::json::Json;

/// A logical thread of execution in a case.
///
/// ```
/// use statehold::{Json, Token};
///
/// let token = Token::new("t1", "review").scope("order").value(Json::new("[1,2]")?);
/// assert_eq!((token.ip.as_str(), token.status.as_str()), ("review", "active"));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Which token: 1 to 255 bytes, no NUL.
    pub id: String,
    /// The instruction or node that it stands at.
    pub ip: String,
    /// The scope that it is in.
    pub scope: String,
    /// What it carries.
    pub value: Json,
    /// How it stands.
    pub status: TokenStatus,
}

impl Token {
    /// An active token in the scope `root` that carries null.
    pub fn new(id: impl Into<String>, ip: impl Into<String>) -> Self {
        let (id, ip, scope) = (id.into(), ip.into(), ROOT.to_owned());
        Self { id, ip, scope, value: Json::trusted("null".to_owned()), status: TokenStatus::Active }
    }

    /// Sets [`scope`](Self::scope).
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Sets [`value`](Self::value).
    pub fn value(mut self, value: Json) -> Self {
        self.value = value;
        self
    }

    /// Sets [`status`](Self::status).
    pub fn status(mut self, status: TokenStatus) -> Self {
        self.status = status;
        self
    }
}
