//! Goal: the log stays bounded although somebody holds on to a moment, and who did is told.
//! Method: snapshots and transactions are held while other threads write far more than the log may hold.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use statehold::{Durability, Error, Store, Value};

const LIMIT: u64 = 8 << 20;

fn open(path: &Path) -> Store {
    Store::options().durability(Durability::Normal).max_wal_bytes(LIMIT).open(path).unwrap()
}

fn log(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).map_or(0, |found| found.len())
}

/// Writes about six times what the log may hold, and returns the longest that the log was.
fn write_much(store: &Store, path: &Path) -> u64 {
    let busy = store.namespace("busy");
    let mut longest = 0;
    for round in 0..3_000_u32 {
        let value = Value::Bytes(vec![u8::try_from(round % 251).unwrap(); 16_000]);
        busy.set_value(&format!("{}", round % 50), value, &statehold::SetOptions::new()).unwrap();
        longest = longest.max(log(path));
    }
    longest
}

#[test]
fn a_snapshot_that_outlives_the_log_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let store = open(&path);
    store.namespace("a").set("k", &1).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.namespace("a").get::<i32>("k").unwrap(), Some(1));
    std::thread::sleep(Duration::from_millis(150));
    let longest = write_much(&store, &path);
    assert!(longest < 3 * LIMIT, "the log grew to {longest} bytes");
    let error = snapshot.namespace("a").get::<i32>("k").unwrap_err();
    assert!(matches!(error, Error::Closed { .. }) && error.to_string().contains("max_wal_bytes"), "{error}");
    assert_eq!(store.snapshot().unwrap().namespace("a").get::<i32>("k").unwrap(), Some(1));
}

#[test]
fn a_snapshot_of_another_handle_is_ended_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let (reader, writer) = (open(&path), open(&path));
    writer.namespace("a").set("k", &1).unwrap();
    let snapshot = reader.snapshot().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    let longest = write_much(&writer, &path);
    assert!(longest < 64 << 20, "the log grew to {longest} bytes");
    std::thread::sleep(Duration::from_millis(150));
    assert!(snapshot.namespace("a").get::<i32>("k").is_err());
}

/// Who reads without a pause, past the cache, is in some moment nearly all the time.
#[test]
fn the_log_stays_bounded_beside_another_handle_that_reads_without_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let writer = open(&path);
    writer.namespace("a").set("k", &1).unwrap();
    let reader = Store::options().cache_bytes(0).open(&path).unwrap();
    let over = AtomicBool::new(false);
    let longest = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                assert_eq!(reader.namespace("a").get::<i32>("k").unwrap(), Some(1));
            }
        });
        let longest = write_much(&writer, &path);
        over.store(true, Ordering::Relaxed);
        longest
    });
    assert!(longest < 48 << 20, "the log grew to {longest} bytes");
    println!("the log grew to {longest} bytes");
}

/// Runs a transaction that outlives the log between two reads, while another sets a key, and returns how
/// often it was run.
fn runs_of_a_long_transaction(changed_meanwhile: &str) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let store = open(&path);
    store.namespace("a").set("k", &1).unwrap();
    let mut runs = 0;
    let sum = store
        .transaction(|tx| {
            runs += 1;
            let before: i32 = tx.namespace("a").get("k")?.unwrap();
            if runs == 1 {
                std::thread::sleep(Duration::from_millis(150));
                store.namespace("a").set(changed_meanwhile, &5)?;
                write_much(&store, &path);
            }
            let after: i32 = tx.namespace("a").get("k")?.unwrap();
            assert_eq!(before, after, "a run must see one moment");
            tx.namespace("a").set("sum", &(before + after))?;
            Ok::<_, Error>(before + after)
        })
        .unwrap();
    assert_eq!(store.namespace("a").get("sum").unwrap(), Some(sum));
    runs
}

#[test]
fn a_transaction_that_outlives_the_log_goes_on_from_a_new_moment() {
    assert_eq!(runs_of_a_long_transaction("something else"), 1);
}

#[test]
fn a_transaction_whose_reads_have_changed_by_then_is_run_again() {
    assert_eq!(runs_of_a_long_transaction("k"), 2);
}

#[test]
fn closing_a_store_ends_a_transaction_that_holds_the_write_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let store = open(&path);
    let tx = store.begin(statehold::TransactionOptions::new().lock(true)).unwrap();
    tx.namespace("a").set("k", &1).unwrap();
    store.close().unwrap();
    assert!(matches!(tx.commit().unwrap_err(), Error::Closed { .. }));
    assert_eq!(open(&path).namespace("a").get::<i32>("k").unwrap(), None);
}
