//! What the operations on whole stores tell.

use napi_derive::napi;
use statehold::Level;

use crate::value::{count, time_ms};

/// A backup that was made.
#[napi(object)]
pub struct BackupReport {
    /// The file.
    pub path: String,
    /// The revision that it has.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// The size of the file.
    pub bytes: f64,
}

/// A backup that was put back.
#[napi(object)]
pub struct RestoreReport {
    /// The store.
    pub path: String,
    /// The revision of the backup.
    pub restored: f64,
    /// The revision that the store has now.
    pub revision: f64,
}

/// What a store holds and how large it is.
#[napi(object)]
pub struct StoreInfo {
    /// The file.
    pub path: String,
    /// Its format.
    pub format: f64,
    /// The last revision.
    pub revision: f64,
    /// The size of the file.
    pub file_bytes: f64,
    /// The size of the log beside it.
    pub wal_bytes: f64,
    /// The size of a page.
    pub page_size: f64,
    /// How many there are.
    pub pages: f64,
    /// How many of them are free.
    pub free_pages: f64,
    /// How many commits the journal tells of.
    pub journal_rows: f64,
    /// The oldest of them.
    pub oldest_revision: Option<f64>,
    /// When that was, in milliseconds since 1970.
    pub oldest_time_ms: Option<f64>,
    /// How many keys have expired.
    pub expired_keys: f64,
    /// What each facet holds.
    pub facets: Vec<FacetInfo>,
}

/// What a facet holds.
#[napi(object)]
pub struct FacetInfo {
    /// The facet.
    pub facet: String,
    /// How many records.
    pub records: f64,
    /// Their bytes.
    pub bytes: f64,
}

impl From<statehold::StoreInfo> for StoreInfo {
    fn from(info: statehold::StoreInfo) -> Self {
        let facet = |facet: statehold::FacetInfo| FacetInfo {
            facet: facet.facet,
            records: count(facet.records),
            bytes: count(facet.bytes),
        };
        Self {
            path: info.path.display().to_string(),
            format: f64::from(info.format),
            revision: count(info.revision),
            file_bytes: count(info.file_bytes),
            wal_bytes: count(info.wal_bytes),
            page_size: count(info.page_size),
            pages: count(info.pages),
            free_pages: count(info.free_pages),
            journal_rows: count(info.journal_rows),
            oldest_revision: info.oldest_revision.map(count),
            oldest_time_ms: info.oldest_time.map(time_ms),
            expired_keys: count(info.expired_keys),
            facets: info.facets.into_iter().map(facet).collect(),
        }
    }
}

/// What a handle has done.
#[napi(object)]
pub struct Stats {
    /// Commits.
    pub commits: f64,
    /// How often several of them were written as one.
    pub batches: f64,
    /// Those that failed a check.
    pub conflicts: f64,
    /// Checkpoints.
    pub checkpoints: f64,
    /// Watches that are open.
    pub watches: f64,
    /// Keys that were asked for and known.
    pub cache_hits: f64,
    /// Those that were read.
    pub cache_misses: f64,
    /// What they take.
    pub cache_bytes: f64,
}

impl From<statehold::Stats> for Stats {
    fn from(stats: statehold::Stats) -> Self {
        Self {
            commits: count(stats.commits),
            batches: count(stats.batches),
            conflicts: count(stats.conflicts),
            checkpoints: count(stats.checkpoints),
            watches: count(stats.watches),
            cache_hits: count(stats.cache_hits),
            cache_misses: count(stats.cache_misses),
            cache_bytes: count(stats.cache_bytes),
        }
    }
}

/// A revision with its hash.
#[napi(object)]
pub struct Head {
    /// The revision.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
}

/// What a look for damage found.
#[napi(object)]
pub struct IntegrityCheck {
    /// The last revision.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Something about a store, and what to do about it.
#[napi(object)]
pub struct Finding {
    /// What it is about.
    pub what: String,
    /// How bad it is.
    pub level: String,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub advice: String,
}

pub(super) fn finding(found: statehold::Finding) -> Finding {
    let level = match found.level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    Finding {
        what: found.what.to_owned(),
        level: level.to_owned(),
        detail: found.detail,
        advice: found.advice,
    }
}
