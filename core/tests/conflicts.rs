//! Serialisable: which commit of somebody else is a conflict for a transaction, and which is not.
//!
//! Goal: the classic anomalies (write skew, phantoms, lost updates) don't happen, nor do false conflicts
//! where the specification rules them out. Method: each case is a table row: what a transaction reads,
//! what another commits before it does, and whether it may commit then.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not
#![allow(dropping_copy_types)] // what a read found does not matter here, only that it was read

mod common;

use statehold::{
    Error, ListOptions, ManualClock, Namespace, SetOptions, Store, Transaction, TransactionOptions,
};

use common::{ms, still};

fn stage() -> (ManualClock, Store) {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let ns = store.namespace("a");
    for (key, ttl) in [("b:1", None), ("b:2", None), ("c", Some(1_000)), ("d", None)] {
        let mut options = SetOptions::new();
        options.ttl = ttl.map(ms);
        ns.set_with(key, &0, &options).unwrap();
    }
    (clock, store)
}

/// Whether a transaction that read by `read` may commit after `other` was done.
fn commits(read: impl Fn(&Namespace), other: impl Fn(&Namespace, &ManualClock)) -> bool {
    let (clock, store) = stage();
    let tx: Transaction = store.begin(TransactionOptions::new()).unwrap();
    read(&tx.namespace("a"));
    tx.namespace("out").set("k", &1).unwrap();
    other(&store.namespace("a"), &clock);
    match tx.commit() {
        Ok(_) => true,
        Err(Error::Conflict { .. }) => {
            assert!(!store.namespace("out").exists("k").unwrap(), "a conflict writes nothing");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn get(key: &'static str) -> impl Fn(&Namespace) {
    move |ns| drop(ns.get_value(key).unwrap())
}

fn list(pattern: &'static str, limit: Option<usize>, reverse: bool) -> impl Fn(&Namespace) {
    move |ns| {
        let mut options = ListOptions::new().reverse(reverse);
        options.limit = limit;
        drop(ns.list_with(pattern, &options).unwrap());
    }
}

fn set(key: &'static str) -> impl Fn(&Namespace, &ManualClock) {
    move |ns, _| drop(ns.set(key, &1).unwrap())
}

fn delete(key: &'static str) -> impl Fn(&Namespace, &ManualClock) {
    move |ns, _| assert!(ns.delete(key).unwrap())
}

#[test]
fn a_key_that_was_read_and_changed_is_a_conflict() {
    assert!(!commits(get("d"), set("d")));
    assert!(!commits(get("d"), delete("d")));
    assert!(!commits(|ns| assert!(ns.exists("d").unwrap()), set("d")));
    assert!(!commits(|ns| drop(ns.batch_get(&["b:1", "d"]).unwrap()), set("d")));
    assert!(!commits(|ns| assert!(ns.delete("d").unwrap()), set("d")), "it told whether the key was there");
    assert!(!commits(|ns| drop(ns.increment("d", 1).unwrap()), set("d")));
    assert!(!commits(
        |ns| drop(ns.set_with("x", &1, &SetOptions::new().only_if_absent()).unwrap()),
        set("x")
    ));
}

#[test]
fn an_absent_key_that_was_read_and_made_is_a_conflict() {
    assert!(!commits(get("x"), set("x")));
    assert!(!commits(|ns| assert!(ns.get_ttl("x").is_err()), set("x")));
    assert!(!commits(|ns| assert!(!ns.delete("x").unwrap()), set("x")));
}

#[test]
fn writes_elsewhere_are_no_conflict() {
    assert!(commits(get("d"), set("b:1")), "another key of the namespace");
    assert!(commits(get("d"), |ns, _| drop(ns.delete("x").unwrap())), "a delete that did nothing");
    assert!(commits(list("b:*", None, false), set("c")), "a key outside of the range");
    assert!(commits(|ns| drop(ns.set("d", &5).unwrap()), set("d")), "a blind write reads nothing");
    assert!(commits(|_| (), |ns, _| drop(ns.clear().unwrap())));
}

#[test]
fn a_change_in_a_range_that_was_listed_is_a_conflict() {
    for reads in [
        |ns: &Namespace| drop(ns.list("b:*").unwrap()),
        |ns: &Namespace| drop(ns.count("b:*").unwrap()),
        |ns: &Namespace| assert_eq!(ns.items("b:*").unwrap().count(), 2),
    ] {
        assert!(!commits(reads, set("b:3")), "a phantom");
        assert!(!commits(reads, set("b:1")));
        assert!(!commits(reads, delete("b:2")));
        assert!(commits(reads, set("b3")));
    }
    assert!(!commits(|ns| drop(ns.clear().unwrap()), set("new")), "clear told how many there were");
}

#[test]
fn a_limited_list_reads_no_further_than_its_last_key() {
    assert!(commits(list("*", Some(2), false), set("d")), "beyond the limit");
    assert!(commits(list("*", Some(2), false), set("x")));
    assert!(!commits(list("*", Some(2), false), set("b:2")), "the last one itself");
    assert!(!commits(list("*", Some(2), false), set("b:11")), "in between");
    assert!(!commits(list("*", Some(9), false), set("x")), "the limit was not reached");
    assert!(commits(list("*", Some(1), true), set("b:1")), "from the other end");
    assert!(!commits(list("*", Some(1), true), set("e")));
    let after = |ns: &Namespace| {
        drop(ns.list_with("*", &ListOptions::new().start_after("b:2").limit(1)).unwrap());
    };
    assert!(commits(after, set("b:1")));
    assert!(!commits(after, set("bb")));
    let first = |ns: &Namespace| drop(ns.items("*").unwrap().next().unwrap().unwrap());
    assert!(!commits(first, set("b:1")));
}

#[test]
fn a_renewed_ttl_is_a_conflict_only_for_who_read_it() {
    let touch = |ns: &Namespace, _: &ManualClock| assert!(ns.touch("c").unwrap());
    assert!(commits(get("c"), touch));
    assert!(commits(list("*", None, false), touch));
    assert!(!commits(|ns| drop(ns.entry("c").unwrap()), touch));
    assert!(!commits(|ns| assert!(ns.get_ttl("c").unwrap().is_some()), touch));
}

#[test]
fn what_was_read_must_not_have_expired() {
    let wait = |by: u64| move |_: &Namespace, clock: &ManualClock| clock.advance(ms(by));
    assert!(commits(get("c"), wait(999)));
    assert!(!commits(get("c"), wait(1_000)), "at the commit the key is gone");
    assert!(commits(get("d"), wait(1_000)), "a key that never expires");
    assert!(!commits(|ns| assert!(ns.exists("c").unwrap()), wait(1_000)));
}

#[test]
fn what_was_listed_must_not_have_expired() {
    let wait = |by: u64| move |_: &Namespace, clock: &ManualClock| clock.advance(ms(by));
    assert!(commits(list("*", None, false), wait(999)));
    assert!(!commits(list("*", None, false), wait(1_000)), "a key of the list is gone");
    assert!(!commits(|ns| assert_eq!(ns.count("*").unwrap(), 4), wait(1_000)));
    assert!(!commits(|ns| assert_eq!(ns.items("*").unwrap().count(), 4), wait(1_000)));
    assert!(commits(list("b:*", None, false), wait(1_000)), "it was not in the list");
    assert!(commits(list("*", Some(1), false), wait(1_000)), "the list ended before it");
}

#[test]
fn a_shortened_ttl_is_a_conflict_once_the_key_is_gone() {
    let shorten = |ns: &Namespace, clock: &ManualClock| {
        assert!(ns.set_ttl("c", Some(ms(10))).unwrap());
        clock.advance(ms(10));
    };
    assert!(!commits(get("c"), shorten), "the transaction saw a key that is gone when it commits");
    assert!(!commits(list("*", None, false), shorten));
    let end = |ns: &Namespace, clock: &ManualClock| {
        assert!(ns.set_ttl("d", Some(ms(10))).unwrap());
        clock.advance(ms(10));
    };
    assert!(!commits(get("d"), end));
}

#[test]
fn an_expired_key_that_is_purged_is_no_conflict() {
    let (clock, store) = stage();
    clock.advance(ms(1_000));
    let tx = store.begin(TransactionOptions::new()).unwrap();
    assert_eq!(tx.namespace("a").list("*").unwrap(), ["b:1", "b:2", "d"]);
    assert!(!tx.namespace("a").exists("c").unwrap());
    tx.namespace("out").set("k", &1).unwrap();
    assert_eq!(store.purge_expired().unwrap(), 1);
    tx.commit().unwrap();
}

#[test]
fn write_skew_does_not_happen() {
    // Two doctors are on call, each may leave while the other stays: both read both, each writes one.
    let (_, store) = stage();
    let leave = |who: &'static str, other: &'static str| {
        let tx = store.begin(TransactionOptions::new()).unwrap();
        let on_call = tx.namespace("a");
        assert!(on_call.exists(who).unwrap() && on_call.exists(other).unwrap());
        on_call.delete(who).unwrap();
        tx
    };
    let (first, second) = (leave("b:1", "b:2"), leave("b:2", "b:1"));
    first.commit().unwrap();
    assert!(matches!(second.commit(), Err(Error::Conflict { .. })));
    assert_eq!(store.namespace("a").list("b:*").unwrap(), ["b:2"]);
}

#[test]
fn who_only_reads_never_conflicts() {
    let (clock, store) = stage();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let seen = tx.namespace("a").list("*").unwrap();
    let before = store.revision().unwrap();
    store.namespace("a").clear().unwrap();
    clock.advance(ms(10_000));
    assert_eq!(tx.namespace("a").list("*").unwrap(), seen, "it stays at its moment");
    assert_eq!(tx.commit().unwrap().revision, before);
}

#[test]
fn snapshots_stay_as_they_are() {
    let (clock, store) = stage();
    let snapshot = store.snapshot().unwrap();
    let before = store.revision().unwrap();
    store.namespace("a").clear().unwrap();
    store.namespace("a").set("x", &1).unwrap();
    clock.advance(ms(10_000));
    let seen = snapshot.namespace("a");
    assert_eq!(snapshot.revision(), before);
    assert_eq!(seen.list("*").unwrap(), ["b:1", "b:2", "c", "d"], "also what has expired meanwhile");
    assert_eq!(seen.get_ttl("c").unwrap(), Some(ms(1_000)));
    assert_eq!(seen.get::<i32>("d").unwrap(), Some(0));
    assert!(!seen.exists("x").unwrap());
    assert_eq!(seen.items("*").unwrap().count(), 4);
    snapshot.close();
    assert!(matches!(seen.list("*"), Err(Error::Closed { .. })));
}
