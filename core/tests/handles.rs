//! Several handles in one process, its locks, and forks.
//!
//! Goal: handles on one store neither disturb each other when they open and close nor see different things;
//! a plain read of the file by somebody else in the process, which takes its locks away, is noticed before
//! the next commit and nothing is lost; a forked child gets an error and does no harm. Method: threads that
//! open and close all the time; the file opened and dropped; a real fork, in a child process of its own.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use statehold::{Error, Store};

use common::{AtEnd, assert_file_sound, assert_journal_whole, fast, finish, new_path, report, spawn};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, _)) = common::role() else { return };
    match role.as_str() {
        #[cfg(unix)]
        "fork" => fork(&path),
        "set" => report(&Store::open(&path).unwrap().namespace("a").increment("n", 1).unwrap().to_string()),
        other => panic!("{other}"),
    }
}

#[test]
fn two_handles_see_the_same_and_close_alone() {
    let (_folder, path) = new_path();
    let (one, other) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    for n in 0..10 {
        one.namespace("a").set("k", &n).unwrap();
        assert_eq!(other.namespace("a").get::<i32>("k").unwrap(), Some(n));
        other.namespace("b").set("k", &n).unwrap();
        assert_eq!(one.namespace("b").get::<i32>("k").unwrap(), Some(n));
    }
    one.close().unwrap();
    drop(one);
    assert_eq!(other.namespace("a").set("k", &10).unwrap(), 21);
    // Another process must still be kept out of what this one does.
    assert_eq!(finish(spawn("set", &path, "")), ["1"]);
    assert_eq!(other.namespace("a").increment("n", 1).unwrap(), 2.into());
    assert_journal_whole(&other);
}

#[test]
fn opening_and_closing_in_many_threads_disturbs_nobody() {
    for stays in [true, false] {
        let (_folder, path) = new_path();
        let staying = stays.then(|| fast().open(&path).unwrap());
        let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _stop = AtEnd(&stop);
                    for _ in 0..40 {
                        let store = fast().open(&path).unwrap();
                        assert_eq!(store.lost_commits(), None, "others commit while it is opened");
                        store.namespace("a").increment("n", 1).unwrap();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            if let Some(store) = &staying {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        store.namespace("a").increment("n", 1).unwrap();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        drop(staying);
        let store = fast().open(&path).unwrap();
        let wanted = done.into_inner();
        assert_eq!(store.namespace("a").get::<u64>("n").unwrap(), Some(wanted));
        assert_eq!((store.revision().unwrap(), store.lost_commits()), (wanted, None));
        assert_journal_whole(&store);
        store.close().unwrap();
        drop(store);
        assert_file_sound(&path);
    }
}

#[test]
fn many_threads_open_a_new_store_at_once() {
    for _ in 0..common::rounds(10, 200) {
        let (_folder, path) = new_path();
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let store = fast().open(&path).unwrap();
                    store.namespace("a").increment("n", 1).unwrap();
                });
            }
        });
        assert_eq!(fast().open(&path).unwrap().namespace("a").get::<u64>("n").unwrap(), Some(8));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_plain_read_of_the_file_is_noticed_before_the_next_commit() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let ns = store.namespace("a");
    let disturb: [fn(&std::path::Path); 2] = [
        |path| drop(std::fs::File::open(path).unwrap()),
        |path| {
            let other = rusqlite::Connection::open(path).unwrap();
            let count: i64 = other.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).unwrap();
            assert!(count > 0);
        },
    ];
    let mut acknowledged = ns.set("k", &0).unwrap();
    let mut store = store;
    for (round, disturb) in disturb.into_iter().enumerate() {
        disturb(&path);
        // The copy of SQLite in this test is the store's own, so what it opens shares the locks: only a
        // file that is opened past it takes them away.
        if round == 1 {
            acknowledged = store.namespace("a").set("k", &2).unwrap();
            continue;
        }
        let ns = store.namespace("a");
        for _ in 0..2 {
            assert!(matches!(ns.set("k", &1), Err(Error::LocksLost { .. })));
            assert!(matches!(
                store.transaction(|tx| tx.namespace("a").set("k", &1).map(drop)),
                Err(Error::LocksLost { .. })
            ));
            assert!(matches!(store.flush(), Err(Error::LocksLost { .. })));
        }
        assert_eq!(ns.get::<i32>("k").unwrap(), Some(0), "reading goes on");
        store.close().unwrap();
        store = Store::open(&path).unwrap();
        assert_eq!((store.revision().unwrap(), store.lost_commits()), (acknowledged, None));
        acknowledged = store.namespace("a").set("k", &1).unwrap();
        assert_eq!(finish(spawn("set", &path, "")), ["1"]);
        acknowledged += 1;
        assert_eq!(store.revision().unwrap(), acknowledged, "what another process commits is seen");
    }
    store.close().unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!((store.revision().unwrap(), store.lost_commits()), (acknowledged, None));
    assert_journal_whole(&store);
}

