//! The end of a process at named points.
//!
//! Goal: wherever in opening, committing or moving the log a process ends, the next one finds every
//! acknowledged commit, none of a part, and a store that works. Method: `engine/crash_point.rs` ends the
//! child at the n-th time that it comes by a point; this needs `--features crash-points`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use statehold::{Error, Store};

use common::{assert_file_sound, assert_journal_whole, fast, new_path, report};

const COMMITS: u64 = 60;
/// So many bytes a commit that the log is moved into the file several times.
const FILLING: &str = "500000";

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((_, path, filling)) = common::role() else { return };
    // Without the thread, the commits themselves move the log.
    let store = fast().background(false).open(path).unwrap();
    let start = store.namespace("left").get("n").unwrap().unwrap_or(0);
    for n in start + 1..=start + COMMITS {
        store
            .transaction(|tx| {
                tx.namespace("left").set("n", &n)?;
                tx.namespace("right").set("n", &n)?;
                // What does not change would not be written.
                let filling = vec![n.to_le_bytes()[0]; filling.parse().unwrap()];
                tx.namespace("filling").set_bytes(&format!("{}", n % 4), &filling)?;
                Ok::<_, Error>(())
            })
            .unwrap();
        report(&n.to_string());
    }
    store.close().unwrap();
    report("closed");
}

/// Runs the child, each commit with so many bytes of `filling`, until `point` for the `times`-th time; what it acknowledged last, and whether it ended
/// there.
fn run_until(point: &str, times: u32, filling: &str, path: &Path) -> (u64, bool) {
    let mut command = common::command("write", path, filling);
    let mut child = command.env("STATEHOLD_CRASH_AT", format!("{point}:{times}")).spawn().unwrap();
    let reports: Vec<String> = common::reports(&mut child).collect();
    let status = child.wait().unwrap();
    let crashed = status.code().is_none();
    assert!(crashed || status.success(), "it failed by itself: {status}");
    let acknowledged = reports.iter().filter_map(|line| line.parse().ok()).max().unwrap_or(0);
    (acknowledged, crashed)
}

/// Asserts what must be true after a crash, and gives the last commit that is there.
fn look(path: &Path, acknowledged: u64, point: &str) -> u64 {
    let store = Store::open(path).unwrap();
    let n = |name: &str| store.namespace(name).get::<u64>("n").unwrap().unwrap_or(0);
    assert_eq!(n("left"), n("right"), "{point}: a part of a transaction");
    let found = n("left");
    assert!(found >= acknowledged, "{point}: {acknowledged} was acknowledged, {found} is there");
    assert!(found <= acknowledged + 1, "{point}: more than one commit was under way");
    assert_eq!(store.revision().unwrap(), found, "{point}: the journal");
    assert_eq!(store.lost_commits(), None, "{point}");
    assert_journal_whole(&store);
    store.close().unwrap();
    drop(store);
    assert_file_sound(path);
    found
}

#[test]
fn nothing_is_lost_at_any_point_of_a_commit() {
    let points = [
        ("begun", false),
        ("before-commit", false),
        ("visible", true),
        ("counted", true),
        ("after-commit", true),
    ];
    for (point, may_be_there) in points {
        let (_folder, path) = new_path();
        let mut before = 0;
        for times in [1, 2, 17, COMMITS] {
            let (acknowledged, crashed) = run_until(point, u32::try_from(times).unwrap(), "10", &path);
            assert!(crashed, "{point} was not reached {times} times");
            let found = look(&path, acknowledged.max(before), point);
            assert_eq!(found - before, if may_be_there { times } else { times - 1 }, "{point}");
            before = found;
        }
    }
}

#[test]
fn what_another_has_read_ends_also_by_a_commit_that_was_not_told() {
    for point in ["visible", "counted"] {
        let (_folder, path) = new_path();
        // With a cache, whatever the tests are run with.
        let store = fast().cache_bytes(1 << 20).open(&path).unwrap();
        let n = |store: &Store| store.namespace("left").get::<u64>("n").unwrap().unwrap_or(0);
        let mut expected = 0;
        for times in [1, 3, 2] {
            for _ in 0..3 {
                assert_eq!(n(&store), expected, "{point}");
            }
            let (acknowledged, crashed) = run_until(point, times, "10", &path);
            expected += u64::from(times);
            assert!(crashed && acknowledged < expected, "{point}");
            // More often than anybody waits for being told.
            for again in 0..100 {
                assert_eq!(n(&store), expected, "{point}, read {again}");
            }
            // The next one finds out that something was not told.
            assert_eq!(n(&store), expected);
            fast().open(&path).unwrap().namespace("another").set("k", &times).unwrap();
            assert_eq!(n(&store), expected, "{point}");
        }
        assert!(store.stats().cache_hits > 100, "{point}: nothing was kept");
    }
}

#[test]
fn a_store_that_was_half_made_is_made_by_the_next() {
    for point in ["file-made", "in-tables", "tables-made"] {
        let (_folder, path) = new_path();
        for round in 0..3 {
            let (acknowledged, crashed) = run_until(point, 1, "10", &path);
            // The tables are made once; the other points are come by until they are.
            assert_eq!(crashed, round == 0 || point != "tables-made", "{point}");
            assert!(acknowledged == 0 || !crashed, "{point}");
        }
        let found = look(&path, last(&path), point);
        let (acknowledged, crashed) = run_until("nowhere", 1, "10", &path);
        assert!(!crashed);
        assert_eq!(look(&path, acknowledged, point), found + COMMITS);
    }
}

#[test]
fn a_file_of_format_1_that_was_half_upgraded_is_upgraded_by_the_next() {
    let (_folder, path) = new_path();
    std::fs::write(&path, include_bytes!("data/format-1.db")).unwrap();
    for _ in 0..2 {
        let (acknowledged, crashed) = run_until("in-tables", 1, "10", &path);
        assert!(crashed && acknowledged == 0);
    }
    let store = Store::open(&path).unwrap();
    assert_eq!((store.namespace("settings").count("*").unwrap(), store.revision().unwrap()), (3, 6));
    assert!(store.plugin_states().names("*").unwrap().is_empty());
    store.plugin("lint").save(&1).unwrap();
    assert_journal_whole(&store);
    store.close().unwrap();
    drop(store);
    assert_file_sound(&path);
}

/// The last commit that is there.
fn last(path: &Path) -> u64 {
    let store = Store::open(path).unwrap();
    let last = store.revision().unwrap();
    store.close().unwrap();
    last
}

#[test]
fn nothing_is_lost_around_a_checkpoint() {
    for point in ["before-checkpoint", "after-checkpoint"] {
        let (_folder, path) = new_path();
        let mut before = 0;
        for times in 1..=3 {
            let (acknowledged, crashed) = run_until(point, times, FILLING, &path);
            assert!(crashed, "{point} was not reached {times} times");
            before = look(&path, acknowledged.max(before), point);
        }
        assert!(before > 10, "only {before} commits");
    }
}
