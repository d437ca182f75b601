//! Environments in memory: what a store does, without one.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::history::{At, HistoryEntry};
use super::home::{After, Home, LockCheck, Locking, RecordCheck, Seen, Stamp, Write};
use super::lifecycle::Lifecycle;
use super::lock::{Grants, LockRow};
use super::options::EnvironmentFilter;
use super::record::EnvironmentRecord;
use crate::clock::{Clock, Timeline};
use crate::error::Result;
use crate::event::Bus;
use crate::limits::VALUE_BYTES;

/// All that is kept of one name.
#[derive(Default)]
struct Slot {
    record: Option<EnvironmentRecord>,
    lock: Option<LockRow>,
    history: Vec<HistoryEntry>,
}

#[derive(Default)]
struct State {
    revision: u64,
    names: BTreeMap<Arc<str>, Slot>,
    lifecycles: BTreeMap<String, (Arc<Lifecycle>, u64)>,
}

/// Environments in memory.
pub(super) struct Memory {
    state: Mutex<State>,
    timeline: Timeline,
    bus: Bus,
    grants: Grants,
}

impl Memory {
    pub(super) fn new(clock: impl Clock) -> Self {
        let timeline = Timeline::new(Box::new(clock));
        Self { state: Mutex::default(), timeline, bus: Bus::default(), grants: Grants::default() }
    }
}

impl State {
    fn holds(&self, write: &Write, now_ms: i64) -> bool {
        let slot = self.names.get(&write.name);
        let revision = slot.and_then(|slot| slot.record.as_ref()).map_or(0, |record| record.revision);
        let record = match write.record {
            RecordCheck::At(expected) => revision == expected,
            RecordCheck::Present => revision != 0,
            RecordCheck::Any => true,
        };
        let held = slot.and_then(|slot| slot.lock.as_ref()).filter(|lock| lock.token.is_some());
        let over = |lock: &LockRow| lock.expires_ms.is_some_and(|expires| expires <= now_ms);
        let lock = match write.lock {
            LockCheck::Held(fencing) => held.map_or(0, |lock| lock.fencing) == fencing,
            LockCheck::Expired(fencing) => held.is_some_and(|lock| lock.fencing == fencing && over(lock)),
        };
        let lifecycle = write.lifecycle.as_ref().is_none_or(|(name, revision)| {
            self.lifecycles.get(&**name).is_some_and(|(_, found)| found == revision)
        });
        record && lock && lifecycle
    }
}

impl Slot {
    fn lock(&mut self, locking: &Locking, now_ms: i64) -> u64 {
        match locking {
            Locking::Keep => {}
            Locking::Free { token } => {
                if let Some(lock) = self.lock.as_mut().filter(|lock| lock.token.as_ref() == Some(token)) {
                    (lock.token, lock.expires_ms) = (None, None);
                }
            }
            Locking::Take { token, purpose, holder, ttl_ms } => {
                let fencing = self.lock.as_ref().map_or(0, |lock| lock.fencing) + 1;
                self.lock = Some(LockRow {
                    fencing,
                    token: Some(token.clone()),
                    purpose: purpose.clone(),
                    holder: (**holder).clone(),
                    taken_ms: now_ms,
                    ttl_ms: *ttl_ms,
                    expires_ms: ttl_ms.map(|ttl| now_ms.saturating_add(ttl)),
                });
                return fencing;
            }
        }
        0
    }
}

impl Home for Memory {
    fn now_ms(&self) -> Result<i64> {
        Ok(self.timeline.now())
    }

    fn see(&self, name: &Arc<str>) -> Result<Seen> {
        let state = self.state.lock();
        let seen =
            state.names.get(name).map(|slot| Seen { record: slot.record.clone(), lock: slot.lock.clone() });
        Ok(seen.unwrap_or_default())
    }

    fn see_lock(&self, name: &Arc<str>) -> Result<Option<LockRow>> {
        Ok(self.state.lock().names.get(name).and_then(|slot| slot.lock.clone()))
    }

