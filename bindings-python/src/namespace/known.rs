//! What can be told of a key without waiting, and so without letting go of the GIL: that, and to get it back, takes longer
//! than the look.

use std::task::Poll;

use pyo3::prelude::*;

use super::Namespace;
use crate::arg::Key;
use crate::error::Result;
use crate::record::Entry;
use crate::value::{self, Copied};

impl Namespace {
    pub(super) fn find<'py>(&self, py: Python<'py>, key: &str) -> Result<Option<Bound<'py, PyAny>>> {
        let mut copied = Copied::default();
        match self.inner.poll_kept(key, |kept| copied.fill(kept))? {
            Poll::Ready(Some(())) => copied.object(py).map(Some),
            Poll::Ready(None) => Ok(None),
            Poll::Pending => {
                let found = py.detach(|| self.inner.get_value(key))?;
                found.map(|found| value::object(py, &found)).transpose()
            }
        }
    }

    pub(super) fn find_entry(&self, py: Python<'_>, key: &str) -> Result<Option<statehold::Entry>> {
        match self.inner.poll_entry(key)? {
            Poll::Ready(found) => Ok(found),
            Poll::Pending => Ok(py.detach(|| self.inner.entry(key))?),
        }
    }

    pub(super) fn is_there(&self, py: Python<'_>, key: &str) -> Result<bool> {
        match self.inner.poll_exists(key)? {
            Poll::Ready(there) => Ok(there),
            Poll::Pending => Ok(py.detach(|| self.inner.exists(key))?),
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
        let mut copied = Copied::default();
        Ok(match self.inner.poll_kept(&key, |kept| copied.fill(kept))? {
            Poll::Ready(Some(())) => Some((copied.object(py)?,)),
            Poll::Ready(None) => Some((default.unwrap_or_else(|| py.None().into_bound(py)),)),
            Poll::Pending => None,
        })
    }

    /// As `entry`, in the same way.
    #[pyo3(name = "_known_entry")]
    fn known_entry(&self, py: Python<'_>, key: Key<'_>) -> Result<Option<(Option<Entry>,)>> {
        let Poll::Ready(found) = self.inner.poll_entry(&key)? else { return Ok(None) };
        Ok(Some((found.map(|entry| Entry::of(py, &entry)).transpose()?,)))
    }

    /// As `exists`, in the same way.
    #[pyo3(name = "_known_to_exist")]
    fn known_to_exist(&self, key: Key<'_>) -> Result<Option<(bool,)>> {
        Ok(match self.inner.poll_exists(&key)? {
            Poll::Ready(there) => Some((there,)),
            Poll::Pending => None,
        })
    }
}
