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

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use serde_json::Value as Case;

use crate::execute::Executor;
use crate::format::{cases, same};

/// What Rust can't express, by name.
const LACKS: &[(&str, &str)] = &[
    ("signed_ttl", "a Duration is neither negative nor infinite"),
    ("lone_surrogate", "a str has none"),
    ("cycle", "a value that is serialised can't contain itself"),
    ("non_string_name", "serde turns numbers and booleans into names, and reads them back as what they were"),
    ("any_version", "a u32 is neither negative nor fractional"),
    ("inner_bytes", "serde writes them as an array of numbers, and reads them back as bytes"),
];

fn run_all(mode: &str) {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("conformance-{mode}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
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
        let run = |mode: &str| Executor::new(&case, mode, folder.join(format!("{number}-{mode}.db"))).run();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let content = run(mode);
            if let (true, Some(content)) = (mode != "direct" && has("direct"), content) {
                let direct = run("direct").unwrap();
                assert!(same(&content, &direct, true), "it leaves {content:?}, and direct {direct:?}");
            }
        }));
        match outcome {
            Ok(()) => passed += 1,
            Err(_) => failed.push(name),
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
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
