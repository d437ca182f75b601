//! Goal: no update is lost when processes of three languages change one key. Method: eight of them increment it a
//! thousand times each; the sum and the number of commits are exact, and every worker reads the same.

use serde_json::json;
use statehold::Store;

use crate::harness::{Node, Python, Rust, Worker, alone, ask_all, assert_journal_whole, new_path};

#[test]
fn eight_processes_count_to_eight_thousand() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers =
        [Rust, Python, Node, Rust, Python, Node, Rust, Python].map(|language| Worker::open(language, &path));
    let totals =
        ask_all(&mut workers, |_| json!({ "do": "increment", "ns": "a", "key": "n", "times": 1000 }));
    // Each saw its own last increment; the last of all saw the sum.
    assert_eq!(totals.iter().filter_map(serde_json::Value::as_u64).max(), Some(8_000));
    for read in ask_all(&mut workers, |_| json!({ "do": "read", "ns": "a", "key": "n" })) {
        assert_eq!(read, "8000");
    }
    let checks = ask_all(&mut workers, |_| json!({ "do": "journal" }));
    assert!(checks.iter().all(|check| *check == checks[0]), "{checks:?}");
    assert_eq!((&checks[0]["revision"], &checks[0]["problems"]), (&json!(8_000), &json!([])));
    drop(workers);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.namespace("a").get::<u64>("n").unwrap(), Some(8_000));
    assert_journal_whole(&store);
}
