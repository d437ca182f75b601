//! Copying whole stores by SQLite's backup API, which copies pages and needs nothing but a moment to copy as of.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};

use super::companion::Witnessed;
use super::connection::{connect, quick_check};
use super::failure::explain;
use super::history::verify;
use super::journal;
use super::reader::Reader;
use super::sys::Session;
use crate::error::{Error, Result};

/// How many pages are copied between two reports of progress.
const STEP: c_int = 512;

/// How far copying a store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    /// How many pages are copied.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// Copies what `reader` reads into the empty file at `to`. The moment must be held meanwhile, or others who write would
/// make it begin anew again and again.
pub(crate) fn copy(reader: &Reader<'_>, to: &Path, progress: &mut dyn FnMut(CopyProgress)) -> Result<()> {
    let mut target = connect(to)?;
    // Nothing is lost if this is lost: the file is synced, and gets its name, when it is whole.
    target.pragma_update(None, "synchronous", "OFF").map_err(|error| explain(to, error))?;
    let backup = Backup::new(reader.session(), &mut target).map_err(|error| explain(to, error))?;
    finish(&backup, to, progress)
}

/// Copies what is left.
pub(super) fn finish(
    backup: &Backup<'_, '_>,
    to: &Path,
    progress: &mut dyn FnMut(CopyProgress),
) -> Result<()> {
    loop {
        let step = backup.step(STEP).map_err(|error| explain(to, error))?;
        let at = backup.progress();
        let (total, left) = (i64::from(at.pagecount).unsigned_abs(), i64::from(at.remaining).unsigned_abs());
        progress(CopyProgress { done: total.saturating_sub(left), total });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(Error::Busy { path: to.to_owned(), waited: Duration::ZERO }),
        }
    }
}

/// Takes the write lock of the target, which is held from the first page on until the end.
pub(super) fn begin(backup: &Backup<'_, '_>, to: &Path, patience: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        match backup.step(1).map_err(|error| explain(to, error))? {
            StepResult::Done | StepResult::More => return Ok(()),
            _ if start.elapsed() >= patience => {
                return Err(Error::Busy { path: to.to_owned(), waited: start.elapsed() });
            }
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// What SQLite and the journal say of a file that nobody writes to: where its journal ends, or why it is no good.
pub(crate) fn check_copy(path: &PathBuf) -> Result<Witnessed> {
    let session = Session::new(connect(path)?);
    quick_check(&session, path)?;
    let reader = Reader::new(&session, path);
    if let Some(problem) = verify(&reader)?.problems.first() {
        return Err(reader.corrupt(problem.clone()));
    }
    let head = journal::head(&reader)?;
    Ok(Witnessed { store_id: journal::store_id(&reader)?, revision: head.revision, hash: head.hash })
}
