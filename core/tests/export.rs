//! Exports and imports.
//!
//! Goal: an export of a whole store, imported into a new one, makes the same store, by what plain SQL reads of all tables;
//! so does an export with the exports of what has changed since, one upon the other; a namespace can be taken to another
//! store. Whatever is not a whole export is refused with the line, and leaves the store as it was. Method: a store with
//! every facet in all its forms, dumped table by table; an export that is cut off at every line and changed at many bytes;
//! a process that imports, killed at random.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use statehold::{
    CaseOptions, CaseStatus, EffectOptions, Error, ExportOptions, Failure, FailureKind, ImportOptions, Json,
    Lifecycle, ManualClock, Migrations, RotateOptions, SaveOptions, SetOptions, Store, Token,
    TransitionOptions, Value,
};

use common::{Random, fast, ms, new_path, reports, rounds, seed, spawn};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    let store = fast().open(&path).unwrap();
    common::report("ready");
    if role == "measure" {
        let other = fast().open(common::beside(&path, ".other")).unwrap();
        let report = store.export_file(&word, &ExportOptions::new(), |_| ()).unwrap();
        common::report(&peak_kib().to_string());
        assert_eq!(other.import_file(&word, &ImportOptions::new(), |_| ()).unwrap().records, report.records);
        common::report(&peak_kib().to_string());
        return;
    }
    store.import_file(word, &ImportOptions::new(), |_| ()).unwrap();
    common::report("done");
}

/// The most memory that this process has had.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// All rows of all tables, as SQL literals. Namespaces have other ids; what a store is known by is its own.
fn dump(path: &Path) -> BTreeMap<String, Vec<String>> {
    let file = rusqlite::Connection::open(path).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('meta', 'namespace')";
    let mut tables = file.prepare(names).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut dump = BTreeMap::new();
    for table in tables.iter().map(String::as_str).chain(["anchor"]) {
        let sql = match table {
            "entry" => {
                "SELECT name, key, revision, created_ms, updated_ms, expires_ms, ttl_ms, value
                 FROM entry JOIN namespace ON namespace.id = entry.namespace"
            }
            "anchor" => "SELECT key, value FROM meta WHERE key LIKE 'anchor%'",
            table => &format!("SELECT * FROM {table}"),
        };
        let mut rows = file.prepare(sql).unwrap();
        let count = rows.column_count();
        let literals = |row: &rusqlite::Row<'_>| {
            let values = (0..count).map(|at| format!("{:?}", row.get_ref_unwrap(at)));
            Ok(values.collect::<Vec<_>>().join(" "))
        };
        let mut rows: Vec<String> = rows.query_map([], literals).unwrap().map(Result::unwrap).collect();
        rows.sort();
        dump.insert(table.to_owned(), rows);
    }
    dump
}

