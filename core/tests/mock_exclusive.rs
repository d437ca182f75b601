//! A mock cloud for oneself, among threads and processes.
//!
//! Goal: `with_lock` lets one in at a time, in the order of arrival, and all or nothing of what it does is done; several
//! processes on one file lose no change and see one cloud. Method: 32 waiters that come one after the other; processes that
//! count in one parameter and start and stop one instance; faults inside.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use statehold::mock::{InstanceState, ParameterType, Transition};
use statehold::{Error, ManualClock, MockCloud, MockCloudOptions, OperationFailure, Store, open_mock_cloud};

use common::{assert_journal_whole, fast, finish, new_path, spawn};

const COUNT: &str = "/minecraft/player-count";

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "count" => count(&path, word.parse().unwrap()),
        "toggle" => toggle(&path, word.parse().unwrap()),
        other => panic!("{other}"),
    }
}

/// Adds one to the count, so often.
fn add_one(cloud: &MockCloud) -> Result<u32, Error> {
    let count: u32 = cloud.get_parameter(COUNT)?.unwrap().parse().unwrap();
    cloud.set_parameter(COUNT, &(count + 1).to_string(), ParameterType::String)?;
    Ok(count + 1)
}

fn count(path: &Path, times: u32) {
    common::await_go();
    let store = fast().open(path).unwrap();
    let cloud = store.mock_cloud("default");
    for _ in 0..times {
        cloud.with_lock(add_one).unwrap();
    }
}

/// Starts and stops the instance, so often, and counts what it has done itself.
fn toggle(path: &Path, times: u32) {
    common::await_go();
    let store = fast().open(path).unwrap();
    let cloud = store.mock_cloud("default");
    let mut started = 0;
    for _ in 0..times {
        let began = cloud
            .with_lock(|cloud| {
                let before = cloud.get_instance()?.state;
                match before {
                    InstanceState::Stopped => {
                        assert_eq!(cloud.start_instance()?.state, InstanceState::Running);
                        add_one(cloud)?;
                    }
                    InstanceState::Running => {
                        assert_eq!(cloud.stop_instance()?.state, InstanceState::Stopped);
                    }
                    other => panic!("it is {other}"),
                }
                Ok::<_, Error>(before == InstanceState::Stopped)
            })
            .unwrap();
        started += u32::from(began);
    }
    common::report(&started.to_string());
}

#[test]
fn waiters_come_one_at_a_time_and_in_the_order_of_arrival() {
    const WAITERS: usize = 32;
    let store = fast().open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    let (inside, order) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let first = cloud.begin_exclusive(false).unwrap();
    std::thread::scope(|scope| {
        for waiter in 0..WAITERS {
            let (cloud, inside, order) = (&cloud, &inside, &order);
            // It has arrived when it stands in line; only then comes the next one.
            let mut place = cloud.begin_exclusive(false).unwrap();
            assert!(!place.turn().is_first());
            scope.spawn(move || {
                place.turn().wait();
                let own = place.begin().unwrap();
                assert!(!inside.swap(true, Ordering::SeqCst), "two at a time");
                add_one(&own).unwrap();
                order.lock().unwrap().push(waiter);
                assert!(inside.swap(false, Ordering::SeqCst));
                assert!(place.commit().unwrap());
            });
        }
        drop(first);
    });
    assert_eq!(*order.lock().unwrap(), (0..WAITERS).collect::<Vec<_>>());
    assert_eq!(cloud.get_parameter(COUNT).unwrap().as_deref(), Some("32"));
}

#[test]
fn threads_that_lock_lose_nothing() {
    let cloud = open_mock_cloud(MockCloudOptions::new()).unwrap();
    let inside = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                cloud.with_lock(|cloud| {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
                    let count = add_one(cloud);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    count
                })
            });
        }
    });
    assert_eq!(cloud.get_parameter(COUNT).unwrap().as_deref(), Some("32"));
}

