//! Backups.
//!
//! Goal: a backup is the store as of one revision, whoever writes meanwhile; one that is interrupted leaves nothing that
//! looks like one; nothing is overwritten unasked; a damaged store gives no backup. Method: four processes that write
//! while backups are made, each of which is compared with the journal up to its revision, key by key; a process that
//! makes backups without a pause, killed at random.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use statehold::{BackupOptions, Error, Store, Value};

use common::{
    Random, assert_file_sound, assert_journal_whole, beside, fast, ms, new_path, reports, rounds, seed, spawn,
};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, _)) = common::role() else { return };
    match role.as_str() {
        "write" => write(&path),
        "back-up" => back_up(&path),
        other => panic!("{other}"),
    }
}

/// Sets, changes and deletes keys until it is killed.
fn write(path: &Path) {
    let store = fast().open(path).unwrap();
    let (ns, mut random) = (store.namespace("a"), Random(u64::from(std::process::id())));
    common::report("ready");
    loop {
        let key = format!("{}:{}", std::process::id(), random.below(200));
        match random.below(4) {
            0 => drop(ns.delete(&key).unwrap()),
            1 => {
                let keys =
                    [key, "shared".to_owned()].map(|key| (key, Value::json(&random.below(9)).unwrap()));
                ns.batch_set(keys, None).map(drop).unwrap();
            }
            _ => drop(ns.set(&key, &"v".repeat(usize::try_from(random.below(2_000)).unwrap())).unwrap()),
        }
    }
}

/// The keys with the revisions that they must be at, by the journal.
fn by_journal(store: &Store, until: u64) -> BTreeMap<String, u64> {
    let mut keys = BTreeMap::new();
    for row in store.journal(0, usize::try_from(until).unwrap()).unwrap() {
        for change in row.changes {
            match &*change.operation {
                "set" => drop(keys.insert(change.key, row.revision)),
                "delete" => drop(keys.remove(&change.key)),
                other => panic!("{other}"),
            }
        }
    }
    keys
}

/// The keys with the revisions that they are at.
fn held(store: &Store) -> BTreeMap<String, u64> {
    let ns = store.namespace("a");
    ns.list("*")
        .unwrap()
        .into_iter()
        .map(|key| (ns.entry(&key).unwrap().unwrap().revision, key))
        .map(|(r, k)| (k, r))
        .collect()
}

#[test]
fn a_backup_while_others_write_is_the_store_at_one_revision() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let mut writers: Vec<_> = (0..4).map(|_| spawn("write", &path, "")).collect();
    for writer in &mut writers {
        assert_eq!(reports(writer).next().as_deref(), Some("ready"));
    }
    let mut revisions = Vec::new();
    for round in 0..rounds(6, 60) {
        std::thread::sleep(ms(100));
        let target = folder.path().join(format!("{round}.db"));
        let (before, mut steps) = (store.revision().unwrap(), Vec::new());
        let report = store.backup_with(&target, BackupOptions::new(), |at| steps.push(at)).unwrap();
        assert!(report.revision >= before && report.revision <= store.revision().unwrap());
        assert!(steps.is_sorted_by_key(|at| at.done) && steps.last().is_some_and(|at| at.done == at.total));
        assert_eq!(report.bytes, std::fs::metadata(&target).unwrap().len());
        let copy = fast().background(false).open(&target).unwrap();
        assert_eq!((copy.revision().unwrap(), copy.lost_commits()), (report.revision, None));
        assert_eq!(copy.verify_journal().unwrap().hash, report.hash);
        assert_journal_whole(&copy);
        assert!(held(&copy) == by_journal(&store, report.revision), "round {round}");
        copy.close().unwrap();
        drop(copy);
        assert_file_sound(&target);
        revisions.push(report.revision);
    }
    for mut writer in writers {
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    println!("backups of the revisions {revisions:?}");
    assert!(revisions.is_sorted() && revisions[0] < revisions[revisions.len() - 1], "they wrote meanwhile");
}

/// Makes backups until it is killed.
fn back_up(path: &Path) {
    let store = fast().open(path).unwrap();
    common::report("ready");
    for round in 0.. {
        store.backup(beside(path, &format!(".{}-{round}.backup", std::process::id()))).unwrap();
    }
}

fn names(folder: &Path) -> impl Iterator<Item = String> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap())
}

fn backups(folder: &Path) -> usize {
    names(folder).filter(|name| name.ends_with(".backup")).count()
}

fn partials(folder: &Path) -> impl Iterator<Item = String> {
    names(folder).filter(|name| name.ends_with(".partial"))
}

