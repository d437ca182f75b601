//! The engine: one file. It opens it, keeps the schema, answers questions as of a moment, and
//! commits checks and statements atomically. It knows no word of any facet.

mod ahead;
mod applying;
mod background;
mod batch;
mod bell;
mod busy;
mod cache;
mod companion;
mod copy;
mod crash_point;
pub(crate) mod digest;
mod draft;
mod durability;
mod failure;
mod gathering;
mod history;
pub(crate) mod journal;
mod line;
mod open;
mod pace;
mod put_back;
pub(crate) mod reader;
mod readers;
pub(crate) mod request;
mod retention;
mod schema;
mod stay;
pub(crate) mod sys;
mod ticket;
mod upkeep;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;

pub(crate) use applying::unchanged;
pub(crate) use bell::Listener;
pub(crate) use cache::{CacheCounts, Filling, Looked};
pub(crate) use companion::{Companion, Witnessed};
pub use copy::CopyProgress;
pub(crate) use copy::{check_copy, copy};
pub(crate) use draft::Draft;
pub use durability::Durability;
pub(crate) use history::{COMMITS, Place, extent, follow, rows as journal_rows, verify as verify_journal};
pub use history::{Change, JournalCheck, JournalRow};
pub(crate) use open::{Terms as OpeningTerms, inspect, is_writable};
pub(crate) use put_back::{Keep, PutBack, Successor, descends};
pub(crate) use readers::Snapshot;
pub(crate) use retention::Needed;
pub(crate) use schema::newest;
pub use sys::CommitSign;
pub(crate) use writer::WriteLock;

use self::background::Background;
use self::batch::Batcher;
use self::bell::{Bell, Sight};
use self::cache::{Cache, Changed};
use self::reader::Reader;
use self::readers::{Checkpoint, Readers};
use self::request::{Commit, Outcome};
use self::retention::Retention;
use self::sys::{LogHeader, Session, Watch, Witness};
use self::upkeep::{IDLE, LogSizes, STAY, WATCH_EVERY};
use self::writer::Writer;
use crate::clock::{Clock, Timeline};
use crate::error::{Error, Result};
use crate::ids::{actor, hex};

/// What the engine is opened with.
pub(crate) struct EngineTerms {
    pub(crate) opening: OpeningTerms,
    pub(crate) durability: Durability,
    pub(crate) keep_content: bool,
    pub(crate) journal_max_rows: u64,
    pub(crate) journal_max_age: Duration,
    pub(crate) max_wal_bytes: u64,
    /// How much of what is read is kept, and the facet that it is kept for.
    pub(crate) cache_bytes: usize,
    pub(crate) cached: &'static str,
    pub(crate) background: bool,
    pub(crate) label: Option<String>,
    pub(crate) clock: Box<dyn Clock>,
    /// Removes a few things that have expired; says how soon to call it again, if at all.
    pub(crate) purge: fn(&Arc<Engine>) -> Result<Option<Duration>>,
}

/// Commits that the witness beside the store knows of and the store has not: it was rolled back from
/// outside, or lost its log. At durability `normal` this is what a power loss may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostCommits {
    /// The revision that the witness had seen.
    pub expected: u64,
    /// The revision that the store had when it was opened.
    pub found: u64,
}

/// What a handle has done, and who listens to it.
pub(crate) struct Counts {
    pub(crate) commits: u64,
    pub(crate) batches: u64,
    pub(crate) conflicts: u64,
    pub(crate) checkpoints: u64,
    pub(crate) listeners: u64,
    pub(crate) cache: CacheCounts,
}

