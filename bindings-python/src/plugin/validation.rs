//! Asking whether a plugin's state is valid.

use pyo3::exceptions::PyException;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{type_hint_identifier, type_hint_subscript};
use statehold::{JsonSchema, Violation};

use crate::error::{Result, caused};
use crate::value::{self, Terms};

pub(super) fn validate(
    py: Python<'_>,
    plugin: &statehold::Plugin,
    terms: &Terms,
    validator: Option<&Bound<'_, PyAny>>,
) -> Result<bool> {
    match validator {
        None => Ok(py.detach(|| plugin.validate_registered())?),
        Some(function) if function.is_callable() => {
            let Some((data,)) = begin(py, plugin)? else { return Ok(true) };
            let valid = function.call1((data,)).and_then(|valid| valid.is_truthy());
            valid.map_err(|cause| failed(py, plugin, cause).into())
        }
        Some(schema) => {
            let schema = self::schema(terms, schema)?;
            Ok(py.detach(|| plugin.validate(&schema))?)
        }
    }
}

pub(super) fn begin<'py>(
    py: Python<'py>,
    plugin: &statehold::Plugin,
) -> Result<Option<(Bound<'py, PyAny>,)>> {
    let data = py.detach(|| plugin.begin_validation())?;
    data.map(|data| Ok((value::from_json(py, data.as_str())?,))).transpose()
}

/// The error of a validator that raised. What is no error, as Ctrl-C, goes through.
pub(super) fn failed(py: Python<'_>, plugin: &statehold::Plugin, cause: PyErr) -> PyErr {
    if !cause.is_instance_of::<PyException>(py) {
        return cause;
    }
    let reason = cause.to_string();
    caused(py, py.detach(|| plugin.validation_failed(&reason)), cause)
}

pub(super) fn violations(
    py: Python<'_>,
    plugin: &statehold::Plugin,
    terms: &Terms,
    schema: Option<&Bound<'_, PyAny>>,
) -> Result<Violations> {
    let schema = schema.map(|schema| self::schema(terms, schema)).transpose()?;
    let found = py.detach(|| match &schema {
        None => plugin.violations_registered(),
        Some(schema) => plugin.violations(schema),
    });
    Ok(Violations(found?))
}

pub(super) fn schema(terms: &Terms, schema: &Bound<'_, PyAny>) -> Result<JsonSchema> {
    Ok(JsonSchema::new(&terms.json(schema)?)?)
}

/// Broken rules, as a list of dicts with `path` and `message`.
pub(crate) struct Violations(pub(crate) Vec<Violation>);

impl<'py> IntoPyObject<'py> for Violations {
    type Target = PyList;
    type Output = Bound<'py, PyList>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "list"),
        type_hint_subscript!(
            type_hint_identifier!("builtins", "dict"),
            type_hint_identifier!("builtins", "str"),
            type_hint_identifier!("builtins", "str")
        )
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let list = PyList::empty(py);
        for Violation { path, message, .. } in self.0 {
            let violation = PyDict::new(py);
            violation.set_item("path", path)?;
            violation.set_item("message", message)?;
            list.append(violation)?;
        }
        Ok(list)
    }
}
