//! Writes that are gathered and committed together.
//!
//! Goal: each write has the outcome that it would have alone, in the order in which they were given, and all of them take
//! one transaction. Method: the same random writes one by one on one store and together on another, which then must hold
//! and tell the same; and writes that fail in each way, between others that don't.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::time::Duration;

use statehold::{
    Condition, Error, IncrementOptions, Namespace, NamespaceOptions, Number, OperationFailure, Result,
    SetOptions, Store, Value, Write, Written,
};

use common::{Random, assert_journal_whole, new_path, seed};

#[derive(Debug, Clone)]
enum Step {
    Set(String, Value, SetOptions),
    Delete(String),
    Increment(String, Number),
}

impl Step {
    fn random(random: &mut Random) -> Self {
        let key = format!("k{}", random.below(6));
        match random.below(8) {
            0 | 1 => Self::Delete(key),
            2 | 3 => Self::Increment(key, i64::try_from(random.below(9)).unwrap().into()),
            kind => {
                // Apart from what is counted, which no bytes can be: an increment that fails may fail later.
                let key = if kind == 5 { format!("bytes{}", random.below(3)) } else { key };
                let mut options = SetOptions::new();
                options.condition = match random.below(6) {
                    0 => Condition::Absent,
                    1 => Condition::Present,
                    2 => Condition::Revision(random.below(20)),
                    _ => Condition::Always,
                };
                options.ttl = (kind == 4).then_some(Duration::from_secs(3_600));
                let value = if kind == 5 {
                    Value::Bytes(vec![7; 3])
                } else {
                    Value::json(&random.below(99)).unwrap()
                };
                Self::Set(key, value, options)
            }
        }
    }

    fn alone(self, ns: &Namespace) -> Result<Written> {
        match self {
            Self::Set(key, value, options) => ns.set_value(&key, value, &options).map(Written::Set),
            Self::Delete(key) => ns.delete(&key).map(Written::Deleted),
            Self::Increment(key, by) => ns.increment(&key, by).map(Written::Incremented),
        }
    }

    fn write(self, ns: &Namespace) -> Write {
        match self {
            Self::Set(key, value, options) => ns.to_set(key, value, options),
            Self::Delete(key) => ns.to_delete(key),
            Self::Increment(key, by) => ns.to_increment(key, by, IncrementOptions::new()),
        }
    }
}

fn told(result: Result<Written>) -> std::result::Result<Written, String> {
    result.map_err(|error| format!("{} {error}", error.code()))
}

fn held(ns: &Namespace) -> Vec<(String, Value, u64)> {
    let keys = ns.list("*").unwrap();
    let entry = |key: String| (ns.entry(&key).unwrap().unwrap(), key);
    keys.into_iter().map(entry).map(|(entry, key)| (key, entry.value, entry.revision)).collect()
}

#[test]
fn each_write_has_the_outcome_that_it_has_alone() {
    let seed = seed("each_write_has_the_outcome_that_it_has_alone");
    let mut random = Random(seed);
    for _ in 0..40 {
        let (one, other) = (Store::open(":memory:").unwrap(), Store::open(":memory:").unwrap());
        let (alone, together) = (one.namespace("a"), other.namespace("a"));
        for _ in 0..4 {
            let steps: Vec<_> = (0..random.below(20)).map(|_| Step::random(&mut random)).collect();
            let expected: Vec<_> = steps.iter().map(|step| told(step.clone().alone(&alone))).collect();
            let writes = steps.iter().map(|step| step.clone().write(&together)).collect();
            let found: Vec<_> = other.write_together(writes).into_iter().map(told).collect();
            assert_eq!(found, expected, "{steps:?}");
            assert_eq!(held(&together), held(&alone), "{steps:?}");
        }
        assert_journal_whole(&other);
    }
}

#[test]
fn they_take_one_transaction_and_each_a_revision() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let (a, b) = (store.namespace("a"), store.namespace("b"));
    a.set("k", &0).unwrap();
    let before = store.stats();
    let value = |number: u64| Value::json(&number).unwrap();
    let writes =
        (0..100).map(|n| if n % 2 == 0 { &a } else { &b }.to_set(n.to_string(), value(n), SetOptions::new()));
    let found = store.write_together(writes.collect());
    for (revision, written) in (2..).zip(found) {
        assert_eq!(written.unwrap(), Written::Set(revision));
    }
    let after = store.stats();
    assert_eq!((after.commits - before.commits, after.batches - before.batches), (100, 1));
    assert_eq!((a.count("*").unwrap(), b.count("*").unwrap()), (51, 50));
    assert_journal_whole(&store);
    assert!(store.write_together(Vec::new()).is_empty());
}