/// An open store file.
pub(crate) struct Engine {
    path: PathBuf,
    store_id: [u8; 16],
    purge: fn(&Arc<Engine>) -> Result<Option<Duration>>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    companion: Arc<Companion>,
    retention: Arc<Retention>,
    cache: Arc<Cache>,
    background: Arc<Background>,
    in_background: bool,
    bell: Arc<Bell>,
    timeline: Arc<Timeline>,
    lost: Option<LostCommits>,
    opened_by: u32,
    generation: u32,
    closed: AtomicBool,
    /// The size of the log, as the last commit left it.
    log_pages: Arc<AtomicU32>,
    log_sizes: LogSizes,
    /// The size at which it is next moved into the file.
    checkpoint_at: AtomicU32,
    commits: AtomicU64,
    conflicts: AtomicU64,
    purge_asked: AtomicBool,
    /// Whether the background looks after snapshots that are held.
    watching: AtomicBool,
    max_wal_bytes: u64,
    /// The write lock, while a transaction holds it.
    held: Mutex<Weak<writer::Held>>,
    witness: Arc<Witness>,
    /// Gone once the handle is closed.
    watch: Mutex<Option<Watch>>,
}

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

    fn forked(&self) -> bool {
        self.generation != sys::fork_generation()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn lost(&self) -> Option<LostCommits> {
        self.lost
    }

    /// Lets `f` ask questions, each answered as of its own moment.
    pub(crate) fn read<R>(self: &Arc<Self>, f: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
        self.alive()?;
        let soon = || self.background.leave_within(STAY, || self.work());
        self.readers.read(self.in_background.then_some(soon), f)
    }

    /// Looks for a key in what was read before, and lets `read` have what the store holds there,
    /// which may not be enough for it.
    pub(crate) fn look<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Result<Looked<R>> {
        self.alive()?;
        Ok(self.cache.look(name, key, read))
    }

    /// The same without waiting for anything, and without a trace if there is none.
    pub(crate) fn glance<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Result<Option<R>> {
        self.alive()?;
        Ok(self.cache.glance(name, key, read))
    }

    /// The same for several keys, as of one moment.
    pub(crate) fn glance_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Result<Option<Vec<R>>> {
        self.alive()?;
        Ok(self.cache.glance_together(name, keys, read))
    }

    /// Looks for several keys, as of one moment.
    pub(crate) fn look_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Result<Looked<Vec<R>>> {
        self.alive()?;
        Ok(self.cache.look_together(name, keys, read))
    }

    /// What is another one after each commit of anybody.
    pub(crate) fn commit_sign(&self) -> Option<CommitSign> {
        self.alive().ok()?;
        self.cache.sign()
    }

    /// What has been changed from one of its values to another, if only this handle has committed; none if that is not
    /// known, and pending while it may be about to be.
    pub(crate) fn changed_between(
        &self,
        from: [u8; CommitSign::LENGTH / 2],
        to: [u8; CommitSign::LENGTH / 2],
    ) -> Poll<Option<Vec<Changed>>> {
        self.cache.changed_between(&LogHeader::from_bytes(from), &LogHeader::from_bytes(to))
    }

    /// Keeps what was read after a look that missed: bytes, in parts, or that there is nothing.
    pub(crate) fn keep(&self, filling: &Filling, name: &Arc<str>, key: &str, body: Option<&[&[u8]]>) {
        self.cache.fill(filling, name, key, body);
    }

    /// Fixes a moment to ask questions about.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Result<Snapshot> {
        self.alive()?;
        let snapshot = self.readers.snapshot()?;
        if !self.watching.swap(true, Ordering::Relaxed) {
            self.background.watch_within(WATCH_EVERY, || self.work());
        }
        Ok(snapshot)
    }

    /// Applies a commit whole or not at all. Ok means that it is visible to everyone who asks from now
    /// on, and durable as the commit or the store demands.
    pub(crate) fn commit(self: &Arc<Self>, commit: Commit) -> Result<Outcome> {
        self.alive()?;
        let asked = commit.durability;
        let outcome = self.writer.commit(commit);
        self.count(&outcome);
        self.after_commit(asked);
        outcome
    }

    /// Applies several commits in one transaction, each whole or not at all, and gives what became of each.
    pub(crate) fn commit_together(self: &Arc<Self>, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        if let Err(error) = self.alive() {
            return commits.iter().map(|_| Err(error.clone())).collect();
        }
        let outcomes = self.writer.commit_together(commits);
        for outcome in &outcomes {
            self.count(outcome);
        }
        self.after_commits(outcomes.len() as u64, None);
        outcomes
    }

    fn count(&self, outcome: &Result<Outcome>) {
        if let Err(Error::Conflict { .. }) = outcome {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            commits: self.commits.load(Ordering::Relaxed),
            batches: self.writer.batches(),
            conflicts: self.conflicts.load(Ordering::Relaxed),
            checkpoints: self.readers.checkpoints(),
            listeners: self.bell.listeners(),
            // In a forked child a lock of it may be held by nobody.
            cache: if self.forked() { CacheCounts::default() } else { self.cache.counts() },
        }
    }

    /// Takes the file's write lock, for at most `limit`.
    pub(crate) fn lock(
        self: &Arc<Self>,
        limit: Duration,
        durability: Option<Durability>,
    ) -> Result<WriteLock> {
        self.alive()?;
        let lock = self.writer.lock(limit, durability)?;
        let (at, held) = lock.watch();
        *self.held.lock() = held.clone();
        self.background.release_at(at, held, || self.work());
        Ok(lock)
    }

    /// Commits under a held lock, or without it if its time was up.
    pub(crate) fn commit_locked(self: &Arc<Self>, lock: WriteLock, commit: Commit) -> Result<Outcome> {
        self.alive()?;
        let asked = commit.durability;
        let outcome = match lock.commit(commit) {
            Ok(outcome) => outcome,
            Err(commit) => self.writer.commit(commit),
        };
        self.count(&outcome);
        self.after_commit(asked);
        outcome
    }

    /// The last revision with its hash: by the journal, or by the witness, which may be behind or gone.
    pub(crate) fn last_seen(self: &Arc<Self>, by_journal: bool) -> Result<Sight> {
        if by_journal {
            let head = self.read(journal::head)?;
            return Ok(Some((head.revision, head.hash)));
        }
        self.alive()?;
        Ok(self.companion.read().map(|witnessed| (witnessed.revision, witnessed.hash)))
    }

    /// Writes the file anew, without the pages that are free.
    pub(crate) fn vacuum(self: &Arc<Self>) -> Result<()> {
        self.alive()?;
        self.writer.lead(Batcher::vacuum)?;
        if !self.readers.checkpoint(Checkpoint::Clear) && self.in_background {
            // Somebody still reads from the log.
            self.background.rest_within(IDLE, self.commits.load(Ordering::Relaxed), || self.work());
        }
        Ok(())
    }

    /// Puts a copy of an earlier moment back, in one commit, and gives its revision.
    pub(crate) fn put_back(self: &Arc<Self>, task: &mut PutBack<'_>) -> Result<u64> {
        self.alive()?;
        let head = self.writer.lead(|batcher| batcher.put_back(task));
        self.after_commit(None);
        Ok(head?.revision)
    }

    /// Puts what the store is to go on as in its place, in one transaction, and gives the head then.
    pub(crate) fn succeed(self: &Arc<Self>, task: &mut Successor<'_>) -> Result<u64> {
        self.alive()?;
        let head = self.writer.lead(|batcher| batcher.succeed(task));
        self.after_commit(None);
        Ok(head?.revision)
    }

    /// Makes all that was committed so far survive a power loss.
    pub(crate) fn flush(&self) -> Result<()> {
        self.alive()?;
        self.writer.lead(Batcher::flush)
    }

    /// The effective time, agreed with the other handles on the store: what one of them has seen expire
    /// stays expired for all, also if the clock steps back.
    pub(crate) fn shared_now(&self) -> i64 {
        self.companion.agree(&self.timeline)
    }

    /// The last revision that the witness beside the store has seen, and its hash as hexadecimal digits.
    pub(crate) fn witnessed(&self) -> Option<(u64, String)> {
        let witnessed = self.companion.read().filter(|witnessed| witnessed.store_id == self.store_id)?;
        Some((witnessed.revision, hex(&witnessed.hash)))
    }

    /// The time since some fixed point, to measure how long something takes.
    pub(crate) fn monotonic(&self) -> Duration {
        self.timeline.monotonic()
    }

    /// Waits by the store's clock. Never to be called under a lock.
    pub(crate) fn sleep(&self, span: Duration) {
        self.timeline.sleep(span);
    }

    /// Keeps the journal after `revision` for as long as the guard lives.
    pub(crate) fn need(&self, revision: u64) -> Needed {
        self.retention.need(revision)
    }

    /// Commits without the upkeep that follows a commit: for the upkeep itself.
    pub(crate) fn commit_quietly(&self, mut commit: Commit) -> Result<Outcome> {
        self.alive()?;
        commit.durability = Some(Durability::Normal);
        let outcome = self.writer.commit(commit);
        self.bell.ring();
        outcome
    }

    /// Begins to listen for commits. While somebody does, what expires is purged soon after.
    pub(crate) fn listen(self: &Arc<Self>) -> Listener {
        let listener = self.bell.listen();
        self.purge_soon();
        listener
    }

    /// Takes the claim at `slot`, unless somebody has it.
    pub(crate) fn claim(&self, slot: u64) -> bool {
        self.companion.claim(slot)
    }

    /// Gives a claim up.
    pub(crate) fn unclaim(&self, slot: u64) {
        // A forked child shares the kernel's lock with its parent, whose it is.
        if !self.forked() {
            self.companion.unclaim(slot);
        }
    }

    /// Whether purging should wait: the clock has made a wild step forward, which may be a mistake that
    /// somebody is about to mend, and what is purged is gone for good.
    pub(crate) fn purging_waits(&self) -> bool {
        self.timeline.stepped_wildly()
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
