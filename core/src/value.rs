//! What a key holds.

use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::from_ms;
use crate::engine::reader::Column;
use crate::engine::request::{Cell, Param};
use crate::error::{Error, Result};
use crate::json::Json;

/// A value: JSON, or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A JSON value, as text.
    Json(Json),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

impl Value {
    /// The JSON that `value` serialises to.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] as of [`Json::from_serialize`].
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Json::from_serialize(value).map(Self::Json)
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// [`Error::Serialization`] when it holds something else, bytes among them.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        match self {
            Self::Json(json) => json.parse(),
            Self::Bytes(bytes) => Err(Error::Serialization {
                what: "a key".to_owned(),
                reason: format!("it holds {} bytes, not JSON; read it as bytes", bytes.len()),
            }),
        }
    }

    /// The bytes as they are.
    ///
    /// # Errors
    /// [`Error::Serialization`] when it holds JSON.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Json(_) => Err(Error::Serialization {
                what: "a key".to_owned(),
                reason: "it holds JSON, not bytes; read it as JSON".to_owned(),
            }),
        }
    }

    /// The size of the text or of the bytes.
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Json(json) => json.as_str().len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    pub(crate) fn from_column(column: &Column<'_>) -> Self {
        match column {
            Column::Text(text) => Self::Json(Json::trusted((*text).to_owned())),
            Column::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }

    pub(crate) fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(Self::Json(Json::trusted(text))),
            Cell::Blob(bytes) => Some(Self::Bytes(bytes)),
            Cell::Int(_) | Cell::Null => None,
        }
    }

    pub(crate) fn into_param(self) -> Param {
        match self {
            Self::Json(json) => Param::Text(json.into_string().into_boxed_str()),
            Self::Bytes(bytes) => Param::Blob(bytes.into_boxed_slice()),
        }
    }

    pub(crate) fn check_size(&self, most: usize) -> Result<()> {
        check_size(self.byte_len(), most)
    }
}

/// Refuses what is larger than a store takes.
pub(crate) fn check_size(bytes: usize, most: usize) -> Result<()> {
    if bytes <= most {
        return Ok(());
    }
    Err(Error::value("$", format!("it has {bytes} bytes, the most is {most} (max_value_bytes)")))
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        Self::Json(json)
    }
}

/// A value and what the store knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// The revision that wrote it; 0 if the transaction that reads it has written it itself.
    pub revision: u64,
    /// When the key came to be.
    pub created_at: SystemTime,
    /// When the value was last written.
    pub updated_at: SystemTime,
    /// When the key expires; never if none.
    pub expires_at: Option<SystemTime>,
}

/// A row of the table, or what a transaction has made of it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) value: Value,
    pub(crate) times: Times,
}

/// All of a row but its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) revision: u64,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) ttl_ms: Option<i64>,
}

impl From<Stored> for Entry {
    fn from(stored: Stored) -> Self {
        let Stored { value, times } = stored;
        Self {
            value,
            revision: times.revision,
            created_at: from_ms(times.created_ms),
            updated_at: from_ms(times.updated_ms),
            expires_at: times.expires_ms.map(from_ms),
        }
    }
}
