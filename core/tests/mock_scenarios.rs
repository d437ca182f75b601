//! Scenarios of a mock cloud.
//!
//! Goal: each built-in scenario does what it says, steps come in time and machines in order, also of parallel calls, and
//! what is wrong in a document is told. Method: a clock that is moved by hand; the schema of the documentation, by which
//! all documents are checked that this crate has.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::sync::Barrier;
use std::time::Duration;

use serde_json::{Value, json};
use statehold::mock::{CostPeriod, InstanceState, Scenario};
use statehold::{
    Error, Json, JsonSchema, ManualClock, MockCloud, MockCloudOptions, OperationFailure, Store,
    open_mock_cloud,
};

use common::{ms, still};

const SCHEMA: &str = include_str!("../../docs/scenario.schema.json");
const EXAMPLES: [&str; 2] = [
    include_str!("../../docs/scenarios/slow-start.json"),
    include_str!("../../docs/scenarios/lost-backup.json"),
];
const BUILT_IN: [&str; 14] = [
    "default",
    "running",
    "starting",
    "stopping",
    "hibernated",
    "high-cost",
    "no-backups",
    "many-players",
    "stack-creating",
    "errors",
    "slow-network",
    "throttled",
    "stack-rollback",
    "no-volume",
];

/// A cloud with faults on, and its clock.
fn cloud() -> (MockCloud, ManualClock) {
    let clock = ManualClock::new();
    (open_mock_cloud(MockCloudOptions::new().clock(clock.clone())).unwrap(), clock)
}

fn fault_code<T: std::fmt::Debug>(result: statehold::Result<T>) -> String {
    match result.unwrap_err() {
        Error::Fault { error_code, .. } => error_code,
        other => panic!("{other}"),
    }
}

#[test]
fn all_are_listed_and_have_what_they_say() {
    let (cloud, _) = cloud();
    let scenarios = cloud.scenarios();
    let listed = scenarios.list().unwrap();
    assert_eq!(listed.iter().map(|info| &*info.name).collect::<Vec<_>>(), BUILT_IN);
    assert!(listed.iter().all(|info| info.built_in && !info.description.is_empty()));
    assert_eq!(scenarios.current().unwrap(), None);
    for name in BUILT_IN {
        scenarios.apply(name).unwrap();
        assert_eq!(scenarios.current().unwrap().as_deref(), Some(name));
        let state = cloud.get_state().unwrap();
        let instance = |wanted| assert_eq!(state.instance.state, wanted, "{name}");
        match name {
            "running" => {
                instance(InstanceState::Running);
                assert_eq!(state.instance.public_ip.as_deref(), Some("203.0.113.42"));
            }
            "starting" => instance(InstanceState::Pending),
            "stopping" => instance(InstanceState::Stopping),
            "hibernated" => {
                instance(InstanceState::Hibernating);
                assert!(!state.instance.has_volume);
            }
            "high-cost" => {
                assert!(state.costs.values().all(|costs| costs.total_cost > 100.0));
                for costs in state.costs.values() {
                    let sum: f64 = costs.breakdown.iter().map(|part| part.cost).sum();
                    assert!((sum - costs.total_cost).abs() < 1e-9, "{costs:?}");
                }
            }
            "no-backups" => assert_eq!(state.backups, []),
            "many-players" => assert_eq!(state.parameters["/minecraft/player-count"].value, "18"),
            "stack-creating" => assert_eq!(state.stack.status, "CREATE_IN_PROGRESS"),
            "stack-rollback" => assert_eq!(state.stack.status, "ROLLBACK_COMPLETE"),
            "no-volume" => assert!(!state.instance.has_volume),
            "default" | "errors" | "slow-network" | "throttled" => instance(InstanceState::Stopped),
            other => panic!("{other} has no case"),
        }
    }
    scenarios.reset().unwrap();
    assert_eq!(scenarios.current().unwrap(), None);
}

