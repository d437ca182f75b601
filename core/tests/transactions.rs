//! Transactions: what they see, how they end, how they are tried again, and the write lock.
//!
//! Goal: a transaction sees one moment and its own writes; it ends once; a conflict runs it again, the last
//! time under the lock, so that it gets through; the lock is held for a bounded time; and a transaction
//! that takes long delays nobody. Method: handles on one store, driven step by step or from threads, with
//! counts that must come out exactly.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use statehold::{Error, SetOptions, Store, TransactionOptions, Value};

use common::{AtEnd, assert_journal_whole, fast, ms, new_path};

fn memory() -> Store {
    fast().open(":memory:").unwrap()
}

fn options() -> TransactionOptions {
    TransactionOptions::new()
}

#[test]
fn reads_are_of_one_moment_and_of_the_own_writes() {
    let store = memory();
    let ns = store.namespace("a");
    ns.set("old", &1).unwrap();
    let tx = store.begin(options()).unwrap();
    let inside = tx.namespace("a");
    ns.set("old", &2).unwrap();
    ns.set("new", &2).unwrap();
    assert_eq!(inside.get::<i32>("old").unwrap(), Some(1));
    assert_eq!(inside.list("*").unwrap(), ["old"]);
    assert_eq!(inside.set("own", &3).unwrap(), 0, "no revision before the commit");
    assert_eq!(inside.get::<i32>("own").unwrap(), Some(3));
    assert_eq!(inside.list("*").unwrap(), ["old", "own"]);
    assert_eq!(inside.entry("own").unwrap().unwrap().revision, 0);
    assert!(!ns.exists("own").unwrap(), "nobody sees it before the commit");
    tx.rollback();
    assert_eq!(ns.list("*").unwrap(), ["new", "old"]);
}

#[test]
fn the_receipt_tells_revision_time_and_hash() {
    let store = memory();
    let tx = store.begin(options()).unwrap();
    tx.namespace("a").set("k", &1).unwrap();
    tx.namespace("b").set("k", &2).unwrap();
    assert_eq!(tx.receipt(), None);
    let receipt = tx.commit().unwrap();
    assert_eq!(tx.receipt(), Some(receipt.clone()));
    assert_eq!(receipt.revision, 1, "one revision for both");
    let row = &store.journal(0, 10).unwrap()[0];
    assert_eq!((&row.hash, row.time), (&receipt.hash, receipt.time));
    let touched: Vec<_> = row.changes.iter().map(|change| (&*change.name, &*change.operation)).collect();
    assert_eq!(touched, [("a", "set"), ("b", "set")]);
    assert_eq!(store.namespace("b").entry("k").unwrap().unwrap().revision, 1);
}

#[test]
fn a_transaction_ends_once() {
    let store = memory();
    let closed =
        |result: Result<(), Error>| assert!(matches!(result, Err(Error::Closed { .. })), "{result:?}");
    for commits in [true, false] {
        let tx = store.begin(options()).unwrap();
        let inside = tx.namespace("a");
        if commits {
            tx.commit().unwrap();
        } else {
            tx.rollback();
        }
        closed(tx.commit().map(drop));
        closed(inside.set("k", &1).map(drop));
        closed(inside.get_value("k").map(drop));
        closed(inside.list("*").map(drop));
        closed(tx.savepoint(|_| Ok(())));
        closed(tx.mark().map(drop));
        tx.rollback();
        assert_eq!(tx.receipt().is_some(), commits);
    }
    let tx = store.begin(options()).unwrap();
    tx.namespace("a").set("k", &1).unwrap();
    drop(tx);
    assert_eq!(store.revision().unwrap(), 0, "dropped is rolled back");
}

#[test]
fn an_error_or_a_panic_of_the_function_discards_everything() {
    let store = memory();
    let error = store.transaction(|tx| {
        tx.namespace("a").set("k", &1)?;
        tx.namespace("a").increment("text", 1)?;
        Err::<(), _>(Error::KeyNotFound { namespace: "own".into(), key: "error".into() })
    });
    assert!(matches!(error, Err(Error::KeyNotFound { .. })));
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.transaction_with(options().lock(true), |tx| {
            tx.namespace("a").set("k", &1)?;
            assert!(tx.namespace("a").exists("k")?, "it is there");
            panic!("in the function");
            #[allow(unreachable_code)]
            Ok::<_, Error>(())
        })
    }));
    assert!(panics.is_err());
    assert_eq!(store.revision().unwrap(), 0);
    assert_eq!(store.namespace("a").set("k", &2).unwrap(), 1, "the lock is free, and the next commit works");
}

