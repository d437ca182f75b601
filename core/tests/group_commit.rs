//! Group commit: many threads, one sync, each its own result.
//!
//! Goal: a caller gets the result and the error of its own commit, whatever the others of its batch do;
//! revisions have no gap and no repeat; nothing that goes wrong in one leaves the writer unusable.
//! Method: 32 threads commit at once, a known part of them with conditions that fail.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::time::Duration;

use statehold::{Condition, Durability, Error, SetOptions, Store, TransactionOptions, Value};

use common::{Random, assert_journal_whole, fast, ms, new_path, seed};

const THREADS: u64 = 32;
const EACH: u64 = 40;

/// Runs `f` in all threads at once and gives what they return, in order.
fn together<T: Send>(threads: u64, f: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(usize::try_from(threads).unwrap());
    let (f, barrier) = (&f, &barrier);
    std::thread::scope(|scope| {
        let spawned: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    barrier.wait();
                    f(thread)
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Asserts that the revisions are exactly 1, 2, 3, … and that the journal tells what each has set.
fn assert_gapless(store: &Store, mut done: Vec<(u64, String)>) {
    done.sort_unstable();
    let revisions: Vec<u64> = done.iter().map(|(revision, _)| *revision).collect();
    assert_eq!(revisions, (1..=done.len() as u64).collect::<Vec<_>>(), "revisions have no gap and no repeat");
    let rows = store.journal(0, usize::MAX).unwrap();
    let journaled: Vec<_> = rows.iter().map(|row| (row.revision, row.changes[0].key.clone())).collect();
    assert_eq!(journaled, done);
    assert_journal_whole(store);
}

#[test]
fn each_caller_gets_its_own_result() {
    let seed = seed("each_caller_gets_its_own_result");
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let results = together(THREADS, |thread| {
        let ns = store.namespace("a");
        let mut random = Random(seed ^ thread);
        let mut done = Vec::new();
        for round in 0..EACH {
            let key = format!("{thread}:{round}");
            // The condition decides alone: nobody else writes this key.
            let (condition, holds) = match random.below(4) {
                0 => (Condition::Present, false),
                1 => (Condition::Revision(1 << 40), false),
                2 => (Condition::Absent, true),
                _ => (Condition::Always, true),
            };
            let mut options = SetOptions::new();
            options.condition = condition;
            match ns.set_with(&key, &round, &options) {
                Ok(revision) => {
                    assert!(holds, "{key} was set against {condition:?}");
                    assert_eq!(ns.entry(&key).unwrap().unwrap().revision, revision);
                    done.push((revision, key));
                }
                Err(Error::Conflict { check, found, .. }) => {
                    assert!(!holds, "{check}");
                    assert!(check.contains(&key), "the error is of another caller: {check}");
                    assert_eq!(found, Some(0));
                    assert!(!ns.exists(&key).unwrap(), "nothing was written");
                }
                Err(error) => panic!("{error}"),
            }
        }
        done
    });
    assert_gapless(&store, results.into_iter().flatten().collect());
}

#[test]
fn one_of_many_wins_a_key() {
    let store = Store::open(":memory:").unwrap();
    for round in 0..10 {
        let key = format!("k{round}");
        let results = together(THREADS, |thread| {
            store.namespace("a").set_with(&key, &thread, &SetOptions::new().only_if_absent())
        });
        let winners: Vec<usize> = (0..results.len()).filter(|&thread| results[thread].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{results:?}");
        assert_eq!(store.namespace("a").get::<usize>(&key).unwrap(), Some(winners[0]));
        let lost = results.iter().filter(|result| matches!(result, Err(Error::Conflict { .. }))).count();
        assert_eq!(lost, results.len() - 1);
    }
    assert_eq!(store.revision().unwrap(), 10);
}

#[test]
fn a_panic_in_one_caller_leaves_the_writer_usable() {
    let store = fast().open(":memory:").unwrap();
    let panics = together(THREADS, |thread| {
        let ns = store.namespace("a");
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..20 {
                let options = TransactionOptions::new().lock(round % 3 == 0);
                store
                    .transaction_with(options, |tx| {
                        tx.namespace("a").set(&format!("{thread}:{round}"), &1)?;
                        assert!(thread % 4 != 0 || round != 10, "as planned");
                        Ok::<_, Error>(())
                    })
                    .unwrap();
                ns.increment("n", 1).unwrap();
            }
        }))
        .is_err()
    });
    assert_eq!(panics.iter().filter(|panicked| **panicked).count() as u64, THREADS / 4);
    let wanted = THREADS / 4 * 10 + THREADS / 4 * 3 * 20;
    assert_eq!(store.namespace("a").get::<u64>("n").unwrap(), Some(wanted));
    assert_eq!(store.namespace("a").count("*:*").unwrap(), wanted);
    assert_journal_whole(&store);
}

#[test]
fn durabilities_mix() {
    let (_folder, path) = new_path();
    let store = Store::options().durability(Durability::Deferred(ms(20))).open(&path).unwrap();
    let done = together(12, |thread| {
        let kinds = [Durability::Full, Durability::Normal, Durability::Deferred(ms(5))];
        let durability = kinds[usize::try_from(thread % 3).unwrap()];
        let mut done = Vec::new();
        for round in 0..20 {
            let key = format!("{thread}:{round}");
            let value = Value::json(&round).unwrap();
            let receipt = store.atomic().set("a", &key, value).durability(durability).commit().unwrap();
            done.push((receipt.revision, key));
        }
        done
    });
    assert_gapless(&store, done.into_iter().flatten().collect());
    store.close().unwrap();
    let again = Store::open(&path).unwrap();
    assert_eq!((again.revision().unwrap(), again.lost_commits()), (240, None));
}

#[test]
fn deferred_commits_are_flushed_in_time_and_on_demand() {
    let (_folder, path) = new_path();
    let flushed = |path: &std::path::Path| -> u64 {
        // A copy of the files as they are: opening the store itself would disturb its locks.
        let copy = tempfile::tempdir().unwrap();
        for ending in ["", "-wal"] {
            let from = common::beside(path, ending);
            if ending.is_empty() || from.exists() {
                let status = std::process::Command::new("cp").arg(&from).arg(copy.path()).status().unwrap();
                assert!(status.success());
            }
        }
        let file = rusqlite::Connection::open(copy.path().join("store.db")).unwrap();
        let sql = "SELECT value FROM meta WHERE key = 'flushed_revision'";
        file.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let slow = Duration::from_secs(3_600);
    let store = Store::options().durability(Durability::Deferred(slow)).open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    assert_eq!(flushed(&path), 0, "an hour has not passed");
    store.flush().unwrap();
    assert_eq!(flushed(&path), 1, "flush() notes up to where all is durable");
    let options = TransactionOptions::new().durability(Durability::Deferred(ms(50)));
    store.transaction_with(options, |tx| tx.namespace("a").set("k", &2).map(drop)).unwrap();
    for _ in 0..100 {
        if flushed(&path) == 2 {
            return;
        }
        std::thread::sleep(ms(50));
    }
    panic!("a commit deferred by 50 ms was not flushed in 5 s");
}

#[test]
fn clones_and_closing_under_load() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let counts = together(8, |thread| {
        let store = store.clone();
        let ns = store.namespace("a");
        for round in 0_u64.. {
            if thread == 0 && round == 50 {
                store.close().unwrap();
            }
            match ns.set(&format!("{thread}:{round}"), &1) {
                Ok(_) => {}
                Err(Error::Closed { .. }) => return (thread, round),
                Err(error) => panic!("{error}"),
            }
        }
        unreachable!("the loop ends with the store")
    });
    assert!(store.is_closed());
    store.close().unwrap();
    let again = fast().open(&path).unwrap();
    let mut found = BTreeMap::new();
    for key in again.namespace("a").list("*").unwrap() {
        let thread: u64 = key.split(':').next().unwrap().parse().unwrap();
        *found.entry(thread).or_insert(0) += 1;
    }
    for (thread, acknowledged) in counts {
        assert_eq!(found.get(&thread).copied().unwrap_or(0), acknowledged, "of thread {thread}");
    }
    assert_journal_whole(&again);
}