/// Something of every facet, in all the forms that they have.
fn fill(store: &Store) {
    let ns = store.namespace("with \"quotes\"\n");
    for (at, text) in
        ["1", " 1.50 ", "{\n  \"a\" : -0.0\n}", "null", "\"\\u0041\\n\"", "[1e5,18446744073709551615]"]
            .into_iter()
            .enumerate()
    {
        ns.set_value(&format!("é {at}"), Value::Json(Json::new(text).unwrap()), &SetOptions::new()).unwrap();
    }
    ns.set_bytes("bytes", &[0, 1, 255]).unwrap();
    ns.set_bytes("none", &[]).unwrap();
    let short = SetOptions::new().ttl(ms(1_500));
    store.namespace("b").set_with("short", &1, &short).unwrap();
    store.namespace("b").set_with("long", &1, &SetOptions::new().ttl(Duration::from_secs(3600))).unwrap();
    store.namespace("b").set("gone", &1).unwrap();
    store.namespace("b").delete("gone").unwrap();

    let lint = store.plugin("@acme/lint");
    lint.save(&json!({"rule": "strict"})).unwrap();
    lint.save_with(Json::new("{\n\"rule\": 1}").unwrap(), &SaveOptions::new()).unwrap();
    let step = Migrations::new().step(2, |data, _| Ok(data.clone()));
    lint.migrate(2, &step).unwrap();
    store.plugin("gone").save(&1).unwrap();
    store.plugin("gone").clear().unwrap();

    for (id, full) in [("names", false), ("full", true)] {
        let history = if full { statehold::History::Full } else { statehold::History::Names };
        let options = CaseOptions::new().case_id(id).history(history);
        let case = store.create_case(&json!({"order": [7, null]}), &options).unwrap();
        case.add_token(Token::new("t1", "review"));
        case.commit(0).unwrap();
        for _ in 0..4 {
            case.increment_step_count();
            case.commit(0).unwrap();
        }
        case.effect(
            "mail",
            &json!({"to": "ada"}),
            || Ok::<_, Error>(json!({"id": 1})),
            &EffectOptions::new(),
        )
        .unwrap();
    }
    store.case("full").unwrap().close(CaseStatus::Done).unwrap();
    store.create_case(&json!({}), &CaseOptions::new().case_id("gone")).unwrap();
    store.case("gone").unwrap().delete().unwrap();

    let environments = store.environments();
    environments.register_lifecycle(&Lifecycle::parse(LIFECYCLE).unwrap()).unwrap();
    environments.create("web", Json::new("{\"size\":3}").unwrap()).unwrap();
    environments.transition("web", "provisioning").unwrap();
    let now = statehold::Clock::now(&statehold::SystemClock);
    let failure = Failure::new("render", FailureKind::TemplateRendering, "it is gone").between(now, now);
    let failed = TransitionOptions::new().failure(failure).note("by hand");
    environments.transition_with("web", "provision_failed", &failed).unwrap();
    environments.create_with("lamp", Json::new("[]").unwrap(), "switch").unwrap();
    drop(environments.lock("lamp").unwrap());
    environments.create("gone", Json::new("{}").unwrap()).unwrap();
    environments.delete("gone").unwrap();

    let cloud = store.mock_cloud("c");
    cloud.scenarios().save(&json!({"name": "few", "description": "Few", "state": {"backups": []}})).unwrap();
    cloud.scenarios().apply("few").unwrap();
    cloud.add_command(&["uptime"]).unwrap();
}

const LIFECYCLE: &str = r#"{"name": "switch", "states": ["off", "on"], "initial": "off", "terminal": [], "errors": [],
                            "in_progress": [], "transitions": [["off", "on"], ["on", "off"]]}"#;

fn export(store: &Store, options: &ExportOptions) -> Vec<u8> {
    let mut text = Vec::new();
    let report = store.export(&mut text, options, |_| ()).unwrap();
    assert_eq!((report.bytes, report.revision), (text.len() as u64, store.revision().unwrap()));
    assert_eq!(report.records, text.split(|byte| *byte == b'\n').count() as u64 - 3);
    text
}

