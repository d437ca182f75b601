//! Documents: resources of a mock cloud as `dict`s of which a type checker knows the members, and what is taken as a part
//! of one.

use std::collections::BTreeMap;
use std::time::Duration;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyString};
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};
use serde::Serialize;
use statehold::Json;
use statehold::mock;

use crate::arg::{FLOAT, MAPPING, STR, Span};
use crate::error::{Failure, Result};
use crate::value::{from_json, to_json};

/// What is given as a document.
pub(crate) struct Document<T>(pub(crate) T);

/// The name of a document's type in `statehold.mock`.
trait Typed: Serialize {
    const HINT: PyStaticExpr;
}

macro_rules! typed {
    ($($core:ident),*) => {
        $(impl Typed for mock::$core {
            const HINT: PyStaticExpr = type_hint_identifier!("statehold.mock", stringify!($core));
        })*
    };
}

typed!(Backup, CloudState, Command, Costs, Instance, Parameter, Scenario, ScenarioInfo, Stack);

impl Typed for BTreeMap<String, mock::Parameter> {
    const HINT: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("builtins", "dict"), STR, mock::Parameter::HINT);
}

impl<'py, T: Typed> IntoPyObject<'py> for Document<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = Failure;
    const OUTPUT_TYPE: PyStaticExpr = T::HINT;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output> {
        from_json(py, Json::from_serialize(&self.0)?.as_str())
    }
}

/// What is taken as a document, or as a part of one.
pub(crate) struct Partial(pub(crate) Json);

impl<'py> FromPyObject<'_, 'py> for Partial {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = MAPPING;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        to_json(&object, None, usize::MAX).map(Self)
    }
}

/// How long starting and stopping take.
pub(crate) struct Transition(pub(crate) mock::Transition);

impl Transition {
    const WORDS: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("typing", "Literal"),
        PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Str("immediate") },
        PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Str("manual") }
    );
}

impl<'py> FromPyObject<'_, 'py> for Transition {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(Self::WORDS, Span::INPUT_TYPE);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        if let Ok(word) = object.cast::<PyString>() {
            return Ok(Self(word.to_str()?.parse()?));
        }
        Ok(Self(mock::Transition::After(object.extract::<Span>()?.0)))
    }
}

impl<'py> IntoPyObject<'py> for Transition {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = std::convert::Infallible;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_union!(Self::WORDS, FLOAT);

    fn into_pyobject(self, py: Python<'py>) -> std::result::Result<Self::Output, Self::Error> {
        let seconds = |span: Duration| PyFloat::new(py, span.as_secs_f64()).into_any();
        Ok(match self.0 {
            mock::Transition::Immediate => PyString::new(py, "immediate").into_any(),
            mock::Transition::Manual => PyString::new(py, "manual").into_any(),
            mock::Transition::After(span) => seconds(span),
        })
    }
}
