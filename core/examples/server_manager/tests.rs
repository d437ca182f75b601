//! The application against the mock cloud: what can go wrong at a provider, by a clock that is moved by hand. Whoever waits
//! moves it himself, so that nothing sleeps.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::{Duration, SystemTime};

use serde_json::json;
use statehold::mock::{CommandStatus, InstanceState, Transition};
use statehold::{Clock, ManualClock, MockCloud, MockCloudOptions, OperationFailure, open_mock_cloud};

use crate::manager::{ManagerError, ServerManager};
use crate::provider::{ProviderError, ServerState};

/// The application's clock: while it waits, time passes and the server does its part.
struct Waiting {
    clock: ManualClock,
    meanwhile: Box<dyn Fn() + Send + Sync>,
}

impl Clock for Waiting {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn sleep(&self, span: Duration) {
        self.clock.advance(span);
        (self.meanwhile)();
    }
}

/// A provider, the application on it, and the clock of both. `server` is what the server does whenever it is waited for.
fn set_up_with(
    server: impl Fn(&MockCloud) + Send + Sync + 'static,
) -> (MockCloud, ServerManager<MockCloud, Waiting>, ManualClock) {
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let cloud = open_mock_cloud(MockCloudOptions::new().clock(clock.clone())).unwrap();
    let seen = cloud.clone();
    let waiting = Waiting { clock: clock.clone(), meanwhile: Box::new(move || server(&seen)) };
    (cloud.clone(), ServerManager::new(cloud, waiting), clock)
}

fn set_up() -> (MockCloud, ServerManager<MockCloud, Waiting>, ManualClock) {
    set_up_with(|_| {})
}

#[test]
fn it_starts_and_stops() {
    let (cloud, manager, clock) = set_up();
    let begun = clock.now();
    assert_eq!(manager.start().unwrap(), "203.0.113.42");
    assert_eq!(clock.now(), begun + Duration::from_secs(4), "it has looked twice in the 2.5 s that it takes");
    assert_eq!(manager.status().unwrap(), "Running at 203.0.113.42");
    assert_eq!(manager.start().unwrap(), "203.0.113.42", "it runs already");
    cloud.faults().verify("startInstance", 1).unwrap();
    manager.stop().unwrap();
    assert_eq!(manager.status().unwrap(), "Stopped");
}

#[test]
fn a_slow_start_is_waited_for_but_not_for_ever() {
    let (cloud, manager, clock) = set_up();
    let begun = clock.now();
    cloud.set_transition(Transition::After(Duration::from_secs(60))).unwrap();
    manager.start().unwrap();
    assert_eq!(clock.now(), begun + Duration::from_secs(60));
    manager.stop().unwrap();
    cloud.set_transition(Transition::Manual).unwrap();
    let error = manager.start().unwrap_err();
    assert!(matches!(error, ManagerError::TooSlow { found: ServerState::Starting, .. }), "{error}");
    cloud.complete_transition().unwrap();
    manager.start().unwrap();
}

#[test]
fn a_server_that_is_gone_is_not_started() {
    let (cloud, manager, _) = set_up();
    cloud.update_instance_state(InstanceState::Terminated).unwrap();
    assert!(matches!(manager.start().unwrap_err(), ManagerError::NotNow(ServerState::Other)));
    cloud.faults().verify("startInstance", 0).unwrap();
}

#[test]
fn throttled_calls_are_made_again_with_growing_pauses() {
    let (cloud, manager, clock) = set_up();
    let throttled = OperationFailure::new().error("RequestLimitExceeded", "Request limit exceeded");
    cloud.faults().set_operation_failure("startInstance", throttled.clone().times(3)).unwrap();
    let begun = clock.now();
    manager.start().unwrap();
    cloud.faults().verify("startInstance", 4).unwrap();
    let pauses = Duration::from_millis(200 + 400 + 800);
    assert_eq!(clock.now(), begun + pauses + Duration::from_secs(4));

    cloud.faults().set_operation_failure("getCosts", throttled.always_fail()).unwrap();
    let error = manager.costs().unwrap_err();
    assert!(matches!(error, ManagerError::Provider(ProviderError::Throttled(_))), "{error}");
    cloud.faults().verify("getCosts", 6).unwrap();
}

