//! The change feed in one process.
//!
//! Goal: filters let through what they say; a watch can be resumed from the revision that it tells; what it can't tell
//! any more it says so; closing ends the waiting; what expires is told, also when nobody writes; damage is an error, not
//! a gap. Method: each rule by itself, with a second handle on the store as the other process.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::time::{Duration, Instant};

use statehold::{Change, Error, SetOptions, Store, Value, Watch, WatchOptions};

use common::{fast, ms, new_path};

const SOON: Duration = Duration::from_secs(10);

/// What there is to tell now.
fn now(watch: &Watch) -> Vec<Change> {
    std::iter::from_fn(|| watch.try_next().unwrap()).collect()
}

/// Name, key and operation.
fn told(watch: &Watch) -> Vec<String> {
    now(watch).iter().map(|change| format!("{} {} {}", change.name, change.key, change.operation)).collect()
}

fn options() -> WatchOptions {
    WatchOptions::new()
}

#[test]
fn every_operation_is_told_with_who_and_when() {
    let (_folder, path) = new_path();
    let store = fast().label("me").open(&path).unwrap();
    let ns = store.namespace("a");
    let watch = store.watch(options()).unwrap();
    ns.set("k", &1).unwrap();
    ns.increment("k", 1).unwrap();
    ns.set_ttl("k", Some(Duration::from_secs(60))).unwrap();
    ns.touch("k").unwrap();
    ns.delete("k").unwrap();
    ns.delete("k").unwrap();
    let changes = now(&watch);
    let operations: Vec<_> = changes.iter().map(|change| &*change.operation).collect();
    assert_eq!(
        operations,
        ["set", "set", "set_ttl", "touch", "delete"],
        "a delete of nothing changes nothing"
    );
    let rows = store.journal(0, 10).unwrap();
    assert_eq!(changes, rows.iter().flat_map(|row| row.changes.clone()).collect::<Vec<_>>());
    for (change, row) in changes.iter().zip(&rows) {
        assert_eq!((change.revision, change.time, &change.actor), (row.revision, row.time, &row.actor));
        assert!(change.actor.ends_with("/me") && change.facet == "namespace" && change.is_last);
    }
}

#[test]
fn filters_let_through_what_they_say() {
    let store = Store::open(":memory:").unwrap();
    let watches = [
        options(),
        options().facet("namespace"),
        options().namespace("a"),
        options().pattern("user:?"),
        options().namespace("b").pattern("*2"),
    ]
    .map(|options| store.watch(options).unwrap());
    let by_namespace = store.namespace("b").watch("user:*").unwrap();
    for (name, key) in [("a", "user:1"), ("b", "user:1"), ("b", "user:2"), ("c", "job:1")] {
        store.namespace(name).set(key, &1).unwrap();
    }
    let [everything, facet, namespace, pattern, both] = watches.map(|watch| told(&watch));
    assert_eq!(everything, ["a user:1 set", "b user:1 set", "b user:2 set", "c job:1 set"]);
    assert_eq!(facet, everything);
    assert_eq!(namespace, ["a user:1 set"]);
    assert_eq!(pattern, ["a user:1 set", "b user:1 set", "b user:2 set"]);
    assert_eq!(both, ["b user:2 set"]);
    assert_eq!(told(&by_namespace), ["b user:1 set", "b user:2 set"]);
    let refused = [options().facet("namespaces"), options().pattern("["), options().after(5)];
    let codes = refused.map(|options| store.watch(options).unwrap_err().code());
    assert_eq!(codes, ["INVALID_VALUE", "INVALID_NAME", "INVALID_VALUE"]);
    assert_eq!(store.namespace("").watch("*").unwrap_err().code(), "INVALID_NAME");
}

