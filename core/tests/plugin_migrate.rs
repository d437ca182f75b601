//! Migrations of a plugin's state.
//!
//! Goal: the steps run in order, on a copy and outside of all locks; a migration is one commit or none, also when it
//! fails in its third step; what others save meanwhile is never overwritten; and a function may save, load or
//! take long without delaying anybody. Method: functions that note how they were called, that fail, that use
//! the store themselves; the whole content of the file before and after.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use serde_json::json;
use statehold::{
    Error, Json, JsonSchema, LoadOptions, Migrations, Plugin, Registration, SaveOptions, Store,
    TransactionOptions,
};

use common::{fast, ms, new_path};

fn memory() -> Store {
    fast().open(":memory:").unwrap()
}

fn version(version: u32) -> SaveOptions {
    SaveOptions::new().version(version)
}

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn state(plugin: &Plugin) -> (u32, String) {
    let state = plugin.load_with(&LoadOptions::new().allow_newer(true)).unwrap().unwrap();
    (state.version, state.data.to_string())
}

/// Steps that append the version that they get to a list.
fn appending(versions: std::ops::RangeInclusive<u32>) -> Migrations {
    versions.fold(Migrations::new(), |steps, to| {
        steps.step(to, |data, version| {
            let mut list: Vec<u32> = data.parse()?;
            list.push(version);
            Ok(Json::from_serialize(&list)?)
        })
    })
}

/// Everything in a file: each row of each table. No handle may be open.
fn dump(path: &Path) -> Vec<Vec<Value>> {
    let file = rusqlite::Connection::open(path).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut names = file.prepare(names).unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.contains(&"plugin_backup".to_owned()));
    let mut rows = Vec::new();
    for name in names {
        let mut all = file.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = all.column_count();
        let found = all.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

#[test]
fn the_steps_run_in_order() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save_with(json("[]"), &version(2)).unwrap();
    let before = store.revision().unwrap();
    let done = plugin.migrate(5, &appending(1..=9)).unwrap();
    assert_eq!((done.from_version, done.to_version), (2, 5));
    assert_eq!(state(&plugin), (5, "[2,3,4]".to_owned()));
    assert_eq!(store.revision().unwrap(), before + 1, "one commit");
    let row = &store.journal(before, 1).unwrap()[0];
    assert_eq!(row.changes[0].operation, "migrate");
    let backups = plugin.list_backups().unwrap();
    assert_eq!(backups.iter().map(|backup| (backup.version, backup.size)).collect::<Vec<_>>(), [(2, 2)]);
}

#[test]
fn at_the_target_or_past_it_nothing_happens() {
    let store = memory();
    let plugin = store.plugin("a");
    let never = || Migrations::new().step(3, |_, _| panic!("it must not be called"));
    let done = plugin.migrate(3, &never()).unwrap();
    assert_eq!((done.from_version, done.to_version), (3, 3), "no state");
    for stored in [3, 7] {
        plugin.save_with(json("1"), &version(stored)).unwrap();
        let before = store.revision().unwrap();
        let done = plugin.migrate(3, &never()).unwrap();
        assert_eq!((done.from_version, done.to_version), (stored, stored));
        assert_eq!(store.revision().unwrap(), before);
    }
    assert!(!store.plugin("b").exists().unwrap(), "a migration makes no state");
}

/// What is wrong with a migration from 1 to 4.
fn wrong() -> Vec<(&'static str, Migrations, u32)> {
    let third = |function: fn() -> Result<Json, Box<dyn std::error::Error + Send + Sync>>| {
        appending(2..=3).step(4, move |_, _| function())
    };
    vec![
        ("there is no function", appending(2..=3), 4),
        (
            "there is no function",
            Migrations::new().step(2, |data, _| Ok(data)).step(4, |data, _| Ok(data)),
            3,
        ),
        ("the disk of the mind is full", third(|| Err("the disk of the mind is full".into())), 4),
        ("can't be stored", third(|| Ok(Json::from_serialize(&"x".repeat(1_000))?)), 4),
        ("finite", third(|| Ok(Json::from_serialize(&f64::NAN)?)), 4),
        ("not valid", third(|| Ok(Json::from_serialize(&["text"])?)), 4),
    ]
}

