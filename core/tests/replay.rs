//! A log of a process, replayed.
//!
//! Goal: the example `replay_log` finds that what four processes replayed is what the log says, and notices
//! when it is not; and processes that are killed while they replay leave a state that a receipt describes, go
//! on to the same end, and run no effect twice without saying so. Method: the example's own modules on the
//! small log of `tests/data`, each worker in a process; a worker is killed some time after an event that it
//! reported, looked at, and replaced. 5 kills in a normal run, 100 with `STATEHOLD_LONG=1`.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

#[path = "../examples/replay_log/check.rs"]
mod check;
mod common;
#[path = "../examples/replay_log/log.rs"]
mod log;
#[path = "../examples/replay_log/worker.rs"]
mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;

use statehold::{CaseState, Store};

use check::Messages;
use common::{Random, assert_file_sound, finish, new_path, report, rounds, seed};
use log::Log;
use worker::Worker;

const WORKERS: [&str; 4] = ["1", "2", "3", "4"];

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, name)) = common::role() else { return };
    assert_eq!(role, "replay");
    let (log, store) = (small_log(), Store::open(&path).unwrap());
    let worker = Worker { name: &name, store: &store, log: &log, outbox: &outbox(&path) };
    common::await_go();
    worker.run(|case| report(&format!("{} {}", case.id(), case.sequence()))).unwrap();
}

fn small_log() -> Log {
    Log::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/permits.csv")).unwrap()
}

fn outbox(store: &Path) -> PathBuf {
    store.with_extension("outbox")
}

/// Starts a worker, which begins at once.
fn start(store: &Path, name: &str) -> Child {
    let mut child = common::spawn("replay", store, name);
    drop(child.stdin.take());
    child
}

