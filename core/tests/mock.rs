//! The mock cloud of a store: its resources, by a clock that is moved by hand.
//!
//! Goal: every operation does what it says, gives copies, and is durable like all else of a store; time passes only by the
//! store's clock. Method: one test for each resource, and one for each thing that holds for all of them. Nothing sleeps.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::time::Duration;

use serde_json::{Value, json};
use statehold::mock::{CommandStatus, CostPeriod, InstanceState, ParameterType, Transition};
use statehold::{
    Error, Json, ManualClock, MockCloud, MockCloudOptions, Store, TransactionOptions, WatchOptions,
};

use common::{assert_file_sound, assert_journal_whole, ms, new_path, still};

/// A cloud in memory, and its clock.
fn cloud() -> (MockCloud, ManualClock) {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    (store.mock_cloud("default"), clock)
}

fn state(cloud: &MockCloud) -> Value {
    serde_json::to_value(cloud.get_state().unwrap()).unwrap()
}

#[test]
fn the_fixtures_are_those_of_the_description() {
    let (cloud, _) = cloud();
    let instance = cloud.get_instance().unwrap();
    assert_eq!(instance.instance_id, "i-mock1234567890abcdef");
    assert_eq!((instance.state, instance.has_volume), (InstanceState::Stopped, true));
    assert_eq!(instance.availability_zone.as_deref(), Some("us-east-1a"));
    assert_eq!(instance.block_device_mappings.unwrap()[0].device_name, "/dev/sda1");
    let parameters = cloud.get_all_parameters().unwrap();
    let parameters: Vec<_> =
        parameters.iter().map(|(name, parameter)| (&**name, &*parameter.value, parameter.kind)).collect();
    assert_eq!(
        parameters,
        [
            ("/minecraft/email-allowlist", "[]", ParameterType::String),
            ("/minecraft/gdrive-token", "", ParameterType::SecureString),
            ("/minecraft/player-count", "0", ParameterType::String),
        ]
    );
    let sizes: Vec<u64> = cloud.get_backups().unwrap().iter().map(|backup| backup.size).collect();
    assert_eq!(sizes, [2_100_000_000, 2_000_000_000, 2_000_000_000]);
    let costs = CostPeriod::ALL.iter().map(|period| cloud.get_costs(*period).unwrap());
    assert_eq!(costs.map(|costs| costs.total_cost).collect::<Vec<_>>(), [15.5, 18.75, 34.25]);
    let stack = cloud.get_stack_status().unwrap();
    assert_eq!((stack.exists, &*stack.status), (true, "CREATE_COMPLETE"));
    assert_eq!(cloud.get_commands().unwrap(), []);
    assert_eq!(cloud.get_transition().unwrap(), Transition::After(ms(2500)));
}

#[test]
fn an_instance_starts_and_stops_by_the_clock() {
    let (cloud, clock) = cloud();
    assert_eq!(cloud.start_instance().unwrap().state, InstanceState::Pending);
    clock.advance(ms(2499));
    assert_eq!(cloud.start_instance().unwrap().state, InstanceState::Pending, "no second start");
    assert_eq!(cloud.get_public_ip().unwrap(), None);
    clock.advance(ms(1));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running);
    assert_eq!(cloud.get_public_ip().unwrap().as_deref(), Some("203.0.113.42"));
    assert_eq!(cloud.start_instance().unwrap().state, InstanceState::Running);
    assert_eq!(cloud.stop_instance().unwrap().state, InstanceState::Stopping);
    let error = cloud.start_instance().unwrap_err();
    assert_eq!(error.code(), "INVALID_TRANSITION");
    assert!(error.to_string().contains("stopping"), "{error}");
    clock.advance(Duration::from_secs(100));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Stopped);
}

#[test]
fn the_time_that_it_takes_can_be_set() {
    let (cloud, clock) = cloud();
    cloud.set_transition(Transition::Immediate).unwrap();
    assert_eq!(cloud.start_instance().unwrap().state, InstanceState::Running);
    cloud.set_transition(Transition::After(Duration::from_secs(60))).unwrap();
    cloud.stop_instance().unwrap();
    clock.advance(Duration::from_secs(59));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Stopping);
    assert!(cloud.complete_transition().unwrap());
    assert!(!cloud.complete_transition().unwrap());
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Stopped);
    cloud.set_transition(Transition::Manual).unwrap();
    cloud.start_instance().unwrap();
    clock.advance(Duration::from_secs(1_000_000));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Pending);
    assert!(cloud.complete_transition().unwrap());
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running);
    assert_eq!(cloud.get_transition().unwrap(), Transition::Manual);
}

