//! Goal: whoever opens a store while processes of other languages commit to it is not told that commits are lost.
//! Method: one worker of each language increments; meanwhile the store is opened again and again, by each language.

use serde_json::json;
use statehold::Store;

use crate::harness::{LANGUAGES, Worker, alone, new_path};

#[test]
fn opening_among_writers_reports_no_lost_commits() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut writers = LANGUAGES.map(Worker::start);
    for worker in &mut writers {
        worker.ask(&json!({ "do": "open", "path": path, "durability": "normal" }));
        worker.tell(&json!({ "do": "increment", "ns": "a", "key": "n", "times": 3000 }));
    }
    let mut openers = LANGUAGES.map(Worker::start);
    let mut opened = 0;
    while opened < 3 * 100 {
        let store = Store::open(&path).unwrap();
        assert_eq!(store.lost_commits(), None, "opening {opened} in the test");
        store.close().unwrap();
        for worker in &mut openers {
            // The worker's answer is the lost commits that it was told of.
            let lost = worker.ask(&json!({ "do": "open", "path": path }));
            assert!(lost.is_null(), "opening {opened} in {:?}: {lost}", worker.language);
            worker.ask(&json!({ "do": "close" }));
            opened += 1;
        }
    }
    for worker in &mut writers {
        worker.answer();
    }
    assert_eq!(Store::open(&path).unwrap().namespace("a").get::<u64>("n").unwrap(), Some(9_000));
}
