//! Carries the core's errors to JavaScript. napi errors hold a status and a text, on every path alike (thrown,
//! rejected by a task, rejected by a deferred), so the text is a JSON envelope from which the JavaScript layer
//! builds the error class (`src-ts/errors.ts`).

use serde_json::{Map, Value, json};
use statehold::{Error, Field};

/// The envelope for an error of the core. Needs no JavaScript thread.
pub(crate) fn envelope(error: &Error) -> napi::Error {
    let fields: Map<String, Value> =
        error.fields().into_iter().map(|(name, field)| in_js(name, field)).collect();
    let text = json!({
        "statehold": error.name(),
        "code": error.code(),
        "message": error.to_string(),
        "fields": fields,
    });
    napi::Error::from_reason(text.to_string())
}

/// A field under its JavaScript name: camelCase, and a span of time says its unit.
fn in_js(name: &str, field: Field) -> (String, Value) {
    let name = camel_case(name);
    match field {
        Field::Text(text) => (name, Value::from(text)),
        Field::Int(number) => (name, Value::from(number)),
        Field::Bool(on) => (name, Value::from(on)),
        Field::Duration(span) => (name + "Ms", Value::from(span.as_secs_f64() * 1000.0)),
        Field::Time(time) => {
            let since_epoch = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            (name + "Ms", Value::from(since_epoch.as_secs_f64() * 1000.0))
        }
        Field::Names(names) => (name, Value::from(names)),
        Field::Violations(violations) => {
            let violations = violations.into_iter();
            (
                name,
                violations
                    .map(|violation| json!({ "path": violation.path, "message": violation.message }))
                    .collect(),
            )
        }
        Field::None => (name, Value::Null),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut joined, word| {
        let mut letters = word.chars();
        joined.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        joined + letters.as_str()
    })
}
