//! Locks of environments.

use std::time::Duration;

use pyo3::prelude::*;
use statehold::{Error, LockOptions};

use super::text::State;
use super::{EnvironmentRecord, Environments, Failure};
use crate::arg::{Span, Ttl};
use crate::error::Result;
use crate::watch::Patience;

/// How long a lock is waited for unless told otherwise.
pub(super) const TIMEOUT: Span = Span(Duration::from_secs(10));

pub(super) fn options(ttl: Option<Ttl>, purpose: Option<String>, reentrant: bool) -> LockOptions {
    let mut options = LockOptions::new().reentrant(reentrant);
    options.ttl = ttl.map(Duration::from);
    options.purpose = purpose;
    options
}

/// Waits for a lock in turns, between which Ctrl-C is looked for. `take` gets how long it may wait.
pub(super) fn waiting<T: Send>(
    py: Python<'_>,
    timeout: Span,
    take: impl Fn(Duration) -> statehold::Result<T> + Sync,
) -> Result<T> {
    let patience = Patience::of(Some(timeout));
    loop {
        match py.detach(|| take(patience.turn())) {
            Err(Error::Locked { .. }) if !patience.is_over() => py.check_signals()?,
            taken => return Ok(taken?),
        }
    }
}

/// The lock of an environment, held: nobody else can write its record. A context manager that releases it.
///
/// It is also released when the object is no longer used, when the store is closed, and when the process ends in
/// whatever way. With a `ttl` a thread renews the lease meanwhile. A child made by `fork` inherits no lock.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct EnvironmentLock {
    inner: statehold::EnvironmentLock,
    environments: Environments,
}

impl EnvironmentLock {
    pub(super) fn new(inner: statehold::EnvironmentLock, home: &Environments) -> Self {
        let environments = Environments { inner: inner.environments().clone(), terms: home.terms.clone() };
        Self { inner, environments }
    }
}

/// Releasing commits, and nobody may be kept from going on meanwhile.
impl Drop for EnvironmentLock {
    fn drop(&mut self) {
        // What goes wrong is logged by the core, which tries once more.
        _ = Python::attach(|py| py.detach(|| self.inner.release()));
    }
}

#[pymethods]
impl EnvironmentLock {
    /// The environment that is locked.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// Names this grant. Whoever has it can write as the holder does, by `Environments.with_token`.
    #[getter]
    fn token(&self) -> &str {
        self.inner.token()
    }

    /// The number of this grant, greater than that of any before. Hand it to whatever else the holder writes to, so
    /// that it can refuse one that comes late.
    #[getter]
    fn fencing(&self) -> u64 {
        self.inner.fencing()
    }

    /// Whether the lock is still held under this grant.
    fn is_held(&self, py: Python<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.is_held())?)
    }

    /// The environments, for the holder: what is written to this one is written only while the lock is held.
    fn environments(&self) -> Environments {
        self.environments.shared()
    }

    /// As `Environments.load`. What the record's methods write is written for the holder.
    fn load(&self, py: Python<'_>) -> Result<EnvironmentRecord> {
        self.environments.load_by_name(py, self.inner.name())
    }

    /// As `Environments.transition`. Raises `ConflictError` or `LockedError` if the lock was lost.
    #[pyo3(signature = (to, *, failure = None, note = None, step = None, if_revision = None))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn transition(
        &self,
        py: Python<'_>,
        to: State,
        failure: Option<PyRef<'_, Failure>>,
        note: Option<String>,
        step: Option<String>,
        if_revision: Option<u64>,
    ) -> Result<EnvironmentRecord> {
        let mut options = super::transition_options(py, &self.environments.terms, failure, note, step)?;
        options.if_revision = if_revision;
        let record = py.detach(|| self.inner.transition_with(&to.0, &options))?;
        EnvironmentRecord::of(py, record, Some(&self.environments))
    }

    /// As `Environments.save`. Raises `ConflictError` or `LockedError` if the lock was lost.
    fn save(&self, py: Python<'_>, environment: PyRef<'_, EnvironmentRecord>) -> Result<EnvironmentRecord> {
        self.environments.save_record(py, &environment)
    }

    /// As `Environments.set_step`. Raises `ConflictError` or `LockedError` if the lock was lost.
    fn set_step(&self, py: Python<'_>, step: &str) -> Result<EnvironmentRecord> {
        let record = py.detach(|| self.inner.set_step(step))?;
        EnvironmentRecord::of(py, record, Some(&self.environments))
    }

    /// Releases the lock, and returns whether it was still held. Doing it twice is no error. A guard that shares a lock
    /// gives up its share; the last one releases it.
    fn release(&self, py: Python<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.release())?)
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
        self.release(py).map(|_| ())
    }

    fn __repr__(&self) -> String {
        format!("<EnvironmentLock {:?}, fencing {}>", self.inner.name(), self.inner.fencing())
    }
}
