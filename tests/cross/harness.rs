//! Workers, seeds, and what every store must satisfy.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Data, json};
use statehold::Store;

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    Rust,
    Python,
    Node,
}

pub(crate) use Language::{Node, Python, Rust};

pub(crate) const LANGUAGES: [Language; 3] = [Rust, Python, Node];

impl Language {
    /// The program of its worker.
    fn command(self) -> Command {
        let workers = Path::new(env!("CARGO_MANIFEST_DIR")).join("workers");
        match self {
            Rust => Command::new(env!("CARGO_BIN_EXE_statehold-test-worker")),
            Python => {
                let mut command = Command::new(python());
                command.arg("-B").arg(workers.join("worker.py"));
                command
            }
            Node => {
                let mut command = Command::new("node");
                command.arg(workers.join("worker.mjs"));
                command
            }
        }
    }
}

/// The interpreter of the environment that has the wheel.
fn python() -> PathBuf {
    std::env::var_os("STATEHOLD_TEST_PYTHON")
        .expect(
            "STATEHOLD_TEST_PYTHON must name the Python that has the package; `cargo xtask test` sets it up",
        )
        .into()
}

/// A process of one of the languages, with a store that it has open.
pub(crate) struct Worker {
    pub(crate) language: Language,
    pub(crate) process: Process,
    pub(crate) asks: ChildStdin,
    pub(crate) answers: Answers,
}

/// What a worker says, line by line.
pub(crate) struct Answers(BufReader<ChildStdout>);

impl Iterator for Answers {
    type Item = Data;

    /// The next line; none at the end of the process. A last one that was cut off by a kill is left out.
    fn next(&mut self) -> Option<Data> {
        let mut line = String::new();
        self.0.read_line(&mut line).ok()?;
        serde_json::from_str(line.strip_suffix('\n')?).ok()
    }
}

/// The process of a worker. It ends with its test, however that ends.
pub(crate) struct Process(Child);

impl Process {
    /// Kill -9. What the worker had said before can still be read.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        let status = self.0.wait().unwrap();
        assert_eq!(status.code(), None, "a worker ended before it was killed: {status}");
    }
}

impl Process {
    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal, by its name: `-STOP`, `-CONT`.
    #[cfg(target_os = "linux")]
    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Worker {
    /// Starts a worker that has no store yet.
    pub(crate) fn start(language: Language) -> Self {
        let mut child = language
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("no worker in {language:?}: {error}"));
        let (asks, says) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { language, process: Process(child), asks, answers: Answers(BufReader::new(says)) }
    }

    /// Starts a worker and has it open the store.
    pub(crate) fn open(language: Language, path: &Path) -> Self {
        let mut worker = Self::start(language);
        let lost = worker.ask(&json!({ "do": "open", "path": path }));
        assert!(lost.is_null(), "{language:?} is told that commits are lost: {lost}");
        worker
    }

    /// Asks for something and waits for the answer.
    pub(crate) fn ask(&mut self, asked: &Data) -> Data {
        self.tell(asked);
        self.answer()
    }

    /// Asks for something without waiting.
    pub(crate) fn tell(&mut self, asked: &Data) {
        writeln!(self.asks, "{asked}").unwrap_or_else(|error| panic!("{:?} is gone: {error}", self.language));
    }

    /// The answer to what was told.
    pub(crate) fn answer(&mut self) -> Data {
        let answer =
            self.answers.next().unwrap_or_else(|| panic!("{:?} ended without an answer", self.language));
        match answer.get("ok") {
            Some(ok) => ok.clone(),
            None => panic!("{:?}: {answer}", self.language),
        }
    }
}

/// Asks all workers for the same and gives their answers, which they work on at the same time.
pub(crate) fn ask_all(workers: &mut [Worker], asked: impl Fn(usize) -> Data) -> Vec<Data> {
    for (index, worker) in workers.iter_mut().enumerate() {
        worker.tell(&asked(index));
    }
    workers.iter_mut().map(Worker::answer).collect()
}

/// Keeps the tests of this binary from running at the same time: they measure waits and fill the machine.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder with the path of a store in it that does not exist yet.
pub(crate) fn new_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

/// `short` in a normal run, `long` with `STATEHOLD_LONG=1`.
pub(crate) fn rounds(short: usize, long: usize) -> usize {
    if std::env::var("STATEHOLD_LONG").is_ok_and(|value| value == "1") { long } else { short }
}

/// Asserts that the journal is whole, from its beginning to the head.
pub(crate) fn assert_journal_whole(store: &Store) {
    let check = store.verify_journal().unwrap();
    assert!(check.problems.is_empty(), "the journal has problems: {:?}", check.problems);
    assert_eq!(check.revision, store.revision().unwrap(), "the journal ends at the head");
}

/// A small random generator, `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>.
pub(crate) struct Random(u64);

impl Random {
    /// Seeded by `STATEHOLD_SEED`, or anew. The seed is printed, so that a failure can be run again.
    #[allow(clippy::disallowed_methods)] // a seed is to differ from run to run
    pub(crate) fn seeded(test: &str) -> Self {
        let given = std::env::var("STATEHOLD_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos())
        });
        println!("{test}: STATEHOLD_SEED={seed}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}
