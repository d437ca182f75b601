//! Plugin state: one versioned document a plugin, with backups and validation.
//!
//! Goal: what is saved is what is loaded, of whatever version and value; each state that is replaced is a backup,
//! of which so many are kept as asked for; restoring loses nothing; names, versions, data and documents that
//! can't be are refused with an error that says so, and change nothing. Method: a store on a clock that stands
//! still, asked after each step; migrations, transactions and events have files of their own.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use statehold::{
    Error, Journal, Json, JsonSchema, LoadOptions, ManualClock, Plugin, Registration, Result, SaveOptions,
    Store,
};

use common::{fast, ms, new_path, still};

fn memory() -> Store {
    fast().open(":memory:").unwrap()
}

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn version(version: u32) -> SaveOptions {
    SaveOptions::new().version(version)
}

fn data(plugin: &Plugin) -> Option<String> {
    plugin.load().unwrap().map(|state| state.data.to_string())
}

/// The data of the backups, the newest first, by restoring each in a transaction that is undone.
fn backups(store: &Store, name: &str) -> Vec<String> {
    let tx = store.begin(statehold::TransactionOptions::new()).unwrap();
    let plugin = tx.plugin(name);
    let count = plugin.list_backups().unwrap().len();
    (0..count)
        .map(|index| {
            let mark = tx.mark().unwrap();
            plugin.restore(index).unwrap();
            let found = data(&plugin).unwrap();
            tx.undo_to(mark).unwrap();
            found
        })
        .collect()
}

