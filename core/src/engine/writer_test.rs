//! Goal: who is committed together with whom, and what each is told. Method: the test leads, so that all others queue
//! up in a known order, and lets them go.

#![allow(clippy::unwrap_used)] // a test fails where it is not so

use std::sync::mpsc;

use super::*;
use crate::Store;
use crate::engine::Engine;
use crate::engine::request::{Check, Effect, Footprint, Statement, Touch};
use crate::error::Error;

const LONG: Duration = Duration::from_secs(60);

fn open(durability: Durability) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::options().durability(durability).open(folder.path().join("store")).unwrap();
    (folder, store)
}

fn engine(store: &Store) -> &Arc<Engine> {
    &store.shared().engine
}

fn mark() -> Commit {
    Commit { statements: vec![Statement::restored("{}".to_owned())], ..Commit::default() }
}

/// Commits these by a thread each, which queue up in this order while nobody can, and tells what became of each.
fn queued(engine: &Arc<Engine>, commits: Vec<Commit>) -> Vec<std::thread::Result<Result<u64>>> {
    let writer = &engine.writer;
    std::thread::scope(|scope| {
        let (go, gone) = mpsc::channel::<()>();
        let holder = scope.spawn(move || writer.lead(|_| gone.recv().unwrap_err()));
        while !writer.queue.lock().led {
            std::thread::yield_now();
        }
        let mut waiting = Vec::new();
        for commit in commits {
            waiting.push(scope.spawn(|| engine.commit(commit).map(|outcome| outcome.revision)));
            while writer.queue.lock().waiting.len() < waiting.len() {
                std::thread::yield_now();
            }
        }
        drop(go);
        holder.join().unwrap();
        waiting.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    })
}

/// Has the writer wait, for as long as it takes, for so many.
fn expect(writer: &Writer, callers: usize) {
    let mut queue = writer.queue.lock();
    queue.pace.most = LONG;
    queue.pace.committed(callers, 0, 10 * LONG, None);
}

#[test]
fn a_leader_waits_for_who_is_about_to_come() {
    let (_folder, store) = open(Durability::Full);
    let writer = &engine(&store).writer;
    expect(writer, 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| writer.commit(mark()).unwrap().revision);
        while writer.queue.lock().awaited == 0 {
            assert!(!first.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        assert_eq!(writer.commit(mark()).unwrap().revision, 2);
        assert_eq!(first.join().unwrap(), 1);
    });
    assert_eq!(writer.batches(), 1);
}

#[test]
fn without_a_sync_nobody_waits() {
    let (_folder, store) = open(Durability::Normal);
    let writer = &engine(&store).writer;
    expect(writer, 2);
    let begun = Instant::now();
    writer.commit(mark()).unwrap();
    assert!(begun.elapsed() < LONG / 2);
}

#[test]
fn who_wants_the_lock_ends_the_wait() {
    let (_folder, store) = open(Durability::Full);
    let writer = &engine(&store).writer;
    expect(writer, 3);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| writer.commit(mark()).unwrap().revision);
        while writer.queue.lock().awaited == 0 {
            assert!(!first.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        let begun = Instant::now();
        writer.lead(|_| ());
        assert!(begun.elapsed() < LONG / 2);
    });
}

#[test]
fn one_that_fails_halfway_leaves_nothing_and_the_others_whole() {
    const LEAVE: &str = "INSERT INTO meta (key, value) VALUES ('half', 1)";
    // SQLite refuses to make so long a text.
    const FAIL: &str = "UPDATE meta SET value = zeroblob(2000000000) WHERE key = 'store_id'";
    const LEFT: &str = "SELECT value FROM meta WHERE key = 'half'";
    let (_folder, store) = open(Durability::Full);
    let engine = engine(&store);
    let of = |texts: &[&'static str]| {
        let statement = |sql: &&'static str| Statement { sql, params: Vec::new(), effect: Effect::Silent };
        Commit { statements: texts.iter().map(statement).collect(), ..Commit::default() }
    };
    let batches = engine.writer.batches();
    let told = queued(engine, vec![of(&[LEAVE, FAIL]), mark(), of(&[FAIL]), mark()]);
    let told: Vec<_> = told.into_iter().map(std::result::Result::unwrap).collect();
    for at in [0, 2] {
        assert!(matches!(told[at], Err(Error::InvalidValue { .. })), "{told:?}");
    }
    assert_eq!((told[1].as_ref().ok(), told[3].as_ref().ok()), (Some(&1), Some(&2)));
    assert_eq!(engine.read(|reader| reader.one(LEFT, &[], |row| row.int(0))).unwrap(), None);
    assert_eq!((store.revision().unwrap(), store.journal(0, 10).unwrap().len()), (2, 2));
    assert_eq!(engine.writer.batches(), batches + 1);
}

/// Panics when it is looked at.
struct Trap;

impl Footprint for Trap {
    fn meets(&self, _: &Touch<'_>) -> bool {
        false
    }

    fn valid_until(&self) -> Option<i64> {
        panic!("as planned")
    }
}

#[test]
fn a_panic_of_the_leader_is_told_to_those_it_led() {
    let (_folder, store) = open(Durability::Full);
    let engine = engine(&store);
    let mut trap = mark();
    trap.checks.push(Check::Unchanged { since: 0, reads: Arc::new(Trap) });
    let told = queued(engine, vec![trap, mark()]);
    assert!(told[0].is_err(), "it panics");
    assert!(matches!(told[1], Ok(Err(Error::CommitUnknown { .. }))), "{told:?}");
    assert_eq!(store.revision().unwrap(), 0);
    assert_eq!(engine.commit(mark()).unwrap().revision, 1, "the writer is usable");
}
