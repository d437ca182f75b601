//! The record of one environment, with the methods of the deployment lifecycle.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use statehold::{AnyEnvironment, Error, Json, TransitionOptions};

use super::text::State;
use super::{Environments, Failure, RecoveryGuide};
use crate::arg::since_1970;
use crate::error::Result;
use crate::record::alike;
use crate::value::{self, Terms};

/// One environment as the store has it: a deployment, a machine, a tenant.
///
/// Change its `data` as you like and `Environments.save` it. The methods that lead to another state commit at once,
/// and return the record as it is then; they take nothing along of what was changed in `data` and isn't saved.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct EnvironmentRecord {
    /// As it was read, with the data of then.
    inner: statehold::EnvironmentRecord,
    /// The caller's, who may change it.
    data: Mutex<Py<PyAny>>,
    failure: Option<Py<Failure>>,
    /// Where it is kept; none for one that was pickled.
    home: Option<Environments>,
}

alike!(EnvironmentRecord(
    name,
    lifecycle,
    state,
    data,
    failure,
    last_success,
    step,
    revision,
    created_at,
    updated_at,
    entered_at
));

const HOMELESS: Error = Error::Closed {
    what: "the record",
    advice: "it was pickled, and does not know where it is kept any more; load it again",
};

impl EnvironmentRecord {
    pub(super) fn of(
        py: Python<'_>,
        inner: statehold::EnvironmentRecord,
        home: Option<&Environments>,
    ) -> Result<Self> {
        let failure = inner.failure.clone().map(|failure| Py::new(py, Failure::of(py, failure)?));
        Ok(Self {
            data: Mutex::new(value::from_json(py, inner.data.as_str())?.unbind()),
            failure: failure.transpose()?,
            home: home.map(Environments::shared),
            inner,
        })
    }

    /// As it is to be saved.
    pub(super) fn core(&self, py: Python<'_>, terms: &Terms) -> Result<statehold::EnvironmentRecord> {
        let mut record = self.inner.clone();
        record.data = terms.json(self.data(py).bind(py))?;
        Ok(record)
    }

    fn go(&self, py: Python<'_>, to: &str, mut options: TransitionOptions) -> Result<Self> {
        let home = self.home.as_ref().ok_or(HOMELESS)?;
        options.if_revision = Some(self.inner.revision);
        let record = py.detach(|| home.inner.transition_with(&self.inner.name, to, &options))?;
        Self::of(py, record, Some(home))
    }

    fn fail(&self, py: Python<'_>, to: &str, failure: &Failure) -> Result<Self> {
        let terms = &self.home.as_ref().ok_or(HOMELESS)?.terms;
        self.go(py, to, TransitionOptions::new().failure(failure.core(py, terms)?))
    }
}

