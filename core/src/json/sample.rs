//! Random values for the property tests.

use proptest::prelude::*;
use serde_json::{Map, Number, Value};

/// Any finite float, the odd ones often.
pub(super) fn float() -> impl Strategy<Value = f64> {
    use proptest::num::f64;
    f64::NORMAL | f64::SUBNORMAL | f64::ZERO | f64::POSITIVE | f64::NEGATIVE
}

/// Any value that a store holds. Keys are few, so that two values share some.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-20..20_i64).prop_map(Number::from),
        float().prop_map(|float| Number::from_f64(float).expect("a finite float")),
    ];
    let text = prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,40}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number.prop_map(Value::Number),
        text.prop_map(Value::String),
    ];
    let key = prop_oneof![9 => "[abc]", 1 => any::<String>()];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
