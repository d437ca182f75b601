//! Goal: of callers of `get_or_set` in three languages one runs its function, and all get what it made. Method: six
//! processes ask for a missing key at once; the function counts its runs and takes a while.

use serde_json::json;

use crate::harness::{Node, Python, Rust, Worker, alone, ask_all, new_path};

#[test]
fn get_or_set_of_three_languages_runs_one_function() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = [Node, Python, Rust, Rust, Node, Python].map(|language| Worker::open(language, &path));
    for key in ["first", "second", "third"] {
        // Another one is asked first in each round.
        workers.rotate_left(1);
        let made = ask_all(&mut workers, |_| json!({ "do": "make", "ns": "a", "key": key, "ms": 200 }));
        assert!(made.iter().all(|value| value == "made by run 1"), "{key}: {made:?}");
        for runs in ask_all(&mut workers, |_| json!({ "do": "read", "ns": "runs", "key": key })) {
            assert_eq!(runs, "1", "{key}");
        }
    }
}
