//! Processes that read through their caches while others commit.
//!
//! Goal: a read never gives what is older than what was acknowledged before it began, and what a process reads never
//! goes back. Method: each key has one process that commits to it, in numbered steps, and tells the number before the
//! commit and after it in a file. Three readers look there before and after each round of reads, so that they know which
//! steps can be seen. Among the steps are values set once more, deletions and short lives. Meanwhile a program that knows
//! nothing of statehold cuts the log back to nothing all the time, committers are killed, the readers commit as well,
//! the companion is damaged between openings, and one of the committers writes through SQLite alone.

#![cfg(unix)] // numbers are read and written at their places in a file
#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use statehold::{Namespace, SetOptions, Store, Value};

use common::{
    AtEnd, Random, assert_journal_whole, beside, finish, ms, new_path, report, rounds, seed, spawn,
};

/// How many processes commit: two that do nothing else, and the readers. Each has so many keys.
const COMMITTERS: usize = 2;
const READERS: usize = 3;
const KEYS_EACH: usize = 4;
const KEYS: usize = (COMMITTERS + READERS) * KEYS_EACH;

/// The budget of a cache that holds them all. It is not the default, for which a test run may put another.
const BUDGET: usize = 16 << 20;

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    let words: Vec<u64> = word.split(' ').map(|word| word.parse().unwrap()).collect();
    match role.as_str() {
        "commit" => commit_until_killed(&path, &words),
        "plain" => commit_plainly(&path, &words),
        "read" => read(&path, &words),
        "cut" => cut(&path),
        other => panic!("{other}"),
    }
}

fn key(at: usize) -> String {
    format!("key {at}")
}

/// Which steps were begun and which were acknowledged, of each key.
struct Steps(File);

/// The steps of all keys.
type Numbers = [u64; KEYS];

impl Steps {
    fn open(store: &Path) -> Self {
        let path = beside(store, ".steps");
        Self(OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap())
    }

    fn create(store: &Path) -> Self {
        let steps = Self::open(store);
        for at in 0..2 * KEYS {
            steps.tell(at, 0);
        }
        steps
    }

    /// A number is written with its complement, so that one that is being written is not read half.
    fn tell(&self, at: usize, number: u64) {
        let both = [number.to_ne_bytes(), (!number).to_ne_bytes()].concat();
        self.0.write_all_at(&both, at as u64 * 16).unwrap();
    }

    fn begin(&self, key: usize, number: u64) {
        self.tell(key, number);
    }

    fn acknowledge(&self, key: usize, number: u64) {
        self.tell(KEYS + key, number);
    }

    fn numbers(&self, first: usize) -> Numbers {
        loop {
            let mut bytes = [0; KEYS * 16];
            self.0.read_exact_at(&mut bytes, first as u64 * 16).unwrap();
            let (words, _) = bytes.as_chunks::<8>();
            let whole =
                |at: usize| (u64::from_ne_bytes(words[2 * at]), u64::from_ne_bytes(words[2 * at + 1]));
            if (0..KEYS).all(|at| whole(at).0 == !whole(at).1) {
                return std::array::from_fn(|at| whole(at).0);
            }
        }
    }

    fn begun(&self) -> Numbers {
        self.numbers(0)
    }

    fn acknowledged(&self) -> Numbers {
        self.numbers(KEYS)
    }
}

/// What a key holds after a step: some value, none, or first the one and then the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Value(u64),
    Nothing,
    Expiring(u64),
}

fn holds(step: u64) -> Holds {
    match step % 10 {
        _ if step == 0 => Holds::Nothing,
        // The same once more.
        6 => Holds::Value(step - 1),
        7 => Holds::Nothing,
        8 => Holds::Expiring(step),
        _ => Holds::Value(step),
    }
}

/// What was seen of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Value(u64),
    Something,
    Nothing,
}

impl Seen {
    fn fits(self, step: u64) -> bool {
        match (self, holds(step)) {
            (Self::Value(seen), Holds::Value(held) | Holds::Expiring(held)) => seen == held,
            (Self::Something, held) => held != Holds::Nothing,
            (Self::Nothing, held) => !matches!(held, Holds::Value(_)),
            (Self::Value(_), Holds::Nothing) => false,
        }
    }
}

/// Takes the next step of a key.
fn step(ns: &Namespace, steps: &Steps, at: usize, number: u64) {
    steps.begin(at, number);
    let key = key(at);
    match holds(number) {
        Holds::Value(value) => drop(ns.set(&key, &value).unwrap()),
        Holds::Expiring(value) => drop(ns.set_with(&key, &value, &SetOptions::new().ttl(ms(3))).unwrap()),
        Holds::Nothing => drop(ns.delete(&key).unwrap()),
    }
    steps.acknowledge(at, number);
}

