//! Everything stays bounded.
//!
//! Goal: the log, the journal and the room of expired keys do not grow for ever, and no single call can be
//! made to take long by what it is given. Method: sustained writing beside readers, with the sizes measured;
//! a clock that is moved by hand; hostile names, patterns and values, with the time measured.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use statehold::{Error, Json, ManualClock, SetOptions, TransactionOptions, Value};

use common::{AtEnd, assert_journal_whole, beside, fast, ms, new_path, rounds, still};

const MIB: u64 = 1 << 20;

/// The size of a file, without opening it.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

#[test]
fn the_log_stays_bounded_beside_readers() {
    for background in [true, false] {
        let (_folder, path) = new_path();
        let store = fast().background(background).open(&path).unwrap();
        let (log, stop) = (beside(&path, "-wal"), AtomicBool::new(false));
        let ns = store.namespace("a");
        for n in 0..300 {
            ns.set_bytes(&format!("{n}"), &[1; 3_000]).unwrap();
        }
        let span = Duration::from_secs(rounds(3, 60) as u64);
        let (start, mut most, mut written) = (Instant::now(), 0, 0_u64);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    // Reading page by page leaves room for the log to be moved in between.
                    while !stop.load(Ordering::Relaxed) {
                        assert_eq!(ns.items("*").unwrap().flatten().count(), 300);
                    }
                });
            }
            let _stop = AtEnd(&stop);
            let mut bytes = vec![0_u8; 100_000];
            while start.elapsed() < span {
                bytes[usize::try_from(written % 99_000).unwrap()..]
                    .iter_mut()
                    .step_by(1_000)
                    .for_each(|byte| *byte = byte.wrapping_add(1));
                ns.set_bytes(&format!("{}", written % 7), &bytes).unwrap();
                written += 1;
                most = most.max(size(&log));
            }
        });
        println!(
            "background {background}: {} MiB written, the log had at most {} MiB",
            written / 10,
            most / MIB
        );
        assert!(written > 30, "only {written} commits");
        assert!(most < 64 * MIB, "the log grew to {most} bytes");
        let waited = Instant::now();
        while size(&log) >= 8 * MIB && waited.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(ms(50));
            if !background {
                // Without the thread it is commits that move the log, now and then.
                written += 1;
                ns.set_bytes("k", &vec![written.to_le_bytes()[0]; 100_000]).unwrap();
            }
        }
        assert!(size(&log) < 8 * MIB, "the log still has {} bytes", size(&log));
        assert_journal_whole(&store);
    }
}

#[test]
fn the_journal_keeps_so_many_rows() {
    let (_folder, path) = new_path();
    for round in 1..=3_u64 {
        let store = fast().background(false).journal_max_rows(100).open(&path).unwrap();
        for n in 0..500 {
            store.namespace("a").set("k", &n).unwrap();
        }
        let check = store.verify_journal().unwrap();
        assert_eq!((check.revision, check.problems.len()), (round * 500, 0), "{:?}", check.problems);
        assert!((100..=110).contains(&check.rows), "{} rows", check.rows);
        let rows = store.journal(0, usize::MAX).unwrap();
        assert_eq!(rows.last().unwrap().revision, round * 500);
        store.close().unwrap();
    }
}

#[test]
fn the_journal_keeps_rows_for_so_long() {
    let clock = ManualClock::new();
    let day = Duration::from_secs(86_400);
    let store = still(&clock).journal_max_age(30 * day).open(":memory:").unwrap();
    let busy = |times: u32| {
        for n in 0..times {
            store.namespace("a").set("k", &n).unwrap();
        }
    };
    busy(1_000);
    clock.advance(31 * day);
    assert_eq!(store.verify_journal().unwrap().rows, 1_000, "nothing is trimmed by itself");
    busy(600);
    let check = store.verify_journal().unwrap();
    assert_eq!((check.rows, check.problems), (600, vec![]));
    busy(600);
    assert_eq!(store.verify_journal().unwrap().rows, 1_200, "these are not that old");
}

