//! Clocks that jump.
//!
//! Goal: no key expires early because a clock stepped, and none that has expired comes back: not for
//! another handle with a clock of its own, not after a reopen. After a wild step forward the data is not
//! purged in the background at once. Method: manual clocks, one for each handle.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::time::{Duration, SystemTime};

use statehold::{Clock, ManualClock, SetOptions, Store};

use common::{ms, new_path, still};

const HOUR: Duration = Duration::from_secs(3_600);

fn back(clock: &ManualClock, by: Duration) {
    clock.set(clock.now() - by);
}

fn forward(clock: &ManualClock, by: Duration) {
    clock.set(clock.now() + by);
}

fn put(store: &Store, key: &str, ttl: Duration) {
    store.namespace("a").set_with(key, &1, &SetOptions::new().ttl(ttl)).unwrap();
}

fn exists(store: &Store, key: &str) -> bool {
    store.namespace("a").exists(key).unwrap()
}

#[test]
fn a_step_back_revives_nothing() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    put(&store, "k", ms(1_000));
    clock.advance(ms(1_000));
    assert!(!exists(&store, "k"));
    back(&clock, HOUR);
    let ns = store.namespace("a");
    assert!(!exists(&store, "k"));
    assert!(!ns.touch("k").unwrap() && !ns.set_ttl("k", None).unwrap() && !ns.delete("k").unwrap());
    assert_eq!(ns.list("*").unwrap(), Vec::<String>::new());
    assert_eq!(ns.count("*").unwrap(), 0);
    assert_eq!(store.namespaces("*").unwrap(), Vec::<String>::new());
    assert_eq!(ns.increment("k", 5).unwrap(), 5.into(), "it counts from nothing");
    store.transaction(|tx| tx.namespace("a").entry("k").map(|entry| assert!(entry.is_some()))).unwrap();
}

#[test]
fn a_ttl_runs_on_while_the_clock_is_behind() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    put(&store, "k", ms(1_000));
    back(&clock, HOUR);
    assert!(exists(&store, "k"), "it does not expire early");
    clock.advance(ms(999));
    assert!(exists(&store, "k"));
    clock.advance(ms(1));
    assert!(!exists(&store, "k"), "nor live an hour longer");
}

#[test]
fn steps_to_and_fro_expire_nothing_early() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    put(&store, "first", ms(1));
    back(&clock, HOUR);
    assert!(exists(&store, "first"));
    clock.advance(2 * HOUR);
    assert!(!exists(&store, "first"));
    put(&store, "k", Duration::from_secs(60));
    back(&clock, ms(1_000));
    assert!(exists(&store, "k"), "a step back by a second took more than a minute away");
    forward(&clock, ms(1_000));
    clock.advance(Duration::from_secs(59));
    assert!(exists(&store, "k"));
    clock.advance(ms(1_000));
    assert!(!exists(&store, "k"));
}

#[test]
fn what_has_expired_stays_so_after_a_reopen() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    let start = clock.now();
    let store = still(&clock).open(&path).unwrap();
    put(&store, "k", ms(1_000));
    clock.advance(ms(1_000));
    // Nothing is committed after this look, which is all that the next handle can know of the time.
    assert!(!exists(&store, "k"));
    store.close().unwrap();
    let clock = ManualClock::at(start);
    let store = still(&clock).open(&path).unwrap();
    assert!(!exists(&store, "k"));
    assert!(!store.namespace("a").touch("k").unwrap());
    assert_eq!(store.purge_expired().unwrap(), 1);
}

/// Two handles on one store, whose clocks stand an hour apart.
fn apart() -> (tempfile::TempDir, [(ManualClock, Store); 2]) {
    let (folder, path) = new_path();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let handles = [now, now + HOUR].map(|at| {
        let clock = ManualClock::at(at);
        (clock.clone(), still(&clock).open(&path).unwrap())
    });
    (folder, handles)
}