#[test]
fn all_or_nothing_of_it_is_done() {
    let store = fast().open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    let before = cloud.get_state().unwrap();
    let revision = store.revision().unwrap();
    let error = cloud.with_lock(|cloud| {
        cloud.start_instance()?;
        cloud.clear_backups()?;
        cloud.update_command("nobody", &json!({}))
    });
    assert_eq!(error.unwrap_err().code(), "NOT_FOUND");
    assert_eq!(cloud.get_state().unwrap(), before);
    cloud
        .with_lock_and_persist(|cloud| {
            cloud.start_instance()?;
            cloud.with_lock(MockCloud::clear_backups)?;
            let part = cloud.with_lock(|cloud| {
                cloud.clear_commands()?;
                cloud.set_parameter("/part", "", ParameterType::String)?;
                cloud.update_command("nobody", &json!({}))
            });
            assert!(part.is_err());
            assert_eq!(cloud.get_parameter("/part")?, None, "a part that fails is undone alone");
            assert_eq!(cloud.persist_now().unwrap_err().code(), "INVALID_VALUE");
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(store.revision().unwrap(), revision + 1, "one commit");
    assert_eq!(cloud.get_backups().unwrap(), []);
}

#[test]
fn who_gives_up_lets_the_next_one_in() {
    let store = fast().open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    let mut exclusive = cloud.begin_exclusive(false).unwrap();
    assert!(exclusive.turn().is_first());
    assert_eq!(exclusive.commit().unwrap_err().code(), "CLOSED");
    let inside = exclusive.begin().unwrap();
    inside.clear_backups().unwrap();
    assert!(!exclusive.rollback());
    assert_eq!(inside.clear_backups().unwrap_err().code(), "CLOSED");
    let inside = exclusive.begin().unwrap();
    inside.clear_backups().unwrap();
    drop(exclusive);
    assert_eq!(inside.get_backups().unwrap_err().code(), "CLOSED");
    cloud.with_lock(add_one).unwrap();
    assert_eq!(cloud.get_backups().unwrap().len(), 3);
}

#[test]
fn faults_strike_a_lock_and_what_is_done_under_it() {
    let cloud = open_mock_cloud(MockCloudOptions::new()).unwrap();
    let faults = cloud.faults();
    faults.set_operation_failure("withLock", OperationFailure::new().fail_next()).unwrap();
    assert_eq!(cloud.with_lock(add_one).unwrap_err().code(), "FAULT");
    faults.set_operation_failure("withLock", OperationFailure::new().fail_next().after_commit()).unwrap();
    let lost = cloud.with_lock(add_one).unwrap_err();
    assert!(matches!(lost, Error::Fault { committed: true, .. }));
    assert_eq!(cloud.get_parameter(COUNT).unwrap().as_deref(), Some("1"), "it was done");
    faults.set_operation_failure("setParameter", OperationFailure::new().fail_next()).unwrap();
    assert_eq!(cloud.with_lock(add_one).unwrap_err().code(), "FAULT");
    faults.set_operation_failure("setParameter", OperationFailure::new().fail_next().after_commit()).unwrap();
    let lost = cloud.with_lock(add_one).unwrap_err();
    assert!(
        matches!(&lost, Error::Fault { operation, committed: true, .. } if operation == "mock.set_parameter")
    );
    assert_eq!(cloud.get_parameter(COUNT).unwrap().as_deref(), Some("2"), "it was done by the commit");
    faults.verify("withLock", 4).unwrap();
    assert_eq!(faults.count("mock.set_parameter").unwrap(), 3);
    assert_eq!(cloud.faults().count("store.*").unwrap(), 0);
}

#[test]
fn processes_that_lock_lose_nothing() {
    let (_folder, path) = new_path();
    fast().open(&path).unwrap().mock_cloud("default").get_state().unwrap();
    let children: Vec<_> = (0..4).map(|_| spawn("count", &path, "25")).collect();
    for child in children {
        finish(child);
    }
    let store = Store::open(&path).unwrap();
    assert_eq!(store.mock_cloud("default").get_parameter(COUNT).unwrap().as_deref(), Some("100"));
    assert_journal_whole(&store);
}

#[test]
fn a_place_in_line_is_kept_while_a_latency_is_waited_for() {
    let cloud = open_mock_cloud(MockCloudOptions::new().clock(ManualClock::new())).unwrap();
    let slow = OperationFailure::new().latency(Duration::from_secs(1));
    cloud.faults().set_operation_failure("withLock", slow).unwrap();
    let [first, second] = [cloud.queue(), cloud.queue()];
    let second = cloud.begin_exclusive_at(second, false).unwrap();
    let first = cloud.begin_exclusive_at(first, false).unwrap();
    assert!(first.turn().is_first() && !second.turn().is_first(), "who is delayed less passes nobody");
    drop(first);
    assert!(second.turn().is_first());
    cloud.faults().verify("withLock", 2).unwrap();
}

#[test]
fn the_parts_inside_a_transaction_are_a_part_of_it() {
    let store = statehold::open(":memory:").unwrap();
    store
        .transaction(|tx| {
            let cloud = tx.mock_cloud("a");
            let mut exclusive = cloud.begin_exclusive(false)?;
            assert!(exclusive.turn().is_first());
            exclusive.begin()?.set_parameter("undone", "1", ParameterType::String)?;
            assert!(!exclusive.rollback(), "it is not to be begun again");
            exclusive.begin()?.set_parameter("done", "1", ParameterType::String)?;
            assert!(exclusive.commit()?);
            exclusive.begin()?.set_parameter("left", "1", ParameterType::String)?;
            drop(exclusive);
            assert!(store.mock_clouds("*")?.is_empty(), "nothing is written yet");
            Ok::<_, Error>(())
        })
        .unwrap();
    let parameters = store.mock_cloud("a").get_all_parameters().unwrap();
    let found = ["undone", "done", "left"].map(|name| parameters.contains_key(name));
    assert_eq!(found, [false, true, false]);
}

#[test]
fn processes_start_and_stop_one_instance() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let cloud = store.mock_cloud("default");
    cloud.set_transition(Transition::Immediate).unwrap();
    let mut children: Vec<_> = (0..3).map(|_| spawn("toggle", &path, "20")).collect();
    for child in &mut children {
        drop(child.stdin.take());
    }
    // This process looks on and changes something else meanwhile.
    for n in 0..20 {
        cloud.set_parameter("/n", &n.to_string(), ParameterType::String).unwrap();
    }
    let started: u32 =
        children.into_iter().flat_map(finish).map(|reported| reported.parse::<u32>().unwrap()).sum();
    let state = cloud.get_state().unwrap();
    assert_eq!(state.parameters[COUNT].value, started.to_string(), "each start was seen by all");
    assert_eq!((started, state.instance.state), (30, InstanceState::Stopped));
    assert_eq!(state.parameters["/n"].value, "19");
    assert_journal_whole(&store);
}
