//! Plugin state in transactions, in atomic commits and from several processes.
//!
//! Goal: inside a transaction every operation does what it does outside, seen only by the transaction until it is
//! committed, all plugins at once; what was read is checked; saves of one plugin from several processes take
//! turns and none of them is lost. Method: the same random operations run outside and inside of transactions
//! on two stores, which must end alike; conflicts made by hand; child processes that save as fast as they can.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::process::Child;

use statehold::{
    Durability, Error, Json, LoadOptions, Migrations, Plugin, SaveOptions, Store, TransactionOptions, Value,
};

use common::{
    Random, assert_file_sound, assert_journal_whole, fast, finish, new_path, report, rounds, seed, spawn,
};

const PLUGIN: &str = "shared";
const SAVES: u64 = 500;

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "save" => save_often(&path, &word),
        "compete" => compete(&path),
        other => panic!("{other}"),
    }
}

fn memory() -> Store {
    fast().open(":memory:").unwrap()
}

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn data(plugin: &Plugin) -> Option<String> {
    plugin.load_with(&LoadOptions::new()).unwrap().map(|state| state.data.to_string())
}

#[test]
fn several_plugins_change_together_or_not_at_all() {
    let store = memory();
    store.plugin("a").save(&1).unwrap();
    let failed = store.transaction(|tx| {
        tx.plugin("a").save(&2)?;
        tx.plugin("b").save(&2)?;
        tx.plugin("b").restore(5)
    });
    assert_eq!(failed.unwrap_err().code(), "NOT_FOUND");
    assert_eq!((data(&store.plugin("a")).as_deref(), data(&store.plugin("b"))), (Some("1"), None));
    let before = store.revision().unwrap();
    store
        .transaction(|tx| {
            tx.plugin("a").save(&3)?;
            tx.plugin_states().save("b", &3)?;
            tx.namespace("n").set("k", &3).map(|_| ())
        })
        .unwrap();
    assert_eq!(store.revision().unwrap(), before + 1);
    let touched: Vec<_> =
        store.journal(before, 1).unwrap()[0].changes.iter().map(|it| it.name.clone()).collect();
    assert_eq!(touched, ["n", "a", "b"]);
    let revision = |name| store.plugin(name).load().unwrap().unwrap().revision;
    assert_eq!((revision("a"), revision("b")), (before + 1, before + 1));
}