#[test]
fn a_watch_can_be_resumed_from_any_place() {
    let store = Store::open(":memory:").unwrap();
    let ns = store.namespace("a");
    for n in 0..3_u64 {
        let keys = (0..3).map(|part| (format!("{n}:{part}"), Value::json(&n).unwrap()));
        ns.batch_set(keys, None).unwrap();
        ns.set("other", &n).unwrap();
    }
    let filter = || options().pattern("?:*");
    let whole = now(&store.watch(filter().after(0)).unwrap());
    assert_eq!(whole.len(), 9);
    for given in 0..=whole.len() {
        let watch = store.watch(filter().after(0)).unwrap();
        assert_eq!(
            (0..given).map(|_| watch.try_next().unwrap().unwrap()).collect::<Vec<_>>(),
            whole[..given]
        );
        let after = watch.revision();
        let rest = now(&store.watch(filter().after(after)).unwrap());
        // In the middle of a commit, all of it comes again.
        let from = whole[..given].iter().rposition(|change| change.is_last).map_or(0, |at| at + 1);
        assert_eq!(rest, whole[from..], "{given} given out, resumed after {after}");
        now(&watch);
        assert_eq!(watch.revision(), 6, "commits that are not let through count as well");
    }
}

#[test]
fn what_was_trimmed_is_told_as_lagged() {
    let (_folder, path) = new_path();
    let store = fast().journal_max_rows(50).open(&path).unwrap();
    let ns = store.namespace("a");
    let mut slow = store.watch(options()).unwrap();
    for n in 0..200 {
        ns.set("k", &n).unwrap();
    }
    let error = slow.try_next().unwrap_err();
    let Error::FeedLagged { after: 0, oldest } = error else { panic!("{error}") };
    assert!((140..=150).contains(&oldest) && !error.is_retryable(), "{error}");
    assert_eq!(slow.next_within(SOON).unwrap_err().code(), "FEED_LAGGED", "and it stays so");
    let iterated: Vec<_> = slow.by_ref().map(|change| change.map_err(|error| error.code())).collect();
    assert_eq!(iterated, [Err("FEED_LAGGED")], "iteration ends after the error");
    assert!(matches!(
        store.watch(options().after(oldest - 1)),
        Err(Error::FeedLagged { after, oldest: same }) if (after, same) == (oldest - 1, oldest)
    ));
    let resumed = store.watch(options().after(oldest)).unwrap();
    let revisions: Vec<u64> = now(&resumed).iter().map(|change| change.revision).collect();
    assert_eq!(revisions, (oldest + 1..=200).collect::<Vec<_>>());
}

#[test]
fn a_slow_watch_is_given_what_it_has_read_before_it_lags() {
    let (_folder, path) = new_path();
    let store = fast().journal_max_rows(50).open(&path).unwrap();
    store.namespace("a").set("k", &0).unwrap();
    let watch = store.watch(options().after(0)).unwrap();
    for n in 0..200 {
        store.namespace("a").set("k", &n).unwrap();
    }
    assert_eq!(watch.next_within(SOON).unwrap().unwrap().revision, 1);
    assert_eq!(watch.revision(), 1);
    assert!(matches!(watch.next_within(SOON), Err(Error::FeedLagged { after: 1, .. })));
}

#[test]
fn a_missing_row_is_damage_and_not_a_gap() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    for n in 0..20 {
        store.namespace("a").set("k", &n).unwrap();
    }
    store.close().unwrap();
    drop(store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("DELETE FROM journal WHERE revision = 7", []).unwrap();
    drop(other);
    let store = fast().open(&path).unwrap();
    for after in [0, 6] {
        let error = store.watch(options().after(after)).unwrap_err();
        assert!(matches!(&error, Error::Corrupt { reason, .. } if reason.contains('6')), "{after}: {error}");
    }
    assert_eq!(now(&store.watch(options().after(7)).unwrap_or_else(|error| panic!("{error}"))).len(), 13);
}

