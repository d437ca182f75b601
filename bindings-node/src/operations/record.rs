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

/// What a look through the store found.
#[napi(object)]
pub struct StoreCheck {
    /// The last revision.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// How many commits the journal tells of.
    pub commits: f64,
    /// How many cases there are.
    pub cases: f64,
    /// How many receipts they have.
    pub receipts: f64,
    /// What is wrong.
    pub problems: Vec<StoreProblem>,
}

/// Something that is not as it must be.
#[napi(object)]
pub struct StoreProblem {
    /// Where.
    pub facet: String,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

impl From<statehold::StoreCheck> for StoreCheck {
    fn from(check: statehold::StoreCheck) -> Self {
        let problem = |problem| {
            let statehold::StoreProblem { facet, subject, reason, advice, .. } = problem;
            StoreProblem { facet, subject, reason, advice }
        };
        Self {
            revision: count(check.revision),
            hash: check.hash,
            commits: count(check.commits),
            cases: count(check.cases),
            receipts: count(check.receipts),
            problems: check.problems.into_iter().map(problem).collect(),
        }
    }
}

/// How far an export or an import has come.
#[napi(object)]
#[derive(Clone, Copy)]
pub struct TransferProgress {
    /// How many records are done.
    pub records: f64,
    /// How many there are.
    pub total: Option<f64>,
    /// How many bytes they had.
    pub bytes: f64,
}

impl From<statehold::TransferProgress> for TransferProgress {
    fn from(progress: statehold::TransferProgress) -> Self {
        Self {
            records: count(progress.records),
            total: progress.total.map(count),
            bytes: count(progress.bytes),
        }
    }
}

/// What is exported.
#[napi(object)]
pub struct Exporting {
    /// Only this namespace.
    pub namespace: Option<String>,
    /// Only what has changed since this revision.
    pub since: Option<f64>,
    /// Whether a file that is there may be replaced.
    pub overwrite: Option<bool>,
}

/// An export that was written.
#[napi(object)]
pub struct ExportReport {
    /// The revision that it has.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// How many records.
    pub records: f64,
    /// The size of the file.
    pub bytes: f64,
}

/// An export that was imported.
#[napi(object)]
pub struct ImportReport {
    /// The revision of the store now.
    pub revision: f64,
    /// The revision of the export.
    pub exported: f64,
    /// How many records.
    pub records: f64,
    /// Whether they were merged.
    pub merged: bool,
}

/// A store that has the present format.
#[napi(object)]
pub struct UpgradeReport {
    /// The store.
    pub path: String,
    /// The format that it had.
    pub from_format: f64,
    /// The format that it has now.
    pub to_format: f64,
    /// The backup.
    pub backup: Option<String>,
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
