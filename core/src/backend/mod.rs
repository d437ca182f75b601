//! The abstract interface: what code depends on that wants some store, not this one.

mod memory;
pub mod suite;

use std::time::Duration;

pub use memory::{MemoryBackend, MemoryTransaction};

use crate::commit::Transaction;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::namespace::SetOptions;
use crate::store::Store;
use crate::value::Value;

/// Keys with values in namespaces, with TTL and transactions. A [`Store`] is one, so is a
/// [`MemoryBackend`], and [`suite::run`] tells whether something else is one, too.
///
/// ```
/// use statehold::{MemoryBackend, StateBackend, Store, Value};
///
/// fn remember(backend: &dyn StateBackend, user: &str) -> statehold::Result<()> {
///     backend.set("users", user, Value::json(&true)?, None).map(|_| ())
/// }
///
/// for backend in [&MemoryBackend::new() as &dyn StateBackend, &Store::open(":memory:")?] {
///     remember(backend, "ada")?;
///     assert!(backend.exists("users", "ada")?);
/// }
/// # Ok::<(), statehold::Error>(())
/// ```
pub trait StateBackend: Send + Sync {
    /// The value of a key; none if it is absent or has expired.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a namespace or a key, here as everywhere below.
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Value>>;

    /// Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what can't be stored.
    fn set(&self, namespace: &str, key: &str, value: Value, ttl: Option<Duration>) -> Result<u64>;

    /// Deletes a key and returns whether it was there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn delete(&self, namespace: &str, key: &str) -> Result<bool>;

    /// The keys that match a glob pattern, sorted by their UTF-8 bytes.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn list(&self, namespace: &str, pattern: &str) -> Result<Vec<String>>;

    /// Whether a key is there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn exists(&self, namespace: &str, key: &str) -> Result<bool>;

    /// How long a key still lives; none if it never expires.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`] if it is absent.
    fn get_ttl(&self, namespace: &str, key: &str) -> Result<Option<Duration>>;

    /// Changes when a key expires and returns whether it was there.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a TTL that can't be one.
    fn set_ttl(&self, namespace: &str, key: &str, ttl: Option<Duration>) -> Result<bool>;

    /// The values of those keys that are there, as of one moment, in the order asked for.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn batch_get(&self, namespace: &str, keys: &[&str]) -> Result<Vec<(String, Value)>>;

    /// Sets many keys, all or none, and returns the revision; 0 inside a transaction.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    fn batch_set(&self, namespace: &str, entries: Vec<(String, Value)>, ttl: Option<Duration>)
    -> Result<u64>;

    /// Deletes every key of a namespace and returns how many there were.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn clear_namespace(&self, namespace: &str) -> Result<u64>;

    /// Runs `f` on a view of the whole that is isolated from others, and applies what it wrote at once
    /// when it returns Ok. After a conflict `f` is run again. Inside a transaction it joins that one.
    ///
    /// # Errors
    /// Those of `f`, and then nothing is applied; [`Error::Conflict`] when the tries are used up.
    fn transaction(&self, f: &mut dyn FnMut(&dyn StateBackend) -> Result<()>) -> Result<()>;
}

/// The interface on anything that has namespaces.
macro_rules! backend_by_namespaces {
    ($type:ty, $transaction:item) => {
        impl StateBackend for $type {
            fn get(&self, namespace: &str, key: &str) -> Result<Option<Value>> {
                self.namespace(namespace).get_value(key)
            }

            fn set(&self, namespace: &str, key: &str, value: Value, ttl: Option<Duration>) -> Result<u64> {
                self.namespace(namespace).set_value(key, value, &SetOptions { ttl, ..SetOptions::new() })
            }

            fn delete(&self, namespace: &str, key: &str) -> Result<bool> {
                self.namespace(namespace).delete(key)
            }

            fn list(&self, namespace: &str, pattern: &str) -> Result<Vec<String>> {
                self.namespace(namespace).list(pattern)
            }

            fn exists(&self, namespace: &str, key: &str) -> Result<bool> {
                self.namespace(namespace).exists(key)
            }

            fn get_ttl(&self, namespace: &str, key: &str) -> Result<Option<Duration>> {
                self.namespace(namespace).get_ttl(key)
            }

            fn set_ttl(&self, namespace: &str, key: &str, ttl: Option<Duration>) -> Result<bool> {
                self.namespace(namespace).set_ttl(key, ttl)
            }

            fn batch_get(&self, namespace: &str, keys: &[&str]) -> Result<Vec<(String, Value)>> {
                self.namespace(namespace).batch_get(keys)
            }

            fn batch_set(
                &self,
                namespace: &str,
                entries: Vec<(String, Value)>,
                ttl: Option<Duration>,
            ) -> Result<u64> {
                self.namespace(namespace).batch_set(entries, ttl)
            }

            fn clear_namespace(&self, namespace: &str) -> Result<u64> {
                self.namespace(namespace).clear()
            }

            $transaction
        }
    };
}

backend_by_namespaces!(
    Store,
    fn transaction(&self, f: &mut dyn FnMut(&dyn StateBackend) -> Result<()>) -> Result<()> {
        Store::transaction(self, |tx| f(tx))
    }
);

backend_by_namespaces!(
    Transaction,
    fn transaction(&self, f: &mut dyn FnMut(&dyn StateBackend) -> Result<()>) -> Result<()> {
        f(self)
    }
);
