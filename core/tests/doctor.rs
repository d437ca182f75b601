//! Looking at stores: `info`, `stats`, `verify`, `doctor`, `vacuum`.
//!
//! Goal: what is told is so; each kind of damage and trouble is found, with something to do about it, and a store that is
//! well has none; looking changes nothing. Method: each thing is brought about once, by plain SQL, by a process that is
//! killed or stopped, or by the file's permissions.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::time::Duration;

use statehold::{Error, Finding, Level, Store, StoreProblem, Value, VerifyOptions};

use common::{assert_file_sound, beside, fast, ms, new_path, reports, spawn};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, _)) = common::role() else { return };
    match role.as_str() {
        "hold" => hold(&path),
        other => panic!("{other}"),
    }
}

/// Commits, takes the write lock from outside of the library, and keeps it until it is killed.
fn hold(path: &Path) {
    let store = fast().open(path).unwrap();
    store.namespace("a").set("held", &1).unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value").unwrap();
    common::report("held");
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// Runs SQL on a closed store, past the library.
fn tamper(path: &Path, sql: &str) {
    let other = rusqlite::Connection::open(path).unwrap();
    assert!(other.execute(sql, []).unwrap() > 0, "{sql}");
}

/// A closed store with some keys.
fn filled(path: &Path) {
    let store = fast().background(false).open(path).unwrap();
    for n in 0..20 {
        store.namespace("a").set(&format!("key {n}"), &"v".repeat(500)).unwrap();
    }
    store.close().unwrap();
}

#[test]
fn info_tells_what_there_is() {
    let (_folder, path) = new_path();
    let store = fast().background(false).journal_max_rows(10).open(&path).unwrap();
    let empty = store.info().unwrap();
    assert_eq!(
        (empty.revision, empty.journal_rows, empty.oldest_revision, empty.oldest_time),
        (0, 0, None, None)
    );
    let ns = store.namespace("a");
    for n in 10..50 {
        ns.set(&n.to_string(), "12345678").unwrap();
    }
    ns.set_bytes("bytes", &[0; 95]).unwrap();
    let short = statehold::SetOptions::new().ttl(ms(1));
    ns.set_with("é", &0, &short).unwrap();
    std::thread::sleep(ms(20));
    let info = store.info().unwrap();
    assert_eq!((&info.path, info.revision), (&store.path(), 42));
    let names: Vec<_> = info.facets.iter().map(|facet| &*facet.facet).collect();
    assert!(
        ["namespace", "plugin", "case", "environment"].iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    let facet = &info.facets[0];
    assert_eq!((&*facet.facet, facet.records, facet.bytes), ("namespace", 42, 40 * 12 + 100 + 3));
    assert_eq!(info.expired_keys, 1);
    let oldest = &store.journal(0, 1).unwrap()[0];
    assert_eq!((info.oldest_revision, info.oldest_time), (Some(oldest.revision), Some(oldest.time)));
    assert_eq!(info.journal_rows, 42 - oldest.revision + 1);
    assert!(info.journal_rows <= 11 && info.wal_bytes > 0 && info.file_bytes > 0);
    assert!(info.page_size == 4096 && info.pages > 4 && info.free_pages < info.pages, "{info:?}");
    store.close().unwrap();
    assert_eq!(store.info().unwrap_err().code(), "CLOSED");
}

#[test]
fn stats_count_what_the_handle_did() {
    let store = Store::open(":memory:").unwrap();
    let ns = store.namespace("a");
    let watch = store.watch(statehold::WatchOptions::new()).unwrap();
    for n in 0..5 {
        ns.set("k", &n).unwrap();
    }
    let refused = ns.set_with("k", &1, &statehold::SetOptions::new().if_revision(1));
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    let stats = store.stats();
    assert_eq!((stats.commits, stats.batches, stats.conflicts, stats.watches), (6, 6, 1, 1));
    drop(watch);
    assert_eq!(store.stats().watches, 0);
    let before = store.stats().checkpoints;
    store.vacuum().unwrap();
    assert_eq!(store.stats().checkpoints, before + 1);
}

#[test]
fn a_check_finds_each_kind_of_damage() {
    let (_folder, path) = new_path();
    filled(&path);
    let good = std::fs::read(&path).unwrap();
    let store = fast().open(&path).unwrap();
    let head = store.verify().unwrap();
    assert_eq!((head.revision, head.problems.len(), head.hash.len()), (20, 0, 64));
    let with = |revision, hash: &str| store.verify_with(&VerifyOptions::new().head(revision, hash)).unwrap();
    assert_eq!(with(20, &head.hash.to_uppercase()), head);
    let middle = store.journal(6, 1).unwrap().remove(0);
    assert_eq!(with(7, &middle.hash).problems, []);
    for (revision, reason) in [(7, "it has the hash"), (99, "it ends at revision 20")] {
        let problems = with(revision, &head.hash).problems;
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((&*problem.facet, problem.subject.clone()), ("head", format!("revision {revision}")));
        assert!(problem.reason.contains(reason) && problem.advice.contains("backup"), "{problem:?}");
    }
    store.close().unwrap();
    drop(store);
    for (damage, found) in [
        ("UPDATE journal SET actor = 'somebody' WHERE revision = 7", "journal : revision 7"),
        ("DELETE FROM journal WHERE revision = 7", "journal : revision 6 is followed by 8"),
        ("DELETE FROM journal WHERE revision = 20", "witness revision 20: it was committed"),
        ("DELETE FROM namespace", "namespace 1: key 3: it is in a namespace that there isn't"),
        ("UPDATE entry SET value = '{' WHERE key = 'key 3'", "namespace a: key 3: its value is neither JSON"),
        ("UPDATE entry SET value = 1.5 WHERE key = 'key 3'", "namespace a: key 3: its value is neither JSON"),
        ("UPDATE entry SET ttl_ms = 5 WHERE key = 'key 3'", "namespace a: key 3: it has an expiry and no TTL"),
        (
            "UPDATE entry SET revision = 50 WHERE key = 'key 3'",
            "namespace a: key 3: it was written by a revision",
        ),
        (
            "INSERT INTO plugin_state VALUES ('lint', 1, 0, 21, '1')",
            "plugin lint: its state was written by a revision",
        ),
        ("INSERT INTO plugin_backup VALUES ('lint', 1, 1, 0, 1, 0, '{')", "plugin lint: it has a backup"),
        (
            "INSERT INTO case_effect VALUES ('c', 'k', 'e', x'00', 'ok', NULL, NULL, 'a', 0, 0, 1, 1)",
            "case c: there are receipts or effects of it",
        ),
        (
            "INSERT INTO environment VALUES ('e', 'none', 's', '1', NULL, NULL, NULL, 1, 0, 0, 0)",
            "environment e: it follows a lifecycle that there isn't",
        ),
        (
            "INSERT INTO environment VALUES ('e', 'deployment', 's', '1', NULL, NULL, NULL, 1, 0, 0, 0)",
            "environment e: its record is not what its history says last",
        ),
        (
            "INSERT INTO environment_history (name, sequence, revision, time_ms, operation, process, host, user)
             VALUES ('e', 2, 1, 0, 'create', 1, 'h', 'u')",
            "environment e: its history has a gap",
        ),
        ("INSERT INTO lifecycle VALUES ('l', 1, '{')", "lifecycle l: its definition is not JSON"),
    ] {
        std::fs::write(&path, &good).unwrap();
        tamper(&path, damage);
        let problems = fast().open(&path).unwrap().verify().unwrap().problems;
        let said = |one: &StoreProblem| format!("{} {}: {}", one.facet, one.subject, one.reason);
        assert!(problems.iter().any(|one| said(one).starts_with(found)), "{damage}: {problems:?}");
        assert!(problems.iter().all(|one| !one.advice.is_empty()), "{problems:?}");
    }
    // A page of another one's content, which is a whole page and yet wrong.
    let mut bytes = good.clone();
    let (from, to) = (good.len() - 4096, good.len() - 2 * 4096);
    bytes.copy_within(from.., to);
    std::fs::write(&path, &bytes).unwrap();
    let problems = fast().open(&path).unwrap().verify().unwrap().problems;
    assert!(problems.iter().any(|problem| problem.facet == "file"), "{problems:?}");
}

/// What is found, as word and level; each with something to do about it.
fn found(path: &Path) -> Vec<(&'static str, Level)> {
    let findings = Store::doctor(path).unwrap();
    println!("{findings:#?}");
    assert!(findings.iter().all(|finding| finding.detail.len() > 10 && finding.advice.len() > 10));
    assert!(findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.level)));
    findings.iter().map(|finding| (finding.what, finding.level)).collect()
}

