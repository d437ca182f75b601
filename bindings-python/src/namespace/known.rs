//! What can be told of a key without waiting, and so without letting go of the GIL: that, and to get it back, takes longer
//! than the look.

use pyo3::prelude::*;
use statehold::Value;

use super::Namespace;
use crate::arg::Key;
use crate::error::Result;
use crate::record::Entry;
use crate::value;

impl Namespace {
    pub(super) fn find(&self, py: Python<'_>, key: &str) -> Result<Option<Value>> {
        match self.inner.known_value(key) {
            Some(found) => Ok(found),
            None => Ok(py.detach(|| self.inner.get_value(key))?),
        }
    }

    pub(super) fn find_entry(&self, py: Python<'_>, key: &str) -> Result<Option<statehold::Entry>> {
        match self.inner.known_entry(key) {
            Some(found) => Ok(found),
            None => Ok(py.detach(|| self.inner.entry(key))?),
        }
    }

    pub(super) fn is_there(&self, py: Python<'_>, key: &str) -> Result<bool> {
        match self.inner.known_to_exist(key) {
            Some(there) => Ok(there),
            None => Ok(py.detach(|| self.inner.exists(key))?),
        }
    }
}

#[pymethods]
impl Namespace {
    /// As `get`, for asyncio: what it gives, as a tuple of one, if that can be told without waiting.
    #[pyo3(name = "_known", signature = (key, default = None))]
    fn known<'py>(
        &self,
        py: Python<'py>,
        key: Key<'_>,
        default: Option<Bound<'py, PyAny>>,
    ) -> Result<Option<(Bound<'py, PyAny>,)>> {
        Ok(match self.inner.known_value(&key) {
            Some(Some(found)) => Some((value::object(py, &found)?,)),
            Some(None) => Some((default.unwrap_or_else(|| py.None().into_bound(py)),)),
            None => None,
        })
    }

    /// As `entry`, in the same way.
    #[pyo3(name = "_known_entry")]
    fn known_entry(&self, py: Python<'_>, key: Key<'_>) -> Result<Option<(Option<Entry>,)>> {
        let Some(found) = self.inner.known_entry(&key) else { return Ok(None) };
        Ok(Some((found.map(|entry| Entry::of(py, &entry)).transpose()?,)))
    }

    /// As `exists`, in the same way.
    #[pyo3(name = "_known_to_exist")]
    fn known_to_exist(&self, key: Key<'_>) -> Option<(bool,)> {
        self.inner.known_to_exist(&key).map(|there| (there,))
    }
}
