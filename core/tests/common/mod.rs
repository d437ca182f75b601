//! What the tests of the core share: folders, seeds, child processes and what every store must satisfy.

#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)] // each test file uses a part of it

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use statehold::{ManualClock, OpenOptions, Store};

/// Says which part a child process plays.
const ROLE: &str = "STATEHOLD_TEST_ROLE";
/// The store that a child process works on.
const PATH: &str = "STATEHOLD_TEST_PATH";
/// What else a child process is told.
const WORD: &str = "STATEHOLD_TEST_WORD";

/// Whether the long setting is asked for, with `STATEHOLD_LONG=1`.
pub fn long() -> bool {
    std::env::var("STATEHOLD_LONG").is_ok_and(|value| value == "1")
}

/// `short` in a normal run, `long` with `STATEHOLD_LONG=1`.
pub fn rounds(short: usize, long: usize) -> usize {
    if self::long() { long } else { short }
}

/// The seed of a test: `STATEHOLD_SEED`, or a new one. Printed, so that a failure can be run again.
pub fn seed(of: &str) -> u64 {
    let seed = std::env::var("STATEHOLD_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        let now = statehold::Clock::now(&statehold::SystemClock);
        u64::try_from(now.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() & 0xffff_ffff).unwrap()
    });
    println!("{of}: STATEHOLD_SEED={seed}");
    seed
}

/// A small random generator, `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A folder with the path of a store in it that does not exist yet.
pub fn new_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

/// Options for a store whose time stands still until it is moved, and that does nothing by itself.
pub fn still(clock: &ManualClock) -> OpenOptions {
    Store::options().clock(clock.clone()).background(false)
}

/// Options for a store that does not wait for the disk.
pub fn fast() -> OpenOptions {
    Store::options().durability(statehold::Durability::Normal)
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A file beside the store: `-wal`, `-shm`, `-statehold`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Asserts that the journal is whole, from its anchor to the head.
pub fn assert_journal_whole(store: &Store) {
    let check = store.verify_journal().unwrap();
    assert!(check.problems.is_empty(), "the journal has problems: {:?}", check.problems);
    assert_eq!(check.revision, store.revision().unwrap(), "the journal ends at the head");
}

/// Asserts that SQLite finds no fault with the file. Every handle of this process on it must be closed:
/// a second connection that closes would take their locks away.
pub fn assert_file_sound(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok", "{}", path.display());
}

/// Runs `role` of this test binary in a process of its own, on the store at `path`. The file must have
/// an ignored test named `child_process`, which asks [`role`]. It reports on its standard error.
pub fn spawn(role: &str, path: &Path, word: &str) -> Child {
    command(role, path, word).spawn().unwrap()
}

/// As [`spawn`], to be started later.
pub fn command(role: &str, path: &Path, word: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_process", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(PATH, path).env(WORD, word);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// What a child process is to do, if this is one: its role, its path and what else it was told.
pub fn role() -> Option<(String, PathBuf, String)> {
    let role = std::env::var(ROLE).ok()?;
    Some((role, PathBuf::from(std::env::var_os(PATH)?), std::env::var(WORD).ok()?))
}

/// Reports a line to the parent, whole or not at all, at once.
pub fn report(line: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("> {line}\n").as_bytes()).unwrap();
}

/// Waits for the parent's go: the end of the standard input.
pub fn await_go() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// The lines that a child has reported, as they come. A last one without an end was cut off and is left out.
pub fn reports(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    std::iter::from_fn(move || {
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok()?;
            let line = line.strip_suffix('\n')?;
            match line.strip_prefix("> ") {
                Some(report) => return Some(report.to_owned()),
                None => eprintln!("child: {line}"),
            }
        }
    })
}

/// Stops other threads when one ends, also by a failed assertion: nobody must wait for it for ever.
pub struct AtEnd<'a>(pub &'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets a child end by itself, and asserts that it found nothing wrong. Returns what it reported.
pub fn finish(mut child: Child) -> Vec<String> {
    drop(child.stdin.take());
    let lines: Vec<String> = reports(&mut child).collect();
    let status = child.wait().unwrap();
    assert!(status.success(), "a child process failed: {status}, after {lines:?}");
    lines
}
