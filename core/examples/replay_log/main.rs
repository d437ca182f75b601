//! The event log of a permit process, replayed: each case of the log becomes a case of a store, each event a
//! quantum.
//!
//! Four processes share the work: each claims the next case in the store, and for every event of it moves a
//! token to the activity, updates the context, counts the step, and commits. When a case passes to another
//! resource, that resource is told, which is an effect. Then the store is compared with the log: final
//! states, step counts, and what was told. The chain of every case and the journal are verified, one case is
//! rebuilt at each of its receipts, and one byte is changed in a copy, to see that the receipt is named.
//!
//! Run it with `cargo run --release -p statehold --example replay_log -- [LOG.csv] [STORE]`. Without a log it
//! takes the small one of the tests; any log with the columns `case:concept:name`, `case:channel`,
//! `concept:name`, `org:resource` and `time:timestamp` will do. Without a store it makes one and removes it. With
//! a store that was begun before, it goes on where that stands. It exits with 1 if anything disagrees.

mod check;
mod log;
mod worker;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::Instant;

use statehold::Store;

use crate::log::Log;
use crate::worker::Worker;

const PROCESSES: usize = 4;

/// The first argument of the processes that share the work.
const WORKER: &str = "--worker";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, name, log, store] = &arguments[..]
        && role == WORKER
    {
        work(name, Path::new(log), Path::new(store))?;
        return Ok(ExitCode::SUCCESS);
    }
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/permits.csv");
    let log = arguments.first().map_or(small, PathBuf::from);
    let folder = tempfile::tempdir()?;
    let store = arguments.get(1).map_or_else(|| folder.path().join("replay.db"), PathBuf::from);
    let wrong = replay(&log, &store)?;
    for line in &wrong {
        eprintln!("disagrees: {line}");
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The part of one of the processes.
fn work(name: &str, log: &Path, store: &Path) -> Result<(), Box<dyn Error>> {
    let (log, outbox) = (Log::read(log)?, outbox(store));
    let store = Store::options().label(name).open(store)?;
    let mut events = 0;
    Worker { name, store: &store, log: &log, outbox: &outbox }.run(|_| events += 1)?;
    println!("  {name}: {events} events");
    Ok(())
}

/// Where the messages go.
fn outbox(store: &Path) -> PathBuf {
    store.with_extension("outbox")
}

/// The part of the parent: starts the others, and looks at what they leave. Returns what is wrong.
fn replay(log_path: &Path, store_path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let log = Log::read(log_path)?;
    println!("log: {} cases, {} events ({})", log.cases.len(), log.events(), log_path.display());

    let begun = Instant::now();
    let children: Vec<Child> = (1..=PROCESSES)
        .map(|n| start(&format!("worker-{n}"), log_path, store_path))
        .collect::<Result<_, _>>()?;
    for mut child in children {
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("a worker ended with {status}").into());
        }
    }
    println!("replayed by {PROCESSES} processes in {:.1} s", begun.elapsed().as_secs_f64());

    let store = Store::open(store_path)?;
    let mut wrong = check::compare_states(&store, &log)?;
    println!("states: {} cases compared with the log, {} disagree", log.cases.len(), wrong.len());

    let messages = check::compare_messages(&store, &log, &outbox(store_path))?;
    let (effects, sent, again) = (messages.effects, messages.sent, messages.begun_again);
    println!("effects: {effects}, {sent} messages sent, {again} effects begun again");
    wrong.extend(messages.wrong);

    let begun = Instant::now();
    let found = store.verify()?;
    println!(
        "chains: {} receipts of {} cases and {} rows of the journal verified in {:.1} s, {} problems",
        found.receipts,
        found.cases,
        found.commits,
        begun.elapsed().as_secs_f64(),
        found.problems.len()
    );
    wrong
        .extend(found.problems.into_iter().map(|problem| format!("{}: {}", problem.subject, problem.reason)));

    let longest = log.cases.iter().max_by_key(|logged| logged.events.len()).ok_or("the log is empty")?;
    let case = store.case(&longest.id)?;
    let (receipts, differing) = check::replay_receipts(&case, longest)?;
    println!("history: {} rebuilt at each of its {receipts} receipts", longest.id);
    wrong.extend(differing);

    let receipt = case.receipts(receipts / 2, Some(1))?.pop().ok_or("a case has no second half")?;
    match check::tamper(&store, &receipt.id)? {
        Some(problem) if problem.reason.contains(&*receipt.id) => {
            println!("tampering: receipt {} of {}: {}", receipt.sequence, problem.subject, problem.reason);
        }
        other => wrong.push(format!("a changed byte of receipt {} was told as {other:?}", receipt.id)),
    }
    println!("{}", if wrong.is_empty() { "all agree" } else { "something disagrees" });
    Ok(wrong)
}

/// Starts one of the processes.
fn start(name: &str, log: &Path, store: &Path) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?).arg(WORKER).arg(name).args([log, store]).spawn()
}
