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
pub(crate) struct StoreCheck {
    /// The last revision.
    revision: u64,
    /// The journal's hash up to it, as hexadecimal digits. Keep both elsewhere, to verify against them later.
    hash: String,
    /// How many commits the journal tells of.
    commits: u64,
    /// How many cases there are.
    cases: u64,
    /// How many receipts they have.
    receipts: u64,
    /// What is wrong; empty when the store is whole.
    problems: Vec<Py<StoreProblem>>,
}

record!(StoreCheck(
    revision: u64,
    hash: String,
    commits: u64,
    cases: u64,
    receipts: u64,
    problems: Vec<Py<StoreProblem>>
));

impl StoreCheck {
    pub(super) fn of(py: Python<'_>, check: statehold::StoreCheck) -> PyResult<Self> {
        let statehold::StoreCheck { revision, hash, commits, cases, receipts, problems, .. } = check;
        let problems = problems
            .into_iter()
            .map(|problem| Py::new(py, StoreProblem::from(problem)))
            .collect::<PyResult<_>>()?;
        Ok(Self { revision, hash, commits, cases, receipts, problems })
    }
}

/// Something in a store that is not as it must be.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct StoreProblem {
    /// Where: `file`, `journal`, `witness` (the companion file has seen a later commit), `head` (that was asked for), or
    /// the facet.
    facet: String,
    /// What it is about: a namespace and key, a plugin, a case, an environment, `revision 7`; empty for a whole facet.
    subject: String,
    /// What is wrong.
    reason: String,
    /// What to do.
    advice: String,
}

record!(StoreProblem(facet: String, subject: String, reason: String, advice: String));

impl From<statehold::StoreProblem> for StoreProblem {
    fn from(problem: statehold::StoreProblem) -> Self {
        let statehold::StoreProblem { facet, subject, reason, advice, .. } = problem;
        Self { facet, subject, reason, advice }
    }
}

/// How far an export or an import has come.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct TransferProgress {
    /// How many records are done.
    records: u64,
    /// How many there are; None where that is not known before.
    total: Option<u64>,
    /// How many bytes of text they had.
    bytes: u64,
}

record!(TransferProgress(records: u64, total: Option<u64>, bytes: u64));

impl From<statehold::TransferProgress> for TransferProgress {
    fn from(progress: statehold::TransferProgress) -> Self {
        Self { records: progress.records, total: progress.total, bytes: progress.bytes }
    }
}

/// An export that was written.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct ExportReport {
    /// The revision whose state it holds.
    revision: u64,
    /// The journal's hash up to it, as hexadecimal digits.
    hash: String,
    /// How many records it has.
    records: u64,
    /// Its size.
    bytes: u64,
}

record!(ExportReport(revision: u64, hash: String, records: u64, bytes: u64));

impl From<statehold::ExportReport> for ExportReport {
    fn from(report: statehold::ExportReport) -> Self {
        let statehold::ExportReport { revision, hash, records, bytes, .. } = report;
        Self { revision, hash, records, bytes }
    }
}

/// An export that was imported.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct ImportReport {
    /// The revision of the store now.
    revision: u64,
    /// The revision of the store of which the export is.
    exported: u64,
    /// How many records it has.
    records: u64,
    /// Whether the store goes on with revisions of its own, as it was merged.
    merged: bool,
}

record!(ImportReport(revision: u64, exported: u64, records: u64, merged: bool));

impl From<statehold::ImportReport> for ImportReport {
    fn from(report: statehold::ImportReport) -> Self {
        let statehold::ImportReport { revision, exported, records, merged, .. } = report;
        Self { revision, exported, records, merged }
    }
}

/// A store that has the present format.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct UpgradeReport {
    /// The store.
    path: PathBuf,
    /// The format that it had.
    from_format: u32,
    /// The format that it has now.
    to_format: u32,
    /// The backup in the old format; None if it had the present format already, and nothing was done.
    backup: Option<PathBuf>,
}

record!(UpgradeReport(path: PathBuf, from_format: u32, to_format: u32, backup: Option<PathBuf>));

impl From<statehold::UpgradeReport> for UpgradeReport {
    fn from(report: statehold::UpgradeReport) -> Self {
        let statehold::UpgradeReport { path, from_format, to_format, backup, .. } = report;
        Self { path, from_format, to_format, backup }
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