#[test]
fn errors_have_the_codes_of_the_provider() {
    let (cloud, _) = cloud();
    cloud.scenarios().apply("errors").unwrap();
    assert_eq!(fault_code(cloud.start_instance()), "InstanceLimitExceeded");
    assert_eq!(fault_code(cloud.stop_instance()), "IncorrectState");
    assert_eq!(fault_code(cloud.add_command(&["ls"])), "InvalidInstanceId");
    assert_eq!(fault_code(cloud.get_costs(CostPeriod::LastMonth)), "AccessDenied");
    assert_eq!(fault_code(cloud.get_stack_status()), "ValidationError");
    cloud.get_instance().unwrap();
    cloud.scenarios().apply("default").unwrap();
    cloud.get_stack_status().unwrap();
}

#[test]
fn a_slow_network_takes_time_by_the_clock() {
    let (cloud, clock) = cloud();
    cloud.scenarios().apply("slow-network").unwrap();
    let before = statehold::Clock::now(&clock);
    cloud.get_instance().unwrap();
    cloud.get_backups().unwrap();
    assert_eq!(statehold::Clock::now(&clock), before + Duration::from_secs(4));
    cloud.scenarios().reset().unwrap();
    cloud.get_instance().unwrap();
    assert_eq!(statehold::Clock::now(&clock), before + Duration::from_secs(4));
}

#[test]
fn the_latency_of_the_store_counts_where_a_scenario_has_none() {
    let clock = ManualClock::new();
    let store = still(&clock).faults(true).open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    store.faults().set_global_latency(ms(100)).unwrap();
    for (scenario, expected) in [("slow-network", 2000), ("running", 100)] {
        cloud.scenarios().apply(scenario).unwrap();
        let before = statehold::Clock::now(&clock);
        cloud.get_instance().unwrap();
        assert_eq!(statehold::Clock::now(&clock), before + ms(expected), "{scenario}");
    }
    cloud.scenarios().apply("slow-network").unwrap();
    cloud.scenarios().reset().unwrap();
    assert_eq!(cloud.faults().get_global_latency().unwrap(), Duration::ZERO, "it has none of its own");
}

#[test]
fn the_same_calls_are_throttled_in_each_run() {
    let run = || -> Vec<bool> {
        let (cloud, _) = cloud();
        cloud.scenarios().apply("throttled").unwrap();
        (0..30).map(|_| cloud.get_instance().is_err()).collect()
    };
    let throttled = run();
    let count = throttled.iter().filter(|throttled| **throttled).count();
    assert!((5..26).contains(&count), "about half of 30: {count}");
    assert_eq!(run(), throttled);
}

#[test]
fn starting_ends_by_itself() {
    let (cloud, clock) = cloud();
    for (name, until) in [("starting", InstanceState::Running), ("stopping", InstanceState::Stopped)] {
        cloud.scenarios().apply(name).unwrap();
        clock.advance(ms(29_999));
        assert_ne!(cloud.get_instance().unwrap().state, until);
        clock.advance(ms(1));
        assert_eq!(cloud.get_instance().unwrap().state, until);
    }
    cloud.scenarios().apply("starting").unwrap();
    cloud.update_instance_state(InstanceState::Terminated).unwrap();
    clock.advance(Duration::from_secs(60));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Terminated);
}

