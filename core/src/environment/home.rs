//! Where environments are kept: in a store, in a transaction, or in memory. A home shows what is there and writes what
//! it is told to, if nothing has moved since; it has no rules of its own.

use std::sync::Arc;

use super::history::{Actor, At, HistoryEntry, HistoryOperation};
use super::lifecycle::Lifecycle;
use super::lock::{Grants, Holder, LockRow};
use super::options::EnvironmentFilter;
use super::record::EnvironmentRecord;
use crate::clock::{from_ms, to_ms};
use crate::error::Result;
use crate::fault::Gate;

/// What a home shows of a name, as of one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) record: Option<EnvironmentRecord>,
    pub(super) lock: Option<LockRow>,
}

/// What a change leaves.
#[derive(Debug, Clone)]
pub(super) enum After {
    /// This record, but for the times and the revision that the commit gives.
    Record(Box<EnvironmentRecord>),
    /// The record as it was.
    Unchanged,
    /// None.
    Nothing,
}

/// One change of a record, and one row of the history.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) operation: HistoryOperation,
    /// The state that it leaves.
    pub(super) from: Option<String>,
    pub(super) note: Option<String>,
    pub(super) after: After,
}

/// What must still be true of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordCheck {
    /// It is at this revision; 0: it is absent.
    At(u64),
    /// It is there.
    Present,
    /// Anything.
    Any,
}

/// What must still be true of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockCheck {
    /// It is held under this fencing number; 0: it is free.
    Held(u64),
    /// It is held under this number and its lease is over.
    Expired(u64),
}

/// What happens to the lock.
#[derive(Debug, Clone)]
pub(super) enum Locking {
    /// Nothing.
    Keep,
    /// It is taken.
    Take { token: String, purpose: Option<String>, holder: Arc<Holder>, ttl_ms: Option<i64> },
    /// The holder of this token loses it.
    Free { token: String },
}

/// What one call writes.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) name: Arc<str>,
    pub(super) record: RecordCheck,
    pub(super) lock: LockCheck,
    /// A registered lifecycle must still be at this revision.
    pub(super) lifecycle: Option<(Arc<str>, u64)>,
    pub(super) locking: Locking,
    pub(super) changes: Vec<Change>,
    /// When the record, as it was seen, had come to its state.
    pub(super) entered_ms: Option<i64>,
}

/// What a commit gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    /// 0 in a transaction.
    pub(super) revision: u64,
    pub(super) time_ms: i64,
    /// Of the lock, where it was taken.
    pub(super) fencing: u64,
}

/// See the module.
pub(super) trait Home: Send + Sync {
    /// The effective time.
    fn now_ms(&self) -> Result<i64>;

    /// Where operations pass the faults of the store; none in memory.
    fn gate(&self) -> Option<Gate<'_>> {
        None
    }
    /// The record of a name and its lock.
    fn see(&self, name: &Arc<str>) -> Result<Seen>;
    /// The lock alone.
    fn see_lock(&self, name: &Arc<str>) -> Result<Option<LockRow>>;
    /// Writes all of it in one commit, or nothing if something has moved (none).
    fn write(&self, write: Write) -> Result<Option<Stamp>>;
    /// The records that pass, in the order of their names.
    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<Seen>>;
    /// All that has happened to a name, in order.
    fn history(&self, name: &Arc<str>) -> Result<Vec<HistoryEntry>>;
    /// The last that had happened to a name at a moment.
    fn at(&self, name: &Arc<str>, at: At) -> Result<Option<HistoryEntry>>;
    /// A registered lifecycle and its revision.
    fn lifecycle(&self, name: &str) -> Result<Option<(Arc<Lifecycle>, u64)>>;
    /// The registered lifecycles, in order.
    fn lifecycles(&self) -> Result<Vec<Lifecycle>>;
    /// Whether a record follows a lifecycle.
    fn is_followed(&self, lifecycle: &str) -> Result<bool>;
    /// Registers a lifecycle in place of the one with this revision (0: none), which nobody follows; false if
    /// something has moved.
    fn register(&self, lifecycle: &Lifecycle, instead_of: u64) -> Result<bool>;
    /// Renews the lease of a lock; false if its holder has lost it.
    fn renew(&self, name: &Arc<str>, token: &str, ttl_ms: i64) -> Result<bool>;
    /// The locks that are held through this home; none where there can't be any.
    fn grants(&self) -> Option<&Grants>;
    /// The most bytes of the data of one record.
    fn max_bytes(&self) -> usize;
}

impl Write {
    /// The record that the write leaves, with what the commit gave.
    pub(super) fn record_after(changes: &[Change], stamp: Stamp) -> Option<EnvironmentRecord> {
        let mut left = None;
        let (mut created, mut entered) = (false, false);
        for change in changes {
            created |= change.operation == HistoryOperation::Create;
            entered |= change.operation.enters();
            match &change.after {
                After::Record(record) => left = Some(record),
                After::Unchanged => {}
                After::Nothing => (left, created, entered) = (None, false, false),
            }
        }
        let mut record = EnvironmentRecord::clone(left?);
        let time = from_ms(stamp.time_ms);
        record.revision = stamp.revision;
        record.updated_at = time;
        if created {
            record.created_at = time;
        }
        if entered {
            record.entered_at = time;
        }
        Some(record)
    }

    /// The rows of the history that the write leaves, given the record before and how many there are.
    pub(super) fn entries(
        &self,
        before: Option<&EnvironmentRecord>,
        count: u64,
        stamp: Stamp,
    ) -> Vec<HistoryEntry> {
        let actor = Actor::own();
        let mut entries = Vec::new();
        let mut entered_ms = before.map(|record| to_ms(record.entered_at));
        for (at, change) in self.changes.iter().enumerate() {
            let record = match change.after {
                After::Unchanged => None,
                After::Record(_) | After::Nothing => Self::record_after(&self.changes[..=at], stamp),
            };
            let spent = change.from.as_ref().and(entered_ms);
            let spent = spent.map(|since| stamp.time_ms.saturating_sub(since).max(0).unsigned_abs());
            if change.operation.enters() {
                entered_ms = Some(stamp.time_ms);
            }
            entries.push(HistoryEntry {
                sequence: count + 1 + at as u64,
                revision: stamp.revision,
                time: from_ms(stamp.time_ms),
                operation: change.operation,
                from: change.from.clone(),
                to: record.as_ref().filter(|_| change.operation.enters()).map(|record| record.state.clone()),
                process: actor.process,
                host: actor.host.clone(),
                user: actor.user.clone(),
                note: change.note.clone(),
                failure: record.as_ref().and_then(|record| record.failure.clone()),
                spent: spent.map(std::time::Duration::from_millis),
                record,
            });
        }
        entries
    }
}
