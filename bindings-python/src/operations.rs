//! What is done with a store as a whole.

mod record;

use std::path::PathBuf;

use pyo3::prelude::*;
pub(crate) use record::{
    BackupReport, CopyProgress, ExportReport, FacetInfo, Finding, ImportReport, RestoreReport, Stats,
    StoreCheck, StoreInfo, StoreProblem, TransferProgress, UpgradeReport,
};
use statehold::{BackupOptions, ExportOptions, ImportOptions, RestoreOptions, UpgradeOptions, VerifyOptions};

use crate::arg::{Function, List};
use crate::callback;
use crate::error::Result;
use crate::store::Store;

/// What tells a function of the caller's how far it has come.
fn progress(function: Option<Function<'_>>) -> impl FnMut(statehold::CopyProgress) + use<> {
    let function = function.map(|function| function.clone().unbind());
    move |progress| {
        if let Some(function) = &function {
            Python::attach(|py| {
                callback::tell(function.bind(py), "a copy's progress", CopyProgress::from(progress));
            });
        }
    }
}

/// As [`progress`], of an export or an import.
fn transfer_progress(function: Option<Function<'_>>) -> impl FnMut(statehold::TransferProgress) + use<> {
    let function = function.map(|function| function.clone().unbind());
    move |progress| {
        if let Some(function) = &function {
            Python::attach(|py| {
                callback::tell(function.bind(py), "a transfer's progress", TransferProgress::from(progress));
            });
        }
    }
}

#[pymethods]
impl Store {
    /// Makes a copy as of one revision, checked and durable, while others go on writing. Raises `IoError` if there is a
    /// file already, unless `overwrite`. `progress` is called with a `CopyProgress` from time to time; what it raises
    /// is logged, to `statehold`, and disturbs nothing.
    #[pyo3(signature = (path, *, overwrite = false, progress = None))]
    fn backup(
        &self,
        py: Python<'_>,
        path: PathBuf,
        overwrite: bool,
        progress: Option<Function<'_>>,
    ) -> Result<BackupReport> {
        let options = BackupOptions::new().overwrite(overwrite);
        let progress = self::progress(progress);
        Ok(py.detach(|| self.inner.backup_with(path, options, progress))?.into())
    }

    /// Puts a backup where no store is; with `force` into the store that is there: who has it open goes on with the
    /// state of the backup, and its journal goes on, too. `progress` is as that of `backup`. Raises `CorruptError`,
    /// `NotAStoreError` or `SchemaTooNewError` if the backup can't be used, and then nothing was changed.
    #[staticmethod]
    #[pyo3(signature = (source, into, *, force = false, progress = None))]
    fn restore(
        py: Python<'_>,
        source: PathBuf,
        into: PathBuf,
        force: bool,
        progress: Option<Function<'_>>,
    ) -> Result<RestoreReport> {
        let options = RestoreOptions::new().force(force);
        let progress = self::progress(progress);
        Ok(py.detach(|| statehold::Store::restore_with(source, into, options, progress))?.into())
    }

    /// What the store holds and how large it is.
    fn info(&self, py: Python<'_>) -> Result<StoreInfo> {
        Ok(StoreInfo::of(py, py.detach(|| self.inner.info())?)?)
    }

    /// What this handle has done since it was opened.
    fn stats(&self) -> Stats {
        self.inner.stats().into()
    }

    /// Looks through the whole store, as of one moment, for anything that is not as it must be: the file's structure, the
    /// journal's chain and the witness beside it, the receipts and the state of every case, what each facet says of its
    /// records. `head` is a revision with its hash, kept elsewhere, that must still be there.
    #[pyo3(signature = (*, head = None))]
    fn verify(&self, py: Python<'_>, head: Option<(u64, String)>) -> Result<StoreCheck> {
        let mut options = VerifyOptions::new();
        options.head = head;
        Ok(StoreCheck::of(py, py.detach(|| self.inner.verify_with(&options))?)?)
    }

    /// Writes the store as of one moment to a file, as lines of JSON, while others go on writing: all of it, or the keys of
    /// one `namespace`, or what has changed `since` a revision. Raises `IoError` if there is a file already, unless
    /// `overwrite`. `progress` is called with a `TransferProgress` from time to time, as that of `backup`.
    #[pyo3(signature = (path, *, namespace = None, since = None, overwrite = false, progress = None))]
    fn export_file(
        &self,
        py: Python<'_>,
        path: PathBuf,
        namespace: Option<String>,
        since: Option<u64>,
        overwrite: bool,
        progress: Option<Function<'_>>,
    ) -> Result<ExportReport> {
        let mut options = ExportOptions::new().overwrite(overwrite);
        (options.namespace, options.since) = (namespace, since);
        let progress = transfer_progress(progress);
        Ok(py.detach(|| self.inner.export_file(path, &options, progress))?.into())
    }

    /// Reads an export. It is checked as a whole first. A new store becomes the one that was exported, with its revisions;
    /// an export of what has changed goes on top of the store as it was then; with `merge` keys and plugin states are set
    /// over what is there. Raises `InvalidValueError` with the line for what is no whole export, and `ConflictError` for a
    /// store that it does not fit; then nothing was changed.
    #[pyo3(signature = (path, *, merge = false, progress = None))]
    fn import_file(
        &self,
        py: Python<'_>,
        path: PathBuf,
        merge: bool,
        progress: Option<Function<'_>>,
    ) -> Result<ImportReport> {
        let options = ImportOptions::new().merge(merge);
        let progress = transfer_progress(progress);
        Ok(py.detach(|| self.inner.import_file(path, &options, progress))?.into())
    }

    /// Brings the store at `path` to the present format, after a `backup` in the old one: `NAME.format-1` beside it, with
    /// the number of the old format, unless another place is named. Does nothing to a store that has the present format.
    /// `progress` is as that of `backup`.
    #[staticmethod]
    #[pyo3(signature = (path, *, backup = None, progress = None))]
    fn upgrade(
        py: Python<'_>,
        path: PathBuf,
        backup: Option<PathBuf>,
        progress: Option<Function<'_>>,
    ) -> Result<UpgradeReport> {
        let mut options = UpgradeOptions::new();
        options.backup = backup;
        let progress = self::progress(progress);
        Ok(py.detach(|| statehold::Store::upgrade_with(path, &options, progress))?.into())
    }

    /// Looks for trouble with the store at `path` and around it, and says what to do. It changes nothing.
    #[staticmethod]
    fn doctor(py: Python<'_>, path: PathBuf) -> Result<List<Finding>> {
        let findings = py.detach(|| statehold::Store::doctor(path))?;
        Ok(List(findings.into_iter().map(Finding::from).collect()))
    }

    /// Gives the room of what was deleted back to the file system, and returns how many bytes.
    fn vacuum(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.vacuum())?)
    }
}
