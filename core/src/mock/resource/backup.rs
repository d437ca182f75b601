//! Backups.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::time;

/// A backup of what the instance has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Backup {
    /// Its name, by which it is removed.
    pub name: String,
    /// When it was made.
    #[serde(with = "time")]
    pub date: SystemTime,
    /// Its size in bytes.
    pub size: u64,
}
