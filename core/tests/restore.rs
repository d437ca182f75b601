//! Restoring backups.
//!
//! Goal: a backup is put back into a store that is in use, in one commit, and whoever has it open goes on with the right
//! data; nothing that is there is overwritten unasked; what can't be put back in is replaced only while nobody has it
//! open; no false alarm of lost commits is given. Method: each case by itself, with handles of this and of other
//! processes that stay open.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use statehold::{Error, RestoreOptions, RestoreReport, Result, Store, TransactionOptions, WatchOptions};

use common::{assert_file_sound, assert_journal_whole, fast, ms, new_path, reports, spawn};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "use" => in_use(&path, &word),
        other => panic!("{other}"),
    }
}

fn force(from: &Path, into: &Path) -> Result<RestoreReport> {
    Store::restore_with(from, into, RestoreOptions::new().force(true), |_| ())
}

/// A closed backup of a store with one key, at revision 1.
fn backup(folder: &tempfile::TempDir, store: &Store) -> PathBuf {
    store.namespace("a").set("k", &"old").unwrap();
    store.backup(folder.path().join("backup.db")).unwrap().path
}

#[test]
fn a_backup_becomes_a_store_where_nothing_is() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let from = backup(&folder, &store);
    let into = folder.path().join("new.db");
    let report = Store::restore(&from, &into).unwrap();
    assert_eq!(report, RestoreReport { path: into.clone(), restored: 1, revision: 1 });
    let new = fast().open(&into).unwrap();
    assert_eq!(new.namespace("a").get::<String>("k").unwrap().as_deref(), Some("old"));
    assert_eq!((new.namespace("a").set("k", &1).unwrap(), new.lost_commits()), (2, None));
    // A store that is in use is a source as good as a backup.
    let live = Store::restore(&path, folder.path().join("copy.db")).unwrap();
    assert_eq!(live.revision, 1);
    let error = Store::restore(&from, &into).unwrap_err();
    assert!(error.to_string().contains("there is a file already"), "{error}");
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let good = backup(&folder, &store);
    store.close().unwrap();
    drop(store);
    let before = std::fs::read(&path).unwrap();
    let bad = folder.path().join("bad.db");
    let mut half = std::fs::read(&good).unwrap();
    half.truncate(half.len() / 2);
    for (bytes, code) in [(&b""[..], "NOT_A_STORE"), (b"some text", "NOT_A_STORE"), (&half, "CORRUPT")] {
        std::fs::write(&bad, bytes).unwrap();
        assert_eq!(force(&bad, &path).unwrap_err().code(), code);
        assert_eq!(std::fs::read(&bad).unwrap(), bytes);
    }
    assert_eq!(force(&folder.path().join("none"), &path).unwrap_err().code(), "IO");
    assert!(std::fs::read(&path).unwrap() == before, "the store was not touched");
    let other = folder.path().join("letter.txt");
    std::fs::write(&other, "dear diary").unwrap();
    assert_eq!(force(&good, &other).unwrap_err().code(), "NOT_A_STORE");
    assert_eq!(
        std::fs::read(&other).unwrap(),
        b"dear diary",
        "what is no store is not replaced, force or not"
    );
}

#[test]
fn an_open_store_goes_on_with_what_was_put_back() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let from = backup(&folder, &store);
    let other = fast().open(&path).unwrap();
    store.namespace("a").set("k", &"new").unwrap();
    store.namespace("later").set("k", &1).unwrap();
    assert_eq!(other.namespace("later").get("k").unwrap(), Some(1), "it knows the namespace");
    let watch = other.watch(WatchOptions::new().namespace("a").pattern("x*")).unwrap();
    let snapshot = other.snapshot().unwrap();
    let tx = other.begin(TransactionOptions::new()).unwrap();
    let read: Option<String> = tx.namespace("a").get("k").unwrap();
    tx.namespace("b").set("seen", &read).unwrap();

    let report = force(&from, &path).unwrap();
    assert_eq!((report.restored, report.revision), (1, 4), "the journal goes on");
    for store in [&store, &other, &fast().open(&path).unwrap()] {
        assert_eq!(store.namespace("a").get::<String>("k").unwrap().as_deref(), Some("old"));
        assert_eq!(store.namespace("later").get::<i32>("k").unwrap(), None);
        assert_eq!((store.revision().unwrap(), store.lost_commits()), (4, None));
        assert_journal_whole(store);
    }
    assert_eq!(
        snapshot.namespace("a").get::<String>("k").unwrap().as_deref(),
        Some("new"),
        "as of its moment"
    );
    assert!(matches!(tx.commit(), Err(Error::Conflict { found: Some(4), .. })), "it has read what is gone");
    let told = watch.try_next().unwrap().unwrap();
    assert_eq!(
        (told.revision, &*told.facet, &*told.operation),
        (4, "store", "restore"),
        "every watch is told"
    );

    // Another namespace must not get the id that a handle remembers of one that was made after the backup.
    store.namespace("intruder").set("k", &"mine").unwrap();
    other.namespace("later").set("k", &2).unwrap();
    assert_eq!(store.namespace("intruder").get::<String>("k").unwrap().as_deref(), Some("mine"));
    assert_eq!(store.namespaces("*").unwrap(), ["a", "intruder", "later"]);
    assert_eq!(force(&from, &path).unwrap().revision, 7, "and once more");
    drop(snapshot);
    for store in [store, other] {
        store.close().unwrap();
    }
    drop(watch);
    assert_file_sound(&path);
}

