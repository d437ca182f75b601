//! Cases against a plain model.
//!
//! Goal: whatever is buffered, committed, rolled back, reopened and rotated, a case equals a plain model, the invariants
//! of cancelling hold at every moment, a refused commit names exactly the mutations that the model refuses, and every
//! earlier state can be rebuilt. Method: random operations by proptest on few ids, so that they meet often; after each
//! commit everything is compared. 200 sequences in a normal run, 5,000 with `STATEHOLD_LONG=1`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

#[path = "../common/mod.rs"]
mod common;
mod op;
mod plain;

use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use statehold::{
    Case, CaseOptions, CaseStatus, Error, History, RotateOptions, ScopeStatus, Store, TokenStatus,
};

use common::{fast, new_path, rounds};
use op::Op;
use plain::Plain;

/// What must be true of a case at all times.
fn assert_invariants(case: &Case) {
    let (scopes, tokens) = (case.scopes(), case.tokens());
    for scope in scopes.values() {
        if let Some(parent) = &scope.parent {
            let parent = &scopes[parent];
            let under_cancelled =
                parent.status == ScopeStatus::Cancelled && scope.status == ScopeStatus::Active;
            assert!(!under_cancelled, "{} is active under {}, which is cancelled", scope.id, parent.id);
        }
        assert!(scope.tokens.iter().all(|id| tokens[id].scope == scope.id), "{scope:?}");
    }
    for token in tokens.values() {
        let scope = scopes.get(&token.scope).expect("every token's scope exists");
        assert!(
            token.status != TokenStatus::Active || scope.status == ScopeStatus::Active,
            "{token:?} in {scope:?}"
        );
        assert_eq!(scope.tokens.iter().filter(|id| **id == token.id).count(), 1, "{token:?} in {scope:?}");
    }
    assert_eq!(scopes["root"].status == ScopeStatus::Cancelled, case.status() == CaseStatus::Cancelled);
}

fn assert_equal(case: &Case, plain: &Plain) {
    assert_eq!(case.status().as_str(), plain.status);
    assert_eq!(case.ctx().as_str(), plain.ctx);
    assert_eq!(case.metadata().step_count, plain.steps);
    assert_eq!(case.metadata().term.as_str(), plain.term);
    let tokens: Vec<_> = case
        .tokens()
        .into_values()
        .map(|one| (one.id, one.ip, one.scope, one.value.into_string(), one.status.as_str()))
        .collect();
    let expected: Vec<_> = plain
        .tokens
        .iter()
        .map(|(id, one)| (id.clone(), one.ip.clone(), one.scope.clone(), one.value.clone(), one.status))
        .collect();
    assert_eq!(tokens, expected);
    let scopes: Vec<_> = case
        .scopes()
        .into_values()
        .map(|one| (one.id, one.parent, one.status.as_str(), one.tokens))
        .collect();
    let expected: Vec<_> = plain
        .scopes
        .iter()
        .map(|(id, one)| (id.clone(), one.parent.clone(), one.status, one.arrived.clone()))
        .collect();
    assert_eq!(scopes, expected);
}

/// Does the same to a case and to the model.
fn run(ops: &[Op]) {
    let (_folder, path) = new_path();
    let mut store = fast().background(false).open(&path).unwrap();
    let mut case =
        store.create_case(&json!({}), &CaseOptions::new().case_id("c").history(History::Full)).unwrap();
    let (mut plain, mut buffer) = (Plain::default(), Vec::new());
    let (mut states, mut anchor) = (vec![case.state()], 0);
    for op in ops {
        match op {
            Op::Mutate(mutation) => {
                mutation.buffer(&case);
                buffer.push(mutation.clone());
            }
            Op::Rollback => {
                case.rollback();
                buffer.clear();
            }
            Op::Commit => {
                let mut after = plain.clone();
                let refused: Vec<String> = (0..buffer.len())
                    .filter(|at| !after.apply(&buffer[*at]))
                    .map(|at| format!("[{at}]"))
                    .collect();
                match case.commit(0) {
                    Ok(receipt) => {
                        assert!(refused.is_empty(), "{buffer:?} should be refused at {refused:?}");
                        assert_eq!(receipt.is_none(), buffer.is_empty());
                        plain = after;
                        if receipt.is_some() {
                            states.push(case.state());
                        }
                    }
                    Err(Error::Validation { violations, .. }) => {
                        let found: Vec<String> = violations.into_iter().map(|one| one.path).collect();
                        assert_eq!(found, refused, "{buffer:?}");
                        case.rollback();
                    }
                    Err(other) => panic!("{other:?}"),
                }
                buffer.clear();
                assert_invariants(&case);
                assert_equal(&case, &plain);
            }
            Op::Reopen => {
                store.close().unwrap();
                store = fast().background(false).open(&path).unwrap();
                case = store.case("c").unwrap();
                buffer.clear();
                assert_invariants(&case);
                assert_equal(&case, &plain);
            }
            Op::Rotate => {
                case.rotate_receipts(&RotateOptions::new().keep(2)).unwrap();
                anchor = anchor.max(states.len().saturating_sub(2));
            }
        }
    }
    for (at, state) in states.iter().enumerate().skip(anchor) {
        assert_eq!(&case.at(at as u64 + 1).unwrap(), state, "at receipt {}", at + 1);
    }
    assert_eq!(case.sequence(), states.len() as u64);
    assert_eq!(store.verify().unwrap().problems, []);
    let archive = common::beside(&path, "-receipts.jsonl");
    if archive.exists() {
        assert_eq!(case.verify(Some(&archive)).unwrap().problems, []);
    }
}

#[test]
fn a_case_equals_a_plain_model() {
    let cases = u32::try_from(rounds(200, 5_000)).unwrap();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let sequences = proptest::collection::vec(op::op(), 1..60);
    runner
        .run(&sequences, |ops| {
            run(&ops);
            Ok(())
        })
        .unwrap();
}

/// The store is opened as anybody would.
#[test]
fn the_model_starts_as_a_case_does() {
    let store = Store::open(":memory:").unwrap();
    assert_equal(&store.create_case(&json!({}), &CaseOptions::new()).unwrap(), &Plain::default());
}
