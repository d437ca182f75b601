//! The commands on mock clouds.
//!
//! Goal: the state, the faults and the scenarios of a cloud are shown and changed, and a program that has opened the store
//! with faults meets what was set from here. Method: the program is run beside such a program.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use harness::{Folder, ended};
use serde_json::json;
use statehold::Store;

#[test]
fn the_state_of_a_cloud_is_shown_and_changed() {
    let folder = Folder::empty();
    let shown = folder.out("-s new.db mock state", 0);
    assert!(shown.contains("instance          i-mock1234567890abcdef\n"), "{shown}");
    assert!(shown.contains("/minecraft/player-count") && shown.contains("18.75 USD"), "{shown}");
    let patch = r#"{"instance": {"state": "running"}}"#;
    let patched =
        ended(folder.statehold_with(&["-s", "new.db", "mock", "state", "--patch", patch, "--json"]), 0);
    let state: serde_json::Value = serde_json::from_slice(&patched.get_output().stdout).unwrap();
    assert_eq!(state["instance"]["state"], "running");
    assert_eq!(folder.json("-s new.db mock state", 0), state);
    assert_eq!(folder.json("-s new.db mock state --cloud other", 0)["instance"]["state"], "stopped");
    assert_eq!(folder.json("-s new.db mock state --reset", 0)["instance"]["state"], "stopped");
    let wrong = folder.err("-s new.db mock state --patch {\"instance\":{\"state\":\"asleep\"}}", 2);
    assert!(wrong.contains("$.instance.state"), "{wrong}");
}

#[test]
fn faults_reach_other_programs_and_their_calls_are_told() {
    let folder = Folder::empty();
    let store = Store::options().faults(true).open(folder.path("app.db")).unwrap();
    let jobs = store.namespace("jobs");
    let set = folder.out("-s app.db mock faults set namespace.set --times 1 --error Throttled", 0);
    assert_eq!(set, "namespace.set fails 1 times with Throttled\n");
    assert_eq!(jobs.set("1", "queued").unwrap_err().code(), "FAULT");
    jobs.set("1", "queued").unwrap();
    let rule = &folder.json_lines("-s app.db mock faults ls")[0];
    assert_eq!((&rule["calls"], &rule["hits"], &rule["remaining"]), (&json!(2), &json!(1), &json!(0)));
    let calls = folder.json_lines("-s app.db mock faults calls namespace.*");
    assert_eq!((&calls[0]["error_code"], &calls[1]["error_code"]), (&json!("Throttled"), &json!(null)));
    assert_eq!(folder.out("-s app.db mock faults latency 5ms", 0), "5ms\n");
    assert_eq!(folder.json("-s app.db mock faults latency --none", 0)["latency_ms"], 0);
    assert_eq!(folder.json("-s app.db mock faults clear --calls", 0)["cleared"], 1);
    assert_eq!(folder.json("-s app.db mock faults clear namespace.set", 1)["cleared"], 0);
    assert_eq!(folder.err("-s app.db mock faults ls", 0), "no fault is set\n");
    assert_eq!(folder.err("-s app.db mock faults calls", 0), "no call was made while faults were on\n");
    assert!(folder.err("-s app.db mock faults set namespace.st --always-fail", 2).contains("namespace.set"));
    folder.err("-s app.db mock faults set namespace.set", 2);
    folder.err("-s app.db mock faults set namespace.set --fail-next --always-fail", 2);
    folder.err("-s app.db mock faults set namespace.set --probability 2", 2);
    let operations = folder.out("mock faults operations", 0);
    assert!(operations.lines().any(|line| line == "namespace.set"), "{operations}");
}

#[test]
fn scenarios_are_applied_saved_and_left() {
    let folder = Folder::empty();
    assert_eq!(folder.err("-s app.db mock scenario current", 1), "no scenario was applied\n");
    let scenarios = folder.json_lines("-s app.db mock scenario ls");
    assert!(scenarios.iter().any(|one| one["name"] == "throttled" && one["is_built_in"] == true));
    assert_eq!(folder.out("-s app.db mock scenario apply running", 0), "default is in scenario running\n");
    assert_eq!(folder.out("-s app.db mock scenario current", 0), "running\n");
    assert_eq!(folder.json("-s app.db mock state", 0)["instance"]["state"], "running");
    ended(folder.statehold("-s app.db mock scenario reset"), 0);
    assert_eq!(folder.json("-s app.db mock state", 0)["instance"]["state"], "stopped");
    // What is shown can be edited and saved.
    let edited = "statehold -s app.db mock scenario show running | sed 's/\"name\": \"running\"/\"name\": \"mine\"/' \
                  | statehold -s app.db mock scenario save -";
    ended(folder.shell(edited), 0);
    assert_eq!(folder.json("-s app.db mock scenario show mine", 0)["name"], "mine");
    assert_eq!(folder.out("-s app.db mock scenario delete mine", 0), "deleted mine\n");
    folder.out("-s app.db mock scenario delete mine", 1);
    let told = folder.err("-s app.db mock scenario apply nonsense", 1);
    assert!(told.contains("throttled"), "{told}");
    folder.err("-s app.db mock scenario save {}", 2);
}
