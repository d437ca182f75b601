//! The methods of `StateBackend`, which take the namespace first: the same on a store, on a transaction and in
//! memory.

use std::task::Poll;

use pyo3::prelude::*;
use statehold::{MemoryBackend, MemoryTransaction, Store, Transaction};

use crate::error::Result;
use crate::value::Copied;

/// What can be told without waiting, and so without letting go of the GIL; most can tell nothing so.
pub(crate) trait Known {
    /// The value of a key, or that there is none.
    fn poll_object<'py>(
        &self,
        _py: Python<'py>,
        _namespace: &str,
        _key: &str,
    ) -> Result<Poll<Option<Bound<'py, PyAny>>>> {
        Ok(Poll::Pending)
    }

    /// Whether a key is there.
    fn poll_exists(&self, _namespace: &str, _key: &str) -> Result<Poll<bool>> {
        Ok(Poll::Pending)
    }
}

impl Known for Store {
    fn poll_object<'py>(
        &self,
        py: Python<'py>,
        namespace: &str,
        key: &str,
    ) -> Result<Poll<Option<Bound<'py, PyAny>>>> {
        let mut copied = Copied::default();
        Ok(match self.namespace(namespace).poll_kept(key, |kept| copied.fill(kept))? {
            Poll::Ready(Some(())) => Poll::Ready(Some(copied.object(py)?)),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
    }

    fn poll_exists(&self, namespace: &str, key: &str) -> Result<Poll<bool>> {
        Ok(self.namespace(namespace).poll_exists(key)?)
    }
}

impl Known for Transaction {}
impl Known for MemoryBackend {}
impl Known for MemoryTransaction {}

/// Makes them for a class that has `inner`, which implements the core's trait, and `terms`.
macro_rules! state_backend {
    ($type:ty) => {
        #[pyo3::pymethods]
        impl $type {
            /// The value of a key; `default` if it is absent or has expired.
            #[pyo3(signature = (namespace, key, default = None))]
            fn get<'py>(
                &self,
                py: Python<'py>,
                namespace: Name<'_>,
                key: Key<'_>,
                default: Option<Bound<'py, PyAny>>,
            ) -> Result<Bound<'py, PyAny>> {
                let found = match self.inner.poll_object(py, &namespace, &key)? {
                    std::task::Poll::Ready(found) => found,
                    std::task::Poll::Pending => {
                        let found = py.detach(|| StateBackend::get(&self.inner, &namespace, &key))?;
                        found.map(|found| value::object(py, &found)).transpose()?
                    }
                };
                Ok(found.or(default).unwrap_or_else(|| py.None().into_bound(py)))
            }

            /// Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
            #[pyo3(signature = (namespace, key, value, ttl = None))]
            fn set(
                &self,
                py: Python<'_>,
                namespace: Name<'_>,
                key: Key<'_>,
                value: &Bound<'_, PyAny>,
                ttl: Option<Ttl>,
            ) -> Result<u64> {
                let value = self.terms.value(value)?;
                Ok(py.detach(|| StateBackend::set(&self.inner, &namespace, &key, value, ttl.map(Into::into)))?)
            }

            /// Deletes a key and returns whether it was there.
            fn delete(&self, py: Python<'_>, namespace: Name<'_>, key: Key<'_>) -> Result<bool> {
                Ok(py.detach(|| StateBackend::delete(&self.inner, &namespace, &key))?)
            }

            /// The keys that match a glob pattern, sorted by their UTF-8 bytes.
            #[pyo3(signature = (namespace, pattern = Pattern::ALL), text_signature = "($self, namespace, pattern='*')")]
            fn list(&self, py: Python<'_>, namespace: Name<'_>, pattern: Pattern<'_>) -> Result<List<String>> {
                Ok(List(py.detach(|| StateBackend::list(&self.inner, &namespace, &pattern))?))
            }

            /// Whether a key is there.
            fn exists(&self, py: Python<'_>, namespace: Name<'_>, key: Key<'_>) -> Result<bool> {
                match self.inner.poll_exists(&namespace, &key)? {
                    std::task::Poll::Ready(there) => Ok(there),
                    std::task::Poll::Pending => Ok(py.detach(|| StateBackend::exists(&self.inner, &namespace, &key))?),
                }
            }

            /// How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
            /// absent or has expired.
            fn get_ttl(&self, py: Python<'_>, namespace: Name<'_>, key: Key<'_>) -> Result<Option<f64>> {
                let left = py.detach(|| StateBackend::get_ttl(&self.inner, &namespace, &key))?;
                Ok(left.map(|left| left.as_secs_f64()))
            }

            /// Changes when a key expires, and nothing else, and returns whether it was there; None: never.
            fn set_ttl(
                &self,
                py: Python<'_>,
                namespace: Name<'_>,
                key: Key<'_>,
                ttl: Option<Ttl>,
            ) -> Result<bool> {
                Ok(py.detach(|| StateBackend::set_ttl(&self.inner, &namespace, &key, ttl.map(Into::into)))?)
            }

            /// The values of those keys that are there, as of one moment.
            fn batch_get<'py>(
                &self,
                py: Python<'py>,
                namespace: Name<'_>,
                keys: Keys<'py>,
            ) -> Result<Dict<'py>> {
                let texts = keys.texts()?;
                let found = py.detach(|| StateBackend::batch_get(&self.inner, &namespace, &texts))?;
                value::dict(py, &keys, found)
            }

            /// Sets many keys, from a mapping or pairs, all or none, and returns the revision.
            #[pyo3(signature = (namespace, entries, ttl = None))]
            fn batch_set(
                &self,
                py: Python<'_>,
                namespace: Name<'_>,
                entries: Pairs<'_>,
                ttl: Option<Ttl>,
            ) -> Result<u64> {
                let entries = self.terms.values(entries)?;
                let ttl = ttl.map(Into::into);
                Ok(py.detach(|| StateBackend::batch_set(&self.inner, &namespace, entries, ttl))?)
            }

            /// Deletes every key of a namespace and returns how many there were.
            fn clear_namespace(&self, py: Python<'_>, namespace: Name<'_>) -> Result<u64> {
                Ok(py.detach(|| StateBackend::clear_namespace(&self.inner, &namespace))?)
            }
        }
    };
}

pub(crate) use state_backend;
