//! What every [`StateBackend`] must do, as a suite that any implementation can be run through. A case
//! panics, with what it expected, when the implementation does otherwise.
//!
//! ```
//! use statehold::{ManualClock, MemoryBackend, backend::suite};
//!
//! suite::run(|clock: ManualClock| MemoryBackend::with_clock(clock));
//! ```

use std::time::Duration;

use super::StateBackend;
use crate::clock::ManualClock;
use crate::error::{Error, Result};
use crate::value::Value;

const MINUTE: Duration = Duration::from_secs(60);

/// Runs every case on a backend of its own, made by `make` on the clock that the case steers.
///
/// # Panics
/// When the implementation does not do what a backend must.
pub fn run<B: StateBackend>(make: impl Fn(ManualClock) -> B) {
    for (name, case) in CASES {
        let clock = ManualClock::new();
        let backend = make(clock.clone());
        let result = case(&backend, &clock);
        assert!(result.is_ok(), "case {name} failed: {result:?}");
    }
}

type Case = fn(&dyn StateBackend, &ManualClock) -> Result<()>;

const CASES: &[(&str, Case)] = &[
    ("values come back as they went in", values),
    ("namespaces are isolated", isolation),
    ("deleting says whether there was something", deletion),
    ("lists are sorted by bytes and match globs", lists),
    ("expired keys are gone at the millisecond", expiry),
    ("a TTL can be asked for and changed", ttl),
    ("batches are all or nothing", batches),
    ("transactions see what they wrote", own_writes),
    ("failed transactions leave nothing", rollback),
    ("names are checked", names),
    ("returned values are the caller's own", copies),
];

fn json(text: &str) -> Value {
    Value::Json(text.parse().expect("the suite's own JSON is valid"))
}

fn values(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    let all = [
        json("null"),
        json("true"),
        json("-9223372036854775808"),
        json("18446744073709551615"),
        json("-0.0"),
        json("\"\\u0000 ünïcode 😀\""),
        json("[]"),
        json("{\"b\":1,\"a\":[2.5,{}]}"),
        Value::Bytes(vec![]),
        Value::Bytes((0..=255).collect()),
    ];
    for value in all {
        backend.set("a", "k", value.clone(), None)?;
        assert_eq!(backend.get("a", "k")?, Some(value));
    }
    assert_eq!(backend.get("a", "missing")?, None);
    Ok(())
}

fn isolation(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    backend.set("a", "k", json("1"), None)?;
    backend.set("b", "k", json("2"), None)?;
    assert_eq!(backend.get("a", "k")?, Some(json("1")));
    assert_eq!(backend.clear_namespace("a")?, 1);
    assert_eq!(backend.clear_namespace("a")?, 0);
    assert_eq!(backend.get("b", "k")?, Some(json("2")));
    assert_eq!(backend.list("a", "*")?, Vec::<String>::new());
    Ok(())
}

fn deletion(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    assert!(!backend.delete("a", "k")?);
    backend.set("a", "k", json("1"), None)?;
    assert!(backend.exists("a", "k")?);
    assert!(backend.delete("a", "k")?);
    assert!(!backend.exists("a", "k")?);
    assert!(!backend.delete("a", "k")?);
    Ok(())
}

fn lists(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    for key in ["b", "a", "db:2", "db:10", "é", "\u{ffff}", "😀", "Z"] {
        backend.set("a", key, json("1"), None)?;
    }
    assert_eq!(backend.list("a", "*")?, ["Z", "a", "b", "db:10", "db:2", "é", "\u{ffff}", "😀"]);
    assert_eq!(backend.list("a", "db:*")?, ["db:10", "db:2"]);
    assert_eq!(backend.list("a", "[ab]")?, ["a", "b"]);
    assert_eq!(backend.list("a", "?")?, ["Z", "a", "b", "é", "\u{ffff}", "😀"]);
    assert_eq!(backend.list("nobody", "*")?, Vec::<String>::new());
    Ok(())
}

fn expiry(backend: &dyn StateBackend, clock: &ManualClock) -> Result<()> {
    backend.set("a", "k", json("1"), Some(MINUTE))?;
    backend.set("a", "for ever", json("1"), None)?;
    clock.advance(Duration::from_millis(59_999));
    assert!(backend.exists("a", "k")?);
    clock.advance(Duration::from_millis(1));
    assert!(!backend.exists("a", "k")?);
    assert_eq!(backend.get("a", "k")?, None);
    assert_eq!(backend.list("a", "*")?, ["for ever"]);
    assert_eq!(backend.batch_get("a", &["k", "for ever"])?, [("for ever".to_owned(), json("1"))]);
    assert!(!backend.set_ttl("a", "k", None)?);
    assert!(!backend.delete("a", "k")?);
    assert!(matches!(backend.get_ttl("a", "k"), Err(Error::KeyNotFound { .. })));
    backend.set("a", "gone", json("1"), Some(MINUTE))?;
    clock.advance(MINUTE);
    assert_eq!(backend.clear_namespace("a")?, 1, "an expired key does not count");
    Ok(())
}

