//! Files of older formats.
//!
//! Goal: a file of an older format is upgraded when it is opened, in one transaction, and keeps what it holds; an
//! upgrade that fails leaves it as it was. Method: `data/format-1.db`, written by the version that wrote that
//! format; a copy of it in which a table is in the way.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::time::Duration;

use statehold::{ManualClock, Store, UpgradeOptions};

use common::{assert_file_sound, assert_journal_whole, new_path, still};

const FORMAT_1: &[u8] = include_bytes!("data/format-1.db");

/// The format that a file says in its header.
fn format(path: &Path) -> u32 {
    let bytes = std::fs::read(path).unwrap();
    u32::from_be_bytes(bytes[60..64].try_into().unwrap())
}

#[test]
fn format_1_becomes_the_newest_and_keeps_its_content() {
    let (_folder, path) = new_path();
    std::fs::write(&path, FORMAT_1).unwrap();
    assert_eq!(format(&path), 1);
    let clock = ManualClock::at(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_100));
    let store = still(&clock).open(&path).unwrap();
    let settings = store.namespace("settings");
    assert_eq!(settings.list("*").unwrap(), ["icon", "session", "theme"]);
    assert_eq!(settings.get::<String>("theme").unwrap().as_deref(), Some("dark"));
    assert_eq!(settings.get_bytes("icon").unwrap(), Some(vec![0, 1, 255]));
    assert_eq!(settings.get_ttl("session").unwrap(), Some(Duration::from_secs(100 * 365 * 86_400 - 99)));
    assert_eq!(store.namespace("counters").get::<u32>("starts").unwrap(), Some(3));
    assert_eq!((store.revision().unwrap(), store.lost_commits()), (6, None));
    assert_journal_whole(&store);
    store.plugin("lint").save(&1).unwrap();
    assert_eq!(store.plugin("lint").load().unwrap().unwrap().revision, 7);
    store.close().unwrap();
    drop(store);
    assert_file_sound(&path);

    let new = path.with_file_name("new");
    Store::open(&new).unwrap().close().unwrap();
    assert_eq!(format(&path), format(&new));
    let schema = |path: &Path| -> Vec<Option<String>> {
        let file = rusqlite::Connection::open(path).unwrap();
        let mut rows = file.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(schema(&path), schema(&new), "the same tables as in a new file");
}

#[test]
fn an_upgrade_that_fails_leaves_the_file_as_it_was() {
    let (_folder, path) = new_path();
    std::fs::write(&path, FORMAT_1).unwrap();
    let edit = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    // The first of the new tables can be made, and the second not.
    edit("CREATE TABLE plugin_backup (here INTEGER)");
    assert!(Store::open(&path).is_err());
    assert_eq!(format(&path), 1);
    let file = rusqlite::Connection::open(&path).unwrap();
    let sql =
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('plugin_state', 'plugins', 'plugin_backups')";
    assert_eq!(file.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
    drop(file);
    edit("DROP TABLE plugin_backup");
    let store = Store::open(&path).unwrap();
    assert_eq!(store.namespace("settings").count("*").unwrap(), 3);
    store.plugin("lint").save(&1).unwrap();
}

#[test]
fn an_upgrade_keeps_the_old_format_in_a_backup() {
    let (folder, path) = new_path();
    std::fs::write(&path, FORMAT_1).unwrap();
    let report = Store::upgrade(&path).unwrap();
    let backup = report.backup.unwrap();
    assert_eq!(backup.file_name().unwrap(), "store.db.format-1");
    assert_eq!((report.from_format, report.to_format, format(&path)), (1, format(&path), report.to_format));
    assert!(report.to_format > 1);
    assert_eq!(format(&backup), 1, "an older statehold can open it");
    let store = Store::open(&path).unwrap();
    assert_eq!(store.verify().unwrap().problems, []);
    assert_eq!((store.revision().unwrap(), store.namespace("settings").count("*").unwrap()), (6, 3));
    store.close().unwrap();
    drop(store);
    // Once is enough; nothing is backed up for nothing.
    let again = Store::upgrade(&path).unwrap();
    assert_eq!((again.from_format, again.backup), (report.to_format, None));
    // And the way back: the backup is a store by itself.
    let back = Store::restore(&backup, folder.path().join("back.db")).unwrap();
    assert_eq!((format(&back.path), back.revision), (1, 6));
}

#[test]
fn without_a_backup_nothing_is_upgraded() {
    let (folder, path) = new_path();
    std::fs::write(&path, FORMAT_1).unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "mine").unwrap();
    let options = UpgradeOptions::new().backup(&taken);
    let error = Store::upgrade_with(&path, &options, |_| ()).unwrap_err();
    assert!(error.code() == "IO" && error.to_string().contains("another place"), "{error}");
    assert_eq!((format(&path), std::fs::read_to_string(&taken).unwrap()), (1, "mine".to_owned()));
    assert_eq!(Store::upgrade(folder.path().join("none")).unwrap_err().code(), "IO");
    assert_eq!(Store::upgrade(&taken).unwrap_err().code(), "NOT_A_STORE");
    let elsewhere = UpgradeOptions::new().backup(folder.path().join("elsewhere"));
    let mut told = 0;
    let report = Store::upgrade_with(&path, &elsewhere, |_| told += 1).unwrap();
    assert_eq!((format(&report.backup.unwrap()), told > 0), (1, true));
}
