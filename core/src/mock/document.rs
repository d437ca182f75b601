//! Reading documents: what is wrong is told with its path, and with what would be right.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::resource::time;
use crate::clock::to_rfc3339;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::json::path::{self, Part};

/// The members that hold times.
const TIMES: [&str; 7] =
    ["completed_at", "created_at", "date", "due", "fetched_at", "last_modified", "last_updated"];

/// What a document holds. Times in it that are relative to now are made absolute.
pub(super) fn value<T: Serialize + ?Sized>(document: &T, now_ms: i64) -> Result<Value> {
    let mut value = Json::from_serialize(document)?.parse()?;
    resolve(&mut value, now_ms);
    Ok(value)
}

/// Makes relative times absolute. What is no such time is left for the reader to refuse.
pub(super) fn resolve(value: &mut Value, now_ms: i64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, now_ms)),
        Value::Object(members) => {
            for (key, member) in members {
                let absolute = member
                    .as_str()
                    .filter(|_| TIMES.contains(&key.as_str()))
                    .and_then(|text| time::relative(text, now_ms));
                match absolute {
                    Some(ms) => *member = to_rfc3339(ms).into(),
                    None => resolve(member, now_ms),
                }
            }
        }
        _ => {}
    }
}

/// Reads a value, which stands at `at` in a document, as a `T`.
pub(super) fn read<T: DeserializeOwned>(value: Value, at: &str) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let segments: Vec<Part<'_>> = error
            .path()
            .iter()
            .filter_map(|segment| match segment {
                Segment::Seq { index } => Some(Part::Index(*index)),
                Segment::Map { key } => Some(Part::Key(key)),
                Segment::Enum { .. } | Segment::Unknown => None,
            })
            .collect();
        Error::value(below(at, &segments), error.inner().to_string())
    })
}

/// The members of an object that stands at `at`.
pub(super) fn members(value: Value, at: &str) -> Result<Map<String, Value>> {
    match value {
        Value::Object(members) => Ok(members),
        other => Err(Error::value(at, format!("it is {}, and must be an object", kind(&other)))),
    }
}

/// The items of an array that stands at `at`.
pub(super) fn items(value: Value, at: &str) -> Result<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(Error::value(at, format!("it is {}, and must be an array", kind(&other)))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The path of a member of what stands at `at`.
pub(super) fn member(at: &str, key: &str) -> String {
    below(at, &[Part::Key(key)])
}

/// The path of an item of what stands at `at`.
pub(super) fn item(at: &str, index: usize) -> String {
    below(at, &[Part::Index(index)])
}

fn below(at: &str, parts: &[Part<'_>]) -> String {
    format!("{at}{}", &path::of(parts)[1..])
}

/// Puts the members of a patch over those of the target, objects member by member.
pub(super) fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match target.get_mut(&key) {
                    Some(old) => merge(old, value),
                    None => _ = target.insert(key, value),
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mock::resource::{Backup, Instance};

    fn refused<T: DeserializeOwned + std::fmt::Debug>(value: Value) -> String {
        read::<T>(value, "$.at").unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_has_a_path_and_what_would_be_right() {
        let error = refused::<Vec<Backup>>(json!([{"name": "a", "date": "now", "size": 1}]));
        assert!(error.contains("$.at[0].date") && error.contains("RFC 3339"), "{error}");
        let error = refused::<Backup>(json!({"name": "a", "sise": 1}));
        assert!(error.contains("$.at.sise") && error.contains("`size`"), "{error}");
        let error = refused::<Backup>(json!({"name": "a", "date": "2026-01-01T00:00:00Z", "size": -1}));
        assert!(error.contains("$.at.size") && error.contains("u64"), "{error}");
        let error = refused::<Instance>(json!({"instance_id": "i", "state": "runing"}));
        assert!(error.contains("$.at.state") && error.contains("there are running, stopped"), "{error}");
        let error = refused::<Instance>(json!({"instance_id": "i"}));
        assert!(error.contains("at $.at:") && error.contains("missing field `state`"), "{error}");
    }

    #[test]
    fn relative_times_are_made_absolute_where_times_stand() {
        let mut value =
            json!({"date": "now-1s", "value": "now", "deep": [{"due": "now"}], "created_at": {"date": "no"}});
        resolve(&mut value, 1_000);
        let then = "1970-01-01T00:00:00.000Z";
        let expected = json!({"date": then, "value": "now", "deep": [{"due": "1970-01-01T00:00:01.000Z"}], "created_at": {"date": "no"}});
        assert_eq!(value, expected);
    }

    #[test]
    fn objects_are_merged_and_all_else_replaced() {
        let mut target = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        merge(&mut target, json!({"a": {"c": [3], "e": null}, "d": {"f": 1}}));
        assert_eq!(target, json!({"a": {"b": 1, "c": [3], "e": null}, "d": {"f": 1}}));
    }
}
