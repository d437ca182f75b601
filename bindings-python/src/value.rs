//! Values between Python and JSON text. What may be stored is the core's to say; here stands only which
//! Python type is which JSON type.

use jiter::{PythonParse, StringCacheMode};
use pyo3::prelude::*;
use statehold::Error;

use crate::error::Result;

/// JSON text of the store as Python objects: integers exact, keys in the order of the text.
pub(crate) fn from_json<'py>(py: Python<'py>, text: &str) -> Result<Bound<'py, PyAny>> {
    // Keys repeat from value to value; texts seldom do, and looking them up costs more than it saves.
    let parse = PythonParse { cache_mode: StringCacheMode::Keys, ..PythonParse::default() };
    parse.python_parse(py, text.as_bytes()).map_err(|error| {
        let reason = error.description(text.as_bytes());
        Error::Serialization { what: "a stored value".to_owned(), reason }.into()
    })
}
