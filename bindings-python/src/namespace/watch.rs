//! Watching a namespace.

use pyo3::prelude::*;

use super::Namespace;
use crate::arg::Pattern;
use crate::error::Result;
use crate::watch::Watch;

#[pymethods]
impl Namespace {
    /// Watches for what is committed to the keys that match a glob pattern, from now on and by any process.
    /// `Store.watch` can also begin at an earlier revision.
    #[pyo3(signature = (pattern = Pattern::ALL), text_signature = "($self, pattern='*')")]
    fn watch(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<Watch> {
        Ok(Watch::new(py.detach(|| self.inner.watch(&pattern))?))
    }
}
