//! The engine: one file. It opens it, keeps the schema, answers questions as of a moment, and
//! commits checks and statements atomically. It knows no word of any facet.

mod ahead;
mod applying;
mod background;
mod batch;
mod bell;
mod busy;
mod cache;
mod commits;
mod companion;
mod connection;
mod copy;
mod crash_point;
pub(crate) mod digest;
mod draft;
mod durability;
mod failure;
mod found;
mod gathering;
mod history;
pub(crate) mod journal;
mod lifetime;
mod line;
mod looks;
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
use self::bell::{Bell, Sight};
use self::cache::Cache;
use self::reader::Reader;
use self::readers::Readers;
use self::retention::Retention;
use self::sys::{Watch, Witness};
use self::upkeep::{LogSizes, STAY, WATCH_EVERY};
use self::writer::Writer;
use crate::clock::{Clock, Timeline};
use crate::error::Result;
use crate::ids::hex;

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

    /// Fixes a moment to ask questions about.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Result<Snapshot> {
        self.alive()?;
        let snapshot = self.readers.snapshot()?;
        if !self.watching.swap(true, Ordering::Relaxed) {
            self.background.watch_within(WATCH_EVERY, || self.work());
        }
        Ok(snapshot)
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

    /// The last revision with its hash: by the journal, or by the witness, which may be behind or gone.
    pub(crate) fn last_seen(self: &Arc<Self>, by_journal: bool) -> Result<Sight> {
        if by_journal {
            let head = self.read(journal::head)?;
            return Ok(Some((head.revision, head.hash)));
        }
        self.alive()?;
        Ok(self.companion.read().map(|witnessed| (witnessed.revision, witnessed.hash)))
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
}