#[test]
fn a_store_that_is_well_has_no_findings() {
    let (folder, path) = new_path();
    filled(&path);
    assert_eq!(found(&path), []);
    let names = |folder: &Path| {
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    let before = (std::fs::read(&path).unwrap(), names(folder.path()).len());
    assert_eq!(found(&path), []);
    assert!((std::fs::read(&path).unwrap(), names(folder.path()).len()) == before, "looking changes nothing");
    let store = fast().open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    assert_eq!(found(&path), [], "nor while it is open");
    assert_eq!(store.namespace("a").set("k", &2).unwrap(), 22, "which goes on");
    assert_eq!(Store::doctor(folder.path().join("none")).unwrap_err().code(), "IO");
}

#[test]
fn what_is_no_store_or_damaged_is_told() {
    let (_folder, path) = new_path();
    std::fs::write(&path, "dear diary").unwrap();
    set_private(&path);
    assert_eq!(found(&path), [("damage", Level::Error)]);
    assert_eq!(std::fs::read(&path).unwrap(), b"dear diary");
    std::fs::remove_file(&path).unwrap();
    filled(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[63] = 9; // the format, in the header
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(found(&path), [("format", Level::Error)]);
}

#[cfg(unix)]
fn set_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn set_private(_: &Path) {}

#[test]
#[cfg(unix)]
fn wide_permissions_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = new_path();
    filled(&path);
    for file in [path.clone(), beside(&path, "-statehold")] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let findings = Store::doctor(&path).unwrap();
        let [Finding { what: "permissions", detail, advice, .. }] = &findings[..] else {
            panic!("{findings:?}")
        };
        assert!(
            detail.contains("0640") && advice.contains(&format!("chmod 600 {}", file.display())),
            "{findings:?}"
        );
        set_private(&file);
    }
}