#[test]
fn a_state_is_loaded_as_it_was_saved() {
    let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let store = still(&clock).open(":memory:").unwrap();
    let plugin = store.plugin("@acme/lint");
    assert_eq!((plugin.load().unwrap(), plugin.exists().unwrap()), (None, false));
    let revision = plugin.save_with(json(r#"{"b":1,"a":[1.0,-0.0]}"#), &version(7)).unwrap();
    clock.advance(Duration::from_secs(5));
    let state = plugin.load().unwrap().unwrap();
    assert_eq!((state.version, state.revision), (7, revision));
    assert_eq!(state.data.as_str(), r#"{"b":1,"a":[1.0,-0.0]}"#);
    assert_eq!(state.metadata.plugin_name, "@acme/lint");
    assert_eq!(state.metadata.last_modified, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    assert!(plugin.exists().unwrap());
    assert_eq!(store.plugin("@acme/lin").load().unwrap(), None, "another plugin");
}

#[test]
fn version_0_and_empty_data_are_states_like_any_other() {
    let store = memory();
    for (at, text) in ["0", "\"\"", "false", "null", "{}", "[]"].iter().enumerate() {
        let plugin = store.plugin(&format!("p{at}"));
        plugin.save_with(json(text), &version(0)).unwrap();
        let state = plugin.load().unwrap().unwrap();
        assert_eq!((state.version, state.data.as_str()), (0, *text));
        assert!(plugin.exists().unwrap());
        plugin.save_with(json("1"), &version(0)).unwrap();
        assert_eq!(backups(&store, plugin.name()), [*text]);
        assert!(plugin.clear().unwrap());
    }
}

#[test]
fn so_many_backups_are_kept_as_asked_for() {
    let saved = |store: &Store, name: &str| {
        for n in 0..6 {
            store.plugin(name).save(&n).unwrap();
        }
        backups(store, name)
    };
    let store = memory();
    assert_eq!(saved(&store, "a"), ["4", "3", "2"], "three by default");
    store.plugin("b").register(Registration::new().max_backups(1)).unwrap();
    assert_eq!(saved(&store, "b"), ["4"]);
    store.plugin("b").register(Registration::new().max_backups(4)).unwrap();
    assert_eq!(saved(&store, "b"), ["4", "3", "2", "1"]);
    store.plugin("b").register(Registration::new().max_backups(0)).unwrap();
    assert_eq!(saved(&store, "b"), [""; 0], "0 keeps none");
    let store = fast().max_backups(2).open(":memory:").unwrap();
    assert_eq!(saved(&store, "a"), ["4", "3"]);
    let store = fast().max_backups(0).open(":memory:").unwrap();
    assert_eq!(saved(&store, "a"), [""; 0]);
    assert!(store.plugin("a").clear().unwrap());
    assert_eq!(store.plugin("a").restore(0).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn backups_tell_what_they_are() {
    let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000));
    let store = still(&clock).open(":memory:").unwrap();
    let plugin = store.plugin("a");
    let first = plugin.save_with(json("\"ü\""), &version(1)).unwrap();
    clock.advance(ms(500));
    let second = plugin.save_with(json("22"), &version(2)).unwrap();
    clock.advance(ms(500));
    plugin.save_with(json("3"), &version(2)).unwrap();
    let found: Vec<_> = plugin
        .list_backups()
        .unwrap()
        .iter()
        .map(|it| {
            let created = it.created_at.duration_since(UNIX_EPOCH).unwrap().as_millis();
            (it.index, it.version, it.size, created, it.revision)
        })
        .collect();
    assert_eq!(found, [(0, 2, 2, 1_001_000, second), (1, 1, 4, 1_000_500, first)]);
}

#[test]
fn restoring_changes_places_and_is_undone_by_restoring_0() {
    let store = memory();
    let plugin = store.plugin("a");
    for n in 0..4 {
        plugin.save_with(Json::from_serialize(&n).unwrap(), &version(n)).unwrap();
    }
    assert_eq!(backups(&store, "a"), ["2", "1", "0"]);
    let before = store.revision().unwrap();
    let revision = plugin.restore(1).unwrap();
    assert_eq!(revision, before + 1);
    let state = plugin.load().unwrap().unwrap();
    assert_eq!((state.version, state.data.as_str(), state.revision), (1, "1", revision));
    assert_eq!(backups(&store, "a"), ["3", "2", "0"]);
    plugin.restore(0).unwrap();
    assert_eq!(data(&plugin).as_deref(), Some("3"));
    assert_eq!(backups(&store, "a"), ["1", "2", "0"], "nothing is lost");
    // Nor where fewer are kept than there are.
    plugin.register(Registration::new().max_backups(0)).unwrap();
    plugin.restore(2).unwrap();
    assert_eq!(backups(&store, "a"), ["3", "1", "2"]);
}

#[test]
fn a_restore_of_what_is_not_there_names_it() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&1).unwrap();
    plugin.save(&2).unwrap();
    for result in [plugin.restore(1).map(|_| ()), plugin.diff(1).map(|_| ())] {
        let error = result.unwrap_err();
        assert!(matches!(&error, Error::NotFound { what: "backup", name, .. } if name == "a[1]"), "{error}");
        assert!(error.to_string().contains("list_backups"), "{error}");
    }
    assert_eq!(store.revision().unwrap(), 2, "nothing was written");
}

#[test]
fn clearing_keeps_a_backup_or_nothing() {
    let store = memory();
    let plugin = store.plugin("a");
    assert!(!plugin.clear().unwrap() && !plugin.clear_all().unwrap(), "there was nothing");
    assert_eq!(store.revision().unwrap(), 0, "so nothing was committed");
    plugin.save(&1).unwrap();
    assert!(plugin.clear().unwrap());
    assert_eq!((data(&plugin), backups(&store, "a")), (None, vec!["1".to_owned()]));
    let diff = plugin.diff(0).unwrap();
    assert_eq!((diff.from_version, diff.to_version), (None, 1));
    assert_eq!(diff.patch.as_str(), r#"[{"op":"add","path":"","value":1}]"#);
    plugin.restore(0).unwrap();
    assert_eq!((data(&plugin).as_deref(), backups(&store, "a").len()), (Some("1"), 0));
    plugin.save(&2).unwrap();
    assert!(plugin.clear_all().unwrap());
    assert_eq!((data(&plugin), plugin.list_backups().unwrap().len()), (None, 0));
    plugin.save(&3).unwrap();
    plugin.clear().unwrap();
    assert!(plugin.clear_all().unwrap(), "there was a backup");
    assert_eq!(plugin.list_backups().unwrap().len(), 0);
    let last = store.journal(store.revision().unwrap() - 1, 1).unwrap();
    assert_eq!(last[0].changes[0].operation, "clear_backups", "the journal tells of it");
}

#[test]
fn if_revision_refuses_what_the_caller_has_not_seen() {
    let store = memory();
    let plugin = store.plugin("a");
    let at = |revision| SaveOptions::new().if_revision(revision);
    let seen = plugin.save_with(json("1"), &at(0)).unwrap();
    let error = plugin.save_with(json("2"), &at(0)).unwrap_err();
    assert!(
        matches!(error, Error::Conflict { expected: Some(0), found: Some(found), .. } if found == seen),
        "{error}"
    );
    plugin.save_with(json("2"), &at(seen)).unwrap();
    let error = plugin.save_with(json("3"), &at(seen)).unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("the state of plugin \"a\""), "{error}");
    assert_eq!(data(&plugin).as_deref(), Some("2"));
    assert_eq!(plugin.list_backups().unwrap().len(), 1, "what is refused makes no backup");
}

/// Asserts that a state of version `found` was too new for who knows `supported`.
fn assert_too_new<T: std::fmt::Debug>(result: Result<T>, found: u32, supported: u32) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "STATE_TOO_NEW", "{error}");
    let Error::StateTooNew { plugin, found: has, supported: knows } = &error else { unreachable!() };
    assert_eq!((plugin.as_str(), *has, *knows), ("a", found, supported), "{error}");
}

