//! The journal: what was committed.

use napi_derive::napi;

use crate::value::{count, time_ms};

/// Commits that are gone.
#[napi(object)]
pub struct LostCommits {
    /// The revision that was seen.
    pub expected: f64,
    /// The revision that was found.
    pub found: f64,
}

/// One commit.
#[napi(object)]
pub struct JournalRow {
    /// Its revision.
    pub revision: f64,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// Who.
    pub actor: String,
    /// What it changed.
    pub changes: Vec<Change>,
    /// The hash that chains it to the row before.
    pub hash: String,
}

impl From<statehold::JournalRow> for JournalRow {
    fn from(row: statehold::JournalRow) -> Self {
        Self {
            revision: count(row.revision),
            time_ms: time_ms(row.time),
            actor: row.actor,
            changes: row.changes.into_iter().map(Change::from).collect(),
            hash: row.hash,
        }
    }
}

/// Something that a commit changed.
#[napi(object)]
pub struct Change {
    /// The revision of its commit.
    pub revision: f64,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// Who.
    pub actor: String,
    /// The facet.
    pub facet: String,
    /// The name in the facet.
    pub name: String,
    /// The key.
    pub key: String,
    /// What happened.
    pub operation: String,
    /// Whether it is the last of its commit.
    pub is_last: bool,
}

impl From<statehold::Change> for Change {
    fn from(change: statehold::Change) -> Self {
        Self {
            revision: count(change.revision),
            time_ms: time_ms(change.time),
            actor: change.actor,
            facet: change.facet,
            name: change.name,
            key: change.key,
            operation: change.operation,
            is_last: change.is_last,
        }
    }
}

/// What a look through the journal found.
#[napi(object)]
pub struct JournalCheck {
    /// How many rows there are.
    pub rows: f64,
    /// The last revision.
    pub revision: f64,
    /// The hash of the last row.
    pub hash: String,
    /// What is wrong.
    pub problems: Vec<String>,
}

impl From<statehold::JournalCheck> for JournalCheck {
    fn from(check: statehold::JournalCheck) -> Self {
        let statehold::JournalCheck { rows, revision, hash, problems, .. } = check;
        Self { rows: count(rows), revision: count(revision), hash, problems }
    }
}
