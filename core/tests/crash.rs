//! Kill -9 at random.
//!
//! Goal: no commit that returned Ok is lost when a process is killed, no part of a transaction is ever
//! there, and the journal has no gap. Method: two child processes write to one store, each reporting a
//! commit through a pipe after it returned, and are killed after a random time. Then everything reported is
//! looked for, invariants over several keys are checked, and the journal and the file are verified. 50
//! kills in a normal run, 500 with `STATEHOLD_LONG=1`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use statehold::{Durability, Error, Store, Value};

use common::{Random, assert_file_sound, assert_journal_whole, ms, report, rounds, seed};

/// What a transfer moves between; the sum never changes.
const ACCOUNTS: u64 = 8;
const BATCH: u64 = 5;

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "write" => write(&path, &word),
        other => panic!("{other}"),
    }
}

/// Commits and reports until it is killed. `word`: who it is, its seed, its durability.
fn write(path: &Path, word: &str) {
    let [who, seed, durability] = word.split(' ').collect::<Vec<_>>()[..] else { panic!("{word}") };
    let durability: Durability = durability.parse().unwrap();
    let store = Store::options().durability(durability).open(path).unwrap();
    assert_eq!(store.lost_commits(), None);
    let mut random = Random(seed.parse().unwrap());
    for round in 0_u64.. {
        let name = format!("{who}:{round}");
        match random.below(5) {
            0 => {
                // Some are large, so that they fill the log and it is moved into the file.
                let value = "v".repeat(usize::try_from(random.below(30_000)).unwrap());
                store.namespace("sets").set(&name, &value).unwrap();
                report(&format!("set {name}"));
            }
            1 => {
                let n: u64 = store
                    .transaction(|tx| {
                        let n = tx.namespace("left").get("n")?.unwrap_or(0) + 1;
                        tx.namespace("left").set("n", &n)?;
                        tx.namespace("right").set("n", &n)?;
                        tx.namespace("steps").set(&name, &n)?;
                        Ok::<_, Error>(n)
                    })
                    .unwrap();
                report(&format!("step {name} {n}"));
            }
            2 => {
                let count = store.namespace("counts").increment(who, 1).unwrap();
                report(&format!("count {who} {count}"));
            }
            3 => {
                let keys = (0..BATCH).map(|part| (format!("{name}:{part}"), Value::json(&part).unwrap()));
                store.namespace("batches").batch_set(keys, None).unwrap();
                report(&format!("batch {name}"));
            }
            _ => {
                let (from, to) = (random.below(ACCOUNTS).to_string(), random.below(ACCOUNTS).to_string());
                store
                    .transaction(|tx| {
                        let accounts = tx.namespace("accounts");
                        accounts.increment(&from, -1)?;
                        accounts.increment(&to, 1)?;
                        tx.namespace("log").set(&name, &1).map(drop)
                    })
                    .unwrap();
                report(&format!("log {name}"));
            }
        }
    }
}

/// Asserts that what was reported is there.
fn assert_there(store: &Store, reported: &str) {
    let words: Vec<&str> = reported.split(' ').collect();
    let number = |at: usize| -> u64 { words[at].parse().unwrap() };
    let there = match words[0] {
        "set" => store.namespace("sets").exists(words[1]).unwrap(),
        "step" => store.namespace("steps").get(words[1]).unwrap() == Some(number(2)),
        "count" => store.namespace("counts").get::<u64>(words[1]).unwrap() >= Some(number(2)),
        "batch" => store.namespace("batches").exists(&format!("{}:0", words[1])).unwrap(),
        "log" => store.namespace("log").exists(words[1]).unwrap(),
        other => panic!("{other}"),
    };
    assert!(there, "an acknowledged commit is lost: {reported}");
}

/// Asserts what must be true after any whole number of commits.
fn assert_nothing_partial(store: &Store) {
    let snapshot = store.snapshot().unwrap();
    let n = |name: &str| snapshot.namespace(name).get::<u64>("n").unwrap();
    assert_eq!(n("left"), n("right"));
    let mut steps: Vec<u64> = snapshot
        .namespace("steps")
        .items("*")
        .unwrap()
        .map(|item| item.unwrap().1.parse().unwrap())
        .collect();
    steps.sort_unstable();
    assert_eq!(steps, (1..=n("left").unwrap_or(0)).collect::<Vec<_>>(), "each step once");
    let balances = snapshot.namespace("accounts").items("*").unwrap();
    let sum: i64 = balances.map(|item| item.unwrap().1.parse::<i64>().unwrap()).sum();
    assert_eq!(sum, 0, "money came or went");
    let parts = snapshot.namespace("batches").count("*").unwrap();
    let firsts = snapshot.namespace("batches").count("*:0").unwrap();
    // A round's number may end in 0 too, so that its parts match: they are told apart by three colons.
    let all = snapshot.namespace("batches").count("*:*:*").unwrap();
    assert_eq!(parts, all);
    assert_eq!(parts, firsts * BATCH, "a part of a batch is there");
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let seed = seed("what_was_acknowledged_survives_kill_9");
    let mut random = Random(seed);
    let (_folder, path) = common::new_path();
    let (mut all, mut kills) = (Vec::new(), 0);
    for round in 0..rounds(25, 250) {
        let durability = ["full", "normal", "deferred(20)"][round % 3];
        let children: Vec<_> = ["a", "b"]
            .map(|who| {
                let word = format!("{round}{who} {} {durability}", random.next());
                let mut child = common::spawn("write", &path, &word);
                let reports = common::reports(&mut child);
                (child, std::thread::spawn(move || reports.collect::<Vec<_>>()))
            })
            .into();
        // From before the store is open to some hundred commits later.
        std::thread::sleep(ms(10 + random.below(150)));
        let mut reported = Vec::new();
        for (mut child, reports) in children {
            child.kill().unwrap();
            let status = child.wait().unwrap();
            assert_eq!(status.code(), None, "it failed before it was killed: {status}");
            kills += 1;
            reported.extend(reports.join().unwrap());
        }
        let store = Store::open(&path).unwrap();
        assert_eq!(store.lost_commits(), None, "round {round}");
        for line in &reported {
            assert_there(&store, line);
        }
        assert_nothing_partial(&store);
        if round % 5 == 0 {
            assert_journal_whole(&store);
        }
        store.close().unwrap();
        all.extend(reported);
    }
    let store = Store::open(&path).unwrap();
    for line in &all {
        assert_there(&store, line);
    }
    assert_journal_whole(&store);
    let revision = store.revision().unwrap();
    store.close().unwrap();
    drop(store);
    assert_file_sound(&path);
    println!("{kills} kills, {} acknowledged of {revision} commits", all.len());
    assert!(all.len() > kills * 2, "hardly anything was committed: the test shows nothing");
    assert!(revision >= all.len() as u64);
}