/// A store that does nothing by itself, at a time of its own.
fn opened(path: &Path) -> Store {
    let clock = ManualClock::at(std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    fast().clock(clock).background(false).open(path).unwrap()
}

#[test]
fn a_whole_store_comes_out_as_it_was() {
    let (_folder, path) = new_path();
    let store = opened(&path);
    fill(&store);
    let text = export(&store, &ExportOptions::new());
    let (_other_folder, other_path) = new_path();
    let other = opened(&other_path);
    let waiting = other.watch(statehold::WatchOptions::new()).unwrap();
    let report = other.import(&text[..], &ImportOptions::new(), |_| ()).unwrap();
    assert_eq!(
        (report.revision, report.exported, report.merged),
        (store.revision().unwrap(), report.revision, false)
    );
    assert!(matches!(waiting.try_next(), Err(Error::FeedLagged { .. })), "it is another history");
    let check = other.verify().unwrap();
    assert_eq!((check.problems, check.hash), (vec![], store.verify().unwrap().hash));
    assert_eq!(export(&other, &ExportOptions::new()).len(), text.len(), "only the id of the store differs");
    // Both go on, and the journal of each.
    for store in [&store, &other] {
        let revision = store.namespace("b").set("next", &1).unwrap();
        assert_eq!(revision, report.revision + 1);
        store.case("names").unwrap().close(CaseStatus::Done).unwrap();
        assert_eq!(store.verify().unwrap().problems, []);
    }
    drop(waiting);
    other.close().unwrap();
    store.close().unwrap();
    drop((store, other));
    let (mut here, mut there) = (dump(&path), dump(&other_path));
    // The ids and actors of what was just committed are of this run.
    for dump in [&mut here, &mut there] {
        for table in ["journal", "case_receipt", "workflow_case"] {
            dump.get_mut(table)
                .unwrap()
                .retain(|row| !row.contains(&format!("Integer({})", report.revision + 2)));
        }
    }
    assert_eq!(here, there);
    for (table, rows) in &here {
        assert!(!rows.is_empty(), "{table} is empty, so nothing was shown of it");
    }
}

#[test]
fn a_trimmed_and_rotated_store_comes_out_as_it_was() {
    let (folder, path) = new_path();
    let store = fast().background(false).journal_max_rows(5).open(&path).unwrap();
    fill(&store);
    let rotate = RotateOptions::new().archive(folder.path().join("old.jsonl")).keep(2);
    store.case("names").unwrap().rotate_receipts(&rotate).unwrap();
    store.case("full").unwrap().rotate_receipts(&rotate).unwrap();
    assert!(store.info().unwrap().oldest_revision.unwrap() > 10);
    let text = export(&store, &ExportOptions::new());
    let (_other_folder, other_path) = new_path();
    let other = fast().background(false).journal_max_rows(5).open(&other_path).unwrap();
    other.import(&text[..], &ImportOptions::new(), |_| ()).unwrap();
    assert_eq!(other.verify().unwrap().problems, []);
    let case = other.case("full").unwrap();
    assert_eq!(case.verify(Some(&folder.path().join("old.jsonl"))).unwrap().problems, []);
    other.close().unwrap();
    store.close().unwrap();
    drop((store, other, case));
    assert_eq!(dump(&path), dump(&other_path));
    let since = ExportOptions::new().since(3);
    let store = fast().open(&path).unwrap();
    assert_eq!(store.export(std::io::sink(), &since, |_| ()).unwrap_err().code(), "FEED_LAGGED");
}

#[test]
fn what_has_changed_goes_on_top() {
    let (_folder, path) = new_path();
    let (_other_folder, other_path) = new_path();
    let (store, other) = (opened(&path), opened(&other_path));
    let mut after = 0;
    for round in 0..4 {
        match round {
            0 => fill(&store),
            1 => {
                store.namespace("b").delete("long").unwrap();
                store.namespace("b").set("new", &1).unwrap();
                store.namespace("b").touch("short").unwrap();
                store.plugin("@acme/lint").clear_all().unwrap();
                store.plugin("gone").save(&2).unwrap();
                store.case("full").unwrap().delete().unwrap();
                store.case("names").unwrap().close(CaseStatus::Failed).unwrap();
                store.environments().delete("lamp").unwrap();
                store.environments().create("gone", Json::new("[1]").unwrap()).unwrap();
            }
            2 => {}
            _ => drop(store.clear_namespace("b").unwrap()),
        }
        let text = export(&store, &ExportOptions::new().since(after));
        other.import(&text[..], &ImportOptions::new(), |_| ()).unwrap();
        assert_eq!(other.verify().unwrap().problems, [], "round {round}");
        let again = other.import(&text[..], &ImportOptions::new(), |_| ());
        assert!(again.is_ok() == (round == 2), "round {round}: {again:?}");
        after = store.revision().unwrap();
        assert_eq!(after, other.revision().unwrap());
    }
    other.close().unwrap();
    store.close().unwrap();
    drop((store, other));
    assert_eq!(dump(&path), dump(&other_path));
}

#[test]
fn what_does_not_fit_the_store_is_refused() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    fill(&store);
    let whole = export(&store, &ExportOptions::new());
    let later = store.revision().unwrap();
    store.namespace("b").set("later", &1).unwrap();
    let part = export(&store, &ExportOptions::new().since(later));
    let one = export(&store, &ExportOptions::new().namespace("b"));

    let other = Store::open(":memory:").unwrap();
    other.namespace("b").set("mine", &1).unwrap();
    for (text, said) in
        [(&whole, "expected to be new"), (&part, "goes on from revision"), (&one, "to be empty")]
    {
        let error = other.import(&text[..], &ImportOptions::new(), |_| ()).unwrap_err();
        assert_eq!(error.code(), "CONFLICT");
        assert!(error.to_string().contains(said), "{error}");
    }
    let merge = ImportOptions::new().merge(true);
    let error = other.import(&whole[..], &merge, |_| ()).unwrap_err();
    assert!(error.to_string().contains("case"), "{error}");
    assert_eq!(other.import(&part[..], &merge, |_| ()).unwrap_err().code(), "CONFLICT");
    assert_eq!((other.revision().unwrap(), other.namespaces("*").unwrap()), (1, vec!["b".to_owned()]));
    for (options, code) in [
        (ExportOptions::new().since(later + 2), "INVALID_VALUE"),
        (ExportOptions::new().namespace(""), "INVALID_NAME"),
    ] {
        assert_eq!(store.export(std::io::sink(), &options, |_| ()).unwrap_err().code(), code);
    }
}

