//! Goal: the same mistake gives the same error in all three languages: its class, its code, whether to try again, and
//! the fields that say where and what. Method: each language makes each mistake of `workers/mistakes.*`.

use serde_json::{Value as Data, json};
use statehold::Store;

use crate::harness::{LANGUAGES, Worker, alone, new_path};

/// Mistakes with the code that they must give.
const MISTAKES: [(&str, &str); 27] = [
    ("not a store", "NOT_A_STORE"),
    ("newer format", "SCHEMA_TOO_NEW"),
    ("folder", "NOT_A_STORE"),
    ("missing", "IO"),
    ("misspelt option", "INVALID_VALUE"),
    ("option out of range", "INVALID_VALUE"),
    ("empty key", "INVALID_NAME"),
    ("key with NUL", "INVALID_NAME"),
    ("long key", "INVALID_NAME"),
    ("long namespace", "INVALID_NAME"),
    ("unclosed range", "INVALID_NAME"),
    ("not a number", "INVALID_VALUE"),
    ("integer out of range", "INVALID_VALUE"),
    ("nested too deep", "INVALID_VALUE"),
    ("value too large", "INVALID_VALUE"),
    ("no time to live", "INVALID_VALUE"),
    ("ttl and keep_ttl", "INVALID_VALUE"),
    ("increment of a text", "INVALID_VALUE"),
    ("increment out of range", "INVALID_VALUE"),
    ("merge into bytes", "INVALID_VALUE"),
    ("ttl of a missing key", "KEY_NOT_FOUND"),
    ("absent but there", "CONFLICT"),
    ("present but missing", "CONFLICT"),
    ("other revision", "CONFLICT"),
    ("check of an atomic commit", "CONFLICT"),
    ("closed", "CLOSED"),
    ("ended transaction", "CLOSED"),
];

#[test]
fn the_same_mistakes_give_the_same_errors() {
    let _alone = alone();
    let (folder, path) = new_path();
    std::fs::write(folder.path().join("notes.txt"), "not a store, but notes\n".repeat(100)).unwrap();
    write_newer(&path, &folder.path().join("newer.db"));
    let mut workers = LANGUAGES.map(Worker::start);
    for (name, code) in MISTAKES {
        let told = workers
            .each_mut()
            .map(|worker| worker.ask(&json!({ "do": "mistake", "name": name, "folder": folder.path() })));
        for (language, error) in LANGUAGES.iter().zip(&told) {
            assert_eq!(error["code"], code, "{name} in {language:?}: {error}");
            assert_eq!(*error, told[0], "{name} in {language:?} and in Rust");
        }
    }
    let path_of = |worker: &mut Worker, name: &str| -> Data {
        worker.ask(&json!({ "do": "mistake", "name": name, "folder": folder.path() }))["path"].clone()
    };
    for worker in &mut workers {
        assert_eq!(path_of(worker, "not a number"), "$.users[1].age", "{:?}", worker.language);
        assert_eq!(path_of(worker, "integer out of range"), "$[0]", "{:?}", worker.language);
    }
}

/// A store whose header says that its format is 99.
fn write_newer(path: &std::path::Path, newer: &std::path::Path) {
    let store = Store::open(path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    store.close().unwrap();
    drop(store);
    let mut bytes = std::fs::read(path).unwrap();
    // `user_version`, as of https://www.sqlite.org/fileformat2.html#the_database_header.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(newer, bytes).unwrap();
}
