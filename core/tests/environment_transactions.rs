//! Goal: in a transaction environments are read and written as on the store, become visible with everything else at its
//! end, and conflict with whoever else writes them. Method: a transaction is left open while others write.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::{Arc, Mutex};

use common::{ms, still};
use statehold::{
    EnvironmentFilter, Error, Event, HistoryOperation, Json, Lifecycle, LockOptions, ManualClock, Store,
    TransactionOptions,
};

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn open() -> Store {
    Store::open(":memory:").unwrap()
}

#[test]
fn it_sees_its_own_writes_and_others_see_them_at_its_end() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let outside = store.environments();
    outside.create("old", json("1")).unwrap();
    clock.advance(ms(500));
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let inside = tx.environments();
    let web = inside.create("web", json("1")).unwrap();
    assert_eq!((web.revision, web.state.as_str()), (0, "created"));
    inside.transition("web", "provisioning").unwrap();
    let mut again = inside.set_step("web", "apply").unwrap();
    again.data = json("2");
    assert_eq!(inside.save(&again).unwrap().data, json("2"), "what it has written itself it may save again");
    inside.transition("old", "destroyed").unwrap();
    tx.namespace("log").set("1", "both").unwrap();
    let names = |filter: &EnvironmentFilter| -> Vec<String> {
        inside.list_with(filter).unwrap().into_iter().map(|record| record.name).collect()
    };
    assert_eq!(names(&EnvironmentFilter::new()), ["old", "web"]);
    assert_eq!(names(&EnvironmentFilter::new().state("destroyed")), ["old"]);
    assert!(names(&EnvironmentFilter::new().state("created")).is_empty());
    assert!(inside.exists("web").unwrap() && !outside.exists("web").unwrap());
    let history = inside.history("web").unwrap();
    let operations: Vec<_> = history.iter().map(|entry| (entry.operation, entry.revision)).collect();
    assert_eq!(
        operations,
        [
            (HistoryOperation::Create, 0),
            (HistoryOperation::Transition, 0),
            (HistoryOperation::Step, 0),
            (HistoryOperation::Save, 0)
        ]
    );
    assert_eq!(inside.at("web", store.revision().unwrap()).unwrap(), None, "it was not there then");
    assert_eq!(inside.at("old", store.revision().unwrap()).unwrap().unwrap().state, "created");
    assert_eq!(inside.transition("web", "running").unwrap_err().code(), "INVALID_TRANSITION");
    clock.advance(ms(500));
    let receipt = tx.commit().unwrap();

    let stored = outside.load("web").unwrap();
    assert_eq!((stored.state.as_str(), stored.data.as_str()), ("provisioning", "2"));
    assert_eq!(
        (stored.revision, stored.created_at, stored.entered_at),
        (receipt.revision, receipt.time, receipt.time)
    );
    let history = outside.history("web").unwrap();
    assert_eq!(history.len(), 4);
    assert!(history.iter().all(|entry| entry.revision == receipt.revision && entry.time == receipt.time));
    assert_eq!(history[1].spent, Some(ms(0)), "created and left in one moment");
    assert_eq!(outside.history("old").unwrap()[1].spent, Some(ms(1_000)));
    common::assert_journal_whole(&store);
}

#[test]
fn deleting_and_creating_anew_in_one_transaction() {
    let store = open();
    let environments = store.environments();
    environments.create("web", json("1")).unwrap();
    environments.transition("web", "provisioning").unwrap();
    store
        .transaction(|tx| {
            let inside = tx.environments();
            assert!(inside.delete("web")?);
            assert!(!inside.exists("web")? && !inside.delete("web")?);
            inside.create("web", json("2"))?;
            Ok::<_, Error>(())
        })
        .unwrap();
    let web = environments.load("web").unwrap();
    assert_eq!((web.state.as_str(), web.data.as_str(), web.created_at), ("created", "2", web.entered_at));
    let operations: Vec<_> =
        environments.history("web").unwrap().into_iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["create", "transition", "delete", "create"]);
}

