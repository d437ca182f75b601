//! Cases inside transactions.
//!
//! Goal: a transaction sees its own commits of cases, also in lists; they become visible with the rest of it or not at
//! all; several commits of one case in it chain; what it read is checked, and nothing else. Method: by hand, with
//! another handle that commits in between.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use serde_json::json;
use statehold::{
    CaseFilter, CaseOptions, CaseStatus, EffectOptions, Error, History, Json, RotateOptions, Store, Token,
    TransactionOptions,
};

use common::{assert_journal_whole, new_path};

fn named(id: &str) -> CaseOptions {
    CaseOptions::new().case_id(id)
}

fn ids(summaries: &[statehold::CaseSummary]) -> Vec<&str> {
    summaries.iter().map(|one| &*one.id).collect()
}

#[test]
fn several_commits_of_one_case_chain_in_one_revision() {
    let store = Store::open(":memory:").unwrap();
    store.create_case(&json!({}), &named("old").history(History::Full)).unwrap();
    store
        .transaction(|tx| {
            let old = tx.case("old")?;
            for n in 0..3 {
                old.add_token(Token::new(n.to_string(), "x"));
                let receipt = old.commit(0)?.unwrap();
                assert_eq!((receipt.sequence, receipt.revision, &*receipt.hash), (n + 2, 0, ""));
            }
            assert_eq!((old.revision(), old.tokens().len()), (0, 3));
            let new = tx.create_case(&json!({"n": 1}), &named("new"))?;
            new.put_ctx(&json!({"n": 2}))?;
            new.commit(0)?;
            assert_eq!(tx.case("new")?.ctx().as_str(), "{\"n\":2}");
            assert_eq!(old.receipts(2, None)?.len(), 2);
            tx.namespace("a").set("k", &1)?;
            assert_eq!(store.case("old")?.sequence(), 1, "nothing shows outside");
            Ok::<_, Error>(())
        })
        .unwrap();
    let old = store.case("old").unwrap();
    let receipts = old.receipts(0, None).unwrap();
    assert_eq!(receipts.iter().map(|one| one.revision).collect::<Vec<_>>(), [1, 2, 2, 2]);
    assert!(
        receipts.windows(2).all(|pair| pair[1].previous == pair[0].hash && pair[1].before == pair[0].after)
    );
    assert_eq!(old.at(3).unwrap().tokens.len(), 2);
    let changes = store.journal(1, 1).unwrap().remove(0).changes;
    let said: Vec<_> = changes.iter().map(|one| (&*one.name, &*one.operation)).collect();
    assert_eq!(
        said,
        [
            ("a", "set"),
            ("new", "create"),
            ("new", "commit"),
            ("old", "commit"),
            ("old", "commit"),
            ("old", "commit")
        ]
    );
    let check = store.verify().unwrap();
    assert_eq!((check.cases, check.receipts, check.problems), (2, 6, vec![]));
    assert_journal_whole(&store);
}

