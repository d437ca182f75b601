//! The Node binding: it converts types and errors and keeps the event loop free; every rule stands in the core.
#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; there is none written by hand")]
#![allow(clippy::needless_pass_by_value, reason = "JavaScript's strings and objects come as values")]

mod clock;
mod error;
mod memory;
mod namespace;
mod options;
mod pool;
mod reply;
mod store;
mod transaction;
mod value;

use napi_derive::napi;
use statehold::Error;

/// Every error code with the name of its class, as pairs.
#[napi]
pub fn error_codes() -> Vec<Vec<&'static str>> {
    Error::CODES.iter().map(|(code, name)| vec![*code, *name]).collect()
}
