//! Bringing a store of an older format to the present one, with a way back.

use std::path::{Path, PathBuf};

use super::place::{Draft, beside};
use super::restore::terms;
use crate::engine::{CopyProgress, check_copy, copy, inspect, newest};
use crate::error::{Error, Result};
use crate::format::STEPS;
use crate::store::Store;

const ACTION: &str = "backing up to";
const FORMAT: &str = "SELECT user_version FROM pragma_user_version";

/// How a store is upgraded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UpgradeOptions {
    /// Where the backup goes; `NAME.format-1` beside the store, with the number of the old format, unless set.
    pub backup: Option<PathBuf>,
}

impl UpgradeOptions {
    /// The backup goes beside the store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`backup`](Self::backup).
    pub fn backup(mut self, path: impl Into<PathBuf>) -> Self {
        self.backup = Some(path.into());
        self
    }
}

/// A store that has the present format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpgradeReport {
    /// The store.
    pub path: PathBuf,
    /// The format that it had.
    pub from_format: u32,
    /// The format that it has now.
    pub to_format: u32,
    /// The backup in the old format; none if it had the present format already, and nothing was done.
    pub backup: Option<PathBuf>,
}

impl Store {
    /// Brings the store at `path` to the present format, after a backup in the old one. Opening it does the same without a
    /// backup; this is for those who want to be able to go back to an older statehold. Does nothing to a store that has the
    /// present format. Ok means that the backup is checked and durable, and that the store was upgraded, in one transaction.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("store.db");
    /// statehold::open(&path)?;
    /// let report = statehold::Store::upgrade(&path)?;
    /// assert_eq!((report.from_format, report.backup), (report.to_format, None));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::SchemaTooNew`] and [`Error::NotAStore`] for a file that this version can't use; [`Error::Io`] when there is
    /// no such file, or one in the backup's place; [`Error::Corrupt`] for a damaged store. It was not upgraded then.
    pub fn upgrade(path: impl AsRef<Path>) -> Result<UpgradeReport> {
        Self::upgrade_with(path, &UpgradeOptions::new(), |_| ())
    }

    /// As [`upgrade`](Self::upgrade), with options, and told how far the backup has come.
    ///
    /// # Errors
    /// As [`upgrade`](Self::upgrade).
    pub fn upgrade_with(
        path: impl AsRef<Path>,
        options: &UpgradeOptions,
        mut progress: impl FnMut(CopyProgress),
    ) -> Result<UpgradeReport> {
        let path = path.as_ref();
        let path = path.canonicalize().map_err(|error| Error::io("upgrading", path, &error))?;
        let to_format = newest(STEPS);
        let (from_format, backup) = inspect(&path, &terms(), |reader| {
            let found = reader.one(FORMAT, &[], |row| row.int(0))?.unwrap_or_default();
            let found = u32::try_from(found).unwrap_or_default();
            if found == to_format {
                return Ok((found, None));
            }
            let place = options.backup.clone().unwrap_or_else(|| beside(&path, &format!(".format-{found}")));
            let draft = Draft::new(&place, ACTION)?;
            if draft.place().symlink_metadata().is_ok() {
                let reason = "there is a file already; choose another place for the backup".to_owned();
                return Err(Error::Io { action: ACTION, path: draft.place().to_owned(), reason });
            }
            copy(reader, &draft.path, &mut progress)?;
            check_copy(&draft.path)?;
            Ok((found, Some(draft)))
        })?;
        let Some(draft) = backup else {
            return Ok(UpgradeReport { path, from_format, to_format, backup: None });
        };
        let backup = draft.place().to_owned();
        draft.install_store(false)?;
        // Opening upgrades, in one transaction.
        Self::options().create(false).background(false).open(&path)?.close()?;
        Ok(UpgradeReport { path, from_format, to_format, backup: Some(backup) })
    }
}
