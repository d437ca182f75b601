//! Opening a store.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyDict, PyFloat, PyInt, PyString};
use statehold::{Error, OpenOptions, OptionValue, Spelling};

use crate::clock::ManualClock;
use crate::error::{Failure, Result};
use crate::plugin::Callbacks;
use crate::store::Store;
use crate::value::Terms;

/// Opens a store; `statehold.open` is the function to call.
#[pyfunction]
#[pyo3(signature = (path, *, default = None, clock = None, **options: "Any"))]
pub(crate) fn open(
    py: Python<'_>,
    path: PathBuf,
    default: Option<Py<PyAny>>,
    clock: Option<PyRef<'_, ManualClock>>,
    options: Option<&Bound<'_, PyDict>>,
) -> Result<Store> {
    let mut terms = OpenOptions::default();
    let mut max_value_bytes = usize::MAX;
    for (name, given) in options.into_iter().flatten() {
        let name: String = name.extract()?;
        if given.is_none() {
            continue;
        }
        terms.set(&name, &option(&name, &given)?, Spelling::Snake)?;
        if name == "max_value_bytes" {
            max_value_bytes = given.extract()?;
        }
    }
    if let Some(clock) = clock {
        terms = terms.clock(clock.0.clone());
    }
    let inner = py.detach(|| terms.open(path))?;
    let terms = Arc::new(Terms::new(default, max_value_bytes));
    Ok(Store { inner, terms, callbacks: Callbacks::default() })
}

fn option(name: &str, given: &Bound<'_, PyAny>) -> Result<OptionValue> {
    if let Ok(flag) = given.cast::<PyBool>() {
        Ok(OptionValue::Bool(flag.is_true()))
    } else if given.is_instance_of::<PyInt>() || given.is_instance_of::<PyFloat>() {
        Ok(OptionValue::Number(given.extract().unwrap_or(f64::INFINITY)))
    } else if let Ok(text) = given.cast::<PyString>() {
        Ok(OptionValue::Text(text.to_str()?.to_owned()))
    } else if given.is_instance_of::<PyDelta>() {
        Ok(OptionValue::Number(given.call_method0("total_seconds")?.extract()?))
    } else {
        let reason = format!("it must be a bool, a number or a text, not {}", given.get_type().name()?);
        Err(Failure::from(Error::InvalidValue { path: name.to_owned(), reason }))
    }
}