#[test]
fn a_migration_that_fails_leaves_everything_as_it_was() {
    let (_folder, path) = new_path();
    let open = || fast().max_value_bytes(500).open(&path).unwrap();
    let store = open();
    for n in 0..3 {
        store.plugin("a").save(&[n]).unwrap();
    }
    store.close().unwrap();
    drop(store);
    let before = dump(&path);
    for (reason, migrations, step) in wrong() {
        let store = open();
        let plugin = store.plugin("a");
        let numbers = JsonSchema::new(&json(r#"{"items": {"type": "integer"}}"#)).unwrap();
        plugin.register(Registration::new().schema(4, numbers)).unwrap();
        for error in
            [plugin.migrate(4, &migrations).unwrap_err(), plugin.dry_run_migrate(4, &migrations).unwrap_err()]
        {
            let Error::Migration { plugin, from_version, to_version, step: at, reason: why } = &error else {
                panic!("{error}")
            };
            assert_eq!((plugin.as_str(), *from_version, *to_version, *at), ("a", 1, 4, step), "{error}");
            assert!(why.contains(reason), "{error}");
        }
        store.close().unwrap();
        drop(store);
        assert!(dump(&path) == before, "{reason}: the file was changed");
    }
}

#[test]
fn a_panic_of_a_step_leaves_the_store_usable() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&1).unwrap();
    let inside = plugin.clone();
    let migrations = Migrations::new().step(2, |_, _| panic!("a mistake"));
    let panicked = std::thread::spawn(move || inside.migrate(2, &migrations)).join();
    assert!(panicked.is_err());
    assert_eq!(state(&plugin), (1, "1".to_owned()));
    plugin.save(&2).unwrap();
}

#[test]
fn what_was_saved_in_between_is_migrated_instead() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&vec![10]).unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let (other, count) = (store.plugin("a"), runs.clone());
    let migrations = Migrations::new().step(2, move |data, _| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            other.save(&vec![20])?;
        }
        let list: Vec<u32> = data.parse()?;
        Ok(Json::from_serialize(&(list, "migrated"))?)
    });
    let done = plugin.migrate(2, &migrations).unwrap();
    assert_eq!((done.from_version, done.to_version), (1, 2));
    assert_eq!(state(&plugin), (2, r#"[[20],"migrated"]"#.to_owned()), "from the new state");
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(plugin.list_backups().unwrap().len(), 2, "both older states");
}

#[test]
fn who_migrates_first_has_done_it_for_all() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&vec![0; 0]).unwrap();
    let other = store.plugin("a");
    let migrations = Migrations::new().step(2, move |data, _| {
        other.migrate(2, &Migrations::new().step(2, |_, _| Ok(json("\"theirs\""))))?;
        Ok(data)
    });
    let done = plugin.migrate(2, &migrations).unwrap();
    assert_eq!((done.from_version, done.to_version), (2, 2), "it was there already");
    assert_eq!(state(&plugin), (2, "\"theirs\"".to_owned()));
}

#[test]
fn a_function_that_always_saves_ends_in_a_conflict() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&0).unwrap();
    let other = store.plugin("a");
    let migrations = Migrations::new().step(2, move |data, _| {
        other.save(&1)?;
        Ok(data)
    });
    let start = Instant::now();
    let error = plugin.migrate(2, &migrations).unwrap_err();
    assert!(error.is_retryable() && error.code() == "CONFLICT", "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "it waited for itself: {:?}", start.elapsed());
    assert_eq!(state(&plugin), (1, "1".to_owned()));
}

#[test]
fn a_function_may_load_save_others_and_take_long() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&0).unwrap();
    let inside = store.clone();
    let migrations = Migrations::new().step(2, move |_, _| {
        let own = inside.plugin("a").load()?.map(|state| state.version);
        inside.plugin("helper").save(&own)?;
        std::thread::sleep(Duration::from_secs(3));
        Ok(Json::from_serialize(&own)?)
    });
    std::thread::scope(|scope| {
        let migrates = scope.spawn(|| plugin.migrate(2, &migrations));
        let (start, mut worst, mut saves) = (Instant::now(), Duration::ZERO, 0);
        while start.elapsed() < ms(2_500) {
            let before = Instant::now();
            store.plugin("b").save(&saves).unwrap();
            worst = worst.max(before.elapsed());
            saves += 1;
            std::thread::sleep(ms(5));
        }
        assert!(!migrates.is_finished(), "it was still under way");
        println!("{saves} saves of another plugin meanwhile, the longest took {worst:?}");
        assert!(worst < ms(1_000), "a save of another plugin waited {worst:?}");
        assert_eq!(migrates.join().unwrap().unwrap().to_version, 2);
    });
    assert_eq!(state(&plugin), (2, "1".to_owned()));
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    store.plugin("a").save(&json!({"items": [1], "old": true})).unwrap();
    store.close().unwrap();
    drop(store);
    let before = dump(&path);
    let store = fast().open(&path).unwrap();
    let migrations = Migrations::new()
        .step(2, |data, _| {
            let mut value: serde_json::Value = data.parse()?;
            value.as_object_mut().ok_or("no object")?.remove("old");
            Ok(value.try_into()?)
        })
        .step(3, |_, _| Ok(json(r#"{"items":[1,2]}"#)));
    let preview = store.plugin("a").dry_run_migrate(3, &migrations).unwrap();
    assert_eq!((preview.from_version, preview.to_version), (1, 3));
    assert_eq!(preview.data.unwrap().as_str(), r#"{"items":[1,2]}"#);
    let mut value = json!({"items": [1], "old": true});
    json_patch::patch(&mut value, &preview.patch.parse::<json_patch::Patch>().unwrap()).unwrap();
    assert_eq!(value, json!({"items": [1, 2]}));
    let nothing = store.plugin("none").dry_run_migrate(3, &migrations).unwrap();
    assert_eq!((nothing.from_version, nothing.data, nothing.patch.as_str()), (3, None, "[]"));
    store.close().unwrap();
    drop(store);
    assert!(dump(&path) == before);
}

#[test]
fn loading_migrates_first_by_what_is_registered() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&vec![0; 0]).unwrap();
    plugin.register(Registration::new().migrations(appending(2..=4))).unwrap();
    let loaded = plugin.load().unwrap().unwrap();
    assert_eq!((loaded.version, loaded.data.as_str()), (4, "[1,2,3]"));
    assert_eq!(loaded.revision, store.revision().unwrap(), "and committed");
    assert_eq!(plugin.list_backups().unwrap().len(), 1);
    // Up to the version that is asked for.
    plugin.restore(0).unwrap();
    let loaded = plugin.load_with(&LoadOptions::new().version(3)).unwrap().unwrap();
    assert_eq!((loaded.version, loaded.data.as_str()), (3, "[1,2]"));
    // Registered steps fill in where the call has none.
    let own = Migrations::new().step(5, |_, version| Ok(Json::from_serialize(&version)?));
    assert_eq!(plugin.migrate(5, &own).unwrap().from_version, 3);
    assert_eq!(state(&plugin), (5, "4".to_owned()));
    assert_eq!(plugin.load().unwrap_err().code(), "STATE_TOO_NEW");
}

#[test]
fn loading_without_a_path_fails_and_changes_nothing() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&1).unwrap();
    plugin.register(Registration::new().version(3).migrations(appending(3..=3))).unwrap();
    let error = plugin.load().unwrap_err();
    assert!(matches!(error, Error::Migration { step: 2, to_version: 3, .. }), "{error}");
    plugin.register(Registration::new().version(3)).unwrap();
    assert_eq!(state(&plugin), (1, "1".to_owned()), "no migrations are registered, so it is told as it is");
}