fn open(path: &Path, cache_bytes: u64) -> Store {
    let cache_bytes = usize::try_from(cache_bytes).unwrap();
    common::fast().cache_bytes(cache_bytes).open(path).unwrap()
}

/// Commits until it is killed. `words`: the first of its keys, a seed, and whether it also keeps two keys the same.
fn commit_until_killed(path: &Path, words: &[u64]) {
    let [first, seed, pairs] = *words else { panic!("{words:?}") };
    let first = usize::try_from(first).unwrap();
    let (store, steps, mut random) = (open(path, 1 << 20), Steps::open(path), Random(seed));
    let ns = store.namespace("a");
    let mut numbers = steps.begun();
    loop {
        let at = first + usize::try_from(random.below(KEYS_EACH as u64)).unwrap();
        numbers[at] += 1;
        step(&ns, &steps, at, numbers[at]);
        match random.below(8) {
            0 => std::thread::sleep(ms(random.below(3))),
            // It is not there, so this is a commit that writes nothing.
            1 => assert!(!ns.delete("never").unwrap()),
            2 if pairs == 1 => store
                .transaction(|tx| {
                    let pair = tx.namespace("pair");
                    let number = pair.get("left")?.unwrap_or(0) + 1;
                    pair.set("left", &number)?;
                    pair.set("right", &number).map(drop)
                })
                .unwrap(),
            _ => {}
        }
    }
}

/// Commits through SQLite alone until it is killed: nobody is told what.
fn commit_plainly(path: &Path, words: &[u64]) {
    const SET: &str = "
INSERT INTO entry (namespace, key, revision, created_ms, updated_ms, expires_ms, value)
SELECT id, ?1, 1, 1, 1, CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?2, ?3 FROM namespace WHERE name = 'a'
ON CONFLICT DO UPDATE SET expires_ms = excluded.expires_ms, ttl_ms = NULL, value = excluded.value";
    const DELETE: &str =
        "DELETE FROM entry WHERE key = ?1 AND namespace = (SELECT id FROM namespace WHERE name = 'a')";
    let [first, seed, _] = *words else { panic!("{words:?}") };
    let first = usize::try_from(first).unwrap();
    let (connection, steps, mut random) =
        (rusqlite::Connection::open(path).unwrap(), Steps::open(path), Random(seed));
    let mut numbers = steps.begun();
    loop {
        let at = first + usize::try_from(random.below(KEYS_EACH as u64)).unwrap();
        numbers[at] += 1;
        steps.begin(at, numbers[at]);
        let set = |value: u64, ttl_ms: Option<i64>| {
            connection.execute(SET, (key(at), ttl_ms, value.to_string())).unwrap()
        };
        match holds(numbers[at]) {
            Holds::Value(value) => set(value, None),
            Holds::Expiring(value) => set(value, Some(3)),
            Holds::Nothing => connection.execute(DELETE, [key(at)]).unwrap(),
        };
        steps.acknowledge(at, numbers[at]);
        std::thread::sleep(ms(random.below(3)));
    }
}

/// Cuts the log back to nothing, as often as it can, through SQLite alone.
fn cut(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    loop {
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        std::thread::sleep(ms(4));
    }
}

fn number(value: Option<&Value>) -> Seen {
    value.map_or(Seen::Nothing, |value| Seen::Value(value.parse().unwrap()))
}

/// Reads one key in one of all ways.
fn look(ns: &Namespace, key: &str, way: u64) -> Seen {
    match way {
        0 => {
            let before = SystemTime::now();
            let entry = ns.entry(key).unwrap();
            let expires = entry.as_ref().and_then(|entry| entry.expires_at);
            // The store tells time by milliseconds.
            let early = before - Duration::from_millis(1);
            assert!(
                expires.is_none_or(|expires| expires > early),
                "{key} expired at {expires:?}, read at {before:?}"
            );
            number(entry.map(|entry| entry.value).as_ref())
        }
        1 if ns.exists(key).unwrap() => Seen::Something,
        2 if ns.get_ttl(key).is_ok() => Seen::Something,
        1 | 2 => Seen::Nothing,
        _ => number(ns.get_value(key).unwrap().as_ref()),
    }
}

