//! Numbers as a store holds them: exact integers and floats, never one for the other.

use std::fmt;

use super::Json;
use super::limit::{FLOAT_RANGE, INT_RANGE, MAX_INT, MIN_INT, NOT_FINITE};
use crate::{Error, Result};

/// A number: an exact integer from -2^63 to 2^64-1, or a 64-bit float.
///
/// ```
/// use statehold::Number;
///
/// let sum = Number::from(i64::MAX).checked_add(Number::from(1))?;
/// assert_eq!(sum, Number::Int(9_223_372_036_854_775_808));
/// assert_eq!(sum.to_json()?.as_str(), "9223372036854775808");
/// assert_eq!(Number::from(1.0).to_string(), "1.0");
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer within -2^63 and 2^64-1.
    Int(i128),
    /// A finite float.
    Float(f64),
}

impl Number {
    /// An integer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] outside of -2^63 to 2^64-1.
    pub fn int(value: i128) -> Result<Self> {
        if (MIN_INT..=MAX_INT).contains(&value) {
            Ok(Self::Int(value))
        } else {
            Err(Error::value("$", INT_RANGE))
        }
    }

    /// The number that `json` is, or `None` if it is something else.
    ///
    /// A literal with a fraction or an exponent is a float, any other an integer.
    ///
    /// ```
    /// use statehold::{Json, Number};
    ///
    /// assert_eq!(Number::from_json(&Json::new("7")?), Some(Number::Int(7)));
    /// assert_eq!(Number::from_json(&Json::new("7.0")?), Some(Number::Float(7.0)));
    /// assert_eq!(Number::from_json(&Json::new("\"7\"")?), None);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn from_json(json: &Json) -> Option<Self> {
        let text = json.as_str().trim_matches([' ', '\t', '\n', '\r']);
        if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return None;
        }
        if text.contains(['.', 'e', 'E']) {
            text.parse().ok().map(Self::Float)
        } else {
            text.parse().ok().and_then(|value| Self::int(value).ok())
        }
    }

    /// The number as a JSON value; a float keeps its point or exponent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for what can only be built by hand: a float that isn't finite, an `Int` outside of
    /// the range.
    pub fn to_json(self) -> Result<Json> {
        let mut writer = super::Writer::new();
        match self {
            Self::Int(value) => writer.int_i128(value)?,
            Self::Float(value) => writer.float(value)?,
        }
        writer.finish()
    }

    /// The sum. Two integers add exactly; with a float among them the sum is a float.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if an exact sum lies outside of -2^63 to 2^64-1, or a float isn't finite.
    pub fn checked_add(self, other: Self) -> Result<Self> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => {
                let sum = left.checked_add(right).and_then(|sum| Self::int(sum).ok());
                sum.ok_or_else(|| Error::value("$", format!("{left} + {right} overflows: {INT_RANGE}")))
            }
            (left, right) => {
                let sum = left.to_f64() + right.to_f64();
                if sum.is_finite() {
                    return Ok(Self::Float(sum));
                }
                let finite = left.to_f64().is_finite() && right.to_f64().is_finite();
                Err(Error::value("$", if finite { FLOAT_RANGE } else { NOT_FINITE }))
            }
        }
    }

    /// The nearest float.
    #[allow(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// The text that the number has in JSON.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(formatter),
            Self::Float(value) => formatter.pad(zmij::Buffer::new().format(*value)),
        }
    }
}

macro_rules! from_int {
    ($($int:ty),*) => {$(
        impl From<$int> for Number {
            fn from(value: $int) -> Self {
                Self::Int(i128::from(value))
            }
        }
    )*};
}

from_int!(i32, u32, i64, u64);

/// A float as it is; NaN and the infinities are refused where the number is used.
impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
