//! Lifecycles: which states there are, and which transitions between them.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use pyo3::{PyTypeInfo, type_hint_union};

use crate::arg::MAPPING;
use crate::error::{Failure, Result};
use crate::record::alike;
use crate::value;

/// The states of an environment and the transitions between them, to be registered by
/// `Environments.register_lifecycle`, which checks it.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Lifecycle {
    inner: statehold::Lifecycle,
}

alike!(Lifecycle(name, states, initial, terminal, errors, in_progress, transitions));

impl From<statehold::Lifecycle> for Lifecycle {
    fn from(inner: statehold::Lifecycle) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Lifecycle {
    #[new]
    #[pyo3(signature = (name, states, initial, transitions, *, terminal = Vec::new(), errors = Vec::new(), in_progress = Vec::new()),
           text_signature = "(name, states, initial, transitions, *, terminal=(), errors=(), in_progress=())")]
    fn new(
        name: String,
        states: Vec<String>,
        initial: String,
        transitions: Vec<(String, String)>,
        terminal: Vec<String>,
        errors: Vec<String>,
        in_progress: Vec<String>,
    ) -> Self {
        let mut inner = statehold::Lifecycle::deployment().clone();
        inner.name = name;
        inner.states = states;
        inner.initial = initial;
        inner.transitions = transitions;
        inner.terminal = terminal;
        inner.errors = errors;
        inner.in_progress = in_progress;
        Self { inner }
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// Every state.
    #[getter]
    fn states(&self) -> Vec<String> {
        self.inner.states.clone()
    }

    /// The state of an environment that has just been created.
    #[getter]
    fn initial(&self) -> &str {
        &self.inner.initial
    }

    /// The states in which no command is under way and none follows by itself.
    #[getter]
    fn terminal(&self) -> Vec<String> {
        self.inner.terminal.clone()
    }

    /// The states after a failure, which they keep.
    #[getter]
    fn errors(&self) -> Vec<String> {
        self.inner.errors.clone()
    }

    /// The states in which a command is under way. An environment that is left in one was interrupted.
    #[getter]
    fn in_progress(&self) -> Vec<String> {
        self.inner.in_progress.clone()
    }

    /// From which state to which.
    #[getter]
    fn transitions(&self) -> Vec<(String, String)> {
        self.inner.transitions.clone()
    }

    /// The states that a transition may lead to from `state`, in the order of the definition.
    fn allowed(&self, state: &str) -> Vec<String> {
        self.inner.allowed(state)
    }

    /// Whether a command is under way in this state.
    fn is_in_progress(&self, state: &str) -> bool {
        self.inner.is_in_progress(state)
    }

    /// Whether this is a state of the lifecycle that is none after a failure.
    fn is_success_state(&self, state: &str) -> bool {
        self.inner.is_success_state(state)
    }

    /// Whether this is a state after a failure.
    fn is_error_state(&self, state: &str) -> bool {
        self.inner.is_error_state(state)
    }

    /// Whether no command is under way in this state and none follows by itself.
    fn is_terminal_state(&self, state: &str) -> bool {
        self.inner.is_terminal_state(state)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((slf.getattr("_restore")?, (slf.get().inner.to_json().as_str().to_owned(),)))
    }

    /// One that was pickled.
    #[staticmethod]
    #[pyo3(name = "_restore")]
    fn restore(text: String) -> Result<Self> {
        Ok(Self { inner: statehold::Json::new(text)?.parse()? })
    }
}

/// A lifecycle, or a mapping with what it consists of.
pub(super) struct Definition(pub(super) statehold::Lifecycle);

impl<'py> FromPyObject<'_, 'py> for Definition {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(Lifecycle::TYPE_HINT, MAPPING);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        if let Ok(lifecycle) = object.cast::<Lifecycle>() {
            return Ok(Self(lifecycle.get().inner.clone()));
        }
        let mapping = object.cast::<PyMapping>().map_err(PyErr::from)?;
        let members = pyo3::types::PyDict::new(object.py());
        members.update(&mapping)?;
        let text = value::to_json(&members, None, usize::MAX)?;
        Ok(Self(statehold::Lifecycle::parse(text.as_str())?))
    }
}