#[test]
fn a_namespace_is_set_in_another_store() {
    let store = Store::open(":memory:").unwrap();
    fill(&store);
    let text = export(&store, &ExportOptions::new().namespace("b"));
    let other = Store::open(":memory:").unwrap();
    other.namespace("a").set("mine", &1).unwrap();
    let report = other.import(&text[..], &ImportOptions::new(), |_| ()).unwrap();
    assert_eq!((report.revision, report.records, report.merged), (2, 2, true));
    let (here, there) = (store.namespace("b"), other.namespace("b"));
    let (mine, theirs) = (here.entry("long").unwrap().unwrap(), there.entry("long").unwrap().unwrap());
    assert_eq!(
        (mine.value, mine.created_at, mine.expires_at),
        (theirs.value, theirs.created_at, theirs.expires_at)
    );
    assert_eq!(theirs.revision, 2, "of the store that it is in");

    // What has changed since, with what is gone.
    let after = store.revision().unwrap();
    here.delete("long").unwrap();
    here.set("new", &"v").unwrap();
    let text = export(&store, &ExportOptions::new().namespace("b").since(after));
    let merge = ImportOptions::new().merge(true);
    other.import(&text[..], &merge, |_| ()).unwrap();
    assert_eq!(
        (there.get::<String>("new").unwrap().as_deref(), there.exists("long").unwrap()),
        (Some("v"), false)
    );
    assert_eq!(other.verify().unwrap().problems, []);

    // Keys and plugins of a whole store that has nothing else, over what is there.
    let plain = Store::open(":memory:").unwrap();
    let keys = (0..2_500).map(|n| (format!("k{n}"), Value::json(&n).unwrap()));
    plain.namespace("b").batch_set(keys, None).unwrap();
    plain.plugin("lint").save(&"theirs").unwrap();
    other.plugin("lint").save(&"mine").unwrap();
    let text = export(&plain, &ExportOptions::new());
    let report = other.import(&text[..], &merge, |_| ()).unwrap();
    assert_eq!((report.merged, there.count("*").unwrap()), (true, 2_502));
    assert_eq!(other.plugin("lint").load().unwrap().unwrap().data.as_str(), "\"theirs\"");
    assert_eq!(other.plugin("lint").list_backups().unwrap().len(), 1, "what was there is a backup");
    assert_eq!(other.verify().unwrap().problems, []);
}

