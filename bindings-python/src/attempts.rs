//! Running a function in a transaction, again after a conflict.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use crate::error::Result;
use crate::transaction::Transaction;
use crate::value::Terms;

/// The tries of one transaction, for asyncio, which can't hand over a function.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Attempts {
    inner: Mutex<statehold::Attempts>,
    terms: Arc<Terms>,
}

impl Attempts {
    pub(crate) fn new(inner: statehold::Attempts, terms: Arc<Terms>) -> Self {
        Self { inner: Mutex::new(inner), terms }
    }

    /// Calls `function(tx)` until what it did could be committed, and returns what it returned.
    pub(crate) fn run<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>> {
        loop {
            let tx = Bound::new(py, self.begin(py)?)?;
            match function.call1((&tx,)) {
                Ok(result) if self.commit(py, tx.get())? => return Ok(result),
                Ok(_) => py.check_signals()?,
                Err(error) => {
                    tx.get().rollback(py);
                    return Err(error.into());
                }
            }
        }
    }
}

#[pymethods]
impl Attempts {
    /// Begins the next try.
    fn begin(&self, py: Python<'_>) -> Result<Transaction> {
        let tx = py.detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).begin())?;
        Ok(Transaction::new(tx, self.terms.clone()))
    }

    /// Commits a try and returns whether that is done; False: begin another one.
    fn commit(&self, py: Python<'_>, tx: &Transaction) -> Result<bool> {
        let committed = py.detach(|| match tx.inner.commit() {
            Err(error) if self.inner.lock().unwrap_or_else(PoisonError::into_inner).again(&error) => {
                Ok(false)
            }
            result => result.map(|_| true),
        });
        Ok(committed?)
    }
}