#[test]
fn waiting_ends_with_news_in_time_or_when_closed() {
    let (_folder, path) = new_path();
    let (store, other) = (fast().open(&path).unwrap(), fast().open(&path).unwrap());
    let (watch, also) = (store.watch(options()).unwrap(), store.watch(options()).unwrap());
    let start = Instant::now();
    assert_eq!(watch.next_within(ms(50)).unwrap(), None);
    assert!(start.elapsed() >= ms(50), "it waited {:?} of 50 ms", start.elapsed());
    std::thread::scope(|scope| {
        for (writer, n) in [(&store, 1), (&other, 2)] {
            let waiting = scope.spawn(|| watch.next_within(SOON));
            std::thread::sleep(ms(50));
            let revision = writer.namespace("a").set("k", &n).unwrap();
            assert_eq!(waiting.join().unwrap().unwrap().unwrap().revision, revision);
        }
        let iterating = scope.spawn(|| watch.changes().count());
        let waiting = scope.spawn(|| watch.next_within(SOON));
        std::thread::sleep(ms(50));
        watch.close();
        assert_eq!(iterating.join().unwrap(), 0, "to close it is how to end the iteration");
        assert!(matches!(waiting.join().unwrap(), Err(Error::Closed { what: "the watch", .. })));
        watch.close();
        assert!(watch.is_closed() && watch.try_next().is_err() && watch.next_buffered().is_err());
        assert_eq!(now(&also).len(), 2, "the other one goes on");
        let waiting = scope.spawn(|| also.next_within(SOON));
        std::thread::sleep(ms(50));
        store.close().unwrap();
        assert!(matches!(waiting.join().unwrap(), Err(Error::Closed { what: "the store", .. })));
        assert_eq!(also.changes().map(|change| change.unwrap_err().code()).collect::<Vec<_>>(), ["CLOSED"]);
    });
    assert_eq!(store.watch(options()).unwrap_err().code(), "CLOSED");
}

#[test]
fn many_threads_share_a_watch() {
    let store = Store::open(":memory:").unwrap();
    let watch = store.watch(options()).unwrap();
    let mut seen: Vec<u64> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| watch.changes().map(|change| change.unwrap().revision).collect::<Vec<_>>())
            })
            .collect();
        for n in 0..2_000 {
            store.namespace("a").set("k", &n).unwrap();
        }
        while watch.revision() < 2_000 {
            std::thread::yield_now();
        }
        watch.close();
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert_eq!(seen, (1..=2_000).collect::<Vec<_>>(), "each change goes to one of them");
}

#[test]
fn what_expires_is_told_also_when_nobody_writes() {
    let (_folder, path) = new_path();
    let watching = fast().open(&path).unwrap();
    let watch = watching.watch(options().namespace("a")).unwrap();
    let writer = fast().background(false).open(&path).unwrap();
    // With a key that expires late the purge would sleep until then; it looks again nevertheless.
    writer.namespace("a").set_with("late", &1, &SetOptions::new().ttl(Duration::from_secs(3600))).unwrap();
    std::thread::sleep(ms(1500));
    writer.namespace("a").set_with("k", &1, &SetOptions::new().ttl(ms(200))).unwrap();
    writer.close().unwrap();
    let start = Instant::now();
    let operations: Vec<String> = (0..3)
        .map(|_| watch.next_within(SOON).unwrap().map_or_else(String::new, |change| change.operation))
        .collect();
    assert_eq!(operations, ["set", "set", "expire"]);
    let late = start.elapsed().saturating_sub(ms(200));
    assert!(late < Duration::from_secs(5), "told {late:?} after it had expired");
}

#[test]
fn nobody_waits_for_a_watch() {
    let (_folder, path) = new_path();
    let store = fast().max_wal_bytes(4 << 20).open(&path).unwrap();
    let watch = store.watch(options()).unwrap();
    let value = "v".repeat(100_000);
    let mut read = 0;
    for n in 0..400 {
        store.namespace("a").set("k", &format!("{n}{value}")).unwrap();
        if n % 40 == 0 {
            read += usize::from(watch.try_next().unwrap().is_some());
        }
    }
    assert_eq!(read + now(&watch).len(), 400);
    let log = std::fs::metadata(common::beside(&path, "-wal")).unwrap().len();
    assert!(log < 16 << 20, "a watch keeps no snapshot, yet the log has {log} bytes");
}
