//! Goal: a time to live set in one language ends in the others at the same millisecond. Method: each language has a
//! clock of its own that is moved by hand; one sets a key, and all look at it one millisecond before its end and at
//! its end.

use serde_json::json;

use crate::harness::{LANGUAGES, Worker, alone, ask_all, new_path};

/// 2023-11-14T22:13:20Z.
const START_MS: u64 = 1_700_000_000_000;

#[test]
fn a_key_expires_in_all_languages_at_the_same_millisecond() {
    let _alone = alone();
    let (_folder, path) = new_path();
    let mut workers = LANGUAGES.map(Worker::start);
    ask_all(&mut workers, |_| json!({ "do": "open", "path": path, "start_ms": START_MS }));
    let mut now_ms = START_MS;
    for (setter, ttl_ms) in [(0, 1_500), (1, 1_500), (2, 1_500), (0, 1), (1, 7), (2, 86_400_123)] {
        let language = LANGUAGES[setter];
        let key = format!("{language:?} {ttl_ms}");
        let set = json!({ "do": "put", "ns": "a", "key": key, "value": { "text": "t" }, "ttl_ms": ttl_ms });
        workers[setter].ask(&set);
        let look = json!({ "do": "expiry", "ns": "a", "key": key });
        let left = |ttl_ms: u64, expires_at_ms: u64| {
            json!({
                "value": "s74", "exists": true, "ttl_ms": ttl_ms, "expires_at_ms": expires_at_ms,
                "listed": [key], "counted": 1
            })
        };
        let end_ms = now_ms + ttl_ms;
        for seen in ask_all(&mut workers, |_| look.clone()) {
            assert_eq!(seen, left(ttl_ms, end_ms), "{key}, just set");
        }
        ask_all(&mut workers, |_| json!({ "do": "advance", "ms": ttl_ms - 1 }));
        for seen in ask_all(&mut workers, |_| look.clone()) {
            assert_eq!(seen, left(1, end_ms), "{key}, one millisecond before its end");
        }
        ask_all(&mut workers, |_| json!({ "do": "advance", "ms": 1 }));
        for seen in ask_all(&mut workers, |_| look.clone()) {
            let gone = json!({
                "value": "null", "exists": false, "ttl_ms": "missing", "expires_at_ms": null,
                "listed": [], "counted": 0
            });
            assert_eq!(seen, gone, "{key}, at its end");
        }
        now_ms = end_ms;
    }
}
