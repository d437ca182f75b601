//! What a commit gives back.

use std::time::SystemTime;

use crate::clock::from_ms;
use crate::engine::journal::Head;
use crate::engine::request::Outcome;
use crate::ids::hex;

/// Proof of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The revision that the commit got. If it changed nothing: the one at which its checks held.
    pub revision: u64,
    /// When, by the store's effective clock.
    pub time: SystemTime,
    /// The hash that chains the journal up to this revision, as hexadecimal digits.
    pub hash: String,
}

impl From<&Outcome> for Receipt {
    fn from(outcome: &Outcome) -> Self {
        Self { revision: outcome.revision, time: from_ms(outcome.time_ms), hash: hex(&outcome.hash) }
    }
}

impl Receipt {
    /// Of something that changed nothing: where the store stood.
    pub(crate) fn at_head(head: &Head) -> Self {
        let time = from_ms(if head.time_ms == i64::MIN { 0 } else { head.time_ms });
        Self { revision: head.revision, time, hash: hex(&head.hash) }
    }
}