#[test]
fn a_transaction_sees_its_own_changes_and_nobody_else_does() {
    let store = memory();
    let outside = store.plugin("a");
    outside.save(&1).unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    let inside = tx.plugin("a");
    assert_eq!(inside.save(&2).unwrap(), 0, "no revision before the commit");
    assert_eq!(inside.load().unwrap().unwrap().revision, 0);
    let late = inside.save_with(json("3"), &SaveOptions::new().if_revision(1)).unwrap_err();
    assert_eq!(late.code(), "CONFLICT", "the transaction has written it itself");
    inside.save_with(json("3"), &SaveOptions::new().version(4)).unwrap();
    assert_eq!(inside.save(&4).unwrap_err().code(), "STATE_TOO_NEW");
    let kept: Vec<_> =
        inside.list_backups().unwrap().iter().map(|it| (it.index, it.version, it.revision)).collect();
    assert_eq!(kept, [(0, 1, 0), (1, 1, 1)]);
    assert_eq!(inside.diff(1).unwrap().patch.as_str(), r#"[{"op":"replace","path":"","value":1}]"#);
    assert_eq!(inside.restore(1).unwrap(), 0);
    assert_eq!(data(&inside).as_deref(), Some("1"));
    assert!(tx.plugin("b").import(r#"{"version":1,"data":[]}"#, &SaveOptions::new()).is_ok());
    assert!(inside.clear().unwrap() && !inside.clear().unwrap());
    assert_eq!(tx.plugin_states().names("*").unwrap(), ["b"]);
    assert_eq!((data(&outside).as_deref(), store.plugin_states().names("*").unwrap().len()), (Some("1"), 1));
    tx.commit().unwrap();
    assert_eq!(store.plugin_states().names("*").unwrap(), ["b"]);
    assert_eq!(outside.list_backups().unwrap().len(), 3);
}

#[test]
fn a_savepoint_undoes_what_was_done_in_it() {
    let store = memory();
    store.plugin("a").save(&1).unwrap();
    store
        .transaction(|tx| {
            tx.plugin("a").save(&2)?;
            let part = tx.savepoint(|tx| {
                tx.plugin("a").save(&3)?;
                tx.plugin("b").save(&3)?;
                tx.plugin("a").restore(9)
            });
            assert!(part.is_err());
            assert_eq!(data(&tx.plugin("a")).as_deref(), Some("2"));
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(store.plugin_states().names("*").unwrap(), ["a"]);
    assert_eq!(store.plugin("a").list_backups().unwrap().len(), 1);
}

/// Runs `read` in a transaction that then writes elsewhere, while `change` happens outside; whether it conflicts.
fn conflicts(read: impl Fn(&statehold::Transaction), change: impl Fn(&Store)) -> bool {
    let store = memory();
    store.plugin("a").save(&1).unwrap();
    store.plugin("a").save(&2).unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    read(&tx);
    tx.namespace("n").set("k", &1).unwrap();
    change(&store);
    match tx.commit() {
        Ok(_) => false,
        Err(Error::Conflict { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

type Read = fn(&statehold::Transaction);

#[test]
fn what_was_read_is_checked() {
    let saves = |name: &'static str| move |store: &Store| _ = store.plugin(name).save(&9).unwrap();
    let reads: [Read; 7] = [
        |tx| _ = tx.plugin("a").load().unwrap(),
        |tx| _ = tx.plugin("a").exists().unwrap(),
        |tx| _ = tx.plugin("a").list_backups().unwrap(),
        |tx| _ = tx.plugin("a").diff(0).unwrap(),
        |tx| _ = tx.plugin("a").restore(7).unwrap_err(),
        |tx| _ = tx.plugin("a").save(&3).unwrap(),
        |tx| _ = tx.plugin("a").save_with(json("3"), &SaveOptions::new().if_revision(9)).unwrap_err(),
    ];
    for (at, read) in reads.iter().enumerate() {
        assert!(conflicts(read, saves("a")), "read {at}");
        assert!(conflicts(read, |store| _ = store.plugin("a").clear_all().unwrap()), "read {at}");
        assert!(!conflicts(read, saves("b")), "read {at}: another plugin");
    }
    assert!(conflicts(|tx| _ = tx.plugin("b").load().unwrap(), saves("b")), "it was not there");
    let names = |tx: &statehold::Transaction| _ = tx.plugin_states().names("b*").unwrap();
    assert!(conflicts(names, saves("b")) && !conflicts(names, saves("c")));
    // Backups alone are seen as well.
    let store = memory();
    store.plugin("a").save(&1).unwrap();
    store.plugin("a").clear().unwrap();
    let tx = store.begin(TransactionOptions::new()).unwrap();
    assert_eq!(tx.plugin("a").list_backups().unwrap().len(), 1);
    tx.namespace("n").set("k", &1).unwrap();
    store.plugin("a").clear_all().unwrap();
    assert_eq!(tx.commit().unwrap_err().code(), "CONFLICT");
}

/// One random operation; what it gave, without revisions and times.
fn act(plugin: &Plugin, random: &mut Random) -> String {
    let n = u32::try_from(random.below(1_000)).unwrap();
    let told = |result: Result<String, Error>| result.unwrap_or_else(|error| error.code().to_owned());
    match random.below(9) {
        0..=3 => {
            let options = SaveOptions::new().version(n % 3 + 1).allow_newer(n.is_multiple_of(2));
            told(plugin.save_with(Json::from_serialize(&n).unwrap(), &options).map(|_| "saved".into()))
        }
        4 => told(plugin.clear().map(|was| was.to_string())),
        5 if n < 200 => told(plugin.clear_all().map(|was| was.to_string())),
        5 | 6 => told(plugin.restore(n as usize % 4).map(|_| "restored".into())),
        7 => {
            let steps = (2..=4).fold(Migrations::new(), |all, to| {
                all.step(to, |data, _| Ok(Json::from_serialize(&(data.parse::<u32>()? + 1))?))
            });
            told(plugin.migrate(n % 4 + 1, &steps).map(|done| format!("{done:?}")))
        }
        _ => told(plugin.diff(n as usize % 4).map(|diff| format!("{diff:?}"))),
    }
}

fn look(plugin: &Plugin) -> String {
    let state = plugin.load().unwrap().map(|state| (state.version, state.data.to_string()));
    let kept = plugin.list_backups().unwrap();
    let kept: Vec<_> = kept
        .iter()
        .map(|it| (it.index, it.version, it.size, plugin.diff(it.index).unwrap().patch.to_string()))
        .collect();
    format!("{state:?} {kept:?}")
}

#[test]
fn inside_and_outside_of_a_transaction_the_same_happens() {
    let seed = seed("plugins inside and outside");
    for round in 0..rounds(30, 500) {
        let mut random = Random(seed.wrapping_add(round as u64));
        let keep = u32::try_from(random.below(5)).unwrap();
        let (direct, other) = (fast().max_backups(keep).open(":memory:").unwrap(), memory());
        let other = fast().max_backups(keep).open(other.path().with_file_name("other")).unwrap();
        for _ in 0..6 {
            let steps = random.below(6);
            let start = Random(random.next());
            let mut outside = Random(start.0);
            let given: Vec<_> = (0..steps).map(|_| act(&direct.plugin("p"), &mut outside)).collect();
            let tx = other.begin(TransactionOptions::new()).unwrap();
            let mut inside = Random(start.0);
            let got: Vec<_> = (0..steps).map(|_| act(&tx.plugin("p"), &mut inside)).collect();
            assert_eq!(got, given, "round {round}");
            assert_eq!(look(&tx.plugin("p")), look(&direct.plugin("p")), "round {round}: inside");
            tx.commit().unwrap();
            assert_eq!(look(&other.plugin("p")), look(&direct.plugin("p")), "round {round}: committed");
        }
        assert_journal_whole(&other);
    }
}

#[test]
fn an_atomic_commit_saves_plugins_among_other_things() {
    let store = memory();
    let seen = store.plugin("a").save(&1).unwrap();
    let save = |revision| {
        store
            .atomic()
            .save_plugin("a", json("2"), &SaveOptions::new().if_revision(revision))
            .set("n", "k", Value::json(&2).unwrap())
            .commit()
    };
    let receipt = save(seen).unwrap();
    assert_eq!(store.plugin("a").load().unwrap().unwrap().revision, receipt.revision);
    assert_eq!(store.plugin("a").list_backups().unwrap().len(), 1);
    assert_eq!(save(seen).unwrap_err().code(), "CONFLICT");
    assert_eq!(store.revision().unwrap(), receipt.revision);
}

/// Starts children that have come to [`common::await_go`] and lets them go together.
fn together(role: &str, path: &Path, words: &[&str]) -> Vec<Vec<String>> {
    let children: Vec<Child> = words.iter().map(|word| spawn(role, path, word)).collect();
    std::thread::sleep(common::ms(300));
    let threads: Vec<_> =
        children.into_iter().map(|child| std::thread::spawn(move || finish(child))).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Saves states that a mixture of two would show in, and reports their revisions.
fn save_often(path: &Path, who: &str) {
    let store = Store::options().durability(Durability::Normal).max_backups(2_000).open(path).unwrap();
    let plugin = store.plugin(PLUGIN);
    common::await_go();
    let revisions: Vec<u64> = (0..SAVES).map(|n| plugin.save(&filled(who, n)).unwrap()).collect();
    report(Json::from_serialize(&revisions).unwrap().as_str());
}

/// A state that says in many places whose it is, over several pages of the file.
fn filled(who: &str, n: u64) -> Vec<(String, u64)> {
    vec![(who.to_owned(), n); 300]
}

#[test]
fn two_processes_that_save_one_plugin_lose_nothing() {
    let (_folder, path) = new_path();
    let reported = together("save", &path, &["left", "right"]);
    let store = Store::options().max_backups(2_000).open(&path).unwrap();
    let plugin = store.plugin(PLUGIN);
    let mut writers = std::collections::BTreeMap::new();
    for (who, lines) in ["left", "right"].into_iter().zip(&reported) {
        let revisions: Vec<u64> = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(revisions.len() as u64, SAVES);
        for (n, revision) in (0..).zip(revisions) {
            assert!(writers.insert(revision, (who, n)).is_none(), "revision {revision} was given twice");
        }
    }
    // Every save but the last is a backup, in the order of the commits, and each is of one writer alone.
    let backups = plugin.list_backups().unwrap();
    let order: Vec<u64> = backups.iter().rev().map(|backup| backup.revision).collect();
    let mut committed: Vec<u64> = writers.keys().copied().collect();
    let last = committed.pop().unwrap();
    assert_eq!(order, committed);
    let times: Vec<_> = backups.iter().map(|backup| backup.created_at).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    let current = plugin.load().unwrap().unwrap();
    assert_eq!(current.revision, last);
    store.close().unwrap();
    drop(store);
    let mut count = 0;
    for (revision, data) in stored(&path) {
        let (who, n) = writers[&revision];
        let found: Vec<(String, u64)> = serde_json::from_str(&data).unwrap();
        assert!(found == filled(who, n), "the state of revision {revision} is not what {who} saved");
        count += 1;
    }
    assert_eq!(count, 2 * SAVES);
    assert_file_sound(&path);
}

/// The revision and the data of every state and backup in a file.
fn stored(path: &Path) -> Vec<(u64, String)> {
    let file = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT revision, data FROM plugin_backup UNION ALL SELECT revision, data FROM plugin_state";
    let mut rows = file.prepare(sql).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Adds one as often as [`SAVES`], each time over the revision that it has seen.
fn compete(path: &Path) {
    let store = fast().open(path).unwrap();
    let plugin = store.plugin(PLUGIN);
    common::await_go();
    let (mut won, mut lost) = (Vec::new(), 0);
    while (won.len() as u64) < SAVES {
        let state = plugin.load().unwrap();
        let (seen, n) = state.map_or((0, 0), |state| (state.revision, state.data.parse::<u64>().unwrap()));
        match plugin.save_with(Json::from_serialize(&(n + 1)).unwrap(), &SaveOptions::new().if_revision(seen))
        {
            Ok(_) => won.push(seen),
            Err(Error::Conflict { .. }) => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    report(Json::from_serialize(&won).unwrap().as_str());
    report(&lost.to_string());
}

#[test]
fn of_two_that_save_over_the_same_revision_one_wins() {
    let (_folder, path) = new_path();
    let reported = together("compete", &path, &["", ""]);
    let store = Store::open(&path).unwrap();
    let state = store.plugin(PLUGIN).load().unwrap().unwrap();
    assert_eq!(state.data.parse::<u64>().unwrap(), 2 * SAVES, "no save was overwritten unseen");
    let mut won: Vec<u64> =
        reported.iter().flat_map(|lines| serde_json::from_str::<Vec<u64>>(&lines[0]).unwrap()).collect();
    won.sort_unstable();
    assert!(won.windows(2).all(|pair| pair[0] < pair[1]), "a revision was replaced by two");
    println!("conflicts: {} and {}", reported[0][1], reported[1][1]);
    assert_journal_whole(&store);
}