#[test]
fn lists_show_what_the_transaction_has_done() {
    let store = Store::open(":memory:").unwrap();
    for id in ["a", "c", "e"] {
        store.create_case(&json!({}), &named(id)).unwrap();
    }
    store
        .transaction(|tx| {
            tx.create_case(&json!({}), &named("b"))?;
            tx.case("c")?.delete()?;
            tx.case("e")?.close(CaseStatus::Done)?;
            let all = CaseFilter::new();
            assert_eq!(ids(&tx.cases(&all)?), ["a", "b", "e"]);
            assert_eq!(ids(&tx.cases(&all.clone().status(CaseStatus::Running))?), ["a", "b"]);
            assert_eq!(ids(&tx.cases(&all.clone().limit(2))?), ["a", "b"]);
            assert_eq!(ids(&tx.cases(&all.clone().start_after("a").limit(1))?), ["b"]);
            assert_eq!(ids(&tx.cases(&all.clone().status(CaseStatus::Done).pattern("[a-f]"))?), ["e"]);
            assert_eq!(tx.case("c").unwrap_err().code(), "NOT_FOUND");
            // An id that was deleted may be used again, and begins anew.
            let again = tx.create_case(&json!({"again": true}), &named("c"))?;
            assert_eq!((again.sequence(), again.receipts(0, None)?.len()), (1, 1));
            assert_eq!(tx.create_case(&json!({}), &named("a")).unwrap_err().code(), "CONFLICT");
            assert_eq!(tx.create_case(&json!({}), &named("b")).unwrap_err().code(), "CONFLICT");
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(ids(&store.cases(&CaseFilter::new()).unwrap()), ["a", "b", "c", "e"]);
    assert_eq!(store.case("c").unwrap().ctx().as_str(), "{\"again\":true}");
    assert_eq!(store.verify().unwrap().problems, []);
}

/// Runs a transaction by hand with a commit of somebody else before its end, and says whether that is a conflict.
fn conflicts(
    store: &Store,
    inside: impl FnOnce(&statehold::Transaction),
    outside: impl FnOnce(&Store),
) -> bool {
    let tx = store.begin(TransactionOptions::new()).unwrap();
    inside(&tx);
    tx.namespace("a").set("k", &1).unwrap();
    outside(store);
    match tx.commit() {
        Ok(_) => false,
        Err(Error::Conflict { .. }) => true,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn what_was_read_is_checked_and_nothing_else() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    for id in ["a", "b"] {
        store.create_case(&json!({}), &named(id)).unwrap();
    }
    let step = |id: &'static str| {
        move |store: &Store| {
            let case = store.case(id).unwrap();
            case.increment_step_count();
            case.commit(0).unwrap();
        }
    };
    let read = |tx: &statehold::Transaction| drop(tx.case("a").unwrap());
    assert!(conflicts(&store, read, step("a")));
    assert!(!conflicts(&store, read, step("b")), "another case");
    let effect = |store: &Store| {
        let case = store.case("a").unwrap();
        drop(case.effect("e", &1, || Ok::<_, Error>(1), &EffectOptions::new()).unwrap());
    };
    assert!(!conflicts(&store, read, effect), "an effect changes nothing of what was read");
    assert!(conflicts(
        &store,
        |tx| drop(tx.case("a").unwrap().effects().unwrap()),
        |store| {
            let case = store.case("a").unwrap();
            drop(case.effect("f", &1, || Ok::<_, Error>(1), &EffectOptions::new()).unwrap());
        }
    ));
    let absent = |tx: &statehold::Transaction| assert_eq!(tx.case("n1").unwrap_err().code(), "NOT_FOUND");
    let create =
        |id: &'static str| move |store: &Store| drop(store.create_case(&json!({}), &named(id)).unwrap());
    assert!(conflicts(&store, absent, create("n1")), "what was absent came to be");
    let list = |tx: &statehold::Transaction| drop(tx.cases(&CaseFilter::new().pattern("x*")).unwrap());
    assert!(conflicts(&store, list, create("x1")), "a phantom");
    assert!(!conflicts(&store, list, create("y1")));
    assert!(conflicts(&store, list, step("x1")), "a summary shows the steps");
    let first = |tx: &statehold::Transaction| drop(tx.cases(&CaseFilter::new().limit(1)).unwrap());
    assert!(!conflicts(&store, first, step("b")), "beyond what the limit let through");
    assert!(conflicts(&store, first, step("a")));
    let write = |tx: &statehold::Transaction| {
        let case = tx.case("a").unwrap();
        case.increment_step_count();
        case.commit(0).unwrap();
    };
    assert!(conflicts(&store, write, step("a")), "no update is lost");
    assert!(conflicts(&store, write, |store| store.case("a").unwrap().delete().unwrap()));
    assert_eq!(store.verify().unwrap().problems, []);
}

#[test]
fn a_transaction_runs_again_and_nothing_is_lost() {
    let (_folder, path) = new_path();
    let store = Store::options().durability(statehold::Durability::Normal).open(&path).unwrap();
    store.create_case(&json!({}), &named("c")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    store
                        .transaction(|tx| {
                            let case = tx.case("c")?;
                            case.increment_step_count();
                            case.commit(0)?;
                            tx.namespace("n").increment("k", 1)
                        })
                        .unwrap();
                }
            });
        }
    });
    let case = store.case("c").unwrap();
    assert_eq!((case.metadata().step_count, case.sequence()), (200, 201));
    assert_eq!(store.namespace("n").get::<u64>("k").unwrap(), Some(200));
    assert_eq!(store.verify().unwrap().problems, []);
}

#[test]
fn savepoints_undo_commits_of_cases() {
    let store = Store::open(":memory:").unwrap();
    store.create_case(&json!({}), &named("c")).unwrap();
    store
        .transaction(|tx| {
            let case = tx.case("c")?;
            let undone: Result<(), Error> = tx.savepoint(|tx| {
                case.add_token(Token::new("undone", "x"));
                case.commit(0)?;
                tx.create_case(&json!({}), &named("undone"))?;
                Err(Error::Closed { what: "it", advice: "" })
            });
            assert!(undone.is_err());
            assert_eq!(tx.case("undone").unwrap_err().code(), "NOT_FOUND");
            // Another handle commits under the same number: the first one is behind, and is told so.
            let other = tx.case("c")?;
            other.add_token(Token::new("kept", "x"));
            other.commit(0)?;
            case.increment_step_count();
            assert_eq!(case.commit(0).unwrap_err().code(), "CONFLICT");
            assert_eq!(case.commit(1)?.unwrap().sequence, 3);
            Ok::<_, Error>(())
        })
        .unwrap();
    let case = store.case("c").unwrap();
    assert_eq!(case.tokens().into_keys().collect::<Vec<_>>(), ["kept"]);
    assert_eq!(store.verify().unwrap().problems, []);
}

#[test]
fn what_a_transaction_refuses() {
    let store = Store::open(":memory:").unwrap();
    store.create_case(&json!({}), &named("c").history(History::Full)).unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let case = tx.case("c").unwrap();
    let spec = Json::new("1").unwrap();
    for error in [
        case.at(1).unwrap_err(),
        case.verify(None).unwrap_err(),
        case.rotate_receipts(&RotateOptions::new()).unwrap_err(),
        case.begin_effect("e", &spec, &EffectOptions::new()).unwrap_err(),
    ] {
        assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "transaction"), "{error:?}");
    }
    tx.rollback();
    case.increment_step_count();
    assert_eq!(case.commit(0).unwrap_err().code(), "CLOSED");
    assert_eq!(case.reload().unwrap_err().code(), "CLOSED");
    assert_eq!(store.case("c").unwrap().sequence(), 1);
}
