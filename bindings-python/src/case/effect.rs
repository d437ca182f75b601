//! Side effects that should happen once.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use statehold::{BegunEffect, EffectOptions, EffectOutcome, Error};

use super::{Case, EffectStatus, OnDoubt};
use crate::arg::{Function, Id, List, since_1970};
use crate::error::{Failure, Result};
use crate::record::record;
use crate::value::{self, Terms};

/// An effect, as the store has it.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct EffectResult {
    /// The effect.
    effect_id: String,
    /// The key under which it happens once.
    key: String,
    /// How it stands.
    status: EffectStatus,
    /// What it gave; None unless it happened.
    value: Py<PyAny>,
    /// Why it failed or was called off.
    error: Option<String>,
    /// The digest of its spec, as hexadecimal digits.
    spec_digest: String,
    /// Who began it last: `host/process` or `host/process/label`.
    actor: String,
    /// When, in seconds since 1970.
    started_at: f64,
    /// How many seconds it took, if that is known.
    duration: Option<f64>,
    /// How often it was begun.
    attempts: u64,
}

record!(EffectResult(
    effect_id: String,
    key: String,
    status: EffectStatus,
    value: Py<PyAny>,
    error: Option<String>,
    spec_digest: String,
    actor: String,
    started_at: f64,
    duration: Option<f64>,
    attempts: u64
));

impl EffectResult {
    fn of(py: Python<'_>, result: statehold::EffectResult) -> Result<Self> {
        let value = result.value.map(|value| value::from_json(py, value.as_str())).transpose()?;
        Ok(Self {
            effect_id: result.effect_id,
            key: result.key,
            status: EffectStatus(result.status),
            value: value.map_or_else(|| py.None(), Bound::unbind),
            error: result.error,
            spec_digest: result.spec_digest,
            actor: result.actor,
            started_at: since_1970(result.started_at),
            duration: result.duration.map(|span| span.as_secs_f64()),
            attempts: result.attempts,
        })
    }
}

/// An effect whose intent is committed and whose result is due.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct PendingEffect {
    inner: Mutex<Option<statehold::PendingEffect>>,
    terms: Arc<Terms>,
}

impl PendingEffect {
    fn finish(&self, py: Python<'_>, outcome: EffectOutcome) -> Result<EffectResult> {
        const OVER: Error = Error::Closed { what: "the effect", advice: "its result was handed in" };
        let result = py.detach(|| {
            let pending = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
            pending.ok_or(OVER)?.finish(outcome)
        })?;
        EffectResult::of(py, result)
    }
}

#[pymethods]
impl PendingEffect {
    /// It happened, and gave this.
    fn done(&self, value: &Bound<'_, PyAny>) -> Result<EffectResult> {
        self.finish(value.py(), EffectOutcome::Ok(self.terms.json(value)?))
    }

    /// It raised this. What is no error, as Ctrl-C, goes through and leaves it in doubt.
    fn failed(&self, cause: &Bound<'_, PyAny>) -> Result<EffectResult> {
        let py = cause.py();
        let cause = PyErr::from_value(cause.clone());
        if !cause.is_instance_of::<PyException>(py) {
            return Err(Failure::Raised(cause));
        }
        self.finish(py, EffectOutcome::Error(cause.to_string()))
    }
}

