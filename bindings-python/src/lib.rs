//! The Python binding: it converts types and errors and releases the GIL; every rule stands in the core.
#![allow(unsafe_code, reason = "pyo3's macros expand to unsafe code; there is none written by hand")]

mod error;
mod value;

/// The native half of the package `statehold`. Import `statehold` instead.
#[pyo3::pymodule]
mod _statehold {
    use pyo3::prelude::*;
    use statehold::Error;

    /// Every error code with the name of its class in `statehold.errors`.
    #[pyfunction]
    fn error_codes() -> Vec<(&'static str, &'static str)> {
        Error::CODES.to_vec()
    }

    /// The JSON text that a value is stored as.
    #[pyfunction]
    #[pyo3(signature = (value, default = None, *, max_bytes = None))]
    fn to_json(
        value: &Bound<'_, PyAny>,
        default: Option<&Bound<'_, PyAny>>,
        max_bytes: Option<usize>,
    ) -> PyResult<String> {
        Ok(crate::value::to_json(value, default, max_bytes.unwrap_or(usize::MAX))?.as_str().to_owned())
    }

    /// The value that a JSON text of the store stands for.
    #[pyfunction]
    fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        Ok(crate::value::from_json(py, text)?)
    }
}