#[test]
fn savepoints_undo_their_part() {
    let store = memory();
    store.namespace("a").set("kept", &0).unwrap();
    store
        .transaction(|tx| {
            let inside = tx.namespace("a");
            inside.set("first", &1)?;
            let failed = tx.savepoint(|tx| {
                inside.set("first", &2)?;
                inside.delete("kept")?;
                tx.savepoint(|_| inside.set("deeper", &3))?;
                Err::<(), _>(Error::KeyNotFound { namespace: String::new(), key: String::new() })
            });
            assert!(failed.is_err());
            assert_eq!(inside.list("*")?, ["first", "kept"]);
            let mark = tx.mark()?;
            inside.set("marked", &4)?;
            tx.undo_to(mark)?;
            tx.savepoint(|_| inside.set("last", &5))?;
            Ok::<_, Error>(())
        })
        .unwrap();
    let found = store.namespace("a").batch_get(&["first", "kept", "deeper", "marked", "last"]).unwrap();
    let found: Vec<_> = found.iter().map(|(key, value)| (&**key, value.parse::<i32>().unwrap())).collect();
    assert_eq!(found, [("first", 1), ("kept", 0), ("last", 5)]);
}

#[test]
fn what_a_savepoint_has_undone_stays_read() {
    let store = memory();
    let tx = store.begin(options()).unwrap();
    let inside = tx.namespace("a");
    let _ = tx.savepoint(|_| {
        inside.get_value("seen")?;
        Err::<(), _>(Error::KeyNotFound { namespace: String::new(), key: String::new() })
    });
    inside.set("out", &1).unwrap();
    store.namespace("a").set("seen", &1).unwrap();
    assert!(matches!(tx.commit(), Err(Error::Conflict { .. })), "the decision may rest on what was read");
}

#[test]
fn conflicts_run_the_function_again_and_the_last_try_gets_through() {
    let store = memory();
    let ns = store.namespace("a");
    let tries = AtomicU32::new(0);
    // Somebody else changes what was read at each try that does not hold the lock.
    let result = store.transaction_with(options().max_retries(3), |tx| {
        let seen: i32 = tx.namespace("a").get("n")?.unwrap_or(0);
        if tries.fetch_add(1, Ordering::SeqCst) < 3 {
            ns.set("n", &(seen + 1))?;
        }
        tx.namespace("a").set("n", &(seen + 100))?;
        Ok::<_, Error>(seen)
    });
    assert_eq!(result.unwrap(), 3);
    assert_eq!(tries.load(Ordering::SeqCst), 4, "three retries, the last under the lock");
    assert_eq!(ns.get::<i32>("n").unwrap(), Some(103));

    let tries = AtomicU32::new(0);
    let result = store.transaction_with(options().max_retries(0), |tx| {
        tries.fetch_add(1, Ordering::SeqCst);
        tx.namespace("a").get_value("n")?;
        ns.set("n", &0)?;
        tx.namespace("a").set("n", &1).map(drop)
    });
    assert!(matches!(result, Err(Error::Conflict { .. })));
    assert_eq!(tries.load(Ordering::SeqCst), 1, "no retries were asked for");
}

#[test]
fn every_transaction_gets_through_against_constant_writers() {
    let store = memory();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let ns = store.namespace("a");
                while !stop.load(Ordering::Relaxed) {
                    ns.increment("n", 1).unwrap();
                }
            });
        }
        let _stop = AtEnd(&stop);
        for round in 0..20 {
            let tries = AtomicU32::new(0);
            store
                .transaction_with(options().max_retries(2), |tx| {
                    tries.fetch_add(1, Ordering::SeqCst);
                    let n: i64 = tx.namespace("a").get("n")?.unwrap_or(0);
                    std::thread::sleep(ms(5));
                    tx.namespace("b").set("seen", &n).map(drop)
                })
                .unwrap_or_else(|error| panic!("round {round}: {error}"));
            assert!(tries.load(Ordering::SeqCst) <= 3);
        }
    });
    assert_journal_whole(&store);
}

#[test]
fn optimistic_increments_of_many_threads_sum_exactly() {
    let (_folder, path) = new_path();
    let stores = [fast().open(&path).unwrap(), fast().open(&path).unwrap()];
    std::thread::scope(|scope| {
        for store in &stores {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        store
                            .transaction(|tx| {
                                let ns = tx.namespace("a");
                                let n: i64 = ns.get("n")?.unwrap_or(0);
                                ns.set("n", &(n + 1)).map(drop)
                            })
                            .unwrap();
                    }
                });
            }
        }
    });
    assert_eq!(stores[0].namespace("a").get::<i64>("n").unwrap(), Some(400));
    assert_eq!(stores[1].revision().unwrap(), 400);
    assert_journal_whole(&stores[1]);
}

