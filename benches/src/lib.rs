//! The benches of statehold; see the README beside this crate.
