//! Changing a value by a function of it, for `update` under asyncio.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::Result;
use crate::value::{self, Terms};

/// An update under way.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Update {
    inner: Mutex<Option<statehold::Update>>,
    terms: Arc<Terms>,
}

const GIVEN_UP: statehold::Error = statehold::Error::Closed { what: "the update", advice: "begin another" };

impl Update {
    pub(crate) fn new(inner: statehold::Update, terms: Arc<Terms>) -> Self {
        Self { inner: Mutex::new(Some(inner)), terms }
    }

    fn with<R>(
        &self,
        f: impl FnOnce(&mut statehold::Update) -> statehold::Result<R>,
    ) -> statehold::Result<R> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        f(inner.as_mut().ok_or(GIVEN_UP)?)
    }
}

#[pymethods]
impl Update {
    /// The value that is to be changed, as a tuple of one; an empty one for a missing key.
    fn next<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let found = py.detach(|| self.with(statehold::Update::next))?;
        let found = found.map(|found| value::object(py, &found)).transpose()?;
        Ok(PyTuple::new(py, found)?.into_any())
    }

    /// Sets what was made of it, and returns that as it is stored, as a tuple of one; an empty one if somebody else has
    /// changed it meanwhile.
    fn done<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let made = self.terms.value(value)?;
        let done = py.detach(|| self.with(|update| update.done(made.clone())))?;
        let made = done.then(|| value::object(py, &made)).transpose()?;
        Ok(PyTuple::new(py, made)?.into_any())
    }

    /// Whether it holds the write lock, so that others wait for its end.
    #[getter]
    fn holds_lock(&self) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.as_ref().is_some_and(statehold::Update::holds_lock)
    }

    /// Changes nothing, and lets others go on if it holds the write lock.
    fn give_up(&self, py: Python<'_>) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(inner));
    }
}
