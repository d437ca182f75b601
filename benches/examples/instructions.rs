//! So many cached gets, uncached gets, sets, batches of 1,000 sets, lists of 100 keys, or openings with a first get, to
//! be counted by callgrind; the command is in the README beside this crate. Instructions do not depend on what else the
//! machine does.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;

use statehold::{Durability, Json, Namespace, SetOptions, Store, Value};

const KEYS: u64 = 1_000;

fn key(number: u64) -> String {
    format!("key:{:05}", number % KEYS)
}

fn value(number: u64) -> Value {
    let text = format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"score":12.5,"note":"0123456789abcdef"}}"#
    );
    Value::Json(Json::new(text).unwrap())
}

/// What is counted.
#[inline(never)]
fn measured(ns: &Namespace, what: &str, keys: &[String], values: Vec<Value>) {
    if what == "set" {
        for (key, value) in keys.iter().zip(values) {
            black_box(ns.set_value(key, value, &SetOptions::new()).unwrap());
        }
        return;
    }
    if what == "list" {
        for pattern in keys {
            assert_eq!(black_box(ns.list(black_box(pattern)).unwrap()).len(), 100);
        }
        return;
    }
    if what == "batch" {
        let mut values = values.into_iter();
        for keys in keys.chunks(1_000) {
            black_box(ns.batch_set(keys.iter().zip(values.by_ref().take(keys.len())), None).unwrap());
        }
        return;
    }
    for key in keys {
        black_box(ns.get_value(black_box(key)).unwrap());
    }
}

/// What is counted of opening: as another process finds the store that nobody has open.
#[inline(never)]
fn measured_open(path: &Path) {
    let store = Store::options().durability(Durability::Normal).open(path).unwrap();
    black_box(store.namespace("bench").get_value("key:00007").unwrap()).unwrap();
    drop(store);
}

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().expect("cached, uncached, missing, set, batch, list or open");
    let times: u64 = args.next().expect("how often").parse().unwrap();
    let cache_bytes = if what == "uncached" { 0 } else { 32 << 20 };
    let folder = tempfile::tempdir().unwrap();
    // Only with a background do readers stay in a moment.
    let background = matches!(&*what, "uncached" | "list");
    let options =
        Store::options().durability(Durability::Normal).background(background).cache_bytes(cache_bytes);
    let path = folder.path().join("store");
    let store = options.open(&path).unwrap();
    let ns = store.namespace("bench");
    ns.batch_set((0..KEYS).map(|number| (key(number), value(number))), None).unwrap();
    if what == "open" {
        store.close().unwrap();
        drop((ns, store));
        for _ in 0..times {
            measured_open(&path);
        }
        return;
    }
    let keys: Vec<String> = (0..times)
        .map(|number| match &*what {
            "missing" => format!("none:{:05}", number % KEYS),
            "list" => format!("key:{:03}*", number % (KEYS / 100)),
            _ => key(number),
        })
        .collect();
    for key in &keys {
        ns.get_value(key).unwrap();
    }
    ns.list("*").unwrap();
    let values = if matches!(what.as_str(), "set" | "batch") {
        (0..times).map(|number| value(number + KEYS)).collect()
    } else {
        Vec::new()
    };
    measured(&ns, &what, &keys, values);
}
