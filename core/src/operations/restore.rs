//! Putting a backup in the place of a store.

use std::path::{Path, PathBuf};

use super::place::Draft;
use crate::engine::{
    Companion, CopyProgress, Engine, OpeningTerms, PutBack, Witnessed, check_copy, copy, descends, inspect,
    journal,
};
use crate::error::{Error, Result};
use crate::format::{KEPT, STEPS};
use crate::store::Store;

const ACTION: &str = "restoring to";

/// How a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// Whether it may take the place of a store that is there.
    pub force: bool,
}

impl RestoreOptions {
    /// A store that is there is left alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`force`](Self::force).
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

/// A backup that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The store that has its state now.
    pub path: PathBuf,
    /// The revision of the backup.
    pub restored: u64,
    /// The revision of the store now: that of the backup, or where the store was open and goes on, a new one.
    pub revision: u64,
}

impl Store {
    /// Restores the backup `from` as the store at `into`, where nothing may be.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("store.db");
    /// let store = statehold::open(&path)?;
    /// store.namespace("a").set("k", &1)?;
    /// let backup = store.backup(folder.path().join("monday.db"))?.path;
    /// store.namespace("a").set("k", &2)?;
    ///
    /// // Into the very store, which goes on; it gets a commit of its own.
    /// let force = statehold::RestoreOptions::new().force(true);
    /// let report = statehold::Store::restore_with(&backup, &path, force, |_| ())?;
    /// assert_eq!((report.restored, report.revision), (1, 3));
    /// assert_eq!(store.namespace("a").get("k")?, Some(1));
    /// assert!(statehold::Store::restore(&backup, &path).is_err(), "there is a store");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when there is a file already; [`Error::Corrupt`], [`Error::NotAStore`] and
    /// [`Error::SchemaTooNew`] when the backup can't be used. Nothing was changed then.
    pub fn restore(from: impl AsRef<Path>, into: impl AsRef<Path>) -> Result<RestoreReport> {
        Self::restore_with(from, into, RestoreOptions::new(), |_| ())
    }

    /// As [`restore`](Self::restore), with options, and told how far it has come.
    ///
    /// With `force`, a backup of the store that is there is put back *into* it, in one commit: who has it open goes on
    /// with the restored state. Its journal goes on too, with a row `["store", "", "", "restore"]`, which every watch is
    /// told; transactions that have read the state before run again. A store that is damaged, is another one, or has
    /// another history than the backup is replaced as a whole, which nobody may have open.
    ///
    /// # Errors
    /// As [`restore`](Self::restore); [`Error::Busy`] when others write without a pause;
    /// [`Error::Io`] when a store would have to be replaced that is open.
    pub fn restore_with(
        from: impl AsRef<Path>,
        into: impl AsRef<Path>,
        options: RestoreOptions,
        mut progress: impl FnMut(CopyProgress),
    ) -> Result<RestoreReport> {
        let draft = Draft::new(into.as_ref(), ACTION)?;
        let place = draft.place().to_owned();
        let there = place.symlink_metadata().is_ok();
        if there && !options.force {
            let reason = "there is a file already; choose another name, or restore with force".to_owned();
            return Err(Error::Io { action: ACTION, path: place, reason });
        }
        fetch(from.as_ref(), &draft.path, &mut progress)?;
        let copied = check_copy(&draft.path)?;
        let restored = copied.revision;
        if there && let Some(revision) = put_back(&place, &draft, &copied, &mut progress)? {
            return Ok(RestoreReport { path: place, restored, revision });
        }
        let Some(companion) = Companion::alone(&place)? else {
            let reason = "it can't go on with this backup, being damaged or having another history, and it is open; close it everywhere and try again";
            return Err(Error::Io { action: ACTION, path: place, reason: reason.to_owned() });
        };
        draft.install_store(there)?;
        companion.write(&copied);
        Ok(RestoreReport { path: place, restored, revision: restored })
    }
}

/// Copies the backup as of one moment; it may be a store that is in use.
fn fetch(from: &Path, to: &Path, progress: &mut dyn FnMut(CopyProgress)) -> Result<()> {
    inspect(from, &terms(), |reader| copy(reader, to, progress))
}

/// How a file is looked at that is there.
pub(super) fn terms() -> OpeningTerms {
    OpeningTerms {
        create: false,
        follow_symlinks: true,
        allow_network: true,
        busy_timeout: std::time::Duration::from_secs(5),
        steps: STEPS,
    }
}

/// Puts the draft back into the store that it is a copy of; gives its revision then, or none if it is no copy of that
/// store, or that is damaged.
fn put_back(
    place: &Path,
    draft: &Draft,
    copied: &Witnessed,
    progress: &mut dyn FnMut(CopyProgress),
) -> Result<Option<u64>> {
    let store = match Store::options().create(false).background(false).open(place) {
        Ok(store) => store,
        Err(Error::Corrupt { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let engine = &store.shared().engine;
    match is_of(engine, copied) {
        Ok(true) => {}
        Ok(false) | Err(Error::Corrupt { .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    match engine.put_back(&mut PutBack { copy: &draft.path, steps: STEPS, keep: KEPT, progress }) {
        Ok(revision) => Ok(Some(revision)),
        Err(Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the store has come from the state of the copy.
fn is_of(engine: &std::sync::Arc<Engine>, copied: &Witnessed) -> Result<bool> {
    engine.read(|live| Ok(journal::store_id(live)? == copied.store_id && descends(live, copied)?))
}
