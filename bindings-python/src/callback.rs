//! Functions of the caller's that are only told something: what they raise must not disturb what they are told of.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Calls a function, and logs what it raises.
pub(crate) fn tell<'py>(function: &Bound<'py, PyAny>, what: &str, told: impl IntoPyObject<'py>) {
    let py = function.py();
    let called = told.into_bound_py_any(py).and_then(|told| function.call1((told,)));
    if let Err(error) = called {
        log(py, function, what, &error);
    }
}

/// Logs that a function has raised.
pub(crate) fn log(py: Python<'_>, function: &Bound<'_, PyAny>, what: &str, error: &PyErr) {
    if let Err(failed) = try_log(py, what, error) {
        failed.write_unraisable(py, Some(function));
    }
}

fn try_log(py: Python<'_>, what: &str, error: &PyErr) -> PyResult<()> {
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // Ctrl-C is not the function's: it comes again as soon as the operation is over.
        py.import("_thread")?.call_method0("interrupt_main")?;
        return Ok(());
    }
    let logger = py.import("logging")?.call_method1("getLogger", ("statehold",))?;
    let options = PyDict::new(py);
    options.set_item("exc_info", error.value(py))?;
    logger.call_method("error", ("a callback of %s raised", what), Some(&options))?;
    Ok(())
}
