//! What the writer writes is what `serde_json` writes, and no order of calls gets it to write anything else
//! than JSON.

use proptest::prelude::*;

use super::super::sample;
use super::Writer;
use crate::json::{Json, MAX_DEPTH, MAX_INT, MIN_INT};
use crate::{Error, Result};

fn path(error: Error) -> String {
    match error {
        Error::InvalidValue { path, .. } => path,
        other => panic!("{other}"),
    }
}

fn written(write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<String> {
    let mut writer = Writer::new();
    write(&mut writer)?;
    writer.finish().map(Json::into_string)
}

#[test]
fn floats_never_look_like_integers() {
    for (float, text) in [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (9_007_199_254_740_993.0, "9007199254740992.0"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (5e-324, "5e-324"),
    ] {
        assert_eq!(written(|writer| writer.float(float)).unwrap(), text);
    }
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(path(written(|writer| writer.float(float)).unwrap_err()), "$");
    }
    for int in [MIN_INT - 1, MAX_INT + 1, i128::MIN, i128::MAX] {
        assert_eq!(path(written(|writer| writer.int_i128(int)).unwrap_err()), "$");
    }
    for int in [MIN_INT, MAX_INT, 0] {
        assert_eq!(written(|writer| writer.int_i128(int)).unwrap(), int.to_string());
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    let mut writer = Writer::new();
    for _ in 0..MAX_DEPTH / 2 {
        writer.begin_array().unwrap();
        writer.begin_object().unwrap();
        writer.key("a").unwrap();
    }
    assert_eq!(path(writer.begin_array().unwrap_err()), format!("${}", "[0].a".repeat(50)));
    assert_eq!(path(writer.begin_object().unwrap_err()), format!("${}", "[0].a".repeat(50)));
    writer.null().unwrap();
    for _ in 0..MAX_DEPTH / 2 {
        writer.end_object().unwrap();
        writer.end_array().unwrap();
    }
    let text = writer.finish().unwrap().into_string();
    Json::new(text).unwrap();
}

#[test]
fn errors_name_the_position() {
    let mut writer = Writer::new();
    writer.begin_object().unwrap();
    writer.key("users").unwrap();
    writer.begin_array().unwrap();
    writer.null().unwrap();
    assert_eq!(path(writer.float(f64::NAN).unwrap_err()), "$.users[1]");
    writer.begin_object().unwrap();
    assert_eq!(path(writer.refuse("a key that is no string")), "$.users[1]");
    writer.key("a \"b\"").unwrap();
    assert_eq!(path(writer.int_i128(i128::MAX).unwrap_err()), r#"$.users[1]["a \"b\""]"#);
    writer.bool(true).unwrap();
    writer.end_object().unwrap();
    writer.end_array().unwrap();
    writer.end_object().unwrap();
    assert_eq!(writer.text().unwrap(), r#"{"users":[null,{"a \"b\"":true}]}"#);
}

#[test]
fn an_unfinished_or_empty_text_is_refused() {
    assert!(Writer::new().finish().is_err());
    assert!(written(Writer::begin_array).is_err());
    assert!(written(|writer| writer.begin_object().and_then(|()| writer.key("a"))).is_err());
}

#[test]
fn a_cleared_writer_starts_anew() {
    let mut writer = Writer::new();
    writer.begin_object().unwrap();
    writer.key("a").unwrap();
    writer.clear();
    writer.int_u64(1).unwrap();
    assert_eq!(writer.text().unwrap(), "1");
}

#[test]
fn the_limit_on_the_length_holds_to_the_byte() {
    for (text, fits) in [("1234567", true), ("12345678", true), ("123456789", false)] {
        let mut writer = Writer::with_limit(10);
        writer.string(text).unwrap();
        assert_eq!(writer.finish().is_ok(), fits, "{text}");
    }
}

#[test]
fn a_small_value_with_an_enormous_text_stops_early() {
    fn write(writer: &mut Writer, levels: usize) -> Result<()> {
        if levels == 0 {
            return writer.null();
        }
        writer.begin_array()?;
        for _ in 0..10 {
            write(writer, levels - 1)?;
        }
        writer.end_array()
    }
    let mut writer = Writer::with_limit(10_000);
    assert!(write(&mut writer, 90).is_err());
    assert!(writer.text.len() < 10_100);
}

#[test]
fn text_from_elsewhere_is_checked_at_its_depth() {
    let nested = |depth: usize| Json::new("[".repeat(depth) + &"]".repeat(depth)).unwrap();
    let mut writer = Writer::new();
    writer.begin_array().unwrap();
    writer.json(&nested(MAX_DEPTH - 1)).unwrap();
    let error = writer.json(&nested(MAX_DEPTH)).unwrap_err();
    assert_eq!(path(error), format!("$[1]{}", "[0]".repeat(MAX_DEPTH - 1)));
    assert_eq!(path(writer.raw(r#"{"a":tru}"#).unwrap_err()), "$[1].a");
    writer.json(&Json::new("{\"a\": 1.10}").unwrap()).unwrap();
    writer.end_array().unwrap();
    assert!(writer.finish().unwrap().as_str().ends_with(r#",{"a": 1.10}]"#));
}

/// A call of any kind.
#[derive(Debug, Clone)]
enum Call {
    Null,
    Float(f64),
    Int(i128),
    Text(String),
    Key(String),
    BeginArray,
    EndArray,
    BeginObject,
    EndObject,
    Raw(String),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        1 => Just(Call::Null),
        1 => any::<f64>().prop_map(Call::Float),
        1 => any::<i128>().prop_map(Call::Int),
        1 => any::<String>().prop_map(Call::Text),
        4 => any::<String>().prop_map(Call::Key),
        4 => Just(Call::BeginArray),
        2 => Just(Call::EndArray),
        4 => Just(Call::BeginObject),
        2 => Just(Call::EndObject),
        1 => "[\\[\\]{}1,]{0,4}".prop_map(Call::Raw),
    ]
}

proptest! {
    #[test]
    fn values_are_written_as_serde_json_writes_them(value in sample::value()) {
        let json = Json::from_serialize(&value).unwrap();
        prop_assert_eq!(json.as_str(), serde_json::to_string(&value).unwrap());
        prop_assert_eq!(json.parse::<serde_json::Value>().unwrap(), value);
    }

    #[test]
    fn strings_come_back(text in "\\PC*|[\\x00-\\x7f]*") {
        let json = Json::from_serialize(&text).unwrap();
        prop_assert_eq!(json.as_str(), serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn floats_come_back_bit_for_bit(float in sample::float()) {
        let text = written(|writer| writer.float(float)).unwrap();
        prop_assert!(text.contains(['.', 'e']), "{}", text);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), float.to_bits());
        prop_assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), float.to_bits());
    }

    #[test]
    fn no_order_of_calls_gives_anything_but_json(calls in prop::collection::vec(call(), 0..60)) {
        let mut writer = Writer::new();
        for call in calls {
            let before = writer.text.clone();
            let result = match call {
                Call::Null => writer.null(),
                Call::Float(value) => writer.float(value),
                Call::Int(value) => writer.int_i128(value),
                Call::Text(value) => writer.string(&value),
                Call::Key(key) => writer.key(&key),
                Call::BeginArray => writer.begin_array(),
                Call::EndArray => writer.end_array(),
                Call::BeginObject => writer.begin_object(),
                Call::EndObject => writer.end_object(),
                Call::Raw(text) => writer.raw(&text),
            };
            if result.is_err() {
                prop_assert_eq!(&writer.text, &before, "a refused call wrote something");
            }
        }
        while writer.text().is_err() {
            prop_assert!(writer.end_array().or_else(|_| writer.end_object()).or_else(|_| writer.null()).is_ok());
        }
        let text = writer.text().unwrap();
        prop_assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{}", text);
        prop_assert!(text.parse::<Json>().is_ok(), "{}", text);
    }
}