    fn write(&self, write: Write) -> Result<Option<Stamp>> {
        let now_ms = self.timeline.now();
        let mut state = self.state.lock();
        if !state.holds(&write, now_ms) {
            return Ok(None);
        }
        state.revision += 1;
        let revision = state.revision;
        let slot = state.names.entry(write.name.clone()).or_default();
        let fencing = slot.lock(&write.locking, now_ms);
        let stamp = Stamp { revision, time_ms: now_ms, fencing };
        let count = slot.history.len() as u64;
        let entries = write.entries(slot.record.as_ref(), count, stamp);
        slot.history.extend(entries);
        if write.changes.iter().any(|change| !matches!(change.after, After::Unchanged)) {
            slot.record = Write::record_after(&write.changes, stamp);
        }
        drop(state);
        self.bus.tell_all(write.events(revision, now_ms));
        Ok(Some(stamp))
    }

    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<Seen>> {
        let state = self.state.lock();
        let passing = state
            .names
            .values()
            .filter(|slot| slot.record.as_ref().is_some_and(|record| filter.passes(record)));
        Ok(passing.map(|slot| Seen { record: slot.record.clone(), lock: slot.lock.clone() }).collect())
    }

    fn history(&self, name: &Arc<str>) -> Result<Vec<HistoryEntry>> {
        Ok(self.state.lock().names.get(name).map(|slot| slot.history.clone()).unwrap_or_default())
    }

    fn at(&self, name: &Arc<str>, at: At) -> Result<Option<HistoryEntry>> {
        let reached = |entry: &HistoryEntry| match at {
            At::Revision(revision) => entry.revision <= revision,
            At::Time(time) => entry.time <= time,
        };
        let history = self.history(name)?;
        Ok(history.into_iter().rev().find(|entry| !entry.operation.is_locking() && reached(entry)))
    }

    fn lifecycle(&self, name: &str) -> Result<Option<(Arc<Lifecycle>, u64)>> {
        Ok(self.state.lock().lifecycles.get(name).cloned())
    }

    fn lifecycles(&self) -> Result<Vec<Lifecycle>> {
        let state = self.state.lock();
        Ok(state.lifecycles.values().map(|(lifecycle, _)| Lifecycle::clone(lifecycle)).collect())
    }

    fn is_followed(&self, lifecycle: &str) -> Result<bool> {
        let state = self.state.lock();
        let mut records = state.names.values().filter_map(|slot| slot.record.as_ref());
        Ok(records.any(|record| record.lifecycle == lifecycle))
    }

    fn register(&self, lifecycle: &Lifecycle, instead_of: u64) -> Result<bool> {
        let mut state = self.state.lock();
        let found = state.lifecycles.get(&lifecycle.name).map_or(0, |(_, revision)| *revision);
        let mut records = state.names.values().filter_map(|slot| slot.record.as_ref());
        if found != instead_of || records.any(|record| record.lifecycle == lifecycle.name) {
            return Ok(false);
        }
        state.revision += 1;
        let revision = state.revision;
        state.lifecycles.insert(lifecycle.name.clone(), (Arc::new(lifecycle.clone()), revision));
        Ok(true)
    }

    fn renew(&self, name: &Arc<str>, token: &str, ttl_ms: i64) -> Result<bool> {
        let until = self.timeline.now().saturating_add(ttl_ms);
        let mut state = self.state.lock();
        let lock = state.names.get_mut(name).and_then(|slot| slot.lock.as_mut());
        let Some(lock) = lock.filter(|lock| lock.token.as_deref() == Some(token)) else { return Ok(false) };
        lock.expires_ms = Some(until);
        Ok(true)
    }

    fn grants(&self) -> Option<&Grants> {
        Some(&self.grants)
    }

    fn max_bytes(&self) -> usize {
        VALUE_BYTES
    }
}