#[test]
fn an_unknown_one_is_told_with_those_that_there_are() {
    let (cloud, _) = cloud();
    cloud.scenarios().save(&json!({"name": "mine", "description": "of my own"})).unwrap();
    let error = cloud.scenarios().apply("runing").unwrap_err();
    assert_eq!(error.code(), "NOT_FOUND");
    for name in BUILT_IN.iter().chain(&["mine"]) {
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(cloud.scenarios().current().unwrap(), None);
}

#[test]
fn scenarios_are_saved_for_all_clouds_of_a_store() {
    let store = Store::open(":memory:").unwrap();
    let (one, other) = (store.mock_cloud("one"), store.mock_cloud("other"));
    let document = json!({"name": "few", "description": "Few backups", "state": {"backups": []}});
    one.scenarios().save(&document).unwrap();
    let info = other.scenarios().list().unwrap().pop().unwrap();
    assert_eq!((&*info.name, &*info.description, info.built_in), ("few", "Few backups", false));
    let few = other.scenarios().get("few").unwrap();
    assert_eq!(few.to_json().parse::<Value>().unwrap(), document);
    other.scenarios().apply("few").unwrap();
    assert_eq!((other.get_backups().unwrap().len(), one.get_backups().unwrap().len()), (0, 3));
    one.scenarios().save(&json!({"name": "few", "description": "Another"})).unwrap();
    assert_eq!(other.scenarios().get("few").unwrap().description, "Another");
    for name in BUILT_IN {
        let document = json!({"name": name, "description": "mine"});
        assert_eq!(one.scenarios().save(&document).unwrap_err().code(), "INVALID_NAME");
        assert_eq!(one.scenarios().delete(name).unwrap_err().code(), "INVALID_NAME");
    }
    assert!(one.scenarios().delete("few").unwrap());
    assert!(!one.scenarios().delete("few").unwrap());
    assert_eq!(other.scenarios().current().unwrap().as_deref(), Some("few"), "it stays in it");
}

#[test]
fn the_instance_takes_30_s_to_start_then_ssm_fails_twice() {
    let (cloud, clock) = cloud();
    cloud.scenarios().save(&Json::new(EXAMPLES[0]).unwrap()).unwrap();
    cloud.scenarios().apply("slow-start").unwrap();
    cloud.add_command(&["too early to fail"]).unwrap();
    cloud.start_instance().unwrap();
    clock.advance(ms(29_999));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Pending);
    clock.advance(ms(1));
    assert_eq!(fault_code(cloud.add_command(&["ls"])), "InvalidInstanceId");
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running);
    assert_eq!(fault_code(cloud.add_command(&["ls"])), "InvalidInstanceId");
    cloud.add_command(&["ls"]).unwrap();
    assert_eq!(cloud.get_commands().unwrap().len(), 2);
}

#[test]
fn steps_come_in_order_and_a_reset_cancels_them() {
    let (cloud, clock) = cloud();
    let count = |n: u32| json!({"parameters": {"/n": {"value": n.to_string()}}});
    let document = json!({"name": "count", "description": "", "steps": [
        {"after": 2, "state": count(2), "latency": 0.5},
        {"after": 1, "state": count(1)},
        {"after": 3.5, "state": count(3), "faults": {"getParameter": {"fail_next": true}}, "latency": 0},
    ]});
    cloud.scenarios().save(&document).unwrap();
    let n = || cloud.get_parameter("/n").unwrap();
    cloud.scenarios().apply("count").unwrap();
    assert_eq!(n(), None);
    clock.advance(ms(1000));
    assert_eq!(n().as_deref(), Some("1"));
    clock.advance(ms(1000));
    let before = statehold::Clock::now(&clock);
    assert_eq!(n().as_deref(), Some("2"));
    assert_eq!(
        statehold::Clock::now(&clock),
        before + ms(500),
        "its latency counts for the call that takes it"
    );
    clock.advance(ms(1000));
    assert_eq!(fault_code(cloud.get_parameter("/n")), "InternalError");
    assert_eq!(n().as_deref(), Some("3"));
    assert_eq!(cloud.get_all_parameters().unwrap()["/n"].version, 3);
    cloud.scenarios().apply("count").unwrap();
    cloud.reset_state().unwrap();
    clock.advance(Duration::from_secs(100));
    assert_eq!(n(), None);
    assert_eq!(cloud.get_state().unwrap().timers, []);
}

#[test]
fn a_scenario_replaces_the_faults_of_the_cloud_alone() {
    let store = Store::options().faults(true).open(":memory:").unwrap();
    let (one, other) = (store.mock_cloud("one"), store.mock_cloud("other"));
    let failing = || OperationFailure::new().always_fail();
    one.faults().set_operation_failure("getInstance", failing()).unwrap();
    other.faults().set_operation_failure("getInstance", failing()).unwrap();
    store.faults().set_operation_failure("mock.get_backups", failing()).unwrap();
    one.scenarios().apply("errors").unwrap();
    one.get_instance().unwrap();
    assert_eq!(other.get_instance().unwrap_err().code(), "FAULT");
    assert_eq!(one.get_backups().unwrap_err().code(), "FAULT", "that of the store is still there");
    assert_eq!(other.start_instance().unwrap().state, InstanceState::Pending);
    assert_eq!(fault_code(one.start_instance()), "InstanceLimitExceeded");
    one.scenarios().reset().unwrap();
    one.start_instance().unwrap();
    assert_eq!(one.faults().list().unwrap().len(), 0);
    store.delete_mock_cloud("other").unwrap();
    other.get_instance().unwrap();
}

