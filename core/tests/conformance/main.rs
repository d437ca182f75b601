//! Goal: Rust does what every language does. Method: the cases of `tests/spec/cases`, each in every mode. The format is
//! described in `tests/spec/README.md`. `CASE=text cargo test --test conformance` runs the cases whose name has the text.
#![allow(
    clippy::unwrap_used,
    clippy::unit_arg,
    reason = "a test; an operation without a result gives the unit"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

mod case;
mod command;
mod compare;
mod convert;
mod deployment;
mod effect;
mod environment;
mod event;
mod execute;
mod fault;
mod format;
mod function;
mod mock;
mod namespace;
mod plugin;
mod record;
mod state;
mod store;
mod watch;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex};

use serde_json::Value as Case;
use tempfile::TempDir;

use crate::execute::Executor;
use crate::format::{Data, cases, same};

/// What Rust can't express, by name.
const LACKS: &[(&str, &str)] = &[
    ("signed_ttl", "a Duration is neither negative nor infinite"),
    ("lone_surrogate", "a str has none"),
    ("cycle", "a value that is serialised can't contain itself"),
    ("non_string_name", "serde turns numbers and booleans into names, and reads them back as what they were"),
    ("any_version", "a u32 is neither negative nor fractional"),
    ("inner_bytes", "serde writes them as an array of numbers, and reads them back as bytes"),
];

/// In memory where the system has a folder for that: no case is about the disk, and waiting for it would take half
/// of the time.
fn new_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn run(case: &Case, mode: &str) -> Option<Data> {
    let folder = new_folder();
    Executor::new(case, mode, folder.path().join("store.db")).run()
}

/// What the mode `direct` leaves of a case, by the number of the case; the other modes are compared with it.
fn left_by_direct(number: usize, case: &Case) -> Option<Data> {
    static LEFT: LazyLock<Mutex<BTreeMap<usize, Option<Data>>>> = LazyLock::new(Mutex::default);
    let known = LEFT.lock().unwrap().get(&number).cloned();
    known.unwrap_or_else(|| {
        let left = run(case, "direct");
        LEFT.lock().unwrap().insert(number, left.clone());
        left
    })
}

fn run_all(mode: &str) {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let (mut passed, mut skipped, mut failed) = (0, 0, Vec::new());
    for (number, (file, case)) in cases().into_iter().enumerate() {
        let name = format!("{file}: {} ({mode})", case["name"].as_str().unwrap());
        let modes = case["modes"].as_array();
        let has = |mode: &str| modes.is_none_or(|modes| modes.iter().any(|each| each == mode));
        let lacks = |need: &Case| LACKS.iter().any(|(name, _)| need == name);
        if !has(mode) || !name.contains(&wanted) {
            continue;
        }
        if case["needs"].as_array().is_some_and(|needs| needs.iter().any(lacks)) {
            skipped += 1;
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if mode == "direct" {
                left_by_direct(number, &case);
                return;
            }
            let content = run(&case, mode);
            if let (true, Some(content)) = (has("direct"), content) {
                let direct = left_by_direct(number, &case).unwrap();
                assert!(same(&content, &direct, true), "it leaves {content:?}, and direct {direct:?}");
            }
        }));
        match outcome {
            Ok(()) => passed += 1,
            Err(_) => failed.push(name),
        }
    }
    println!("{mode}: {passed} passed, {skipped} skipped because Rust can't express them");
    assert!(failed.is_empty(), "{} cases failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn direct() {
    run_all("direct");
}

#[test]
fn reopen() {
    run_all("reopen");
}

#[test]
fn transaction() {
    run_all("transaction");
}
