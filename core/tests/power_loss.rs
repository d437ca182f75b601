//! Goal: what was acknowledged as durable is there after a power loss, and what is there is a prefix of the commits, whole,
//! whichever of the writes that were not synced the disk has kept. Method: writes and syncs of a working store are
//! recorded. From the trace, disks are built as they may be left by a power loss at any moment of it: what was synced, and
//! of the rest nothing, all, some, sectors of some, or the first. Each is opened, and compared with what the store held at
//! the revision that is found there. The store works at `full` by several threads, at `normal`, moves its log into the
//! file, vacuums, is closed and opened again, or is only being created. 240 disks in a normal run, 2,000 with
//! `STATEHOLD_LONG=1`.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;
mod traced_disk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use statehold::{Durability, LostCommits, Namespace, OpenOptions, Store, Value};

use common::{Random, assert_file_sound, assert_journal_whole, beside, fast, new_path, rounds, seed};
use traced_disk::after::{Files, PowerLoss};
use traced_disk::{Event, begin, durable, end};

const NAMESPACE: &str = "a";
const NAME: &str = "store.db";

/// What was set by each commit.
type Commits = BTreeMap<u64, Vec<(String, String)>>;
type Held = BTreeMap<String, String>;

/// A store at work, and what it has done.
#[derive(Default)]
struct Work {
    commits: Mutex<Commits>,
}

impl Work {
    /// Some sets and batches of one caller, on keys of its own. `syncs`: each is durable once it is acknowledged.
    fn some(&self, namespace: &Namespace, caller: u64, count: u64, syncs: bool, random: &mut Random) {
        for _ in 0..count {
            let pairs = 1 + random.below(3);
            let mut pair = || {
                let long = if random.below(4) == 0 { 20_000 } else { 60 };
                let text = format!("{:x} ", random.next()).repeat(1 + random.below(long) as usize / 17);
                (format!("{caller}:{}", random.below(20)), text)
            };
            let pairs: Held = (0..pairs).map(|_| pair()).collect();
            let batch = pairs.iter().map(|(key, text)| (key, Value::json(text).unwrap()));
            let revision = namespace.batch_set(batch, None).unwrap();
            if syncs {
                durable(revision);
            }
            self.commits.lock().unwrap().insert(revision, pairs.into_iter().collect());
        }
    }

    /// Works on a store with all that may be done to its files.
    fn all(&self, path: &Path, options: impl Fn() -> OpenOptions, random: &mut Random) {
        let full = options().durability(Durability::Full).open(path).unwrap();
        std::thread::scope(|scope| {
            for caller in 0..3 {
                let mut random = Random(random.next());
                let namespace = full.namespace(NAMESPACE);
                scope.spawn(move || self.some(&namespace, caller, 25, true, &mut random));
            }
        });
        let normal = options().durability(Durability::Normal).open(path).unwrap();
        for round in 0..6 {
            self.some(&normal.namespace(NAMESPACE), 3, 60, false, random);
            self.some(&full.namespace(NAMESPACE), 0, 5, true, random);
            self.some(&normal.namespace(NAMESPACE), 3, 5, false, random);
            let last = *self.commits.lock().unwrap().last_key_value().unwrap().0;
            match round {
                1 | 4 => drop(normal.vacuum().unwrap()),
                2 => {
                    normal.flush().unwrap();
                    durable(last);
                }
                _ => {}
            }
        }
        normal.close().unwrap();
        self.some(&full.namespace(NAMESPACE), 1, 5, true, random);
        full.close().unwrap();
    }

    fn held_at(commits: &Commits, revision: u64) -> Held {
        commits.range(..=revision).flat_map(|(_, pairs)| pairs.clone()).collect()
    }
}

/// The files of a store that is closed, as far as a power loss leaves something of them.
fn files(path: &Path) -> Files {
    [(NAME.to_owned(), std::fs::read(path).unwrap())].into()
}

