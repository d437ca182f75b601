//! Goal: what a fault does to a call is exactly what was set, over threads, handles and transactions. Method: rules are set
//! and calls counted on stores with a manual clock, so that a latency is time that passes and nobody waits.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::{fast, ms, new_path};
use statehold::{Clock, Error, ManualClock, OperationFailure, Store};

fn with_faults() -> (Store, ManualClock) {
    let clock = ManualClock::new();
    (Store::options().faults(true).clock(clock.clone()).open(":memory:").unwrap(), clock)
}

fn fault() -> OperationFailure {
    OperationFailure::new()
}

#[test]
fn of_32_calls_in_parallel_fail_next_fails_exactly_one() {
    let (store, _) = with_faults();
    for (failure, expected) in [(fault().fail_next(), 1), (fault().times(5), 5)] {
        store.faults().set_operation_failure("namespace.set", failure).unwrap();
        let failed = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..32)
                .map(|number| {
                    let ns = store.namespace("a");
                    scope.spawn(move || ns.set(&number.to_string(), &number).is_err())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).filter(|failed| *failed).count()
        });
        assert_eq!(failed, expected);
        let rule = store.faults().get_operation_failure("namespace.set").unwrap().unwrap();
        assert_eq!((rule.calls, rule.hits, rule.remaining), (32, expected as u64, Some(0)));
    }
    assert_eq!(store.namespace("a").count("*").unwrap(), 32);
}

#[test]
fn a_failure_before_the_work_writes_nothing_and_one_after_it_has_written() {
    let (store, _) = with_faults();
    let ns = store.namespace("a");
    store
        .faults()
        .set_operation_failure("namespace.set", fault().fail_next().error("Throttled", "slow down"))
        .unwrap();
    let error = ns.set("k", &1).unwrap_err();
    let Error::Fault { operation, error_code, error_message, committed } = &error else { panic!("{error}") };
    assert_eq!((&**operation, &**error_code, &**error_message), ("namespace.set", "Throttled", "slow down"));
    assert!(!committed && error.is_retryable());
    assert!(!ns.exists("k").unwrap());

    store.faults().set_operation_failure("namespace.set", fault().fail_next().after_commit()).unwrap();
    let error = ns.set("k", &2).unwrap_err();
    assert!(matches!(error, Error::Fault { committed: true, .. }) && !error.is_retryable());
    assert_eq!(ns.get("k").unwrap(), Some(2));
}

#[test]
fn a_latency_delays_its_operation_and_no_other() {
    let (store, clock) = with_faults();
    store.faults().set_operation_failure("namespace.set", fault().latency(ms(1_500))).unwrap();
    let (ns, start) = (store.namespace("a"), clock.now());
    ns.get::<u8>("k").unwrap();
    assert_eq!(clock.now(), start);
    ns.set("k", &1).unwrap();
    assert_eq!(clock.now(), start + ms(1_500));

    store.faults().set_global_latency(Duration::from_secs(2)).unwrap();
    ns.get::<u8>("k").unwrap();
    assert_eq!(clock.now(), start + ms(3_500));
    ns.set("k", &1).unwrap();
    assert_eq!(clock.now(), start + ms(5_000), "its own latency counts instead");
}

#[test]
fn what_is_set_through_one_handle_counts_for_another() {
    let (_folder, path) = new_path();
    let one = fast().faults(true).open(&path).unwrap();
    let other = fast().faults(true).open(&path).unwrap();
    one.faults().set_operation_failure("namespace.get", fault().fail_next()).unwrap();
    assert_eq!(other.namespace("a").get::<u8>("k").unwrap_err().code(), "FAULT");
    assert_eq!(one.namespace("a").get::<u8>("k").unwrap(), None);
    one.faults().verify("namespace.get", 2).unwrap();
}

#[test]
fn with_faults_off_there_is_no_file_and_a_clear_error() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let error = store.faults().list().unwrap_err();
    assert_eq!(error.code(), "INVALID_VALUE");
    assert!(error.to_string().contains("faults are off"), "{error}");
    store.namespace("a").set("k", &1).unwrap();
    assert!(!common::beside(&path, "-faults").exists());
}
