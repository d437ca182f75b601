//! The Node binding: it converts types and errors and keeps the event loop free; every rule stands in the core.
#![allow(
    unsafe_code,
    reason = "napi's macros expand to unsafe code; by hand, only `Store::commit_sign` has any"
)]
#![allow(clippy::needless_pass_by_value, reason = "JavaScript's strings and objects come as values")]
#![allow(clippy::implicit_hasher, reason = "JavaScript's objects come as maps of one kind")]

mod case;
mod clock;
mod environment;
mod error;
mod event;
mod fault;
mod journal;
mod memory;
mod migration;
mod mock;
mod namespace;
mod operations;
mod options;
mod plugin;
mod pool;
mod reply;
mod store;
mod together;
mod transaction;
mod update;
mod value;
mod watch;

use napi_derive::napi;
// What the macros register does not count as used when the crate is only checked.
pub use fault::fault_operations;
pub use mock::{get_mock_cloud, open_mock_cloud, reset_mock_cloud};
pub use operations::{doctor, restore, upgrade};
pub use options::refuse_option;
use statehold::Error;
pub use store::open;

/// Runs the command line, the program's own name first, on the streams of this process; gives its exit code.
#[napi]
pub fn run(arguments: Vec<String>) -> u8 {
    statehold_cli::run(arguments.into_iter().map(Into::into), statehold_cli::Streams::process)
}

/// Every error code with the name of its class, as pairs.
#[napi]
pub fn error_codes() -> Vec<Vec<&'static str>> {
    Error::CODES.iter().map(|(code, name)| vec![*code, *name]).collect()
}