fn ttl(backend: &dyn StateBackend, clock: &ManualClock) -> Result<()> {
    backend.set("a", "k", json("1"), Some(MINUTE))?;
    assert_eq!(backend.get_ttl("a", "k")?, Some(MINUTE));
    clock.advance(Duration::from_secs(20));
    assert_eq!(backend.get_ttl("a", "k")?, Some(Duration::from_secs(40)));
    assert!(backend.set_ttl("a", "k", Some(2 * MINUTE))?);
    assert_eq!(backend.get_ttl("a", "k")?, Some(2 * MINUTE));
    assert!(backend.set_ttl("a", "k", None)?);
    assert_eq!(backend.get_ttl("a", "k")?, None);
    backend.set("a", "k", json("2"), Some(MINUTE))?;
    backend.set("a", "k", json("3"), None)?;
    assert_eq!(backend.get_ttl("a", "k")?, None, "setting without a TTL clears the earlier one");
    let zero = backend.set("a", "k", json("4"), Some(Duration::ZERO));
    assert!(matches!(zero, Err(Error::InvalidValue { .. })), "{zero:?}");
    assert_eq!(backend.get("a", "k")?, Some(json("3")));
    Ok(())
}

fn batches(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    let entry = |key: &str, text: &str| (key.to_owned(), json(text));
    backend.batch_set("a", vec![entry("x", "1"), entry("y", "2")], None)?;
    assert_eq!(backend.batch_get("a", &["y", "missing", "x", "y"])?, [entry("y", "2"), entry("x", "1")]);
    let bad = backend.batch_set("a", vec![entry("z", "3"), entry("", "4")], None);
    assert!(matches!(bad, Err(Error::InvalidName { .. })), "{bad:?}");
    assert!(!backend.exists("a", "z")?, "the good half of a bad batch must not be there");
    backend.batch_set("a", vec![], None)?;
    assert_eq!(backend.batch_get("a", &[])?, []);
    Ok(())
}

fn own_writes(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    backend.set("a", "old", json("1"), None)?;
    backend.transaction(&mut |tx| {
        tx.set("a", "new", json("2"), None)?;
        tx.delete("a", "old")?;
        assert_eq!(tx.list("a", "*")?, ["new"]);
        assert_eq!(tx.get("a", "new")?, Some(json("2")));
        tx.transaction(&mut |inner| inner.set("b", "k", json("3"), None).map(|_| ()))?;
        assert!(tx.exists("b", "k")?, "a nested transaction joins the outer one");
        Ok(())
    })?;
    assert_eq!(backend.list("a", "*")?, ["new"]);
    assert_eq!(backend.get("b", "k")?, Some(json("3")));
    Ok(())
}

fn rollback(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    backend.set("a", "k", json("1"), None)?;
    let result = backend.transaction(&mut |tx| {
        tx.set("a", "k", json("2"), None)?;
        tx.set("b", "other", json("3"), None)?;
        tx.set("a", "", json("4"), None).map(|_| ())
    });
    assert!(matches!(result, Err(Error::InvalidName { .. })), "{result:?}");
    assert_eq!(backend.get("a", "k")?, Some(json("1")));
    assert!(!backend.exists("b", "other")?);
    Ok(())
}

#[allow(clippy::unnecessary_wraps)] // a case like the others
fn names(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    for (namespace, key) in [("", "k"), ("a", ""), ("a", "nul\0"), ("n\0", "k")] {
        let result = backend.set(namespace, key, json("1"), None);
        assert!(matches!(result, Err(Error::InvalidName { .. })), "{namespace:?} {key:?}: {result:?}");
    }
    let (long, longest) = ("k".repeat(1025), "k".repeat(1024));
    assert!(backend.set("a", &long, json("1"), None).is_err());
    assert!(backend.set("a", &longest, json("1"), None).is_ok());
    assert!(backend.set(&"n".repeat(256), "k", json("1"), None).is_err());
    Ok(())
}

fn copies(backend: &dyn StateBackend, _: &ManualClock) -> Result<()> {
    backend.set("a", "k", Value::Bytes(vec![1, 2]), None)?;
    if let Some(Value::Bytes(mut bytes)) = backend.get("a", "k")? {
        bytes.push(3);
    }
    assert_eq!(backend.get("a", "k")?, Some(Value::Bytes(vec![1, 2])));
    Ok(())
}
