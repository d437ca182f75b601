//! Effects of cases.
//!
//! Goal: a function runs once under its key, over handles, processes and crashes, or it is said that it may have run
//! before. Method: counted calls; a process that dies between the intent and the result; two handles that run into each
//! other.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use statehold::{
    BegunEffect, Case, CaseOptions, CaseStatus, EffectOptions, EffectOutcome, EffectStatus, Error, Json,
    ManualClock, OnDoubt, Store,
};

use common::{new_path, report, reports, spawn, still};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, _)) = common::role() else { return };
    assert_eq!(role, "begin");
    begin(&path);
}

fn case(store: &Store) -> Case {
    store.create_case(&json!({}), &CaseOptions::new().case_id("c")).unwrap()
}

fn spec() -> Json {
    Json::new("{\"cents\":995}").unwrap()
}

fn pending(case: &Case, options: &EffectOptions) -> statehold::PendingEffect {
    match case.begin_effect("pay", &spec(), options).unwrap() {
        BegunEffect::Run(pending) => pending,
        BegunEffect::Stored(result) => panic!("{result:?}"),
    }
}

#[test]
fn an_effect_happens_once_and_is_remembered() {
    let clock = ManualClock::new();
    let (_folder, path) = new_path();
    let store = still(&clock).label("me").open(&path).unwrap();
    let case = case(&store);
    let calls = AtomicU32::new(0);
    let run = |case: &Case, key: &str| {
        case.effect(
            "pay",
            &json!({"cents": 995}),
            || {
                clock.advance(Duration::from_millis(250));
                Ok::<_, Error>(calls.fetch_add(1, Ordering::Relaxed))
            },
            &EffectOptions::new().key(key),
        )
    };
    let first = run(&case, "k1").unwrap();
    assert_eq!(
        (first.status, first.value.as_ref().unwrap().as_str(), first.attempts),
        (EffectStatus::Ok, "0", 1)
    );
    assert_eq!(first.duration, Some(Duration::from_millis(250)));
    assert!(first.actor.ends_with("/me"), "{}", first.actor);
    assert_eq!(run(&case, "k1").unwrap(), first, "the stored result");
    let again = still(&clock).open(&path).unwrap().case("c").unwrap();
    assert_eq!(run(&again, "k1").unwrap(), first, "also for others");
    run(&case, "k2").unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 2, "another key is another effect");
    let other =
        case.effect("pay", &json!({"cents": 1}), || Ok::<_, Error>(0), &EffectOptions::new().key("k1"));
    assert_eq!(other.unwrap_err().code(), "CONFLICT", "another spec");
    assert_eq!(case.effects().unwrap().len(), 2);
    assert_eq!(case.lookup("pay").unwrap().len(), 2);
    assert!(case.lookup("k1").unwrap().is_empty());
    assert_eq!(case.lookup_by_key("k1").unwrap(), Some(first));
    assert_eq!(case.lookup_by_key("pay").unwrap(), None);
    assert_eq!(
        (case.sequence(), store.verify().unwrap().problems),
        (1, vec![]),
        "an effect is no commit of the state"
    );
    let operations: Vec<String> = store
        .journal(1, 9)
        .unwrap()
        .into_iter()
        .flat_map(|row| row.changes)
        .map(|one| one.key + "/" + &one.operation)
        .collect();
    assert_eq!(operations, ["k1/effect", "k1/effect", "k2/effect", "k2/effect"]);
}

#[test]
fn a_failure_is_a_result_too() {
    let store = Store::open(":memory:").unwrap();
    let case = case(&store);
    let failed = case.effect("pay", &1, || Err::<(), _>("no money"), &EffectOptions::new()).unwrap();
    assert_eq!(
        (failed.status, failed.error.as_deref(), failed.value.clone()),
        (EffectStatus::Error, Some("no money"), None)
    );
    let again =
        case.effect("pay", &1, || -> Result<(), Error> { panic!("it is not called") }, &EffectOptions::new());
    assert_eq!(again.unwrap(), failed);
    let called_off = pending(&case, &EffectOptions::new().key("k"))
        .finish(EffectOutcome::Cancelled("too late".to_owned()))
        .unwrap();
    assert_eq!((called_off.status, called_off.error.as_deref()), (EffectStatus::Cancelled, Some("too late")));
}

