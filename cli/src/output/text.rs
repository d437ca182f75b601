//! How things are put in words.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use data_encoding::BASE64;
use serde_json::json;
use statehold::{Json, Value};

/// What is stored may hold anything; on a terminal a control character is shown, not obeyed.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped =
        |char: char| if char.is_control() { char.escape_default().to_string() } else { char.into() };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// JSON as it is stored, but for control characters, which are escaped: they stand in texts only.
pub(crate) fn json_shown(json: &Json) -> Cow<'_, str> {
    // White space between its parts stays.
    let is_control = |char: char| char.is_control() && !char.is_ascii_whitespace();
    if !json.as_str().chars().any(is_control) {
        return Cow::Borrowed(json.as_str());
    }
    let escaped = |char: char| match char {
        char if is_control(char) => format!("\\u{:04x}", u32::from(char)),
        char => char.into(),
    };
    Cow::Owned(json.as_str().chars().map(escaped).collect())
}

/// A value on one line.
pub(crate) fn value_shown(value: &Value) -> String {
    match value {
        Value::Json(json) => json_shown(json).into_owned(),
        Value::Bytes(bytes) => format!("base64:{}", BASE64.encode(bytes)),
    }
}

/// A value as members of a document: `value`, or `bytes` as base64.
pub(crate) fn value_json(value: &Value) -> (&'static str, serde_json::Value) {
    match value {
        Value::Json(json) => ("value", json!(json)),
        Value::Bytes(bytes) => ("bytes", json!(BASE64.encode(bytes))),
    }
}

/// A moment for programs: RFC 3339, UTC, milliseconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

/// A moment for people, in UTC.
pub(crate) fn moment(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string().replace('T', " ")
}

/// How long ago a moment is.
pub(crate) fn ago(time: SystemTime) -> String {
    match SystemTime::now().duration_since(time) {
        Ok(passed) => format!("{} ago", span(passed)),
        Err(error) => format!("in {}", span(error.duration())),
    }
}

/// A span of time, in its two largest units.
pub(crate) fn span(span: Duration) -> String {
    // Nobody wants to know the milliseconds of an hour.
    let whole = match span.as_secs() {
        0 => Duration::from_millis(u64::from(span.subsec_millis())),
        1..60 => Duration::from_millis(span.as_secs() * 1000 + u64::from(span.subsec_millis())),
        _ => Duration::from_secs(span.as_secs()),
    };
    let text = humantime::format_duration(whole).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A span of time for programs.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A size.
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// A number of things.
pub(crate) fn count(number: u64, one: &str) -> String {
    match (number, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{number} {stem}ies"),
        _ => format!("{number} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(shown("a b"), "a b");
        assert_eq!(shown("a\tb\u{1b}[31m\u{9b}"), "a\\tb\\u{1b}[31m\\u{9b}");
        assert_eq!(shown("naïve 😀"), "naïve 😀");
    }

    #[test]
    fn json_stays_json_when_it_is_shown() {
        let json = Json::new("[\"a\u{7f}\u{9b}é\"]").unwrap();
        assert_eq!(json_shown(&json), "[\"a\\u007f\\u009bé\"]");
        assert_eq!(json_shown(&Json::new("[1]").unwrap()), "[1]");
    }

    #[test]
    fn spans_have_two_units() {
        assert_eq!(span(Duration::from_millis(0)), "0s");
        assert_eq!(span(Duration::from_millis(250)), "250ms");
        assert_eq!(span(Duration::from_millis(59_999)), "59s 999ms");
        assert_eq!(span(Duration::from_secs(3_661)), "1h 1m");
    }

    #[test]
    fn plurals() {
        assert_eq!(count(1, "key"), "1 key");
        assert_eq!(count(0, "key"), "0 keys");
        assert_eq!(count(2, "entry"), "2 entries");
    }
}
