//! What has happened to an environment: a row for each change of its record, which stays when the record goes.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::record::EnvironmentRecord;
use crate::ids::user_name;

/// What was done to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryOperation {
    /// It was created.
    Create,
    /// Its data was saved.
    Save,
    /// It went from one state to another.
    Transition,
    /// A step of the command under way was noted.
    Step,
    /// Somebody set its state right by hand.
    Recover,
    /// It was deleted.
    Delete,
    /// A lock whose holder is gone, or whose lease is over, was taken.
    TakeOver,
    /// A lock was freed by force.
    ForceUnlock,
}

impl HistoryOperation {
    const ALL: [Self; 8] = [
        Self::Create,
        Self::Save,
        Self::Transition,
        Self::Step,
        Self::Recover,
        Self::Delete,
        Self::TakeOver,
        Self::ForceUnlock,
    ];

    /// The name as it is stored: `create`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Save => "save",
            Self::Transition => "transition",
            Self::Step => "step",
            Self::Recover => "recover",
            Self::Delete => "delete",
            Self::TakeOver => "take_over",
            Self::ForceUnlock => "force_unlock",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }

    /// Whether it is about the lock only.
    pub(super) fn is_locking(self) -> bool {
        matches!(self, Self::TakeOver | Self::ForceUnlock)
    }

    /// Whether the record came to its state by this.
    pub(super) fn enters(self) -> bool {
        matches!(self, Self::Create | Self::Transition | Self::Recover)
    }
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actor {
    pub(super) process: u32,
    pub(super) host: String,
    pub(super) user: String,
}

impl Actor {
    /// This process.
    pub(super) fn own() -> Self {
        Self { process: std::process::id(), host: crate::engine::sys::host_name(), user: user_name() }
    }
}

/// One row of the history.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// 1, 2, 3, … for each name.
    pub sequence: u64,
    /// The revision of the commit; 0 if the transaction that reads it has written it.
    pub revision: u64,
    /// When.
    pub time: SystemTime,
    /// What was done.
    pub operation: HistoryOperation,
    /// The state before, where it was left.
    pub from: Option<String>,
    /// The state after, where one was entered.
    pub to: Option<String>,
    /// Who did it: the id of the process.
    pub process: u32,
    /// The name of its machine.
    pub host: String,
    /// The name of the user that it ran for.
    pub user: String,
    /// What they said about it.
    pub note: Option<String>,
    /// Why it failed, if the record is in an error state.
    pub failure: Option<Failure>,
    /// How long it was in the state before, where it left one.
    pub spent: Option<Duration>,
    /// The record as it was from then on; none if it was deleted, and where only its lock was concerned.
    pub record: Option<EnvironmentRecord>,
}

/// Which moment of an environment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// After the commit with this revision.
    Revision(u64),
    /// At this time.
    Time(SystemTime),
}

impl From<u64> for At {
    fn from(revision: u64) -> Self {
        Self::Revision(revision)
    }
}

impl From<SystemTime> for At {
    fn from(time: SystemTime) -> Self {
        Self::Time(time)
    }
}
