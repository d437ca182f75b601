//! A backend that keeps everything in memory: for tests of code that depends on the interface, and as
//! proof that the interface asks for nothing that only SQLite has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::StateBackend;
use crate::clock::{Clock, SystemClock, Timeline};
use crate::error::{Error, Result};
use crate::limits::{NAMESPACE_BYTES, VALUE_BYTES, check_name, check_ttl};
use crate::namespace::{Glob, check_key, distinct};
use crate::value::Value;

/// How often a transaction is run again before its conflict is the caller's.
const RETRIES: u32 = 100;

#[derive(Clone)]
struct Slot {
    value: Value,
    expires_ms: Option<i64>,
}

type Names = BTreeMap<String, BTreeMap<String, Slot>>;

/// A revision of the whole.
#[derive(Clone, Default)]
struct State {
    revision: u64,
    names: Names,
}

struct Inner {
    state: Mutex<State>,
    timeline: Timeline,
}

/// A [`StateBackend`] in memory. Clones share it; it is gone with the last of them.
#[derive(Clone)]
pub struct MemoryBackend {
    inner: Arc<Inner>,
}

impl Default for MemoryBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryBackend {
    /// An empty one, on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// An empty one, on a clock of one's own.
    pub fn with_clock(clock: impl Clock) -> Self {
        let timeline = Timeline::new(Box::new(clock));
        Self { inner: Arc::new(Inner { state: Mutex::default(), timeline }) }
    }

    /// Begins a transaction, to be ended by the caller.
    pub fn begin(&self) -> MemoryTransaction {
        let base = self.inner.state.lock().clone();
        MemoryTransaction { inner: self.inner.clone(), base: base.revision, own: Mutex::new(Some(base)) }
    }
}

/// A transaction of a [`MemoryBackend`]: it works on a copy.
pub struct MemoryTransaction {
    inner: Arc<Inner>,
    base: u64,
    own: Mutex<Option<State>>,
}

const ENDED: Error =
    Error::Closed { what: "the transaction", advice: "it was committed or rolled back; begin a new one" };

impl MemoryTransaction {
    /// Applies what was written, if nobody else has committed since it began.
    ///
    /// # Errors
    /// [`Error::Conflict`] otherwise.
    pub fn commit(&self) -> Result<()> {
        let own = self.own.lock().take().ok_or(ENDED)?;
        if own.revision == self.base {
            return Ok(());
        }
        let mut state = self.inner.state.lock();
        if state.revision != self.base {
            return Err(Error::Conflict {
                check: format!(
                    "the backend was expected at revision {}, but it is at {}",
                    self.base, state.revision
                ),
                expected: Some(self.base),
                found: Some(state.revision),
            });
        }
        *state = State { revision: self.base + 1, ..own };
        Ok(())
    }

    /// Discards it.
    pub fn rollback(&self) {
        self.own.lock().take();
    }
}

/// Where the operations work: on the shared state or on a transaction's copy.
trait Place: Send + Sync {
    fn with<R>(&self, f: impl FnOnce(&mut State, i64) -> Result<R>) -> Result<R>;

    /// The revision that a write reports.
    fn written(&self, state: &State) -> u64;
}

impl Place for MemoryBackend {
    fn with<R>(&self, f: impl FnOnce(&mut State, i64) -> Result<R>) -> Result<R> {
        f(&mut self.inner.state.lock(), self.inner.timeline.now())
    }

    fn written(&self, state: &State) -> u64 {
        state.revision
    }
}

impl Place for MemoryTransaction {
    fn with<R>(&self, f: impl FnOnce(&mut State, i64) -> Result<R>) -> Result<R> {
        f(self.own.lock().as_mut().ok_or(ENDED)?, self.inner.timeline.now())
    }

    fn written(&self, _state: &State) -> u64 {
        0
    }
}

impl State {
    fn live(&self, namespace: &str, key: &str, now: i64) -> Option<&Slot> {
        self.names.get(namespace)?.get(key).filter(|slot| slot.expires_ms.is_none_or(|at| at > now))
    }

    fn live_mut(&mut self, namespace: &str, key: &str, now: i64) -> Option<&mut Slot> {
        self.names.get_mut(namespace)?.get_mut(key).filter(|slot| slot.expires_ms.is_none_or(|at| at > now))
    }
}

fn expires(ttl: Option<Duration>, now: i64) -> Result<Option<i64>> {
    Ok(ttl.map(check_ttl).transpose()?.map(|ttl| now.saturating_add(ttl)))
}