#[test]
fn what_was_read_and_is_changed_by_others_is_a_conflict() {
    let store = open();
    let environments = store.environments();
    environments.create("web", json("1")).unwrap();
    environments.create("db", json("1")).unwrap();
    let meanwhile = |read: &dyn Fn(&statehold::Environments), write: &dyn Fn()| {
        let tx = store.begin(TransactionOptions::new()).unwrap();
        read(&tx.environments());
        tx.namespace("log").set("k", &1).unwrap();
        write();
        tx.commit().map(|_| ())
    };
    let set_step =
        |name: &'static str| move |e: &statehold::Environments| _ = e.set_step(name, "next").unwrap();
    environments.transition("web", "provisioning").unwrap();
    let conflict = meanwhile(&|e| _ = e.load("web").unwrap(), &|| set_step("web")(&environments));
    assert_eq!(conflict.unwrap_err().code(), "CONFLICT");
    let absent = meanwhile(&|e| assert!(!e.exists("new").unwrap()), &|| {
        environments.create("new", json("1")).unwrap();
    });
    assert_eq!(absent.unwrap_err().code(), "CONFLICT");
    let listed = meanwhile(&|e| _ = e.list().unwrap(), &|| set_step("db")(&environments));
    assert_eq!(listed.unwrap_err().code(), "CONFLICT");
    let locked = meanwhile(&|e| _ = e.set_step("db", "mine").unwrap(), &|| {
        drop(environments.lock("db").unwrap());
    });
    assert_eq!(locked.unwrap_err().code(), "CONFLICT", "the lock is a part of what was read");
    meanwhile(&|e| _ = e.load("web").unwrap(), &|| set_step("db")(&environments)).unwrap();
}

#[test]
fn a_lock_keeps_transactions_out_and_its_token_lets_them_in() {
    let store = open();
    let environments = store.environments();
    environments.create("web", json("1")).unwrap();
    let lock = environments.lock("web").unwrap();
    let without = store.transaction(|tx| tx.environments().transition("web", "provisioning"));
    assert_eq!(without.unwrap_err().code(), "LOCKED");
    let with = store
        .transaction(|tx| tx.environments().with_token(lock.token()).transition("web", "provisioning"))
        .unwrap();
    assert_eq!(with.state, "provisioning");
    // A holder that loses the lock before the end of the transaction can't write.
    let tx = store.begin(TransactionOptions::new()).unwrap();
    tx.environments().with_token(lock.token()).transition("web", "provisioned").unwrap();
    environments.force_unlock("web", lock.token()).unwrap();
    assert_eq!(tx.commit().unwrap_err().code(), "CONFLICT");
    assert_eq!(environments.load("web").unwrap().state, "provisioning");
    let late = store.transaction(|tx| tx.environments().with_token(lock.token()).delete("web"));
    assert_eq!(late.unwrap_err().code(), "CONFLICT");
}

#[test]
fn a_lease_that_ends_lets_a_transaction_in() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let environments = store.environments();
    environments.create("web", json("1")).unwrap();
    let lease = LockOptions::new().ttl(ms(60_000));
    let lock = environments.lock_with("web", &lease).unwrap();
    clock.advance(ms(60_000));
    store.transaction(|tx| tx.environments().transition("web", "provisioning")).unwrap();
    assert!(!lock.is_held().unwrap(), "it was freed by that commit");
    assert_eq!(lock.transition("provisioned").unwrap_err().code(), "CONFLICT");
    let history = environments.history("web").unwrap();
    let operations: Vec<_> = history.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["create", "take_over", "transition"]);
}

#[test]
fn locks_and_lifecycles_are_for_the_store() {
    let store = open();
    store.environments().create("web", json("1")).unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let inside = tx.environments();
    for error in [
        inside.lock("web").unwrap_err(),
        inside.force_unlock("web", "token").unwrap_err(),
        inside
            .register_lifecycle(
                &Lifecycle::parse(r#"{"name":"l","states":["a"],"initial":"a","transitions":[]}"#).unwrap(),
            )
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("outside of transactions"), "{error}");
    }
    tx.rollback();
    assert_eq!(inside.load("web").unwrap_err().code(), "CLOSED");
}

#[test]
fn transitions_are_told_after_the_commit_and_only_then() {
    let store = open();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    store
        .on("environment.transition", move |event| {
            if let Event::EnvironmentTransition { environment, from, to, revision, .. } = event {
                log.lock().unwrap().push(format!("{environment} {from} {to} {revision}"));
            }
        })
        .unwrap();
    let environments = store.environments();
    environments.create("web", json("1")).unwrap();
    let failed = store.transaction(|tx| {
        tx.environments().transition("web", "provisioning")?;
        tx.environments().transition("web", "running")
    });
    assert_eq!(failed.unwrap_err().code(), "INVALID_TRANSITION");
    assert!(told.lock().unwrap().is_empty(), "nothing of it has happened");
    store
        .transaction(|tx| {
            let part = tx.savepoint(|tx| {
                tx.environments().transition("web", "destroyed")?;
                tx.environments().load("none")
            });
            assert_eq!(part.unwrap_err().code(), "NOT_FOUND");
            tx.environments().transition("web", "provisioning")?;
            tx.environments().transition("web", "provisioned")
        })
        .unwrap();
    let revision = store.revision().unwrap();
    let wanted =
        [format!("web created provisioning {revision}"), format!("web provisioning provisioned {revision}")];
    assert_eq!(*told.lock().unwrap(), wanted);
}
