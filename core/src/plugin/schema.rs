//! JSON Schema. The crate `jsonschema` is maintained, knows the drafts from 4 to 2020-12 as a whole, and lists all
//! that is wrong instead of the first thing.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::json::Json;
use crate::json::path::{self, Part};
use crate::violation::Violation;

/// How much is shown of a value that breaks a rule.
const SHOWN_CHARS: usize = 200;

/// A JSON Schema, read once: draft 4, 6, 7, 2019-09 or 2020-12, as its `$schema` says; the last one without
/// it. References lead within the schema; nothing is fetched from elsewhere.
///
/// ```
/// use statehold::{Json, JsonSchema};
///
/// let schema = Json::new(r#"{"type": "object", "required": ["name"], "properties": {"port": {"maximum": 65535}}}"#)?;
/// let schema = JsonSchema::new(&schema)?;
/// let violations = schema.violations(&Json::new(r#"{"port": 70000}"#)?)?;
/// assert_eq!(violations.len(), 2);
/// assert!(violations.iter().any(|violation| violation.path == "$.port"));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct JsonSchema {
    validator: Arc<jsonschema::Validator>,
}

impl JsonSchema {
    /// Reads a schema.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path in it of what can't be a schema.
    pub fn new(schema: &Json) -> Result<Self> {
        let schema: Value = schema.parse()?;
        let validator = jsonschema::options().offline().build(&schema).map_err(|error| {
            let reason = format!("it can't be a part of a JSON Schema: {}", cut(error.to_string()));
            Error::value(path_in(&schema, error.instance_path().as_str()), reason)
        })?;
        Ok(Self { validator: Arc::new(validator) })
    }

    /// Everything in `data` that breaks the schema; empty if it is valid.
    ///
    /// # Errors
    /// [`Error::Serialization`] for data that can't be read, which no stored data is.
    pub fn violations(&self, data: &Json) -> Result<Vec<Violation>> {
        let data: Value = data.parse()?;
        let found = self.validator.iter_errors(&data);
        let violations = found.map(|error| {
            Violation::new(path_in(&data, error.instance_path().as_str()), cut(error.to_string()))
        });
        Ok(violations.collect())
    }
}

impl std::fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonSchema").finish_non_exhaustive()
    }
}

/// The path that a JSON Pointer (RFC 6901) means in a value: of `/a/0`, whether 0 is an index or a key.
fn path_in(value: &Value, pointer: &str) -> String {
    let names: Vec<Cow<'_, str>> = pointer.split('/').skip(1).map(unescape).collect();
    let (mut at, mut parts) = (Some(value), Vec::new());
    for name in &names {
        let index = at.filter(|at| at.is_array()).and_then(|_| name.parse().ok());
        parts.push(index.map_or(Part::Key(name), Part::Index));
        at = at.and_then(|at| match index {
            Some(index) => at.get(index),
            None => at.get(&**name),
        });
    }
    path::of(&parts)
}

fn unescape(name: &str) -> Cow<'_, str> {
    if name.contains('~') { name.replace("~1", "/").replace("~0", "~").into() } else { name.into() }
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
