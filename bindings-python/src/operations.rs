//! What is done with a store as a whole.

mod record;

use std::path::PathBuf;

use pyo3::prelude::*;
pub(crate) use record::{
    BackupReport, CopyProgress, FacetInfo, Finding, IntegrityCheck, RestoreReport, Stats, StoreInfo,
};
use statehold::{BackupOptions, RestoreOptions};

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

    /// Looks through the whole file for damage, and through the journal. `head` is a revision with its hash, kept
    /// elsewhere, that must still be there.
    #[pyo3(signature = (*, head = None))]
    fn check_integrity(&self, py: Python<'_>, head: Option<(u64, String)>) -> Result<IntegrityCheck> {
        let head = head.as_ref().map(|(revision, hash)| (*revision, hash.as_str()));
        Ok(py.detach(|| self.inner.check_integrity(head))?.into())
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
