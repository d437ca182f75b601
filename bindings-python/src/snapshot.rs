//! The store as of one moment.

use pyo3::prelude::*;
use statehold::ListOptions;

use crate::arg::{Dict, Key, Keys, Name, Pattern, Texts};
use crate::error::Result;
use crate::items::{self, Items};
use crate::namespace::{list_options, missing, reading};
use crate::record::Entry;
use crate::value;

/// The store as of one moment, for reading. Others go on writing; none of it shows here. A context manager that ends
/// it: while one is held under constant writing, SQLite's log grows.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Snapshot {
    inner: statehold::Snapshot,
}

impl Snapshot {
    pub(crate) fn new(inner: statehold::Snapshot) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Snapshot {
    /// A namespace as of the moment.
    fn namespace(&self, name: Name<'_>) -> SnapshotNamespace {
        SnapshotNamespace { inner: self.inner.namespace(&name) }
    }

    /// The last revision that it shows.
    #[getter]
    fn revision(&self) -> u64 {
        self.inner.revision()
    }

    /// Ends the snapshot; what was taken from it raises `ClosedError` from now on.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.close());
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (kind, error, trace, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        trace: &Bound<'_, PyAny>,
    ) {
        let _ = (kind, error, trace);
        self.close(py);
    }
}

/// A namespace as it was at the moment of a snapshot; reading renews no TTL here.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct SnapshotNamespace {
    inner: statehold::SnapshotNamespace,
}

impl SnapshotNamespace {
    fn find<'py>(&self, py: Python<'py>, key: &str) -> Result<Option<Bound<'py, PyAny>>> {
        let found = py.detach(|| self.inner.get_value(key))?;
        found.map(|found| value::object(py, &found)).transpose()
    }

    fn find_entry(&self, py: Python<'_>, key: &str) -> Result<Option<statehold::Entry>> {
        Ok(py.detach(|| self.inner.entry(key))?)
    }

    fn is_there(&self, py: Python<'_>, key: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.exists(key))?)
    }
}

reading!(SnapshotNamespace);