#[test]
fn what_is_being_made_is_not_taken_for_what_was_left_behind() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    for other in [".x-abc.partial", "x.partial", ".y-abc.partial"] {
        std::fs::create_dir(folder.path().join(other)).unwrap();
    }
    std::fs::write(folder.path().join(".y-abc.partial/mine"), "").unwrap();
    let mut rounds = 0;
    let report = store
        .backup_with(folder.path().join("outer"), BackupOptions::new(), |_| {
            store.backup(folder.path().join(format!("inner-{rounds}"))).unwrap();
            rounds += 1;
            let mut left: Vec<_> = partials(folder.path()).collect();
            left.sort();
            assert!(left.len() == 3 && left[0].starts_with(".outer-"), "{left:?}");
            assert_eq!(left[1..], [".y-abc.partial", "x.partial"], "not ours, but for the empty one");
        })
        .unwrap();
    assert_eq!((report.revision, rounds > 0), (1, true));
    assert_eq!(partials(folder.path()).count(), 2);
}

#[test]
fn one_that_is_killed_leaves_nothing_that_looks_like_a_backup() {
    let mut random = Random(seed("one_that_is_killed_leaves_nothing_that_looks_like_a_backup"));
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    for n in 0..40 {
        store.namespace("a").set(&n.to_string(), &"v".repeat(100_000)).unwrap();
    }
    let (mut whole, mut partial) = (0, 0);
    for round in 0..rounds(15, 150) {
        let mut child = spawn("back-up", &path, "");
        assert_eq!(reports(&mut child).next().as_deref(), Some("ready"));
        // Every third is left alone until it has made one, however busy the machine is.
        while round % 3 == 0 && backups(folder.path()) == 0 {
            std::thread::sleep(ms(1));
        }
        std::thread::sleep(ms(random.below(150)));
        child.kill().unwrap();
        child.wait().unwrap();
        for entry in folder.path().read_dir().unwrap().map(Result::unwrap) {
            let (name, found) = (entry.file_name().into_string().unwrap(), entry.path());
            if name.ends_with(".partial") {
                assert!(name.starts_with('.') && found.is_dir(), "{name}");
                partial += 1;
            } else if name.ends_with(".backup") {
                let copy = fast().background(false).open(&found).unwrap();
                assert_eq!((copy.revision().unwrap(), held(&copy).len()), (40, 40), "{name}");
                copy.close().unwrap();
                drop(copy);
                for ending in ["", "-statehold"] {
                    std::fs::remove_file(beside(&found, ending)).unwrap();
                }
                whole += 1;
            } else {
                assert!(name.starts_with("store.db") && !name.contains("backup"), "{name}");
            }
        }
    }
    println!("{whole} whole backups, {partial} cut off");
    assert!(whole > 0 && partial > 0, "{whole} whole backups and {partial} cut off show nothing");
    // What the last one has left is removed by the next that makes a copy in that folder, whatever its name.
    store.backup(folder.path().join("other")).unwrap();
    let left: Vec<_> = partials(folder.path()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn what_is_there_is_left_alone_unless_asked() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    let target = folder.path().join("target");
    std::fs::write(&target, "not a store").unwrap();
    let over = BackupOptions::new().overwrite(true);
    assert!(matches!(store.backup(&target), Err(Error::Io { .. })));
    assert_eq!(std::fs::read(&target).unwrap(), b"not a store");
    assert_eq!(store.backup_with(&target, over, |_| ()).unwrap().revision, 1);
    let error = store.backup_with(&path, over, |_| ()).unwrap_err();
    assert!(error.to_string().contains("the store itself"), "{error}");
    let other = fast().open(&target).unwrap();
    let error = store.backup_with(&target, over, |_| ()).unwrap_err();
    assert!(error.to_string().contains("open"), "{error}");
    // The witness of what was there must not speak of the new one.
    for n in 0..5 {
        other.namespace("a").set("k", &n).unwrap();
    }
    other.close().unwrap();
    drop(other);
    store.backup_with(&target, over, |_| ()).unwrap();
    let other = fast().open(&target).unwrap();
    assert_eq!((other.revision().unwrap(), other.lost_commits()), (1, None));
    for wrong in ["", "no/such/folder/x"] {
        assert!(store.backup(folder.path().join(wrong)).is_err(), "{wrong:?}");
    }
    store.close().unwrap();
    assert_eq!(store.backup(folder.path().join("late")).unwrap_err().code(), "CLOSED");
    assert!(!folder.path().join("late").exists());
}

#[test]
#[cfg(unix)]
fn a_backup_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = new_path();
    let target = fast().open(&path).unwrap().backup(folder.path().join("target")).unwrap().path;
    assert_eq!(std::fs::metadata(target).unwrap().permissions().mode() & 0o777, 0o600);
    let names =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.contains("partial")), "nothing is left over");
}

#[test]
fn a_damaged_store_gives_no_backup() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    for n in 0..50 {
        store.namespace("a").set(&n.to_string(), &"v".repeat(1_000)).unwrap();
    }
    store.close().unwrap();
    drop(store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE journal SET actor = 'somebody' WHERE revision = 7", []).unwrap();
    drop(other);
    let target = folder.path().join("target");
    let store = fast().open(&path).unwrap();
    assert_eq!(store.backup(&target).unwrap_err().code(), "CORRUPT");
    assert!(!target.exists());
}
