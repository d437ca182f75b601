//! Rust's types are written as `serde_json` writes them, and refusals name the path.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::Error;
use crate::json::{Json, MAX_DEPTH, MAX_INT, MIN_INT, Writer};

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(u8);

#[derive(Serialize)]
struct Pair(i8, char);

#[derive(Serialize)]
struct Record<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<u8>,
    none: Option<u8>,
    some: Option<u16>,
    #[serde(flatten)]
    more: BTreeMap<&'a str, i16>,
}

#[derive(Serialize)]
enum Shape {
    Unit,
    Newtype(Vec<u32>),
    Tuple(i32, f64),
    Struct { a: i64, b: () },
}

#[derive(Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    A { x: u64 },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Untagged {
    Text(&'static str),
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Colour {
    Red,
}

struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A map with one entry, whose key may be anything.
struct Keyed<K>(K);

impl<K: Serialize> Serialize for Keyed<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &true)?;
        map.end()
    }
}

struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("not today"))
    }
}

fn same<T: Serialize>(value: &T) {
    assert_eq!(Json::from_serialize(value).unwrap().as_str(), serde_json::to_string(value).unwrap());
}

fn refusal<T: Serialize>(value: &T) -> (String, String) {
    match Json::from_serialize(value) {
        Err(Error::InvalidValue { path, reason }) => (path, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_value_is_written_as_in_serde_json() {
    same(&());
    same(&Unit);
    same(&Newtype(7));
    same(&Pair(-1, 'ä'));
    same(&(1_u8, -2_i128, 3_u128, '"', "text", Some(Some(1)), None::<u8>));
    same(&(i64::MIN, u64::MAX, MIN_INT, MAX_INT, 0.1_f64, -0.0_f64));
    same(&Bytes(&[0, 9, 255]));
    same(&[Shape::Unit, Shape::Newtype(vec![1, 2]), Shape::Tuple(-1, 2.0), Shape::Struct { a: 1, b: () }]);
    same(&[Shape::Newtype(vec![]), Shape::Unit]);
    same(&Tagged::A { x: 1 });
    same(&Untagged::Text("x"));
    same(&std::net::Ipv4Addr::LOCALHOST);
    same(&Record {
        name: "a\nb",
        missing: None,
        none: None,
        some: Some(3),
        more: BTreeMap::from([("x", 1), ("y", -1)]),
    });
}

#[test]
fn a_small_float_keeps_its_value() {
    for float in [0.1_f32, f32::MAX, f32::MIN_POSITIVE, -0.0] {
        let json = Json::from_serialize(&float).unwrap();
        assert_eq!(json.parse::<f64>().unwrap().to_bits(), f64::from(float).to_bits());
        assert_eq!(json.parse::<f32>().unwrap().to_bits(), float.to_bits());
    }
}

#[test]
fn keys_become_strings_where_serde_json_does_so() {
    same(&Keyed("a\"b"));
    same(&Keyed('c'));
    same(&Keyed(-1_i8));
    same(&Keyed(u64::MAX));
    same(&Keyed(u128::MAX));
    same(&Keyed(true));
    same(&Keyed(Newtype(1)));
    same(&BTreeMap::from([(Colour::Red, 1)]));
}

#[test]
fn other_keys_are_refused() {
    assert!(refusal(&Keyed(1.5)).1.contains("a float"));
    assert!(refusal(&Keyed(1.5_f32)).1.contains("a float"));
    assert!(refusal(&Keyed(())).1.contains("nothing"));
    assert!(refusal(&Keyed(Some("a"))).1.contains("an option"));
    assert!(refusal(&Keyed([1])).1.contains("a tuple"));
    assert!(refusal(&Keyed(vec![1])).1.contains("a sequence"));
    assert!(refusal(&Keyed(Keyed("a"))).1.contains("a map"));
    assert!(refusal(&Keyed(Shape::Newtype(vec![]))).1.contains("a variant"));
    assert_eq!(refusal(&("x", Keyed(Bytes(&[])))).0, "$[1]");
}

#[test]
fn refusals_name_the_path() {
    assert_eq!(refusal(&BTreeMap::from([("a", vec![1.0, f64::NAN])])).0, "$.a[1]");
    assert_eq!(refusal(&[Shape::Tuple(1, f64::INFINITY)]).0, "$[0].Tuple[1]");
    assert_eq!(refusal(&(1, u128::MAX)).0, "$[1]");
    assert_eq!(refusal(&(1, MAX_INT + 1)).0, "$[1]");
    assert_eq!(refusal(&(1, MIN_INT - 1)).0, "$[1]");
    let (path, reason) = refusal(&BTreeMap::from([("a b", (1, Refuses))]));
    assert_eq!((path.as_str(), reason.as_str()), (r#"$["a b"][1]"#, "not today"));
}

#[test]
fn a_value_that_never_ends_is_refused() {
    struct Endless;
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            [self].serialize(serializer)
        }
    }
    assert_eq!(refusal(&Endless).0, format!("${}", "[0]".repeat(MAX_DEPTH)));
}

#[test]
fn raw_texts_are_checked_and_kept() {
    let raw = RawValue::from_string("{\"x\": 1.10}".to_owned()).unwrap();
    assert_eq!(Json::from_serialize(&(1, &raw)).unwrap().as_str(), r#"[1,{"x": 1.10}]"#);
    let raw = RawValue::from_string(r#"{"x":[1e999]}"#.to_owned()).unwrap();
    assert_eq!(refusal(&("a", raw)).0, "$[1].x[0]");
}

#[test]
fn a_json_is_a_part_like_any_other() {
    let json = Json::new(r#"{"b":[1.0,18446744073709551615],"a":null}"#).unwrap();
    same(&(&json, 1));
    assert_eq!(Json::from_serialize(&json).unwrap(), json);
    assert_eq!(serde_json::from_str::<Json>(json.as_str()).unwrap(), json);
}

#[test]
fn a_writer_goes_on_around_serde() {
    let mut writer = Writer::new();
    writer.begin_array().unwrap();
    writer.serialize(&Pair(1, 'x')).unwrap();
    writer.serialize(&Shape::Unit).unwrap();
    writer.end_array().unwrap();
    assert_eq!(writer.text().unwrap(), r#"[[1,"x"],"Unit"]"#);
}