#[test]
fn what_one_handle_has_seen_expire_is_gone_for_the_other() {
    let (_folder, [(_, slow), (_, fast)]) = apart();
    put(&slow, "k", ms(1_000));
    assert!(exists(&slow, "k"));
    assert!(!exists(&fast, "k"), "an hour later it is gone");
    assert!(!exists(&slow, "k"), "and so it is for the handle whose clock is behind");
}

#[test]
fn what_one_handle_has_seen_expire_another_can_not_write_to() {
    for write in 0..6 {
        let (_folder, [(_, slow), (_, fast)]) = apart();
        put(&slow, "k", ms(1_000));
        assert!(!exists(&fast, "k"));
        // The first thing that the slow handle does from here on is a write.
        let ns = slow.namespace("a");
        match write {
            0 => assert!(!ns.touch("k").unwrap(), "touch"),
            1 => assert!(!ns.set_ttl("k", Some(2 * HOUR)).unwrap(), "set_ttl"),
            2 => assert!(!ns.delete("k").unwrap(), "delete"),
            3 => assert_eq!(ns.pop("k").unwrap(), None, "pop"),
            4 => assert_eq!(ns.increment("k", 5).unwrap(), 5.into(), "increment"),
            _ => drop(ns.set_with("k", &2, &SetOptions::new().only_if_absent()).unwrap()),
        }
        assert_eq!(exists(&fast, "k"), write >= 4, "for the fast handle, after write {write}");
    }
}

#[test]
fn what_one_handle_has_treated_as_expired_stays_so_for_the_other() {
    let (_folder, [(_, slow), (_, fast)]) = apart();
    put(&slow, "k", ms(1_000));
    assert!(!fast.namespace("a").delete("k").unwrap(), "for it the key was gone");
    assert!(!exists(&slow, "k"));
}

#[test]
fn commits_are_in_the_order_of_time() {
    let (_folder, [(_, slow), (_, fast)]) = apart();
    for round in 0..6 {
        let store = if round % 2 == 0 { &fast } else { &slow };
        store.namespace("a").set("k", &round).unwrap();
    }
    let rows = slow.journal(0, 10).unwrap();
    assert!(rows.is_sorted_by_key(|row| row.time), "{rows:?}");
    let entry = fast.namespace("a").entry("k").unwrap().unwrap();
    assert!(entry.created_at <= entry.updated_at);
}

#[test]
fn a_wild_step_forward_does_not_purge_in_the_background() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    // Without a thread, every 64th commit purges a step.
    let store = still(&clock).open(&path).unwrap();
    let busy = |store: &Store| {
        for round in 0..130 {
            store.namespace("b").set("k", &round).unwrap();
        }
    };
    put(&store, "k", HOUR);
    busy(&store);
    forward(&clock, Duration::from_secs(30 * 86_400));
    busy(&store);
    let stored = |store: &Store| -> u64 {
        let expired = store.journal(0, usize::MAX).unwrap();
        expired.iter().flat_map(|row| &row.changes).filter(|change| change.operation == "expire").count()
            as u64
    };
    assert!(!exists(&store, "k"), "expired it is");
    assert_eq!(stored(&store), 0, "but not purged: the clock may be set right again");
    clock.advance(Duration::from_secs(3_000));
    busy(&store);
    assert_eq!(stored(&store), 1, "after a grace it is");

    put(&store, "k", HOUR);
    forward(&clock, Duration::from_secs(30 * 86_400));
    assert_eq!(store.purge_expired().unwrap(), 1, "who asks for it gets it at once");
}

#[test]
fn time_that_really_passes_is_purged_as_ever() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    put(&store, "k", HOUR);
    clock.advance(Duration::from_secs(30 * 86_400));
    for round in 0..130 {
        store.namespace("b").set("k", &round).unwrap();
    }
    assert_eq!(store.purge_expired().unwrap(), 0, "it was purged in passing");
}
