//! Snapshots and histories of cases.
//!
//! Goal: a snapshot restores into any store to an equal case, and nothing that is no state gets in; with a full history
//! the state at every receipt can be rebuilt. Method: a case with everything in it; snapshots that are broken by hand.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use serde_json::json;
use statehold::{
    Case, CaseFilter, CaseOptions, CaseState, CaseStatus, Error, History, Json, Store, Token, TokenStatus,
};

use common::new_path;

fn new_case(store: &Store, history: History) -> Case {
    store.create_case(&json!({}), &CaseOptions::new().case_id("c").history(history)).unwrap()
}

/// Makes a commit with one of everything, and gives the state after each.
fn live(case: &Case) -> Vec<CaseState> {
    let mut states = vec![case.state()];
    let mut commit = || {
        case.increment_step_count();
        case.commit(0).unwrap();
        states.push(case.state());
    };
    case.enter_scope("a", "root");
    case.enter_scope("b \"quoted\"\n", "a");
    case.add_token(Token::new("t", "start").scope("b \"quoted\"\n"));
    commit();
    case.buffer(statehold::CaseMutation::SetCtx(
        Json::new("{ \"big\": 18446744073709551615,\n \"float\": 1.50 }").unwrap(),
    ));
    case.add_token(Token::new("ü", "").value(Json::new("[null, -0.0]").unwrap()));
    commit();
    case.update_token("t", |token| Ok::<_, Error>(Token { ip: "next".to_owned(), ..token }.scope("root")));
    case.update_ctx(|ctx| Json::new(ctx.as_str().replace("1.50", "2")));
    case.exit_scope("b \"quoted\"\n");
    commit();
    case.set_metadata(&json!({"term": [1, 2]})).unwrap();
    case.add_token(Token::new("in a", "x").scope("a"));
    case.cancel_scope("a");
    commit();
    case.remove_token("ü");
    commit();
    states
}

#[test]
fn a_snapshot_restores_to_an_equal_case() {
    let (store, other) = (Store::open(":memory:").unwrap(), Store::open(":memory:").unwrap());
    let case = new_case(&store, History::Full);
    live(&case);
    let snapshot = case.snapshot();
    let taken: serde_json::Value = serde_json::from_str(&snapshot).unwrap();
    assert_eq!(
        (&taken["format"], &taken["version"], &taken["sequence"]),
        (&json!("statehold-case"), &json!(1), &json!(6))
    );
    let target = new_case(&other, History::Names);
    target.increment_step_count();
    assert_eq!(target.restore(&snapshot).unwrap_err().code(), "INVALID_VALUE", "something is buffered");
    target.rollback();
    let receipt = target.restore(&snapshot).unwrap();
    assert_eq!((receipt.sequence, &*receipt.mutations[0].name), (2, "restore"));
    let equal = |one: &Case, other: &Case| {
        let (mut one, other) = (one.state(), other.state());
        one.metadata.last_commit = other.metadata.last_commit;
        assert_eq!(one, other);
    };
    equal(&case, &target);
    equal(&case, &other.case("c").unwrap());
    assert_eq!(receipt.after, case.receipts(0, None).unwrap().last().unwrap().after, "the same digest, too");
    assert_eq!(target.ctx().as_str(), "{ \"big\": 18446744073709551615,\n \"float\": 2 }", "digit for digit");
    // It goes on from there, and back again.
    target.add_token(Token::new("new", "x"));
    target.commit(0).unwrap();
    case.restore(&target.snapshot()).unwrap();
    equal(&target, &case);
    assert_eq!(case.at(7).unwrap(), case.state());
    for store in [&store, &other] {
        assert_eq!(store.verify().unwrap().problems, []);
    }
}

#[test]
fn a_closed_case_and_a_stale_handle_restore_nothing() {
    let store = Store::open(":memory:").unwrap();
    let case = new_case(&store, History::Names);
    let open = case.snapshot();
    let stale = store.case("c").unwrap();
    case.close(CaseStatus::Done).unwrap();
    assert_eq!(case.restore(&open).unwrap_err().code(), "VALIDATION");
    assert_eq!(stale.restore(&open).unwrap_err().code(), "CONFLICT");
    let done = case.snapshot();
    let other = Store::open(":memory:").unwrap();
    let target = new_case(&other, History::Names);
    target.restore(&done).unwrap();
    assert_eq!(
        (target.status(), other.cases(&CaseFilter::default()).unwrap()[0].status),
        (CaseStatus::Done, CaseStatus::Done)
    );
}

