//! What goes wrong, and the ends of pipes.
//!
//! Goal: whatever is wrong gives one clear line, the exit code of its kind, and leaves everything as it was; programs that
//! asked for JSON get it then too; a reader that goes away is no error. Method: each mistake is made once.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use harness::{Folder, ended, text};
use serde_json::json;

#[test]
fn wrong_input_is_one_clear_line_and_exit_code_2() {
    let folder = Folder::with_store();
    for wrong in [
        "-s app.db nonsense",
        "-s app.db get",
        "-s app.db get auth",
        "-s app.db get auth ada extra",
        "-s app.db get auth ada --nonsense",
        "-s app.db set auth ada",
        "-s app.db set auth ada no-json",
        "-s app.db set auth ada {\"a\":1e999}",
        "-s app.db set auth ada 1 --ttl soon",
        "-s app.db set auth ada 1 --ttl 0",
        "-s app.db set auth ada 1 --bytes app.db",
        "-s app.db get  ada",
        "-s app.db ls auth [a",
        "-s app.db env ls --state",
        "-s app.db verify --head nonsense",
        "-s app.db completions nonsense",
        "-s app.db --color nonsense info",
        "get auth ada",
        "info",
    ] {
        let told = folder.err(wrong, 2);
        assert!(told.starts_with("error: ") && told.ends_with('\n'), "{wrong}: {told}");
        assert_eq!(told.lines().count(), 1, "{wrong}: {told}");
        assert_eq!(folder.json(wrong, 2)["error"]["is_retryable"], json!(false), "{wrong}");
    }
    assert_eq!(folder.json("-s app.db get", 2)["error"]["code"], "USAGE");
}

#[test]
fn a_mistake_is_told_with_what_to_do() {
    let folder = Folder::with_store();
    for (wrong, advice) in [
        ("-s app.db set auth ada hello", "add --text"),
        ("info", "STATEHOLD_STORE"),
        ("-s none.db info", "statehold set"),
        ("-s app.db sett a b 1", "'set'"),
        ("-s app.db get auth", "usage: statehold get"),
        ("-s app.db set auth ada 1 --ttl soon", "1h30m"),
    ] {
        let output = folder.statehold(wrong).output().unwrap();
        let told = text(&output.stderr);
        assert!(told.contains(advice), "{wrong}: {told}");
    }
}

