//! Many environments, and a long history of one.

use std::path::Path;

use statehold::{EnvironmentFilter, Environments, Json, Lifecycle, Result, Store};

use crate::options;
use crate::sample::{Sample, by_thousands};

/// An environment goes from one to the other and back, as often as it likes.
const MACHINE: &str = r#"{"name": "machine", "states": ["stopped", "running"], "initial": "stopped",
    "transitions": [["stopped", "running"], ["running", "stopped"]]}"#;
const ROUND: [&str; 2] = ["running", "stopped"];

fn name(number: usize) -> String {
    format!("env-{number:06}")
}

fn data() -> Result<Json> {
    Json::new(r#"{"region":"eu-central-1","size":"large","owner":"Ada Lovelace","note":"0123456789abcdef"}"#)
}

fn open(path: &Path) -> Result<Store> {
    let store = options().open(path)?;
    store.environments().register_lifecycle(&Lifecycle::parse(MACHINE)?)?;
    Ok(store)
}

fn create(environments: &Environments, name: &str) -> Result<()> {
    environments.create_with(name, data()?, "machine").map(|_| ())
}

/// The next transition of an environment that goes round.
fn turn(environments: &Environments, name: &str, number: usize) -> Result<()> {
    environments.transition(name, ROUND[number % 2]).map(|_| ())
}

pub(crate) fn environments(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = open(path)?;
    by_thousands(records, |numbers| {
        store.transaction(|tx| {
            let environments = tx.environments();
            numbers.clone().try_for_each(|number| create(&environments, &name(number)))
        })
    })?;
    let environments = store.environments();
    // Each goes on once: scattered over all, since the factor is odd and no part of a power of ten.
    let moved = records.min(2_000);
    let scattered = |number: usize| name(number * 7_919 % records);
    Ok(vec![
        Sample::of("load", 5_000, |number| environments.load(&scattered(number)).map(|_| ()))?,
        Sample::of("transition", moved, |number| turn(&environments, &scattered(number), 0))?,
        Sample::of("list of those in a state, one of them", 20, |_| {
            let listed = environments.list_with(&EnvironmentFilter::new().state(ROUND[0]))?;
            assert_eq!(listed.len(), moved);
            Ok(())
        })?
        .per(moved),
        Sample::of("history of one", 2_000, |number| {
            environments.history(&scattered(number % moved)).map(|entries| assert_eq!(entries.len(), 2))
        })?,
    ])
}

pub(crate) fn history(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = open(path)?;
    let environments = store.environments();
    create(&environments, "web")?;
    (0..records).try_for_each(|number| turn(&environments, "web", number))?;
    let last = store.revision()?;
    Ok(vec![
        Sample::of("transition", 2_000, |number| turn(&environments, "web", number))?,
        Sample::of("load", 5_000, |_| environments.load("web").map(|_| ()))?,
        Sample::of("at a revision", 2_000, |_| {
            // The first commit has registered the lifecycle.
            let at = fastrand::u64(2..=last);
            environments.at("web", at).map(|found| assert!(found.is_some()))
        })?,
        Sample::of("history, an entry", 20, |_| environments.history("web").map(|_| ()))?.per(records),
    ])
}
