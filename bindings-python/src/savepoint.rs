//! Context managers inside a transaction.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use statehold::Mark;

use crate::error::Result;
use crate::transaction::Transaction;

/// Undoes what its body wrote if the body raises.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Savepoint {
    tx: Py<Transaction>,
    mark: Mutex<Option<Mark>>,
}

impl Savepoint {
    pub(crate) fn new(tx: Py<Transaction>) -> Self {
        Self { tx, mark: Mutex::new(None) }
    }

    fn swap(&self, mark: Option<Mark>) -> Option<Mark> {
        std::mem::replace(&mut self.mark.lock().unwrap_or_else(PoisonError::into_inner), mark)
    }
}

#[pymethods]
impl Savepoint {
    fn __enter__(&self, py: Python<'_>) -> Result<Py<Transaction>> {
        let mark = py.detach(|| self.tx.get().inner.mark())?;
        self.swap(Some(mark));
        Ok(self.tx.clone_ref(py))
    }

    #[pyo3(signature = (kind, error, trace, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        trace: &Bound<'_, PyAny>,
    ) -> Result<()> {
        let _ = (error, trace);
        match self.swap(None) {
            Some(mark) if !kind.is_none() => Ok(py.detach(|| self.tx.get().inner.undo_to(mark))?),
            _ => Ok(()),
        }
    }
}

/// Gives the transaction that it is part of.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Joined(Py<Transaction>);

impl Joined {
    pub(crate) fn new(tx: Py<Transaction>) -> Self {
        Self(tx)
    }
}

#[pymethods]
impl Joined {
    fn __enter__(&self, py: Python<'_>) -> Py<Transaction> {
        self.0.clone_ref(py)
    }

    #[pyo3(signature = (kind, error, trace, /))]
    #[allow(clippy::unused_self, reason = "the protocol's")]
    fn __exit__(&self, kind: &Bound<'_, PyAny>, error: &Bound<'_, PyAny>, trace: &Bound<'_, PyAny>) {
        let _ = (kind, error, trace);
    }
}
