//! The data format of the conformance cases (`tests/spec/README.md`): decoding, comparing, functions.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value as Case;
use statehold::{Json, Value};

/// Where every case's clock starts, in milliseconds since 1970.
pub(crate) const START_MS: i64 = 1_700_000_000_000;

/// A value of a case: everything that JSON, bytes and the encodings can say.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Absent,
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Data>),
    Map(Vec<(Data, Data)>),
    /// Stands for any text that contains this one.
    Containing(String),
}

/// What was saved for later steps.
pub(crate) type Saved = HashMap<String, Data>;

/// Every case, with the name of its file.
pub(crate) fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/spec/cases");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let file: Case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        all.extend(file["cases"].as_array().unwrap().iter().map(|case| (name.to_owned(), case.clone())));
    }
    assert!(all.len() > 1100, "only {} cases in {}", all.len(), folder.display());
    all
}

/// The value that a piece of a case's data stands for.
pub(crate) fn decode(data: &Case, saved: &Saved) -> Data {
    match data {
        Case::Null => Data::Null,
        Case::Bool(value) => Data::Bool(*value),
        Case::Number(number) => {
            number.as_i64().map_or_else(|| Data::Float(number.as_f64().unwrap()), |int| Data::Int(int.into()))
        }
        Case::String(text) => Data::Text(text.clone()),
        Case::Array(items) => Data::List(items.iter().map(|item| decode(item, saved)).collect()),
        Case::Object(members) => match members.iter().next() {
            Some((name, value)) if name.starts_with('$') => encoded(name, value, data, saved),
            _ => Data::Map(
                members
                    .iter()
                    .map(|(name, value)| (Data::Text(name.clone()), decode(value, saved)))
                    .collect(),
            ),
        },
    }
}

fn encoded(name: &str, value: &Case, whole: &Case, saved: &Saved) -> Data {
    let text = || value.as_str().unwrap();
    let number = |at: usize| usize::try_from(value[at].as_u64().unwrap()).unwrap();
    let pairs = || filled(value[0].as_str().unwrap(), number(1), number(2));
    match name {
        "$absent" => Data::Absent,
        "$bytes" => Data::Bytes(
            (0..text().len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text()[at..at + 2], 16).unwrap())
                .collect(),
        ),
        "$float" => Data::Float(match text() {
            "nan" => f64::NAN,
            "inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            "-0.0" => -0.0,
            bits => f64::from_bits(u64::from_str_radix(bits, 16).unwrap()),
        }),
        "$int" => Data::Int(text().parse().unwrap()),
        "$repeat" => Data::Text(value[0].as_str().unwrap().repeat(number(1))),
        "$concat" => {
            Data::Text(value.as_array().unwrap().iter().map(|part| decode(part, saved).text()).collect())
        }
        "$contains" => Data::Containing(text().to_owned()),
        "$nest" => (1..number(0)).fold(nest(&value[1], None), |inner, _| nest(&value[1], Some(inner))),
        "$object" => Data::Map(
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (decode(&pair[0], saved), decode(&pair[1], saved)))
                .collect(),
        ),
        "$keys" => Data::List(pairs().into_iter().map(|(key, _)| key).collect()),
        "$items" => {
            Data::List(pairs().into_iter().map(|(key, value)| Data::List(vec![key, value])).collect())
        }
        "$filled" => Data::Map(pairs()),
        "$saved" => {
            let found =
                saved.get(text()).unwrap_or_else(|| panic!("nothing was saved as {}", text())).clone();
            whole.get("field").map_or(found.clone(), |field| found.member(field.as_str().unwrap()))
        }
        other => panic!("unknown encoding {other}"),
    }
}

fn nest(kind: &Case, inner: Option<Data>) -> Data {
    if kind == "array" {
        Data::List(inner.into_iter().collect())
    } else {
        Data::Map(inner.into_iter().map(|inner| (Data::Text("a".to_owned()), inner)).collect())
    }
}

