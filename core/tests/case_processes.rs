//! Several processes on one case.
//!
//! Goal: two processes that commit to one case in turns lose no mutation, and the chain is whole; a process that is
//! killed leaves the last committed state, a receipt describes it, and nothing of the buffer is left. Method: child
//! processes that start together and count; children that report each commit and are killed at a random time. 25 kills
//! in a normal run, 250 with `STATEHOLD_LONG=1`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use serde_json::json;
use statehold::{CaseOptions, CaseReceipt, Durability, Error, History, Json, Store, Token};

use common::{
    Random, assert_file_sound, assert_journal_whole, fast, finish, ms, new_path, report, rounds, seed,
};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "add" => add(&path, &word),
        "write" => write(&path, &word),
        other => panic!("{other}"),
    }
}

const EACH: u64 = 150;

/// Adds tokens and to a number in the context, each in a commit that is tried until it gets through.
fn add(path: &Path, who: &str) {
    let store = fast().open(path).unwrap();
    let case = store.case("c").unwrap();
    common::await_go();
    for n in 0..EACH {
        case.add_token(Token::new(format!("{who}{n}"), "x"));
        case.update_ctx(|ctx| {
            let n = ctx.parse::<serde_json::Value>()?["n"].as_u64().unwrap();
            Json::from_serialize(&json!({"n": n + 1}))
        });
        case.increment_step_count();
        case.commit(10_000).unwrap();
    }
}

#[test]
fn two_processes_lose_no_mutation() {
    // One of them may be through before the other begins; then the run shows nothing.
    let turns: Vec<usize> = (0..5).map(|_| two_processes()).take_while(|turns| *turns <= 2).collect();
    assert!(turns.len() < 5, "they never interleaved: {turns:?} turns");
}

/// Has two processes commit to one case, checks that nothing is lost, and gives how often they took turns.
fn two_processes() -> usize {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let case =
        store.create_case(&json!({"n": 0}), &CaseOptions::new().case_id("c").history(History::Full)).unwrap();
    let children: Vec<_> = ["a", "b"].map(|who| common::spawn("add", &path, who)).into();
    std::thread::sleep(ms(200));
    let threads: Vec<_> =
        children.into_iter().map(|child| std::thread::spawn(move || finish(child))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    case.reload().unwrap();
    assert_eq!(case.ctx().as_str(), format!("{{\"n\":{}}}", 2 * EACH));
    assert_eq!((case.metadata().step_count, case.tokens().len() as u64), (2 * EACH, 2 * EACH));
    let receipts = case.receipts(0, None).unwrap();
    assert_eq!(receipts.len() as u64, 2 * EACH + 1);
    let actors: Vec<&str> = receipts[1..].iter().map(|one| &*one.actor).collect();
    let turns = actors.windows(2).filter(|pair| pair[0] != pair[1]).count();
    println!("{turns} turns in {} commits", actors.len());
    assert_eq!(store.verify().unwrap().problems, []);
    assert_journal_whole(&store);
    turns
}

/// Commits quanta to its own case and to one that all share, until it is killed.
fn write(path: &Path, word: &str) {
    let [who, seed, durability] = word.split(' ').collect::<Vec<_>>()[..] else { panic!("{word}") };
    let durability: Durability = durability.parse().unwrap();
    let store = Store::options().durability(durability).max_receipts(40).open(path).unwrap();
    let mut random = Random(seed.parse().unwrap());
    let (own, shared) = (store.case(who).unwrap(), store.case("shared").unwrap());
    loop {
        let case = if random.below(3) == 0 { &shared } else { &own };
        case.increment_step_count();
        // The context, the token and the step count go up together.
        case.update_ctx(|ctx| {
            let n = ctx.parse::<serde_json::Value>()?["n"].as_u64().unwrap();
            Json::from_serialize(
                &json!({"n": n + 1, "pad": "x".repeat(usize::try_from(n % 97 * 20).unwrap())}),
            )
        });
        case.update_token("t", |token| {
            let n = token.value.parse::<u64>()? + 1;
            Ok::<_, Error>(token.value(Json::from_serialize(&n)?))
        });
        let receipt = case.commit(10_000).unwrap().unwrap();
        report(&format!("{} {} {}", case.id(), receipt.sequence, receipt.hash));
    }
}

/// Asserts that a case is as a whole number of quanta leaves it, and that its last receipt describes that.
fn assert_described(store: &Store, id: &str) {
    let case = store.case(id).unwrap();
    let steps = case.metadata().step_count;
    let ctx: serde_json::Value = case.ctx().parse().unwrap();
    assert_eq!(ctx["n"].as_u64(), Some(steps), "{id}");
    assert_eq!(case.token("t").unwrap().value.parse::<u64>().unwrap(), steps, "{id}");
    // Two receipts were there before the first step.
    assert_eq!(case.sequence(), steps + 2, "{id}");
    let last = case.receipts(steps + 1, None).unwrap();
    assert!(
        matches!(&last[..], [CaseReceipt { sequence, .. }] if *sequence == case.sequence()),
        "{id}: {last:?}"
    );
    assert!(case.pending().is_empty());
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let seed = seed("what_was_acknowledged_survives_kill_9");
    let mut random = Random(seed);
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    for id in ["a", "b", "shared"] {
        let options =
            CaseOptions::new().case_id(id).history(if id == "a" { History::Full } else { History::Names });
        let case = store.create_case(&json!({"n": 0}), &options).unwrap();
        case.add_token(Token::new("t", "x").value(Json::new("0").unwrap()));
        case.commit(0).unwrap();
    }
    drop(store);
    let (mut acknowledged, mut kills) = (0, 0);
    for round in 0..rounds(12, 125) {
        let durability = ["full", "normal", "deferred(20)"][round % 3];
        let children: Vec<_> = ["a", "b"]
            .map(|who| {
                let mut child =
                    common::spawn("write", &path, &format!("{who} {} {durability}", random.next()));
                let reports = common::reports(&mut child);
                (child, std::thread::spawn(move || reports.collect::<Vec<_>>()))
            })
            .into();
        std::thread::sleep(ms(20 + random.below(150)));
        let mut reported = Vec::new();
        for (mut child, reports) in children {
            child.kill().unwrap();
            let status = child.wait().unwrap();
            assert_eq!(status.code(), None, "it failed before it was killed: {status}");
            kills += 1;
            reported.extend(reports.join().unwrap());
        }
        let store = Store::open(&path).unwrap();
        let archive = common::beside(&path, "-receipts.jsonl");
        for id in ["a", "b", "shared"] {
            assert_described(&store, id);
        }
        for line in &reported {
            let [id, sequence, hash] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let sequence: u64 = sequence.parse().unwrap();
            let case = store.case(id).unwrap();
            assert!(case.sequence() >= sequence, "an acknowledged commit is lost: {line}");
            if let Some(found) =
                case.receipts(sequence - 1, Some(1)).unwrap().first().filter(|one| one.sequence == sequence)
            {
                assert_eq!(found.hash, hash, "it is another commit: {line}");
            }
        }
        acknowledged += reported.len();
        let check = store.verify().unwrap();
        assert_eq!(check.problems, [], "round {round}");
        if archive.exists() {
            for id in ["a", "b", "shared"] {
                let check = store.case(id).unwrap().verify(Some(&archive)).unwrap();
                assert_eq!(check.problems, [], "round {round}, {id}");
            }
        }
        store.close().unwrap();
    }
    assert_file_sound(&path);
    println!("{kills} kills, {acknowledged} acknowledged commits");
    assert!(acknowledged > kills * 2, "hardly anything was committed: the test shows nothing");
}