/// Reads so many times, and commits in between. `words`: the first of its keys, a seed, how often, the cache's budget.
fn read(path: &Path, words: &[u64]) {
    let [first, seed, times, cache_bytes] = *words else { panic!("{words:?}") };
    let first = usize::try_from(first).unwrap();
    let (store, steps, mut random) = (open(path, cache_bytes), Steps::open(path), Random(seed));
    let (ns, pair) = (store.namespace("a"), store.namespace("pair"));
    let names: Vec<String> = (0..KEYS).map(key).collect();
    let mut own = steps.begun();
    // What is known to have been reached, by what was read.
    let mut reached: Numbers = [0; KEYS];
    let (mut reads, mut last_pair) = (0, 0);
    while reads < times {
        let acknowledged = steps.acknowledged();
        let mut found_at = [None; KEYS];
        if random.below(8) == 0 {
            let found = ns.batch_get(&names).unwrap();
            for (at, name) in names.iter().enumerate() {
                let value = found.iter().find(|(key, _)| key == name).map(|(_, value)| value);
                found_at[at] = Some(number(value));
            }
        } else {
            for _ in 0..KEYS {
                let at = usize::try_from(random.below(KEYS as u64)).unwrap();
                if found_at[at].is_none() {
                    found_at[at] = Some(look(&ns, &names[at], random.below(8)));
                }
            }
        }
        let begun = steps.begun();
        for (at, found) in found_at.iter().enumerate() {
            let Some(found) = found else { continue };
            reads += 1;
            let least = reached[at].max(acknowledged[at]);
            let fitting = (least..=begun[at]).find(|&step| found.fits(step));
            reached[at] = fitting.unwrap_or_else(|| {
                panic!(
                    "{} gave {found:?}: step {} was acknowledged, {} was read before, {} has begun",
                    names[at], acknowledged[at], reached[at], begun[at]
                )
            });
        }
        let both: Vec<u64> = pair
            .batch_get(&["left", "right"])
            .unwrap()
            .iter()
            .map(|(_, value)| value.parse().unwrap())
            .collect();
        if let [left, right] = both[..] {
            assert!(left == right && left >= last_pair, "{left} and {right} after {last_pair}");
            last_pair = left;
        }
        if random.below(6) == 0 {
            let at = first + usize::try_from(random.below(KEYS_EACH as u64)).unwrap();
            own[at] += 1;
            step(&ns, &steps, at, own[at]);
        }
    }
    let stats = store.stats();
    report(&format!("{reads} {} {}", stats.cache_hits, stats.cache_misses));
}

/// A process that is killed in the end, also when the test fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A committer, which is killed now and then and comes back.
struct Committer {
    process: Killed,
    number: usize,
    role: &'static str,
}

impl Committer {
    fn start(path: &Path, number: usize, role: &'static str, random: &mut Random) -> Self {
        let (first, pairs) = (number * KEYS_EACH, u64::from(number == 0));
        let word = format!("{first} {} {pairs}", random.next() >> 1);
        Self { process: Killed(spawn(role, path, &word)), number, role }
    }

    /// It never ends by itself, so if it has, it has found something.
    fn assert_alive(&mut self) {
        if let Some(status) = self.process.0.try_wait().unwrap() {
            let said: Vec<String> = common::reports(&mut self.process.0).collect();
            panic!("a committer has ended: {status}, {said:?}");
        }
    }
}

/// Has three processes read so many times each, and gives how many reads came from their caches.
fn run(path: &Path, random: &mut Random, times: usize, cache_bytes: usize) -> u64 {
    run_beside(path, random, times, cache_bytes, ["commit"; COMMITTERS])
}

