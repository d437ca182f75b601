//! The commands on whole stores.
//!
//! Goal: a store is looked at, copied, put back and cared for as the commands say. Method: the program is run on stores
//! that are sound, that were damaged, and that others write to.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod harness;

use std::collections::BTreeSet;
use std::ffi::OsString;

use harness::{Folder, ended};
use serde_json::json;

const FORMAT_1: &[u8] = include_bytes!("../../core/tests/data/format-1.db");

#[test]
fn a_store_tells_what_it_holds() {
    let folder = Folder::with_store();
    let info = folder.json("-s app.db info", 0);
    assert_eq!((&info["format"], &info["journal_rows"]), (&json!(2), &info["revision"]));
    assert_eq!(
        info["facets"][0],
        json!({"facet": "namespace", "records": 6, "bytes": info["facets"][0]["bytes"]})
    );
    let shown = folder.out("-s app.db info", 0);
    assert!(shown.contains("\nFACET        RECORDS   SIZE\nnamespace          6 "), "{shown}");
    let stats = folder.json("-s app.db stats", 0);
    assert_eq!((&stats["commits"], &stats["last_day"]), (&info["revision"], &info["revision"]));
    assert!(
        stats["operations"]
            .as_array()
            .unwrap()
            .contains(&json!({"facet": "namespace", "operation": "set", "changes": 6}))
    );
    assert!(folder.out("-s app.db stats", 0).contains("FACET        BUSIEST      CHANGES\n"));
}

#[test]
fn a_backup_is_the_store_as_of_its_revision() {
    let folder = Folder::with_store();
    let backup = folder.json("-s app.db backup copy.db", 0);
    assert_eq!(backup["revision"], folder.json("-s copy.db info", 0)["revision"]);
    let head = format!("{}:{}", backup["revision"], backup["hash"].as_str().unwrap());
    ended(folder.statehold("-s app.db set auth eve 1"), 0);
    ended(folder.statehold(&format!("-s app.db verify --head {head}")), 0);
    assert!(folder.err("-s app.db backup copy.db", 6).contains("there is a file already"));
    ended(folder.statehold("-s app.db backup copy.db --overwrite"), 0);
    assert_eq!(folder.out("-s copy.db get auth eve", 0), "1\n");
    folder.err("-s app.db backup no-folder/copy.db", 6);
    // Another history is seen.
    ended(folder.statehold("-s other.db set a k 1"), 0);
    let problem = folder.out(&format!("-s other.db verify --head {head}"), 1);
    assert!(problem.starts_with("problem: head, revision "), "{problem}");
}

#[test]
fn a_snapshot_has_the_name_and_the_time() {
    let folder = Folder::with_store();
    let path = folder.json("-s app.db snapshot snaps/daily", 0)["path"].as_str().unwrap().to_owned();
    let name = path.rsplit_once('/').unwrap().1;
    assert!(
        name.starts_with("app-20") && name.ends_with("Z.db") && name.len() == "app-20260131T120000Z.db".len(),
        "{name}"
    );
    assert_eq!(folder.out(&format!("-s snaps/daily/{name} get auth session:1"), 0), "\"ada\"\n");
    ended(folder.statehold("-s app.db snapshot"), 0);
    let beside = std::fs::read_dir(folder.root()).unwrap().flatten();
    assert_eq!(beside.filter(|entry| entry.file_name().to_string_lossy().starts_with("app-20")).count(), 1);
}

#[test]
fn a_restore_asks_for_force_and_leaves_open_handles_going() {
    let folder = Folder::with_store();
    ended(folder.statehold("-s app.db backup copy.db"), 0);
    let open = statehold::open(folder.path("app.db")).unwrap();
    open.namespace("auth").set("ada", &"changed").unwrap();
    assert!(folder.err("-s app.db restore copy.db", 6).contains("force"));
    let restored = folder.json("-s app.db restore copy.db --force", 0);
    assert_eq!(open.revision().unwrap(), restored["revision"].as_u64().unwrap());
    assert_eq!(open.namespace("auth").get("ada").unwrap(), Some(json!({"role": "admin"})));
    ended(folder.statehold("-s fresh.db restore copy.db"), 0);
    assert_eq!(folder.out("-s fresh.db get config web:port", 0), "80\n");
    folder.write("text.db", "no store at all, and longer than a header of SQLite would be, by some words");
    folder.err("-s fresh2.db restore text.db", 5);
    assert!(!folder.path("fresh2.db").exists());
}

