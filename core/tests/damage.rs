//! Damaged files.
//!
//! Goal: a store with a damaged file gives a clear error or what it holds, never a panic or a hang; a log
//! that is damaged or gone is noticed through the witness beside the store; the witness itself is no more
//! than a help. Method: copies of a good store, each with one mutation at a random place: bytes flipped, a
//! page of garbage, cut short. 400 mutations in a normal run, 5,000 with `STATEHOLD_LONG=1`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use statehold::{Error, LostCommits, Result, Store};

use common::{Random, beside, fast, new_path, rounds, seed};

const KEYS: u64 = 120;

/// The value of a key: of some pages for a few of them.
fn value(n: u64) -> String {
    let times = if n.is_multiple_of(10) { 2_000 } else { 10 };
    format!("value {n} ").repeat(times)
}

fn fill(store: &Store) {
    for n in 0..KEYS {
        store.namespace("a").set(&format!("key {n}"), &value(n)).unwrap();
    }
}

/// The bytes of the store's files: the file itself, its log, its witness.
fn good(closed: bool) -> [Vec<u8>; 3] {
    let (_folder, path) = new_path();
    let store = fast().background(false).open(&path).unwrap();
    fill(&store);
    if closed {
        store.close().unwrap();
    }
    // Read by another process: reading them here would take the open store's locks away.
    let copy = tempfile::tempdir().unwrap();
    ["", "-wal", "-statehold"].map(|ending| {
        let (from, to) = (beside(&path, ending), copy.path().join("copy"));
        let _ = std::fs::remove_file(&to);
        if !from.exists() {
            return Vec::new();
        }
        assert!(std::process::Command::new("cp").arg(from).arg(&to).status().unwrap().success());
        std::fs::read(to).unwrap()
    })
}

fn write(path: &Path, files: &[Vec<u8>; 3]) {
    for (ending, bytes) in ["", "-wal", "-statehold"].into_iter().zip(files) {
        if !bytes.is_empty() {
            std::fs::write(beside(path, ending), bytes).unwrap();
        }
    }
}

/// One mutation, and what it was.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) -> String {
    let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
    match random.below(4) {
        0 | 1 => {
            let bit = random.below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        2 => {
            let end = bytes.len().min(at + 512);
            bytes[at..end].iter_mut().for_each(|byte| *byte = random.next().to_le_bytes()[0]);
            format!("garbage from {at} to {end}")
        }
        _ => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
    }
}

/// What came of looking at a damaged store.
#[derive(Default, Debug)]
struct Tally {
    refused: u32,
    failed: u32,
    missing: u32,
    altered: u32,
    same: u32,
}

fn look(path: &Path, tally: &mut Tally) -> Result<()> {
    let store = fast().background(false).open(path).inspect_err(|_| tally.refused += 1)?;
    let ns = store.namespace("a");
    let (mut missing, mut altered, mut failed) = (false, false, None);
    for n in 0..KEYS {
        match ns.get::<String>(&format!("key {n}")) {
            Ok(Some(found)) => altered |= found != value(n),
            Ok(None) => missing = true,
            Err(error) => failed = Some(error),
        }
    }
    let listed = ns.items("*").and_then(Iterator::collect::<Result<Vec<_>>>);
    failed = failed.or(listed.err());
    // These must not panic either, whatever they find.
    failed = failed.or(store.verify_journal().err()).or(ns.set("new", &1).err());
    let _ = store.close();
    match (failed, missing, altered) {
        (Some(error), _, _) => {
            tally.failed += 1;
            return Err(error);
        }
        (None, true, _) => tally.missing += 1,
        (None, false, true) => tally.altered += 1,
        (None, false, false) => tally.same += 1,
    }
    Ok(())
}

#[test]
fn a_damaged_file_gives_an_error_or_what_it_holds() {
    let mut random = Random(seed("a_damaged_file_gives_an_error_or_what_it_holds"));
    let good = good(true);
    let mut tally = Tally::default();
    for _ in 0..rounds(400, 5_000) {
        let (_folder, path) = new_path();
        let mut files = good.clone();
        let mutation = mutate(&mut files[0], &mut random);
        write(&path, &files);
        let start = Instant::now();
        if let Err(error) = look(&path, &mut tally) {
            let codes = ["CORRUPT", "NOT_A_STORE", "SCHEMA_TOO_NEW", "SERIALIZATION", "IO"];
            assert!(codes.contains(&error.code()), "{mutation}: {error:?}");
        }
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "{mutation}: it took {took:?}");
    }
    println!("{tally:?}");
    let all = tally.refused + tally.failed + tally.missing + tally.altered + tally.same;
    assert!(tally.refused + tally.failed > all / 10, "hardly any damage was noticed: {tally:?}");
    // SQLite finds no fault with a page that says another thing well: 2 % on the test bench.
    assert!(tally.missing < all / 10, "keys were missing without an error: {tally:?}");
}

