//! How much memory the cache takes.
//!
//! Goal: it keeps to its budget within a tenth, the table, the free places and what the allocator adds included, while
//! many more keys are read than fit; and it uses what it is given. Method: two processes that read the same keys, one
//! with a cache and one without, and what the system says that each has in memory.

#![cfg(target_os = "linux")] // it tells in /proc
#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;

use statehold::{Store, Value};

use common::{Random, fast, finish, new_path, report, rounds, spawn};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    let words: Vec<usize> = word.split(' ').map(|word| word.parse().unwrap()).collect();
    assert_eq!(role, "read");
    read(&path, words[0], words[1]);
}

fn key(number: usize) -> String {
    format!("some key {number}")
}

/// What this process has in memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// Reads each key twice, and one that isn't there for each, and reports what that takes.
fn read(path: &Path, keys: usize, cache_bytes: usize) {
    let store = fast().cache_bytes(cache_bytes).background(false).open(path).unwrap();
    let ns = store.namespace("a");
    let mut most = 0;
    for number in 0..keys {
        assert!(ns.exists(&key(number)).unwrap());
        assert!(ns.get_value(&key(number)).unwrap().is_some());
        assert!(!ns.exists(&key(number + keys)).unwrap());
        if number % 1_000 == 0 {
            most = most.max(store.stats().cache_bytes);
        }
    }
    report(&format!("{} {most} {}", resident(), store.stats().cache_bytes));
}

fn told(path: &Path, keys: usize, cache_bytes: usize) -> Vec<u64> {
    let lines = finish(spawn("read", path, &format!("{keys} {cache_bytes}")));
    lines[0].split(' ').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn it_keeps_to_its_budget() {
    let (_folder, path) = new_path();
    let (keys, budget) = (rounds(60_000, 1_000_000), rounds(8 << 20, 32 << 20));
    let store = fast().open(&path).unwrap();
    let mut random = Random(7);
    for first in (0..keys).step_by(10_000) {
        let entries = (first..first + 10_000).map(|number| {
            let length = usize::try_from(random.below(250)).unwrap();
            (key(number), Value::Bytes(vec![7; length]))
        });
        store.namespace("a").batch_set(entries, None).unwrap();
    }
    Store::close(&store).unwrap();
    let (without, with) = (told(&path, keys, 0), told(&path, keys, budget));
    assert_eq!(without[1..], [0, 0]);
    let (taken, most, counted) = (with[0] - without[0], with[1], with[2]);
    println!("of a budget of {budget}: {taken} bytes in memory, {counted} counted, {most} at the most");
    let budget = budget as u64;
    assert!(most <= budget + budget / 50, "{most} bytes counted");
    assert!(taken <= budget + budget / 10, "{taken} bytes in memory");
    assert!(
        counted >= budget * 8 / 10 && taken >= budget * 7 / 10,
        "{counted} and {taken}: most of it is not used"
    );
}