#[test]
fn what_fails_keeps_no_other_from_being_made() {
    let store = Store::options().max_value_bytes(100).open(":memory:").unwrap();
    let ns = store.namespace("a");
    let json = |text: &str| Value::json(text).unwrap();
    let odd = store.namespace_with("a", NamespaceOptions::new().ttl(Duration::ZERO));
    ns.set("text", "no number").unwrap();
    let found = store.write_together(vec![
        ns.to_set("one", json("1"), SetOptions::new()),
        ns.to_set("", json("2"), SetOptions::new()),
        ns.to_set("long", json(&"x".repeat(200)), SetOptions::new()),
        odd.to_set("odd", json("3"), SetOptions::new()),
        ns.to_increment("text", 1, IncrementOptions::new()),
        ns.to_set("one", json("4"), SetOptions::new().only_if_absent()),
        store.namespace("").to_delete("k"),
        ns.to_increment("float", 0.5, IncrementOptions::new()),
        ns.to_increment("great", u64::MAX, IncrementOptions::new()),
        ns.to_set("two", json("5"), SetOptions::new()),
    ]);
    let codes: Vec<_> = found.iter().map(|result| result.as_ref().map_or_else(Error::code, |_| "")).collect();
    let (name, value) = ("INVALID_NAME", "INVALID_VALUE");
    assert_eq!(codes, ["", name, value, value, value, "CONFLICT", name, "", "", ""]);
    assert_eq!(found[7].as_ref().unwrap(), &Written::Incremented(0.5.into()));
    assert_eq!(found[8].as_ref().unwrap(), &Written::Incremented(u64::MAX.into()));
    assert_eq!(ns.list("*").unwrap(), ["float", "great", "one", "text", "two"]);
    assert_eq!(ns.get::<String>("one").unwrap().as_deref(), Some("1"));
}

#[test]
fn what_can_not_be_folded_is_carried_out_all_the_same() {
    let (store, other) = (Store::open(":memory:").unwrap(), Store::open(":memory:").unwrap());
    let value = || Value::json(&1).unwrap();
    let tx = store.begin(statehold::TransactionOptions::new()).unwrap();
    let found = store.write_together(vec![
        tx.namespace("a").to_set("k", value(), SetOptions::new()),
        other.namespace("a").to_set("k", value(), SetOptions::new()),
        store.namespace("a").to_set("own", value(), SetOptions::new()),
    ]);
    let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [Written::Set(0), Written::Set(1), Written::Set(1)]);
    assert!(other.namespace("a").exists("k").unwrap() && !store.namespace("a").exists("k").unwrap());
    tx.commit().unwrap();
    assert!(store.namespace("a").exists("k").unwrap());
    store.close().unwrap();
    let late = store
        .write_together(vec![store.namespace("a").to_delete("k"), store.namespace("a").to_delete("own")]);
    assert!(late.iter().all(|result| result.as_ref().unwrap_err().code() == "CLOSED"));
}

#[test]
fn with_faults_each_is_a_call_of_its_own() {
    let store = Store::options().faults(true).open(":memory:").unwrap();
    let ns = store.namespace("a");
    let failure = OperationFailure::new().fail_next().error("Throttled", "slow down");
    store.faults().set_operation_failure("namespace.set", failure).unwrap();
    let write = |key: &str| ns.to_set(key, Value::json(&1).unwrap(), SetOptions::new());
    let found = store.write_together(vec![write("a"), write("b"), ns.to_delete("none")]);
    assert_eq!(found[0].as_ref().unwrap_err().code(), "FAULT");
    assert_eq!(found[1].as_ref().unwrap(), &Written::Set(1));
    store.faults().verify("namespace.set", 2).unwrap();
    store.faults().verify("namespace.delete", 1).unwrap();
    assert_eq!(ns.list("*").unwrap(), ["b"]);
}