#[test]
#[cfg(target_os = "linux")]
fn every_handle_on_the_file_notices_also_one_that_is_opened_then() {
    let (_folder, path) = new_path();
    let stores = [(); 3].map(|()| fast().open(&path).unwrap());
    stores[0].namespace("a").set("k", &1).unwrap();
    drop(std::fs::read(&path).unwrap());
    // SQLite shares its locks within a process and believes to have them: a new handle would have none.
    assert!(matches!(fast().open(&path), Err(Error::LocksLost { .. })));
    for store in &stores {
        assert!(matches!(store.namespace("a").set("k", &2), Err(Error::LocksLost { .. })));
        assert!(matches!(fast().open(&path), Err(Error::LocksLost { .. })));
        store.close().unwrap();
    }
    let fresh = fast().open(&path).unwrap();
    assert_eq!(fresh.namespace("a").set("k", &2).unwrap(), 2);
    drop(stores);
    for n in [1, 3, 5] {
        // Also when another process comes and goes in between, which moves the log when it is alone.
        assert_eq!(finish(spawn("set", &path, "")), [n.to_string()]);
        assert_eq!(fresh.namespace("a").increment("n", 1).unwrap(), (n + 1).into());
    }
    assert_eq!(fresh.revision().unwrap(), 8);
    assert_journal_whole(&fresh);
}

/// Forks with an open store, and reports what the child and the parent find.
#[cfg(unix)]
#[allow(unsafe_code)]
fn fork(path: &std::path::Path) {
    let store = Store::open(path).unwrap();
    let ns = store.namespace("a");
    ns.set("k", &1).unwrap();
    // Known from now on; the child must not get it from memory either.
    assert_eq!(ns.get::<i32>("k").unwrap(), Some(1));
    let tx = store.begin(statehold::TransactionOptions::new()).unwrap();
    let snapshot = store.snapshot().unwrap();
    let watch = store.watch(statehold::WatchOptions::new()).unwrap();
    // SAFETY: this process was made for this and runs one test; the child ends without unwinding into it.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let forked = |result: statehold::Result<()>| matches!(result, Err(Error::Forked { .. }));
        let well = forked(ns.set("k", &2).map(drop))
            && forked(ns.get_value("k").map(drop))
            && store.stats().cache_bytes == 0
            && forked(tx.commit().map(drop))
            && forked(snapshot.namespace("a").get_value("k").map(drop))
            && forked(store.snapshot().map(drop))
            && forked(watch.next_within(std::time::Duration::MAX).map(drop))
            && forked(store.flush());
        // Ending the use of what was inherited must do the parent no harm.
        watch.close();
        drop((tx, snapshot, watch, ns));
        let closed = store.close().is_ok();
        drop(store);
        // The locks that SQLite believes to have here are the parent's: the file is refused, others are not.
        let own = forked(Store::open(path).map(drop));
        let other = Store::open(path.with_extension("other"));
        let other = other.and_then(|other| other.namespace("a").set("child", &1)).is_ok();
        let code = i32::from(!well) + 2 * i32::from(!closed) + 4 * i32::from(!own) + 8 * i32::from(!other);
        // SAFETY: it only ends the process.
        unsafe { libc::_exit(code) };
    }
    assert!(child > 0);
    let mut status = 0;
    // SAFETY: the child is ours, and the pointer is to a local.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(
        libc::WEXITSTATUS(status),
        0,
        "1: no Forked error, 2: close failed, 4: opened the file, 8: no other file"
    );
    assert!(libc::WIFEXITED(status));
    ns.set("k", &3).unwrap();
    tx.namespace("a").set("in transaction", &1).unwrap();
    tx.commit().unwrap();
    assert_eq!(snapshot.namespace("a").get::<i32>("k").unwrap(), Some(1));
    let told = watch.next_within(std::time::Duration::MAX).unwrap();
    assert_eq!(told.map(|change| change.revision), Some(2));
    assert_journal_whole(&store);
    report(&store.revision().unwrap().to_string());
}

#[test]
#[cfg(unix)]
fn a_forked_child_gets_an_error_and_the_parent_is_unharmed() {
    let (_folder, path) = new_path();
    assert_eq!(finish(spawn("fork", &path, "")), ["3"]);
    let store = Store::open(&path).unwrap();
    assert_eq!((store.revision().unwrap(), store.lost_commits()), (3, None));
    store.close().unwrap();
    drop(store);
    assert_file_sound(&path);
}

#[test]
fn what_removes_keys_makes_no_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = statehold::open(&path).unwrap();
    let ns = store.namespace("never-written");
    assert!(!ns.delete("k").unwrap());
    assert_eq!(ns.pop("k").unwrap(), None);
    assert!(!ns.touch("k").unwrap() && !ns.set_ttl("k", None).unwrap());
    assert_eq!(ns.batch_delete(&["k", "l"]).unwrap() + ns.clear().unwrap(), 0);
    store.atomic().delete("never-written", "k").commit().unwrap();
    store.transaction(|tx| tx.namespace("never-written").delete("k")).unwrap();
    assert_eq!(store.revision().unwrap(), 0, "nothing of it was a change");
    store.close().unwrap();
    let file = rusqlite::Connection::open(&path).unwrap();
    let rows: i64 = file.query_row("SELECT count(*) FROM namespace", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}
