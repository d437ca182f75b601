//! What a store does for itself after commits and in the background: the log is moved into the file,
//! deferred commits are synced, expired keys purged, and what is held for too long is let go.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Engine;
use super::background::{Task, Work};
use super::durability::Durability;
use super::readers::Checkpoint;

/// How long the log gets before it is moved into the file, and what is left of its file when it starts anew:
/// so much that usually nothing of it is ever cut off and added again, and overwriting is synced faster than
/// appending.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogSizes {
    pub(super) first_pages: u32,
    pub(super) kept_bytes: i64,
}

impl LogSizes {
    /// The background moves the log, and cuts it back when the store is idle, so it may get long: a page that is
    /// written again and again meanwhile is moved once.
    const LONG: Self = Self { first_pages: 2_800, kept_bytes: 16 << 20 };
    /// Without the background it is commits that move it, and its file stays as long as it is.
    const SHORT: Self = Self { first_pages: 1_800, kept_bytes: 15 << 19 };

    pub(super) fn of(background: bool) -> Self {
        if background { Self::LONG } else { Self::SHORT }
    }
}

/// After so many pages more, a log that has not started anew is moved again, by a committing thread.
const STEP_PAGES: u32 = 1_000;
/// Says that the log is due whatever its length, since the background has left only little to move.
const NOW: u32 = 0;
/// From so many on, readers are asked to pause for a moment: they have kept the log from starting anew.
const CROWDED_PAGES: u32 = 6_000;
/// How many commits pass between two steps of purging, when there is no background.
const PURGE_EVERY: u64 = 64;
/// How soon after a commit the background looks for what has expired.
const PURGE_SOON: Duration = Duration::from_secs(1);
/// How often the background looks whether a snapshot that is held keeps a long log.
pub(super) const WATCH_EVERY: Duration = Duration::from_millis(50);
/// How long a connection that reads may stay in a moment.
pub(super) const STAY: Duration = Duration::from_millis(5);
/// How long a store must be idle before its log is cut back.
pub(super) const IDLE: Duration = Duration::from_secs(1);

impl Engine {
    pub(super) fn after_commit(self: &Arc<Self>, asked: Option<Durability>) {
        self.after_commits(1, asked);
    }

    /// The same for several that were made as one.
    pub(super) fn after_commits(self: &Arc<Self>, made: u64, asked: Option<Durability>) {
        self.bell.ring();
        self.readers.leave();
        let before = self.commits.fetch_add(made, Ordering::Relaxed);
        if let Durability::Deferred(within) = asked.unwrap_or(self.writer.durability()) {
            self.background.flush_within(within, || self.work());
        }
        self.checkpoint_if_due();
        if self.in_background {
            if !self.purge_asked.swap(true, Ordering::Relaxed) {
                self.background.purge_within(PURGE_SOON, || self.work());
            }
        } else if before / PURGE_EVERY != (before + made) / PURGE_EVERY {
            let _ = (self.purge)(self);
        }
    }

    /// Has the background look for what has expired, if there is one.
    pub(super) fn purge_soon(self: &Arc<Self>) {
        if self.in_background {
            self.purge_asked.store(true, Ordering::Relaxed);
            self.background.purge_within(PURGE_SOON, || self.work());
        }
    }

    /// Has the log moved into the file when it has grown by so much. The background does that while commits go
    /// on, so it never quite catches up; then a committing thread moves the little that is left, and the log
    /// starts anew.
    fn checkpoint_if_due(self: &Arc<Self>) {
        let first = self.log_sizes.first_pages;
        let pages = self.log_pages.load(Ordering::Relaxed);
        let due = self.checkpoint_at.load(Ordering::Relaxed);
        if pages < due {
            if pages + STEP_PAGES < due && due != first {
                // The log has started anew.
                self.checkpoint_at.store(first, Ordering::Relaxed);
            }
            return;
        }
        let next = pages.max(first) + STEP_PAGES;
        if self.checkpoint_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return; // Another thread does it.
        }
        self.readers.end_snapshots(self.max_wal_bytes);
        if self.in_background && due == first {
            self.background.checkpoint(|| self.work());
        } else {
            let crowded = pages >= CROWDED_PAGES;
            self.readers.checkpoint(if crowded { Checkpoint::Restart } else { Checkpoint::Passive });
        }
    }

    /// Moves the log while commits go on, then what they have added, and leaves the rest to the next commit:
    /// that one pauses for two syncs and a few pages.
    fn checkpoint_beside_commits(&self) {
        self.readers.checkpoint(Checkpoint::Passive);
        self.readers.checkpoint(Checkpoint::Passive);
        if self.log_pages.load(Ordering::Relaxed) >= STEP_PAGES {
            self.checkpoint_at.store(NOW, Ordering::Relaxed);
        }
    }

    /// What the background thread does. It must not keep the store open, so it holds it weakly.
    pub(super) fn work(self: &Arc<Self>) -> Work {
        let engine = Arc::downgrade(self);
        Box::new(move |task| {
            let Some(engine) = engine.upgrade() else { return false };
            if engine.alive().is_err() {
                return false;
            }
            engine.do_task(task);
            true
        })
    }

    fn do_task(self: &Arc<Self>, task: Task) {
        match task {
            Task::Release(held) => {
                if let Some(held) = held.upgrade() {
                    held.release();
                }
            }
            Task::Flush => {
                if let Err(error) = self.flush() {
                    tracing::error!(target: "statehold", %error, "deferred commits could not be made durable");
                    self.background.flush_within(IDLE, || self.work());
                }
            }
            Task::Checkpoint => {
                self.checkpoint_beside_commits();
                self.background.rest_within(IDLE, self.commits.load(Ordering::Relaxed), || self.work());
            }
            Task::Rest { commits } => {
                let now = self.commits.load(Ordering::Relaxed);
                // While somebody reads from the log it can't be cut back, and nobody might commit again to see to it.
                if now == commits && self.readers.checkpoint(Checkpoint::Truncate) {
                    self.checkpoint_at.store(self.log_sizes.first_pages, Ordering::Relaxed);
                } else {
                    self.background.rest_within(IDLE, now, || self.work());
                }
            }
            Task::Watch => {
                if self.readers.end_snapshots(self.max_wal_bytes) {
                    self.background.watch_within(WATCH_EVERY, || self.work());
                } else {
                    self.watching.store(false, Ordering::Relaxed);
                }
            }
            Task::Leave => self.readers.leave(),
            Task::Purge => {
                let soon = (self.purge)(self).unwrap_or_else(|error| {
                    tracing::warn!(target: "statehold", %error, "expired keys could not be purged");
                    None
                });
                // A watch is to see what expires, also what others have set meanwhile, and when nobody writes.
                let soon = if self.bell.is_heard() {
                    Some(soon.unwrap_or(PURGE_SOON).min(PURGE_SOON))
                } else {
                    soon
                };
                match soon {
                    Some(soon) => self.background.purge_within(soon, || self.work()),
                    None => self.purge_asked.store(false, Ordering::Relaxed),
                }
            }
        }
    }
}
