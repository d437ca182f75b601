//! The connection that writes, and how it commits a batch of callers in one SQLite transaction.

mod callers;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::applying::{Context, touched};
use super::cache::Cache;
use super::companion::{Companion, Witnessed};
use super::connection::{connect, reconnect};
use super::failure::{ends_transaction, explain, explain_commit, is_busy};
use super::journal::{self, Head};
use super::line::Place;
use super::put_back::{PutBack, Successor, put_back, succeed};
use super::reader::Reader;
use super::request::{Commit, Outcome};
use super::retention::Retention;
use super::sys::{LogHeader, Session, Witness, data_version, in_one_write};
use super::{busy, crash_point};
use crate::clock::Timeline;
use crate::error::{Error, Result};

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";
const SAVE: &str = "SAVEPOINT caller";
const KEEP: &str = "RELEASE caller";
const UNDO: &str = "ROLLBACK TO caller";
const FLUSHED: &str = "UPDATE meta SET value = ?1 WHERE key = 'flushed_revision' AND value <> ?1";

/// What a writer works by.
pub(crate) struct Terms {
    pub(crate) path: PathBuf,
    pub(crate) actor: String,
    pub(crate) store_id: [u8; 16],
    pub(crate) busy_timeout: Duration,
    pub(crate) keep_content: bool,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) companion: Arc<Companion>,
    pub(crate) witness: Arc<Witness>,
    pub(crate) retention: Arc<Retention>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) log_pages: Arc<AtomicU32>,
    pub(crate) log_kept_bytes: i64,
}

thread_local! {
    /// What SQLite told the hook last, on the thread that committed.
    static LOG_PAGES: Cell<u32> = const { Cell::new(0) };
}

/// The one connection of a store that writes.
pub(crate) struct Batcher {
    /// Opened by the first batch, and gone after an error that leaves a commit in doubt: the next batch opens the file
    /// anew.
    connection: Option<Session>,
    terms: Terms,
    head: Head,
    /// The connection's data version when `head` was true.
    seen: Option<u32>,
    /// The header of the log's index when the transaction began that is under way.
    begun: Option<LogHeader>,
    syncs: Option<bool>,
    /// In the line of the writers of all processes.
    place: Place,
    /// Whether the handle has the file open, by another connection if not by this one, and so must have its locks.
    open: bool,
    /// Once lost, what happened to the file since is not known.
    locks_lost: bool,
}

impl Batcher {
    pub(crate) fn new(terms: Terms) -> Self {
        let head = Head { revision: 0, hash: [0; 32], time_ms: i64::MIN };
        Self {
            terms,
            connection: None,
            head,
            seen: None,
            begun: None,
            syncs: None,
            place: Place::default(),
            open: true,
            locks_lost: false,
        }
    }

    /// Begins a write transaction: takes the file's write lock, waiting for other processes.
    pub(crate) fn begin(&mut self, syncs: bool) -> Result<()> {
        if self.connection.as_ref().is_some_and(|connection| !connection.is_autocommit()) {
            // A panic has left it behind.
            self.rollback();
        }
        if self.open && !self.terms.witness.holds() {
            self.locks_lost = true;
        }
        if self.locks_lost {
            return Err(Error::LocksLost { path: self.terms.path.clone() });
        }
        if self.connection.is_none() {
            let connection = busy::with_patience(self.terms.busy_timeout, || {
                reconnect(&self.terms.path, &self.terms.witness)
            })?;
            self.connection = Some(for_writing(connection, self.terms.log_kept_bytes));
            (self.seen, self.syncs) = (None, None);
        }
        let connection = self.connection.as_ref().expect("it was opened just now");
        let explain = |error| explain(&self.terms.path, error);
        if self.syncs != Some(syncs) {
            connection
                .pragma_update(None, "synchronous", if syncs { "FULL" } else { "NORMAL" })
                .map_err(explain)?;
            self.syncs = Some(syncs);
        }
        let patience = self.terms.busy_timeout;
        self.place
            .enter(&self.terms.companion, patience, is_busy, || connection.run(BEGIN))
            .map_err(explain)?;
        crash_point::reach("begun");
        self.begun = LogHeader::of(connection);
        if let Err(error) = self.refresh() {
            self.rollback();
            return Err(error);
        }
        Ok(())
    }

    /// Learns where the journal stands, unless nobody else has committed since.
    fn refresh(&mut self) -> Result<()> {
        let connection = self.connection.as_ref().expect("a transaction has begun on it");
        if self.seen != Some(data_version(connection)) {
            self.head = journal::head(&Reader::new(connection, &self.terms.path))?;
            self.terms.timeline.observe(self.head.time_ms);
        }
        Ok(())
    }