/// Reads and counts until the parent's sign; reports the commits that it made.
fn in_use(path: &Path, what: &str) {
    let store = fast().open(path).unwrap();
    let over = AtomicBool::new(false);
    common::report("ready");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            common::await_go();
            over.store(true, Ordering::SeqCst);
        });
        let mut count = 0_u32;
        while !over.load(Ordering::SeqCst) {
            if what == "write" {
                store.namespace("counts").increment(&std::process::id().to_string(), 1).unwrap();
            } else {
                let pair = store.namespace("a").batch_get(&["left", "right"]).unwrap();
                assert!(pair.len() == 2 && pair[0].1 == pair[1].1, "{pair:?}");
            }
            count += 1;
        }
        common::report(&count.to_string());
    });
}

#[test]
fn other_processes_go_on_meanwhile() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let pair = |store: &Store, n: u32| {
        let value = statehold::Value::json(&format!("{n} {}", "v".repeat(200_000))).unwrap();
        store.namespace("a").batch_set([("left", value.clone()), ("right", value)], None).unwrap()
    };
    pair(&store, 0);
    let from = store.backup(folder.path().join("backup.db")).unwrap().path;
    pair(&store, 1);
    let mut children: Vec<_> =
        ["read", "read", "write", "write"].map(|what| spawn("use", &path, what)).into();
    let lines: Vec<_> = children.iter_mut().map(reports).collect();
    let lines: Vec<_> = lines.into_iter().map(|mut lines| (lines.next(), lines).1).collect();
    let mut last = 0;
    for _ in 0..5 {
        std::thread::sleep(ms(100));
        let report = force(&from, &path).unwrap();
        assert!(report.restored == 1 && report.revision > last, "{report:?}");
        last = report.revision;
        assert!(store.revision().unwrap() >= last);
        pair(&store, 2);
    }
    for child in &mut children {
        drop(child.stdin.take());
    }
    for (mut child, mut lines) in children.into_iter().zip(lines) {
        let did: u32 = lines.next().expect("it found what it should").parse().unwrap();
        assert!(did > 10, "only {did} times");
        assert!(lines.next().is_none() && child.wait().unwrap().success());
    }
    assert_journal_whole(&store);
    assert_eq!(store.lost_commits(), None);
    let restores = store.journal(0, usize::MAX).unwrap();
    let restores =
        restores.iter().flat_map(|row| &row.changes).filter(|change| change.operation == "restore");
    assert_eq!(restores.count(), 5);
}

#[test]
fn a_damaged_store_is_replaced_once_nobody_has_it_open() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let from = backup(&folder, &store);
    for n in 0..100 {
        store.namespace("a").set(&n.to_string(), &"v".repeat(1_000)).unwrap();
    }
    store.close().unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4;
    bytes[4096..middle].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(force(&from, &path).unwrap().revision, 1);
    let store = fast().open(&path).unwrap();
    assert_eq!((store.revision().unwrap(), store.lost_commits()), (1, None), "the witness knows of it");
    assert_eq!(store.namespace("a").get::<String>("k").unwrap().as_deref(), Some("old"));
    assert_journal_whole(&store);
}

#[test]
fn another_store_or_history_is_replaced_once_nobody_has_it_open() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let older = backup(&folder, &store);
    store.namespace("a").set("k", &"newer").unwrap();
    let newer = store.backup(folder.path().join("newer.db")).unwrap().path;
    let stranger = folder.path().join("stranger.db");
    fast().open(&stranger).unwrap().namespace("s").set("k", &1).unwrap();
    let error = force(&stranger, &path).unwrap_err();
    assert!(error.to_string().contains("it is open"), "{error}");
    store.close().unwrap();
    drop(store);
    assert_eq!(force(&stranger, &path).unwrap().revision, 1);
    assert_eq!(fast().open(&path).unwrap().namespaces("*").unwrap(), ["s"]);
    // Back to the first one, then from its past to its future, which it knows nothing of.
    assert_eq!(force(&older, &path).unwrap().revision, 1);
    assert_eq!(force(&newer, &path).unwrap().revision, 2);
    let store = fast().open(&path).unwrap();
    assert_eq!(store.namespace("a").get::<String>("k").unwrap().as_deref(), Some("newer"));
    assert_eq!(store.lost_commits(), None);
    // The journal of the store does not reach back to the backup, but its future has come from there.
    let short = fast().journal_max_rows(10).open(&path).unwrap();
    for n in 0..50 {
        short.namespace("a").set("n", &n).unwrap();
    }
    assert_eq!(force(&older, &path).unwrap().revision, 53);
    assert_journal_whole(&store);
    assert_eq!(store.namespace("a").list("*").unwrap(), ["k"]);
}

#[test]
fn a_log_that_was_left_behind_does_not_get_into_the_restored_store() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let from = backup(&folder, &store);
    let mut child = spawn("use", &path, "write");
    assert_eq!(reports(&mut child).next().as_deref(), Some("ready"));
    store.close().unwrap();
    drop(store);
    std::thread::sleep(ms(100));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(std::fs::metadata(common::beside(&path, "-wal")).unwrap().len() > 0, "the log is left");
    std::fs::remove_file(&path).unwrap();
    Store::restore(&from, &path).unwrap();
    let store = fast().open(&path).unwrap();
    assert_eq!((store.revision().unwrap(), store.lost_commits()), (1, None));
    store.close().unwrap();
    drop(store);
    assert_file_sound(&path);
}