#[test]
fn a_command_that_reads_creates_no_store() {
    let folder = Folder::empty();
    for reads in [
        "get a k",
        "ls a",
        "ttl a k",
        "del a k",
        "namespaces",
        "watch",
        "plugin ls",
        "plugin restore p",
        "case ls",
        "env ls",
        "info",
        "stats",
        "backup b",
        "snapshot",
        "verify",
        "doctor",
        "vacuum",
        "purge",
        "upgrade",
    ] {
        folder.err(&format!("-s none.db {reads}"), 6);
        assert_eq!(folder.json(&format!("-s none.db {reads}"), 6)["error"]["is_retryable"], json!(false));
    }
    assert_eq!(std::fs::read_dir(folder.root()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_no_store_is_refused_and_not_changed() {
    let folder = Folder::empty();
    let text = "a text, and a long one, so that it could hold a header of SQLite if it were a file of that";
    folder.write("notes.txt", text);
    for command in ["info", "get a k", "set a k 1", "verify", "restore notes.txt --force"] {
        let told = folder.err(&format!("-s notes.txt {command}"), 5);
        assert!(told.contains("notes.txt is not a statehold store"), "{command}: {told}");
    }
    assert_eq!(folder.json("-s notes.txt info", 5)["error"]["code"], "NOT_A_STORE");
    assert_eq!(folder.json("-s notes.txt doctor", 1)["findings"][0]["what"], "damage");
    assert_eq!(std::fs::read_to_string(folder.path("notes.txt")).unwrap(), text);
    assert_eq!(std::fs::read_dir(folder.root()).unwrap().count(), 1, "nothing was left beside it");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = Folder::with_store();
    let mut bytes = std::fs::read(folder.path("app.db")).unwrap();
    bytes[60..64].copy_from_slice(&[0, 0, 0, 99]);
    folder.write("newer.db", &bytes);
    assert!(folder.err("-s newer.db info", 5).contains("upgrade statehold"));
    assert_eq!(folder.json("-s newer.db get auth ada", 5)["error"]["code"], "SCHEMA_TOO_NEW");
    assert_eq!(std::fs::read(folder.path("newer.db")).unwrap(), bytes);
}

/// The superuser may write anywhere, so that nothing is refused to it.
#[cfg(unix)]
#[test]
fn a_folder_that_can_not_be_written_is_told() {
    let folder = Folder::with_store();
    std::fs::create_dir(folder.path("shut")).unwrap();
    folder.chmod("shut", 0o555);
    let is_refused = std::fs::write(folder.path("shut/try"), "").is_err();
    if is_refused {
        assert!(folder.err("-s shut/new.db set a k 1", 6).contains("ermission denied"));
        assert!(folder.err("-s app.db backup shut/copy.db", 6).contains("ermission denied"));
    }
    // A file where a folder should be is refused to everybody.
    assert!(folder.err("-s app.db/new.db set a k 1", 6).starts_with("error: "));
    assert!(folder.err("-s app.db snapshot app.db/folder", 6).contains("can't be made"));
    assert!(
        folder.err("-s app.db set a k --bytes none.bin", 6).starts_with("error: none.bin can't be read: ")
    );
    assert!(folder.err("-s . info", 5).contains("it is a folder"));
}

#[test]
fn a_busy_store_can_be_tried_again() {
    let folder = Folder::with_store();
    let store = statehold::Store::options().open(folder.path("app.db")).unwrap();
    let lock = store.environments().lock("web").unwrap();
    let error = folder.json("-s app.db env transition web provisioning", 4);
    assert_eq!(error["error"]["code"], "LOCKED");
    assert_eq!(error["error"]["is_retryable"], json!(true));
    drop(lock);
}

/// More than a pipe holds, so that the program is still writing when `head` has gone.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::with_store();
    let store = statehold::open(folder.path("app.db")).unwrap();
    let keys: Vec<_> = (0..20_000).map(|number| format!("{number:05}")).collect();
    store
        .namespace("n")
        .batch_set(keys.iter().map(|key| (key, statehold::Value::json(key).unwrap())), None)
        .unwrap();
    store.close().unwrap();
    for command in ["ls n", "ls n --values", "ls n --json", "watch --after 0", "watch --after 0 --json"] {
        let line = format!("{{ statehold -s app.db {command}; echo code $? >&2; }} | head -n 2");
        let end = ended(folder.shell(&line), 0);
        assert_eq!(text(&end.get_output().stdout).lines().count(), 2, "{command}");
        assert_eq!(text(&end.get_output().stderr), "code 0\n", "{command}");
    }
    // Where nothing can be written at all, that is told.
    let full = ended(folder.shell("statehold -s app.db ls n > /dev/full"), 6);
    assert!(text(&full.get_output().stderr).starts_with("error: the output can't be written: "));
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let folder = Folder::with_store();
    assert!(!folder.out("-s app.db info", 0).contains('\u{1b}'));
    assert!(!folder.err("-s app.db get auth nobody", 1).contains('\u{1b}'));
    assert!(folder.out("-s app.db info --color always", 0).contains("\u{1b}[1mFACET"));
    assert!(folder.err("-s app.db get auth nobody --color always", 1).contains("\u{1b}["));
    let forced = ended(folder.statehold("-s app.db info").env("CLICOLOR_FORCE", "1"), 0);
    assert!(text(&forced.get_output().stdout).contains('\u{1b}'));
    let never = folder.statehold("-s app.db info --color never").env("CLICOLOR_FORCE", "1");
    assert!(!text(&ended(never, 0).get_output().stdout).contains('\u{1b}'));
}

#[test]
fn the_store_may_be_named_in_the_environment() {
    let folder = Folder::with_store();
    ended(folder.statehold("get auth session:1").env("STATEHOLD_STORE", "app.db"), 0);
    // An argument counts more.
    ended(folder.statehold("--store app.db get auth session:1").env("STATEHOLD_STORE", "none.db"), 0);
    ended(folder.statehold("get auth session:1 --store app.db"), 0);
}