#[test]
fn a_locked_transaction_has_no_conflict_and_others_wait() {
    let store = memory();
    let ns = store.namespace("a");
    let tx = store.begin(options().lock(true)).unwrap();
    let seen: Option<i32> = tx.namespace("a").get("n").unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| (ns.set("n", &1).unwrap(), Instant::now()));
        std::thread::sleep(ms(100));
        assert!(!other.is_finished(), "the other waits for the lock");
        tx.namespace("a").set("n", &0).unwrap();
        let before = Instant::now();
        assert_eq!(tx.commit().unwrap().revision, 1);
        let (revision, at) = other.join().unwrap();
        assert_eq!((revision, seen), (2, None));
        assert!(at >= before);
    });
}

#[test]
fn the_lock_is_let_go_in_time_and_the_transaction_goes_on_without_it() {
    let store = memory();
    let ns = store.namespace("a");
    for conflicts in [false, true] {
        let tx = store.begin(options().lock(true).lock_timeout(ms(100))).unwrap();
        tx.namespace("a").get_value("read").unwrap();
        tx.namespace("a").set("written", &conflicts).unwrap();
        let start = Instant::now();
        ns.set(if conflicts { "read" } else { "other" }, &1).unwrap();
        let waited = start.elapsed();
        assert!(waited >= ms(50) && waited < ms(3_000), "waited {waited:?} for a lock of 100 ms");
        let ended = tx.commit();
        assert_eq!(matches!(ended, Err(Error::Conflict { .. })), conflicts, "{ended:?}");
        assert_eq!(ns.get::<bool>("written").unwrap(), Some(false));
    }
}

#[test]
fn a_slow_transaction_delays_nobody() {
    let store = Store::open(":memory:").unwrap();
    let ns = store.namespace("a");
    ns.set("read", &0).unwrap();
    let (mut worst, mut commits) = (Duration::ZERO, 0);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            store.transaction(|tx| {
                tx.namespace("a").get_value("read")?;
                std::thread::sleep(ms(3_000));
                tx.namespace("a").set("slow", &true).map(drop)
            })
        });
        while !slow.is_finished() {
            let start = Instant::now();
            ns.set("other", &commits).unwrap();
            worst = worst.max(start.elapsed());
            commits += 1;
        }
        slow.join().unwrap().unwrap();
    });
    println!("beside a transaction of 3 s: {commits} commits, the worst in {worst:?}");
    assert!(commits > 100, "only {commits} commits beside the slow transaction");
    assert!(worst < ms(500), "a commit took {worst:?} beside the slow transaction");
    assert_eq!(ns.get::<bool>("slow").unwrap(), Some(true));
}

#[test]
fn an_atomic_commit_holds_whole_or_not_at_all() {
    let store = memory();
    let ns = store.namespace("a");
    let seen = ns.set("k", &1).unwrap();
    let value = || Value::json(&2).unwrap();
    let refused = store.atomic().set("a", "k", value()).delete("a", "k").check("b", "k", Some(7)).commit();
    assert!(matches!(refused, Err(Error::Conflict { expected: Some(7), found: Some(0), .. })), "{refused:?}");
    assert_eq!(store.revision().unwrap(), seen, "nothing of it was written");
    let receipt =
        store.atomic().check("a", "k", Some(seen)).check("b", "k", None).set("b", "k", value()).commit();
    assert_eq!(receipt.unwrap().revision, seen + 1);
}

#[test]
fn each_of_many_sets_in_a_commit_keeps_its_own_name_and_ttl() {
    let clock = statehold::ManualClock::at(std::time::UNIX_EPOCH + Duration::from_secs(1_000));
    let store = common::still(&clock).open(":memory:").unwrap();
    for name in ["a", "b"] {
        store.namespace(name).set("here", &0).unwrap();
    }
    // The same statement each time, once the namespaces are known: what two of them share, and what they don't.
    let sets = [
        ("a", 1, 0),
        ("a", 2, 5),
        ("a", 3, 5),
        ("a", 4, 7),
        ("a", 5, 0),
        ("b", 1, 0),
        ("b", 2, 7),
        ("a", 6, 7),
    ];
    let ttl = |seconds| (seconds > 0).then(|| Duration::from_secs(seconds));
    let mut atomic = store.atomic();
    for (name, number, seconds) in sets {
        let options = ttl(seconds).map_or_else(SetOptions::new, |ttl| SetOptions::new().ttl(ttl));
        atomic =
            atomic.set_with(name, &format!("k{number}"), Value::json(&(name, number)).unwrap(), &options);
    }
    let receipt = atomic.commit().unwrap();
    for (name, number, seconds) in sets {
        let entry = store.namespace(name).entry(&format!("k{number}")).unwrap().unwrap();
        let expires_at = ttl(seconds).map(|ttl| entry.updated_at + ttl);
        let expected = (Value::json(&(name, number)).unwrap(), receipt.revision, expires_at);
        assert_eq!((entry.value, entry.revision, entry.expires_at), expected, "{name} k{number}");
    }
    assert_eq!([store.namespace("a").count("*").unwrap(), store.namespace("b").count("*").unwrap()], [7, 3]);
    assert_journal_whole(&store);
}
