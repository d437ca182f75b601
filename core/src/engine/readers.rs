//! The connections that read: kept open for the next question, or held by a snapshot for as long as it lasts.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::connection::connect;
use super::failure::explain;
use super::reader::{PATIENCE, Reader};
use super::stay::{Reading, Round};
use super::sys::{Session, Witness, fork_generation};
use super::{busy, crash_point};
use crate::error::{Error, Result};

/// How many idle connections are kept for readers.
const KEPT: usize = 8;
/// How long a restart of the log waits for readers.
const RESTART_PATIENCE: Duration = Duration::from_millis(100);
/// How long who has written the whole file anew waits for them, and for a checkpoint of the background.
const CLEAR_PATIENCE: Duration = Duration::from_secs(2);
/// How old a snapshot must be to be ended for the log's sake.
const SPARED: Duration = Duration::from_millis(100);

/// After so many reads without a commit in between, connections begin to stay in the moment that they read.
const CALM: u32 = 4;

/// How the log is moved into the file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Checkpoint {
    /// Without being in anybody's way; the log starts anew if nobody happens to read from it.
    Passive,
    /// Waits a little for those who read from the log, and keeps writers out meanwhile, so that readers who
    /// come and go without a pause do not keep it from starting anew.
    Restart,
    /// If nobody is in the way, also cuts the log's file back.
    Truncate,
    /// The same, and waits a little for who is in the way: also for another checkpoint.
    Clear,
}

/// The connections of a store that read.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reading>>,
    round: AtomicU64,
    /// How many reads there were since the last commit that was noticed.
    calm: AtomicU32,
    /// Whether a connection has begun to stay in a moment since all were last told to leave.
    staying: AtomicBool,
    /// The snapshots that are under way.
    held: Mutex<Vec<Weak<Held>>>,
    checkpoints: AtomicU64,
    closed: AtomicBool,
    generation: u32,
    /// Outlives the connections: closing its descriptor drops their locks.
    _witness: Arc<Witness>,
}

impl Readers {
    /// With one connection that is open already.
    pub(crate) fn new(path: PathBuf, first: Session, witness: Arc<Witness>, generation: u32) -> Self {
        let closed = AtomicBool::new(false);
        Self {
            path,
            idle: Mutex::new(vec![Reading::new(first)]),
            round: AtomicU64::new(0),
            calm: AtomicU32::new(0),
            staying: AtomicBool::new(false),
            held: Mutex::default(),
            checkpoints: AtomicU64::new(0),
            closed,
            generation,
            _witness: witness,
        }
    }

    /// An idle connection, or a new one.
    fn take(&self) -> Result<Reading> {
        let idle = self.idle.lock().pop();
        idle.map_or_else(
            || {
                busy::with_patience(PATIENCE, || connect(&self.path))
                    .map(|connection| Reading::new(Session::new(connection)))
            },
            Ok,
        )
    }

    /// The same, outside of any moment.
    fn take_session(&self) -> Result<Session> {
        loop {
            if let Some(session) = self.take()?.into_session() {
                return Ok(session);
            }
        }
    }

    fn give_back(&self, mut connection: Reading) {
        let mut idle = self.idle.lock();
        // Looked at under the lock: who says that all are to leave bumps it before going through those that are idle.
        let stays = !connection.stays() || connection.is_of(self.round());
        if (stays || connection.leave()) && idle.len() < KEPT && !self.closed.load(Ordering::Acquire) {
            idle.push(connection);
        }
    }

    fn round(&self) -> Round {
        Round(self.round.load(Ordering::Acquire))
    }

    /// Lets `f` ask questions, each answered as of its own moment, which lies within the call. Where many are asked while
    /// nobody commits, a connection stays in the moment, if `soon` has all of them told to [leave](Self::leave) in a short
    /// time, which it may fail to.
    pub(crate) fn read<R>(
        &self,
        soon: Option<impl FnOnce() -> bool>,
        f: impl FnOnce(&Reader<'_>) -> Result<R>,
    ) -> Result<R> {
        let mut connection = self.take()?;
        if !connection.is_in_the_present() {
            if connection.stays() {
                self.calm.store(0, Ordering::Relaxed);
                if !connection.leave() {
                    connection = Reading::new(self.take_session()?);
                }
            }
            if let Some(soon) = soon
                && self.calm.fetch_add(1, Ordering::Relaxed) >= CALM
                && connection.stay(self.round())
                && !self.staying.swap(true, Ordering::AcqRel)
                && !soon()
            {
                self.leave();
            }
        }
        let result = f(&Reader::new(&connection, &self.path));
        if result.is_ok() || connection.leave() {
            self.give_back(connection);
        }
        result
    }

    /// Has no connection stay in a moment any longer: those that are idle now, the others when they have answered.
    pub(crate) fn leave(&self) {
        self.calm.store(0, Ordering::Relaxed);
        self.round.fetch_add(1, Ordering::AcqRel);
        if self.staying.swap(false, Ordering::AcqRel) {
            self.idle.lock().retain_mut(Reading::leave);
        }
    }

    /// Fixes a moment, as of which all questions are answered until the snapshot is dropped, or ended.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Result<Snapshot> {
        let connection = self.take_session()?;
        let begun = busy::with_patience(PATIENCE, || {
            connection.run("BEGIN")?;
            // A deferred transaction begins with its first read.
            connection.with("SELECT 1 FROM meta LIMIT 1", |first| first.exists([])).flatten()
        });
        begun.map_err(|error| explain(&self.path, error))?;
        let held = Arc::new(Held {
            connection: Mutex::new(Some(connection)),
            readers: self.clone(),
            since: Instant::now(),
            log_bytes: self.log_bytes(),
        });
        self.held.lock().push(Arc::downgrade(&held));
        Ok(Snapshot { held })
    }

