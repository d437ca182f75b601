//! Goal: what happens is strictly serialisable, and linearisable key by key: there is one order of all commits and reads
//! that explains what each has given, and in which everything comes after what had ended before it began. Method: three
//! processes of two threads each get, batch-get, read in snapshots, set, and run transactions on few keys, through caches
//! and without. Each call is recorded with the moments between which it was made, what it read and wrote, and, of a
//! commit, its revision. That gives the order of the commits; for each read a place in it is looked for. 10,000 calls in a
//! normal run, 100,000 with `STATEHOLD_LONG=1`.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, unsafe_code)] // the clock that all processes share is asked by C

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::slice::from_ref;

use serde::{Deserialize, Serialize};
use statehold::{Error, Namespace, Result, Store, TransactionOptions, Value};

use common::{Random, assert_journal_whole, fast, finish, new_path, report, role, rounds, seed, spawn};

const PROCESSES: usize = 3;
const THREADS: u64 = 2;
const KEYS: u64 = 5;
/// Of the caches of the processes.
const BUDGETS: [usize; PROCESSES] = [1 << 20, 4096, 0];

/// Keys with what they held or were given; none if nothing.
type Pairs = Vec<(String, Option<String>)>;

/// A call, as it was seen by its caller.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Call {
    /// Nanoseconds of a clock that all processes share.
    began: u64,
    ended: u64,
    /// Of a commit.
    revision: Option<u64>,
    read: Pairs,
    wrote: Pairs,
}

fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place is there for as long as the call.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) }, 0);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// One thread at work; each value that it sets is its own.
struct Caller<'a> {
    store: &'a Store,
    namespace: Namespace,
    random: Random,
    name: String,
    sets: u64,
    calls: Vec<Call>,
}