/// The named transitions that take nothing, and those that take a failure.
macro_rules! transitions {
    ($($(#[$doc:meta])* $method:ident => $to:literal;)*) => {
        #[pymethods]
        impl EnvironmentRecord {
            $(
                $(#[$doc])*
                fn $method(&self, py: Python<'_>) -> Result<Self> {
                    self.go(py, $to, TransitionOptions::new())
                }
            )*
        }
    };
    (failure: $($(#[$doc:meta])* $method:ident;)*) => {
        #[pymethods]
        impl EnvironmentRecord {
            $(
                $(#[$doc])*
                fn $method(&self, py: Python<'_>, failure: PyRef<'_, Failure>) -> Result<Self> {
                    self.fail(py, stringify!($method), &failure)
                }
            )*
        }
    };
}

transitions! {
    /// From `created` to `provisioning`.
    start_provisioning => "provisioning";
    /// From `provisioning` to `provisioned`.
    provisioned => "provisioned";
    /// From `provisioned` to `configuring`.
    start_configuring => "configuring";
    /// From `configuring` to `configured`.
    configured => "configured";
    /// From `configured` to `releasing`.
    start_releasing => "releasing";
    /// From `releasing` to `released`.
    released => "released";
    /// From `released` to `running`.
    start_running => "running";
    /// To `destroyed`, from any other state.
    destroy => "destroyed";
}

transitions! {
    failure:
    /// From `provisioning` to `provision_failed`.
    provision_failed;
    /// From `configuring` to `configure_failed`.
    configure_failed;
    /// From `releasing` to `release_failed`.
    release_failed;
    /// From `running` to `run_failed`.
    run_failed;
}

#[pymethods]
impl EnvironmentRecord {
    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// The lifecycle that it follows: `deployment`, or one that was registered.
    #[getter]
    fn lifecycle(&self) -> &str {
        &self.inner.lifecycle
    }

    /// Where it stands in that.
    #[getter]
    fn state(&self) -> State {
        State(self.inner.state.clone())
    }

    /// What the application keeps of it: the caller's own, to be changed and saved.
    #[getter]
    fn data(&self, py: Python<'_>) -> Py<PyAny> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner).clone_ref(py)
    }

    #[setter]
    fn set_data(&self, data: Py<PyAny>) {
        let replaced =
            std::mem::replace(&mut *self.data.lock().unwrap_or_else(PoisonError::into_inner), data);
        // Dropping it may run Python's code, which may come here again.
        drop(replaced);
    }

    /// Why it failed, in an error state; None otherwise.
    #[getter]
    fn failure(&self, py: Python<'_>) -> Option<Py<Failure>> {
        self.failure.as_ref().map(|failure| failure.clone_ref(py))
    }

    /// The last state that it has reached in which no command is under way and none has failed.
    #[getter]
    fn last_success(&self) -> Option<State> {
        self.inner.last_success.clone().map(State)
    }

    /// The last step that the command under way has told.
    #[getter]
    fn step(&self) -> Option<&str> {
        self.inner.step.as_deref()
    }

    /// The revision that wrote it; 0 if the transaction that reads it has written it itself.
    #[getter]
    fn revision(&self) -> u64 {
        self.inner.revision
    }

    /// When it was created, in seconds since 1970.
    #[getter]
    fn created_at(&self) -> f64 {
        since_1970(self.inner.created_at)
    }

    /// When it was last written, in seconds since 1970.
    #[getter]
    fn updated_at(&self) -> f64 {
        since_1970(self.inner.updated_at)
    }

    /// When it came to its state, in seconds since 1970.
    #[getter]
    fn entered_at(&self) -> f64 {
        since_1970(self.inner.entered_at)
    }

    /// How to get it out of its state by hand, after a failure or an interruption; None if nothing needs to be done,
    /// and for lifecycles of one's own.
    fn recovery(&self) -> Option<RecoveryGuide> {
        self.inner.recovery().map(RecoveryGuide::of)
    }

    /// Takes it to another state of its lifecycle, if the store still has it at its revision; raises `ConflictError`
    /// otherwise, `InvalidTransitionError` for what its lifecycle does not allow, `LockedError` while somebody else
    /// holds its lock. An error state needs a `failure`.
    #[pyo3(signature = (to, *, failure = None, note = None, step = None))]
    fn transition(
        &self,
        py: Python<'_>,
        to: State,
        failure: Option<PyRef<'_, Failure>>,
        note: Option<String>,
        step: Option<String>,
    ) -> Result<Self> {
        let terms = &self.home.as_ref().ok_or(HOMELESS)?.terms;
        self.go(py, &to.0, super::transition_options(py, terms, failure, note, step)?)
    }

    /// From an error state to the state in which the command is under way again; from `run_failed` to `released`.
    fn retry(&self, py: Python<'_>) -> Result<Self> {
        let retried = match AnyEnvironment::try_from(self.inner.clone())? {
            AnyEnvironment::ProvisionFailed(failed) => failed.retry().into_any(),
            AnyEnvironment::ConfigureFailed(failed) => failed.retry().into_any(),
            AnyEnvironment::ReleaseFailed(failed) => failed.retry().into_any(),
            other => other.try_into_run_failed()?.retry().into_any(),
        };
        self.go(py, retried.state_name(), TransitionOptions::new())
    }

    fn __copy__(&self, py: Python<'_>) -> Self {
        Self {
            inner: self.inner.clone(),
            data: Mutex::new(self.data(py)),
            failure: self.failure(py),
            home: self.home.as_ref().map(Environments::shared),
        }
    }

    fn __deepcopy__(&self, py: Python<'_>, memo: &Bound<'_, PyAny>) -> PyResult<Self> {
        let copy = self.__copy__(py);
        let data = py.import("copy")?.call_method1("deepcopy", (copy.data(py), memo))?;
        copy.set_data(data.unbind());
        Ok(copy)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<(Bound<'py, PyAny>, (String,))> {
        let (py, this) = (slf.py(), slf.get());
        let mut record = this.inner.clone();
        record.data = value::to_json(this.data(py).bind(py), None, usize::MAX)?;
        Ok((slf.getattr("_restore")?, (Json::from_serialize(&record)?.as_str().to_owned(),)))
    }

    /// One that was pickled.
    #[staticmethod]
    #[pyo3(name = "_restore")]
    fn restore(py: Python<'_>, text: String) -> Result<Self> {
        Self::of(py, Json::new(text)?.parse()?, None)
    }
}
