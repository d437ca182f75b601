//! A commit without reading.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::Error;

use crate::arg::{Key, Name, PluginName, Ttl, Version};
use crate::error::Result;
use crate::namespace::set_options;
use crate::plugin;
use crate::record::Receipt;
use crate::value::Terms;

/// Checks and mutations that are committed together, or not at all. Each method returns the object itself.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Atomic {
    inner: Mutex<Option<statehold::Atomic>>,
    terms: Arc<Terms>,
}

const COMMITTED: Error =
    Error::Closed { what: "the atomic commit", advice: "begin another one with atomic()" };

impl Atomic {
    pub(crate) fn new(inner: statehold::Atomic, terms: Arc<Terms>) -> Self {
        Self { inner: Mutex::new(Some(inner)), terms }
    }

    fn lock(&self) -> MutexGuard<'_, Option<statehold::Atomic>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, f: impl FnOnce(statehold::Atomic) -> statehold::Atomic) -> Result<()> {
        let mut inner = self.lock();
        *inner = Some(f(inner.take().ok_or(COMMITTED)?));
        Ok(())
    }
}

#[pymethods]
impl Atomic {
    /// The key must be at this revision; absent if None or 0.
    #[pyo3(signature = (namespace, key, revision))]
    fn check<'py>(
        slf: PyRef<'py, Self>,
        namespace: Name<'_>,
        key: Key<'_>,
        revision: Option<u64>,
    ) -> Result<PyRef<'py, Self>> {
        slf.step(|atomic| atomic.check(&namespace, &key, revision))?;
        Ok(slf)
    }

    /// Sets a key, with a TTL or on a condition, which counts as a check of the whole commit.
    #[pyo3(signature = (namespace, key, value, ttl = None, *, keep_ttl = false, only_if_absent = false, only_if_present = false, if_revision = None))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "keywords in Python")]
    fn set<'py>(
        slf: PyRef<'py, Self>,
        namespace: Name<'_>,
        key: Key<'_>,
        value: &Bound<'_, PyAny>,
        ttl: Option<Ttl>,
        keep_ttl: bool,
        only_if_absent: bool,
        only_if_present: bool,
        if_revision: Option<u64>,
    ) -> Result<PyRef<'py, Self>> {
        let options = set_options(ttl, keep_ttl, only_if_absent, only_if_present, if_revision)?;
        let value = slf.terms.value(value)?;
        slf.step(|atomic| atomic.set_with(&namespace, &key, value, &options))?;
        Ok(slf)
    }

    /// Deletes a key, if it is there.
    fn delete<'py>(slf: PyRef<'py, Self>, namespace: Name<'_>, key: Key<'_>) -> Result<PyRef<'py, Self>> {
        slf.step(|atomic| atomic.delete(&namespace, &key))?;
        Ok(slf)
    }

    /// Saves a plugin's state, as `Plugin.save`; what it replaces is kept as a backup. Its conditions count as checks of
    /// the whole commit.
    #[pyo3(signature = (name, data, version = None, *, if_revision = None, allow_newer = false))]
    fn save_plugin<'py>(
        slf: PyRef<'py, Self>,
        name: PluginName<'_>,
        data: &Bound<'_, PyAny>,
        version: Option<Version>,
        if_revision: Option<u64>,
        allow_newer: bool,
    ) -> Result<PyRef<'py, Self>> {
        let options = plugin::save_options(version, if_revision, allow_newer);
        let data = slf.terms.json(data)?;
        slf.step(|atomic| atomic.save_plugin(&name, data, &options))?;
        Ok(slf)
    }

    /// Commits all of it. Raises `ConflictError` with the check that failed, and then nothing was written.
    fn commit(&self, py: Python<'_>) -> Result<Receipt> {
        let atomic = self.lock().take().ok_or(COMMITTED)?;
        Ok(py.detach(|| atomic.commit())?.into())
    }
}
