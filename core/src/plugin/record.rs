//! What a plugin's state is, as it is stored and as it is handed out.

use std::sync::Arc;
use std::time::SystemTime;

use crate::clock::from_ms;
use crate::engine::reader::Row;
use crate::error::Result;
use crate::json::Json;

/// A plugin's state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginState {
    /// The version of the data's form.
    pub version: u32,
    /// The data.
    pub data: Json,
    /// The revision that wrote it; 0 if the transaction that reads it has written it itself.
    pub revision: u64,
    /// What the store knows of it.
    pub metadata: PluginMetadata,
}

/// What the store knows of a plugin's state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginMetadata {
    /// The plugin whose state it is.
    pub plugin_name: String,
    /// When it was last saved, migrated or restored.
    pub last_modified: SystemTime,
}

/// A state that another one has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginBackup {
    /// Its place in the list: 0 is the newest. It changes with the next save.
    pub index: usize,
    /// The version of its data.
    pub version: u32,
    /// The bytes of its data's JSON.
    pub size: u64,
    /// When it was replaced.
    pub created_at: SystemTime,
    /// The revision that had written it; 0 if the transaction that asks has written it itself.
    pub revision: u64,
}

/// What restoring a backup would change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateDiff {
    /// The version of the state; none if there is no state.
    pub from_version: Option<u32>,
    /// The version of the backup.
    pub to_version: u32,
    /// The JSON Patch (RFC 6902) that makes the backup's data of the state's.
    pub patch: Json,
}

/// A row of the table, or what a transaction has made of it.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) version: u32,
    pub(super) modified_ms: i64,
    /// 0 for what a transaction has written and not yet committed.
    pub(super) revision: u64,
    pub(super) data: Arc<Json>,
}

impl Stored {
    /// Reads `version, modified_ms, revision, data`.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            version: version(row.int(0)?),
            modified_ms: row.int(1)?,
            revision: row.int(2)?.unsigned_abs(),
            data: Arc::new(Json::trusted(row.text(3)?.to_owned())),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.data.as_str().len() as u64
    }

    pub(super) fn into_state(self, plugin: &str) -> PluginState {
        PluginState {
            version: self.version,
            data: Arc::unwrap_or_clone(self.data),
            revision: self.revision,
            metadata: PluginMetadata {
                plugin_name: plugin.to_owned(),
                last_modified: from_ms(self.modified_ms),
            },
        }
    }
}

/// A backup without its data, unless a transaction has made it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) number: i64,
    pub(super) version: u32,
    pub(super) size: u64,
    pub(super) revision: u64,
    pub(super) replaced_ms: i64,
    /// Of one that is not committed yet: what it holds.
    pub(super) own: Option<Arc<Stored>>,
}

impl Kept {
    /// Reads `number, version, size, revision, replaced_ms`.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.int(0)?,
            version: version(row.int(1)?),
            size: row.int(2)?.unsigned_abs(),
            revision: row.int(3)?.unsigned_abs(),
            replaced_ms: row.int(4)?,
            own: None,
        })
    }

    pub(super) fn at(&self, index: usize) -> PluginBackup {
        PluginBackup {
            index,
            version: self.version,
            size: self.size,
            created_at: from_ms(self.replaced_ms),
            revision: self.revision,
        }
    }
}

/// A version as SQLite has it.
pub(super) fn version(column: i64) -> u32 {
    u32::try_from(column).unwrap_or(u32::MAX)
}
