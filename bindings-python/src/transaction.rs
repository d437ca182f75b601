//! A transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use statehold::{CaseFilter, CaseOptions, Json, StateBackend};

use crate::arg::{Dict, Function, Given, Id, Key, Keys, List, Name, Pairs, Pattern, PluginName, Ttl};
use crate::backend::{Known, state_backend};
use crate::case::{Case, CaseStatus, CaseSummary, History, cases};
use crate::environment::Environments;
use crate::error::Result;
use crate::mock::MockCloud;
use crate::namespace::{self, Namespace};
use crate::plugin::{Plugin, PluginStates};
use crate::record::Receipt;
use crate::savepoint::{Joined, Savepoint};
use crate::value::{self, Terms};

/// Changes that become visible at once, or not at all. It reads from one snapshot and its own writes, and writes
/// nothing until the end.
///
/// As a context manager it commits when the body ends, and discards everything when the body raises. A body can't be
/// run again, so it raises `ConflictError` when something that was read has changed since, unless it holds the lock.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Transaction {
    pub(crate) inner: statehold::Transaction,
    pub(crate) terms: Arc<Terms>,
    /// Whether the body of `with` has ended it itself.
    ended: AtomicBool,
}

impl Transaction {
    pub(crate) fn new(inner: statehold::Transaction, terms: Arc<Terms>) -> Self {
        Self { inner, terms, ended: AtomicBool::new(false) }
    }
}

state_backend!(Transaction);
cases!(Transaction);

#[pymethods]
impl Transaction {
    /// A namespace inside the transaction: the same operations as on the store.
    #[pyo3(signature = (name, *, ttl = None, sliding = false))]
    fn namespace(&self, name: Name<'_>, ttl: Option<Ttl>, sliding: bool) -> Namespace {
        let inner = self.inner.namespace_with(&name, namespace::options(ttl, sliding));
        Namespace { inner, terms: self.terms.clone() }
    }

    /// The state of one plugin inside the transaction.
    fn plugin(&self, name: PluginName<'_>) -> Plugin {
        Plugin { inner: self.inner.plugin(&name), terms: self.terms.clone() }
    }

    /// The states of all plugins inside the transaction.
    fn plugin_states(&self) -> PluginStates {
        PluginStates { inner: self.inner.plugin_states(), terms: self.terms.clone() }
    }

    /// The environments inside the transaction. A lock can't be taken there.
    fn environments(&self) -> Environments {
        Environments { inner: self.inner.environments(), terms: self.terms.clone() }
    }

    /// A mock cloud inside the transaction, by its name; several names are isolated from each other.
    #[pyo3(signature = (name = "default"))]
    fn mock_cloud(&self, name: &str) -> MockCloud {
        MockCloud { inner: self.inner.mock_cloud(name) }
    }

    /// The receipt, once it is committed; None before.
    #[getter]
    fn receipt(&self, py: Python<'_>) -> Option<Receipt> {
        py.detach(|| self.inner.receipt()).map(Receipt::from)
    }

    /// Calls `function(tx)`; if it raises, only what it has written is undone. Without a function, a context manager
    /// that does the same with its body.
    #[pyo3(signature = (function = None))]
    fn savepoint<'py>(slf: Bound<'py, Self>, function: Option<Function<'py>>) -> Result<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(function) = function else {
            return Ok(Bound::new(py, Savepoint::new(slf.unbind()))?.into_any());
        };
        let tx = &slf.get().inner;
        let mark = py.detach(|| tx.mark())?;
        match function.call1((&slf,)) {
            Ok(result) => Ok(result),
            Err(error) => {
                py.detach(|| tx.undo_to(mark))?;
                Err(error.into())
            }
        }
    }

    /// Calls `function(tx)`: what it does is part of this transaction.
    fn transact<'py>(slf: Bound<'py, Self>, function: Function<'py>) -> Result<Bound<'py, PyAny>> {
        Ok(function.call1((slf,))?)
    }

    /// A context manager that gives this transaction and does nothing at its end: what is done there is part of it.
    fn transaction(slf: Bound<'_, Self>) -> Joined {
        Joined::new(slf.unbind())
    }

    /// Commits. Once it returns, all of it is visible, and durable as asked for. Raises `ConflictError` when
    /// something that was read has changed since.
    fn commit(&self, py: Python<'_>) -> Result<Receipt> {
        self.ended.store(true, Ordering::Release);
        Ok(py.detach(|| self.inner.commit())?.into())
    }

    /// Discards all of it.
    pub(crate) fn rollback(&self, py: Python<'_>) {
        self.ended.store(true, Ordering::Release);
        py.detach(|| self.inner.rollback());
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
    ) -> Result<()> {
        let _ = (error, trace);
        if !kind.is_none() {
            self.rollback(py);
        } else if !self.ended.load(Ordering::Acquire) {
            self.commit(py)?;
        }
        Ok(())
    }
}