#[test]
fn what_is_damaged_is_refused_and_changes_nothing() {
    let store = Store::open(":memory:").unwrap();
    fill(&store);
    let text = String::from_utf8(export(&store, &ExportOptions::new())).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let other = Store::open(":memory:").unwrap();
    let refused = |text: &[u8], what: &str| {
        let error = other.import(text, &ImportOptions::new(), |_| ()).unwrap_err();
        assert_eq!(error.code(), "INVALID_VALUE", "{what}: {error}");
        let message = error.to_string();
        assert!(message.contains("line ") || message.contains("export"), "{what}: {message}");
        assert_eq!((other.revision().unwrap(), other.namespaces("*").unwrap()), (0, vec![]), "{what}");
        message
    };
    for end in 0..lines.len() {
        refused(lines[..end].concat().as_bytes(), &format!("the first {end} lines"));
        let half = lines[end].len() / 2;
        refused(
            format!("{}{}", lines[..end].concat(), &lines[end][..half]).as_bytes(),
            &format!("and a half, {end}"),
        );
        if end > 0 && end < lines.len() - 1 {
            refused(
                [&lines[..end], &lines[end + 1..]].concat().concat().as_bytes(),
                &format!("without line {end}"),
            );
            refused(
                [&lines[..=end], &lines[end..]].concat().concat().as_bytes(),
                &format!("line {end} twice"),
            );
        }
    }
    let mut random = Random(seed("what_is_damaged_is_refused"));
    for _ in 0..rounds(100, 1_000) {
        let mut bytes = text.clone().into_bytes();
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
        bytes[at] ^= 1 << random.below(8);
        refused(&bytes, &format!("byte {at}"));
    }
    // The digest is not of the line that it stands in.
    for at in text.len() - lines.last().unwrap().len()..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1 << random.below(8);
        refused(&bytes, &format!("byte {at}, of the last line"));
    }
    let cut_off = refused(lines[..9].concat().as_bytes(), "cut off");
    assert!(cut_off.contains("line 9") && cut_off.contains("cut off"), "{cut_off}");
    for (from, to, said) in [
        ("\"version\":1", "\"version\":2", "upgrade statehold"),
        ("statehold-export", "something-else", "something else"),
        ("\"facet\":\"plugin\"", "\"facet\":\"new\"", "newer"),
        ("\"json\":1}", "\"json\":01}", "line"),
        ("\"json\":1}", "\"json\":1e999}", "line"),
        ("\"key\":\"bytes\"", "\"key\":\"\"", "empty"),
    ] {
        assert!(text.contains(from), "{from}");
        let message = refused(text.replacen(from, to, 1).as_bytes(), to);
        assert!(message.contains(said), "{to}: {message}");
    }
    // Another hash with a digest that fits, or without one: what is inside does not fit together.
    let without = |text: &str| {
        let at = text.rfind(",\"digest\"").unwrap();
        format!("{}}}\n", &text[..at])
    };
    let receipt = text.find("\"record\":\"case_receipt\"").unwrap();
    let actor = receipt + text[receipt..].find("\"actor\":\"").unwrap() + 9;
    let mut forged = without(&text);
    forged.replace_range(actor..=actor, "#");
    let message = refused(forged.as_bytes(), "a forged receipt");
    assert!(message.contains("do not fit together") && message.contains("receipt"), "{message}");
    other.import(without(&text).as_bytes(), &ImportOptions::new(), |_| ()).unwrap();
    assert_eq!(other.verify().unwrap().problems, []);
}

