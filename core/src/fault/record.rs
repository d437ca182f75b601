//! What the faults of a store tell: the rules that are set, and the calls that came by.

use std::time::{Duration, SystemTime};

use super::OperationFailure;

/// A fault that is set on an operation, and what it has done so far.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FaultRule {
    /// The operation's full name (`namespace.set`), or the pattern (`plugin.*`).
    pub operation: String,
    /// The mock cloud that it is for; none if it is for the whole store.
    pub scope: Option<String>,
    /// What it does to a call.
    pub failure: OperationFailure,
    /// How many calls it has looked at since it was set.
    pub calls: u64,
    /// How many of them it has made fail.
    pub hits: u64,
    /// How many more it can make fail; none if there is no limit. At 0 it only delays.
    pub remaining: Option<u64>,
}

/// A call of an operation, and what was injected into it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FaultCall {
    /// The operation's full name: `namespace.set`.
    pub operation: String,
    /// The mock cloud that was called; none for other operations.
    pub scope: Option<String>,
    /// When it was called, by the store's clock.
    pub time: SystemTime,
    /// How long it was delayed.
    pub latency: Duration,
    /// The code of the failure that was injected, if one was.
    pub error_code: Option<String>,
    /// Whether that failure came after the work instead of before.
    pub after_commit: bool,
    /// The process that called.
    pub process: u32,
}
