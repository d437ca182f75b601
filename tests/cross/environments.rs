//! Goal: an environment is one thing in three languages: each takes it on from where another has left it, all
//! read the same record and the same history, and of two that save over the same record one wins and the
//! other is told both revisions. Method: a life through every state, each transition made by the next
//! language in turn, as often as there are languages; pairs that save what both have loaded, in turn and at
//! once. Their locks are in `contests.rs`.

use serde_json::{Value as Data, json};
use statehold::Store;
use statehold_tests::{build, spell};

use crate::harness::{LANGUAGES, Worker, alone, ask_all, assert_journal_whole, new_path, rounds};

/// Through every state of the built-in lifecycle and every kind of transition.
const LIFE: [&str; 18] = [
    "provisioning",
    "provision_failed",
    "provisioning",
    "provisioned",
    "configuring",
    "configure_failed",
    "configuring",
    "configured",
    "releasing",
    "release_failed",
    "releasing",
    "released",
    "running",
    "run_failed",
    "released",
    "running",
    "run_failed",
    "destroyed",
];

/// A value that a language with floats alone, or another order of members, would change.
fn value() -> Data {
    json!({ "object": [
        ["z", { "int": "18446744073709551615" }],
        ["a", { "list": [{ "int": "-9223372036854775808" }, { "float": "0000000000000001" }, null] }]
    ]})
}

/// What all languages see, which is the same.
fn seen_by_all(workers: &mut [Worker], asked: &Data) -> Data {
    let mut seen = ask_all(workers, |_| asked.clone());
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    seen.swap_remove(0)
}

#[test]
fn each_language_in_turn_takes_an_environment_through_its_life() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    let details = spell(&build(&value()).unwrap()).unwrap();
    for first in 0..3 {
        let env = format!("web-{first}");
        workers[first].ask(&json!({ "do": "env_create", "env": env, "data": value() }));
        let mut made = vec![("created", workers[first].process.id())];
        for (turn, to) in LIFE.iter().enumerate() {
            let worker = &mut workers[(first + turn + 1) % 3];
            let mut asked = json!({ "do": "env_move", "env": env, "to": to });
            if to.ends_with("_failed") {
                asked["failed"] = json!(format!("step {turn}"));
                asked["details"] = value();
            }
            assert_eq!(worker.ask(&asked), *to);
            made.push((to, worker.process.id()));
            let seen = seen_by_all(&mut workers, &json!({ "do": "env_load", "env": env }));
            assert_eq!((&seen[0][0], &seen[0][2], &seen[2]), (&json!(env), &json!(to), &json!(details)));
            if to.ends_with("_failed") {
                assert_eq!((&seen[3][0][0], &seen[3][2]), (&asked["failed"], &json!(details)));
            } else {
                assert_eq!(seen[3], Data::Null, "the failure goes with its state");
            }
        }

        let history = seen_by_all(&mut workers, &json!({ "do": "env_history", "env": env }));
        let history = history.as_array().unwrap();
        assert_eq!(history.len(), made.len());
        for (at, (entry, (state, process))) in history.iter().zip(&made).enumerate() {
            assert_eq!(entry["place"][0], at + 1);
            assert_eq!(entry["process"], *process, "{entry}");
            assert_eq!(entry["what"][2], *state, "{entry}");
            let before = at.checked_sub(1).map(|before| made[before].0);
            assert_eq!(entry["what"][1], json!(before), "{entry}");
            assert_eq!(entry["record"][0][2], *state, "{entry}");
            assert_eq!(entry["failure"], entry["record"][3], "{entry}");
        }
    }
    drop(workers);
    assert_journal_whole(&Store::open(&path).unwrap());
}

#[test]
fn of_two_languages_that_save_the_same_record_one_wins() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    workers[0].ask(&json!({ "do": "env_create", "env": "web", "data": value() }));
    let mut won = [0; 3];
    for round in 0..rounds(30, 300) {
        let loaded = seen_by_all(&mut workers, &json!({ "do": "env_load", "env": "web" }));
        let loaded = loaded[0][5].as_u64().unwrap();
        // Each pair, with each of the two first: one after the other, so that each language wins, or at once.
        let first = round % 3;
        let second = (first + 1 + round / 3 % 2) % 3;
        let asked = |saver: usize| json!({ "do": "env_save", "data": { "int": saver.to_string() } });
        let answers = if round / 6 % 2 == 0 {
            [first, second].map(|saver| (saver, workers[saver].ask(&asked(saver))))
        } else {
            for saver in [first, second] {
                workers[saver].tell(&asked(saver));
            }
            [first, second].map(|saver| (saver, workers[saver].answer()))
        };
        let (winners, losers): (Vec<_>, Vec<_>) =
            answers.iter().partition(|(_, answer)| answer.get("written").is_some());
        let ([(winner, saved)], [(_, refused)]) = (winners.as_slice(), losers.as_slice()) else {
            panic!("{answers:?}")
        };
        assert!(saved["written"].as_u64().unwrap() > loaded);
        assert_eq!(refused["refused"], json!(["CONFLICT", loaded, saved["written"]]));
        let seen = seen_by_all(&mut workers, &json!({ "do": "env_load", "env": "web" }));
        assert_eq!(
            (&seen[0][5], &seen[2]),
            (&saved["written"], &json!(winner.to_string())),
            "what the winner saved"
        );
        won[*winner] += 1;
    }
    assert!(won.iter().all(|times| *times > 0), "{won:?}");
    println!("won by Rust {}, Python {}, Node {}", won[0], won[1], won[2]);
    let history = seen_by_all(&mut workers, &json!({ "do": "env_history", "env": "web" }));
    assert_eq!(history.as_array().unwrap().len(), 1 + won.iter().sum::<usize>());
}
