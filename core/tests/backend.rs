//! Goal: every implementation of `StateBackend` in the crate does what a backend must.
//! Method: the suite that the crate ships for anybody's implementation.
#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

use statehold::backend::suite;
use statehold::{MemoryBackend, Store};

#[test]
fn the_store_is_a_backend() {
    suite::run(|clock| Store::options().clock(clock).open(":memory:").unwrap());
}

#[test]
fn memory_is_a_backend() {
    suite::run(MemoryBackend::with_clock);
}