#[test]
fn faults_must_be_on_for_those_that_have_any() {
    let store = Store::open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    for name in BUILT_IN {
        let applied = cloud.scenarios().apply(name);
        if ["errors", "slow-network", "throttled"].contains(&name) {
            let error = applied.unwrap_err();
            assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "faults"), "{error}");
        } else {
            applied.unwrap();
        }
    }
}

#[test]
fn a_step_leaves_its_faults_to_who_has_them_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let clock = ManualClock::new();
    let with = still(&clock).faults(true).open(&path).unwrap();
    let without = still(&clock).open(&path).unwrap();
    let document = json!({"name": "later", "description": "", "steps": [
        {"after": 1, "state": {"backups": []}, "faults": {"getBackups": {"times": 1}}},
    ]});
    with.mock_cloud("a").scenarios().save(&document).unwrap();
    with.mock_cloud("a").scenarios().apply("later").unwrap();
    clock.advance(ms(1000));
    let other = without.mock_cloud("a");
    assert_eq!(other.get_backups().unwrap(), []);
    other.start_instance().unwrap();
    assert_eq!(with.mock_cloud("a").get_backups().unwrap_err().code(), "FAULT");
    assert_eq!(with.mock_cloud("a").get_backups().unwrap(), []);
}

#[test]
fn a_transaction_sets_the_faults_of_a_scenario_by_its_commit() {
    let clock = ManualClock::new();
    let store = still(&clock).faults(true).open(":memory:").unwrap();
    let undone = store.transaction(|tx| {
        tx.mock_cloud("a").scenarios().apply("errors")?;
        Err::<(), _>(Error::KeyNotFound { namespace: String::new(), key: String::new() })
    });
    assert!(undone.is_err());
    let cloud = store.mock_cloud("a");
    cloud.get_stack_status().unwrap();
    store
        .transaction(|tx| {
            tx.mock_cloud("a").scenarios().apply("errors")?;
            tx.mock_cloud("a").get_stack_status().map(drop)
        })
        .unwrap();
    assert_eq!(fault_code(cloud.get_stack_status()), "ValidationError");
}

/// Counts calls of one operation by its states, and lets the last of them fail.
fn counting(to: usize) -> Value {
    let transitions: Vec<Value> = (0..to)
        .map(|n| {
            let fault = (n + 1 == to).then(|| json!({"error_code": "Full", "error_message": "no more"}));
            let mut transition = json!({"operation": "mock.set_parameter", "from": n.to_string(), "to": (n + 1).to_string(),
                                        "state": {"parameters": {"/count": {"value": (n + 1).to_string()}}}});
            if let Some(fault) = fault {
                transition["fault"] = fault;
            }
            transition
        })
        .collect();
    json!({"name": "counting", "description": "", "machine": {"initial": "0", "transitions": transitions}})
}

#[test]
fn parallel_calls_move_a_machine_one_by_one() {
    use statehold::mock::ParameterType;
    const CALLS: usize = 32;
    let store = Store::options().durability(statehold::Durability::Normal).open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    cloud.scenarios().save(&counting(CALLS)).unwrap();
    cloud.scenarios().apply("counting").unwrap();
    let barrier = Barrier::new(CALLS);
    let failed = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..CALLS)
            .map(|n| {
                let (cloud, barrier) = (&cloud, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    cloud.set_parameter(&format!("/p{n}"), "", ParameterType::String)
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).filter(Result::is_err).count()
    });
    assert_eq!(failed, 1, "the last one, whichever it was");
    let state = cloud.get_state().unwrap();
    assert_eq!(state.scenario.unwrap().machine.unwrap().state, CALLS.to_string());
    assert_eq!(state.parameters["/count"].version, CALLS as u64, "each move was made once");
    let made = state.parameters.keys().filter(|name| name.starts_with("/p")).count();
    assert_eq!(made, CALLS - 1);
}

