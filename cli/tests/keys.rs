//! The commands on keys.
//!
//! Goal: each does what it says, and tells it to people and to programs. Method: the program is run on a store that has
//! something in it, and its output is compared.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use harness::{Folder, ended, program, text};
use serde_json::json;

#[test]
fn a_value_is_got_as_it_was_set() {
    let folder = Folder::empty();
    for (given, stored) in [
        (r#"{"a": [1, 2.0]}"#, r#"{"a":[1,2.0]}"#),
        ("18446744073709551615", "18446744073709551615"),
        ("-0.0", "-0.0"),
        ("-1", "-1"),
        ("null", "null"),
    ] {
        ended(folder.statehold_with(&["-s", "new.db", "set", "a", "k", given]), 0);
        assert_eq!(folder.out("-s new.db get a k", 0), format!("{stored}\n"));
    }
    ended(folder.statehold_with(&["-s", "new.db", "set", "a", "k", "--text", "two\nlines"]), 0);
    assert_eq!(folder.out("-s new.db get a k", 0), "\"two\\nlines\"\n");
    assert_eq!(folder.out("-s new.db get a k --raw", 0), "two\nlines");
}

#[test]
fn a_value_may_come_from_the_standard_input_or_a_file() {
    let folder = Folder::empty();
    ended(folder.statehold("-s new.db set a json -").stdin(r#"{"x": 1}"#), 0);
    ended(folder.statehold("-s new.db set a text - --text").stdin("it's\n"), 0);
    ended(folder.statehold("-s new.db set a in --bytes -").stdin(vec![0u8, 255]), 0);
    folder.write("some.bin", [1, 2, 3]);
    ended(folder.statehold("-s new.db set a file --bytes some.bin"), 0);
    assert_eq!(folder.out("-s new.db get a json", 0), "{\"x\":1}\n");
    assert_eq!(folder.out("-s new.db get a text --raw", 0), "it's\n");
    assert_eq!(folder.out("-s new.db get a in", 0), "base64:AP8=\n");
    let raw = ended(folder.statehold("-s new.db get a file --raw"), 0);
    assert_eq!(raw.get_output().stdout, [1, 2, 3]);
    assert_eq!(folder.json("-s new.db get a file", 0)["bytes"], "AQID");
}

#[test]
fn what_is_not_there_is_a_no() {
    let folder = Folder::with_store();
    let told = folder.err("-s app.db get auth nobody", 1);
    assert_eq!(told, "error: key \"nobody\" does not exist in namespace \"auth\", or has expired\n");
    folder.err("-s app.db ttl auth nobody", 1);
    folder.err("-s app.db ttl auth nobody 1h", 1);
    assert_eq!(folder.out("-s app.db del auth nobody", 1), "deleted 0 keys\n");
    assert_eq!(folder.json("-s app.db get auth nobody", 1)["error"]["code"], "KEY_NOT_FOUND");
    assert_eq!(folder.out("-s app.db ls nowhere", 0), "");
}

#[test]
fn a_condition_that_does_not_hold_changes_nothing() {
    let folder = Folder::with_store();
    assert!(folder.err("-s app.db set auth ada 1 --if-absent", 3).starts_with("error: conflict: "));
    folder.err("-s app.db set auth eve 1 --if-present", 3);
    folder.err("-s app.db set auth ada 1 --if-revision 999", 3);
    let before = folder.json("-s app.db get auth ada", 0);
    assert_eq!(before["value"], json!({"role": "admin"}));
    let revision = &before["revision"];
    let set = folder.json(&format!("-s app.db set auth ada 1 --if-revision {revision}"), 0);
    assert_eq!(folder.json("-s app.db get auth ada", 0)["revision"], set["revision"]);
    folder.err("-s app.db set auth ada 1 --if-absent --if-present", 2);
}

#[test]
fn keys_are_listed() {
    let folder = Folder::with_store();
    assert_eq!(folder.out("-s app.db ls config", 0), "db:host\ndb:port\nweb:port\n");
    assert_eq!(folder.out("-s app.db ls config *:port --reverse", 0), "web:port\ndb:port\n");
    assert_eq!(folder.out("-s app.db ls config --limit 1 --start-after db:host", 0), "db:port\n");
    let table = "KEY      VALUE\ndb:host  \"localhost\"\ndb:port  5432\n";
    assert_eq!(folder.out("-s app.db ls config db:* --values", 0), table);
    let lines = folder.json_lines("-s app.db ls config db:* --values");
    assert_eq!(
        lines,
        [json!({"key": "db:host", "value": "localhost"}), json!({"key": "db:port", "value": 5432})]
    );
    assert_eq!(folder.json_lines("-s app.db ls files"), [json!({"key": "logo"})]);
    assert_eq!(folder.out("-s app.db namespaces", 0), "auth\nconfig\nfiles\n");
    assert_eq!(folder.out("-s app.db namespaces c* --count", 0), "NAMESPACE  KEYS\nconfig        3\n");
}

#[test]
fn a_long_list_comes_in_order_and_has_one_header() {
    let folder = Folder::empty();
    let store = statehold::open(folder.path("long.db")).unwrap();
    let keys: Vec<_> = (0..600).map(|number| format!("{number:03}")).collect();
    store
        .namespace("n")
        .batch_set(keys.iter().map(|key| (key, statehold::Value::json(&1).unwrap())), None)
        .unwrap();
    let listed = folder.out("-s long.db ls n --values", 0);
    let listed: Vec<_> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(listed[0], "KEY");
    assert_eq!(listed[1..], keys);
}

#[test]
fn a_ttl_is_told_and_changed() {
    let folder = Folder::with_store();
    let left = folder.json("-s app.db ttl auth session:1", 0)["ttl_ms"].as_u64().unwrap();
    assert!(left > 3_000_000 && left <= 3_600_000, "{left}");
    assert_eq!(folder.out("-s app.db ttl auth session:1 90m", 0), "1h 30m\n");
    assert_eq!(folder.out("-s app.db ttl auth session:1 --never", 0), "never expires\n");
    assert_eq!(folder.json("-s app.db ttl auth session:1", 0)["ttl_ms"], json!(null));
    ended(folder.statehold("-s app.db set auth bob 1 --ttl 1.5"), 0);
    assert!(folder.json("-s app.db ttl auth bob", 0)["ttl_ms"].as_u64().unwrap() <= 1500);
}

#[test]
fn numbers_are_counted_exactly() {
    let folder = Folder::empty();
    assert_eq!(folder.out("-s new.db incr c k", 0), "1\n");
    assert_eq!(folder.out("-s new.db incr c k -3", 0), "-2\n");
    assert_eq!(folder.out("-s new.db incr c big 9007199254740993 --initial 1", 0), "9007199254740994\n");
    assert_eq!(folder.json("-s new.db incr c k 0.5", 0)["value"], json!(-1.5));
    assert!(folder.err("-s new.db incr c k two", 2).contains("is no number"));
}

#[test]
fn keys_are_deleted_by_name_or_pattern() {
    let folder = Folder::with_store();
    assert_eq!(folder.out("-s app.db del auth ada nobody", 0), "deleted 1 key\n");
    assert_eq!(folder.json("-s app.db del config --matching db:*", 0)["deleted"], 2);
    assert_eq!(folder.out("-s app.db ls config", 0), "web:port\n");
    folder.err("-s app.db del config", 2);
}

#[test]
fn a_key_can_not_write_to_the_terminal() {
    let folder = Folder::empty();
    ended(folder.statehold_with(&["-s", "new.db", "set", "a", "k\u{1b}[2J\n", "1"]), 0);
    assert_eq!(folder.out("-s new.db ls a", 0), "k\\u{1b}[2J\\n\n");
    assert_eq!(folder.json("-s new.db ls a", 0)["key"], "k\u{1b}[2J\n");
}

#[test]
fn changes_are_watched_from_a_revision_on() {
    let folder = Folder::with_store();
    let lines = folder.out("-s app.db watch --after 0 --limit 2", 0);
    let words: Vec<Vec<_>> = lines.lines().map(|line| line.split_whitespace().skip(1).collect()).collect();
    assert_eq!(
        words,
        [["1", "namespace", "set", "auth", "ada"], ["2", "namespace", "set", "auth", "session:1"]]
    );
    let lines = folder.json_lines("-s app.db watch --facet environment --after 0 --limit 3");
    let operations: Vec<_> = lines.iter().map(|line| line["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["create", "create", "lock"]);
    let lines = folder.json_lines("-s app.db watch config web:* --after 0 --limit 1");
    assert_eq!((&lines[0]["name"], &lines[0]["key"]), (&json!("config"), &json!("web:port")));
    folder.err("-s app.db watch --after 999", 2);
    folder.err("-s app.db watch --facet nonsense", 2);
}

/// A change is seen as it comes, and ctrl-c is the proper end.
#[cfg(unix)]
#[test]
fn a_watch_tells_at_once_and_ends_with_ctrl_c() {
    let folder = Folder::with_store();
    let mut watch = Command::new(program())
        .args(["-s", "app.db", "watch", "--after", "0", "--json"])
        .current_dir(folder.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut told = |word: &str| assert!(lines.by_ref().map(Result::unwrap).any(|line| line.contains(word)));
    // It has told the past, so it waits, and would hang here if it kept a line to itself.
    told("\"transition\"");
    ended(folder.statehold("-s app.db set auth eve 1"), 0);
    told("\"eve\"");
    ended(folder.shell(&format!("kill -INT {}", watch.id())), 0);
    let end = watch.wait_with_output().unwrap();
    assert_eq!((end.status.code(), text(&end.stderr)), (Some(0), String::new()));
}
