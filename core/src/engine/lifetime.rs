//! From when a handle is opened until it is closed, or inherited by a forked child, who only forgets it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::batch::{self, Batcher};
use super::bell::Bell;
use super::cache::Cache;
use super::durability::Durability;
use super::reader::Reader;
use super::readers::Readers;
use super::retention::Retention;
use super::sys::{self, Session};
use super::upkeep::LogSizes;
use super::writer::Writer;
use super::{Engine, EngineTerms, LostCommits, journal, open};
use crate::clock::Timeline;
use crate::error::{Error, Result};
use crate::ids::actor;

impl Engine {
    pub(crate) fn open(path: &Path, terms: EngineTerms) -> Result<Arc<Self>> {
        let generation = sys::fork_generation();
        let opened = open::open(path, &terms.opening)?;
        let path = opened.path;
        let log_sizes = LogSizes::of(terms.background);
        let connection = Session::new(opened.connection);
        let reader = Reader::new(&connection, &path);
        let store_id = journal::store_id(&reader)?;
        // Asked before the store is: it never knows of a commit that the store has not, while others commit.
        let witnessed = opened.companion.read();
        let head = journal::head(&reader)?;
        let lost = witnessed
            .filter(|witnessed| witnessed.store_id == store_id && witnessed.revision > head.revision)
            .map(|witnessed| LostCommits { expected: witnessed.revision, found: head.revision });
        if let Some(LostCommits { expected, found }) = lost {
            tracing::warn!(target: "statehold", path = %path.display(), expected, found, "the store has fewer commits than its witness has seen");
        }
        let timeline = Arc::new(Timeline::new(terms.clock));
        timeline.start(head.time_ms);
        let companion = Arc::new(opened.companion);
        let retention = Arc::new(Retention::new(terms.journal_max_rows, terms.journal_max_age));
        let cache = Arc::new(Cache::new(opened.holder, terms.cached, terms.cache_bytes, companion.clone()));
        let log_pages = Arc::new(AtomicU32::new(0));
        let batcher = Batcher::new(batch::Terms {
            path: path.clone(),
            actor: actor(terms.label.as_deref()),
            store_id,
            busy_timeout: terms.opening.busy_timeout,
            keep_content: terms.keep_content,
            timeline: timeline.clone(),
            companion: companion.clone(),
            witness: opened.witness.clone(),
            retention: retention.clone(),
            cache: cache.clone(),
            log_pages: log_pages.clone(),
            log_kept_bytes: log_sizes.kept_bytes,
        });
        Ok(Arc::new(Self {
            readers: Arc::new(Readers::new(path.clone(), connection, opened.witness.clone(), generation)),
            writer: Arc::new(Writer::new(batcher, terms.durability, generation)),
            path,
            store_id,
            purge: terms.purge,
            bell: Arc::new(Bell::new(companion.clone())),
            companion,
            retention,
            cache,
            background: Arc::default(),
            in_background: terms.background,
            timeline,
            lost,
            opened_by: std::process::id(),
            generation,
            closed: AtomicBool::new(false),
            log_pages,
            log_sizes,
            checkpoint_at: AtomicU32::new(log_sizes.first_pages),
            commits: AtomicU64::new(0),
            conflicts: AtomicU64::new(0),
            purge_asked: AtomicBool::new(false),
            watching: AtomicBool::new(false),
            max_wal_bytes: terms.max_wal_bytes,
            held: Mutex::default(),
            witness: opened.witness,
            watch: Mutex::new(Some(opened.watch)),
        }))
    }

    /// Whether this handle may be used: it isn't closed, and wasn't inherited through a fork.
    pub(crate) fn alive(&self) -> Result<()> {
        if self.forked() {
            return Err(Error::Forked { opened_by: self.opened_by });
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Closed { what: "the store", advice: "open it again" });
        }
        Ok(())
    }

    pub(super) fn forked(&self) -> bool {
        self.generation != sys::fork_generation()
    }

    /// Ends the use of this handle: what is deferred is made durable, and the last handle on the file
    /// moves the log into it.
    pub(crate) fn close(&self) -> Result<()> {
        if self.forked() || self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.bell.ring();
        self.background.close();
        self.readers.leave();
        // A transaction that holds the write lock would keep this waiting; it is discarded.
        if let Some(held) = self.held.lock().upgrade() {
            held.release();
        }
        let flushed = match self.writer.durability() {
            Durability::Deferred(_) => self.writer.lead(Batcher::flush),
            Durability::Full | Durability::Normal => Ok(()),
        };
        // Before the last connection, with which SQLite unlocks the whole file.
        drop(self.watch.lock().take());
        self.readers.close();
        self.writer.lead(Batcher::close);
        self.cache.close();
        flushed
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.forked() {
            // The child must not close what it has inherited: that would drop the parent's locks, and
            // another thread of the parent may have held any of these mutexes at the fork.
            std::mem::forget(self.writer.clone());
            std::mem::forget(self.readers.clone());
            std::mem::forget(self.companion.clone());
            std::mem::forget(self.cache.clone());
            std::mem::forget(self.background.clone());
            std::mem::forget(self.witness.clone());
            std::mem::forget(self.watch.get_mut().take());
        } else {
            let _ = self.close();
        }
    }
}
