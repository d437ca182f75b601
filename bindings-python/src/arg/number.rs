//! Numbers to count with.

use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};
use pyo3::{PyTypeInfo, type_hint_union};
use statehold::Number;

use super::FLOAT;
use crate::error::{Failure, Result};

/// A number to count with. A bool is none.
#[derive(Clone, Copy)]
pub(crate) struct Num(pub(crate) Number);

impl Num {
    pub(crate) const ZERO: Self = Self(Number::Int(0));
    pub(crate) const ONE: Self = Self(Number::Int(1));
}

impl<'py> FromPyObject<'_, 'py> for Num {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = FLOAT;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        if let Ok(number) = object.cast::<PyFloat>() {
            return Ok(Self(Number::Float(number.value())));
        }
        if object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>() {
            // Beyond 128 bits any number beyond the range will do: the core refuses it with the range.
            return Ok(Self(Number::Int(object.extract().unwrap_or(i128::MAX))));
        }
        let kind = object.get_type().name()?;
        Err(PyTypeError::new_err(format!("a number must be an int or a float, not {kind}")))?
    }
}

impl<'py> IntoPyObject<'py> for Num {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_union!(PyInt::TYPE_HINT, FLOAT);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(match self.0 {
            Number::Int(whole) => whole.into_pyobject(py)?.into_any(),
            Number::Float(float) => PyFloat::new(py, float).into_any(),
        })
    }
}