    /// The length of the log's file.
    pub(crate) fn log_bytes(&self) -> u64 {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |found| found.len())
    }

    /// Ends the snapshots that keep a log of more than `most_bytes` from starting anew, and says whether
    /// there are any left. Young ones are spared: they will be gone soon by themselves.
    pub(crate) fn end_snapshots(&self, most_bytes: u64) -> bool {
        let log_bytes = self.log_bytes();
        let mut held = self.held.lock();
        held.retain(|snapshot| {
            let Some(snapshot) = snapshot.upgrade() else { return false };
            let outgrown = log_bytes > most_bytes && log_bytes > snapshot.log_bytes;
            if outgrown && snapshot.since.elapsed() >= SPARED {
                snapshot.end();
                return false;
            }
            true
        });
        !held.is_empty()
    }

    /// Moves the log's pages into the file, as far as no reader needs them, and says whether it has done all that it was
    /// asked for. Failing is no harm: the next one does it.
    pub(crate) fn checkpoint(&self, how: Checkpoint) -> bool {
        let (pragma, patience) = match how {
            Checkpoint::Passive => ("PRAGMA wal_checkpoint(PASSIVE)", Duration::ZERO),
            Checkpoint::Restart => ("PRAGMA wal_checkpoint(RESTART)", RESTART_PATIENCE),
            Checkpoint::Truncate => ("PRAGMA wal_checkpoint(TRUNCATE)", Duration::ZERO),
            Checkpoint::Clear => ("PRAGMA wal_checkpoint(TRUNCATE)", CLEAR_PATIENCE),
        };
        // Who stays in a moment would keep the log from starting anew.
        self.leave();
        let Ok(connection) = self.take_session() else { return false };
        crash_point::reach("before-checkpoint");
        // Where it is not done, SQLite says so in the first column, or by an error.
        let left =
            busy::with_patience(patience, || connection.query_row(pragma, [], |row| row.get::<_, i64>(0)));
        crash_point::reach("after-checkpoint");
        self.checkpoints.fetch_add(1, Ordering::Relaxed);
        self.give_back(Reading::new(connection));
        left == Ok(0)
    }

    /// How often the log was moved into the file.
    pub(crate) fn checkpoints(&self) -> u64 {
        self.checkpoints.load(Ordering::Relaxed)
    }

    /// Closes the idle connections; the others when they are given back.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.idle.lock().clear();
    }
}

/// A moment of the store. It keeps the log from starting anew, so it is ended when the log outgrows its
/// limit.
pub(crate) struct Snapshot {
    held: Arc<Held>,
}

struct Held {
    connection: Mutex<Option<Session>>,
    readers: Arc<Readers>,
    since: Instant,
    /// The length of the log's file at the moment.
    log_bytes: u64,
}

impl Snapshot {
    /// Asks questions as of that moment.
    pub(crate) fn read<R>(&self, f: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
        let held = self.held.connection.lock();
        let connection = held.as_ref().ok_or(Error::Closed {
            what: "the snapshot",
            advice: "the log had outgrown max_wal_bytes, and the snapshot kept it from starting anew; \
                     take a new one, and hold it for a shorter time",
        })?;
        f(&Reader::new(connection, &self.held.readers.path))
    }

    /// Whether it was ended before its time.
    pub(crate) fn is_ended(&self) -> bool {
        self.held.connection.lock().is_none()
    }
}

impl Held {
    /// Ends it, unless somebody is reading from it right now.
    fn end(&self) {
        let Some(connection) = self.connection.try_lock().and_then(|mut connection| connection.take()) else {
            return;
        };
        if self.readers.generation != fork_generation() {
            // A forked child must neither use nor close what it has inherited.
            std::mem::forget(connection);
        } else if connection.run("COMMIT").is_ok() {
            self.readers.give_back(Reading::new(connection));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
#[path = "stay_test.rs"]
mod tests;
