//! A backend in memory.

use std::sync::Arc;

use pyo3::prelude::*;
use statehold::{Error, StateBackend};

use crate::arg::{Dict, Function, Key, Keys, List, Name, Pairs, Pattern, Ttl};
use crate::backend::{Known, state_backend};
use crate::clock::ManualClock;
use crate::error::Result;
use crate::value::{self, Terms};

/// How often a function is run again before its conflict is the caller's, as in the core.
const RETRIES: u32 = 100;

/// A `StateBackend` in memory, for tests of code that depends on the interface.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct MemoryBackend {
    inner: statehold::MemoryBackend,
    terms: Arc<Terms>,
}

state_backend!(MemoryBackend);

#[pymethods]
impl MemoryBackend {
    #[new]
    #[pyo3(signature = (*, clock = None))]
    fn new(clock: Option<PyRef<'_, ManualClock>>) -> Self {
        let inner = clock.map_or_else(statehold::MemoryBackend::new, |clock| {
            statehold::MemoryBackend::with_clock(clock.0.clone())
        });
        // The backend itself refuses what is too large.
        Self { inner, terms: Arc::new(Terms::new(None, usize::MAX)) }
    }

    /// Calls `function(tx)`, applies what it wrote at once, and returns what it returned. After a conflict it is
    /// called again. What it raises is raised, and nothing is written.
    fn transact<'py>(&self, py: Python<'py>, function: Function<'py>) -> Result<Bound<'py, PyAny>> {
        let mut retries = 0;
        loop {
            let tx = Bound::new(py, self.begin(py))?;
            let result = function.call1((&tx,))?;
            let tx = &tx.get().inner;
            match py.detach(|| tx.commit()) {
                Ok(()) => return Ok(result),
                Err(Error::Conflict { .. }) if retries < RETRIES => retries += 1,
                Err(error) => return Err(error.into()),
            }
            py.check_signals()?;
        }
    }

    /// Begins a transaction, for asyncio.
    #[pyo3(name = "_begin")]
    fn begin(&self, py: Python<'_>) -> MemoryTransaction {
        MemoryTransaction { inner: py.detach(|| self.inner.begin()), terms: self.terms.clone() }
    }
}

/// What the function of `MemoryBackend.transact` gets.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct MemoryTransaction {
    inner: statehold::MemoryTransaction,
    terms: Arc<Terms>,
}

state_backend!(MemoryTransaction);

#[pymethods]
impl MemoryTransaction {
    /// Calls `function(tx)`: what it does is part of this transaction.
    fn transact<'py>(slf: Bound<'py, Self>, function: Function<'py>) -> Result<Bound<'py, PyAny>> {
        Ok(function.call1((slf,))?)
    }

    /// Applies what was written, for asyncio. Raises `ConflictError` if others have committed since it began.
    #[pyo3(name = "_commit")]
    fn commit(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.commit())?)
    }
}