#[test]
fn damage_is_found_and_is_a_no() {
    let folder = Folder::with_store();
    assert!(folder.out("-s app.db verify", 0).contains(" commits, 1 case, 2 receipts\nhead "));
    let path = folder.path("app.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what);
    // The journal says who changed `web:port`; say that it was somebody else.
    let at = find(&bytes, b"\"web:port\",\"set\"").unwrap();
    bytes[at + 1] = b'W';
    std::fs::write(&path, &bytes).unwrap();
    let problem = &folder.json("-s app.db verify", 1)["problems"][0];
    assert_eq!(problem["facet"], "journal", "{problem}");
    let shown = folder.out("-s app.db verify", 1);
    assert!(shown.starts_with("problem: journal: revision "), "{shown}");
    assert!(
        shown.contains(problem["advice"].as_str().unwrap()) && shown.contains("1 problem in "),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn the_doctor_finds_trouble_and_says_what_to_do() {
    let folder = Folder::with_store();
    assert_eq!(folder.out("-s app.db doctor", 0), "all is well\n");
    folder.chmod("app.db", 0o644);
    let findings = folder.json("-s app.db doctor", 1);
    assert_eq!(findings["findings"][0]["what"], "permissions");
    assert!(folder.out("-s app.db doctor", 1).contains("permissions: "));
    folder.err("-s none.db doctor", 6);
}

#[test]
fn what_was_freed_or_has_expired_is_given_back() {
    let folder = Folder::empty();
    let store = statehold::Store::options().background(false).open(folder.path("big.db")).unwrap();
    store.namespace("n").set("k", &"v".repeat(1 << 20)).unwrap();
    let soon = statehold::SetOptions::new().ttl(std::time::Duration::from_millis(1));
    store.namespace("n").set_with("short", &1, &soon).unwrap();
    store.namespace("n").delete("k").unwrap();
    store.close().unwrap();
    assert_eq!(folder.json("-s big.db purge", 0)["purged"], 1);
    assert_eq!(folder.out("-s big.db purge", 0), "purged 0 expired keys\n");
    assert!(folder.json("-s big.db vacuum", 0)["freed_bytes"].as_u64().unwrap() >= 1 << 20);
}

#[test]
fn an_older_format_is_backed_up_before_it_is_upgraded() {
    let folder = Folder::empty();
    folder.write("old.db", FORMAT_1);
    #[cfg(unix)]
    folder.chmod("old.db", 0o600);
    assert!(folder.out("-s old.db doctor", 0).contains("note: format: "));
    let upgraded = folder.json("-s old.db upgrade", 0);
    assert_eq!((&upgraded["from_format"], &upgraded["to_format"]), (&json!(1), &json!(2)));
    let backup = std::path::PathBuf::from(upgraded["backup"].as_str().unwrap());
    assert_eq!(std::fs::read(&backup).unwrap()[60..64], [0, 0, 0, 1], "the backup has the older format");
    assert_eq!(folder.out("-s old.db get settings theme", 0), "\"dark\"\n");
    assert_eq!(folder.out("-s old.db upgrade", 0), "format 2 is the present one, nothing was done\n");
    folder.write("other.db", FORMAT_1);
    ended(folder.statehold("-s other.db upgrade --backup kept.db"), 0);
    assert!(folder.path("kept.db").exists());
}

/// What `verify` calls the head of a store.
fn head(folder: &Folder, store: &str) -> serde_json::Value {
    folder.json(&format!("-s {store} verify"), 0)["hash"].clone()
}

/// What is in a folder.
fn names(folder: &Folder) -> BTreeSet<OsString> {
    std::fs::read_dir(folder.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn an_export_makes_the_same_store() {
    let folder = Folder::with_store();
    let exported = folder.json("-s app.db export app.jsonl", 0);
    assert!(exported["records"].as_u64().unwrap() > 20 && exported["hash"] == head(&folder, "app.db"));
    let text = std::fs::read_to_string(folder.path("app.jsonl")).unwrap();
    assert_eq!(folder.out("-s app.db export", 0), text);
    ended(folder.statehold("-s copy.db import app.jsonl"), 0);
    assert_eq!(head(&folder, "copy.db"), exported["hash"]);
    // By a pipe it is the same; a reader that goes away is no error.
    ended(folder.shell("statehold -s app.db export | statehold -s piped.db import"), 0);
    assert_eq!(head(&folder, "piped.db"), exported["hash"]);
    let big = statehold::open(folder.path("big.db")).unwrap();
    let value = || statehold::Value::json(&"v".repeat(100)).unwrap();
    big.namespace("n").batch_set((0..5_000).map(|key| (key.to_string(), value())), None).unwrap();
    big.close().unwrap();
    let piped = ended(folder.shell("{ statehold -s big.db export; echo code $? >&2; } | head -n 1"), 0);
    assert_eq!(harness::text(&piped.get_output().stderr), "code 0\n");
}

#[test]
fn a_part_is_exported_and_merged() {
    let folder = Folder::with_store();
    ended(folder.statehold("-s app.db export --namespace config config.jsonl"), 0);
    let told = folder.err("-s app.db import config.jsonl", 3);
    assert!(told.starts_with("error: conflict: "), "{told}");
    ended(folder.statehold("-s app.db del config db:host"), 0);
    let merged = folder.json("-s app.db import config.jsonl --merge", 0);
    assert_eq!(merged["is_merged"], json!(true));
    assert_eq!(folder.out("-s app.db get config db:host", 0), "\"localhost\"\n");
    assert!(folder.err("-s app.db export config.jsonl", 6).contains("there is a file already"));
    ended(folder.statehold("-s app.db export config.jsonl --overwrite"), 0);
    folder.err("-s app.db export --since 9999", 2);
}

#[test]
fn what_is_no_export_is_refused() {
    let folder = Folder::with_store();
    folder.write("text.jsonl", "hello\n");
    assert!(folder.err("-s app.db import text.jsonl --merge", 2).contains("line 1"));
    folder.err("-s new.db import none.jsonl", 6);
    assert!(!folder.path("new.db").exists());
    ended(folder.statehold("-s app.db export app.jsonl"), 0);
    let text = std::fs::read_to_string(folder.path("app.jsonl")).unwrap();
    folder.write("cut.jsonl", &text[..text.len() / 2]);
    let before = names(&folder);
    folder.err("-s new.db import cut.jsonl", 2);
    ended(folder.shell("statehold -s new.db import < cut.jsonl"), 2);
    // Neither a store nor what it was to be made of.
    assert_eq!(names(&folder), before);
}
