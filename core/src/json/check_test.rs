//! The check takes what `serde_json` takes, less what a store doesn't hold, and says where the fault is.

use proptest::prelude::*;
use serde_json::Value;

use super::super::sample;
use super::check;
use crate::Error;
use crate::json::{MAX_DEPTH, MAX_INT, MIN_INT};

fn refusal(text: &str) -> (String, String) {
    match check(text) {
        Err(Error::InvalidValue { path, reason }) => (path, reason),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn valid_texts_pass() {
    for text in [
        "null",
        " \t\r\n true \t\r\n ",
        "false",
        "0",
        "-0",
        "-0.0",
        "1.5E+3",
        "1e-999999999999999999999",
        "0e999999999999999999999",
        "0.0000001e308",
        "1e308",
        "-9223372036854775808",
        "18446744073709551615",
        "1.7976931348623157e308",
        "123456789012345678901234567890.0",
        r#""""#,
        r#""\"\\\/\b\f\n\r\t\u00e4\ud834\udd1e\uD834\uDD1E""#,
        r#""\ud7ff\ue000\ud800\udc00\udbff\udfff""#,
        "\"\u{7f}ä𝄞\u{2028}\"",
        "[]",
        "[ ]",
        "{ }",
        r#"[1,[],{},"a" , null ]"#,
        r#"{ "a" : [ { "b" : { } } ] , "" : 1 }"#,
        r#"{"a":1,"a":2}"#,
    ] {
        assert!(check(text).is_ok(), "{text}");
    }
    for digits in [300, 308, 309] {
        assert!(check(&format!("1{}.0", "0".repeat(digits - 1))).is_ok(), "{digits} digits");
    }
}

#[test]
fn broken_texts_are_refused_with_path_and_byte() {
    for (text, path, byte) in [
        ("", "$", 0),
        (" ", "$", 1),
        ("nul", "$", 0),
        ("\u{feff}1", "$", 0),
        ("1 2", "$", 2),
        ("01", "$", 1),
        ("[01]", "$[0]", 2),
        ("-", "$", 1),
        ("+1", "$", 0),
        (".5", "$", 0),
        ("1.", "$", 2),
        ("1.e5", "$", 2),
        ("1e", "$", 2),
        ("1e+", "$", 3),
        ("NaN", "$", 0),
        ("-Infinity", "$", 1),
        ("[1,]", "$[1]", 3),
        ("[,1]", "$[0]", 1),
        ("[1 2]", "$[1]", 3),
        ("[1", "$[1]", 2),
        ("[1}", "$[1]", 2),
        ("]", "$", 0),
        ("[]]", "$", 2),
        ("{", "$", 1),
        (r#"{"a"}"#, "$", 4),
        (r#"{"a":}"#, "$.a", 5),
        (r#"{"a":1,}"#, "$", 7),
        (r#"{"a":1]"#, "$", 6),
        ("{a:1}", "$", 1),
        ("{1:1}", "$", 1),
        ("{'a':1}", "$", 1),
        (r#"{"users":[0,1,2,{"age":0x10}]}"#, "$.users[3]", 24),
        (r#"{"a b":["c",tru]}"#, r#"$["a b"][1]"#, 12),
        (r#""abc"#, "$", 4),
        ("[\"a\nb\"]", "$[0]", 3),
        (r#"["\x"]"#, "$[0]", 3),
        (r#"["\u12g4"]"#, "$[0]", 6),
        (r#"["\"#, "$[0]", 3),
        ("[1]\0", "$", 3),
        ("/**/1", "$", 0),
    ] {
        let (found, reason) = refusal(text);
        assert_eq!(found, path, "{text}: {reason}");
        assert!(reason.ends_with(&format!("(byte {byte})")), "{text}: {reason}");
    }
}

#[test]
fn values_that_a_store_does_not_hold_are_refused() {
    for (text, path, part) in [
        (r#"{"n":18446744073709551616}"#, "$.n", "2^64-1"),
        ("[-9223372036854775809]", "$[0]", "-2^63"),
        ("[1,123456789012345678901234567890]", "$[1]", "2^64-1"),
        ("1e309", "$", "64-bit float"),
        ("[1,-1.7976931348623159e308]", "$[1]", "64-bit float"),
        ("0.1e310", "$", "64-bit float"),
        ("1e99999999999999999999999", "$", "64-bit float"),
        (r#"{"s":"a\ud800"}"#, "$.s", "surrogate"),
        (r#"{"s":"\ud800\ud800"}"#, "$.s", "surrogate"),
        (r#"{"s":"\ud800a"}"#, "$.s", "surrogate"),
        (r#"{"s":"\udbff"}"#, "$.s", "surrogate"),
        (r#"{"s":"\udbff\ue000"}"#, "$.s", "surrogate"),
        (r#"{"s":"\udc00"}"#, "$.s", "surrogate"),
        (r#"{"a":{"\uDFFF":1}}"#, "$.a", "surrogate"),
    ] {
        let (found, reason) = refusal(text);
        assert_eq!(found, path, "{text}: {reason}");
        assert!(reason.contains(part), "{text}: {reason}");
    }
    let digits = "9".repeat(400);
    assert!(refusal(&digits).1.contains("2^64-1"));
    assert!(refusal(&format!("{digits}.5")).1.contains("64-bit float"));
}

#[test]
fn nesting_ends_at_the_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(check(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(refusal(&nested(MAX_DEPTH + 1)).0, format!("${}", "[0]".repeat(MAX_DEPTH)));
    let members = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    assert!(check(&members(MAX_DEPTH)).is_ok());
    assert_eq!(refusal(&members(MAX_DEPTH + 1)).0, format!("${}", ".a".repeat(MAX_DEPTH)));
    // A hostile text is refused long before its end, without recursion.
    assert!(check(&"[".repeat(10_000_000)).is_err());
}

/// The rules that go beyond `serde_json`, for a text that it takes: integers in range, nesting.
fn within_our_limits(text: &str) -> bool {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ']' | '}' => depth -= 1,
            '"' => {
                while let Some(char) = chars.next().filter(|&char| char != '"') {
                    if char == '\\' {
                        chars.next();
                    }
                }
            }
            '-' | '0'..='9' => {
                let mut literal = String::from(char);
                while let Some(char) = chars.next_if(|char| "0123456789.eE+-".contains(*char)) {
                    literal.push(char);
                }
                let is_float = literal.contains(['.', 'e', 'E']);
                if !is_float && !literal.parse().is_ok_and(|int: i128| (MIN_INT..=MAX_INT).contains(&int)) {
                    return false;
                }
            }
            _ => {}
        }
    }
    deepest <= MAX_DEPTH
}

fn agrees(text: &str) -> Result<(), TestCaseError> {
    let expected = serde_json::from_str::<Value>(text).is_ok() && within_our_limits(text);
    prop_assert_eq!(check(text).is_ok(), expected, "{}: {:?}", text, check(text));
    Ok(())
}

/// Pieces of JSON, whole and broken.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        " ",
        "\n",
        ",",
        ":",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\\",
        "\\\"",
        "\\n",
        "\\u",
        "\\ud83d",
        "\\ude00",
        "\\u00e4",
        "0",
        "00",
        "1",
        "-",
        "-0",
        "+",
        ".",
        "e",
        "E",
        "e5",
        "e-5",
        "e400",
        ".5",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "123456789012345678",
        "null",
        "true",
        "false",
        "nul",
        "a",
        "ä",
        "𝄞",
        "\u{1}",
        "\u{7f}",
        "\"a\":",
        "[[[[",
        "]]]]",
        "{\"a\":",
        "NaN",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn valid_values_pass(value in sample::value()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert!(check(&text).is_ok(), "{}: {:?}", text, check(&text));
        }
    }

    #[test]
    fn mutated_texts_pass_as_in_serde_json(
        value in sample::value(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, piece()), 1..4),
    ) {
        let mut chars: Vec<char> = serde_json::to_string(&value).unwrap().chars().collect();
        for (place, removed, piece) in edits {
            let start = place.index(chars.len() + 1);
            let end = (start + removed).min(chars.len());
            chars.splice(start..end, piece.chars());
        }
        agrees(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn heaps_of_pieces_pass_as_in_serde_json(pieces in prop::collection::vec(piece(), 0..8)) {
        agrees(&pieces.concat())?;
    }

    #[test]
    fn numbers_pass_as_in_serde_json(text in "-?[0-9]{1,22}(\\.[0-9]{0,3})?([eE][+-]?[0-9]{0,4})?") {
        agrees(&text)?;
    }

    #[test]
    fn strings_pass_as_in_serde_json(text in "\"(\\\\?[\\x00-\\x7fä𝄞]|\\\\u[dD][89abcdefABCDEF][0-9a-f]{2}){0,6}\"?") {
        agrees(&text)?;
    }
}