#[test]
fn the_public_address_is_given_and_taken_away() {
    let (cloud, _) = cloud();
    for state in InstanceState::ALL {
        let instance = cloud.update_instance_state(*state).unwrap();
        assert_eq!(instance.public_ip.is_some(), *state == InstanceState::Running, "{state}");
    }
    cloud.set_public_ip(Some("198.51.100.7")).unwrap();
    assert_eq!(cloud.get_public_ip().unwrap().as_deref(), Some("198.51.100.7"));
    cloud.set_public_ip(None).unwrap();
    assert_eq!(cloud.get_public_ip().unwrap(), None);
    let running = cloud.update_instance_state(InstanceState::Running).unwrap();
    assert_eq!(running.public_ip.as_deref(), Some("198.51.100.7"), "as it was set");
}

#[test]
fn an_instance_is_merged_and_its_volume_comes_and_goes() {
    let (cloud, clock) = cloud();
    let before = cloud.get_instance().unwrap();
    clock.advance(ms(1000));
    let after = cloud.set_instance(&json!({"availability_zone": "eu-west-1b", "state": "running"})).unwrap();
    assert_eq!(after.instance_id, before.instance_id);
    assert_eq!(after.public_ip.as_deref(), Some("203.0.113.42"), "it goes with the state");
    assert_eq!(after.last_updated, before.last_updated + ms(1000));
    assert!(cloud.has_volume().unwrap());
    cloud.set_has_volume(false).unwrap();
    assert!(!cloud.has_volume().unwrap());
    assert_eq!(cloud.get_instance().unwrap().block_device_mappings, Some(Vec::new()));
    cloud.set_has_volume(true).unwrap();
    assert_eq!(cloud.get_instance().unwrap().block_device_mappings, before.block_device_mappings);
    let error = cloud.set_instance(&json!({"block_device_mappings": [{"status": "lost"}]})).unwrap_err();
    assert!(error.to_string().contains("$.block_device_mappings[0].status"), "{error}");
}

#[test]
fn parameters_have_versions() {
    let (cloud, clock) = cloud();
    assert_eq!(cloud.get_parameter("/a").unwrap(), None);
    let first = cloud.set_parameter("/a", "1", ParameterType::String).unwrap();
    clock.advance(ms(5));
    let second = cloud.set_parameter("/a", "x,y", ParameterType::StringList).unwrap();
    assert_eq!((first.version, second.version, second.kind), (1, 2, ParameterType::StringList));
    assert_eq!(second.last_modified, first.last_modified + ms(5));
    assert_eq!(cloud.get_all_parameters().unwrap()["/a"], second);
    assert!(cloud.delete_parameter("/a").unwrap());
    assert!(!cloud.delete_parameter("/a").unwrap());
    assert_eq!(cloud.get_parameter("/a").unwrap(), None);
    assert_eq!(cloud.set_parameter("", "1", ParameterType::String).unwrap_err().code(), "INVALID_NAME");
}

#[test]
fn commands_are_sent_and_end() {
    let (cloud, clock) = cloud();
    let first = cloud.add_command(&["a", "b"]).unwrap();
    let second = cloud.add_command(&["c"]).unwrap();
    assert_ne!(first, second);
    clock.advance(ms(7));
    let running = cloud.update_command(&first, &json!({"status": "InProgress"})).unwrap();
    assert_eq!((running.status, running.completed_at), (CommandStatus::InProgress, None));
    let failed = cloud.update_command(&first, &json!({"status": "Failed", "error": "no such file"})).unwrap();
    assert_eq!(failed.completed_at, Some(failed.created_at + ms(7)));
    clock.advance(ms(7));
    let later = cloud.update_command(&first, &json!({"output": "a"})).unwrap();
    assert_eq!((later.completed_at, later.error.as_deref()), (failed.completed_at, Some("no such file")));
    let ids: Vec<_> = cloud.get_commands().unwrap().into_iter().map(|command| command.command_id).collect();
    assert_eq!(ids, [first.clone(), second]);
    let error = cloud.update_command("nobody", &json!({})).unwrap_err();
    assert_eq!(error.code(), "NOT_FOUND");
    let error = cloud.update_command(&first, &json!({"status": "Done"})).unwrap_err();
    assert!(error.to_string().contains("$.status") && error.to_string().contains("Success"), "{error}");
    assert_eq!(cloud.clear_commands().unwrap(), 2);
    assert_eq!(cloud.get_commands().unwrap(), []);
}