/// The keys and values that `fill` writes, from `start` up to `stop`, or backwards.
pub(crate) fn filled(prefix: &str, start: usize, stop: usize) -> Vec<(Data, Data)> {
    let pair = |number: usize| (Data::Text(format!("{prefix}{number:05}")), Data::Int(number as i128));
    if start <= stop { (start..stop).map(pair).collect() } else { (stop..start).rev().map(pair).collect() }
}

impl Data {
    pub(crate) fn text(&self) -> String {
        let Self::Text(text) = self else { panic!("{self:?} is no text") };
        text.clone()
    }

    pub(crate) fn member(&self, name: &str) -> Self {
        self.find_member(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).clone()
    }

    pub(crate) fn find_member(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else { panic!("{self:?} has no members") };
        members.iter().find_map(|(key, value)| matches!(key, Self::Text(key) if key == name).then_some(value))
    }

    /// Replaces a member where it is, or adds it at the end.
    pub(crate) fn set_member(&mut self, name: &str, value: Self) {
        let Self::Map(members) = self else { panic!("{self:?} has no members") };
        match members.iter_mut().find(|(key, _)| matches!(key, Self::Text(key) if key == name)) {
            Some((_, member)) => *member = value,
            None => members.push((Self::Text(name.to_owned()), value)),
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        let Self::List(items) = self else { panic!("{self:?} is no list") };
        items
    }

    pub(crate) fn seconds(&self) -> f64 {
        match self {
            Self::Int(seconds) => *seconds as f64,
            Self::Float(seconds) => *seconds,
            other => panic!("{other:?} is no number of seconds"),
        }
    }

    /// Whole milliseconds, to compare by.
    pub(crate) fn millis(&self) -> i64 {
        (self.seconds() * 1e3).round() as i64
    }

    /// Whole microseconds: without the dust of binary fractions.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_micros((self.seconds() * 1e6).round() as u64)
    }

    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Value::Json(json) => Self::of_json(json),
        }
    }

    pub(crate) fn of_json(json: &Json) -> Self {
        json.parse().unwrap()
    }

    pub(crate) fn to_value(&self) -> statehold::Result<Value> {
        match self {
            Self::Bytes(bytes) => Ok(Value::Bytes(bytes.clone())),
            other => Ok(Value::Json(Json::from_serialize(other)?)),
        }
    }
}

/// Equality without mercy: types, bits of floats, order of members unless it is none.
pub(crate) fn same(left: &Data, right: &Data, ordered: bool) -> bool {
    match (left, right) {
        (Data::Absent, Data::Absent) | (Data::Null, Data::Null) => true,
        (Data::Bool(left), Data::Bool(right)) => left == right,
        (Data::Int(left), Data::Int(right)) => left == right,
        (Data::Float(left), Data::Float(right)) => left.to_bits() == right.to_bits(),
        (Data::Text(left), Data::Text(right)) => left == right,
        (Data::Text(text), Data::Containing(part)) => text.contains(part),
        (Data::Bytes(left), Data::Bytes(right)) => left == right,
        (Data::List(left), Data::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right, true))
        }
        (Data::Map(left), Data::Map(right)) => {
            let (mut left, mut right): (Vec<_>, Vec<_>) = (left.iter().collect(), right.iter().collect());
            if !ordered {
                left.sort_by_key(|(key, _)| key.text());
                right.sort_by_key(|(key, _)| key.text());
            }
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(&left.0, &right.0, true) && same(&left.1, &right.1, true))
        }
        _ => false,
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Containing(_) => panic!("{self:?} can't be stored"),
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i128(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Data;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Data, A::Error> {
        let mut map = Vec::new();
        while let Some((name, value)) = members.next_entry::<String, Data>()? {
            map.push((Data::Text(name), value));
        }
        Ok(Data::Map(map))
    }
}
