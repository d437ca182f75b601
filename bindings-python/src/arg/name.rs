//! Names, ids and patterns.

use std::ops::Deref;

use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyString;
use statehold::Error;

use super::STR;
use crate::error::Failure;

/// A name, borrowed from the `str` that it was given as. What can't be encoded can't be a name.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        pub(crate) struct $type<'a>(&'a str);

        impl Deref for $type<'_> {
            type Target = str;

            fn deref(&self) -> &str {
                self.0
            }
        }

        impl<'a, 'py> FromPyObject<'a, 'py> for $type<'a> {
            type Error = PyErr;
            const INPUT_TYPE: PyStaticExpr = STR;

            fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
                object.extract().map(Self).map_err(|error| unencodable($what, object, error))
            }
        }
    };
}

name!(/// A key.
    Key, "key");
name!(/// The name of a namespace.
    Name, "namespace");
name!(/// The id of a case, or of something in it.
    Id, "id");
name!(/// The name of a plugin.
    PluginName, "plugin");
name!(/// The name of an environment.
    EnvironmentName, "environment");
name!(/// The name of a lifecycle.
    LifecycleName, "lifecycle");
name!(/// A glob pattern.
    Pattern, "pattern");

impl Id<'_> {
    /// The scope that every case has.
    pub(crate) const ROOT: Id<'static> = Id("root");
}

impl LifecycleName<'_> {
    /// The one that is built in.
    pub(crate) const DEPLOYMENT: LifecycleName<'static> = LifecycleName("deployment");
}

impl Pattern<'_> {
    /// Everything.
    pub(crate) const ALL: Pattern<'static> = Pattern("*");
}

#[cold]
pub(crate) fn unencodable(what: &'static str, object: Borrowed<'_, '_, PyAny>, error: PyErr) -> PyErr {
    let Ok(text) = object.cast::<PyString>() else { return error };
    if !error.is_instance_of::<PyUnicodeEncodeError>(object.py()) {
        return error;
    }
    let reason = "it has lone surrogates, which UTF-8 can't hold".to_owned();
    Failure::from(Error::InvalidName {
        what,
        name: text.to_string_lossy().chars().take(80).collect(),
        reason,
    })
    .into()
}
