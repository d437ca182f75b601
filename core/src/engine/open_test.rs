//! Goal: a store that is only read costs no more connections than it needs, and stays open whatever becomes of them.
//! Method: the descriptors that this process has of the file, and a read that panics, which drops its connection.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Durability, Store};

fn scene() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap();
    let store = Store::options().durability(Durability::Normal).background(false).open(path).unwrap();
    (folder, store)
}

/// How many descriptors of the store's file this process has.
#[cfg(target_os = "linux")]
fn descriptors(store: &Store) -> usize {
    let path = store.shared().engine.path();
    let all = std::fs::read_dir("/proc/self/fd").unwrap();
    all.filter(|entry| std::fs::read_link(entry.as_ref().unwrap().path()).is_ok_and(|target| target == path))
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_connection_that_writes_is_opened_by_the_first_commit() {
    let (_folder, store) = scene();
    assert_eq!(descriptors(&store), 3, "one that watches the locks, one that reads, one that holds the file");
    for _ in 0..3 {
        assert_eq!(store.namespace("a").get::<i32>("k").unwrap(), Some(1));
        assert_eq!(store.namespace("a").get::<i32>("absent").unwrap(), None);
    }
    assert_eq!(descriptors(&store), 3, "reading and caching need no other");
    store.namespace("a").set("k", &2).unwrap();
    assert_eq!(descriptors(&store), 4);
    store.close().unwrap();
    assert_eq!(descriptors(&store), 1, "the one that watches goes with the handle");
}

#[test]
fn the_file_is_held_also_without_a_connection_that_reads_or_writes() {
    let (_folder, store) = scene();
    let engine = &store.shared().engine;
    let log = engine.path().with_file_name("store-wal");
    catch_unwind(AssertUnwindSafe(|| engine.read::<()>(|_| panic!("while reading")))).unwrap_err();
    // The last connection of all would have removed it, and with it SQLite would have unlocked the file.
    assert!(log.exists() && engine.witness.holds());
    let other = Store::open(engine.path()).unwrap();
    store.namespace("a").set("k", &2).unwrap();
    assert_eq!(other.namespace("a").get::<i32>("k").unwrap(), Some(2));
    drop(other);
    store.close().unwrap();
    assert!(!log.exists(), "the last one is closed with the handle");
}
