//! Exact integers, floats that stay floats, and sums that never wrap.

use proptest::prelude::*;

use super::super::sample;
use super::Number;
use crate::json::{Json, MAX_INT, MIN_INT};

fn read(text: &str) -> Option<Number> {
    Number::from_json(&Json::new(text).unwrap())
}

#[test]
fn literals_are_integers_or_floats() {
    assert_eq!(read("0"), Some(Number::Int(0)));
    assert_eq!(read(" -9223372036854775808\n"), Some(Number::Int(MIN_INT)));
    assert_eq!(read("18446744073709551615"), Some(Number::Int(MAX_INT)));
    assert_eq!(read("-0"), Some(Number::Int(0)));
    assert_eq!(read("1e2"), Some(Number::Float(100.0)));
    assert_eq!(read("2E0"), Some(Number::Float(2.0)));
    assert_eq!(read("-0.0").unwrap().to_string(), "-0.0");
}

#[test]
fn other_values_are_no_numbers() {
    for text in ["null", "true", "\"1\"", "[1]", "{}", "\"e1\""] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn sums_at_the_ends_of_the_range() {
    let add = |left: i128, right: i128| Number::Int(left).checked_add(Number::Int(right));
    assert_eq!(add(MAX_INT - 1, 1).unwrap(), Number::Int(MAX_INT));
    assert_eq!(add(MIN_INT + 1, -1).unwrap(), Number::Int(MIN_INT));
    assert_eq!(add(MAX_INT, MIN_INT).unwrap(), Number::Int(9_223_372_036_854_775_807));
    for (left, right) in [(MAX_INT, 1), (MIN_INT, -1), (i128::MAX, 1), (i128::MIN, -1)] {
        assert_eq!(add(left, right).unwrap_err().code(), "INVALID_VALUE");
    }
}

#[test]
fn a_float_makes_the_sum_a_float() {
    let sum = Number::from(1).checked_add(Number::from(1.0)).unwrap();
    assert_eq!(sum.to_json().unwrap().as_str(), "2.0");
    let sum = Number::from(0.5).checked_add(Number::from(-1_i64)).unwrap();
    assert_eq!(sum, Number::Float(-0.5));
    for (left, right) in [(f64::MAX, f64::MAX), (f64::NAN, 1.0), (f64::INFINITY, f64::NEG_INFINITY)] {
        let error = Number::from(left).checked_add(Number::from(right)).unwrap_err();
        assert_eq!(error.code(), "INVALID_VALUE");
    }
}

#[test]
fn what_json_lacks_is_refused_on_the_way_out() {
    assert!(Number::from(f64::NAN).to_json().is_err());
    assert!(Number::Int(MAX_INT + 1).to_json().is_err());
    assert!(Number::int(MAX_INT + 1).is_err());
    assert!(Number::int(MIN_INT - 1).is_err());
}

proptest! {
    #[test]
    fn integers_come_back(value in MIN_INT..=MAX_INT) {
        let number = Number::int(value).unwrap();
        let json = number.to_json().unwrap();
        prop_assert_eq!(json.as_str(), number.to_string());
        prop_assert_eq!(Number::from_json(&json), Some(number));
    }

    #[test]
    fn floats_come_back(value in sample::float()) {
        let json = Number::from(value).to_json().unwrap();
        prop_assert_eq!(json.as_str(), Number::from(value).to_string());
        match Number::from_json(&json) {
            Some(Number::Float(read)) => prop_assert_eq!(read.to_bits(), value.to_bits()),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn exact_sums(left in MIN_INT..=MAX_INT, right in MIN_INT..=MAX_INT) {
        let sum = Number::Int(left).checked_add(Number::Int(right));
        if (MIN_INT..=MAX_INT).contains(&(left + right)) {
            prop_assert_eq!(sum.unwrap(), Number::Int(left + right));
        } else {
            prop_assert!(sum.is_err());
        }
    }
}
