//! The RFC's own examples, a plain reference on parsed values, and texts that must survive as they are.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::sample;
use super::merge;
use crate::json::{Json, MAX_DEPTH};

fn merged(target: &str, patch: &str) -> String {
    merge(Some(&Json::new(target).unwrap()), &Json::new(patch).unwrap()).unwrap().into_string()
}

/// RFC 7396, appendix A.
#[test]
fn the_examples_of_the_rfc_hold() {
    for (target, patch, result) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(merged(target, patch), result, "{target} with {patch}");
    }
}

#[test]
fn a_missing_target_counts_as_an_empty_object() {
    let patch = Json::new(r#"{"a":1,"b":null,"c":{"d":null}}"#).unwrap();
    assert_eq!(merge(None, &patch).unwrap().as_str(), r#"{"a":1,"c":{}}"#);
    assert_eq!(merge(None, &Json::new("7").unwrap()).unwrap().as_str(), "7");
}

#[test]
fn numbers_survive_digit_for_digit() {
    let target =
        r#"{"f":1.0,"z":-0.0,"n":-0,"u":18446744073709551615,"i":-9223372036854775808,"long":1.1000}"#;
    let result = r#"{"f":1.0,"z":-0.0,"n":-0,"u":18446744073709551615,"i":-9223372036854775808,"long":1.1000,"p":2.50}"#;
    assert_eq!(merged(target, r#"{"p":2.50}"#), result);
}

#[test]
fn keys_are_compared_without_their_escapes() {
    assert_eq!(merged(r#"{"\u0061":1,"b\n":2}"#, r#"{"a":3,"b\u000a":null}"#), r#"{"\u0061":3}"#);
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    assert_eq!(merged(r#"{"a":1}"#, r#"{"a":2,"a":3,"b":4,"b":5}"#), r#"{"a":3,"b":5}"#);
    assert_eq!(merged("1", r#"{"b":4,"\u0062":5,"c":1,"c":null}"#), r#"{"\u0062":5}"#);
}

#[test]
fn white_space_does_no_harm() {
    let target = " { \"a\" : { \"b\" : [ 1 , 2 ] } , \"c\" : 1 } ";
    assert_eq!(merged(target, "\n{ \"a\" : { \"b\" : null , \"x\" : 3 }\t}"), r#"{"a":{"x":3},"c":1}"#);
    assert_eq!(merged(target, " { \"c\" : null } "), r#"{"a":{ "b" : [ 1 , 2 ] }}"#);
}

#[test]
fn the_deepest_values_merge_to_one_that_is_no_deeper() {
    let nested = |leaf: &str| r#"{"a":"#.repeat(MAX_DEPTH) + leaf + &"}".repeat(MAX_DEPTH);
    assert_eq!(merged(&nested("1"), &nested("2")), nested("2"));
    Json::new(merged(&nested("1"), r#"{"b":{}}"#)).unwrap();
}

#[test]
fn many_keys_merge_in_linear_time() {
    let object = |value: &str| {
        let members: Vec<_> = (0..50_000).map(|key| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(merged(&object("1"), &object("null")), "{}");
    assert_eq!(merged(&object("1"), &object("2")), object("2"));
}

#[test]
fn a_damaged_text_is_an_error() {
    let patch = Json::new(r#"{"a":{"b":1}}"#).unwrap();
    for target in ["{", r#"{"a""#, r#"{"a":{"b":1"#, r#"{"a":[1,2}"#, r#"{"\x":1}"#, "{1:2}"] {
        let result = merge(Some(&Json::trusted(target.to_owned())), &patch);
        assert_eq!(result.map_err(|error| error.code()), Err("SERIALIZATION"), "{target}");
    }
}

/// The pseudo code of the RFC.
fn reference(target: Option<&Value>, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut result = target.and_then(Value::as_object).cloned().unwrap_or_default();
    for (key, value) in patch {
        if value.is_null() {
            result = result.into_iter().filter(|(other, _)| other != key).collect::<Map<_, _>>();
        } else {
            let merged = reference(result.get(key), value);
            result.insert(key.clone(), merged);
        }
    }
    Value::Object(result)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn merging_follows_the_reference(target in sample::value(), patch in sample::value()) {
        let expected = reference(Some(&target), &patch);
        let result = merge(Some(&target.try_into().unwrap()), &patch.try_into().unwrap()).unwrap();
        prop_assert_eq!(result.as_str(), serde_json::to_string(&expected).unwrap());
    }

    #[test]
    fn no_text_makes_it_panic(
        target in "[\\[\\]{}\":,\\\\a1ä ]{0,20}",
        patch in "\\{[\\[\\]{}\":,\\\\a1ä ]{0,20}",
    ) {
        // Neither result matters, only that there is one.
        let _ = merge(Some(&Json::trusted(target.clone())), &Json::trusted(patch));
        let _ = merge(Some(&Json::trusted(target)), &Json::trusted(r#"{"a":{"a":1}}"#.to_owned()));
    }
}
