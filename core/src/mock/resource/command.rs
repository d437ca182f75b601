//! SSM commands.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::time;

super::words! {
    /// How far a command has come.
    CommandStatus, "status":
    /// It was sent.
    Pending = "Pending",
    /// It is running.
    InProgress = "InProgress",
    /// It has ended well.
    Success = "Success",
    /// It has ended otherwise.
    Failed = "Failed",
}

impl CommandStatus {
    /// Whether the command has ended.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

/// An SSM command: lines that were sent to the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Command {
    /// Its id, a UUID.
    pub command_id: String,
    /// Its lines.
    pub commands: Vec<String>,
    /// How far it has come.
    pub status: CommandStatus,
    /// What it has printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was sent.
    #[serde(with = "time")]
    pub created_at: SystemTime,
    /// When it ended.
    #[serde(default, with = "time::maybe", skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<SystemTime>,
}