macro_rules! backend_in_memory {
    ($type:ty, $transaction:item) => {
        impl StateBackend for $type {
            fn get(&self, namespace: &str, key: &str) -> Result<Option<Value>> {
                check_key(namespace, key)?;
                self.with(|state, now| Ok(state.live(namespace, key, now).map(|slot| slot.value.clone())))
            }

            fn set(&self, namespace: &str, key: &str, value: Value, ttl: Option<Duration>) -> Result<u64> {
                self.batch_set(namespace, vec![(key.to_owned(), value)], ttl)
            }

            fn delete(&self, namespace: &str, key: &str) -> Result<bool> {
                check_key(namespace, key)?;
                self.with(|state, now| {
                    let found = state.live(namespace, key, now).is_some();
                    if found {
                        state.revision += 1;
                        state.names.get_mut(namespace).and_then(|keys| keys.remove(key));
                    }
                    Ok(found)
                })
            }

            fn list(&self, namespace: &str, pattern: &str) -> Result<Vec<String>> {
                check_name("namespace", namespace, NAMESPACE_BYTES)?;
                let glob = Glob::new(pattern)?;
                self.with(|state, now| {
                    let keys = state.names.get(namespace).into_iter().flat_map(BTreeMap::keys);
                    let live = keys.filter(|key| glob.matches(key) && state.live(namespace, key, now).is_some());
                    Ok(live.cloned().collect())
                })
            }

            fn exists(&self, namespace: &str, key: &str) -> Result<bool> {
                Ok(self.get(namespace, key)?.is_some())
            }

            fn get_ttl(&self, namespace: &str, key: &str) -> Result<Option<Duration>> {
                check_key(namespace, key)?;
                self.with(|state, now| {
                    let slot = state.live(namespace, key, now).ok_or_else(|| Error::KeyNotFound {
                        namespace: namespace.to_owned(),
                        key: key.to_owned(),
                    })?;
                    Ok(slot.expires_ms.map(|at| Duration::from_millis((at - now).unsigned_abs())))
                })
            }

            fn set_ttl(&self, namespace: &str, key: &str, ttl: Option<Duration>) -> Result<bool> {
                check_key(namespace, key)?;
                self.with(|state, now| {
                    let expires_ms = expires(ttl, now)?;
                    let found = state.live_mut(namespace, key, now).map(|slot| slot.expires_ms = expires_ms);
                    state.revision += u64::from(found.is_some());
                    Ok(found.is_some())
                })
            }

            fn batch_get(&self, namespace: &str, keys: &[&str]) -> Result<Vec<(String, Value)>> {
                keys.iter().try_for_each(|key| check_key(namespace, key).map(|_| ()))?;
                self.with(|state, now| {
                    let found = distinct(keys).into_iter().filter_map(|key| {
                        let slot = state.live(namespace, key, now)?;
                        Some((key.to_owned(), slot.value.clone()))
                    });
                    Ok(found.collect())
                })
            }

            fn batch_set(
                &self,
                namespace: &str,
                entries: Vec<(String, Value)>,
                ttl: Option<Duration>,
            ) -> Result<u64> {
                check_name("namespace", namespace, NAMESPACE_BYTES)?;
                for (key, value) in &entries {
                    check_key(namespace, key)?;
                    value.check_size(VALUE_BYTES)?;
                }
                self.with(|state, now| {
                    let expires_ms = expires(ttl, now)?;
                    state.revision += u64::from(!entries.is_empty());
                    let keys = state.names.entry(namespace.to_owned()).or_default();
                    keys.extend(entries.into_iter().map(|(key, value)| (key, Slot { value, expires_ms })));
                    Ok(self.written(state))
                })
            }

            fn clear_namespace(&self, namespace: &str) -> Result<u64> {
                check_name("namespace", namespace, NAMESPACE_BYTES)?;
                self.with(|state, now| {
                    let keys = state.names.remove(namespace).unwrap_or_default();
                    let live = keys.values().filter(|slot| slot.expires_ms.is_none_or(|at| at > now)).count() as u64;
                    state.revision += u64::from(live > 0);
                    Ok(live)
                })
            }

            $transaction
        }
    };
}

backend_in_memory!(
    MemoryBackend,
    fn transaction(&self, f: &mut dyn FnMut(&dyn StateBackend) -> Result<()>) -> Result<()> {
        let mut retries = 0;
        loop {
            let tx = self.begin();
            f(&tx)?;
            match tx.commit() {
                Err(Error::Conflict { .. }) if retries < RETRIES => retries += 1,
                result => return result,
            }
        }
    }
);

backend_in_memory!(
    MemoryTransaction,
    fn transaction(&self, f: &mut dyn FnMut(&dyn StateBackend) -> Result<()>) -> Result<()> {
        f(self)
    }
);
