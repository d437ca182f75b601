//! The store and the in-memory backend against each other.
//!
//! Goal: code that is tested with the one behaves the same with the other. Method: the same random calls of
//! the abstract interface on both, inside and outside of transactions, with the clock moved; every result,
//! also every error's code, must be the same. `STATEHOLD_SEED` runs a failed sequence again.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use statehold::{Error, ManualClock, MemoryBackend, Result, StateBackend, Value};

use common::{Random, ms, rounds, seed, still};

const NAMES: [&str; 4] = ["a", "b", "naïve", ""];
const KEYS: [&str; 6] = ["k", "k:1", "k:2", "é", "x\0y", ""];
const PATTERNS: [&str; 6] = ["*", "k:*", "?", "[!k]*", "[", "k"];

/// A result in words.
fn told<T: std::fmt::Debug>(what: &str, result: Result<T>) -> String {
    match result {
        Ok(value) => format!("{what}: {value:?}"),
        Err(error) => format!("{what}: {}", error.code()),
    }
}

/// One random call, and what came of it, in words.
fn call(backend: &dyn StateBackend, random: &mut Random) -> String {
    let mut pick = |from: &[&'static str]| from[usize::try_from(random.below(from.len() as u64)).unwrap()];
    let (name, key, other, pattern) = (pick(&NAMES), pick(&KEYS), pick(&KEYS), pick(&PATTERNS));
    let ttl = [None, Some(ms(0)), Some(ms(1)), Some(ms(100))][usize::try_from(random.below(4)).unwrap()];
    // Of two things that are wrong, either may be told.
    let well = !name.is_empty() && [key, other].iter().all(|key| !key.is_empty() && !key.contains('\0'));
    let ttl = ttl.filter(|ttl| well || !ttl.is_zero());
    let value = match random.below(3) {
        0 => Value::Bytes(vec![1, 2]),
        n => Value::json(&n).unwrap(),
    };
    match random.below(11) {
        0 | 1 => told("set", backend.set(name, key, value, ttl).map(|_| ())),
        2 => told("get", backend.get(name, key)),
        3 => told("delete", backend.delete(name, key)),
        4 => told("list", backend.list(name, pattern)),
        5 => told("exists", backend.exists(name, key)),
        6 => told("get_ttl", backend.get_ttl(name, key)),
        7 => told("set_ttl", backend.set_ttl(name, key, ttl)),
        8 => told("batch_get", backend.batch_get(name, &[key, other, "k"])),
        9 => {
            let entries = vec![(other.to_owned(), value.clone()), ("k".to_owned(), value)];
            told("batch_set", backend.batch_set(name, entries, ttl).map(|_| ()))
        }
        _ => told("clear", backend.clear_namespace(name)),
    }
}

/// A transaction with some calls, which may fail in the end.
fn transaction(backend: &dyn StateBackend, random: &mut Random) -> Vec<String> {
    let mut told = Vec::new();
    let (calls, fails, nested) = (random.below(6), random.below(4) == 0, random.below(3) == 0);
    let result = backend.transaction(&mut |tx| {
        (0..calls).for_each(|_| told.push(call(tx, random)));
        if nested {
            tx.transaction(&mut |inner| {
                told.push(call(inner, random));
                Ok(())
            })?;
        }
        if fails { Err(Error::KeyNotFound { namespace: String::new(), key: String::new() }) } else { Ok(()) }
    });
    told.push(format!("transaction: {:?}", result.map_err(|error| error.code())));
    told
}

#[test]
fn the_store_and_the_memory_backend_agree() {
    let seed = seed("the_store_and_the_memory_backend_agree");
    for case in 0..rounds(60, 2_000) as u64 {
        let clock = ManualClock::new();
        let store = still(&clock).open(":memory:").unwrap();
        let memory = MemoryBackend::with_clock(clock.clone());
        let mut random = Random(seed ^ (case << 32));
        for _ in 0..80 {
            // Both draw the same numbers.
            let start = random.0;
            let mut results = [&store as &dyn StateBackend, &memory].map(|backend| {
                random.0 = start;
                if random.below(6) == 0 {
                    transaction(backend, &mut random)
                } else {
                    vec![call(backend, &mut random)]
                }
            });
            let of_memory = results[1].split_off(0);
            assert_eq!(results[0], of_memory, "case {case}: the store, and the memory backend");
            match random.below(8) {
                0 => clock.advance(ms(1)),
                1 => clock.advance(ms(99)),
                _ => {}
            }
        }
        for name in &NAMES[..3] {
            assert_eq!(StateBackend::list(&store, name, "*").unwrap(), memory.list(name, "*").unwrap());
        }
    }
}