/// Breaks a snapshot.
type Break = fn(&mut serde_json::Value);

#[test]
fn what_is_no_state_is_refused_with_its_place() {
    let store = Store::open(":memory:").unwrap();
    let case = new_case(&store, History::Names);
    live(&case);
    let good: serde_json::Value = serde_json::from_str(&case.snapshot()).unwrap();
    let target = store.create_case(&json!({}), &CaseOptions::new()).unwrap();
    let broken: [(Break, &str); 19] = [
        (|one| one["format"] = json!("zip"), "$.format"),
        (|one| one["version"] = json!(2), "$.version"),
        (|one| one["more"] = json!(1), "$"),
        (|one| _ = one["state"].as_object_mut().unwrap().remove("ctx"), "$.state"),
        (|one| one["state"]["ctx"] = json!([]), "$.state.ctx"),
        (|one| one["state"]["status"] = json!("gone"), "$.state.status"),
        (|one| one["state"]["status"] = json!("cancelled"), "$.state.status"),
        (|one| one["state"]["tokens"][0]["status"] = json!("gone"), "$.state.tokens[0]"),
        (|one| one["state"]["tokens"][0]["scope"] = json!("none"), "$.state.scopes[\"a\"]"),
        (|one| one["state"]["tokens"][0]["status"] = json!("active"), "$.state.tokens[\"in a\"]"),
        (|one| one["state"]["tokens"][0]["id"] = json!("t"), "$.state.tokens[1]"),
        (|one| _ = one["state"]["tokens"].as_array_mut().unwrap().pop(), "$.state.scopes[\"root\"]"),
        (|one| one["state"]["scopes"][0]["parent"] = json!("none"), "$.state.scopes[\"a\"]"),
        (|one| one["state"]["scopes"][0]["parent"] = json!("a"), "$.state.scopes[\"a\"]"),
        (
            |one| one["state"]["scopes"][1]["status"] = json!("active"),
            "$.state.scopes[\"b \\\"quoted\\\"\\n\"]",
        ),
        (|one| one["state"]["scopes"][2]["parent"] = json!("a"), "$.state.scopes"),
        (|one| one["state"]["scopes"][2]["tokens"] = json!(["t", "t"]), "$.state.scopes[\"root\"]"),
        (|one| one["state"]["scopes"][2]["tokens"] = json!([]), "$.state.scopes"),
        (|one| one["state"]["scopes"][2]["id"] = json!("a"), "$.state.scopes[2]"),
    ];
    for (at, (change, expected)) in broken.into_iter().enumerate() {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        let error = target.restore(&snapshot.to_string()).unwrap_err();
        assert!(matches!(&error, Error::InvalidValue { path, .. } if path == expected), "{at}: {error}");
    }
    for text in ["", "[]", "{", "null"] {
        assert_eq!(target.restore(text).unwrap_err().code(), "INVALID_VALUE");
    }
    let deep = good.to_string().replacen("null", &format!("{}{}", "[".repeat(101), "]".repeat(101)), 1);
    assert_eq!(target.restore(&deep).unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(target.sequence(), 1);
}

#[test]
fn every_earlier_state_is_rebuilt() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let case = new_case(&store, History::Full);
    let mut states = live(&case);
    case.restore(&new_case(&Store::open(":memory:").unwrap(), History::Names).snapshot()).unwrap();
    states.push(case.state());
    case.cancel_case();
    case.commit(0).unwrap();
    states.push(case.state());
    drop(store);
    let case = Store::open(&path).unwrap().case("c").unwrap();
    for (at, state) in states.iter().enumerate() {
        assert_eq!(&case.at(at as u64 + 1).unwrap(), state);
    }
    let said = |sequence: u64| match case.at(sequence).unwrap_err() {
        Error::NotFound { what: "state", advice, .. } => advice,
        other => panic!("{other:?}"),
    };
    assert!(said(0).contains("begin at 1") && said(9).contains("begin at 1"));
    let store = Store::open(":memory:").unwrap();
    let names = new_case(&store, History::Names);
    let error = names.at(1).unwrap_err();
    assert!(error.to_string().contains("create it with history \"full\""), "{error}");
    assert_eq!(states[4].tokens["in a"].status, TokenStatus::Cancelled);
}
