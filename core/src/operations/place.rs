//! Where a copy is made and how it gets its name: beside the place that it is meant for, in a folder of its own, so that
//! what is left of one that was interrupted looks like nothing but that. While it is made, a file in that folder is locked;
//! the system lets the lock go with the process, so the next one who makes a copy there knows what was left behind, and
//! removes it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::engine::sys::create_private;
use crate::error::{Error, Result};

/// The endings of the files that belong to a store, besides the store itself.
pub(super) const LOG: &str = "-wal";
pub(super) const INDEX: &str = "-shm";
pub(super) const COMPANION: &str = "-statehold";

/// A file that belongs to the store at `path`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The ending of the folder in which a copy is made.
const PARTIAL: &str = ".partial";
/// The file in it that is locked meanwhile.
const LOCK: &str = "statehold.lock";

/// A copy in the making; gone when dropped, unless it was put in its place.
pub(super) struct Draft {
    /// Let go before the folder is removed, as some systems want it.
    _lock: File,
    /// Goes with the draft.
    _folder: TempDir,
    pub(super) path: PathBuf,
    place: PathBuf,
    action: &'static str,
}

impl Draft {
    /// Begins a copy that is meant for `place`, with an empty file that only its owner can read.
    pub(super) fn new(place: &Path, action: &'static str) -> Result<Self> {
        let failed = |error| Error::io(action, place, &error);
        if place.file_name().is_none() {
            return Err(Error::value("path", format!("{} names no file", place.display())));
        }
        let place = std::path::absolute(place).map_err(failed)?;
        let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(Error::value("path", format!("{} names no file", place.display())));
        };
        remove_left_behind(folder);
        let (folder, lock) = make_folder(folder, &format!(".{}-", name.to_string_lossy())).map_err(failed)?;
        let path = folder.path().join("copy");
        create_private(&path).map_err(failed)?;
        Ok(Self { _lock: lock, _folder: folder, path, place, action })
    }

    /// Where it is meant to go.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Refuses a place at which there is a file, unless it is to be overwritten and is none of `store`.
    pub(super) fn refuse_taken(&self, overwrite: bool, store: &Path) -> Result<()> {
        let place = &self.place;
        if !place.exists() {
            return Ok(());
        }
        refuse_own(place, store, self.action)?;
        let refused = |reason: &str| {
            Err(Error::Io { action: self.action, path: place.clone(), reason: reason.to_owned() })
        };
        if !overwrite {
            return refused("there is a file already; choose another name, or allow to overwrite it");
        }
        if [LOG, INDEX].iter().any(|ending| beside(place, ending).exists()) {
            return refused("there is a store that is open, or was not closed; choose another name");
        }
        Ok(())
    }

    /// As [`install`](Self::install), for a store.
    pub(super) fn install_store(self, replace: bool) -> Result<u64> {
        let failed = |error: io::Error| Error::io(self.action, &self.place, &error);
        // A log that another file has left behind would be taken for that of this one.
        for ending in [LOG, INDEX] {
            match std::fs::remove_file(beside(&self.place, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        self.install(replace)
    }

    /// Makes it durable and gives it its name, in one step: what is at the place is the old file or the whole new one.
    pub(super) fn install(self, replace: bool) -> Result<u64> {
        let failed = |error: io::Error| Error::io(self.action, &self.place, &error);
        let file = File::open(&self.path).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        if replace {
            std::fs::rename(&self.path, &self.place).map_err(failed)?;
        } else {
            let copy = tempfile::TempPath::try_from_path(&self.path).map_err(failed)?;
            copy.persist_noclobber(&self.place).map_err(|error| failed(error.error))?;
        }
        sync_folder(&self.place).map_err(failed)?;
        Ok(bytes)
    }
}

/// Makes a folder for a copy, and locks it.
fn make_folder(beside: &Path, prefix: &str) -> io::Result<(TempDir, File)> {
    loop {
        let folder = tempfile::Builder::new().prefix(prefix).suffix(PARTIAL).tempdir_in(beside)?;
        let path = folder.path().join(LOCK);
        let lock = match create_private(&path) {
            Ok(lock) => lock,
            // Until it is locked, somebody may take it for one that was left behind, and remove it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        lock.lock()?;
        if path.exists() {
            return Ok((folder, lock));
        }
    }
}

/// Removes what is left of copies whose process was killed. That it can't be is no reason not to make another copy.
fn remove_left_behind(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(PARTIAL)) {
            let _ = remove_if_left_behind(&entry.path());
        }
    }
}

fn remove_if_left_behind(folder: &Path) -> io::Result<()> {
    match File::options().read(true).write(true).open(folder.join(LOCK)) {
        Ok(lock) => {
            lock.try_lock()?;
            std::fs::remove_dir_all(folder)
        }
        // Its process was killed before it came to lock it, so it is empty; this removes nothing else.
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::remove_dir(folder),
        Err(error) => Err(error),
    }
}

/// Refuses the files of `store`: to read or to replace one of them would cost the process its locks, or the store itself.
pub(super) fn refuse_own(path: &Path, store: &Path, action: &'static str) -> Result<()> {
    let Ok(found) = path.canonicalize() else { return Ok(()) };
    if ["", LOG, INDEX, COMPANION].iter().any(|ending| found == beside(store, ending)) {
        let reason = "it is a file of the store itself; choose another one".to_owned();
        return Err(Error::Io { action, path: path.to_owned(), reason });
    }
    Ok(())
}

/// Makes a new name durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

/// Elsewhere a folder can't be synced.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // on Unix it can fail
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
