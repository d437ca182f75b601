//! An open store.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use statehold::{CaseFilter, CaseOptions, Durability, Json, StateBackend, TransactionOptions};

use crate::arg::{Dict, Function, Given, Id, Key, Keys, List, Name, Pairs, Pattern, PluginName, Span, Ttl};
use crate::atomic::Atomic;
use crate::attempts::Attempts;
use crate::backend::{Known, state_backend};
use crate::case::{Case, CaseStatus, CaseSummary, History, cases};
use crate::environment::Environments;
use crate::error::Result;
use crate::fault::Faults;
use crate::mock::{self, MockCloud};
use crate::namespace::{self, Namespace};
use crate::plugin::{Callbacks, Plugin, PluginStates};
use crate::record::{JournalCheck, JournalRow};
use crate::snapshot::Snapshot;
use crate::transaction::Transaction;
use crate::value::{self, Terms};
use crate::watch::{self, Watch};

/// An open store: one SQLite file with the state of an application. Threads may share it. A context manager that
/// closes it.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Store {
    pub(crate) inner: statehold::Store,
    pub(crate) terms: Arc<Terms>,
    pub(crate) callbacks: Callbacks,
}

state_backend!(Store);
cases!(Store);

fn durability(name: Option<&str>) -> Result<Option<Durability>> {
    Ok(name.map(str::parse).transpose()?)
}

#[pymethods]
impl Store {
    /// A namespace, with a default `ttl` for what is set without one, which reads renew if it is `sliding`. Creates
    /// nothing.
    #[pyo3(signature = (name, *, ttl = None, sliding = false))]
    fn namespace(&self, name: Name<'_>, ttl: Option<Ttl>, sliding: bool) -> Namespace {
        let inner = self.inner.namespace_with(&name, namespace::options(ttl, sliding));
        Namespace { inner, terms: self.terms.clone() }
    }

    /// The state of one plugin: what a host hands to it, since it reaches no other.
    fn plugin(&self, name: PluginName<'_>) -> Plugin {
        Plugin { inner: self.inner.plugin(&name), terms: self.terms.clone() }
    }

    /// The states of all plugins.
    fn plugin_states(&self) -> PluginStates {
        PluginStates { inner: self.inner.plugin_states(), terms: self.terms.clone() }
    }

    /// The environments: deployments, machines, tenants, with their lifecycles, histories and locks.
    fn environments(&self) -> Environments {
        Environments { inner: self.inner.environments(), terms: self.terms.clone() }
    }

    /// What makes the operations of the store slow, or fail, on demand, if it was opened with `faults=True`; otherwise each
    /// of its methods raises `InvalidValueError`.
    #[getter]
    fn faults(&self) -> Faults {
        Faults { inner: self.inner.faults() }
    }

    /// A mock cloud, by its name; several names are isolated from each other. With a partial state as `fixtures` over the
    /// built-in ones, and the time that starting and stopping take, it begins with them if it is not there yet, and is
    /// reset to them; what is wrong with them, its operations raise. Creates nothing.
    #[pyo3(signature = (name = "default", *, fixtures = None, transition = None))]
    fn mock_cloud(
        &self,
        name: &str,
        fixtures: Option<mock::Partial>,
        transition: Option<mock::Transition>,
    ) -> MockCloud {
        MockCloud { inner: self.inner.mock_cloud_with(name, mock::options(fixtures, transition)) }
    }

