//! The backend in memory. It never waits, so there is nothing to be answered later.

use napi::Result;
use napi_derive::napi;
use statehold::StateBackend as _;

use crate::clock::ManualClock;
use crate::error::envelope;
use crate::value::{Content, Entries, Given, GivenEntries, Pairs, content, count, keys, pairs, span_ms, ttl};

/// A state backend in memory.
#[napi]
pub struct MemoryBackend {
    inner: statehold::MemoryBackend,
}

/// A transaction of one.
#[napi]
pub struct MemoryTransaction {
    inner: statehold::MemoryTransaction,
}

#[napi]
impl MemoryBackend {
    /// An empty one.
    #[napi(constructor)]
    pub fn new(clock: Option<&ManualClock>) -> Self {
        let inner = clock.map(|clock| statehold::MemoryBackend::with_clock(clock.inner.clone()));
        Self { inner: inner.unwrap_or_default() }
    }

    /// Begins a transaction.
    #[napi]
    pub fn begin(&self) -> MemoryTransaction {
        MemoryTransaction { inner: self.inner.begin() }
    }
}

#[napi]
impl MemoryTransaction {
    /// Applies what was written, unless somebody else has committed since it began.
    #[napi]
    pub fn commit(&self) -> Result<()> {
        self.inner.commit().map_err(|error| envelope(&error))
    }

    /// Discards it.
    #[napi]
    pub fn rollback(&self) {
        self.inner.rollback();
    }
}

/// The operations of the interface, the namespace first.
macro_rules! backend {
    ($type:ident) => {
        #[napi]
        impl $type {
            /// The value of a key.
            #[napi]
            pub fn get(&self, namespace: String, key: String) -> Result<Option<Content>> {
                let found = self.inner.get(&namespace, &key).map_err(|error| envelope(&error))?;
                Ok(found.map(content))
            }

            /// Sets a key.
            #[napi]
            pub fn set(
                &self,
                namespace: String,
                key: String,
                value: Content,
                ttl_ms: Option<f64>,
            ) -> Result<f64> {
                let set = || self.inner.set(&namespace, &key, Given::from(value).value()?, ttl(ttl_ms)?);
                set().map(count).map_err(|error| envelope(&error))
            }

            /// Deletes a key.
            #[napi]
            pub fn delete(&self, namespace: String, key: String) -> Result<bool> {
                self.inner.delete(&namespace, &key).map_err(|error| envelope(&error))
            }

            /// The keys that match.
            #[napi]
            pub fn list(&self, namespace: String, pattern: String) -> Result<Vec<String>> {
                self.inner.list(&namespace, &pattern).map_err(|error| envelope(&error))
            }

            /// Whether a key is there.
            #[napi]
            pub fn exists(&self, namespace: String, key: String) -> Result<bool> {
                self.inner.exists(&namespace, &key).map_err(|error| envelope(&error))
            }

            /// How many milliseconds a key still lives.
            #[napi]
            pub fn get_ttl(&self, namespace: String, key: String) -> Result<Option<f64>> {
                let left = self.inner.get_ttl(&namespace, &key).map_err(|error| envelope(&error))?;
                Ok(left.map(span_ms))
            }

            /// Changes when a key expires.
            #[napi]
            pub fn set_ttl(&self, namespace: String, key: String, ttl_ms: Option<f64>) -> Result<bool> {
                let set = || self.inner.set_ttl(&namespace, &key, ttl(ttl_ms)?);
                set().map_err(|error| envelope(&error))
            }

            /// The values of those keys that are there; `wanted` is a JSON array.
            #[napi]
            pub fn batch_get(&self, namespace: String, wanted: String) -> Result<Pairs> {
                let get = || {
                    let wanted = keys(&wanted)?;
                    self.inner.batch_get(&namespace, &wanted.iter().map(String::as_str).collect::<Vec<_>>())
                };
                get().map(pairs).map_err(|error| envelope(&error))
            }

            /// Sets many keys.
            #[napi]
            pub fn batch_set(&self, namespace: String, entries: Entries, ttl_ms: Option<f64>) -> Result<f64> {
                let set =
                    || self.inner.batch_set(&namespace, GivenEntries::from(entries).pairs()?, ttl(ttl_ms)?);
                set().map(count).map_err(|error| envelope(&error))
            }

            /// Deletes every key of a namespace.
            #[napi]
            pub fn clear_namespace(&self, namespace: String) -> Result<f64> {
                self.inner.clear_namespace(&namespace).map(count).map_err(|error| envelope(&error))
            }
        }
    };
}

backend!(MemoryBackend);
backend!(MemoryTransaction);