#[test]
fn a_machine_fails_calls_before_and_after_their_work() {
    let (cloud, clock) = cloud();
    cloud.scenarios().save(&Json::new(EXAMPLES[1]).unwrap()).unwrap();
    cloud.scenarios().apply("lost-backup").unwrap();
    let before = statehold::Clock::now(&clock);
    let backup = json!({"name": "first", "size": 1});
    assert_eq!(fault_code(cloud.add_backup(&backup)), "StorageFull");
    assert_eq!(statehold::Clock::now(&clock), before + ms(200));
    assert_eq!(cloud.get_backups().unwrap(), []);
    let lost = cloud.add_backup(&backup).unwrap_err();
    assert!(
        matches!(&lost, Error::Fault { committed: true, error_code, .. } if error_code == "RequestTimeout")
    );
    assert!(!lost.is_retryable());
    assert_eq!(cloud.get_backups().unwrap()[0].name, "first");
    assert_eq!(cloud.get_parameter("/minecraft/last-backup").unwrap().as_deref(), Some("made"));
    cloud.add_backup(&json!({"name": "second", "size": 1})).unwrap();
}

#[test]
fn a_machine_moves_by_reads_and_by_patterns() {
    let store = Store::open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    let document = json!({"name": "lucky", "description": "", "machine": {"initial": "0", "transitions": [
        {"operation": "getInstance", "from": "0", "to": "1"},
        {"operation": "mock.get_i*", "from": "1", "to": "2",
         "state": {"instance": {"state": "running", "public_ip": "203.0.113.9"}}},
        {"operation": "mock.stop_instance", "from": "*", "to": "0", "state": {"instance": {"state": "hibernating"}}},
    ]}});
    cloud.scenarios().save(&document).unwrap();
    cloud.scenarios().apply("lucky").unwrap();
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Stopped);
    cloud.get_backups().unwrap();
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running, "a read sees what it has moved");
    assert_eq!(
        cloud.stop_instance().unwrap().state,
        InstanceState::Hibernating,
        "the machine has the last word"
    );
    cloud.start_instance().unwrap_err();
    let machine = cloud.get_state().unwrap().scenario.unwrap().machine.unwrap();
    assert_eq!(machine.state, "0");
}

#[test]
fn a_call_that_fails_by_itself_moves_nothing() {
    let store = Store::open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    let document = json!({"name": "m", "description": "", "state": {"instance": {"state": "terminated"}},
        "machine": {"initial": "0", "transitions": [{"operation": "startInstance", "from": "0", "to": "1"}]}});
    cloud.scenarios().save(&document).unwrap();
    cloud.scenarios().apply("m").unwrap();
    assert_eq!(cloud.start_instance().unwrap_err().code(), "INVALID_TRANSITION");
    assert_eq!(cloud.get_state().unwrap().scenario.unwrap().machine.unwrap().state, "0");
}

#[test]
fn all_documents_are_as_the_schema_says() {
    let schema = JsonSchema::new(&Json::new(SCHEMA).unwrap()).unwrap();
    let (cloud, _) = cloud();
    let built_in = BUILT_IN.iter().map(|name| cloud.scenarios().get(name).unwrap().to_json());
    let examples = EXAMPLES.iter().map(|text| Json::new(*text).unwrap());
    for document in built_in.chain(examples).chain([Json::from_serialize(&counting(3)).unwrap()]) {
        assert_eq!(schema.violations(&document).unwrap(), [], "{document}");
        Scenario::new(&document).unwrap();
    }
    // What `get_state` gives can be a part of a scenario, but for the scenario itself.
    cloud.add_command(&["ls"]).unwrap();
    cloud.start_instance().unwrap();
    let mut state = serde_json::to_value(cloud.get_state().unwrap()).unwrap();
    state.as_object_mut().unwrap().remove("scenario");
    let document =
        Json::from_serialize(&json!({"name": "as-it-was", "description": "", "state": state})).unwrap();
    assert_eq!(schema.violations(&document).unwrap(), []);
    cloud.scenarios().save(&document).unwrap();
}

