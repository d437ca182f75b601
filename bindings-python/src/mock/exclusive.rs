//! A mock cloud for oneself, in parts: for asyncio, which can't hand over a function.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::Error;
use statehold::mock;

use super::MockCloud;
use crate::error::Result;

/// A place in the line of those who want the cloud for themselves.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Exclusive(Mutex<Option<mock::Exclusive>>);

impl Exclusive {
    pub(super) fn new(inner: mock::Exclusive) -> Self {
        Self(Mutex::new(Some(inner)))
    }

    fn held(&self) -> MutexGuard<'_, Option<mock::Exclusive>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, py: Python<'_>, f: impl Send + FnOnce(&mut mock::Exclusive) -> T) -> Result<T>
    where
        T: Send,
    {
        let ended = Error::Closed { what: "the exclusive access", advice: "ask for it anew" };
        Ok(py.detach(|| self.held().as_mut().map(f)).ok_or(ended)?)
    }
}

#[pymethods]
impl Exclusive {
    /// Whether all who came before have left.
    fn is_first(&self, py: Python<'_>) -> Result<bool> {
        self.with(py, |exclusive| exclusive.turn().is_first())
    }

    /// Takes the write lock and returns the cloud to work on.
    fn begin(&self, py: Python<'_>) -> Result<MockCloud> {
        Ok(MockCloud { inner: self.with(py, mock::Exclusive::begin)?? })
    }

    /// Commits, and returns whether that is done; False: begin again.
    fn commit(&self, py: Python<'_>) -> Result<bool> {
        Ok(self.with(py, mock::Exclusive::commit)??)
    }

    /// Undoes what was done, and returns whether to begin again.
    fn rollback(&self, py: Python<'_>) -> Result<bool> {
        self.with(py, mock::Exclusive::rollback)
    }

    /// Leaves the line, and undoes what was not committed.
    fn leave(&self, py: Python<'_>) {
        py.detach(|| drop(self.held().take()));
    }
}