#[test]
fn a_newer_state_is_neither_taken_nor_overwritten() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save_with(json("5"), &version(5)).unwrap();
    let revision = store.revision().unwrap();
    assert_too_new(plugin.save(&1), 5, 1);
    assert_too_new(plugin.save_with(json("4"), &version(4)), 5, 4);
    // A check on the revision that holds does not change what is wrong, nor one that fails.
    assert_too_new(plugin.save_with(json("4"), &version(4).if_revision(revision)), 5, 4);
    assert_too_new(plugin.save_with(json("4"), &version(4).if_revision(99)), 5, 4);
    assert_too_new(plugin.load_with(&LoadOptions::new().version(4)), 5, 4);
    assert_too_new(plugin.import(r#"{"version": 4, "data": 4}"#, &SaveOptions::new()), 5, 4);
    let atomic = store.atomic().save_plugin("b", json("1"), &SaveOptions::new());
    assert_too_new(atomic.save_plugin("a", json("4"), &version(4)).commit(), 5, 4);
    assert!(!store.plugin("b").exists().unwrap(), "the other one of the commit was not saved either");
    assert_eq!(store.revision().unwrap(), revision, "nothing was written");
    assert_eq!(data(&plugin).as_deref(), Some("5"), "asking for no version takes any");

    let asked = LoadOptions::new().version(4).allow_newer(true);
    assert_eq!(plugin.load_with(&asked).unwrap().unwrap().version, 5);
    plugin.save_with(json("4"), &version(4).allow_newer(true)).unwrap();
    assert_eq!(plugin.load().unwrap().unwrap().version, 4);
}

#[test]
fn the_registered_version_is_what_is_known() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.register(Registration::new().version(3)).unwrap();
    plugin.save(&1).unwrap();
    assert_eq!(plugin.load().unwrap().unwrap().version, 3, "the default");
    plugin.save_with(json("2"), &version(2)).unwrap();
    assert_too_new(plugin.save_with(json("4"), &version(4)), 4, 3);
    assert_too_new(plugin.import(r#"{"version": 4, "data": 4}"#, &SaveOptions::new()), 4, 3);
    plugin.save_with(json("4"), &version(4).allow_newer(true)).unwrap();
    assert_too_new(plugin.load(), 4, 3);
    assert_too_new(plugin.save(&1), 4, 3);
    assert_eq!(plugin.load_with(&LoadOptions::new().version(4)).unwrap().unwrap().version, 4);
    let refused = plugin.register(Registration::new().version(1).schema(2, schema("{}")));
    assert_eq!(refused.unwrap_err().code(), "INVALID_VALUE");
}

fn schema(text: &str) -> JsonSchema {
    JsonSchema::new(&json(text)).unwrap()
}

#[test]
fn every_operation_refuses_what_can_not_be_a_name() {
    let store = memory();
    let long = "x".repeat(129);
    for name in ["", "../x", "a\0b", long.as_str(), "/a", "a//b", "a b", "ä", ".."] {
        let plugin = store.plugin(name);
        let results: Vec<Result<()>> = vec![
            plugin.save(&1).map(|_| ()),
            plugin.load().map(|_| ()),
            plugin.exists().map(|_| ()),
            plugin.clear().map(|_| ()),
            plugin.clear_all().map(|_| ()),
            plugin.list_backups().map(|_| ()),
            plugin.restore(0).map(|_| ()),
            plugin.diff(0).map(|_| ()),
            plugin.export().map(|_| ()),
            plugin.import(r#"{"version":1,"data":1}"#, &SaveOptions::new()).map(|_| ()),
            plugin.register(Registration::new()),
            plugin.validate(&schema("{}")).map(|_| ()),
            plugin.migrate(2, &statehold::Migrations::new()).map(|_| ()),
            store.atomic().save_plugin(name, json("1"), &SaveOptions::new()).commit().map(|_| ()),
        ];
        for result in results {
            let error = result.unwrap_err();
            assert!(matches!(&error, Error::InvalidName { what: "plugin", .. }), "{name:?}: {error}");
        }
    }
    assert_eq!(store.revision().unwrap(), 0);
}

#[test]
fn names_that_differ_are_different_plugins() {
    let store = memory();
    let names = ["@a/b", "@a/b.c", "A", "a", "a.", "a/b", "a_b"];
    for name in names {
        store.plugin(name).save(name).unwrap();
    }
    let states = store.plugin_states();
    assert_eq!(states.names("*").unwrap(), names);
    assert_eq!(states.names("a*").unwrap(), ["a", "a.", "a/b", "a_b"]);
    for name in names {
        assert_eq!(states.load(name).unwrap().unwrap().data.parse::<String>().unwrap(), name);
    }
    states.clear("a").unwrap();
    assert_eq!(states.names("a*").unwrap(), ["a.", "a/b", "a_b"], "only those with a state");
    assert_eq!(states.names("[").unwrap_err().code(), "INVALID_NAME");
}

#[test]
fn a_registered_schema_refuses_with_every_violation() {
    let store = memory();
    let plugin = store.plugin("a");
    let form = r#"{"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "ports": {"items": {"type": "integer", "maximum": 65535}}}}"#;
    plugin.register(Registration::new().schema(2, schema(form))).unwrap();
    let broken = json!({"ports": [80, 70_000, "http"]});
    let error = plugin.save(&broken).unwrap_err();
    let Error::Validation { violations, .. } = &error else { panic!("{error}") };
    let mut paths: Vec<&str> = violations.iter().map(|violation| violation.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["$", "$.ports[1]", "$.ports[2]"], "{error}");
    assert!(paths.iter().all(|path| error.to_string().contains(path)), "{error}");
    let document = json!({"version": 2, "data": broken}).to_string();
    assert_eq!(plugin.import(&document, &SaveOptions::new()).unwrap_err().code(), "VALIDATION");
    let atomic = store.atomic().save_plugin("a", json("[]"), &SaveOptions::new()).commit();
    assert_eq!(atomic.unwrap_err().code(), "VALIDATION");
    assert!(!plugin.exists().unwrap());
    plugin.save(&json!({"name": "x", "ports": [80]})).unwrap();
    assert!(plugin.validate_registered().unwrap());
    plugin.save_with(json("[]"), &version(1)).unwrap();
    let error = plugin.validate_registered().unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "schema", .. }), "none is registered for version 1");
}

