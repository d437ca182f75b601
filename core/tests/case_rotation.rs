//! Rotation of receipts.
//!
//! Goal: receipts leave the store only once they are on the disk in the archive; the chain verifies across both; a crash
//! in between leaves no gap and no double; growth is bounded by the setting. Method: rotations by hand, archives that end
//! as a crash would leave them, changed archives, and many rotations at once.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use serde_json::json;
use statehold::{Case, CaseOptions, Error, History, ManualClock, RotateOptions, Store, Token};

use common::{beside, fast, ms, new_path, still};

fn steps(case: &Case, count: u64) {
    for _ in 0..count {
        case.increment_step_count();
        case.add_token(Token::new(format!("t{}", case.sequence()), "x\ny"));
        case.commit(0).unwrap();
    }
}

fn new_case(store: &Store, id: &str, history: History) -> Case {
    store.create_case(&json!({}), &CaseOptions::new().case_id(id).history(history)).unwrap()
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Asserts that all fits, here and across the archive, and that the archive has each receipt once.
fn assert_whole(case: &Case, archive: &Path, archived: u64) {
    assert_eq!(case.verify(None).unwrap().problems, []);
    let check = case.verify(Some(archive)).unwrap();
    assert_eq!((check.archived, check.problems), (archived, vec![]));
    let numbers: Vec<u64> = lines(archive)
        .iter()
        .filter(|line| line["case_id"] == case.id())
        .map(|line| line["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=archived).collect::<Vec<_>>());
}

#[test]
fn receipts_move_and_the_chain_holds() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let archive = beside(&path, "-receipts.jsonl");
    let (names, full) = (new_case(&store, "names", History::Names), new_case(&store, "full", History::Full));
    for round in 1..=3 {
        for case in [&names, &full] {
            steps(case, 10);
            let expected = if round == 1 { 6 } else { 10 };
            assert_eq!(case.rotate_receipts(&RotateOptions::new().keep(5)).unwrap(), expected);
            assert_eq!(case.rotate_receipts(&RotateOptions::new().keep(5)).unwrap(), 0);
            assert_whole(case, &archive, round * 10 - 4);
        }
    }
    assert_eq!(full.receipts(0, None).unwrap().first().unwrap().sequence, 27);
    assert_eq!(full.at(28).unwrap().metadata.step_count, 27);
    assert_eq!(full.at(27).unwrap().metadata.step_count, 26, "it is rebuilt from the state at the anchor");
    let error = full.at(26).unwrap_err();
    assert!(error.to_string().contains("rotated"), "{error}");
    // An open handle does not notice, and goes on.
    steps(&names, 1);
    assert_eq!(names.rotate_receipts(&RotateOptions::new()).unwrap(), 5, "the last one always stays");
    assert_eq!(names.rotate_receipts(&RotateOptions::new().keep(0)).unwrap(), 0);
    assert_whole(&names, &archive, 31);
    assert_eq!(store.verify().unwrap().problems, []);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let operation = store.journal(store.revision().unwrap() - 1, 1).unwrap()[0].changes[0].operation.clone();
    assert_eq!(operation, "rotate");
}

#[test]
fn by_age() {
    let clock = ManualClock::new();
    let (_folder, path) = new_path();
    let store = still(&clock).open(&path).unwrap();
    let case = new_case(&store, "c", History::Names);
    steps(&case, 4);
    clock.advance(ms(60_000));
    let noon = statehold::Clock::now(&clock);
    steps(&case, 5);
    let before = RotateOptions::new().before(noon);
    assert_eq!(case.rotate_receipts(&before.clone().keep(8)).unwrap(), 2, "both must be true");
    assert_eq!(case.rotate_receipts(&before).unwrap(), 3);
    assert_eq!(case.receipts(0, None).unwrap().len(), 5);
    assert_eq!(case.rotate_receipts(&RotateOptions::new().before(noon - ms(999_999))).unwrap(), 0);
}

#[test]
fn a_crash_in_between_leaves_no_gap_and_no_double() {
    let (folder, path) = new_path();
    let archive = folder.path().join("archive.jsonl");
    let to = RotateOptions::new().archive(&archive).keep(2);
    // What each crash leaves: lines that the store still has, a part of them, a part of a line.
    for (case_id, left) in [("all", 100), ("part", 50), ("none", 0)] {
        let store = fast().open(&path).unwrap();
        let case = new_case(&store, case_id, History::Full);
        let other = new_case(&store, &format!("{case_id} besides"), History::Names);
        steps(&case, 9);
        // The rotation of a copy writes the lines, which the store itself then does not know of.
        store.close().unwrap();
        let copied = folder.path().join("copy.db");
        std::fs::copy(&path, &copied).unwrap();
        let before = std::fs::read(&archive).unwrap_or_default();
        let copy = fast().open(&copied).unwrap();
        copy.case(case_id).unwrap().rotate_receipts(&to).unwrap();
        copy.close().unwrap();
        let written = std::fs::read(&archive).unwrap();
        let kept = before.len() + (written.len() - before.len()) * left / 100;
        std::fs::write(&archive, &written[..kept]).unwrap();
        drop((case, other));
        let store = fast().open(&path).unwrap();
        // Somebody else's lines come in between.
        let other = store.case(&format!("{case_id} besides")).unwrap();
        steps(&other, 4);
        other.rotate_receipts(&to).unwrap();
        let case = store.case(case_id).unwrap();
        assert_eq!(
            case.verify(Some(&archive)).unwrap().problems,
            [],
            "{case_id}: lines in both are no problem"
        );
        steps(&case, 1);
        assert_eq!(case.rotate_receipts(&to).unwrap(), 9);
        assert_whole(&case, &archive, 9);
        assert_whole(&other, &archive, 3);
        store.close().unwrap();
    }
}

#[test]
fn a_changed_archive_is_found() {
    let (folder, path) = new_path();
    let archive = folder.path().join("archive.jsonl");
    let store = fast().open(&path).unwrap();
    let case = new_case(&store, "c", History::Full);
    steps(&case, 9);
    case.rotate_receipts(&RotateOptions::new().archive(&archive).keep(3)).unwrap();
    let good = std::fs::read_to_string(&archive).unwrap();
    let all: Vec<&str> = good.lines().collect();
    let changed = |text: String| {
        std::fs::write(&archive, text).unwrap();
        case.verify(Some(&archive)).unwrap().problems
    };
    assert_eq!(changed(good.clone()), []);
    for at in 0..all.len() {
        let without = [&all[..at], &all[at + 1..]].concat().join("\n") + "\n";
        assert!(!changed(without).is_empty(), "line {at} is missing");
        for (from, to) in [
            ("add_token", "add_tokem"),
            ("\"content\":\"", "\"content\":\" "),
            ("\"hash\":\"", "\"hash\":\"0"),
        ] {
            let mut lines: Vec<String> = all.iter().map(|line| (*line).to_owned()).collect();
            lines[at] = lines[at].replacen(from, to, 1);
            if lines[at] != all[at] {
                assert!(!changed(lines.join("\n") + "\n").is_empty(), "line {at}: {from}");
            }
        }
    }
    let mut swapped = all.clone();
    swapped.swap(3, 4);
    assert!(!changed(swapped.join("\n") + "\n").is_empty());
    assert!(!changed(String::new()).is_empty());
    let problem = &changed(good.replace("\"sequence\":4", "\"sequence\":5"))[0];
    assert_eq!(problem.sequence, Some(5));
    let missing = case.verify(Some(&folder.path().join("none.jsonl"))).unwrap_err();
    assert_eq!(missing.code(), "IO");
}

#[test]
fn an_id_that_is_used_again_begins_a_new_chain() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let archive = beside(&path, "-receipts.jsonl");
    for life in 1..=3 {
        let case = new_case(&store, "c", History::Names);
        steps(&case, 3 + life);
        case.rotate_receipts(&RotateOptions::new()).unwrap();
        let check = case.verify(Some(&archive)).unwrap();
        assert_eq!((check.archived, check.problems), (3 + life, vec![]));
        case.delete().unwrap();
    }
}

#[test]
fn a_failed_archive_keeps_the_receipts() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let case = new_case(&store, "c", History::Names);
    steps(&case, 5);
    let nowhere = RotateOptions::new().archive(folder.path().join("none/archive.jsonl"));
    assert!(matches!(case.rotate_receipts(&nowhere).unwrap_err(), Error::Io { .. }));
    assert_eq!(case.receipts(0, None).unwrap().len(), 6);
    case.delete().unwrap();
    assert_eq!(case.rotate_receipts(&RotateOptions::new()).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn growth_is_bounded() {
    let (_folder, path) = new_path();
    let archive = beside(&path, "-receipts.jsonl");
    let store = fast().max_receipts(20).open(&path).unwrap();
    let case = new_case(&store, "c", History::Full);
    for _ in 0..100 {
        steps(&case, 1);
        assert!(case.receipts(0, None).unwrap().len() <= 22);
    }
    for _ in 0..100 {
        store
            .transaction(|tx| {
                let case = tx.case("c")?;
                case.increment_step_count();
                case.commit(0)
            })
            .unwrap();
        assert!(case.receipts(0, None).unwrap().len() <= 22, "also by transactions");
    }
    let check = case.verify(Some(&archive)).unwrap();
    assert_eq!((check.receipts + check.archived, check.problems), (201, vec![]));
    let none = Store::options().max_receipts(0).open(":memory:");
    assert!(matches!(none, Err(Error::InvalidValue { path, .. }) if path == "max_receipts"));
}

#[test]
fn many_rotate_at_once() {
    let (_folder, path) = new_path();
    let archive = beside(&path, "-receipts.jsonl");
    let stores = [fast().max_receipts(10).open(&path).unwrap(), fast().max_receipts(10).open(&path).unwrap()];
    for id in ["a", "b"] {
        new_case(&stores[0], id, History::Full);
    }
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &stores[thread % 2];
            scope.spawn(move || {
                let case = store.case(["a", "b"][thread / 2]).unwrap();
                for _ in 0..60 {
                    case.increment_step_count();
                    case.commit(1_000).unwrap();
                    if thread == 3 {
                        case.rotate_receipts(&RotateOptions::new().keep(5)).unwrap();
                    }
                }
            });
        }
    });
    for id in ["a", "b"] {
        let case = stores[0].case(id).unwrap();
        assert_eq!(case.sequence(), 121);
        let check = case.verify(Some(&archive)).unwrap();
        assert_eq!((check.receipts + check.archived, check.problems), (121, vec![]));
        assert_whole(&case, &archive, check.archived);
    }
}
