//! JSON text that is known to be valid.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{Writer, check};
use crate::{Error, Result};

/// One JSON value, as a text that was checked.
///
/// Two are equal if their texts are: `1.0` and `1.00` differ, as do objects whose keys stand in another order.
/// Parse them to compare values.
///
/// ```
/// use statehold::Json;
///
/// let json = Json::new(r#"{"name":"Ada","born":1815}"#)?;
/// let value: serde_json::Value = json.parse()?;
/// assert_eq!(value["born"], 1815);
///
/// let error = Json::new(r#"{"born":18446744073709551616}"#).unwrap_err();
/// assert!(error.to_string().contains("$.born"));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(String);

impl Json {
    /// Takes a text as it is, white space and all, if it is one JSON value that a store can hold.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] with the path, and for what isn't JSON the byte: for anything outside of
    /// RFC 8259, integers outside of -2^63 to 2^64-1, floats that overflow, lone surrogates, and nesting
    /// deeper than 100. Of a key that comes twice in an object readers take the last.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check::check(&text)?;
        Ok(Self(text))
    }

    /// The value that `value` serialises to, as compact text. Enums, map keys and bytes are written as
    /// `serde_json` does.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] with the path: for NaN and infinities, integers outside of -2^63 to 2^64-1, map keys
    /// that are no strings, integers, booleans or characters, nesting deeper than 100, and what the type itself refuses.
    ///
    /// ```
    /// use statehold::Json;
    ///
    /// assert_eq!(Json::from_serialize(&(1, 2.0, "three"))?.as_str(), r#"[1,2.0,"three"]"#);
    /// assert!(Json::from_serialize(&[f64::NAN]).is_err());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let mut writer = Writer::new();
        writer.serialize(value)?;
        writer.finish()
    }

    /// A text that was checked when it was written: it comes from a store or from the [`Writer`].
    pub(crate) fn trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    ///
    /// [`Error::Serialization`] if the value doesn't fit the type.
    ///
    /// ```
    /// let json = statehold::Json::new("[1, 2, 3]")?;
    /// assert_eq!(json.parse::<Vec<u32>>()?, [1, 2, 3]);
    /// assert!(json.parse::<Vec<String>>().is_err());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|error| Error::Serialization {
            what: "a JSON text".to_owned(),
            reason: error.to_string(),
        })
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Json({})", self.0)
    }
}

/// As [`Json::new`].
impl FromStr for Json {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        check::check(text)?;
        Ok(Self(text.to_owned()))
    }
}

/// As [`Json::from_serialize`]; fails for nesting deeper than 100.
impl TryFrom<serde_json::Value> for Json {
    type Error = Error;

    fn try_from(value: serde_json::Value) -> Result<Self> {
        Self::from_serialize(&value)
    }
}

impl AsRef<str> for Json {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Serialises as the value that the text stands for, so that a `Json` can be a part of a larger value.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parse::<serde_json::Value>().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// Takes any value.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(serde_json::Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
