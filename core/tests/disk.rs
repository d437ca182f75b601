//! Disks that are full or fail.
//!
//! Goal: a full disk gives a clear error, reading goes on, and writing goes on without a reopen once there
//! is room; an error of COMMIT says that the outcome is not known, and a reopen tells which it was. Method:
//! a small tmpfs, which needs root; errors injected into a child's calls by strace. Where one of them is
//! missing, the test prints why it was skipped.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not
#![cfg(target_os = "linux")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use statehold::{Error, Store, Value};

use common::{assert_file_sound, assert_journal_whole, report};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((_, path, _)) = common::role() else { return };
    // It may strike while the store is being made; then there is nothing to report.
    let Ok(store) = Store::options().background(false).open(path) else { return };
    for n in 1..=20 {
        match store.namespace("a").set(&format!("{n}"), &n) {
            Ok(revision) => report(&format!("ok {n} {revision}")),
            Err(error) => report(&format!("{} {n} {error}", error.code())),
        }
    }
}

/// A small file system of its own, unmounted at the end.
struct Small(tempfile::TempDir);

impl Small {
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "statehold-test"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        println!("skipped: a tmpfs can't be mounted here; it needs root");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_told_and_writing_goes_on_when_there_is_room() {
    let Some(small) = Small::new("10m") else { return };
    let path = small.path("store.db");
    let ballast = small.path("ballast");
    // More than the log, which may be moved into the file just when there is room again.
    std::fs::write(&ballast, vec![0; 6 << 20]).unwrap();
    let store = Store::open(&path).unwrap();
    let ns = store.namespace("a");
    let bytes = |n: u32| vec![n.to_le_bytes()[0]; 100_000];
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for n in 0..100 {
        match ns.set_bytes(&format!("{n}"), &bytes(n)) {
            Ok(_) => acknowledged.push(n),
            Err(error) => {
                assert!(matches!(error, Error::StorageFull { .. }), "{error:?}");
                refused += 1;
            }
        }
        if refused == 5 {
            break;
        }
    }
    assert!(refused == 5 && acknowledged.len() > 5, "{refused} refused, {} set", acknowledged.len());
    let whole = |store: &Store| {
        let ns = store.namespace("a");
        for n in &acknowledged {
            assert_eq!(ns.get_bytes(&format!("{n}")).unwrap(), Some(bytes(*n)), "reading goes on");
        }
        assert_eq!(ns.count("*").unwrap(), acknowledged.len() as u64, "what was refused is not there");
    };
    whole(&store);
    let tx = store.transaction(|tx| {
        (0..9).try_for_each(|n| tx.namespace("tx").set_bytes(&format!("{n}"), &bytes(n)).map(drop))
    });
    assert!(matches!(tx, Err(Error::StorageFull { .. })), "{tx:?}");
    assert_eq!(store.namespace("tx").count("*").unwrap(), 0, "nothing of it is there");

    std::fs::remove_file(&ballast).unwrap();
    let before = store.revision().unwrap();
    assert_eq!(
        ns.set_value("after", Value::Bytes(bytes(7)), &statehold::SetOptions::new()).unwrap(),
        before + 1
    );
    ns.delete("after").unwrap();
    whole(&store);
    assert_journal_whole(&store);
    store.close().unwrap();
    drop(store);
    let again = Store::open(&path).unwrap();
    assert_eq!(again.lost_commits(), None);
    whole(&again);
    again.close().unwrap();
    drop(again);
    assert_file_sound(&path);
}

#[test]
fn a_store_can_not_be_made_on_a_full_disk_and_can_be_later() {
    let Some(small) = Small::new("1m") else { return };
    let (path, ballast) = (small.path("store.db"), small.path("ballast"));
    let _ = std::fs::write(&ballast, vec![0; 2 << 20]);
    let error = Store::open(&path).err().expect("there is no room");
    assert!(matches!(error, Error::StorageFull { .. } | Error::Io { .. }), "{error:?}");
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap(), 1);
}

/// Runs the child with an error injected into the `nth` call of its kind; what it reported. None without
/// strace.
fn with_error(path: &Path, call: &str, errno: &str, nth: u32) -> Option<Vec<String>> {
    let plain = common::command("write", path, "");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:error={errno}:when={nth}")]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: there is no strace");
        return None;
    };
    let reported: Vec<String> = common::reports(&mut child).collect();
    child.wait().unwrap();
    Some(reported)
}

#[test]
fn an_error_of_the_disk_is_told_as_it_is() {
    let (mut unknown, mut failed) = (0, 0);
    for (call, errno) in [("fdatasync", "EIO"), ("fsync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")]
    {
        for nth in (1..=60).step_by(if common::long() { 1 } else { 6 }) {
            let (_folder, path) = common::new_path();
            let Some(reported) = with_error(&path, call, errno, nth) else { return };
            let what = format!("{call} {errno} {nth}");
            if reported.is_empty() {
                // It struck while the store was being made: opening it again must work.
                assert_eq!(Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap(), 1, "{what}");
                continue;
            }
            assert_eq!(reported.len(), 20, "{what}: {reported:?}");
            let store = Store::open(&path).unwrap();
            for line in &reported {
                let [code, n, rest] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
                let there = store.namespace("a").exists(n).unwrap();
                match code {
                    "ok" => {
                        let entry = store.namespace("a").entry(n).unwrap();
                        let entry = entry.unwrap_or_else(|| panic!("{what}: {line} is lost"));
                        assert_eq!(entry.revision.to_string(), rest, "{what}");
                    }
                    "COMMIT_UNKNOWN" => unknown += 1,
                    "STORAGE_FULL" | "IO" => {
                        failed += 1;
                        assert!(!there, "{what}: {line}, and it did happen");
                    }
                    _ => panic!("{what}: {line}"),
                }
            }
            let bad = reported.iter().filter(|line| !line.starts_with("ok")).count();
            assert!(bad <= 1, "{what}: one error, and it goes on: {reported:?}");
            assert_journal_whole(&store);
            store.close().unwrap();
            drop(store);
            assert_file_sound(&path);
        }
    }
    println!("{unknown} unknown outcomes, {failed} failures");
    assert!(unknown > 0, "no error struck a COMMIT: the test shows nothing");
}