    /// Applies one commit in the transaction that has begun. If that fails within the result, nothing of it is left; if
    /// without, the whole transaction is in question. `saved`: what it did can be undone.
    fn apply(&mut self, commit: &Commit, saved: bool, now_ms: i64) -> Result<Result<Outcome>> {
        let connection = self.connection.as_ref().expect("a transaction has begun on it");
        let context = Context {
            session: connection,
            path: &self.terms.path,
            actor: &self.terms.actor,
            now_ms,
            keep_content: self.terms.keep_content,
        };
        let explain = |error| explain(&self.terms.path, error);
        if saved {
            connection.run(SAVE).map_err(explain)?;
        }
        let changes = connection.total_changes();
        let result = context.apply(commit, &self.head);
        let mut left = result.is_err() && connection.total_changes() != changes;
        if saved && !connection.is_autocommit() {
            if left {
                connection.run(UNDO).map_err(explain)?;
                left = false;
            }
            connection.run(KEEP).map_err(explain)?;
        }
        match result {
            Err(error) if left || ends_transaction(&error) => Err(error),
            Err(error) => Ok(Err(error)),
            Ok(outcome) => {
                self.head = Head { revision: outcome.revision, hash: outcome.hash, time_ms: outcome.time_ms };
                Ok(Ok(outcome))
            }
        }
    }

    /// Commits the transaction that has begun, with what was applied in it. After an error nothing of it is visible.
    fn finish(&mut self, before: Head, applied: &[(&Commit, &Outcome)]) -> Result<()> {
        let connection = self.connection.as_ref().expect("a transaction has begun on it");
        if self.head.revision != before.revision
            && let Err(error) = self.terms.retention.trim(connection, &self.head)
        {
            self.rollback();
            return Err(explain(&self.terms.path, error));
        }
        crash_point::reach("before-commit");
        let cache = self.terms.cache.clone();
        let carrying = cache.committing();
        match in_one_write(connection, || connection.run(COMMIT)) {
            Ok(frame) => {
                crash_point::reach("visible");
                if let Some(frame) = &frame {
                    cache.committed(connection, self.begun.as_ref(), frame, |visit| {
                        for (commit, outcome) in applied {
                            touched(commit, outcome, visit);
                        }
                    });
                }
                drop(carrying);
                assert!(
                    !connection.is_reading_unlocked(),
                    "a query was under way when its transaction ended"
                );
            }
            Err(error) => {
                let error = explain_commit(&self.terms.path, error, self.head.revision);
                self.rollback();
                if matches!(error, Error::CommitUnknown { .. }) {
                    // What this connection believes of the file can't be trusted after a failed sync.
                    self.connection = None;
                }
                return Err(error);
            }
        }
        crash_point::reach("after-commit");
        self.seen = Some(data_version(connection));
        self.terms.log_pages.store(LOG_PAGES.get(), Ordering::Relaxed);
        if self.head.revision != before.revision {
            let witnessed = Witnessed {
                store_id: self.terms.store_id,
                revision: self.head.revision,
                hash: self.head.hash,
            };
            self.terms.companion.write(&witnessed);
        }
        self.place.leave(&self.terms.companion);
        Ok(())
    }

    /// Ends the transaction that has begun without a trace.
    pub(crate) fn rollback(&mut self) {
        self.seen = None;
        if let Some(connection) = &self.connection
            && !connection.is_autocommit()
            && connection.run(ROLLBACK).is_err()
        {
            self.connection = None;
        }
        self.place.leave(&self.terms.companion);
    }

    /// Makes all that was committed so far durable: a synced commit of a row that says up to where.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.begin(true)?;
        let connection = self.connection.as_ref().expect("a transaction has begun on it");
        let noted = connection
            .with(FLUSHED, |note| note.execute([self.head.revision.cast_signed()]))
            .flatten()
            .map_err(|error| explain(&self.terms.path, error));
        match noted {
            Ok(_) => self.finish(self.head, &[]),
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Puts a copy of an earlier moment back, and gives the head then.
    pub(crate) fn put_back(&mut self, task: &mut PutBack<'_>) -> Result<Head> {
        put_back(&self.terms, task)
    }

    /// Puts a successor in the place of the store, and gives the head then.
    pub(crate) fn succeed(&mut self, task: &mut Successor<'_>) -> Result<Head> {
        succeed(&self.terms, task)
    }

    /// Writes the file anew, without the pages that are free. SQLite does it on a connection that has no statement
    /// under way.
    pub(crate) fn vacuum(&mut self) -> Result<()> {
        if !self.terms.witness.holds() {
            return Err(Error::LocksLost { path: self.terms.path.clone() });
        }
        let connection = connect(&self.terms.path)?;
        busy::with_patience(self.terms.busy_timeout, || connection.execute_batch("VACUUM"))
            .map_err(|error| explain(&self.terms.path, error))
    }

    /// Closes the connection; the last one of a store moves its log into the file.
    pub(crate) fn close(&mut self) {
        self.open = false;
        self.rollback();
        self.place.close(&self.terms.companion);
        self.connection = None;
    }
}

/// Makes a connection one that writes: SQLite tells how long the log is after each commit, and cuts its file back
/// to so much when it starts anew. The first also takes the place of SQLite's own checkpoints, which would be
/// made by the committing thread.
fn for_writing(mut connection: Connection, kept_bytes: i64) -> Session {
    #[allow(clippy::unnecessary_wraps)] // SQLite's hook may fail, this one does not
    fn note(_: &mut Wal, pages: std::ffi::c_int) -> rusqlite::Result<()> {
        LOG_PAGES.set(pages.unsigned_abs());
        Ok(())
    }
    let limited = connection.pragma_update(None, "journal_size_limit", kept_bytes);
    if let Err(error) = limited.and_then(|()| connection.wal_hook(Some(note))) {
        tracing::warn!(target: "statehold", %error, "the length of the log is not known; it is checkpointed when the store is closed");
    }
    Session::for_writing(connection)
}