#[test]
fn keys_that_pile_up_and_a_short_journal_are_told() {
    let (_folder, path) = new_path();
    let store = fast().background(false).journal_max_rows(50).open(&path).unwrap();
    let keys = (0..1_000).map(|n| (n.to_string(), Value::json(&n).unwrap()));
    store.namespace("a").batch_set(keys, Some(ms(1))).unwrap();
    std::thread::sleep(ms(20));
    assert_eq!(found(&path), [("expired", Level::Warning)]);
    store.purge_expired().unwrap();
    assert_eq!(found(&path), []);
    for n in 0..200 {
        store.namespace("a").set("k", &n).unwrap();
    }
    assert_eq!(found(&path), [("journal", Level::Warning)]);
}

#[test]
fn a_vacuum_gives_back_what_is_free() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let ns = store.namespace("a");
    for n in 0..50 {
        ns.set(&n.to_string(), &"v".repeat(500_000)).unwrap();
    }
    ns.clear().unwrap();
    ns.set("kept", &1).unwrap();
    assert_eq!(found(&path), [("free_pages", Level::Note)]);
    let (revision, before) = (store.revision().unwrap(), store.info().unwrap());
    let freed = store.vacuum().unwrap();
    let after = store.info().unwrap();
    assert!(
        freed > 20 << 20 && (before.pages - after.pages) * 4096 == freed && after.file_bytes < 1 << 20,
        "{freed} bytes: {after:?}"
    );
    assert_eq!((after.free_pages, store.revision().unwrap()), (0, revision));
    assert_eq!(found(&path), []);
    assert_eq!((ns.get("kept").unwrap(), ns.set("kept", &2).unwrap()), (Some(1), revision + 1));
    assert!(store.verify().unwrap().problems.is_empty());
    store.close().unwrap();
    assert_eq!(store.vacuum().unwrap_err().code(), "CLOSED");
    drop(store);
    assert_file_sound(&path);
}

#[test]
fn an_older_format_is_told_and_not_upgraded() {
    let (_folder, path) = new_path();
    std::fs::write(&path, include_bytes!("data/format-1.db")).unwrap();
    let findings = Store::doctor(&path).unwrap();
    assert!(
        findings.iter().any(|finding| (finding.what, finding.level) == ("format", Level::Note)),
        "{findings:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), include_bytes!("data/format-1.db"));
}

#[test]
#[cfg(target_os = "linux")]
fn who_holds_the_lock_and_what_he_leaves_behind_is_told() {
    let (_folder, path) = new_path();
    let mut child = spawn("hold", &path, "");
    assert_eq!(reports(&mut child).next().as_deref(), Some("held"));
    let findings = Store::doctor(&path).unwrap();
    let [Finding { what: "write_lock", detail, .. }] = &findings[..] else { panic!("{findings:?}") };
    assert!(detail.contains(&format!("process {} (", child.id())), "{detail}");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-STOP", &pid]).status().unwrap().success());
    let findings = Store::doctor(&path).unwrap();
    assert!(findings[0].detail.contains("which is stopped"), "{findings:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    // The log is left with the commit in it, and stays for the next user, who then checks the file.
    for _ in 0..2 {
        assert_eq!(found(&path), [("log", Level::Note)]);
    }
    assert!(std::fs::metadata(beside(&path, "-wal")).unwrap().len() > 0);
    // Without it, the commit is lost, as the witness knows.
    std::fs::remove_file(beside(&path, "-wal")).unwrap();
    assert_eq!(found(&path), [("lost_commits", Level::Error)]);
}