#[test]
fn it_gets_along_with_a_provider_that_throttles_half_of_all_calls() {
    let (cloud, manager, _) = set_up();
    cloud.scenarios().apply("throttled").unwrap();
    manager.start().unwrap();
    manager.costs().unwrap();
    manager.stop().unwrap();
    let calls = cloud.faults().calls("mock.*").unwrap();
    assert!(calls.iter().any(|call| call.error_code.is_some()), "some were throttled");
}

#[test]
fn a_start_whose_answer_is_lost_is_not_made_twice() {
    let (cloud, manager, _) = set_up();
    let lost = OperationFailure::new().fail_next().after_commit().error("RequestTimeout", "no answer");
    cloud.faults().set_operation_failure("startInstance", lost).unwrap();
    assert_eq!(manager.start().unwrap(), "203.0.113.42");
    cloud.faults().verify("startInstance", 1).unwrap();
}

#[test]
fn a_backup_that_fails_is_told_and_one_whose_answer_is_lost_is_found() {
    let (cloud, manager, _) = set_up();
    let failure = OperationFailure::new().fail_next();
    let full = failure.clone().error("StorageFull", "There is no room");
    cloud.faults().set_operation_failure("addBackup", full).unwrap();
    let error = manager.back_up().unwrap_err();
    assert!(error.to_string().contains("There is no room"), "{error}");
    assert_eq!(manager.backups().unwrap().len(), 3);

    cloud.faults().set_operation_failure("addBackup", failure.after_commit()).unwrap();
    let name = manager.back_up().unwrap();
    assert_eq!(name, "world-1800000000.tar.gz");
    cloud.faults().verify("addBackup", 2).unwrap();
    let backups = manager.backups().unwrap();
    assert_eq!(backups.len(), 4);
    assert_eq!(backups[0], "world-1800000000.tar.gz: 2.1 GB, 0 h old");
    assert_eq!(backups[1], "world-3.tar.gz: 2.1 GB, 24 h old");
}

#[test]
fn costs_are_told() {
    let (_, manager, _) = set_up();
    let costs = manager.costs().unwrap();
    let lines: Vec<&str> = costs.lines().map(str::trim).collect();
    assert_eq!(lines[..2], ["15.50 USD", "12.25 Amazon Elastic Compute Cloud - Compute"]);
}

#[test]
fn a_command_runs_and_its_output_comes_back() {
    let (cloud, manager, clock) = set_up_with(|cloud| {
        for command in cloud.get_commands().unwrap() {
            let next = match command.status {
                CommandStatus::Pending => json!({"status": "InProgress"}),
                _ => json!({"status": "Success", "output": format!("did {}", command.commands[0])}),
            };
            cloud.update_command(&command.command_id, &next).unwrap();
        }
    });
    let throttled = OperationFailure::new().error("ThrottlingException", "Rate exceeded");
    cloud.faults().set_operation_failure("addCommand", throttled.fail_next()).unwrap();
    let begun = clock.now();
    assert_eq!(manager.run("say hello").unwrap(), "did say hello");
    assert_eq!(clock.now(), begun + Duration::from_millis(200 + 2 * 2_000));
    assert_eq!(cloud.get_commands().unwrap().len(), 1);
}

#[test]
fn a_command_that_fails_is_told() {
    let (_, manager, _) = set_up_with(|cloud| {
        let sent = cloud.get_commands().unwrap().pop().unwrap();
        cloud
            .update_command(&sent.command_id, &json!({"status": "Failed", "error": "no such file"}))
            .unwrap();
    });
    let error = manager.run("cat motd").unwrap_err();
    assert!(matches!(&error, ManagerError::Command(reason) if reason == "no such file"), "{error}");
}

#[test]
fn a_command_that_does_not_end_is_given_up() {
    let (cloud, manager, clock) = set_up();
    let begun = clock.now();
    let error = manager.run("sleep infinity").unwrap_err();
    assert!(matches!(&error, ManagerError::Command(reason) if reason.contains("still runs")), "{error}");
    assert_eq!(clock.now(), begun + Duration::from_secs(120));
    assert!(!cloud.get_commands().unwrap()[0].status.has_ended());
}
