//! Goal: a case is one thing in three languages: a snapshot that one takes becomes an equal case in another,
//! with all digits; all three commit to one case, and its chain is whole for each of them; an effect that one
//! has run, the others find. Method: the nine pairs of who takes and who restores; steps in turns, and at the
//! same time; after each, all languages must see the same.

use serde_json::{Value as Data, json};
use statehold::Store;

use crate::harness::{LANGUAGES, Node, Random, Worker, alone, ask_all, assert_journal_whole, new_path};

/// A value that a language with floats alone, or another order of members, would change.
fn value() -> Data {
    json!({ "object": [
        ["z", { "int": "18446744073709551615" }],
        ["a", { "int": "-9223372036854775808" }],
        ["tiny", { "float": "0000000000000001" }],
        ["words", { "list": [{ "text": "é\u{0}\u{1f600}" }, null, true, { "list": [] }, { "object": [] }] }]
    ]})
}

/// What all languages see, which is the same.
fn seen_by_all(workers: &mut [Worker], asked: &Data) -> Data {
    let mut seen = ask_all(workers, |_| asked.clone());
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    seen.swap_remove(0)
}

#[test]
fn a_snapshot_of_each_language_is_an_equal_case_in_each() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    for taker in 0..3 {
        let made = format!("made-{taker}");
        workers[taker].ask(&json!({ "do": "case_make", "case": made, "value": value() }));
        let state = seen_by_all(&mut workers, &json!({ "do": "case_state", "case": made }));
        assert_eq!((&state["status"], &state["steps"]), (&json!("running"), &json!(1)));
        let scopes = json!([
            ["a", "root", "cancelled", []],
            ["b", "a", "cancelled", ["t2"]],
            ["root", null, "active", ["t1"]]
        ]);
        assert_eq!(state["scopes"], scopes);
        let snapshot = workers[taker].ask(&json!({ "do": "case_snapshot", "case": made }));
        let digest = last_digest(&mut workers, &made);
        for restorer in 0..3 {
            let copy = format!("copy-{taker}-{restorer}");
            workers[restorer].ask(&json!({ "do": "case_restore", "case": copy, "snapshot": snapshot }));
            assert_eq!(
                seen_by_all(&mut workers, &json!({ "do": "case_state", "case": copy })),
                state,
                "{copy}"
            );
            // Times too, and to the byte.
            assert_eq!(last_digest(&mut workers, &copy), digest, "{copy}");
        }
    }
}

/// The digest of the state after the last receipt of a case.
fn last_digest(workers: &mut [Worker], case: &str) -> Data {
    let mut check = seen_by_all(workers, &json!({ "do": "case_check", "case": case }));
    assert_eq!(check["problems"], json!([]), "{case}");
    let chain = check["chain"].as_array_mut().unwrap();
    chain.last().unwrap()[2].clone()
}

#[test]
fn three_languages_commit_to_one_case() {
    let _alone = alone();
    let mut random = Random::seeded("three_languages_commit_to_one_case");
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    workers[random.below(3)].ask(&json!({ "do": "case_make", "case": "c", "value": value() }));

    // In turns, with each language after each.
    let mut turns = Vec::new();
    for turn in 0..30 {
        let who = format!("turn-{turn}");
        workers[random.below(3)].ask(&json!({ "do": "case_steps", "case": "c", "who": who, "times": 1 }));
        turns.push(json!(who));
    }
    let chain = chain(&mut workers, 33);
    let step = json!(["update_ctx", "add_token", "increment_step_count"]);
    assert!(chain[3..].iter().all(|receipt| receipt[1] == step), "{chain:#?}");

    // At the same time: each commit that finds the case moved on is tried on its new state.
    let asked = |who| json!({ "do": "case_steps", "case": "c", "who": format!("{who}"), "times": 40 });
    ask_all(&mut workers, asked);
    self::chain(&mut workers, 33 + 120);

    drop(workers);
    let store = Store::open(&path).unwrap();
    let case = store.case("c").unwrap();
    assert_eq!(case.metadata().step_count, 1 + 30 + 120);
    let ctx: Data = case.ctx().parse().unwrap();
    let steps = ctx["steps"].as_array().unwrap();
    assert_eq!(steps[..30], turns);
    for who in ["0", "1", "2"] {
        assert_eq!(steps.iter().filter(|step| *step == who).count(), 40, "steps of {who} are lost");
    }
    let state = case.at(3).unwrap();
    assert_eq!((state.tokens.len(), case.tokens().len()), (2, 2 + 30 + 120));
    // The history leads to the state, whoever wrote which part of it.
    assert_eq!(case.at(case.sequence()).unwrap(), case.state());
    assert_journal_whole(&store);
}

/// The chain of the case, which is whole and has so many receipts for every language.
fn chain(workers: &mut [Worker], receipts: usize) -> Vec<Data> {
    let mut check = seen_by_all(workers, &json!({ "do": "case_check", "case": "c" }));
    assert_eq!((&check["problems"], &check["receipts"]), (&json!([]), &json!(receipts)));
    let Data::Array(chain) = check["chain"].take() else { panic!("{check}") };
    assert_eq!(chain.len(), receipts);
    for pair in chain.windows(2) {
        assert_eq!(pair[0][4], pair[1][3], "each receipt names the hash of the one before");
    }
    chain
}

#[test]
fn an_effect_of_one_language_is_stored_for_all() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    for runs in 0..3 {
        let case = format!("c{runs}");
        workers[runs].ask(&json!({ "do": "case_make", "case": case, "value": value() }));
        let asked = json!({ "do": "case_effect", "case": case, "spec": value() });
        let by = if workers[runs].language == Node { "by node" } else { ["by rust", "by python"][runs] };
        let done = workers[runs].ask(&asked);
        assert_eq!((&done[0], &done[1], &done[3]), (&json!("ok"), &json!(by), &json!(1)));
        assert_eq!(seen_by_all(&mut workers, &asked), done, "the spec has one digest in all languages");
    }
}
