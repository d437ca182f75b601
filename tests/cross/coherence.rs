//! Goal: a read never gives what is older than what was acknowledged before it began, and what a process reads never
//! goes back, in whichever language it is and whichever commits. Method: each key has one process that commits to it, in
//! numbered steps, and tells the number before the commit and after it in a file. Three readers, one a language, look
//! there before and after each round of reads through their caches, so that they know which steps can be seen. Among the
//! steps are values set once more, deletions, short lives and batches; a pair of keys must always be the same. Two
//! committers are killed and come back in another language, the readers commit as well, and a connection that knows
//! nothing of statehold cuts the log back to nothing all the time. It is done with the companion file as it is, and after
//! it was deleted, cut short and filled with garbage. 156,000 reads in a normal run, over 10 million with
//! `STATEHOLD_LONG=1`. `core/tests/coherence.rs` does it in Rust alone, with more ways to damage it.

use std::fs::File;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value as Data, json};
use statehold::Store;

use crate::harness::{LANGUAGES, Language, Random, Worker, alone, assert_journal_whole, new_path, rounds};

/// How many processes do nothing but commit, and how many read. Each has so many keys.
const COMMITTERS: usize = 2;
const READERS: usize = LANGUAGES.len();
const KEYS_EACH: usize = 4;
const KEYS: usize = (COMMITTERS + READERS) * KEYS_EACH;

/// The budget of a cache that holds them all. It is not the default, for which a test run may put another.
const BUDGET: usize = 16 << 20;

/// The first key of each committer, which also names its pair.
const PAIRS: [usize; COMMITTERS] = [0, KEYS_EACH];

/// A store, and the file of the steps that were begun and acknowledged.
struct Stage {
    path: PathBuf,
    steps: PathBuf,
}

impl Stage {
    fn new(path: PathBuf) -> Self {
        let steps = path.with_extension("steps");
        // Of each key, twice: a number, which is 0, and its complement.
        let zeroes = [[0; 4], [0xff; 4]].concat().repeat(2 * KEYS);
        File::create(&steps).unwrap().write_all(&zeroes).unwrap();
        // It is there for those who open it at the same time.
        Store::open(&path).unwrap();
        Self { path, steps }
    }

    fn worker(&self, language: Language, cache_bytes: usize) -> Worker {
        let mut worker = Worker::start(language);
        worker.tell(&json!({
            "do": "open", "path": self.path, "durability": "normal", "cache_bytes": cache_bytes
        }));
        worker
    }

    /// What a worker is told that works on the keys from `first`.
    fn asked(&self, what: &str, first: usize, random: &mut Random) -> Data {
        json!({
            "do": what, "steps": self.steps, "keys": KEYS, "first": first, "each": KEYS_EACH,
            "seed": random.below(u32::MAX as usize) + 1,
        })
    }

    /// Starts a committer of any language.
    fn committer(&self, first: usize, random: &mut Random) -> Worker {
        let mut worker = self.worker(LANGUAGES[random.below(3)], 1 << 20);
        worker.tell(&self.asked("churn", first, random));
        worker
    }

    /// Starts a reader that is to read so many times.
    fn reader(&self, number: usize, random: &mut Random, times: usize, cache_bytes: usize) -> Worker {
        let mut worker = self.worker(LANGUAGES[number], cache_bytes);
        let mut asked = self.asked("look", (COMMITTERS + number) * KEYS_EACH, random);
        asked["times"] = times.into();
        asked["pairs"] = json!(PAIRS);
        worker.tell(&asked);
        worker
    }
}

/// Cuts the log back to nothing, as often as it can, until it is over.
fn cut(path: &Path, over: &AtomicBool) {
    let connection = rusqlite::Connection::open(path).unwrap();
    while !over.load(Ordering::Relaxed) {
        // It fails while somebody reads, or commits.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        std::thread::sleep(Duration::from_millis(4));
    }
}

/// Kills a committer, which must not have found anything wrong.
fn kill(committer: Worker) {
    let Worker { language, process, answers, .. } = committer;
    process.kill();
    let said: Vec<Data> = answers.collect();
    assert!(said.iter().all(|line| *line == json!({ "ok": null })), "{language:?}: {said:?}");
}

/// What a reader found, once it has read so often.
fn finish(mut reader: Worker) -> (Language, Data) {
    // The first answer is that the store is open.
    assert!(reader.answer().is_null(), "a reader is told that commits are lost");
    (reader.language, reader.answer())
}

/// Has three processes read so many times each, and gives how many reads were of what was known.
fn run(stage: &Stage, random: &mut Random, times: usize, cache_bytes: usize) -> u64 {
    let mut committers = PAIRS.map(|first| Some(stage.committer(first, random)));
    let readers: Vec<Worker> =
        (0..READERS).map(|number| stage.reader(number, random, times, cache_bytes)).collect();
    let (over, mut kills) = (AtomicBool::new(false), 0);
    let found: Vec<(Language, Data)> = std::thread::scope(|scope| {
        let cutter = scope.spawn(|| cut(&stage.path, &over));
        let waiting: Vec<_> = readers.into_iter().map(|reader| scope.spawn(move || finish(reader))).collect();
        while !waiting.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(200 + random.next() % 400));
            let unlucky = random.below(COMMITTERS);
            kill(committers[unlucky].take().unwrap());
            // The next one begins when this one is dead: each key has one committer.
            committers[unlucky] = Some(stage.committer(PAIRS[unlucky], random));
            kills += 1;
        }
        over.store(true, Ordering::Relaxed);
        cutter.join().unwrap();
        waiting.into_iter().map(|reader| reader.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    committers.into_iter().flatten().for_each(kill);
    let mut known = 0;
    for (language, found) in &found {
        let number = |name: &str| found[name].as_u64().unwrap();
        println!(
            "{language:?}: {} reads, {} known, {} not",
            number("reads"),
            number("hits"),
            number("misses")
        );
        known += number("hits");
    }
    println!("  through caches of {cache_bytes} bytes, beside {kills} kills");
    known
}

#[test]
fn no_language_reads_what_is_stale_and_none_goes_back() {
    let _alone = alone();
    let mut random = Random::seeded("no_language_reads_what_is_stale_and_none_goes_back");
    let (_folder, path) = new_path();
    let stage = Stage::new(path);
    let known = run(&stage, &mut random, rounds(40_000, 3_000_000), BUDGET);
    assert!(known > 10_000, "{known} reads came from a cache: too few to show anything");
    assert!(run(&stage, &mut random, rounds(3_000, 100_000), 4096) > 100);
    assert_eq!(run(&stage, &mut random, rounds(3_000, 100_000), 0), 0);
    assert_journal_whole(&Store::open(&stage.path).unwrap());
}

#[test]
fn nor_when_the_companion_was_damaged() {
    let _alone = alone();
    let mut random = Random::seeded("nor_when_the_companion_was_damaged");
    let (_folder, path) = new_path();
    let stage = Stage::new(path);
    let companion = stage.path.with_extension("db-statehold");
    run(&stage, &mut random, rounds(1_500, 40_000), BUDGET);
    let damages: [&dyn Fn(); 3] = [
        &|| std::fs::remove_file(&companion).unwrap(),
        &|| File::options().write(true).open(&companion).unwrap().set_len(17).unwrap(),
        &|| std::fs::write(&companion, [0xa5; 4096]).unwrap(),
    ];
    for damage in damages {
        damage();
        assert!(run(&stage, &mut random, rounds(1_500, 100_000), BUDGET) > 100);
    }
    assert_journal_whole(&Store::open(&stage.path).unwrap());
}
