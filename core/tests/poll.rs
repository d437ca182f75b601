//! Answers that are known without a look at the file.
//!
//! Goal: a poll gives what the call would, or nothing; it waits for nobody, and what it gives is judged at that moment.
//! Method: polls beside the calls, with a manual clock, from within a poll, and where each read counts.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use statehold::{Kept, ManualClock, NamespaceOptions, SetOptions, Store, TransactionOptions, Value};

use common::new_path;

/// Whatever the tests are run with.
const CACHE_BYTES: usize = 1 << 20;

fn open(path: &Path) -> Store {
    Store::options().cache_bytes(CACHE_BYTES).open(path).unwrap()
}

#[test]
fn a_poll_gives_what_the_call_does() {
    let (_folder, path) = new_path();
    let writer = open(&path);
    writer.namespace("a").set("json", &[1, 2]).unwrap();
    writer.namespace("a").set_bytes("bytes", &[0, 255]).unwrap();
    let store = open(&path);
    let ns = store.namespace("a");
    for key in ["json", "bytes", "none"] {
        assert!(ns.poll_value(key).unwrap().is_pending(), "{key} was not read yet");
        let value = ns.get_value(key).unwrap();
        assert_eq!(ns.poll_exists(key).unwrap(), Poll::Ready(value.is_some()));
        assert_eq!(ns.poll_entry(key).unwrap(), Poll::Ready(ns.entry(key).unwrap()));
        let kept = ns.poll_kept(key, |kept| match kept {
            Kept::Json(text) => Value::Json(std::str::from_utf8(text).unwrap().parse().unwrap()),
            Kept::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        });
        assert_eq!(kept.unwrap(), Poll::Ready(value.clone()));
        assert_eq!(ns.poll_value(key).unwrap(), Poll::Ready(value));
    }
    for (namespace, new) in [(&ns, "new"), (&writer.namespace("a"), "newer")] {
        namespace.set("json", new).unwrap();
        let new = Value::json(new).unwrap();
        let now = ns.poll_value("json").unwrap();
        assert!(now.is_pending() || now == Poll::Ready(Some(new)), "{now:?}");
    }
    for name in ["", "a\0b"] {
        assert!(ns.poll_value(name).unwrap().is_pending(), "the call refuses it");
    }
    store.close().unwrap();
    assert_eq!(ns.poll_value("json").unwrap_err().code(), "CLOSED");
}

#[test]
fn what_only_says_that_it_is_there_is_no_value() {
    let (_folder, path) = new_path();
    open(&path).namespace("a").set("k", &1).unwrap();
    let store = open(&path);
    let ns = store.namespace("a");
    assert!(ns.exists("k").unwrap());
    assert_eq!(ns.poll_exists("k").unwrap(), Poll::Ready(true));
    assert!(ns.poll_value("k").unwrap().is_pending());
    assert!(ns.poll_kept("k", |_| ()).unwrap().is_pending());
}

#[test]
fn a_poll_waits_for_nobody() {
    let (_folder, path) = new_path();
    let store = open(&path);
    let ns = store.namespace("a");
    ns.set("k", &1).unwrap();
    ns.get_value("k").unwrap();
    let before = store.stats();
    let other = ns.poll_kept("k", |_| {
        // The entry is being looked at here all the while.
        thread::scope(|scope| scope.spawn(|| ns.poll_value("k").unwrap()).join().unwrap())
    });
    assert_eq!(other.unwrap(), Poll::Ready(Some(Poll::Pending)));
    let after = store.stats();
    assert_eq!((after.cache_hits - before.cache_hits, after.cache_misses - before.cache_misses), (1, 0));
}

#[test]
fn what_is_kept_expires() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    let store = Store::options().cache_bytes(CACHE_BYTES).clock(clock.clone()).open(&path).unwrap();
    let ns = store.namespace("a");
    ns.set_with("k", &1, &SetOptions::new().ttl(Duration::from_secs(10))).unwrap();
    ns.get_value("k").unwrap();
    clock.advance(Duration::from_secs(9));
    assert_eq!(ns.poll_exists("k").unwrap(), Poll::Ready(true));
    clock.advance(Duration::from_secs(1));
    assert_eq!(ns.poll_kept("k", |_| ()).unwrap(), Poll::Ready(None));
    assert_eq!(ns.poll_exists("k").unwrap(), Poll::Ready(false));
}

#[test]
fn where_each_read_counts_the_call_is_made() {
    let (_folder, path) = new_path();
    let store = Store::options().cache_bytes(CACHE_BYTES).faults(true).open(&path).unwrap();
    let with_faults = store.namespace("a");
    with_faults.set("k", &1).unwrap();
    with_faults.get_value("k").unwrap();
    assert!(with_faults.poll_value("k").unwrap().is_pending());

    let (_folder, path) = new_path();
    let store = open(&path);
    store.namespace("a").set("k", &1).unwrap();
    store.namespace("a").get_value("k").unwrap();
    let sliding = store.namespace_with("a", NamespaceOptions::new().sliding(true));
    assert!(sliding.poll_value("k").unwrap().is_pending());
    let tx = store.begin(TransactionOptions::new()).unwrap();
    assert!(tx.namespace("a").poll_value("k").unwrap().is_pending());
    assert!(store.namespace("a").poll_value("k").unwrap().is_ready());
}
