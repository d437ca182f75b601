//! Backups, made while others write.

use std::path::{Path, PathBuf};

use super::place::{COMPANION, Draft, beside};
use crate::engine::{CopyProgress, check_copy, copy, journal};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::hex;
use crate::store::Store;

const ACTION: &str = "backing up to";

/// How a backup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BackupOptions {
    /// Whether it may take the place of a file that is there.
    pub overwrite: bool,
}

impl BackupOptions {
    /// A file that is there is left alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`overwrite`](Self::overwrite).
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }
}

/// A backup that was made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Where it is.
    pub path: PathBuf,
    /// The revision of which it holds the state.
    pub revision: u64,
    /// The journal's hash up to it, as hexadecimal digits.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
}

impl Store {
    /// Makes a backup at `path`: the store as of one revision, whoever reads and writes meanwhile. It is a store itself,
    /// to be opened or [restored](Self::restore). Ok means that it was checked (SQLite's `quick_check`, the journal's
    /// chain), is durable, and only then got its name.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = statehold::open(folder.path().join("store.db"))?;
    /// store.namespace("a").set("k", &1)?;
    /// let report = store.backup(folder.path().join("monday.db"))?;
    /// store.namespace("a").set("k", &2)?;
    /// let monday = statehold::open(&report.path)?;
    /// assert_eq!((report.revision, monday.namespace("a").get("k")?), (1, Some(1)));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when there is a file already, or the system refuses; [`Error::StorageFull`];
    /// [`Error::Corrupt`] when the store is damaged: there is no backup then.
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<BackupReport> {
        self.backup_with(path, BackupOptions::new(), |_| ())
    }

    /// As [`backup`](Self::backup), with options, and told how far it has come.
    ///
    /// # Errors
    /// As [`backup`](Self::backup).
    pub fn backup_with(
        &self,
        path: impl AsRef<Path>,
        options: BackupOptions,
        progress: impl FnMut(CopyProgress),
    ) -> Result<BackupReport> {
        self.shared().operation(Operation::StoreBackup, || self.back_up(path.as_ref(), options, progress))
    }

    fn back_up(
        &self,
        path: &Path,
        options: BackupOptions,
        mut progress: impl FnMut(CopyProgress),
    ) -> Result<BackupReport> {
        let engine = &self.shared().engine;
        engine.alive()?;
        let draft = Draft::new(path, ACTION)?;
        draft.refuse_taken(options.overwrite, engine.path())?;
        let snapshot = engine.snapshot()?;
        let head = snapshot.read(|reader| {
            copy(reader, &draft.path, &mut progress)?;
            journal::head(reader)
        })?;
        drop(snapshot);
        let copied = check_copy(&draft.path)?;
        if (copied.revision, copied.hash) != (head.revision, head.hash) {
            let reason = format!("it came out at revision {}, not {}", copied.revision, head.revision);
            return Err(Error::Corrupt { path: draft.path.clone(), reason });
        }
        let path = draft.place().to_owned();
        if options.overwrite {
            // What was witnessed of the file that was there says nothing of this one.
            let _ = std::fs::remove_file(beside(&path, COMPANION));
        }
        let bytes = draft.install_store(options.overwrite)?;
        Ok(BackupReport { path, revision: head.revision, hash: hex(&head.hash), bytes })
    }
}
