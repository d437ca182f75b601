//! Goal: kill -9 loses no commit that was acknowledged and leaves no part of a transaction, whichever language it hits.
//! Method: three writers run transactions over three namespaces on one file and report each one that returned; at
//! random moments one is killed, what it had reported is looked for, and another language takes its place, while the
//! others go on. All the time a reader in each language checks an invariant over two keys. 50 kills in a normal run,
//! 500 with `STATEHOLD_LONG=1`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value as Data, json};
use statehold::{Error, Store};

use crate::harness::{
    LANGUAGES, Language, Process, Random, Worker, alone, assert_journal_whole, new_path, rounds,
};

/// A reported transaction: its name, and the number that it gave.
type Reported = (String, u64);

/// A writer at work, and the thread that listens to it.
struct Writer {
    language: Language,
    process: Process,
    listener: JoinHandle<Vec<Reported>>,
}

impl Writer {
    fn start(path: &Path, who: usize, random: &mut Random) -> Self {
        let language = LANGUAGES[random.below(3)];
        let durability = ["full", "normal", "deferred(20)"][random.below(3)];
        let mut worker = Worker::start(language);
        worker.tell(&json!({ "do": "open", "path": path, "durability": durability }));
        worker.tell(&json!({ "do": "steps", "who": who.to_string() }));
        let Worker { process, answers, .. } = worker;
        let listener = std::thread::spawn(move || answers.filter_map(|line| reported(&line)).collect());
        Self { language, process, listener }
    }

    /// Kills the process and gives what it had reported until then.
    fn kill(self) -> Vec<Reported> {
        self.process.kill();
        self.listener.join().unwrap()
    }
}

/// The transaction that a line reports, if it is not the answer to the opening.
fn reported(line: &Data) -> Option<Reported> {
    let is_fine = line.get("step").is_some() || line.get("ok").is_some_and(Data::is_null);
    assert!(is_fine, "a writer failed, or was told that commits are lost: {line}");
    Some((line.get("step")?.as_str()?.to_owned(), line["n"].as_u64()?))
}

/// A reader that looks for torn transactions until it is told to stop; gives how often it looked, and how
/// often the store ended its snapshot.
fn watch(language: Language, path: PathBuf, stop: Arc<AtomicBool>) -> JoinHandle<(u64, u64)> {
    std::thread::spawn(move || {
        let (mut worker, mut reads, mut ended) = (Worker::open(language, &path), 0, 0);
        while !stop.load(Ordering::Relaxed) {
            let seen = worker.ask(&json!({ "do": "watch", "ms": 20 }));
            assert_eq!(seen["torn"], json!([]), "{language:?} saw a part of a transaction");
            reads += seen["reads"].as_u64().unwrap();
            ended += seen["ended"].as_u64().unwrap();
            // The writers are to be killed at work, not in a queue for the processor.
            std::thread::sleep(Duration::from_millis(40));
        }
        (reads, ended)
    })
}

/// Asserts what must be true after any whole number of commits, and gives that number. A snapshot that the store
/// ends, because the log had outgrown its limit, is taken anew.
fn assert_nothing_partial(store: &Store) -> u64 {
    let seen = (0..20).find_map(|_| match sides_and_steps(store) {
        Err(Error::Closed { what: "the snapshot", .. }) => None,
        seen => Some(seen.unwrap()),
    });
    let (left, right, mut numbers) = seen.expect("of 20 snapshots one lasts");
    assert_eq!(left, right);
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=left), "each number is given once");
    left
}

fn sides_and_steps(store: &Store) -> Result<(u64, u64, Vec<u64>), Error> {
    let snapshot = store.snapshot()?;
    let side = |name| Ok(snapshot.namespace(name).get("n")?.unwrap_or(0));
    let steps = snapshot.namespace("steps").items("*")?;
    let numbers: Result<Vec<u64>, Error> = steps.map(|step| step?.1.parse()).collect();
    Ok((side("left")?, side("right")?, numbers?))
}

/// The size of SQLite's log.
fn log_mib(path: &Path) -> u64 {
    std::fs::metadata(path.with_extension("db-wal")).map_or(0, |found| found.len() >> 20)
}

#[test]
fn kills_lose_nothing_and_tear_nothing() {
    let _alone = alone();
    let mut random = Random::seeded("kills_lose_nothing_and_tear_nothing");
    let (_folder, path) = new_path();
    // The file is there and open here for the whole test, as a program's that outlives the killed ones.
    let store = Store::open(&path).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers = LANGUAGES.map(|language| watch(language, path.clone(), Arc::clone(&stop)));

    let kills = rounds(50, 500);
    let mut killed = [0; 3];
    let mut acknowledged = Vec::new();
    let mut largest_log_mib = 0;
    let mut writers: Vec<Writer> = (0..3).map(|who| Writer::start(&path, who, &mut random)).collect();
    for kill in 0..kills {
        // From in the middle of opening the store to many commits later.
        std::thread::sleep(Duration::from_millis(30 + random.next() % 150));
        let place = random.below(writers.len());
        let writer = writers.swap_remove(place);
        killed[LANGUAGES.iter().position(|language| *language == writer.language).unwrap()] += 1;
        let reported = writer.kill();
        for (step, number) in &reported {
            let found = store.namespace("steps").get::<u64>(step).unwrap();
            assert_eq!(found, Some(*number), "an acknowledged commit is lost, kill {kill}: {step}");
        }
        acknowledged.extend(reported);
        largest_log_mib = largest_log_mib.max(log_mib(&path));
        if kill % 10 == 0 {
            assert_nothing_partial(&store);
        }
        writers.push(Writer::start(&path, kill + 3, &mut random));
    }
    // The last three are let go on until they have all got to work.
    std::thread::sleep(Duration::from_millis(500));
    acknowledged.extend(writers.into_iter().flat_map(Writer::kill));
    stop.store(true, Ordering::Relaxed);
    let reads = readers.map(|reader| reader.join().unwrap());

    store.close().unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.lost_commits(), None);
    for (step, number) in &acknowledged {
        assert_eq!(store.namespace("steps").get::<u64>(step).unwrap(), Some(*number), "{step} is lost");
    }
    let committed = assert_nothing_partial(&store);
    assert_eq!(store.revision().unwrap(), committed);
    assert_journal_whole(&store);
    println!(
        "{kills} kills (Rust {}, Python {}, Node {}) and 3 at the end; {} acknowledged of {committed} commits; (reads, ended snapshots): {reads:?}; largest log {largest_log_mib} MiB",
        killed[0],
        killed[1],
        killed[2],
        acknowledged.len(),
    );
    assert!(acknowledged.len() > kills * 2, "hardly anything was committed: the test shows nothing");
    assert!(committed >= acknowledged.len() as u64);
    assert!(killed.iter().all(|times| *times > 0) && reads.iter().all(|(reads, _)| *reads > 0));
}