#[test]
fn mistakes_in_documents_are_told_with_their_paths() {
    let schema = JsonSchema::new(&Json::new(SCHEMA).unwrap()).unwrap();
    let with = |member: &str, value: Value| {
        let mut document = json!({"name": "n", "description": ""});
        document[member] = value;
        document
    };
    let transition = |more: Value| {
        let mut transition = json!({"operation": "getState", "from": "a", "to": "b"});
        transition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with("machine", json!({"initial": "a", "transitions": [transition]}))
    };
    // The path, a part of the reason, and whether a schema can see it.
    let cases = [
        (json!([]), "$", "expected struct Scenario", true),
        (json!({"name": "n"}), "$", "`description`", true),
        (with("name", json!(5)), "$.name", "expected a string", true),
        (with("states", json!({})), "$.states", "`state`", true),
        (
            with("state", json!({"instance": {"state": "on"}})),
            "$.state.instance.state",
            "there are running",
            true,
        ),
        (with("state", json!({"scenario": null})), "$.state.scenario", "leave it out", true),
        (
            with("state", json!({"timers": [{"due": "now", "step": {"after": 1}}]})),
            "$.state.timers[0].step",
            "`steps`",
            true,
        ),
        (with("latency", json!(-1)), "$.latency", "number of seconds", true),
        (
            with("faults", json!({"startInstanze": {"fail_next": true}})),
            "$.faults.startInstanze",
            "did you mean",
            false,
        ),
        (
            with("faults", json!({"namespace.set": {"fail_next": true}})),
            "$.faults[\"namespace.set\"]",
            "no operation of a mock cloud",
            false,
        ),
        (with("faults", json!({"getState": {}})), "$.faults.getState.failure", "does nothing", true),
        (
            with("faults", json!({"getState": {"fail_nxt": true}})),
            "$.faults.getState.fail_nxt",
            "did you mean",
            true,
        ),
        (
            with("faults", json!({"getState": {"probability": 2}})),
            "$.faults.getState.probability",
            "from 0 to 1",
            true,
        ),
        (with("steps", json!([{"after": 1}])), "$.steps[0]", "does nothing", true),
        (with("steps", json!([{"state": {}}])), "$.steps[0]", "`after`", true),
        (
            with("steps", json!([{"after": 1, "state": {"backups": 1}}])),
            "$.steps[0].state.backups",
            "array",
            true,
        ),
        (
            with("steps", json!([{"after": 1, "faults": {"x": {}}}])),
            "$.steps[0].faults.x",
            "no operation",
            true,
        ),
        (transition(json!({"operation": "go"})), "$.machine.transitions[0].operation", "no operation", false),
        (transition(json!({"from": "c"})), "$.machine.transitions[0].from", "its states are a, b", false),
        (transition(json!({"to": "*"})), "$.machine", "can't be the name", true),
        (
            transition(json!({"fault": {"code": "x"}})),
            "$.machine.transitions[0].fault.code",
            "`error_code`",
            true,
        ),
        (transition(json!({"state": {"stack": 1}})), "$.machine.transitions[0].state.stack", "object", true),
    ];
    for (document, path, hint, seen) in cases {
        let error = Scenario::new(&document).unwrap_err();
        let Error::InvalidValue { path: found, reason } = &error else { panic!("{document}: {error}") };
        assert_eq!(found, path, "{document}: {error}");
        assert!(reason.contains(hint), "{document}: {error}");
        let violations = schema.violations(&Json::from_serialize(&document).unwrap()).unwrap();
        assert_eq!(!violations.is_empty(), seen, "{document}: {violations:?}");
    }
    let long = with("name", json!("n".repeat(256)));
    assert_eq!(Scenario::new(&long).unwrap_err().code(), "INVALID_NAME");
}
