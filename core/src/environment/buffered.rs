//! Environments in a transaction: read from its snapshot and its own writes, and written at its end.

use std::sync::Arc;

use super::history::{At, HistoryEntry};
use super::home::{Home, Locking, Seen, Stamp, Write};
use super::lifecycle::Lifecycle;
use super::lock::{Grants, LockRow};
use super::options::EnvironmentFilter;
use super::pending::Pending;
use super::{FACET, LIFECYCLE_FACET, stored};
use crate::commit::{Changes, Depth, Open, Range};
use crate::error::{Error, Result};
use crate::fault::Gate;

/// The environments of a transaction.
pub(super) struct Buffered {
    pub(super) open: Arc<Open>,
}

impl Buffered {
    /// Sees a name as the transaction does, and notes that it was read.
    fn see_noting(changes: &mut Changes, name: &Arc<str>) -> Result<Seen> {
        if let Some(pending) = changes.buffer.environments.names.get(name) {
            return Ok(Seen { record: pending.record.clone(), lock: pending.lock.clone() });
        }
        let seen = changes.snapshot.read(|reader| stored::see(reader, name))?;
        changes.reads.key(FACET, name, "", Depth::Value);
        Ok(seen)
    }

    fn note_all(changes: &mut Changes, facet: &'static str) {
        changes.reads.range(Range { facet, contains: Arc::new(|_, _| true) });
    }
}

impl Home for Buffered {
    fn gate(&self) -> Option<Gate<'_>> {
        Some(Gate::Transaction(&self.open))
    }

    fn now_ms(&self) -> Result<i64> {
        self.open.with(|changes| Ok(changes.now_ms))
    }

    fn see(&self, name: &Arc<str>) -> Result<Seen> {
        self.open.with(|changes| Self::see_noting(changes, name))
    }

    fn see_lock(&self, name: &Arc<str>) -> Result<Option<LockRow>> {
        Ok(self.see(name)?.lock)
    }

    fn write(&self, write: Write) -> Result<Option<Stamp>> {
        self.open.with(|changes| {
            let stamp = Stamp { revision: 0, time_ms: changes.now_ms, fencing: 0 };
            let Seen { record, mut lock } = Self::see_noting(changes, &write.name)?;
            let before = changes.buffer.environments.names.get(&write.name);
            let (mut history, mut writes) = if let Some(pending) = before {
                (pending.history.clone(), pending.writes.clone())
            } else {
                (changes.snapshot.read(|reader| stored::history(reader, &write.name))?, Vec::new())
            };
            let count = history.last().map_or(0, |entry| entry.sequence);
            history.extend(write.entries(record.as_ref(), count, stamp));
            let after = Write::record_after(&write.changes, stamp);
            if let (Some(lock), Locking::Free { .. }) = (&mut lock, &write.locking) {
                (lock.token, lock.expires_ms) = (None, None);
            }
            let name = write.name.clone();
            writes.push(write);
            changes.buffer.environments.names.insert(name, Pending { record: after, lock, history, writes });
            Ok(Some(stamp))
        })
    }

    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<Seen>> {
        self.open.with(|changes| {
            let stored = changes.snapshot.read(|reader| stored::list(reader, filter))?;
            Self::note_all(changes, FACET);
            let own = &changes.buffer.environments.names;
            let of_others = stored
                .into_iter()
                .filter(|seen| seen.record.as_ref().is_none_or(|record| !own.contains_key(&*record.name)));
            let mut found: Vec<Seen> = of_others.collect();
            found.extend(
                own.values()
                    .filter(|pending| pending.record.as_ref().is_some_and(|record| filter.passes(record)))
                    .map(|pending| Seen { record: pending.record.clone(), lock: pending.lock.clone() }),
            );
            let name = |seen: &Seen| seen.record.as_ref().map(|record| record.name.clone());
            found.sort_by_key(name);
            Ok(found)
        })
    }

    fn history(&self, name: &Arc<str>) -> Result<Vec<HistoryEntry>> {
        self.open.with(|changes| {
            if let Some(pending) = changes.buffer.environments.names.get(name) {
                return Ok(pending.history.clone());
            }
            changes.reads.key(FACET, name, "", Depth::Value);
            changes.snapshot.read(|reader| stored::history(reader, name))
        })
    }

    fn at(&self, name: &Arc<str>, at: At) -> Result<Option<HistoryEntry>> {
        let reached = |entry: &HistoryEntry| match at {
            // What the transaction has written has no revision yet, and comes after all that has.
            At::Revision(revision) => entry.revision != 0 && entry.revision <= revision,
            At::Time(time) => entry.time <= time,
        };
        let history = self.history(name)?;
        Ok(history.into_iter().rev().find(|entry| !entry.operation.is_locking() && reached(entry)))
    }

    fn lifecycle(&self, name: &str) -> Result<Option<(Arc<Lifecycle>, u64)>> {
        self.open.with(|changes| {
            changes.reads.key(LIFECYCLE_FACET, &name.into(), "", Depth::Value);
            changes.snapshot.read(|reader| stored::lifecycle(reader, name))
        })
    }

    fn lifecycles(&self) -> Result<Vec<Lifecycle>> {
        self.open.with(|changes| {
            Self::note_all(changes, LIFECYCLE_FACET);
            changes.snapshot.read(stored::lifecycles)
        })
    }

    fn is_followed(&self, _lifecycle: &str) -> Result<bool> {
        Err(outside("a lifecycle is registered"))
    }

    fn register(&self, _lifecycle: &Lifecycle, _instead_of: u64) -> Result<bool> {
        Err(outside("a lifecycle is registered"))
    }

    fn renew(&self, _name: &Arc<str>, _token: &str, _ttl_ms: i64) -> Result<bool> {
        Err(outside("a lock is held"))
    }

    fn grants(&self) -> Option<&Grants> {
        None
    }

    fn max_bytes(&self) -> usize {
        self.open.shared.max_value_bytes
    }
}

/// That something is not done in a transaction.
pub(super) fn outside(what: &str) -> Error {
    Error::value("transaction", format!("{what} outside of transactions, on the store; do that first"))
}
