//! Times: spans and moments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyFloat, PyInt};
use pyo3::{type_hint_identifier, type_hint_union};
use statehold::Error;

use super::FLOAT;
use crate::error::{Failure, Result};

const SECONDS: PyStaticExpr = type_hint_union!(FLOAT, type_hint_identifier!("datetime", "timedelta"));

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

impl Span {
    pub(crate) const SECOND: Self = Self(Duration::from_secs(1));
}

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

/// A moment as seconds since 1970.
pub(crate) fn since_1970(moment: SystemTime) -> f64 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