#[pymethods]
impl Case {
    /// Runs a side effect that should happen once: its intent is committed, `function` is called, its result is
    /// committed. A second call with the same key, by default the id, gives the stored result, also if that is an
    /// error, and calls nothing. What the function raises is not raised but stored, as `error` of the result. If it
    /// was begun and has no result: raises `EffectInDoubtError`, or with `on_doubt="retry"` runs it again. Raises
    /// `ConflictError` for another spec under the same key.
    #[pyo3(signature = (effect_id, spec, function, *, key = None, on_doubt = OnDoubt::RAISE),
           text_signature = "($self, effect_id, spec, function, *, key=None, on_doubt='raise')")]
    fn effect(
        &self,
        py: Python<'_>,
        effect_id: Id<'_>,
        spec: &Bound<'_, PyAny>,
        function: Function<'_>,
        key: Option<Id<'_>>,
        on_doubt: OnDoubt,
    ) -> Result<EffectResult> {
        let pending = match self.begin(py, &effect_id, spec, key, on_doubt)? {
            Begun::Stored(result) => return Ok(result),
            Begun::Run(pending) => pending,
        };
        match function.call0() {
            Ok(value) => pending.done(&value),
            Err(cause) => pending.failed(cause.value(py).as_any()),
        }
    }

    /// The stored result of an effect, or the one to be run, for asyncio.
    #[pyo3(name = "_begin_effect",
           signature = (effect_id, spec, *, key = None, on_doubt = OnDoubt::RAISE),
           text_signature = "($self, effect_id, spec, *, key=None, on_doubt='raise')")]
    fn begin_effect<'py>(
        &self,
        py: Python<'py>,
        effect_id: Id<'_>,
        spec: &Bound<'py, PyAny>,
        key: Option<Id<'_>>,
        on_doubt: OnDoubt,
    ) -> Result<Bound<'py, PyAny>> {
        Ok(match self.begin(py, &effect_id, spec, key, on_doubt)? {
            Begun::Stored(result) => Bound::new(py, result)?.into_any(),
            Begun::Run(pending) => Bound::new(py, pending)?.into_any(),
        })
    }

    /// Settles an effect that is in doubt: `ok` with what it gave, or `error` or `cancelled` with the reason.
    #[pyo3(signature = (key, status, value = None))]
    fn resolve_effect(
        &self,
        py: Python<'_>,
        key: Id<'_>,
        status: EffectStatus,
        value: Option<Bound<'_, PyAny>>,
    ) -> Result<EffectResult> {
        let value = self.terms.json(&value.unwrap_or_else(|| py.None().into_bound(py)))?;
        let outcome = EffectOutcome::new(status.0, value)?;
        EffectResult::of(py, py.detach(|| self.inner.resolve_effect(&key, outcome))?)
    }

    /// All effects of the case, in the order in which they were first begun.
    fn effects(&self, py: Python<'_>) -> Result<List<EffectResult>> {
        list(py, py.detach(|| self.inner.effects())?)
    }

    /// The effects of an id, which may have several keys.
    fn lookup(&self, py: Python<'_>, effect_id: Id<'_>) -> Result<List<EffectResult>> {
        list(py, py.detach(|| self.inner.lookup(&effect_id))?)
    }

    /// The effect under a key; None if none was begun.
    fn lookup_by_key(&self, py: Python<'_>, key: Id<'_>) -> Result<Option<EffectResult>> {
        py.detach(|| self.inner.lookup_by_key(&key))?.map(|result| EffectResult::of(py, result)).transpose()
    }
}

enum Begun {
    Stored(EffectResult),
    Run(PendingEffect),
}

impl Case {
    fn begin(
        &self,
        py: Python<'_>,
        effect_id: &str,
        spec: &Bound<'_, PyAny>,
        key: Option<Id<'_>>,
        on_doubt: OnDoubt,
    ) -> Result<Begun> {
        let spec = self.terms.json(spec)?;
        let mut options = EffectOptions::new().on_doubt(on_doubt.0);
        options.key = key.map(|key| key.to_owned());
        Ok(match py.detach(|| self.inner.begin_effect(effect_id, &spec, &options))? {
            BegunEffect::Stored(result) => Begun::Stored(EffectResult::of(py, result)?),
            BegunEffect::Run(pending) => {
                Begun::Run(PendingEffect { inner: Mutex::new(Some(pending)), terms: self.terms.clone() })
            }
        })
    }
}

fn list(py: Python<'_>, found: Vec<statehold::EffectResult>) -> Result<List<EffectResult>> {
    Ok(List(found.into_iter().map(|result| EffectResult::of(py, result)).collect::<Result<_>>()?))
}
