//! What the operations on a store as a whole tell.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::arg::{since_1970, word};
use crate::error::Result;
use crate::record::record;

word!(/// How bad something is.
    Level, statehold::Level, "note", "warning", "error");

/// How far copying a store has come, in pages.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CopyProgress {
    /// How many are copied.
    done: u64,
    /// How many there are.
    total: u64,
}

record!(CopyProgress(done: u64, total: u64));

impl From<statehold::CopyProgress> for CopyProgress {
    fn from(progress: statehold::CopyProgress) -> Self {
        Self { done: progress.done, total: progress.total }
    }
}

/// A backup that was made and checked.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct BackupReport {
    /// Where it is.
    path: PathBuf,
    /// The revision whose state it holds.
    revision: u64,
    /// The journal's hash up to it, as hexadecimal digits.
    hash: String,
    /// Its size.
    bytes: u64,
}

record!(BackupReport(path: PathBuf, revision: u64, hash: String, bytes: u64));

impl From<statehold::BackupReport> for BackupReport {
    fn from(report: statehold::BackupReport) -> Self {
        let statehold::BackupReport { path, revision, hash, bytes, .. } = report;
        Self { path, revision, hash, bytes }
    }
}

/// A backup that was restored.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct RestoreReport {
    /// The store that has its state now.
    path: PathBuf,
    /// The revision of the backup.
    restored: u64,
    /// The revision of the store now.
    revision: u64,
}

record!(RestoreReport(path: PathBuf, restored: u64, revision: u64));

impl From<statehold::RestoreReport> for RestoreReport {
    fn from(report: statehold::RestoreReport) -> Self {
        let statehold::RestoreReport { path, restored, revision, .. } = report;
        Self { path, restored, revision }
    }
}

/// What a store holds and how large it is.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct StoreInfo {
    /// The file.
    path: PathBuf,
    /// Its format.
    format: u32,
    /// The last revision.
    revision: u64,
    /// The size of the file.
    file_bytes: u64,
    /// The size of SQLite's log beside it.
    wal_bytes: u64,
    /// The bytes of a page.
    page_size: u64,
    /// How many pages the file has.
    pages: u64,
    /// How many of them are free, for what is written next.
    free_pages: u64,
    /// How many commits the journal tells of.
    journal_rows: u64,
    /// The oldest of them; None if there is none.
    oldest_revision: Option<u64>,
    /// When that was, in seconds since 1970.
    oldest_time: Option<f64>,
    /// How many keys have expired and are still to be purged.
    expired_keys: u64,
    /// What each facet holds.
    facets: Vec<Py<FacetInfo>>,
}

record!(StoreInfo(
    path: PathBuf,
    format: u32,
    revision: u64,
    file_bytes: u64,
    wal_bytes: u64,
    page_size: u64,
    pages: u64,
    free_pages: u64,
    journal_rows: u64,
    oldest_revision: Option<u64>,
    oldest_time: Option<f64>,
    expired_keys: u64,
    facets: Vec<Py<FacetInfo>>
));

impl StoreInfo {
    pub(super) fn of(py: Python<'_>, info: statehold::StoreInfo) -> PyResult<Self> {
        Ok(Self {
            path: info.path,
            format: info.format,
            revision: info.revision,
            file_bytes: info.file_bytes,
            wal_bytes: info.wal_bytes,
            page_size: info.page_size,
            pages: info.pages,
            free_pages: info.free_pages,
            journal_rows: info.journal_rows,
            oldest_revision: info.oldest_revision,
            oldest_time: info.oldest_time.map(since_1970),
            expired_keys: info.expired_keys,
            facets: info
                .facets
                .into_iter()
                .map(|facet| Py::new(py, FacetInfo::from(facet)))
                .collect::<PyResult<_>>()?,
        })
    }
}

/// What a facet holds.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct FacetInfo {
    /// `namespace`, `plugin`, `case` or `environment`.
    facet: String,
    /// How many records.
    records: u64,
    /// The bytes of their names and values.
    bytes: u64,
}

record!(FacetInfo(facet: String, records: u64, bytes: u64));

impl From<statehold::FacetInfo> for FacetInfo {
    fn from(info: statehold::FacetInfo) -> Self {
        let statehold::FacetInfo { facet, records, bytes, .. } = info;
        Self { facet, records, bytes }
    }
}

/// What a handle has done since it was opened.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Stats {
    /// How many commits it was asked for.
    commits: u64,
    /// In how many transactions of SQLite they were written.
    batches: u64,
    /// How many were refused by a check.
    conflicts: u64,
    /// How often it moved the log into the file.
    checkpoints: u64,
    /// How many watches there are now.
    watches: u64,
    /// How many keys were asked for that were known from an earlier read.
    cache_hits: u64,
    /// How many had to be read from the store.
    cache_misses: u64,
    /// How much memory what is known takes.
    cache_bytes: u64,
}

record!(Stats(
    commits: u64,
    batches: u64,
    conflicts: u64,
    checkpoints: u64,
    watches: u64,
    cache_hits: u64,
    cache_misses: u64,
    cache_bytes: u64
));

impl From<statehold::Stats> for Stats {
    fn from(stats: statehold::Stats) -> Self {
        let statehold::Stats { commits, batches, conflicts, checkpoints, watches, .. } = stats;
        let statehold::Stats { cache_hits, cache_misses, cache_bytes, .. } = stats;
        Self { commits, batches, conflicts, checkpoints, watches, cache_hits, cache_misses, cache_bytes }
    }
}

/// What a look through the whole store found.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct IntegrityCheck {
    /// The last revision.
    revision: u64,
    /// The journal's hash up to it, as hexadecimal digits. Keep both elsewhere, to check against them later.
    hash: String,
    /// What is wrong; empty when the store is whole.
    problems: Vec<String>,
}

record!(IntegrityCheck(revision: u64, hash: String, problems: Vec<String>));

impl From<statehold::IntegrityCheck> for IntegrityCheck {
    fn from(check: statehold::IntegrityCheck) -> Self {
        let statehold::IntegrityCheck { revision, hash, problems, .. } = check;
        Self { revision, hash, problems }
    }
}

/// Something that was found about a store.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Finding {
    /// A stable word for it: `damage`, `format`, `lost_commits`, `write_lock`, `log`, `permissions`, `network`,
    /// `disk`, `journal`, `expired`, `free_pages`.
    what: String,
    /// How bad it is.
    level: Level,
    /// What was found.
    detail: String,
    /// What to do.
    advice: String,
}

record!(Finding(what: String, level: Level, detail: String, advice: String));

impl From<statehold::Finding> for Finding {
    fn from(finding: statehold::Finding) -> Self {
        let statehold::Finding { what, level, detail, advice, .. } = finding;
        Self { what: what.to_owned(), level: Level(level), detail, advice }
    }
}