impl Caller<'_> {
    fn key(&mut self) -> String {
        format!("key {}", self.random.below(KEYS))
    }

    fn value(&mut self) -> String {
        self.sets += 1;
        format!("{} {}", self.name, self.sets)
    }

    /// Makes a call and records it, unless it was a conflict, which must have done nothing.
    fn call(&mut self, call: impl FnOnce(&mut Self) -> Result<(Option<u64>, Pairs, Pairs)>) {
        let began = now();
        match call(self) {
            Ok((revision, read, wrote)) => {
                self.calls.push(Call { began, ended: now(), revision, read, wrote });
            }
            Err(Error::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn any(&mut self) {
        let keys = [self.key(), self.key(), self.key()];
        match self.random.below(100) {
            0..35 => self.call(|own| {
                let found = own.namespace.get(&keys[0])?;
                Ok((None, vec![(keys[0].clone(), found)], vec![]))
            }),
            35..45 => self.call(|own| {
                let found: BTreeMap<String, Value> = own.namespace.batch_get(&keys)?.into_iter().collect();
                let of = |key: &String| Ok((key.clone(), found.get(key).map(Value::parse).transpose()?));
                Ok((None, keys.iter().map(of).collect::<Result<_>>()?, vec![]))
            }),
            45..50 => self.call(|own| {
                let snapshot = own.store.snapshot()?;
                let namespace = snapshot.namespace("a");
                let of = |key: &String| Ok((key.clone(), namespace.get(key)?));
                Ok((None, keys.iter().map(of).collect::<Result<_>>()?, vec![]))
            }),
            50..75 => {
                let value = self.value();
                self.call(|own| {
                    let revision = own.namespace.set(&keys[0], &value)?;
                    Ok((Some(revision), vec![], vec![(keys[0].clone(), Some(value))]))
                });
            }
            _ => {
                let value = self.value();
                let deletes = self.random.below(3) == 0;
                let lock = self.random.below(4) == 0;
                self.call(|own| {
                    let transaction = own.store.begin(TransactionOptions::new().lock(lock))?;
                    let namespace = transaction.namespace("a");
                    let mut read = Pairs::new();
                    for key in &keys[..2] {
                        read.push((key.clone(), namespace.get(key)?));
                    }
                    namespace.set(&keys[0], &value)?;
                    let mut wrote = vec![(keys[0].clone(), Some(value))];
                    if deletes && keys[2] != keys[0] {
                        // Whether it is there is read as well.
                        let was_there = namespace.delete(&keys[2])?;
                        if was_there {
                            wrote.push((keys[2].clone(), None));
                        }
                    }
                    drop(namespace);
                    Ok((Some(transaction.commit()?.revision), read, wrote))
                });
            }
        }
    }
}

fn work(path: &Path, process: usize, count: usize, seed: u64) -> Vec<Call> {
    let store = fast().cache_bytes(BUDGETS[process]).open(path).unwrap();
    let mut random = Random(seed);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mut caller = Caller {
                    store: &store,
                    namespace: store.namespace("a"),
                    random: Random(random.next()),
                    name: format!("{process}.{thread}"),
                    sets: 0,
                    calls: Vec::new(),
                };
                scope.spawn(move || {
                    (0..count).for_each(|_| caller.any());
                    caller.calls
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// What each key held from which revision on.
#[derive(Default)]
struct Versions(BTreeMap<String, BTreeMap<u64, Option<String>>>);

impl Versions {
    fn held(&self, key: &str, revision: u64) -> Option<&String> {
        self.0.get(key)?.range(..=revision).next_back()?.1.as_ref()
    }

    fn explain(&self, read: &Pairs, revision: u64) -> bool {
        read.iter().all(|(key, value)| self.held(key, revision) == value.as_ref())
    }
}

/// The highest number so far of calls that have ended, by the time.
struct Ended(Vec<(u64, u64)>);

impl Ended {
    fn new(mut calls: Vec<(u64, u64)>) -> Self {
        calls.sort_unstable();
        let mut most = 0;
        for (_, number) in &mut calls {
            most = most.max(*number);
            *number = most;
        }
        Self(calls)
    }

    /// The highest number of those that had ended before.
    fn before(&self, time: u64) -> u64 {
        let count = self.0.partition_point(|(ended, _)| *ended < time);
        count.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}

/// Looks for an order that explains everything; gives what can't be explained.
fn anomalies(calls: &[Call]) -> Vec<String> {
    let mut found = Vec::new();
    let mut versions = Versions::default();
    let commits: Vec<(u64, &Call)> = calls.iter().filter_map(|call| Some((call.revision?, call))).collect();
    for (revision, call) in &commits {
        for (key, value) in &call.wrote {
            if versions.0.entry(key.clone()).or_default().insert(*revision, value.clone()).is_some() {
                found.push(format!("two commits have revision {revision}: {call:?}"));
            }
        }
    }
    let ended = Ended::new(commits.iter().map(|(revision, call)| (call.ended, *revision)).collect());
    for (revision, call) in &commits {
        if ended.before(call.began) >= *revision {
            found.push(format!("a commit with a later revision had ended before it began: {call:?}"));
        }
        if !versions.explain(&call.read, revision - 1) {
            found.push(format!("a transaction has read what was not there before it: {call:?}"));
        }
    }
    // The lowest revision of those that begin after a time, by going backwards in time.
    let backwards = |time: u64| u64::MAX - time;
    let later = commits.iter().map(|(revision, call)| (backwards(call.began), u64::MAX - revision)).collect();
    let later = Ended::new(later);
    let mut reads: Vec<&Call> = calls.iter().filter(|call| call.revision.is_none()).collect();
    reads.sort_unstable_by_key(|call| call.began);
    // The places of the reads so far, by when they ended; each gets the earliest that it can have.
    let mut places: BTreeMap<u64, u64> = BTreeMap::new();
    let last = commits.iter().map(|(revision, _)| *revision).max().unwrap_or_default();
    for call in reads {
        let of_reads = places.range(..call.began).next_back().map_or(0, |(_, place)| *place);
        let earliest = ended.before(call.began).max(of_reads);
        let latest = last.min((u64::MAX - later.before(backwards(call.ended))).saturating_sub(1));
        match (earliest..=latest).find(|place| versions.explain(&call.read, *place)) {
            Some(place) => {
                // Kept so that the places grow with the time.
                let so_far = places.range(..=call.ended).next_back().map_or(0, |(_, place)| *place);
                places.insert(call.ended, place.max(so_far));
                let mut after = places.range_mut(call.ended..);
                while let Some((_, other)) = after.next().filter(|(_, other)| **other < place) {
                    *other = place;
                }
            }
            None => found.push(format!(
                "a read has no place from revision {earliest} to {latest}, where it must have one: {call:?}"
            )),
        }
    }
    found
}

#[test]
fn all_that_happens_has_one_order() {
    let mut random = Random(seed("all_that_happens_has_one_order"));
    let (_folder, path) = new_path();
    drop(fast().open(&path).unwrap());
    let count = rounds(10_000, 100_000) / PROCESSES / usize::try_from(THREADS).unwrap() + 1;
    let children: Vec<_> = (0..PROCESSES)
        .map(|process| spawn("work", &path, &format!("{process} {count} {}", random.next())))
        .collect();
    let lines = children.into_iter().flat_map(finish);
    let calls: Vec<Call> = lines.map(|line| serde_json::from_str(&line).unwrap()).collect();
    let commits = calls.iter().filter(|call| call.revision.is_some()).count();
    println!("{} calls, {commits} of them commits", calls.len());
    assert!(commits > calls.len() / 10 && calls.len() > PROCESSES * count);
    let found = anomalies(&calls);
    assert!(found.is_empty(), "{} anomalies, the first: {:#?}", found.len(), &found[..found.len().min(3)]);
    assert_journal_whole(&Store::open(&path).unwrap());
}

#[test]
fn what_has_no_order_is_found() {
    let call = |began, ended, revision, read: &[(&str, Option<&str>)], wrote: &[(&str, Option<&str>)]| {
        let owned = |pairs: &[(&str, Option<&str>)]| -> Pairs {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
        };
        Call { began, ended, revision, read: owned(read), wrote: owned(wrote) }
    };
    let set =
        |began, ended, revision, key, value| call(began, ended, Some(revision), &[], &[(key, Some(value))]);
    let sets = [set(0, 10, 10, "x", "a"), set(20, 30, 20, "x", "b"), set(40, 50, 30, "y", "c")];
    let with = |others: &[Call]| anomalies(&[&sets[..], others].concat()).len();
    let get = |began, ended, key, value| call(began, ended, None, &[(key, value)], &[]);
    for (good, bad) in [
        // A read of what is old, while it is being changed and after.
        (get(25, 28, "x", Some("a")), get(31, 32, "x", Some("a"))),
        (get(5, 6, "x", None), get(11, 12, "x", None)),
        // A read of what is yet to come, and of what nobody has set.
        (get(15, 21, "x", Some("b")), get(15, 19, "x", Some("b"))),
        (get(60, 61, "y", Some("c")), get(60, 61, "y", Some("d"))),
        // Two keys that were never like that at one moment.
        (
            call(5, 60, None, &[("x", Some("b")), ("y", Some("c"))], &[]),
            call(5, 60, None, &[("x", Some("a")), ("y", Some("c"))], &[]),
        ),
        // A transaction that overwrites what it has not seen, and a commit that comes before what had ended.
        (
            call(60, 70, Some(40), &[("x", Some("b"))], &[("x", Some("e"))]),
            call(60, 70, Some(40), &[("x", Some("a"))], &[("x", Some("e"))]),
        ),
        (set(35, 60, 25, "z", "e"), set(51, 60, 25, "z", "e")),
    ] {
        assert_eq!((with(from_ref(&good)), with(from_ref(&bad))), (0, 1), "{good:?} {bad:?}");
    }
    // Each alone could be; but the second one began when the first had ended.
    let back = [get(21, 22, "x", Some("b")), get(23, 24, "x", Some("a"))];
    assert_eq!((with(&back[..1]), with(&back[1..]), with(&back)), (0, 0, 1));
}

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((_, path, word)) = role() else { return };
    let mut words = word.split(' ').map(|word| word.parse::<u64>().unwrap());
    let mut next = || words.next().unwrap();
    let (process, count, seed) = (next(), next(), next());
    for call in work(&path, usize::try_from(process).unwrap(), usize::try_from(count).unwrap(), seed) {
        report(&serde_json::to_string(&call).unwrap());
    }
}