/// The same, beside committers of these roles.
fn run_beside(
    path: &Path,
    random: &mut Random,
    times: usize,
    cache_bytes: usize,
    roles: [&'static str; COMMITTERS],
) -> u64 {
    let mut committers: Vec<Committer> = roles
        .into_iter()
        .enumerate()
        .map(|(number, role)| Committer::start(path, number, role, random))
        .collect();
    let _cutter = Killed(spawn("cut", path, "0"));
    let readers: Vec<Child> = (0..READERS)
        .map(|number| {
            let first = (COMMITTERS + number) * KEYS_EACH;
            spawn("read", path, &format!("{first} {} {times} {cache_bytes}", random.next() >> 1))
        })
        .collect();
    let over = AtomicBool::new(false);
    let told: Vec<String> = std::thread::scope(|scope| {
        let over = &over;
        let waiting = scope.spawn(move || {
            let _over = AtEnd(over);
            let threads: Vec<_> =
                readers.into_iter().map(|child| std::thread::spawn(move || finish(child))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        while !over.load(Ordering::Relaxed) {
            std::thread::sleep(ms(100 + random.below(200)));
            let unlucky = usize::try_from(random.below(COMMITTERS as u64)).unwrap();
            committers[unlucky].assert_alive();
            // The next one begins when this one is dead: each key has one committer.
            let Committer { number, role, .. } = committers.swap_remove(unlucky);
            committers.push(Committer::start(path, number, role, random));
        }
        waiting.join().unwrap()
    });
    committers.iter_mut().for_each(Committer::assert_alive);
    drop(committers);
    let mut sums = [0; 3];
    for line in &told {
        let numbers = line.split(' ').map(|number| number.parse::<u64>().unwrap());
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    let [reads, hits, misses] = sums;
    println!("{reads} reads through a cache of {cache_bytes} bytes: {hits} known, {misses} not");
    assert!(reads >= (times * READERS) as u64);
    hits
}

#[test]
fn no_read_is_stale_and_none_goes_back() {
    let (_folder, path) = new_path();
    let mut random = Random(seed("coherence"));
    let steps = Steps::create(&path);
    let hits = run(&path, &mut random, rounds(100_000, 3_400_000), BUDGET);
    assert!(hits > 10_000, "{hits} reads came from a cache: too few to show anything");
    let begun: u64 = steps.begun().iter().sum();
    println!("{begun} commits");
    assert_journal_whole(&Store::open(&path).unwrap());
}

#[test]
fn nor_beside_a_program_that_writes_through_sqlite_alone() {
    let (_folder, path) = new_path();
    let mut random = Random(seed("coherence beside a stranger"));
    Steps::create(&path);
    open(&path, 0).namespace("a").set("none of them", &0).unwrap();
    assert!(run_beside(&path, &mut random, rounds(20_000, 500_000), BUDGET, ["commit", "plain"]) > 1_000);
}

#[test]
fn nor_with_one_page_or_without_a_cache() {
    let (_folder, path) = new_path();
    let mut random = Random(seed("coherence of a page"));
    Steps::create(&path);
    assert!(run(&path, &mut random, rounds(10_000, 300_000), 4096) > 100);
    assert_eq!(run(&path, &mut random, rounds(5_000, 100_000), 0), 0);
}

#[test]
fn nor_when_the_companion_was_damaged() {
    let (_folder, path) = new_path();
    let mut random = Random(seed("coherence with a damaged companion"));
    Steps::create(&path);
    let companion = beside(&path, "-statehold");
    let damages: [&dyn Fn(); 5] = [
        &|| std::fs::remove_file(&companion).unwrap(),
        &|| File::options().write(true).open(&companion).unwrap().set_len(17).unwrap(),
        // As long as it was made by earlier versions.
        &|| std::fs::write(&companion, [0xa5; 4096]).unwrap(),
        &|| std::fs::write(&companion, vec![0x5a; 36_864]).unwrap(),
        &|| File::options().write(true).open(&companion).unwrap().set_len(5_000).unwrap(),
    ];
    run(&path, &mut random, rounds(5_000, 200_000), BUDGET);
    for damage in damages {
        damage();
        assert!(run(&path, &mut random, rounds(10_000, 500_000), BUDGET) > 1_000);
    }
    assert_journal_whole(&Store::open(&path).unwrap());
}

#[test]
fn nor_in_threads_that_share_a_handle() {
    let (_folder, path) = new_path();
    let store = open(&path, 1 << 20);
    let acknowledged: [AtomicU64; 4] = Default::default();
    let (over, hits) = (AtomicBool::new(false), rounds(150_000, 3_000_000) as u64);
    std::thread::scope(|scope| {
        let (store, acknowledged, over) = (&store, &acknowledged, &over);
        for (at, acknowledged) in acknowledged.iter().enumerate() {
            scope.spawn(move || {
                let _over = AtEnd(over);
                let (ns, key) = (store.namespace("a"), key(at));
                for number in 1.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    ns.set(&key, &number).unwrap();
                    acknowledged.store(number, Ordering::SeqCst);
                    // So that others get to read it from memory, too.
                    std::thread::sleep(Duration::from_micros(number % 4 * 100));
                }
            });
        }
        for first in 0..4 {
            scope.spawn(move || {
                let _over = AtEnd(over);
                let ns = store.namespace("a");
                let (mut reached, mut at) = ([0; 4], first);
                while !over.load(Ordering::Relaxed) && store.stats().cache_hits < hits {
                    for _ in 0..1_000 {
                        at = (at + 1) % reached.len();
                        let least = acknowledged[at].load(Ordering::SeqCst).max(reached[at]);
                        let found = ns.get::<u64>(&key(at)).unwrap().unwrap_or(0);
                        assert!(found >= least, "key {at} gave {found} after {least}");
                        reached[at] = found;
                    }
                }
            });
        }
    });
    let stats = store.stats();
    println!("{} known, {} not, {} commits", stats.cache_hits, stats.cache_misses, stats.commits);
}
