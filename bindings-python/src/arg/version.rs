//! Versions of a plugin's state, and what there is for each.

use std::collections::BTreeMap;

use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyMapping};
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript};

use super::{ANY, FUNCTION, Function};
use crate::error::{Failure, Result};

/// The version of a plugin's state.
#[derive(Clone, Copy)]
pub(crate) struct Version(pub(crate) u32);

impl<'py> FromPyObject<'_, 'py> for Version {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = PyInt::TYPE_HINT;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let is_number = object.is_instance_of::<PyInt>() || object.is_instance_of::<PyFloat>();
        if is_number && !object.is_instance_of::<PyBool>() {
            // What is beyond a float is beyond every limit, too.
            return Ok(Self(statehold::version_from_number(object.extract().unwrap_or(f64::INFINITY))?));
        }
        Err(PyTypeError::new_err(format!("a version must be an int, not {}", object.get_type().name()?)))?
    }
}

/// Something for each of some versions, from a mapping.
pub(crate) struct Versioned<'py>(pub(crate) Vec<(u32, Bound<'py, PyAny>)>);

impl<'py> FromPyObject<'_, 'py> for Versioned<'py> {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Mapping"), PyInt::TYPE_HINT, ANY);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let mapping = object.cast::<PyMapping>().map_err(PyErr::from)?;
        let items = mapping.items()?;
        let item = |item: Bound<'py, PyAny>| {
            let (version, what) = item.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            Ok((version.extract::<Version>()?.0, what))
        };
        items.iter().map(item).collect::<Result<_>>().map(Self)
    }
}

/// Functions by the version that each leads to.
#[derive(Default)]
pub(crate) struct Functions(pub(crate) BTreeMap<u32, Py<PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Functions {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Mapping"), PyInt::TYPE_HINT, FUNCTION);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let functions = object.extract::<Versioned<'py>>()?.0.into_iter();
        let checked = functions
            .map(|(version, function)| Ok((version, function.extract::<Function<'py>>()?.0.unbind())));
        checked.collect::<Result<_>>().map(Self)
    }
}
