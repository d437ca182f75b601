//! The commands on plugins, cases and environments.
//!
//! Goal: each does what it says, and tells it to people and to programs. Method: the program is run on a store that has
//! something of each, and its output is compared.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use harness::{Folder, ended, text};
use serde_json::json;

#[test]
fn a_plugin_is_saved_loaded_and_listed() {
    let folder = Folder::with_store();
    ended(folder.statehold("-s app.db plugin save new - --version 2").stdin(r#"{"a": 1}"#), 0);
    assert_eq!(folder.out("-s app.db plugin load new", 0), "{\"a\":1}\n");
    let state = folder.json("-s app.db plugin load new", 0);
    assert_eq!((&state["version"], &state["data"]), (&json!(2), &json!({"a": 1})));
    let names: Vec<_> = folder.json_lines("-s app.db plugin ls");
    let names: Vec<_> = names.iter().map(|line| line["plugin"].as_str().unwrap()).collect();
    assert_eq!(names, ["@acme/theme", "lint", "new"]);
    assert!(
        folder
            .out("-s app.db plugin ls l*", 0)
            .starts_with("PLUGIN  VERSION  SIZE  BACKUPS  MODIFIED\nlint ")
    );
    assert!(folder.err("-s app.db plugin load none", 1).contains("plugin ls"));
    folder.err("-s app.db plugin load ../x", 2);
    assert!(folder.err("-s app.db plugin load @acme/theme --version 2", 3).contains("version 3"));
    folder.err("-s app.db plugin save @acme/theme 1 --version 2", 3);
    folder.err("-s app.db plugin save lint 1 --if-revision 0", 3);
}

#[test]
fn a_backup_of_a_plugin_changes_places_with_its_state() {
    let folder = Folder::with_store();
    assert_eq!(folder.json_lines("-s app.db plugin backups lint")[0]["size"], 16);
    assert_eq!(folder.out("-s app.db plugin diff lint", 0), "version 1 -> version 1\n~ /rule: \"loose\"\n");
    let patch = json!([{"op": "replace", "path": "/rule", "value": "loose"}]);
    assert_eq!(folder.json("-s app.db plugin diff lint", 0)["patch"], patch);
    ended(folder.statehold("-s app.db plugin restore lint"), 0);
    assert_eq!(folder.out("-s app.db plugin load lint", 0), "{\"rule\":\"loose\"}\n");
    folder.err("-s app.db plugin restore lint 9", 1);
    folder.err("-s app.db plugin diff @acme/theme", 1);
}

#[test]
fn a_migration_is_tried_and_writes_nothing() {
    let folder = Folder::with_store();
    folder.write("two.json", r#"{"required": ["rules"]}"#);
    let check = "-s app.db plugin migrate-check lint";
    assert_eq!(folder.out(&format!("{check} 1"), 0), "it has version 1 already\nready\n");
    assert_eq!(folder.json(&format!("{check} 3"), 1)["steps"], json!([2, 3]));
    let tried = |step: &str, more: &[&str]| {
        let mut arguments: Vec<_> = check.split(' ').collect();
        arguments.extend(["2", "--json", "--step", step]);
        arguments.extend(more);
        let output = folder.statehold_with(&arguments).output().unwrap();
        (output.status.code().unwrap(), serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap())
    };
    let (code, answer) = tried("2=sed s/rule/rules/", &["--schema", "two.json"]);
    assert_eq!((code, &answer["is_ready"]), (0, &json!(true)), "{answer}");
    assert_eq!(answer["patch"].as_array().unwrap().len(), 2);
    let (code, answer) = tried("2=cat", &["--schema", "two.json"]);
    assert_eq!((code, answer["violations"].as_array().unwrap().len()), (1, 1), "{answer}");
    for broken in ["2=exit 3", "2=echo no json", "3=cat", "2=true"] {
        let (code, answer) = tried(broken, &[]);
        assert_eq!((code, &answer["error"]["code"]), (3, &json!("MIGRATION")), "{broken}: {answer}");
    }
    assert_eq!(folder.out("-s app.db plugin load lint", 0), "{\"rule\":\"strict\"}\n");
    // A state of a newer version is refused, not judged.
    folder.err("-s app.db plugin migrate-check @acme/theme 2", 3);
    folder.err("-s app.db plugin migrate-check none 2", 1);
}

#[test]
fn a_case_is_shown_with_its_receipts() {
    let folder = Folder::with_store();
    let shown = folder.out("-s app.db case show order-7", 0);
    assert!(shown.contains("context      {\"order\":7}\n"), "{shown}");
    assert!(
        shown.contains("TOKEN  AT      SCOPE  STATUS  VALUE\nt1     review  root   active  null\n"),
        "{shown}"
    );
    let case = folder.json("-s app.db case show order-7", 0);
    assert_eq!((&case["sequence"], &case["tokens"][0]["ip"]), (&json!(2), &json!("review")));
    assert_eq!(folder.json_lines("-s app.db case ls --status running order-*")[0]["step_count"], 1);
    assert_eq!(folder.json_lines("-s app.db case ls --status done"), [] as [serde_json::Value; 0]);
    assert_eq!(folder.err("-s app.db case ls --status done", 0), "there is no such case\n");
    let receipts = folder.json_lines("-s app.db case receipts order-7");
    assert_eq!(receipts[1]["mutations"][0], json!({"name": "add_token", "id": "t1"}));
    assert_eq!(receipts[1]["previous"], receipts[0]["hash"]);
    assert_eq!(folder.json_lines("-s app.db case receipts order-7 --after 1").len(), 1);
    assert_eq!(folder.out("-s app.db case verify order-7", 0), "all is well: 2 receipts\n");
    assert_eq!(folder.json("-s app.db case verify order-7", 0)["problems"], json!([]));
    folder.err("-s app.db case show none", 1);
    folder.err("-s app.db case ls --status asleep", 2);
}

#[test]
fn environments_are_listed_and_shown() {
    let folder = Folder::with_store();
    let listed = |arguments: &str| -> Vec<String> {
        let lines = folder.json_lines(&format!("-s app.db env ls{arguments}"));
        lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(""), ["db", "web"]);
    assert_eq!(listed(" --state created"), ["web"]);
    assert_eq!(listed(" --interrupted"), ["db"]);
    assert!(folder.out("-s app.db env show web", 0).contains("state         created\n"));
    let interrupted = folder.out("-s app.db env show db", 0);
    assert!(interrupted.contains("step          apply\n") && interrupted.contains("tofu"), "{interrupted}");
    let shown = folder.json("-s app.db env show db", 0);
    assert!(shown["recovery"]["steps"].as_array().unwrap().len() > 3 && shown["lock"].is_null());
    let history = folder.json_lines("-s app.db env history db");
    assert_eq!((&history[1]["from"], &history[1]["to"]), (&json!("created"), &json!("provisioning")));
    let then = folder.json(&format!("-s app.db env show db --at {}", history[0]["revision"]), 0);
    assert_eq!(then["state"], "created");
    folder.err("-s app.db env show db --at 1", 1);
    folder.err("-s app.db env show db --at yesterday", 2);
    folder.err("-s app.db env show none", 1);
    folder.err("-s app.db env history none", 1);
}

#[test]
fn an_environment_goes_through_its_lifecycle() {
    let folder = Folder::with_store();
    assert!(folder.err("-s app.db env transition web running", 3).contains("provisioning, destroyed"));
    let went = folder.out("-s app.db env transition web provisioning --note by-hand", 0);
    assert!(went.starts_with("web is provisioning at revision "), "{went}");
    // An error state needs a failure.
    folder.err("-s app.db env transition web provision_failed", 2);
    let failed = folder.json(
        "-s app.db env transition web provision_failed --failure timeout --kind timeout --step apply",
        0,
    );
    assert_eq!(
        (&failed["failure"]["kind"], &failed["failure"]["step"]),
        (&json!("timeout"), &json!("apply"))
    );
    assert_eq!(folder.json_lines("-s app.db env history web")[1]["note"], "by-hand");
    folder.err("-s app.db env recover web provisioned", 2);
    let recovered = folder.json("-s app.db env recover web provisioned --note seen", 0);
    assert_eq!((&recovered["state"], &recovered["failure"]), (&json!("provisioned"), &json!(null)));
    folder.err("-s app.db env transition web running --failure x --kind nonsense", 2);
}

#[test]
fn a_command_runs_under_the_lock_and_writes_as_its_holder() {
    let folder = Folder::with_store();
    let locked = |command: &str| {
        folder.statehold_with(&[
            "-s",
            "app.db",
            "env",
            "lock",
            "web",
            "--purpose",
            "deploy",
            "--",
            "sh",
            "-c",
            command,
        ])
    };
    // It knows the store, the token and the fencing number; it is the only one that may write; its exit code counts.
    let command = "statehold env transition web provisioning && statehold env show web --json \
                   && env -u STATEHOLD_LOCK_TOKEN statehold env transition web provisioned; \
                   code=$?; test -n \"$STATEHOLD_LOCK_FENCING\" && exit $((40 + code))";
    let ran = ended(locked(command), 44);
    let (out, err) = (text(&ran.get_output().stdout), text(&ran.get_output().stderr));
    assert!(out.starts_with("web is provisioning"), "{out}");
    assert!(out.contains("\"purpose\":\"deploy\"") && out.contains("\"is_stale\":false"), "{out}");
    assert!(err.starts_with("error: environment \"web\" is locked by process "), "{err}");
    // It is free again.
    assert!(folder.json("-s app.db env show web", 0)["lock"].is_null());
    ended(folder.statehold("-s app.db env transition web provisioned"), 0);
    let told = folder.err("-s app.db env lock web -- no-such-program", 6);
    assert!(told.starts_with("error: \"no-such-program\" can't be run: "), "{told}");
    folder.err("-s app.db env lock none -- true", 1);
    folder.err("-s app.db env lock web", 2);
    let told = ended(locked("kill -TERM $$"), 143);
    assert_eq!(text(&told.get_output().stderr), "");
    let answer = folder.json("-s app.db --json env lock web -- true", 0);
    assert_eq!((&answer["was_held"], &answer["exit_code"]), (&json!(true), &json!(0)));
}

#[test]
fn a_lock_that_is_freed_by_force_is_lost() {
    let folder = Folder::with_store();
    let waits = "statehold env lock web --timeout 0.01 -- true; echo code $?";
    let frees =
        "statehold env unlock web $STATEHOLD_LOCK_TOKEN && statehold env lock web --timeout 0.01 -- true";
    let ran = ended(
        folder.statehold_with(&[
            "-s",
            "app.db",
            "env",
            "lock",
            "web",
            "--",
            "sh",
            "-c",
            &format!("{waits}; {frees}"),
        ]),
        0,
    );
    assert_eq!(text(&ran.get_output().stdout), "code 4\nthe lock of web is free\n");
    let err = text(&ran.get_output().stderr);
    assert!(err.contains("warning: the lock of \"web\" was lost while the command ran"), "{err}");
    folder.err("-s app.db env unlock web no-token", 1);
}