#[test]
fn backups_are_in_order() {
    let (cloud, _) = cloud();
    cloud.add_backup(&json!({"name": "between", "size": 5, "date": "now-36h"})).unwrap();
    cloud.add_backup(&json!({"name": "newest", "size": 6})).unwrap();
    let names =
        || -> Vec<String> { cloud.get_backups().unwrap().into_iter().map(|backup| backup.name).collect() };
    assert_eq!(names(), ["newest", "world-3.tar.gz", "between", "world-2.tar.gz", "world-1.tar.gz"]);
    let again = cloud.add_backup(&json!({"name": "newest", "size": 7})).unwrap();
    assert_eq!((again.size, names().len()), (7, 5), "it replaces the one of its name");
    assert_eq!(cloud.add_backup(&again).unwrap(), again, "the value is a document, too");
    assert!(cloud.remove_backup("between").unwrap());
    assert!(!cloud.remove_backup("between").unwrap());
    assert_eq!(cloud.clear_backups().unwrap(), 4);
    assert_eq!(names(), [""; 0]);
}

#[test]
fn costs_and_the_stack_are_merged() {
    let (cloud, _) = cloud();
    let whole = json!({"period": {"start": "2026-01-01", "end": "2026-02-01"}, "total_cost": 3, "currency": "EUR",
                       "breakdown": [{"service": "S3", "cost": 3.0}], "fetched_at": "2026-02-01T00:00:00Z"});
    let costs = cloud.set_costs(CostPeriod::CurrentMonth, &whole).unwrap();
    assert_eq!((costs.total_cost, &*costs.currency, &*costs.period.end), (3.0, "EUR", "2026-02-01"));
    let costs = cloud.set_costs(CostPeriod::CurrentMonth, &json!({"total_cost": 4})).unwrap();
    assert_eq!((costs.total_cost, costs.breakdown.len()), (4.0, 1));
    assert_eq!(cloud.get_costs(CostPeriod::CurrentMonth).unwrap(), costs);
    let error = cloud.set_costs(CostPeriod::LastMonth, &json!({"total": 1})).unwrap_err();
    assert!(error.to_string().contains("`total_cost`"), "{error}");
    let stack = cloud.set_stack_status(&json!({"status": "UPDATE_IN_PROGRESS"})).unwrap();
    assert!(stack.exists && stack.stack_id.starts_with("arn:"));
    assert_eq!(cloud.get_stack_status().unwrap(), stack);
}

#[test]
fn a_reset_goes_back_and_cancels_what_was_to_come() {
    let (cloud, clock) = cloud();
    let before = state(&cloud);
    cloud.start_instance().unwrap();
    cloud.patch_state(&json!({"parameters": {"/x": {"value": "1"}}, "settings": {"transition": 9}})).unwrap();
    cloud.reset_state().unwrap();
    assert_eq!(state(&cloud), before);
    clock.advance(Duration::from_secs(3600));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Stopped);
}

#[test]
fn what_is_given_is_a_copy() {
    let (cloud, _) = cloud();
    cloud.add_command(&["ls"]).unwrap();
    let before = state(&cloud);
    let mut all = cloud.get_state().unwrap();
    all.instance.state = InstanceState::Terminated;
    all.parameters.clear();
    all.backups.clear();
    all.commands[0].status = CommandStatus::Failed;
    all.costs.clear();
    all.stack.exists = false;
    cloud.get_instance().unwrap().public_ip = Some("198.51.100.1".to_owned());
    cloud.get_all_parameters().unwrap().clear();
    cloud.get_backups().unwrap().clear();
    cloud.get_commands().unwrap().clear();
    assert_eq!(state(&cloud), before);
}

#[test]
fn a_mistake_changes_nothing_and_is_told_with_its_path() {
    let (cloud, _) = cloud();
    let before = state(&cloud);
    let partial = json!({"stack": {"status": "X"}, "backups": [{"name": "a", "size": "big"}]});
    let error = cloud.patch_state(&partial).unwrap_err();
    assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "$.backups[0].size"), "{error}");
    assert_eq!(state(&cloud), before);
    assert_eq!(cloud.patch_state(&json!([1])).unwrap_err().code(), "INVALID_VALUE");
}