/// Has four processes replay the log. Returns how many events each has committed.
fn replay(path: &Path) -> Vec<usize> {
    let children = WORKERS.map(|name| common::spawn("replay", path, name));
    let threads = children.map(|child| std::thread::spawn(|| finish(child).len()));
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Asserts that the store has all that the log says, and returns what is known of the messages.
fn assert_as_logged(store: &Store, log: &Log, outbox: &Path) -> Messages {
    assert_eq!(check::compare_states(store, log).unwrap(), [""; 0]);
    let messages = check::compare_messages(store, log, outbox).unwrap();
    assert_eq!(messages.wrong, [""; 0]);
    let found = store.verify().unwrap();
    assert_eq!(found.problems, []);
    // Each case was created, and each event committed once.
    assert_eq!((found.cases, found.receipts), (20, 140));
    messages
}

/// The states of all cases without their times, which are those of the run.
fn timeless(store: &Store, log: &Log) -> BTreeMap<String, String> {
    let told = |CaseState { status, ctx, tokens, scopes, metadata, .. }| {
        let scopes: Vec<_> =
            scopes.into_values().map(|scope| (scope.id, scope.parent, scope.status, scope.tokens)).collect();
        format!("{status:?} {ctx} {tokens:?} {scopes:?} {} {}", metadata.step_count, metadata.term)
    };
    log.cases.iter().map(|one| (one.id.clone(), told(store.case(&one.id).unwrap().state()))).collect()
}

#[test]
fn four_processes_replay_the_log() {
    let (_folder, path) = new_path();
    let log = small_log();
    assert_eq!((log.cases.len(), log.events()), (20, 120));
    let events = replay(&path);
    println!("events by process: {events:?}");
    assert_eq!(events.iter().sum::<usize>(), 120, "each event once");

    let store = Store::open(&path).unwrap();
    let messages = assert_as_logged(&store, &log, &outbox(&path));
    assert_eq!((messages.begun_again, messages.sent), (0, messages.effects), "each message once");
    for logged in &log.cases {
        let case = store.case(&logged.id).unwrap();
        let (receipts, wrong) = check::replay_receipts(&case, logged).unwrap();
        assert_eq!((receipts, wrong), (logged.events.len() as u64 + 1, vec![]));
    }
    // Another run finds nothing to do.
    let revision = store.revision().unwrap();
    assert_eq!(replay(&path), [0; 4]);
    assert_eq!(store.revision().unwrap(), revision);
}

#[test]
fn a_changed_byte_of_a_receipt_is_named() {
    let (_folder, path) = new_path();
    let log = small_log();
    let store = Store::open(&path).unwrap();
    Worker { name: "1", store: &store, log: &log, outbox: &outbox(&path) }.run(|_| ()).unwrap();
    for logged in &log.cases {
        let receipt = store.case(&logged.id).unwrap().receipts(1, Some(1)).unwrap().pop().unwrap();
        let problem = check::tamper(&store, &receipt.id).unwrap().expect("nothing was noticed");
        assert_eq!((&*problem.facet, &problem.subject), ("case", &logged.id));
        assert!(problem.reason.starts_with(&format!("receipt 2 ({})", receipt.id)), "{problem:?}");
    }
    assert_eq!(store.verify().unwrap().problems, [], "the store itself is as it was");
}

#[test]
fn a_store_that_differs_from_the_log_is_noticed() {
    let (_folder, path) = new_path();
    let (mut log, outbox) = (small_log(), outbox(&path));
    let store = Store::open(&path).unwrap();
    Worker { name: "1", store: &store, log: &log, outbox: &outbox }.run(|_| ()).unwrap();
    assert_as_logged(&store, &log, &outbox);

    log.cases[3].events.last_mut().unwrap().activity.push('?');
    log.cases[7].events.pop();
    let wrong = check::compare_states(&store, &log).unwrap();
    let named: Vec<&str> = wrong.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(named, ["permit-04", "permit-08", "permit-08"], "{wrong:?}");

    // A message that nobody knows of, and one that was sent again.
    let sent = std::fs::read_to_string(&outbox).unwrap();
    let again = sent.lines().next().unwrap();
    std::fs::write(&outbox, format!("{sent}{again}\npermit-99\ttell:0\tClerk 1\n")).unwrap();
    let wrong = check::compare_messages(&store, &small_log(), &outbox).unwrap().wrong;
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(
        wrong[0].contains("begun 1 times, done 2 times") && wrong[1].starts_with("permit-99"),
        "{wrong:?}"
    );
}

/// Asserts that every case is as its last receipt says, and as the log says for the step at which it stands.
fn assert_described(store: &Store, log: &Log) {
    let found = store.verify().unwrap();
    assert_eq!(found.problems, []);
    for logged in &log.cases {
        // It may not be begun yet.
        let Ok(case) = store.case(&logged.id) else { continue };
        assert_eq!(check::disagreement(&case.state(), logged).unwrap(), None);
        assert_eq!(case.sequence(), case.metadata().step_count + 1, "{}", logged.id);
        assert_eq!(case.at(case.sequence()).unwrap(), case.state(), "{}", logged.id);
    }
}

/// Kills workers at one store and replaces them until the log is replayed, or `most` were killed. Returns how
/// many were.
fn disturb(path: &Path, log: &Log, random: &mut Random, most: usize) -> usize {
    let mut children = WORKERS.map(|name| {
        let mut child = start(path, name);
        let reports = common::reports(&mut child);
        (child, reports)
    });
    let mut kills = 0;
    while kills < most {
        let victim = usize::try_from(random.below(4)).unwrap();
        let (child, reports) = &mut children[victim];
        // A worker that has nothing left to do ends without being killed.
        let wanted = usize::try_from(random.below(6)).unwrap();
        if reports.take(wanted).count() < wanted {
            break;
        }
        // About as long as an event takes, with its effect.
        std::thread::sleep(std::time::Duration::from_micros(random.below(8_000)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if status.code().is_some() {
            assert!(status.success(), "a worker failed: {status}");
            break;
        }
        kills += 1;
        // The others go on meanwhile.
        let store = Store::open(path).unwrap();
        assert_described(&store, log);
        store.close().unwrap();
        let mut child = start(path, WORKERS[victim]);
        let reports = common::reports(&mut child);
        children[victim] = (child, reports);
    }
    for (mut child, reports) in children {
        reports.for_each(drop);
        assert!(child.wait().unwrap().success());
    }
    kills
}

#[test]
fn killed_processes_come_to_the_same_end() {
    let mut random = Random(seed("killed_processes_come_to_the_same_end"));
    let log = small_log();
    let (_folder, path) = new_path();
    replay(&path);
    let undisturbed = timeless(&Store::open(&path).unwrap(), &log);

    let (wanted, mut kills, mut runs, mut again, mut twice) = (rounds(5, 100), 0, 0, 0, 0);
    while kills < wanted {
        let (_folder, path) = new_path();
        kills += disturb(&path, &log, &mut random, wanted - kills);
        runs += 1;
        assert!(runs <= 20 + wanted, "hardly anybody was killed: the test shows nothing");
        let store = Store::open(&path).unwrap();
        let messages = assert_as_logged(&store, &log, &outbox(&path));
        assert_eq!(timeless(&store, &log), undisturbed);
        again += messages.begun_again;
        twice += messages.sent - messages.effects;
        assert!(twice <= again);
        store.close().unwrap();
        assert_file_sound(&path);
    }
    println!("{kills} kills in {runs} runs, {again} effects begun again, {twice} of them done twice");
}