#[test]
fn files_are_private_and_not_overwritten_unasked() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    let file = folder.path().join("all.jsonl");
    let mut told = Vec::new();
    let report = store.export_file(&file, &ExportOptions::new(), |progress| told.push(progress)).unwrap();
    assert_eq!((report.records, std::fs::metadata(&file).unwrap().len()), (2, report.bytes));
    let last = told.last().unwrap();
    assert_eq!((last.records, last.total, last.bytes), (2, Some(2), report.bytes));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(store.export_file(&file, &ExportOptions::new(), |_| ()).unwrap_err().code(), "IO");
    let overwrite = ExportOptions::new().overwrite(true);
    store.export_file(&file, &overwrite, |_| ()).unwrap();
    for own in ["", "-wal", "-shm", "-statehold"] {
        let own = common::beside(&path, own);
        assert_eq!(
            store.export_file(&own, &overwrite, |_| ()).unwrap_err().code(),
            "IO",
            "{}",
            own.display()
        );
        assert_eq!(store.import_file(&own, &ImportOptions::new(), |_| ()).unwrap_err().code(), "IO");
    }
    store.namespace("a").set("k", &2).unwrap();
    let left: Vec<_> = folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("partial")), "{left:?}");
    let other = Store::open(":memory:").unwrap();
    assert_eq!(
        other.import_file(folder.path().join("none"), &ImportOptions::new(), |_| ()).unwrap_err().code(),
        "IO"
    );
    let report = other.import_file(&file, &ImportOptions::new(), |_| ()).unwrap();
    assert_eq!((report.records, other.namespace("a").get("k").unwrap()), (2, Some(1)));
}

#[test]
fn a_slow_reader_of_an_export_does_not_keep_the_log() {
    /// Commits much whenever something is written to it.
    struct Slow(Store);
    impl std::io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            for n in 0..40 {
                self.0.namespace("b").set(&n.to_string(), &"v".repeat(100_000)).unwrap();
            }
            std::thread::sleep(ms(120));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (_folder, path) = new_path();
    let store = fast().max_wal_bytes(4 << 20).open(&path).unwrap();
    for n in 0..20 {
        store.namespace("a").set(&n.to_string(), &"v".repeat(100_000)).unwrap();
    }
    let error = store.export(Slow(store.clone()), &ExportOptions::new(), |_| ()).unwrap_err();
    assert_eq!(error.code(), "CLOSED", "{error}");
    assert!(error.to_string().contains("max_wal_bytes"), "{error}");
    store.export(std::io::sink(), &ExportOptions::new(), |_| ()).unwrap();
}

#[test]
fn an_import_that_is_killed_is_whole_or_nothing() {
    let source = Store::open(":memory:").unwrap();
    let keys = (0..4_000).map(|n| (format!("k{n}"), Value::json(&"v".repeat(200)).unwrap()));
    source.namespace("a").batch_set(keys, None).unwrap();
    let (folder, path) = new_path();
    let file = folder.path().join("all.jsonl");
    source.export_file(&file, &ExportOptions::new(), |_| ()).unwrap();
    let mut random = Random(seed("an_import_that_is_killed"));
    let (mut whole, mut none) = (0, 0);
    for round in 0..rounds(12, 100) {
        let path = path.with_file_name(format!("store-{round}"));
        let mut child = spawn("import", &path, file.to_str().unwrap());
        assert_eq!(reports(&mut child).next().as_deref(), Some("ready"));
        std::thread::sleep(Duration::from_micros(random.below(600_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = fast().open(&path).unwrap();
        assert_eq!(store.verify().unwrap().problems, []);
        match store.namespace("a").count("*").unwrap() {
            0 => none += 1,
            4_000 => whole += 1,
            other => panic!("{other} keys"),
        }
    }
    println!("{whole} whole, {none} nothing");
}

/// A million keys with `STATEHOLD_LONG=1`.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_store() {
    let (folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let keys = rounds(100_000, 1_000_000);
    for first in (0..keys).step_by(1_000) {
        let keys =
            (first..first + 1_000).map(|n| (format!("key {n}"), Value::json(&"v".repeat(90)).unwrap()));
        store.namespace("a").batch_set(keys, None).unwrap();
    }
    store.close().unwrap();
    drop(store);
    let begun = std::time::Instant::now();
    let mut child = spawn("measure", &path, folder.path().join("all.jsonl").to_str().unwrap());
    let peaks: Vec<String> = reports(&mut child).skip(1).collect();
    assert!(child.wait().unwrap().success());
    println!("{keys} keys out and in: {:?}, at most {peaks:?} KiB", begun.elapsed());
    assert_eq!(peaks.len(), 2);
    assert!(peaks.iter().all(|peak| peak.parse::<u64>().unwrap() < 100_000), "{peaks:?} KiB");
}