    /// The names of the mock clouds that match a glob pattern, sorted by their UTF-8 bytes.
    #[pyo3(signature = (pattern = Pattern::ALL), text_signature = "($self, pattern='*')")]
    fn mock_clouds(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<List<String>> {
        Ok(List(py.detach(|| self.inner.mock_clouds(&pattern))?))
    }

    /// Deletes a mock cloud with its faults, and returns whether there was one.
    fn delete_mock_cloud(&self, py: Python<'_>, name: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.delete_mock_cloud(name))?)
    }

    /// Calls `callback` with a `dict` whenever this happens through this store: `state.saved`, `state.loaded`,
    /// `state.backup.created`, `state.migrated`, `state.cleared`, `state.restored`, `state.error`,
    /// `environment.transition`. It is called by the thread that did it, after the commit; what it raises is logged, to
    /// `statehold`, and disturbs nothing. Returns the callback; without one, a decorator.
    #[pyo3(signature = (event, callback = None))]
    fn on<'py>(
        slf: &Bound<'py, Self>,
        event: &str,
        callback: Option<Function<'py>>,
    ) -> Result<Bound<'py, PyAny>> {
        let Some(callback) = callback else {
            let partial = slf.py().import("functools")?.getattr("partial")?;
            return Ok(partial.call1((slf.getattr("on")?, event))?);
        };
        slf.get().callbacks.add(&slf.get().inner, event, &callback)?;
        Ok(callback.clone())
    }

    /// Ends that, and returns whether there was one.
    fn off(&self, py: Python<'_>, event: &str, callback: Function<'_>) -> Result<bool> {
        self.callbacks.remove(py, &self.inner, event, &callback)
    }

    /// The names of the namespaces that hold at least one live key and match a glob pattern, sorted by their UTF-8
    /// bytes.
    #[pyo3(signature = (pattern = Pattern::ALL), text_signature = "($self, pattern='*')")]
    fn namespaces(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<List<String>> {
        Ok(List(py.detach(|| self.inner.namespaces(&pattern))?))
    }

    /// Calls `function(tx)` in a transaction, commits, and returns what it returned. If a commit of somebody else has
    /// changed what it read, it is called again, up to `max_retries` times, the last time holding the write lock; so it
    /// must have no other effects. What it raises is raised, and nothing is written.
    ///
    /// Without a function, a decorator: each call of what it decorates is such a transaction, with `tx` as the first
    /// argument.
    #[pyo3(signature = (function = None, *, max_retries = 10, durability = None))]
    fn transact<'py>(
        slf: &Bound<'py, Self>,
        function: Option<Function<'py>>,
        max_retries: u32,
        durability: Option<&str>,
    ) -> Result<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(function) = function {
            return slf.get().attempts(max_retries, durability)?.run(py, &function);
        }
        self::durability(durability)?;
        Ok(py.import("statehold._transactional")?.getattr("transactional")?.call1((
            slf,
            max_retries,
            durability,
        ))?)
    }

    /// The tries of a transaction, for asyncio.
    #[pyo3(name = "_attempts", signature = (max_retries, durability = None))]
    fn attempts(&self, max_retries: u32, durability: Option<&str>) -> Result<Attempts> {
        let mut options = TransactionOptions::new().max_retries(max_retries);
        options.durability = self::durability(durability)?;
        Ok(Attempts::new(self.inner.attempts(options), self.terms.clone()))
    }

    /// Begins a transaction that commits when the body of its `with` ends, and discards everything when it raises. A
    /// body can't be run again, so a conflict is `ConflictError`, unless `lock` takes the write lock up front; others
    /// then wait, for `lock_timeout` seconds at most.
    #[pyo3(signature = (*, lock = false, lock_timeout = None, durability = None))]
    fn transaction(
        &self,
        py: Python<'_>,
        lock: bool,
        lock_timeout: Option<Span>,
        durability: Option<&str>,
    ) -> Result<Transaction> {
        let mut options = TransactionOptions::new().lock(lock);
        options.lock_timeout = lock_timeout.map(|most| most.0);
        options.durability = self::durability(durability)?;
        Ok(Transaction::new(py.detach(|| self.inner.begin(options))?, self.terms.clone()))
    }

    /// A list of checks and mutations to be committed together, without reading.
    fn atomic(&self) -> Atomic {
        Atomic::new(self.inner.atomic(), self.terms.clone())
    }

    /// The store as of this moment, for many reads: a context manager that ends it.
    fn snapshot(&self, py: Python<'_>) -> Result<Snapshot> {
        Ok(Snapshot::new(py.detach(|| self.inner.snapshot())?))
    }

    /// Removes all keys that have expired from the file and returns how many. They are invisible anyway; this gives
    /// their room back at once instead of step by step.
    fn purge_expired(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.purge_expired())?)
    }

    /// Makes every commit so far survive a power loss, whatever durability it was made with.
    fn flush(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.flush())?)
    }

    /// The last revision; 0 for a store that nothing was committed to.
    fn revision(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.revision())?)
    }

    /// Up to `limit` rows of the journal after revision `after`: who changed what, and when.
    #[pyo3(signature = (after = 0, limit = 1000))]
    fn journal(&self, py: Python<'_>, after: u64, limit: usize) -> Result<List<JournalRow>> {
        let rows = py.detach(|| self.inner.journal(after, limit))?;
        Ok(List(rows.into_iter().map(|row| JournalRow::of(py, row)).collect::<PyResult<_>>()?))
    }

    /// Watches for what is committed, by any process: of a facet (`namespace`, `plugin`, `case`, `environment`), of one name in it (a
    /// namespace's, if no facet is given), of the keys that match a glob pattern (where there are no keys: of the
    /// names). From now on, or from after a revision, without a gap. Raises `FeedLaggedError` if the journal does
    /// not reach back so far.
    #[pyo3(signature = (*, facet = None, namespace = None, pattern = None, after = None))]
    fn watch(
        &self,
        py: Python<'_>,
        facet: Option<&str>,
        namespace: Option<Name<'_>>,
        pattern: Option<Pattern<'_>>,
        after: Option<u64>,
    ) -> Result<Watch> {
        let options = watch::options(facet, namespace, pattern, after);
        Ok(Watch::new(py.detach(|| self.inner.watch(options))?))
    }

    /// Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in another order,
    /// unless by somebody who rebuilt the whole chain.
    fn verify_journal(&self, py: Python<'_>) -> Result<JournalCheck> {
        Ok(py.detach(|| self.inner.verify_journal())?.into())
    }

    /// The revisions expected and found when this store was opened, if commits had been lost, as far as the witness
    /// file knows; None if not.
    #[getter]
    fn lost_commits(&self) -> Option<(u64, u64)> {
        self.inner.lost_commits().map(|lost| (lost.expected, lost.found))
    }

    /// The absolute path of the file.
    #[getter]
    fn path(&self) -> PathBuf {
        self.inner.path()
    }

    /// Whether the store was closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Ends the use of the store; what it is asked from now on raises `ClosedError`. Closing twice is no error.
    fn close(&self, py: Python<'_>) -> Result<()> {
        py.detach(|| self.inner.close())?;
        // The functions may hold the store.
        self.callbacks.clear(&self.inner);
        self.terms.registered.clear();
        Ok(())
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
        let _ = (kind, error, trace);
        self.close(py)
    }

    fn __repr__(&self) -> String {
        let state = if self.inner.is_closed() { " (closed)" } else { "" };
        format!("<Store {:?}{state}>", self.inner.path().display().to_string())
    }
}