/// Opens a disk as it was left, and looks at all that is there. `witness`: the file beside the store, which has seen all
/// commits.
fn check(left: &Files, witness: Option<&[u8]>, durable: u64, commits: &Commits, what: &str) -> u64 {
    let (folder, path) = new_path();
    for (name, content) in left {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    if let Some(witness) = witness {
        std::fs::write(beside(&path, "-statehold"), witness).unwrap();
    }
    let store = fast().background(false).open(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
    let revision = store.revision().unwrap();
    assert!(revision >= durable, "{what}: {durable} was durable, and the last one there is {revision}");
    let items = store.namespace(NAMESPACE).items("*").unwrap();
    let held: Held =
        items.map(|item| item.map(|(key, value)| (key, value.parse().unwrap())).unwrap()).collect();
    assert!(held == Work::held_at(commits, revision), "{what}: it does not hold what it held at {revision}");
    assert_journal_whole(&store);
    let problems = store.verify().unwrap().problems;
    let seen = commits.last_key_value().map_or(0, |(last, _)| *last);
    if let Some(lost) = store.lost_commits() {
        assert_eq!(lost, LostCommits { expected: seen, found: revision }, "{what}");
        assert!(matches!(problems.as_slice(), [only] if only.facet == "witness"), "{what}: {problems:?}");
    } else {
        assert!(problems.is_empty(), "{what}: {problems:?}");
        // A store that was made anew is another one.
        let is_told = witness.is_none() || revision == seen || revision == 0;
        assert!(is_told, "{what}: nobody has told that the commits after {revision} are lost");
    }
    store.namespace(NAMESPACE).set("after", "it can be written").unwrap();
    store.close().unwrap();
    assert_file_sound(&path);
    revision
}

/// Loses the power so many times at a moment of the trace.
fn lose(path: &Path, before: &Files, events: &[Event], commits: &Commits, times: usize, random: &mut Random) {
    let witness = std::fs::read(beside(path, "-statehold")).unwrap();
    let mut lost_some = false;
    for time in 0..times {
        let at = random.below(events.len() as u64 + 1) as usize;
        let power_loss = PowerLoss::after(before, &events[..at]);
        let what = format!("power loss {time}, after {at} of {} events", events.len());
        // It is memory of the system's, of which anything may be on the disk.
        let witness = Some(&witness[..]).filter(|_| random.below(2) == 0);
        let found = check(&power_loss.left(random), witness, power_loss.durable(), commits, &what);
        lost_some |= commits.range(found + 1..).next().is_some();
    }
    assert!(lost_some, "no disk has lost anything, so nothing was shown");
}

/// One at a time: there is one trace.
static ALONE: Mutex<()> = Mutex::new(());

fn of_a_working_store(options: impl Fn() -> OpenOptions, times: usize, random: &mut Random) {
    let (folder, path) = new_path();
    assert_eq!(path, folder.path().join(NAME));
    let work = Work::default();
    let store = options().durability(Durability::Normal).open(&path).unwrap();
    work.some(&store.namespace(NAMESPACE), 0, 20, false, random);
    store.close().unwrap();
    let before = files(&path);
    begin(folder.path());
    durable(*work.commits.lock().unwrap().last_key_value().unwrap().0);
    work.all(&path, &options, random);
    let events = end();
    let commits = work.commits.into_inner().unwrap();
    assert!(events.iter().filter(|event| matches!(event, Event::Synced { .. })).count() > 50);
    lose(&path, &before, &events, &commits, times, random);
    check(&files(&path), None, *commits.last_key_value().unwrap().0, &commits, "closed");
}

#[test]
fn what_is_durable_is_there_and_all_that_is_there_is_whole() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut random = Random(seed("what_is_durable_is_there_and_all_that_is_there_is_whole"));
    for _ in 0..rounds(2, 10) {
        // The background moves the log at other times than commits do.
        of_a_working_store(Store::options, rounds(40, 80), &mut random);
        of_a_working_store(|| Store::options().background(false), rounds(40, 80), &mut random);
    }
}

#[test]
fn also_if_the_store_was_only_just_made() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut random = Random(seed("also_if_the_store_was_only_just_made"));
    for _ in 0..rounds(4, 20) {
        let (folder, path) = new_path();
        let work = Work::default();
        begin(folder.path());
        let store = Store::options().background(false).open(&path).unwrap();
        work.some(&store.namespace(NAMESPACE), 0, 4, true, &mut random);
        store.close().unwrap();
        let events = end();
        lose(&path, &Files::new(), &events, &work.commits.into_inner().unwrap(), rounds(20, 20), &mut random);
    }
}
