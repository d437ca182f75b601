//! Turns the core's errors into the exceptions of `statehold.errors`, which are written in Python so that
//! they pickle and derive from the built-in exceptions that fit.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyType};
use statehold::{Error, Field, Violation};

use crate::arg::since_1970;

/// The result of what Python calls.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error on its way to Python: the core's, or one that Python code raised (a callback, a conversion),
/// which goes through as it is. Converting waits until the GIL is held.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the core.
    Core(Error),
    /// An exception that is one already.
    Raised(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            // Attached already wherever a result is handed to Python, so this costs next to nothing.
            Failure::Core(error) => Python::attach(|py| exception(py, &error)),
            Failure::Raised(error) => error,
        }
    }
}

/// The exception for an error of the core.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

/// The exception for an error of the core that an exception has led to.
pub(crate) fn caused(py: Python<'_>, error: Error, cause: PyErr) -> PyErr {
    let error = exception(py, &error);
    error.set_cause(py, Some(cause));
    error
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let fields = PyDict::new(py);
    for (name, field) in error.fields() {
        // A reserved word, which can't be an attribute as it is.
        let name = if name == "from" { "from_" } else { name };
        match field {
            Field::Text(text) => fields.set_item(name, text)?,
            Field::Int(number) => fields.set_item(name, number)?,
            Field::Bool(on) => fields.set_item(name, on)?,
            Field::Duration(span) => fields.set_item(name, span.as_secs_f64())?,
            Field::Time(moment) => fields.set_item(name, since_1970(moment))?,
            Field::Names(names) => fields.set_item(name, names)?,
            Field::Violations(violations) => {
                let list = PyList::empty(py);
                for Violation { path, message, .. } in violations {
                    let violation = PyDict::new(py);
                    violation.set_item("path", path)?;
                    violation.set_item("message", message)?;
                    list.append(violation)?;
                }
                fields.set_item(name, list)?;
            }
            Field::None => fields.set_item(name, py.None())?,
        }
    }
    let exception = class(py, error)?.call((error.to_string(),), Some(&fields))?;
    Ok(PyErr::from_value(exception))
}

/// The class for an error, looked up in `statehold.errors` the first time.
fn class<'py>(py: Python<'py>, error: &Error) -> PyResult<&'py Bound<'py, PyType>> {
    static CLASSES: [PyOnceLock<Py<PyType>>; Error::CODES.len()] =
        [const { PyOnceLock::new() }; Error::CODES.len()];
    let index = Error::CODES
        .iter()
        .position(|(code, _)| *code == error.code())
        .expect("Error::CODES lists every code");
    CLASSES[index].import(py, "statehold.errors", error.name())
}
