//! What methods take besides values: names, times, functions, numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Deref;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyDict, PyFloat, PyInt, PyMapping, PyString};
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use statehold::{Error, Number};

use crate::error::{Failure, Result};

const FLOAT: PyStaticExpr = type_hint_identifier!("builtins", "float");
pub(crate) const STR: PyStaticExpr = type_hint_identifier!("builtins", "str");
const ANY: PyStaticExpr = type_hint_identifier!("typing", "Any");
const SECONDS: PyStaticExpr = type_hint_union!(FLOAT, type_hint_identifier!("datetime", "timedelta"));
const STRINGS: PyStaticExpr = type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterable"), STR);
pub(crate) const MAPPING: PyStaticExpr =
    type_hint_subscript!(type_hint_identifier!("collections.abc", "Mapping"), STR, ANY);
const FUNCTION: PyStaticExpr = type_hint_subscript!(
    type_hint_identifier!("collections.abc", "Callable"),
    PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Ellipsis },
    ANY
);

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

/// A word of the core's: one of some, which a type checker knows.
macro_rules! word {
    ($(#[$doc:meta])* $type:ident, $core:ty, $($text:literal),*) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $type(pub(crate) $core);

        impl $type {
            const HINT: pyo3::inspect::PyStaticExpr = pyo3::type_hint_subscript!(
                pyo3::type_hint_identifier!("typing", "Literal"),
                $(pyo3::inspect::PyStaticExpr::Constant {
                    value: pyo3::inspect::PyStaticConstant::Str($text)
                }),*
            );
        }

        impl<'py> FromPyObject<'_, 'py> for $type {
            type Error = $crate::error::Failure;
            const INPUT_TYPE: pyo3::inspect::PyStaticExpr = Self::HINT;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
                Ok(Self(object.extract::<&str>()?.parse()?))
            }
        }

        impl<'py> IntoPyObject<'py> for $type {
            type Target = pyo3::types::PyString;
            type Output = Bound<'py, Self::Target>;
            type Error = std::convert::Infallible;
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = Self::HINT;

            fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
                Ok(pyo3::types::PyString::new(py, self.0.as_str()))
            }
        }
    };
}

pub(crate) use word;

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

/// Several keys, from any iterable but a `str`, which would be taken letter by letter.
pub(crate) struct Keys(Vec<String>);

impl Deref for Keys {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Keys {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = STRINGS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("keys must be several: an iterable of str, not one str"));
        }
        let keys = object.try_iter()?.map(|key| Ok(key?.extract::<Key<'_>>()?.to_owned()));
        keys.collect::<PyResult<_>>().map(Self)
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

/// The time that a key lives, in seconds or as a `timedelta`.
#[derive(Clone, Copy)]
pub(crate) struct Ttl(Duration);

impl From<Ttl> for Duration {
    fn from(ttl: Ttl) -> Self {
        ttl.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Ttl {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = SECONDS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        Ok(Self(statehold::ttl_from_seconds(seconds(&object)?)?))
    }
}

/// A span of time that may be 0.
pub(crate) struct Span(pub(crate) Duration);

impl<'py> FromPyObject<'_, 'py> for Span {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = SECONDS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let seconds = seconds(&object)?;
        let span = if seconds < 0.0 { None } else { span(seconds) };
        span.map(Self).ok_or_else(|| {
            invalid("seconds", format!("it must be a finite time of 0 or more, not {seconds}"))
        })
    }
}

/// A moment, in seconds since 1970.
pub(crate) struct Moment(pub(crate) SystemTime);

impl<'py> FromPyObject<'_, 'py> for Moment {
    type Error = Failure;
    const INPUT_TYPE: PyStaticExpr = SECONDS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let seconds = seconds(&object)?;
        let moment = span(seconds.abs()).and_then(|span| {
            if seconds < 0.0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) }
        });
        moment.map(Self).ok_or_else(|| invalid("seconds", format!("{seconds} is no time")))
    }
}

/// Rounded, as a float of today's date has no exact milliseconds.
fn span(seconds: f64) -> Option<Duration> {
    let micros = Duration::try_from_secs_f64(seconds).ok()? + Duration::from_nanos(500);
    Some(Duration::from_micros(u64::try_from(micros.as_micros()).ok()?))
}

fn invalid(path: &str, reason: String) -> Failure {
    Error::InvalidValue { path: path.to_owned(), reason }.into()
}

/// Seconds from a number or a `timedelta`.
fn seconds(object: &Bound<'_, PyAny>) -> Result<f64> {
    if let Ok(number) = object.cast::<PyFloat>() {
        Ok(number.value())
    } else if object.is_instance_of::<PyDelta>() {
        Ok(object.call_method0("total_seconds")?.extract()?)
    } else if object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>() {
        // What is beyond a float is beyond every limit, too.
        Ok(object.extract().unwrap_or(f64::INFINITY))
    } else {
        let kind = object.get_type().name()?;
        Err(PyTypeError::new_err(format!("a time must be seconds (int, float) or a timedelta, not {kind}")))?
    }
}

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

/// A moment as seconds since 1970.
pub(crate) fn since_1970(moment: SystemTime) -> f64 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
