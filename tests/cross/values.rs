//! Goal: every kind of value comes out equal, whichever language wrote it and whichever reads it. Method: each language
//! builds the values of `workers/values.json` and writes them; each language reads what each has written and spells
//! it, which must be what the description says. What JavaScript can't tell apart is taken as one: a float that is a
//! whole number within 2^53 is an integer there.

use serde_json::{Map, Value as Data, json};
use statehold::Store;
use statehold_tests::{from_hex, spell_float, spell_json, to_hex};

use crate::harness::{LANGUAGES, Language, Node, Worker, alone, new_path};

#[test]
fn every_value_of_every_language_is_read_by_every_language() {
    let _alone = alone();
    let values: Map<String, Data> = serde_json::from_str(include_str!("../workers/values.json")).unwrap();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    for worker in &mut workers {
        let writer = worker.language;
        for (key, value) in &values {
            let built = worker.ask(&json!({ "do": "put", "ns": ns(writer), "key": key, "value": value }));
            assert_eq!(built, spelled(value, writer == Node), "{writer:?} builds {key}");
        }
    }
    let mut compared = 0;
    for worker in &mut workers {
        for writer in LANGUAGES {
            let through_node = writer == Node || worker.language == Node;
            for (key, value) in &values {
                let read = worker.ask(&json!({ "do": "read", "ns": ns(writer), "key": key }));
                let pair = format!("{key}, written by {writer:?}, read by {:?}", worker.language);
                assert_eq!(read, spelled(value, through_node), "{pair}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, values.len() * 9);
    println!("{} values in 9 pairs of languages", values.len());
}

#[test]
fn a_value_goes_from_language_to_language() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    // Each language comes after each other one, and after itself.
    let order = [1, 2, 0, 1, 0, 0, 2, 2, 1, 1];
    for index in order {
        let word = format!("{:?} 東京", workers[index].language);
        workers[index].ask(&json!({ "do": "append", "ns": "relay", "key": "words", "word": word }));
    }
    let words: Vec<String> = order.iter().map(|index| format!("{:?} 東京", LANGUAGES[*index])).collect();
    for worker in &mut workers {
        let read = worker.ask(&json!({ "do": "read", "ns": "relay", "key": "words" }));
        assert_eq!(read, spell_json(&json!(words), false), "{:?}", worker.language);
    }
    let store = Store::open(&path).unwrap();
    assert_eq!(store.namespace("relay").get::<Vec<String>>("words").unwrap(), Some(words));
    assert_eq!(store.revision().unwrap(), 10);
}

fn ns(writer: Language) -> String {
    format!("written by {writer:?}")
}

/// The spelling of a described value, made from the description itself.
fn spelled(described: &Data, through_node: bool) -> String {
    let Data::Object(members) = described else { return described.to_string() };
    let (kind, what) = members.iter().next().unwrap();
    let inner = |value: &Data| spelled(value, through_node);
    match kind.as_str() {
        "int" => what.as_str().unwrap().to_owned(),
        "float" => {
            let float = f64::from_bits(u64::from_str_radix(what.as_str().unwrap(), 16).unwrap());
            let is_whole = float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0;
            let is_minus_zero = float == 0.0 && float.is_sign_negative();
            if through_node && is_whole && !is_minus_zero {
                format!("{float:.0}")
            } else {
                spell_float(float)
            }
        }
        "text" => text(what.as_str().unwrap()),
        "bytes" => format!("b{}", to_hex(&from_hex(what.as_str().unwrap()).unwrap())),
        "list" => format!("[{}]", what.as_array().unwrap().iter().map(inner).collect::<Vec<_>>().join(",")),
        "object" => {
            let members = what.as_array().unwrap().iter();
            let members =
                members.map(|pair| format!("{}:{}", text(pair[0].as_str().unwrap()), inner(&pair[1])));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        "nested" => (0..what.as_u64().unwrap()).fold("0".to_owned(), |inner, level| {
            if level % 2 == 0 { format!("[{inner}]") } else { format!("{{{}:{inner}}}", text("o")) }
        }),
        other => panic!("{other}"),
    }
}

fn text(text: &str) -> String {
    format!("s{}", to_hex(text.as_bytes()))
}
