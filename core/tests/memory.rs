//! How much memory a process takes that works with a store, as the system sees it.
//!
//! Goal: it stops growing, however long it works, and the cache takes no more of it than its budget and a tenth. Method:
//! child processes, which nothing else runs in. One gets, sets, deletes and does so in batches, over a thousand keys, and
//! looks at its size all the time: once it has come to work at its full size, it stays there. Two read a great many keys,
//! with a cache and without, and what the one is larger by is the cache; `cache_memory.rs` counts it from inside. 200,000
//! operations and 60,000 keys in a normal run, 10 million and a million with `STATEHOLD_LONG=1`.

#![cfg(target_os = "linux")] // which tells how large a process is
#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use statehold::{Namespace, Value};

use common::{Random, fast, finish, new_path, report, rounds, spawn};

/// By how much a process may grow while it does what it has done before: what comes and goes with threads and caches.
const SLACK: u64 = 8 << 20;

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    let words: Vec<usize> = word.split(' ').map(|word| word.parse().unwrap()).collect();
    match role.as_str() {
        "work" => work(&path, words[0]),
        "read" => read(&path, words[0], words[1]),
        other => panic!("{other}"),
    }
}

/// How much of this process is in memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn key(number: u64) -> String {
    format!("key {number}")
}

/// One operation, or a batch of ten.
fn operate(ns: &Namespace, random: &mut Random) -> usize {
    let number = random.below(1_000);
    let value = || Value::json(&"v".repeat(usize::try_from(number).unwrap() % 200)).unwrap();
    let some = || (number..number + 10).map(key).collect::<Vec<_>>();
    match random.below(100) {
        0..10 => drop(ns.set_value(&key(number), value(), &statehold::SetOptions::new()).unwrap()),
        10..15 => drop(ns.delete(&key(number)).unwrap()),
        15..20 => {
            ns.batch_set(some().into_iter().map(|key| (key, value())), None).unwrap();
            return 10;
        }
        20..25 => {
            ns.batch_get(&some()).unwrap();
            return 10;
        }
        _ => drop(ns.get_value(&key(number)).unwrap()),
    }
    1
}

/// Does so many operations, and tells its size after a quarter of them and the largest one from then on.
fn work(path: &Path, operations: usize) {
    // The journal is short, so that the file comes to its full size soon.
    let store = fast().journal_max_rows(1_000).open(path).unwrap();
    let (ns, mut random) = (store.namespace("a"), Random(7));
    let (mut done, mut looked, mut first, mut most) = (0, 0, 0, 0);
    while done < operations {
        done += operate(&ns, &mut random);
        if done >= operations / 4 && done - looked >= operations / 100 {
            looked = done;
            most = most.max(resident());
            first = if first == 0 { most } else { first };
        }
    }
    report(&format!("{first} {most}"));
}

/// Reads so many keys, and two that aren't there for each, and tells how large this is.
fn read(path: &Path, keys: usize, cache_bytes: usize) {
    let store = fast().cache_bytes(cache_bytes).background(false).open(path).unwrap();
    let ns = store.namespace("a");
    for number in 0..keys as u64 {
        assert!(ns.get_value(&key(number)).unwrap().is_some());
        assert!(!ns.exists(&key(number + keys as u64)).unwrap());
        assert!(!ns.exists(&key(number + 2 * keys as u64)).unwrap());
    }
    report(&resident().to_string());
}

fn numbers(lines: &[String]) -> Vec<u64> {
    lines.iter().flat_map(|line| line.split(' ')).map(|word| word.parse().unwrap()).collect()
}

#[test]
fn a_process_that_works_on_and_on_stops_growing() {
    let (_folder, path) = new_path();
    let operations = rounds(200_000, 10_000_000);
    let told = numbers(&finish(spawn("work", &path, &operations.to_string())));
    let [first, most] = told[..] else { panic!("{told:?}") };
    println!("{operations} operations: {first} bytes after a quarter of them, {most} at the most");
    assert!(most <= first + SLACK, "it has grown from {first} to {most} bytes");
}

#[test]
fn a_process_is_larger_by_its_cache_and_no_more() {
    let (_folder, path) = new_path();
    let (keys, budget) = (rounds(60_000, 1_000_000), rounds(8 << 20, 32 << 20));
    let store = fast().background(false).open(&path).unwrap();
    let mut random = Random(7);
    for first in (0..keys as u64).step_by(10_000) {
        let entries = (first..first + 10_000)
            .map(|number| (key(number), Value::Bytes(vec![7; usize::try_from(random.below(250)).unwrap()])));
        store.namespace("a").batch_set(entries, None).unwrap();
    }
    store.close().unwrap();
    let size = |budget: usize| numbers(&finish(spawn("read", &path, &format!("{keys} {budget}"))))[0];
    let (without, with) = (size(0), size(budget));
    let (larger, budget) = (with.saturating_sub(without), budget as u64);
    println!("{with} bytes with a cache of {budget}, {without} without: {larger} more");
    assert!(larger >= budget * 3 / 4, "{larger} bytes: the cache is not used, or is not seen");
    // The allocator has pages for pieces of each size, however few of them there are; to a small cache they are much.
    let pages = rounds(3 << 20, 0) as u64;
    assert!(larger <= budget + budget / 10 + pages, "{larger} bytes for a cache of {budget}");
}
