//! Goal: a plugin's state is one thing in three languages: what one saves, another migrates and the third restores,
//! with all digits; of saves at the same time none is lost or mixed with another, and over one revision one alone
//! gets through. Method: the six ways to share out the three roles; processes of all languages that save one plugin
//! as fast as they can, whose every state is then looked for in the file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Data, json};
use statehold::Store;
use statehold_tests::{build, spell};

use crate::harness::{
    LANGUAGES, Language, Node, Python, Rust, Worker, alone, ask_all, assert_journal_whole, new_path, rounds,
};

const PLUGIN: &str = "@acme/shared";
const ROLES: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[test]
fn one_language_saves_another_migrates_the_third_restores() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(|language| Worker::open(language, &path));
    let saved = json!({ "object": [
        ["largest", { "int": "18446744073709551615" }],
        ["smallest", { "int": "-9223372036854775808" }],
        ["tiny", { "float": "0000000000000001" }],
        ["words", { "list": [{ "text": "é\u{0}\u{1f600}" }, null, true, { "list": [] }] }]
    ]});
    for (round, [saves, migrates, restores]) in ROLES.into_iter().enumerate() {
        let plugin = format!("plugin-{round}");
        let (by, told) = (name(workers[migrates].language), format!("{:?}", [saves, migrates, restores]));
        workers[saves]
            .ask(&json!({ "do": "save", "plugin": plugin, "value": { "text": "old" }, "version": 1 }));
        workers[saves].ask(&json!({ "do": "save", "plugin": plugin, "value": saved, "version": 1 }));
        let done = workers[migrates].ask(&json!({ "do": "migrate", "plugin": plugin, "target": 3 }));
        assert_eq!(done, json!([1, 3]), "{told}");

        let once = |was: &Data, from| json!({ "object": [["was", was], ["from", { "int": from }], ["by", { "text": by }]] });
        let migrated = once(&once(&saved, "1"), "2");
        let seen = state(&mut workers, &plugin);
        assert_eq!(seen["version"], 3, "{told}");
        assert_eq!(seen["data"], spell(&build(&migrated).unwrap()).unwrap(), "{told}");
        let diff = &seen["diff"];
        assert_eq!((&diff[0], &diff[1]), (&json!(3), &json!(1)), "{told}");

        workers[restores].ask(&json!({ "do": "restore", "plugin": plugin }));
        let seen = state(&mut workers, &plugin);
        assert_eq!(seen["version"], 1, "{told}");
        assert_eq!(seen["data"], spell(&build(&saved).unwrap()).unwrap(), "{told}");
        let versions: Vec<_> = seen["backups"].as_array().unwrap().iter().map(|backup| &backup[1]).collect();
        assert_eq!(versions, [3, 1], "{told}: the migrated one and the first of all");
    }
}

/// As the workers write their languages.
fn name(language: Language) -> &'static str {
    match language {
        Rust => "rust",
        Python => "python",
        Node => "node",
    }
}

/// What every language sees of a plugin, which is the same.
fn state(workers: &mut [Worker], plugin: &str) -> Data {
    let mut seen = ask_all(workers, |_| json!({ "do": "state", "plugin": plugin }));
    assert!(seen.iter().all(|state| *state == seen[0]), "{seen:#?}");
    seen.swap_remove(0)
}

/// Six workers, two of each language, that keep every backup.
fn writers(path: &Path) -> Vec<Worker> {
    let open = |language| {
        let mut worker = Worker::start(language);
        let asked = json!({ "do": "open", "path": path, "durability": "normal", "max_backups": 10_000 });
        worker.ask(&asked);
        worker
    };
    [Rust, Python, Node, Node, Rust, Python].into_iter().map(open).collect()
}

#[test]
fn saves_of_three_languages_at_the_same_time_lose_and_mix_nothing() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let times = rounds(100, 500);
    let mut workers = writers(&path);
    let told = ask_all(
        &mut workers,
        |at| json!({ "do": "fill", "plugin": PLUGIN, "who": format!("writer {at}"), "times": times }),
    );
    drop(workers);

    let mut saved = BTreeMap::new();
    for (at, told) in told.iter().enumerate() {
        assert_eq!(told["mixed"], json!([]), "writer {at} has read states that nobody saved");
        let revisions = told["revisions"].as_array().unwrap();
        assert_eq!(revisions.len(), times);
        for (n, revision) in revisions.iter().enumerate() {
            let who = format!("writer {at}");
            assert!(saved.insert(revision.as_u64().unwrap(), (who, n)).is_none(), "{revision} given twice");
        }
    }
    // Every save but the last is a backup, in the order of the commits.
    let store = Store::open(&path).unwrap();
    let plugin = store.plugin(PLUGIN);
    let mut order: Vec<u64> = plugin.list_backups().unwrap().iter().rev().map(|it| it.revision).collect();
    order.push(plugin.load().unwrap().unwrap().revision);
    assert!(order.iter().eq(saved.keys()), "the order of the backups is not that of the commits");
    assert_journal_whole(&store);
    store.close().unwrap();
    drop(store);

    let found = stored(&path);
    assert_eq!(found.len(), saved.len());
    for (revision, data) in found {
        let (who, n) = &saved[&revision];
        let parts: Vec<(String, usize)> = serde_json::from_str(&data).unwrap();
        assert_eq!(parts.len(), 300);
        assert!(
            parts.iter().all(|part| (&part.0, &part.1) == (who, n)),
            "{revision} is not save {n} of {who}"
        );
    }
}

/// The revision and the data of every state and backup in a file that nobody has open.
fn stored(path: &Path) -> Vec<(u64, String)> {
    let file = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT revision, data FROM plugin_backup UNION ALL SELECT revision, data FROM plugin_state";
    let mut rows = file.prepare(sql).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn of_the_languages_that_save_over_one_revision_one_wins() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let times = rounds(100, 500);
    let mut workers = writers(&path);
    let told = ask_all(&mut workers, |_| json!({ "do": "climb", "plugin": PLUGIN, "times": times }));
    let lost: Vec<_> = told.iter().map(|told| &told["lost"]).collect();
    println!("conflicts: {lost:?}");
    drop(workers);

    let mut won: Vec<u64> = told
        .iter()
        .flat_map(|told| told["won"].as_array().unwrap())
        .map(|revision| revision.as_u64().unwrap())
        .collect();
    won.sort_unstable();
    assert!(won.windows(2).all(|pair| pair[0] < pair[1]), "two have saved over the same revision");
    assert_eq!(won.len(), told.len() * times);
    let store = Store::open(&path).unwrap();
    let state = store.plugin(PLUGIN).load().unwrap().unwrap();
    assert_eq!(state.data.parse::<usize>().unwrap(), won.len(), "no save was overwritten unseen");
    assert_journal_whole(&store);
}
