//! Why a command failed.

use std::time::SystemTime;

use pyo3::prelude::*;
use statehold::Json;

use super::text::FailureKind;
use crate::arg::{Moment, Span, since_1970};
use crate::error::Result;
use crate::record::alike;
use crate::value::{self, Terms};

/// Why a command failed, as the record of the environment keeps it.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Failure {
    /// The step that failed.
    step: String,
    /// What kind of thing went wrong.
    kind: FailureKind,
    /// What happened, in a sentence.
    summary: String,
    /// When the command was started, in seconds since 1970. A failure that doesn't say gets the time at which its state
    /// was entered.
    started_at: f64,
    /// When it failed, in seconds since 1970.
    failed_at: f64,
    /// How long it ran, in seconds.
    duration: f64,
    /// Finds it in logs: random unless given.
    trace_id: String,
    /// The file with the whole story, if there is one.
    trace_file: Option<String>,
    /// Anything else worth keeping.
    details: Py<PyAny>,
}

alike!(Failure(step, kind, summary, started_at, failed_at, duration, trace_id, trace_file, details));

impl Failure {
    pub(super) fn of(py: Python<'_>, failure: statehold::Failure) -> Result<Self> {
        let details = failure.details.map(|details| value::from_json(py, details.as_str())).transpose()?;
        Ok(Self {
            step: failure.step,
            kind: FailureKind(failure.kind),
            summary: failure.summary,
            started_at: since_1970(failure.started_at),
            failed_at: since_1970(failure.failed_at),
            duration: failure.duration.as_secs_f64(),
            trace_id: failure.trace_id,
            trace_file: failure.trace_file,
            details: details.map_or_else(|| py.None(), Bound::unbind),
        })
    }

    pub(super) fn core(&self, py: Python<'_>, terms: &Terms) -> Result<statehold::Failure> {
        let moment =
            |seconds: f64| Ok(seconds.into_pyobject(py).map_err(PyErr::from)?.extract::<Moment>()?.0);
        let (started_at, failed_at): (Result<SystemTime>, Result<SystemTime>) =
            (moment(self.started_at), moment(self.failed_at));
        let mut failure = statehold::Failure::new(&self.step, self.kind.0, &self.summary)
            .between(started_at?, failed_at?)
            .trace_id(&self.trace_id);
        failure.duration = self.duration.into_pyobject(py).map_err(PyErr::from)?.extract::<Span>()?.0;
        failure.trace_file.clone_from(&self.trace_file);
        failure.details = details(terms, self.details.bind(py))?;
        Ok(failure)
    }
}

/// None is that there are none.
pub(super) fn details(terms: &Terms, details: &Bound<'_, PyAny>) -> Result<Option<Json>> {
    if details.is_none() { Ok(None) } else { terms.json(details).map(Some) }
}

#[pymethods]
impl Failure {
    #[new]
    #[pyo3(signature = (step, kind, summary, *, started_at = None, failed_at = None, trace_id = None, trace_file = None, details = None))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        py: Python<'_>,
        step: String,
        kind: FailureKind,
        summary: String,
        started_at: Option<Moment>,
        failed_at: Option<Moment>,
        trace_id: Option<String>,
        trace_file: Option<String>,
        details: Option<Py<PyAny>>,
    ) -> Result<Self> {
        let mut failure = statehold::Failure::new(step, kind.0, summary);
        let failed_at = failed_at.map_or(failure.failed_at, |moment| moment.0);
        failure = failure.between(started_at.map_or(failed_at, |moment| moment.0), failed_at);
        if let Some(id) = trace_id {
            failure = failure.trace_id(id);
        }
        failure.trace_file = trace_file;
        let made = Self::of(py, failure)?;
        Ok(Self { details: details.unwrap_or_else(|| py.None()), ..made })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        Ok((slf.getattr("_restore")?, Self::fields(slf)?.into_any()))
    }

    /// One that was pickled.
    #[staticmethod]
    #[pyo3(name = "_restore")]
    #[allow(clippy::too_many_arguments, reason = "as many as there are fields")]
    fn restore(
        step: String,
        kind: FailureKind,
        summary: String,
        started_at: f64,
        failed_at: f64,
        duration: f64,
        trace_id: String,
        trace_file: Option<String>,
        details: Py<PyAny>,
    ) -> Self {
        Self { step, kind, summary, started_at, failed_at, duration, trace_id, trace_file, details }
    }

    /// The step, the kind and the summary.
    fn __str__(&self) -> String {
        statehold::Failure::new(&self.step, self.kind.0, &self.summary).to_string()
    }
}
