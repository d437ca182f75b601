//! What methods take besides values: names, times, functions, numbers.

mod name;
mod number;
mod time;
mod version;
mod word;

use std::borrow::Cow;
use std::convert::Infallible;
use std::ops::Deref;

pub(crate) use name::{EnvironmentName, Id, Key, LifecycleName, Name, Pattern, PluginName, unencodable};
pub(crate) use number::Num;
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString};
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};
pub(crate) use time::{Moment, Span, Ttl, since_1970};
pub(crate) use version::{Functions, Version, Versioned};
pub(crate) use word::word;

pub(crate) const FLOAT: PyStaticExpr = type_hint_identifier!("builtins", "float");
pub(crate) const STR: PyStaticExpr = type_hint_identifier!("builtins", "str");
const ANY: PyStaticExpr = type_hint_identifier!("typing", "Any");
const STRINGS: PyStaticExpr = type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterable"), STR);
pub(crate) const MAPPING: PyStaticExpr =
    type_hint_subscript!(type_hint_identifier!("collections.abc", "Mapping"), STR, ANY);
const FUNCTION: PyStaticExpr = type_hint_subscript!(
    type_hint_identifier!("collections.abc", "Callable"),
    PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Ellipsis },
    ANY
);

/// Several keys, from any iterable but a `str`, which would be taken letter by letter.
pub(crate) struct Keys<'py>(Vec<Bound<'py, PyString>>);

impl<'py> Keys<'py> {
    /// Their texts.
    pub(crate) fn texts(&self) -> PyResult<Vec<&str>> {
        self.0.iter().map(PyStringMethods::to_str).collect()
    }

    /// Their texts with the objects that they came as.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&str, &Bound<'py, PyString>)> {
        self.0.iter().map(|key| (key.to_str().expect("it was when it was taken"), key))
    }
}

impl<'py> FromPyObject<'_, 'py> for Keys<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = STRINGS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("keys must be several: an iterable of str, not one str"));
        }
        let key = |key: PyResult<Bound<'py, PyAny>>| {
            let key = key?;
            key.extract::<Key<'_>>()?;
            Ok(key.cast_into::<PyString>()?)
        };
        object.try_iter()?.map(key).collect::<PyResult<_>>().map(Self)
    }
}

/// Keys with values, from a mapping or an iterable of pairs.
pub(crate) struct Pairs<'py>(pub(crate) Vec<(String, Bound<'py, PyAny>)>);

impl<'py> FromPyObject<'_, 'py> for Pairs<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        MAPPING,
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Iterable"),
            type_hint_subscript!(type_hint_identifier!("builtins", "tuple"), STR, ANY)
        )
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(dict) = object.cast_exact::<PyDict>() {
            // Nothing of the caller's is run meanwhile that could change it.
            let pair =
                |(key, value): (Bound<'py, PyAny>, _)| Ok((key.extract::<Key<'_>>()?.to_owned(), value));
            return dict.iter().map(pair).collect::<PyResult<_>>().map(Self);
        }
        let pairs = match object.cast::<PyMapping>() {
            Ok(mapping) => Cow::Owned(mapping.call_method0("items")?),
            Err(_) => Cow::Borrowed(&*object),
        };
        let pair = |item: PyResult<Bound<'py, PyAny>>| {
            let (key, value) = item?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            Ok((key.extract::<Key<'_>>()?.to_owned(), value))
        };
        pairs.try_iter()?.map(pair).collect::<PyResult<_>>().map(Self)
    }
}

/// What may be left out, where None is something else than nothing.
pub(crate) struct Given<'py>(pub(crate) Option<Bound<'py, PyAny>>);

impl Given<'_> {
    pub(crate) const NOTHING: Self = Self(None);
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ANY;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Some(object.to_owned())))
    }
}

/// A function of the caller's.
pub(crate) struct Function<'py>(Bound<'py, PyAny>);

impl<'py> Deref for Function<'py> {
    type Target = Bound<'py, PyAny>;

    fn deref(&self) -> &Bound<'py, PyAny> {
        &self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Function<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = FUNCTION;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_callable() {
            return Ok(Self(object.to_owned()));
        }
        Err(PyTypeError::new_err(format!("a function is needed, not {}", object.get_type().name()?)))
    }
}

/// A `list`. In a class with a method of that name the stub can't call it so.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for List<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("typing", "List"), T::OUTPUT_TYPE);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.into_pyobject(py)
    }
}

/// A `list` of texts, gathered in one piece: none has a place of its own before it is an object.
#[derive(Default)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }
}

impl<'py> IntoPyObject<'py> for Texts {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = List::<String>::OUTPUT_TYPE;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let texts = self.ends.iter().zip(starts).map(|(&end, &start)| &self.all[start..end]);
        Ok(PyList::new(py, texts)?.into_any())
    }
}

/// A `dict` of keys and values.
pub(crate) struct Dict<'py>(pub(crate) Bound<'py, PyDict>);

impl<'py> IntoPyObject<'py> for Dict<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = Infallible;
    const OUTPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("builtins", "dict"), STR, ANY);

    fn into_pyobject(self, _py: Python<'py>) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }
}