#[test]
fn clouds_are_isolated_and_are_there_once_they_are_used() {
    let store = Store::open(":memory:").unwrap();
    let (one, other) = (store.mock_cloud("one"), store.mock_cloud("other"));
    assert_eq!(store.mock_clouds("*").unwrap(), [""; 0]);
    one.set_stack_status(&json!({"status": "X"})).unwrap();
    assert_eq!(store.mock_clouds("*").unwrap(), ["one"]);
    assert_eq!(other.get_stack_status().unwrap().status, "CREATE_COMPLETE");
    assert_eq!(store.mock_clouds("o*").unwrap(), ["one", "other"]);
    assert!(store.delete_mock_cloud("one").unwrap());
    assert_eq!(one.get_stack_status().unwrap().status, "CREATE_COMPLETE", "a new one");
    assert_eq!(store.mock_cloud("").get_instance().unwrap_err().code(), "INVALID_NAME");
    assert_eq!(store.delete_mock_cloud("").unwrap_err().code(), "INVALID_NAME");
    store.close().unwrap();
    assert!(one.is_closed());
    assert_eq!(one.get_instance().unwrap_err().code(), "CLOSED");
}

#[test]
fn it_is_durable_and_its_timers_with_it() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    let store = still(&clock).open(&path).unwrap();
    let cloud = store.mock_cloud("default");
    cloud.set_parameter("/a", "1", ParameterType::String).unwrap();
    cloud.start_instance().unwrap();
    let before = state(&cloud);
    cloud.persist_now().unwrap();
    store.close().unwrap();
    let store = still(&clock).open(&path).unwrap();
    let cloud = store.mock_cloud("default");
    assert_eq!(state(&cloud), before);
    clock.advance(ms(2500));
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running);
    assert_journal_whole(&store);
    assert_eq!(store.verify().unwrap().problems, []);
    store.close().unwrap();
    drop((cloud, store));
    assert_file_sound(&path);
    let file = rusqlite::Connection::open(&path).unwrap();
    let seen: (String, u32) = file
        .query_row("SELECT instance_state, backups FROM mock_clouds", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(seen, ("pending".to_owned(), 3), "the view shows what is written");
}

#[test]
fn changes_are_in_the_feed_and_reads_are_not() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let cloud = store.mock_cloud("web");
    let watch = store.watch(WatchOptions::new().facet("mock").after(0)).unwrap();
    let seen = move || -> Vec<(String, String, String)> {
        std::iter::from_fn(|| watch.try_next().unwrap())
            .map(|change| (change.name, change.key, change.operation))
            .collect()
    };
    let change = |key: &str, operation: &str| ("web".to_owned(), key.to_owned(), operation.to_owned());
    cloud.get_state().unwrap();
    assert_eq!(seen(), [change("", "create")]);
    cloud.get_state().unwrap();
    clock.advance(ms(10));
    cloud.start_instance().unwrap();
    assert_eq!(seen(), [change("instance", "set"), change("timers", "set")]);
    clock.advance(Duration::from_secs(10));
    let revision = store.revision().unwrap();
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Running);
    cloud.get_all_parameters().unwrap();
    assert_eq!(store.revision().unwrap(), revision, "a read writes nothing");
    cloud.set_parameter("/p", "v", ParameterType::String).unwrap();
    let changes = seen();
    assert_eq!(changes.len(), 3, "what has happened by itself is written with the next change: {changes:?}");
    cloud.reset_state().unwrap();
    assert!(seen().contains(&change("parameters", "reset")));
    cloud.scenarios().apply("no-backups").unwrap();
    assert!(seen().contains(&change("backups", "scenario")));
    store.delete_mock_cloud("web").unwrap();
    assert_eq!(seen(), [change("", "delete")]);
}

#[test]
fn fixtures_of_ones_own_are_kept_with_the_cloud() {
    let (_folder, path) = new_path();
    let clock = ManualClock::new();
    let store = still(&clock).open(&path).unwrap();
    let fixtures =
        Json::from_serialize(&json!({"instance": {"instance_id": "i-own"}, "backups": []})).unwrap();
    let options = || MockCloudOptions::new().fixtures(fixtures.clone()).transition(Transition::Manual);
    let own = store.mock_cloud_with("a", options());
    assert_eq!(own.get_instance().unwrap().instance_id, "i-own");
    own.set_instance(&json!({"instance_id": "i-other"})).unwrap();
    store.mock_cloud("a").reset_state().unwrap();
    assert_eq!(
        own.get_instance().unwrap().instance_id,
        "i-own",
        "a handle without fixtures resets to the same"
    );
    assert_eq!(own.get_transition().unwrap(), Transition::Manual);

    let plain = store.mock_cloud("b");
    assert_eq!(plain.get_backups().unwrap().len(), 3);
    let late = store.mock_cloud_with("b", options());
    assert_eq!(late.get_backups().unwrap().len(), 3, "it is there already");
    late.reset_state().unwrap();
    plain.add_backup(&json!({"name": "x", "size": 1})).unwrap();
    plain.reset_state().unwrap();
    assert_eq!(plain.get_backups().unwrap(), [], "the reset has stored them");
}