#[test]
fn doubt_is_told_and_settled() {
    let store = Store::open(":memory:").unwrap();
    let case = case(&store);
    let options = EffectOptions::new().key("k");
    let late = pending(&case, &options);
    let error = case.begin_effect("pay", &spec(), &options).unwrap_err();
    assert!(!error.is_retryable());
    let Error::EffectInDoubt { case_id, key, effect_id, actor, started_ms } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((&**case_id, &**key, &**effect_id), ("c", "k", "pay"));
    assert!(!actor.is_empty() && *started_ms > 0);
    assert_eq!(case.lookup_by_key("k").unwrap().unwrap().status, EffectStatus::Pending);
    // It is run again, and the first run comes late: its result must not take the place of the second one's.
    let retry = options.clone().on_doubt(OnDoubt::Retry);
    let second = pending(&case, &retry);
    assert_eq!(late.finish(EffectOutcome::Ok(spec())).unwrap_err().code(), "CONFLICT");
    let result = second.finish(EffectOutcome::Ok(Json::new("2").unwrap())).unwrap();
    assert_eq!((result.attempts, result.value.unwrap().as_str()), (2, "2"));
    // By hand.
    drop(pending(&case, &EffectOptions::new().key("by hand")));
    let settled = case.resolve_effect("by hand", EffectOutcome::Error("bounced".to_owned())).unwrap();
    assert_eq!(
        (settled.status, settled.error.as_deref(), settled.duration),
        (EffectStatus::Error, Some("bounced"), None)
    );
    assert_eq!(case.resolve_effect("by hand", EffectOutcome::Ok(spec())).unwrap_err().code(), "CONFLICT");
    assert_eq!(case.resolve_effect("none", EffectOutcome::Ok(spec())).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_closed_or_deleted_case_begins_no_effect() {
    let store = Store::open(":memory:").unwrap();
    let case = case(&store);
    let under_way = pending(&case, &EffectOptions::new().key("under way"));
    let stored = case.effect("pay", &spec(), || Ok::<_, Error>(1), &EffectOptions::new()).unwrap();
    store.case("c").unwrap().close(CaseStatus::Done).unwrap();
    let error = case.begin_effect("new", &spec(), &EffectOptions::new()).unwrap_err();
    assert_eq!(error.code(), "VALIDATION", "{error}");
    assert!(
        matches!(case.begin_effect("pay", &spec(), &EffectOptions::new()).unwrap(), BegunEffect::Stored(found) if found == stored)
    );
    under_way.finish(EffectOutcome::Ok(spec())).unwrap();
    case.delete().unwrap();
    assert_eq!(case.begin_effect("pay", &spec(), &EffectOptions::new()).unwrap_err().code(), "NOT_FOUND");
    // The id again: nothing of the old one's effects is replayed.
    let reused = store.create_case(&json!({}), &CaseOptions::new().case_id("c")).unwrap();
    assert_eq!(reused.effects().unwrap(), []);
    drop(pending(&reused, &EffectOptions::new()));
    for (id, key) in [("", "k"), ("a\0", "k"), ("e", "")] {
        let refusal = reused.begin_effect(id, &spec(), &EffectOptions::new().key(key));
        assert_eq!(refusal.unwrap_err().code(), "INVALID_NAME");
    }
}

#[test]
fn of_many_at_once_one_runs() {
    let (_folder, path) = new_path();
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    case(&stores[0]);
    let (calls, doubts, barrier) = (AtomicU32::new(0), AtomicU32::new(0), Barrier::new(8));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, calls, doubts, barrier) = (&stores[thread % 2], &calls, &doubts, &barrier);
            scope.spawn(move || {
                let case = store.case("c").unwrap();
                barrier.wait();
                let result = case.effect(
                    "pay",
                    &1,
                    || Ok::<_, Error>(calls.fetch_add(1, Ordering::SeqCst)),
                    &EffectOptions::new(),
                );
                match result {
                    Ok(result) => assert_eq!(result.status, EffectStatus::Ok),
                    Err(Error::EffectInDoubt { .. }) => _ = doubts.fetch_add(1, Ordering::SeqCst),
                    Err(other) => panic!("{other:?}"),
                }
            });
        }
    });
    assert_eq!(calls.into_inner(), 1);
    assert!(doubts.into_inner() < 8, "one has run it");
}

/// Begins an effect and is killed before its end.
fn begin(path: &Path) {
    let case = Store::open(path).unwrap().case("c").unwrap();
    let pending = pending(&case, &EffectOptions::new());
    report("begun");
    loop {
        std::thread::sleep(Duration::from_secs(60));
        assert_eq!(pending.key(), "pay");
    }
}

#[test]
fn a_process_that_dies_leaves_doubt() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let case = case(&store);
    let mut child = spawn("begin", &path, "");
    assert_eq!(reports(&mut child).next().as_deref(), Some("begun"));
    child.kill().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    let error = case.begin_effect("pay", &spec(), &EffectOptions::new()).unwrap_err();
    assert!(
        matches!(&error, Error::EffectInDoubt { actor, .. } if actor.contains(&pid.to_string())),
        "{error:?}"
    );
    let result = case
        .effect(
            "pay",
            &json!({"cents": 995}),
            || Ok::<_, Error>("paid"),
            &EffectOptions::new().on_doubt(OnDoubt::Retry),
        )
        .unwrap();
    assert_eq!(result.attempts, 2, "that it may have run twice is told");
}