#[test]
fn a_transaction_that_the_journal_does_not_reach_is_a_conflict() {
    let (_folder, path) = new_path();
    let options = || fast().background(false).journal_max_rows(50);
    let (one, other) = (options().open(&path).unwrap(), options().open(&path).unwrap());
    for own in [true, false] {
        let tx = one.begin(TransactionOptions::new()).unwrap();
        tx.namespace("a").get_value("read").unwrap();
        tx.namespace("a").set("written", &own).unwrap();
        // The handle of the transaction keeps what it needs; another does not know of it.
        let writer = if own { &one } else { &other };
        for n in 0..300 {
            writer.namespace("b").set("k", &n).unwrap();
        }
        match tx.commit() {
            Ok(_) => assert!(own),
            Err(Error::Conflict { check, .. }) => {
                assert!(!own && check.contains("reaches back only to"), "{check}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(one.namespace("a").get::<bool>("written").unwrap(), Some(true));
    assert_journal_whole(&other);
}

#[test]
fn a_store_of_expired_keys_stays_small_and_fast() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    let store =
        still(&clock).durability(statehold::Durability::Normal).journal_max_rows(100).open(&path).unwrap();
    let ns = store.namespace("a");
    let value = Value::Bytes(vec![7; 500]);
    let mut sizes = Vec::new();
    for round in 0..rounds(12, 120) {
        for part in 0..100 {
            let keys = (0..10).map(|n| (format!("{round}:{part}:{n}"), value.clone()));
            ns.batch_set(keys, Some(ms(1_000))).unwrap();
        }
        clock.advance(ms(1_000));
        let start = Instant::now();
        assert_eq!(ns.count("*").unwrap(), 0);
        assert!(start.elapsed() < Duration::from_secs(1));
        let pages = store.flush().map(|()| size(&path) + size(&beside(&path, "-wal"))).unwrap();
        sizes.push(pages);
    }
    let (early, late) = (sizes[3], sizes[sizes.len() - 1]);
    assert!(late < early * 2, "it grew from {early} to {late} bytes: {sizes:?}");
    store.purge_expired().unwrap();
    assert_eq!(store.purge_expired().unwrap(), 0);
    assert_journal_whole(&store);
}

#[test]
fn purging_goes_in_steps_and_is_journaled() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let keys = |count: u32| (0..count).map(|n| (format!("{n}"), Value::json(&n).unwrap()));
    store.namespace("a").batch_set(keys(1_200), Some(ms(10))).unwrap();
    store.namespace("b").batch_set(keys(3), None).unwrap();
    assert_eq!(store.purge_expired().unwrap(), 0, "nothing has expired");
    clock.advance(ms(10));
    assert_eq!(store.purge_expired().unwrap(), 1_200);
    let rows = store.journal(2, usize::MAX).unwrap();
    let steps: Vec<usize> = rows.iter().map(|row| row.changes.len()).collect();
    assert!(steps.iter().all(|step| *step <= 500) && steps.iter().sum::<usize>() == 1_200, "{steps:?}");
    assert!(
        rows.iter()
            .flat_map(|row| &row.changes)
            .all(|change| change.operation == "expire" && change.name == "a")
    );
    assert_eq!(store.namespace("b").count("*").unwrap(), 3);
}

#[test]
fn the_background_purges_by_itself() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let keys = (0..700).map(|n| (format!("{n}"), Value::json(&n).unwrap()));
    store.namespace("a").batch_set(keys, Some(ms(50))).unwrap();
    for _ in 0..200 {
        if store.journal(1, 9).unwrap().iter().map(|row| row.changes.len()).sum::<usize>() == 700 {
            return;
        }
        std::thread::sleep(ms(50));
    }
    panic!("700 expired keys were not purged in 10 s");
}

/// Asserts that a call fails with `code` within a second.
fn refused<T: std::fmt::Debug>(what: &str, code: &str, call: impl FnOnce() -> Result<T, Error>) {
    let start = Instant::now();
    let error = call().expect_err(what);
    assert_eq!(error.code(), code, "{what}: {error}");
    assert!(error.to_string().len() < 1_000, "{what}: an error of {} bytes", error.to_string().len());
    assert!(start.elapsed() < Duration::from_secs(1), "{what} took {:?}", start.elapsed());
}

#[test]
fn hostile_sizes_are_refused_quickly() {
    let store = fast().max_value_bytes(1_000).open(":memory:").unwrap();
    let (ns, long) = (store.namespace("a"), "k".repeat(1 << 20));
    refused("a long key", "INVALID_NAME", || ns.set(&long, &1));
    refused("a long key to read", "INVALID_NAME", || ns.get_value(&long));
    refused("a key of 1,025 bytes", "INVALID_NAME", || ns.set(&long[..1_025], &1));
    refused("an empty key", "INVALID_NAME", || ns.set("", &1));
    refused("a key with NUL", "INVALID_NAME", || ns.set("a\0b", &1));
    refused("a long namespace", "INVALID_NAME", || store.namespace(&long).set("k", &1));
    refused("a long pattern", "INVALID_NAME", || ns.list(&long));
    refused("a long pattern of stars", "INVALID_NAME", || ns.count(&"*a".repeat(10_000)));
    refused("a long list of namespaces", "INVALID_NAME", || store.namespaces(&"*a".repeat(10_000)));
    refused("a large value", "INVALID_VALUE", || ns.set_bytes("k", &[0; 1_001]));
    refused("a large text", "INVALID_VALUE", || ns.set("k", &"v".repeat(999)));
    refused("a large one in a batch", "INVALID_VALUE", || {
        ns.batch_set([("a", Value::json(&1)?), ("b", Value::Bytes(vec![0; 1_001]))], None)
    });
    refused("a deep value", "INVALID_VALUE", || Json::new("[".repeat(100_000)));
    refused("a TTL of no length", "INVALID_VALUE", || {
        ns.set_with("k", &1, &SetOptions::new().ttl(Duration::ZERO))
    });
    refused("an endless TTL", "INVALID_VALUE", || ns.set_ttl("k", Some(Duration::MAX)));
    assert_eq!(store.revision().unwrap(), 0, "nothing was written");
    ns.set(&long[..1_024], &1).unwrap();
    ns.set_bytes("k", &[0; 1_000]).unwrap();
    ns.set("text", &"v".repeat(998)).unwrap();
}

#[test]
fn hostile_patterns_do_not_explode() {
    let store = fast().open(":memory:").unwrap();
    let ns = store.namespace("a");
    for n in 0..100 {
        ns.set(&format!("{}{n}", "a".repeat(1_000)), &1).unwrap();
    }
    for pattern in
        ["*a".repeat(500) + "b", "a*".repeat(500) + "b", "?*".repeat(500), "[a-z]*".repeat(160) + "b"]
    {
        let start = Instant::now();
        ns.list(&pattern).unwrap();
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "{} took {took:?}", &pattern[..20]);
        println!("{}…: {took:?} for 100 keys", &pattern[..10]);
    }
}