#[test]
fn a_damaged_log_is_noticed_by_the_witness() {
    let mut random = Random(seed("a_damaged_log_is_noticed_by_the_witness"));
    let good = good(false);
    assert!(good[1].len() > 100_000, "the log holds the commits");
    let mut lost = 0;
    for _ in 0..rounds(100, 1_000) {
        let (_folder, path) = new_path();
        let mut files = good.clone();
        let mutation = mutate(&mut files[1], &mut random);
        write(&path, &files);
        let store = match fast().background(false).open(&path) {
            Ok(store) => store,
            // The tables themselves were in the damaged part.
            Err(error) => {
                assert!(["CORRUPT", "NOT_A_STORE", "IO"].contains(&error.code()), "{mutation}: {error}");
                continue;
            }
        };
        let found = store.revision().unwrap();
        let wanted = (found < KEYS).then_some(LostCommits { expected: KEYS, found });
        assert_eq!(store.lost_commits(), wanted, "{mutation}");
        lost += u32::from(wanted.is_some());
        // What is left is a prefix of the commits, each of them whole.
        for n in 0..KEYS {
            let held = store.namespace("a").get::<String>(&format!("key {n}")).unwrap();
            assert_eq!(held, (n < found).then(|| value(n)), "{mutation}");
        }
        assert_eq!(store.verify_journal().unwrap().problems, Vec::<String>::new());
        assert_eq!(store.namespace("a").set("new", &1).unwrap(), found + 1, "it goes on from there");
    }
    assert!(lost > 0, "no mutation lost a commit: the test shows nothing");
}

#[test]
fn a_log_that_is_gone_is_noticed() {
    let (_folder, path) = new_path();
    let mut files = good(false);
    files[1].clear();
    write(&path, &files);
    match fast().open(&path) {
        Ok(store) => {
            let found = store.revision().unwrap();
            assert!(found < KEYS);
            assert_eq!(store.lost_commits(), Some(LostCommits { expected: KEYS, found }));
            store.namespace("a").set("k", &1).unwrap();
            store.close().unwrap();
            assert_eq!(fast().open(&path).unwrap().lost_commits(), None, "it was told once");
        }
        // If the log held the tables as well, there is nothing left to open.
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn without_a_good_witness_the_store_works_as_ever() {
    let good = good(true);
    for witness in [vec![], b"x".to_vec(), vec![0xff; 200], good[2][..40].to_vec()] {
        let (_folder, path) = new_path();
        let files = [good[0].clone(), vec![], witness];
        write(&path, &files);
        let store = fast().open(&path).unwrap();
        assert_eq!((store.revision().unwrap(), store.lost_commits()), (KEYS, None));
        assert_eq!(store.namespace("a").get::<String>("key 1").unwrap(), Some(value(1)));
        assert!(!store.namespace("a").exists("nothing").unwrap());
        store.namespace("a").set("new", &1).unwrap();
        store.close().unwrap();
        drop(store);
        let witness = std::fs::read(beside(&path, "-statehold")).unwrap();
        assert!(witness.starts_with(b"stathld1"), "it is written anew");
    }
}

#[test]
fn the_witness_of_another_store_says_nothing_about_this_one() {
    let other = good(true);
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    store.close().unwrap();
    drop(store);
    std::fs::write(beside(&path, "-statehold"), &other[2]).unwrap();
    assert_eq!(fast().open(&path).unwrap().lost_commits(), None);
}

#[test]
fn every_change_of_a_journal_row_is_found() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    for n in 0..20 {
        store.namespace("a").set("k", &n).unwrap();
    }
    let head = store.verify_journal().unwrap().hash;
    store.close().unwrap();
    drop(store);
    let original = std::fs::read(&path).unwrap();
    for change in [
        "UPDATE journal SET time_ms = time_ms + 1 WHERE revision = 7",
        "UPDATE journal SET actor = 'somebody' WHERE revision = 7",
        "UPDATE journal SET touched = replace(touched, 'set', 'get') WHERE revision = 7",
        "UPDATE journal SET digest = zeroblob(32) WHERE revision = 7",
        "UPDATE journal SET hash = zeroblob(32) WHERE revision = 7",
        "UPDATE journal SET previous = zeroblob(32) WHERE revision = 7",
        "UPDATE journal SET content = 'x' WHERE revision = 7",
        "DELETE FROM journal WHERE revision = 7",
        "DELETE FROM journal WHERE revision < 7",
        "DELETE FROM journal WHERE revision > 15",
        "UPDATE journal SET revision = 99 WHERE revision = 20",
        "UPDATE meta SET value = zeroblob(32) WHERE key = 'anchor_hash'",
        "UPDATE meta SET value = 3 WHERE key = 'anchor_revision'",
    ] {
        std::fs::write(&path, &original).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        assert!(other.execute(change, []).unwrap() > 0, "{change}");
        drop(other);
        let store = fast().open(&path).unwrap();
        let check = store.verify_journal().unwrap();
        let found = !check.problems.is_empty() || check.hash != head || store.lost_commits().is_some();
        assert!(found, "{change} was not found");
        assert!(matches!(store.namespace("a").get::<i32>("k"), Ok(Some(19)) | Err(Error::Corrupt { .. })));
    }
}
