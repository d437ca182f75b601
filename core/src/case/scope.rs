//! A scope: what is cancelled together.

use std::time::SystemTime;

use super::status::ScopeStatus;

/// The scope that exists always and can't be exited.
pub(super) const ROOT: &str = "root";

/// A part of a case that can be cancelled as a whole, with the scopes beneath it and their tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseScope {
    /// Which scope: 1 to 255 bytes, no NUL.
    pub id: String,
    /// The scope around it; none for `root`.
    pub parent: Option<String>,
    /// How it stands.
    pub status: ScopeStatus,
    /// When it was entered.
    pub entered_at: SystemTime,
    /// The tokens in it, whatever their status, in the order of their arrival.
    pub tokens: Vec<String>,
}
