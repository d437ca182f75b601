//! The help.
//!
//! Goal: every command tells what it does with an example, and each example does what it says. Method: the help of every
//! command is asked for, and each line in it that begins with `$` is typed into a shell, in a folder that has what the
//! examples speak of.

#![allow(missing_docs)] // a test states what must be, and fails where it is not

mod harness;

use harness::{Folder, ended, text};

const COMMANDS: &[&str] = &[
    "get",
    "set",
    "del",
    "ls",
    "ttl",
    "incr",
    "namespaces",
    "watch",
    "plugin save",
    "plugin load",
    "plugin ls",
    "plugin backups",
    "plugin restore",
    "plugin diff",
    "plugin migrate-check",
    "case show",
    "case ls",
    "case receipts",
    "case verify",
    "env create",
    "env ls",
    "env show",
    "env history",
    "env transition",
    "env lock",
    "env unlock",
    "env recover",
    "mock state",
    "mock faults ls",
    "mock faults set",
    "mock faults clear",
    "mock faults latency",
    "mock faults calls",
    "mock faults operations",
    "mock scenario ls",
    "mock scenario show",
    "mock scenario apply",
    "mock scenario current",
    "mock scenario reset",
    "mock scenario save",
    "mock scenario delete",
    "info",
    "stats",
    "backup",
    "snapshot",
    "restore",
    "export",
    "import",
    "verify",
    "doctor",
    "vacuum",
    "purge",
    "upgrade",
    "completions",
];

/// A folder with what the examples speak of.
fn ready() -> Folder {
    let folder = Folder::with_store();
    folder.write("logo.png", [137, 80, 78, 71]);
    folder.write("lint-2.json", r#"{"type": "object", "required": ["rules"]}"#);
    ended(folder.statehold("-s app.db backup monday.db"), 0);
    ended(folder.statehold("-s app.db export app.jsonl"), 0);
    ended(folder.statehold("-s app.db export --namespace config config.jsonl"), 0);
    folder
}

/// What an example needs besides, which a command of its own would do first.
fn prepared(folder: &Folder, line: &str) {
    if line.contains("provision_failed") {
        ended(folder.statehold("-s app.db env transition web provisioning"), 0);
    }
    if line.contains("scenario current") {
        ended(folder.statehold("-s app.db mock scenario apply running"), 0);
    }
    if line.contains("scenario delete") {
        let asleep =
            "statehold -s app.db mock scenario save '{\"name\": \"asleep\", \"description\": \"x\"}'";
        ended(folder.shell(asleep), 0);
    }
    if line.contains("export app.jsonl") {
        std::fs::remove_file(folder.path("app.jsonl")).expect("it is there");
    }
    if line.contains("backup monday.db") {
        std::fs::remove_file(folder.path("monday.db")).expect("it is there");
    }
}

#[test]
fn every_command_has_examples_and_they_work() {
    let folder = ready();
    for command in COMMANDS {
        let help = folder.statehold(&format!("{command} --help")).env("COLUMNS", "120");
        let help = text(&ended(help, 0).get_output().stdout);
        let (_, examples) =
            help.split_once("Examples:\n").unwrap_or_else(|| panic!("{command} has no example"));
        let lines: Vec<_> = examples.lines().filter_map(|line| line.trim().strip_prefix("$ ")).collect();
        assert!(!lines.is_empty(), "{command} has no example");
        for line in lines {
            assert!(line.contains(command), "{line}");
            let folder = folder.copy();
            prepared(&folder, line);
            // One that frees a lock needs somebody who has it.
            if *command == "env unlock" {
                let nested = "-s app.db env lock web -- sh -c";
                let mut words: Vec<_> = nested.split(' ').collect();
                words.push(line);
                let freed = ended(folder.statehold_with(&words), 0);
                assert!(text(&freed.get_output().stdout).contains("is free"), "{line}");
                continue;
            }
            ended(folder.shell(line), 0);
        }
    }
}

#[test]
fn the_list_of_commands_here_is_complete() {
    let folder = Folder::empty();
    let listed = |help: String| -> Vec<String> {
        let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let commands = commands.take_while(|line| !line.is_empty());
        // A line that is indented further goes on with the one before.
        let names = commands
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        names.map(str::to_owned).collect()
    };
    let mut found = Vec::new();
    let mut left = listed(folder.out("--help", 0));
    while let Some(command) = left.pop() {
        let inner = listed(folder.out(&format!("{command} --help"), 0));
        left.extend(inner.iter().map(|inner| format!("{command} {inner}")));
        if inner.is_empty() {
            found.push(command);
        }
    }
    found.sort();
    let mut known: Vec<_> = COMMANDS.iter().map(|&name| name.to_owned()).collect();
    known.sort();
    assert_eq!(found, known);
}

#[test]
fn no_arguments_show_the_help_and_are_no_success() {
    let folder = Folder::empty();
    let shown = folder.err("env", 2);
    assert!(shown.contains("Usage: statehold env") && shown.contains("transition"), "{shown}");
}

#[test]
fn completions_know_the_commands() {
    let folder = Folder::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.out(&format!("completions {shell}"), 0);
        assert!(script.contains("migrate-check") && script.contains("transition"), "{shell}");
    }
    let document = folder.json("completions bash", 0);
    assert_eq!(document["shell"], "bash");
    // The shell can read it.
    ended(folder.shell("statehold completions bash > it && bash -n it"), 0);
}