#[test]
fn wrong_options_are_told_by_the_first_operation() {
    let store = Store::open(":memory:").unwrap();
    let refused = |options: MockCloudOptions| store.mock_cloud_with("a", options).get_state().unwrap_err();
    let fixtures = |text: &str| MockCloudOptions::new().fixtures(Json::new(text).unwrap());
    let error = refused(fixtures(r#"{"instance": {"state": "on"}}"#));
    assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "$.instance.state"), "{error}");
    assert!(matches!(refused(fixtures("[]")), Error::InvalidValue { path, .. } if path == "$"));
    for (options, name) in [
        (MockCloudOptions::new().persist_to("state.json"), "persist_to"),
        (MockCloudOptions::new().debounce(ms(1)), "debounce"),
        (MockCloudOptions::new().clock(ManualClock::new()), "clock"),
    ] {
        let error = refused(options);
        assert!(matches!(&error, Error::InvalidValue { path, .. } if path == name), "{error}");
    }
    assert_eq!(store.mock_clouds("*").unwrap(), [""; 0]);
}

#[test]
fn a_transaction_has_clouds_and_a_rollback_undoes_them() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    cloud.get_state().unwrap();
    let before = state(&cloud);
    let undone = store.transaction(|tx| {
        let inside = tx.mock_cloud("default");
        inside.start_instance()?;
        inside.scenarios().save(&json!({"name": "mine", "description": ""}))?;
        inside.scenarios().apply("mine")?;
        assert_eq!(inside.scenarios().current()?.as_deref(), Some("mine"));
        tx.mock_cloud("new").get_state()?;
        tx.namespace("a").set("k", &1)?;
        assert_eq!(cloud.get_instance()?.state, InstanceState::Stopped, "nobody else sees it");
        Err::<(), _>(Error::Conflict { check: "mine".to_owned(), expected: None, found: None })
    });
    assert!(undone.is_err());
    assert_eq!(state(&cloud), before);
    assert_eq!(store.mock_clouds("*").unwrap(), ["default"]);
    assert!(cloud.scenarios().get("mine").is_err());
    store
        .transaction(|tx| {
            let inside = tx.mock_cloud("default");
            inside.start_instance()?;
            let part = tx.savepoint(|tx| {
                tx.mock_cloud("default").clear_backups()?;
                tx.mock_cloud("default").set_parameter("", "", ParameterType::String)
            });
            assert!(part.is_err());
            assert_eq!(inside.get_backups()?.len(), 3);
            inside.set_parameter("/p", "v", ParameterType::String)?;
            inside.scenarios().save(&json!({"name": "mine", "description": ""}))?;
            tx.namespace("a").set("k", &1)
        })
        .unwrap();
    assert_eq!(cloud.get_instance().unwrap().state, InstanceState::Pending);
    assert_eq!(cloud.get_parameter("/p").unwrap().as_deref(), Some("v"));
    assert_eq!(cloud.scenarios().get("mine").unwrap().name, "mine");
    assert_eq!(cloud.persist_now().map_err(|error| error.code()), Ok(()));
}

#[test]
fn a_transaction_is_checked_against_what_it_read_of_a_cloud() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let cloud = store.mock_cloud("default");
    cloud.get_state().unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    assert_eq!(tx.mock_cloud("default").get_backups().unwrap().len(), 3);
    tx.namespace("a").set("backups", &3).unwrap();
    cloud.clear_backups().unwrap();
    assert_eq!(tx.commit().unwrap_err().code(), "CONFLICT");
    let tx = store.begin(TransactionOptions::new()).unwrap();
    tx.mock_cloud("default").get_backups().unwrap();
    tx.namespace("a").set("backups", &0).unwrap();
    store.mock_cloud("other").clear_backups().unwrap();
    tx.commit().unwrap();
}
