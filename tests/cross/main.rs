//! Rust, Python and Node on one file.
//!
//! Goal: what the three share, they share exactly: values, counters, transactions that outlive a kill, claims, times
//! to live, plugin state, cases, environments and their locks, turns at writing, errors. Method: workers, one process each, in all three
//! languages, which do what a test tells them over their standard input; see `tests/README.md`. `cargo xtask test`
//! builds the bindings and says where they are; without them these tests fail, they do not skip.

#![allow(clippy::unwrap_used)] // all of it is a test, its helpers too

#[cfg(target_os = "linux")]
mod arena;
mod cases;
mod claims;
mod coherence;
#[cfg(target_os = "linux")]
mod contests;
mod counting;
mod environments;
mod errors;
mod expiry;
mod fairness;
mod harness;
mod kill;
mod opening;
mod plugins;
mod values;
