//! Texts of which a type checker knows some or all.

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};

use crate::arg::{STR, unencodable, word};
use crate::error::Result;

/// A text with a hint of its own.
macro_rules! hinted {
    ($(#[$doc:meta])* $type:ident, $what:literal, $hint:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub(crate) struct $type(pub(crate) String);

        impl<'py> FromPyObject<'_, 'py> for $type {
            type Error = PyErr;
            const INPUT_TYPE: pyo3::inspect::PyStaticExpr = $hint;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                object.extract().map(Self).map_err(|error| unencodable($what, object, error))
            }
        }

        impl<'py> IntoPyObject<'py> for $type {
            type Target = PyString;
            type Output = Bound<'py, PyString>;
            type Error = std::convert::Infallible;
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = $hint;

            fn into_pyobject(self, py: Python<'py>) -> std::result::Result<Self::Output, Self::Error> {
                Ok(PyString::new(py, &self.0))
            }
        }
    };
}

macro_rules! literal {
    ($($text:literal),*) => {
        type_hint_subscript!(
            type_hint_identifier!("typing", "Literal"),
            $(pyo3::inspect::PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Str($text) }),*
        )
    };
}

hinted!(/// A state: of the deployment lifecycle, or of one that was registered.
State, "state", type_hint_union!(
    literal!(
        "created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released",
        "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"
    ),
    STR
));

hinted!(/// What was done to an environment.
Operation, "operation", literal!(
    "create", "save", "transition", "step", "recover", "delete", "take_over", "force_unlock"
));

word!(/// What kind of thing went wrong.
    FailureKind, statehold::FailureKind, "template_rendering", "infrastructure_operation", "network_connectivity",
    "command_execution", "timeout", "file_system", "configuration", "state_persistence", "other");
