//! The guide's section on the command line.
//!
//! Goal: what it shows is what happens, and the members that it lists are those of the documents. Method: its sessions are
//! typed into a shell, line by line; each command of its table is run with `--json`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use std::collections::BTreeSet;

use harness::{Folder, ended, text};

const GUIDE: &str = include_str!("../../docs/guide.md");

fn section() -> &'static str {
    let (_, section) = GUIDE.split_once("\n## The command line\n").expect("the guide has the section");
    section.split_once("\n## ").map_or(section, |(section, _)| section)
}

/// Commands with what they print.
fn sessions() -> Vec<(&'static str, String)> {
    let mut steps: Vec<(&str, String)> = Vec::new();
    for block in section().split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push((command, String::new()));
                continue;
            }
            let (_, shown) = steps.last_mut().expect("a session begins with a command");
            shown.push_str(line);
            shown.push('\n');
        }
    }
    steps
}

#[test]
fn the_sessions_go_as_they_are_shown() {
    let folder = Folder::empty();
    let steps = sessions();
    assert!(steps.len() > 20, "the sessions are found");
    let mut set_before = String::new();
    for (command, shown) in steps {
        // Each has a shell of its own, which is told what an earlier one was.
        let output = ended(folder.shell(&format!("{set_before} {{ {command}; }} 2>&1")), 0);
        if command.starts_with("export ") {
            set_before = format!("{set_before}{command};");
        }
        snapbox::assert_data_eq!(text(&output.get_output().stdout), shown);
    }
}

#[test]
fn the_documents_have_the_members_that_are_listed() {
    let folder = Folder::with_store();
    // Somebody whose calls are told.
    let other = statehold::Store::options().faults(true).open(folder.path("app.db")).unwrap();
    other.namespace("auth").exists("ada").unwrap();
    other.close().unwrap();
    let (_, table) = section().split_once("| command | members of its document |\n|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut before = BTreeSet::new();
    let mut checked = 0;
    for row in rows {
        let (commands, members) = row.trim_matches('|').split_once('|').unwrap();
        let mut members = quoted(members);
        // A row may have what the one before it has, and more.
        if row.contains("the same") {
            members.extend(&before);
        }
        before.clone_from(&members);
        for command in quoted(commands) {
            let found = document(&folder, command);
            if row.contains("the document of") {
                assert!(found.is_object(), "{command}");
                continue;
            }
            let found: BTreeSet<_> = found.as_object().unwrap().keys().map(String::as_str).collect();
            let known: BTreeSet<_> = members.iter().copied().filter(|name| !name.starts_with("--")).collect();
            // Of the two that a value may be there is one.
            let mut other = known.clone();
            other.remove("bytes");
            assert!(
                found == known || known.contains("value") && found == other,
                "{command}: {found:?} {known:?}"
            );
            checked += 1;
        }
    }
    assert!(checked > 45, "the table is found");
}

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The first document of a command, with arguments that fit the store.
fn document(folder: &Folder, command: &str) -> serde_json::Value {
    let more = match command {
        "get" | "ttl" => "auth ada",
        "set" => "auth bob 1",
        "del" => "auth bob",
        "ls" => "auth --values",
        "incr" => "counters runs",
        "namespaces" => "--count",
        "watch" => "--after 0 --limit 1",
        "plugin load" | "plugin backups" | "plugin restore" | "plugin diff" => "lint",
        "plugin save" | "plugin migrate-check" => "lint 1",
        "case show" | "case receipts" | "case verify" => "order-7",
        "env create" => "mail",
        "env transition" => "mail provisioning",
        "env recover" => "mail created --note why",
        "env show" | "env history" => "web",
        "env lock" => "web -- true",
        "export FILE" => "app.jsonl",
        "import" => "app.jsonl --merge",
        "backup" => "copy.db",
        "restore" => "copy.db --force",
        "completions" => "fish",
        "mock faults set" => "namespace.get --latency 1ms",
        "mock scenario show" | "mock scenario apply" => "running",
        "mock scenario save" => "'{\"name\": \"y\", \"description\": \"y\"}'",
        _ => "",
    };
    let command = command.trim_end_matches(" FILE");
    let line = match command {
        "mock scenario delete" => {
            "mock scenario save '{\"name\": \"x\", \"description\": \"x\"}' && statehold -s app.db --json mock scenario delete x".to_owned()
        }
        "env unlock" => {
            "env lock web -- sh -c 'statehold env unlock web $STATEHOLD_LOCK_TOKEN --json' 2>/dev/null".to_owned()
        }
        // What is merged has keys and plugins only.
        "import" => "export --namespace config only.jsonl && statehold -s app.db --json import only.jsonl --merge | tail -n 1".to_owned(),
        _ => format!("--json {command} {more}"),
    };
    let output = ended(folder.shell(&format!("statehold -s app.db {line}")), 0);
    let text = text(&output.get_output().stdout);
    let line = text.lines().rfind(|line| line.starts_with('{')).expect(command);
    serde_json::from_str(line).expect(line)
}
