//! What the Rust programs beside the tests share: values that are described in data, and how a value is spelled
//! so that three languages can compare what each of them holds.
//!
//! A described value is `null`, `true`, `false`, or an object with one member: `{"int": "-1"}`,
//! `{"float": "3ff0000000000000"}` (its bits), `{"text": "…"}`, `{"bytes": "00ff"}`, `{"list": […]}`,
//! `{"object": [["name", …], …]}`, `{"nested": 100}` (so many arrays and objects in turn around a 0).
//!
//! A spelling is a text that is equal exactly if the values are: integers in decimal digits, floats as `f` and
//! their bits, texts as `s` and bytes as `b` with hexadecimal digits, `[…,…]`, `{…:…,…}`.
//! `workers/spelling.py` and `workers/spelling.mjs` do the same.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value as Data};
use sha2::{Digest, Sha256};
use statehold::Value;

/// The value that `described` describes.
///
/// # Errors
/// If it is no description.
pub fn build(described: &Data) -> Result<Value> {
    match described.get("bytes").and_then(Data::as_str) {
        Some(digits) => Ok(Value::Bytes(from_hex(digits)?)),
        None => Ok(Value::json(&build_json(described)?)?),
    }
}

fn build_json(described: &Data) -> Result<Data> {
    let Data::Object(members) = described else { return Ok(described.clone()) };
    let (kind, what) = members.iter().next().context("a description has a member")?;
    Ok(match (kind.as_str(), what) {
        ("int", Data::String(digits)) => match digits.parse::<u64>() {
            Ok(number) => number.into(),
            Err(_) => digits.parse::<i64>()?.into(),
        },
        ("float", Data::String(bits)) => f64::from_bits(u64::from_str_radix(bits, 16)?).into(),
        ("text", Data::String(text)) => text.clone().into(),
        ("list", Data::Array(items)) => Data::Array(items.iter().map(build_json).collect::<Result<_>>()?),
        ("object", Data::Array(pairs)) => {
            let mut object = Map::new();
            for pair in pairs {
                let name = pair[0].as_str().context("a name is a text")?;
                object.insert(name.to_owned(), build_json(&pair[1])?);
            }
            Data::Object(object)
        }
        ("nested", depth) => nested(depth.as_u64().context("a depth")?),
        _ => bail!("{described} describes no value"),
    })
}

/// So many arrays and objects in turn around a 0.
pub fn nested(depth: u64) -> Data {
    (0..depth).fold(Data::from(0), |inner, level| {
        if level % 2 == 0 {
            Data::Array(vec![inner])
        } else {
            Data::Object(Map::from_iter([("o".to_owned(), inner)]))
        }
    })
}

/// The spelling of a stored value.
///
/// # Errors
/// If its text can't be parsed.
pub fn spell(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Bytes(bytes) => format!("b{}", to_hex(bytes)),
        Value::Json(json) => spell_json(&json.parse()?, false),
    })
}

/// The spelling of JSON; with its names sorted, as digests need it that don't care for their order.
pub fn spell_json(value: &Data, sorted: bool) -> String {
    match value {
        Data::Null | Data::Bool(_) => value.to_string(),
        Data::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => spell_float(float),
            _ => number.to_string(),
        },
        Data::String(text) => format!("s{}", to_hex(text.as_bytes())),
        Data::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| spell_json(item, sorted)).collect();
            format!("[{}]", items.join(","))
        }
        Data::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("s{}:{}", to_hex(name.as_bytes()), spell_json(value, sorted)))
                .collect();
            if sorted {
                members.sort_unstable();
            }
            format!("{{{}}}", members.join(","))
        }
    }
}

/// The SHA-256 of the spelling with sorted names: what the languages of the demo compare values by.
pub fn digest(value: &Data) -> String {
    to_hex(&Sha256::digest(spell_json(value, true)))
}

/// The spelling of a float.
pub fn spell_float(float: f64) -> String {
    format!("f{:016x}", float.to_bits())
}

/// Bytes as hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
        text
    })
}

/// The bytes of hexadecimal digits.
///
/// # Errors
/// If they are none.
pub fn from_hex(digits: &str) -> Result<Vec<u8>> {
    (0..digits.len())
        .step_by(2)
        .map(|at| {
            let pair = digits.get(at..at + 2).context("hexadecimal digits come in pairs")?;
            Ok(u8::from_str_radix(pair, 16)?)
        })
        .collect()
}
