//! What the faults of a store tell.

use std::time::Duration;

use pyo3::prelude::*;

use crate::arg::since_1970;
use crate::record::record;

/// A fault: whether the calls of an operation fail and how, and how long they take.
#[pyclass(frozen, get_all, module = "statehold")]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of its own")]
pub(crate) struct OperationFailure {
    /// Whether the next call fails, and none after it.
    fail_next: bool,
    /// Whether all calls fail.
    always_fail: bool,
    /// How many calls fail.
    times: Option<u64>,
    /// How probable it is that a call fails.
    probability: Option<f64>,
    /// What the draws begin with.
    seed: u64,
    /// The code of the error.
    error_code: String,
    /// The message of the error.
    error_message: String,
    /// How many seconds each call waits.
    latency: Option<f64>,
    /// By how many seconds that varies.
    jitter: Option<f64>,
    /// Whether a call fails after its work instead of before.
    after_commit: bool,
}

record!(OperationFailure(
    fail_next: bool,
    always_fail: bool,
    times: Option<u64>,
    probability: Option<f64>,
    seed: u64,
    error_code: String,
    error_message: String,
    latency: Option<f64>,
    jitter: Option<f64>,
    after_commit: bool
));

impl From<statehold::OperationFailure> for OperationFailure {
    fn from(failure: statehold::OperationFailure) -> Self {
        Self {
            fail_next: failure.fail_next,
            always_fail: failure.always_fail,
            times: failure.times,
            probability: failure.probability,
            seed: failure.seed,
            error_code: failure.error_code,
            error_message: failure.error_message,
            latency: failure.latency.as_ref().map(Duration::as_secs_f64),
            jitter: failure.jitter.as_ref().map(Duration::as_secs_f64),
            after_commit: failure.after_commit,
        }
    }
}

/// A fault that is set on an operation, and what it has done so far.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct FaultRule {
    /// The operation's full name, or the pattern.
    operation: String,
    /// The mock cloud that it is for; None if it is for the whole store.
    scope: Option<String>,
    /// What it does to a call.
    failure: Py<OperationFailure>,
    /// How many calls it has looked at since it was set.
    calls: u64,
    /// How many of them it has made fail.
    hits: u64,
    /// How many more it can make fail; None if there is no limit. At 0 it only delays.
    remaining: Option<u64>,
}

record!(FaultRule(
    operation: String,
    scope: Option<String>,
    failure: Py<OperationFailure>,
    calls: u64,
    hits: u64,
    remaining: Option<u64>
));

impl FaultRule {
    pub(super) fn of(py: Python<'_>, rule: statehold::FaultRule) -> PyResult<Self> {
        let statehold::FaultRule { operation, scope, failure, calls, hits, remaining, .. } = rule;
        let failure = Py::new(py, OperationFailure::from(failure))?;
        Ok(Self { operation, scope, failure, calls, hits, remaining })
    }
}

/// A call of an operation, and what was injected into it.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct FaultCall {
    /// The operation's full name.
    operation: String,
    /// The mock cloud that was called; None for other operations.
    scope: Option<String>,
    /// When, in seconds since 1970, by the store's clock.
    time: f64,
    /// How many seconds it was delayed.
    latency: f64,
    /// The code of the failure that was injected; None if none was.
    error_code: Option<String>,
    /// Whether that failure came after the work instead of before.
    after_commit: bool,
    /// The process that called.
    process: u32,
}

record!(FaultCall(
    operation: String,
    scope: Option<String>,
    time: f64,
    latency: f64,
    error_code: Option<String>,
    after_commit: bool,
    process: u32
));

impl From<statehold::FaultCall> for FaultCall {
    fn from(call: statehold::FaultCall) -> Self {
        Self {
            operation: call.operation,
            scope: call.scope,
            time: since_1970(call.time),
            latency: call.latency.as_secs_f64(),
            error_code: call.error_code,
            after_commit: call.after_commit,
            process: call.process,
        }
    }
}