#[test]
fn inside_a_transaction_it_is_part_of_it() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&vec![0; 0]).unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let inside = tx.plugin("a");
    inside.save(&vec![7]).unwrap();
    let again = Arc::new(AtomicU32::new(0));
    let (other, count) = (inside.clone(), again.clone());
    let migrations = appending(2..=2).step(3, move |data, _| {
        // A save within the same transaction counts as well.
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            other.save_with(json("[8]"), &version(1))?;
        }
        Ok(data)
    });
    assert_eq!(inside.migrate(3, &migrations).unwrap().from_version, 1);
    assert_eq!(state(&inside), (3, "[8,1]".to_owned()));
    assert_eq!(again.load(Ordering::SeqCst), 2);
    assert_eq!(state(&plugin), (1, "[]".to_owned()), "nobody sees it before the commit");
    tx.commit().unwrap();
    assert_eq!(state(&plugin), (3, "[8,1]".to_owned()));
    assert_eq!(plugin.list_backups().unwrap().len(), 3);
}

#[test]
fn it_can_be_driven_step_by_step() {
    let store = memory();
    let plugin = store.plugin("a");
    plugin.save(&1).unwrap();
    plugin.register(Registration::new().migrations(Migrations::new().elsewhere(2))).unwrap();
    let missing = plugin.begin_migration(3, &[]).unwrap_err();
    assert!(matches!(missing, Error::Migration { step: 3, .. }), "{missing}");
    let mut migration = plugin.begin_migration(3, &[3]).unwrap();
    let early = migration.commit().unwrap_err();
    assert!(early.to_string().contains("was not run"), "{early}");
    let mut seen = Mutex::new(Vec::new());
    for _ in 0..2 {
        while let Some(step) = migration.next_step() {
            assert_eq!(migration.next_step().as_ref(), Some(&step), "the same until it is done");
            seen.get_mut().unwrap().push((step.from_version, step.to_version, step.data.to_string()));
            if seen.get_mut().unwrap().len() == 2 {
                plugin.save_with(json("2"), &version(1)).unwrap();
            }
            migration.step_done(step.data).unwrap();
        }
        if migration.commit().unwrap().is_some() {
            break;
        }
    }
    let step = |from, data: &str| (from, from + 1, data.to_owned());
    assert_eq!(seen.into_inner().unwrap(), [step(1, "1"), step(2, "1"), step(1, "2"), step(2, "2")]);
    assert_eq!(plugin.load_with(&LoadOptions::new().version(3)).unwrap().unwrap().version, 3);
    let failed = plugin.begin_migration(4, &[4]).unwrap().step_failed("no");
    assert!(matches!(failed, Error::Migration { step: 4, from_version: 3, .. }), "{failed}");
    // A function that is elsewhere can't be run from here.
    plugin.clear().unwrap();
    plugin.save_with(json("1"), &version(1)).unwrap();
    let error = plugin.load().unwrap_err();
    assert!(matches!(&error, Error::Migration { step: 2, .. }), "{error}");
}