#[test]
fn validation_is_by_schema_or_by_function() {
    let store = memory();
    let plugin = store.plugin("a");
    let numbers = schema(r#"{"items": {"type": "number"}}"#);
    assert!(plugin.validate(&numbers).unwrap() && plugin.validate_registered().unwrap(), "without a state");
    assert!(plugin.validate_with(|_| -> Result<bool> { panic!("there is nothing to look at") }).unwrap());
    plugin.save(&json!([1, "2", {"a~b/c": 3}])).unwrap();
    assert!(!plugin.validate(&numbers).unwrap());
    let found = plugin.violations(&numbers).unwrap();
    assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["$[1]", "$[2]"]);
    let inner = schema(r#"{"items": {"additionalProperties": {"type": "string"}}}"#);
    assert_eq!(plugin.violations(&inner).unwrap()[0].path, r#"$[2]["a~b/c"]"#);
    assert!(
        plugin.validate_with(|data| data.parse::<Vec<serde_json::Value>>().map(|it| it.len() == 3)).unwrap()
    );
    assert!(!plugin.validate_with(|_| Ok::<_, Error>(false)).unwrap());
    let error = plugin.validate_with(|_| Err("no such rule")).unwrap_err();
    let Error::Validation { violations, .. } = &error else { panic!("{error}") };
    assert!(violations[0].path == "$" && violations[0].message.contains("no such rule"), "{error}");
}

#[test]
fn a_schema_that_is_none_says_where() {
    let error = JsonSchema::new(&json(r#"{"properties": {"port": {"type": "whole"}}}"#)).unwrap_err();
    assert!(
        matches!(&error, Error::InvalidValue { path, .. } if path == "$.properties.port.type"),
        "{error}"
    );
    let elsewhere = JsonSchema::new(&json(r#"{"$ref": "https://example.com/a.json"}"#)).unwrap_err();
    assert_eq!(elsewhere.code(), "INVALID_VALUE", "nothing is fetched");
}

#[test]
fn what_can_not_be_stored_is_refused() {
    let store = fast().max_value_bytes(100).open(":memory:").unwrap();
    let plugin = store.plugin("a");
    assert_eq!(plugin.save(&f64::NAN).unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(plugin.save(&"x".repeat(99)).unwrap_err().code(), "INVALID_VALUE");
    plugin.save(&"x".repeat(98)).unwrap();
}

#[test]
fn an_export_is_imported_as_it_was() {
    let clock = ManualClock::at(UNIX_EPOCH + ms(951_827_696_789));
    let store = still(&clock).open(":memory:").unwrap();
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let values =
        ["0", "null", r#"{"z":1,"a":18446744073709551615,"b":-0.0,"c":1e+300,"ü":"\u0000\"\\"}"#, &deep];
    for text in values {
        let plugin = store.plugin("@a/b");
        plugin.clear_all().unwrap();
        plugin.save_with(json(text), &version(3)).unwrap();
        let exported = plugin.export().unwrap();
        let document: serde_json::Value = serde_json::from_str(&exported).unwrap();
        assert_eq!(document["version"], 3);
        let metadata = json!({"plugin_name": "@a/b", "last_modified": "2000-02-29T12:34:56.789Z"});
        assert_eq!(document["metadata"], metadata);
        let saved = plugin.load().unwrap().unwrap();
        plugin.clear_all().unwrap();
        plugin.import(&exported, &SaveOptions::new()).unwrap();
        let imported = plugin.load().unwrap().unwrap();
        assert_eq!((imported.version, imported.data), (saved.version, saved.data), "{exported}");
    }
    let nothing = store.plugin("none").export().unwrap_err();
    assert!(matches!(nothing, Error::NotFound { what: "plugin state", .. }), "{nothing}");
}

#[test]
fn an_import_keeps_a_backup_and_its_conditions() {
    let store = memory();
    let plugin = store.plugin("a");
    let seen = plugin.save(&1).unwrap();
    let document = r#"{"version": 2, "data": {"x": [1, 2]}}"#;
    let late = plugin.import(document, &SaveOptions::new().if_revision(seen + 1));
    assert_eq!(late.unwrap_err().code(), "CONFLICT");
    plugin.import(document, &SaveOptions::new().if_revision(seen)).unwrap();
    assert_eq!((data(&plugin).as_deref(), backups(&store, "a")), (Some(r#"{"x":[1,2]}"#), vec!["1".into()]));
}

#[test]
fn what_is_no_exported_state_is_refused_with_its_path() {
    let store = memory();
    let plugin = store.plugin("a");
    let refused = [
        ("", "$"),
        ("[]", "$"),
        (r#"{"data": 1}"#, "$"),
        (r#"{"version": 1}"#, "$"),
        (r#"{"version": -1, "data": 1}"#, "$"),
        (r#"{"version": 1.5, "data": 1}"#, "$"),
        (r#"{"version": 1, "data": {"n": [123456789012345678901234567890]}}"#, "$.data.n[0]"),
        (r#"{"version": 1, "data": 1, "metadata": {"plugin_name": "b"}}"#, "$.metadata.plugin_name"),
    ];
    for (text, path) in refused {
        let error = plugin.import(text, &SaveOptions::new()).unwrap_err();
        assert!(
            matches!(&error, Error::InvalidValue { path: found, .. } if found == path),
            "{text}: {error}"
        );
    }
    let error = plugin.import(r#"{"version": 1, "data": 1}"#, &version(1)).unwrap_err();
    assert_eq!(error.code(), "INVALID_VALUE", "the document has the version");
    assert_eq!(store.revision().unwrap(), 0);
}

#[test]
fn files_are_written_whole_and_never_the_stores_own() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let plugin = store.plugin("a");
    let file = folder.path().join("a.json");
    assert_eq!(plugin.export_file(&file).unwrap_err().code(), "NOT_FOUND");
    assert!(!file.exists());
    for n in 0..2 {
        plugin.save(&n).unwrap();
        plugin.export_file(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), plugin.export().unwrap() + "\n");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    plugin.clear_all().unwrap();
    plugin.import_file(&file, &SaveOptions::new()).unwrap();
    assert_eq!(data(&plugin).as_deref(), Some("1"));
    let missing = plugin.import_file(folder.path().join("none"), &SaveOptions::new()).unwrap_err();
    assert_eq!(missing.code(), "IO", "{missing}");
    for ending in ["", "-wal", "-shm", "-statehold"] {
        let own = common::beside(&path, ending);
        assert_eq!(plugin.export_file(&own).unwrap_err().code(), "INVALID_VALUE");
        assert_eq!(plugin.import_file(&own, &SaveOptions::new()).unwrap_err().code(), "INVALID_VALUE");
    }
    plugin.save(&2).unwrap();
}

#[test]
fn the_diff_is_what_restoring_would_change() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save_with(json(r#"{"a":1,"b":[1,2],"c~/":0}"#), &version(1)).unwrap();
    plugin.save_with(json(r#"{"a":2,"b":[1],"d":null}"#), &version(2)).unwrap();
    let diff = plugin.diff(0).unwrap();
    assert_eq!((diff.from_version, diff.to_version), (Some(2), 1));
    let mut value: serde_json::Value = plugin.load().unwrap().unwrap().data.parse().unwrap();
    let patch: json_patch::Patch = diff.patch.parse().unwrap();
    json_patch::patch(&mut value, &patch).unwrap();
    assert_eq!(value, json!({"a": 1, "b": [1, 2], "c~/": 0}));
    assert_eq!(store.revision().unwrap(), 2, "nothing was written");
}

#[test]
fn the_journal_has_a_touch_for_each_change() {
    let (_folder, path) = new_path();
    let store = fast().journal(Journal::Full).open(&path).unwrap();
    let plugin = store.plugin("a");
    plugin.save(&1).unwrap();
    plugin.save(&2).unwrap();
    plugin.restore(0).unwrap();
    plugin.clear_all().unwrap();
    let rows = store.journal(0, 10).unwrap();
    let touches: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.changes.iter().map(|it| (&*it.facet, &*it.name, &*it.key, &*it.operation)).collect())
        .collect();
    let one = |operation| vec![("plugin", "a", "", operation)];
    let all = vec![("plugin", "a", "", "clear"), ("plugin", "a", "", "clear_backups")];
    assert_eq!(touches, [one("save"), one("save"), one("restore"), all]);
    common::assert_journal_whole(&store);
    store.close().unwrap();
    drop(store);
    let file = rusqlite::Connection::open(&path).unwrap();
    let kept: Vec<String> = file
        .prepare("SELECT content FROM journal ORDER BY revision")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    assert_eq!(kept[2], r#"[["plugin","a","","restore",["json",1],null]]"#, "also what was restored");
}
