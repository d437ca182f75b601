//! Mistakes, by the names that all three languages know them by.

use std::path::Path;
use std::time::Duration;

use statehold::{Error, Json, OptionValue, Result, SetOptions, Spelling, Store, TransactionOptions, Value};
use statehold_tests::nested;

/// Makes a mistake; the folder holds a file that is no store and one of a newer format.
pub(crate) fn make(name: &str, folder: &Path) -> Result<()> {
    match name {
        "not a store" => Store::open(folder.join("notes.txt")).map(drop),
        "newer format" => Store::open(folder.join("newer.db")).map(drop),
        "folder" => Store::open(folder).map(drop),
        "missing" => Store::options().create(false).open(folder.join("missing.db")).map(drop),
        // The compiler notices it in Rust; the function beneath the bindings stands in for them.
        "misspelt option" => {
            Store::options().set("durabilty", &OptionValue::Text("full".to_owned()), Spelling::Snake)
        }
        "option out of range" => "sometimes".parse::<statehold::Durability>().map(drop),
        _ => make_in_store(name),
    }
}

fn make_in_store(name: &str) -> Result<()> {
    let store = Store::options().max_value_bytes(1000).open(":memory:")?;
    let ns = store.namespace("a");
    ns.set("text", "t")?;
    ns.set_bytes("bytes", b"b")?;
    ns.set("largest", &u64::MAX)?;
    let options = SetOptions::new();
    match name {
        "empty key" => ns.set("", &1).map(drop),
        "key with NUL" => ns.get_value("a\0b").map(drop),
        "long key" => ns.exists(&"k".repeat(1025)).map(drop),
        "long namespace" => store.namespace(&"n".repeat(256)).set("k", &1).map(drop),
        "unclosed range" => ns.list("a[b").map(drop),
        "not a number" => ns.set("k", &Users { users: (1, Age { age: f64::NAN }) }).map(drop),
        "integer out of range" => ns.set("k", &[1_u128 << 64]).map(drop),
        "nested too deep" => ns.set("k", &nested(101)).map(drop),
        "value too large" => ns.set("k", &"v".repeat(1000)).map(drop),
        "no time to live" => ns.set_with("k", &1, &options.ttl(Duration::ZERO)).map(drop),
        "ttl and keep_ttl" => ns.set_with("k", &1, &options.ttl(Duration::from_secs(1)).keep_ttl()).map(drop),
        "increment of a text" => ns.increment("text", 1).map(drop),
        "increment out of range" => ns.increment("largest", 1).map(drop),
        "merge into bytes" => ns.merge("bytes", &Json::new(r#"{"a":1}"#)?).map(drop),
        "ttl of a missing key" => ns.get_ttl("missing").map(drop),
        "absent but there" => ns.set_with("text", &1, &options.only_if_absent()).map(drop),
        "present but missing" => ns.set_with("missing", &1, &options.only_if_present()).map(drop),
        "other revision" => ns.set_with("bytes", &1, &options.if_revision(99)).map(drop),
        "check of an atomic commit" => {
            store.atomic().check("a", "text", None).set("a", "k", Value::json(&1)?).commit().map(drop)
        }
        "closed" => {
            store.close()?;
            ns.get_value("text").map(drop)
        }
        "ended transaction" => {
            let tx = store.begin(TransactionOptions::new())?;
            let inside = tx.namespace("a");
            tx.commit()?;
            inside.set("k", &1).map(drop)
        }
        other => panic!("{other} is not known"),
    }
}

#[derive(serde::Serialize)]
struct Users {
    users: (i32, Age),
}

#[derive(serde::Serialize)]
struct Age {
    age: f64,
}

/// The error as the test compares it: without its wording.
pub(crate) fn told(error: &Error) -> serde_json::Value {
    let fields = error.fields();
    let field = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, field)| field);
    let number = |wanted| match field(wanted) {
        Some(statehold::Field::Int(number)) => Some(*number),
        _ => None,
    };
    let path = match field("path") {
        Some(statehold::Field::Text(path)) if path.starts_with('$') => Some(path.clone()),
        _ => None,
    };
    serde_json::json!({
        "name": error.name(),
        "code": error.code(),
        "is_retryable": error.is_retryable(),
        "path": path,
        "found": number("found"),
        "expected": number("expected"),
    })
}
