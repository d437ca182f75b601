//! Faults: of a store, or of one mock cloud.

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Error, OperationFailure};

use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::value::{count, span, span_ms, time_ms, whole};

/// The names of all operations.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn fault_operations() -> Vec<&'static str> {
    statehold::Faults::operations()
}

/// The faults of a store, or of one mock cloud.
#[napi]
pub struct Faults {
    inner: statehold::Faults,
    lane: Lane,
}

impl Faults {
    pub(crate) fn new(inner: statehold::Faults, workers: &Workers) -> Self {
        Self { inner, lane: Lane::Write(workers.clone()) }
    }
}

/// What a fault does.
#[napi(object)]
pub struct Failing {
    /// The next call fails.
    pub fail_next: Option<bool>,
    /// All calls fail.
    pub always_fail: Option<bool>,
    /// So many calls fail.
    pub times: Option<f64>,
    /// How probable it is that a call fails.
    pub probability: Option<f64>,
    /// What the draws begin with, in digits.
    pub seed: Option<String>,
    /// The code of the error.
    pub error_code: Option<String>,
    /// Its message.
    pub error_message: Option<String>,
    /// How long each call waits.
    pub latency_ms: Option<f64>,
    /// By how much that varies.
    pub jitter_ms: Option<f64>,
    /// Calls fail after their work.
    pub after_commit: Option<bool>,
}

impl Failing {
    fn failure(self) -> statehold::Result<OperationFailure> {
        let mut failure = OperationFailure::new();
        failure.fail_next = self.fail_next.unwrap_or(false);
        failure.always_fail = self.always_fail.unwrap_or(false);
        failure.times = self.times.map(|times| whole("times", times)).transpose()?;
        failure.probability = self.probability;
        if let Some(seed) = self.seed {
            failure.seed = seed.parse().map_err(|_| Error::InvalidValue {
                path: "seed".to_owned(),
                reason: format!("it must be a whole number from 0 to 2^64-1, not {seed}"),
            })?;
        }
        if let Some(code) = self.error_code {
            failure.error_code = code;
        }
        if let Some(message) = self.error_message {
            failure.error_message = message;
        }
        failure.latency = self.latency_ms.map(|ms| span("latencyMs", ms)).transpose()?;
        failure.jitter = self.jitter_ms.map(|ms| span("jitterMs", ms)).transpose()?;
        failure.after_commit = self.after_commit.unwrap_or(false);
        Ok(failure)
    }
}

impl From<OperationFailure> for Failing {
    fn from(failure: OperationFailure) -> Self {
        Self {
            fail_next: Some(failure.fail_next),
            always_fail: Some(failure.always_fail),
            times: failure.times.map(count),
            probability: failure.probability,
            seed: Some(failure.seed.to_string()),
            error_code: Some(failure.error_code),
            error_message: Some(failure.error_message),
            latency_ms: failure.latency.map(span_ms),
            jitter_ms: failure.jitter.map(span_ms),
            after_commit: Some(failure.after_commit),
        }
    }
}

/// A fault that is set on an operation, and what it has done.
#[napi(object)]
pub struct FaultRule {
    /// The operation, or the pattern.
    pub operation: String,
    /// The mock cloud that it is for.
    pub scope: Option<String>,
    /// What it does.
    pub failure: Failing,
    /// How many calls it has looked at.
    pub calls: f64,
    /// How many of them it has made fail.
    pub hits: f64,
    /// How many more it can make fail.
    pub remaining: Option<f64>,
}

impl From<statehold::FaultRule> for FaultRule {
    fn from(rule: statehold::FaultRule) -> Self {
        let statehold::FaultRule { operation, scope, failure, calls, hits, remaining, .. } = rule;
        let (calls, hits, remaining) = (count(calls), count(hits), remaining.map(count));
        Self { operation, scope, failure: failure.into(), calls, hits, remaining }
    }
}

/// A call of an operation, and what was injected into it.
#[napi(object)]
pub struct FaultCall {
    /// The operation.
    pub operation: String,
    /// The mock cloud that was called.
    pub scope: Option<String>,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// How long it was delayed.
    pub latency_ms: f64,
    /// The code of the failure.
    pub error_code: Option<String>,
    /// Whether that came after the work.
    pub after_commit: bool,
    /// The process that called.
    pub process: u32,
}

impl From<statehold::FaultCall> for FaultCall {
    fn from(call: statehold::FaultCall) -> Self {
        let statehold::FaultCall {
            operation, scope, time, latency, error_code, after_commit, process, ..
        } = call;
        let (time_ms, latency_ms) = (time_ms(time), span_ms(latency));
        Self { operation, scope, time_ms, latency_ms, error_code, after_commit, process }
    }
}

#[napi]
impl Faults {
    /// Has every call wait so long.
    #[napi]
    pub fn set_global_latency<'env>(
        &self,
        env: &'env Env,
        latency_ms: f64,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || inner.set_global_latency(span("latencyMs", latency_ms)?);
        self.lane.answer(env, later, work, |()| ())
    }

    /// How long every call waits.
    #[napi]
    pub fn get_global_latency<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.get_global_latency(), span_ms)
    }

    /// Sets a fault.
    #[napi]
    pub fn set_operation_failure<'env>(
        &self,
        env: &'env Env,
        operation: String,
        failure: Failing,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || inner.set_operation_failure(&operation, failure.failure()?);
        self.lane.answer(env, later, work, |()| ())
    }

    /// The fault that is set on just this.
    #[napi]
    pub fn get_operation_failure<'env>(
        &self,
        env: &'env Env,
        operation: String,
        later: bool,
    ) -> Result<Reply<'env, Option<FaultRule>>> {
        let inner = self.inner.clone();
        let work = move || inner.get_operation_failure(&operation);
        self.lane.answer(env, later, work, |found| found.map(FaultRule::from))
    }

    /// Removes it.
    #[napi]
    pub fn clear_operation_failure<'env>(
        &self,
        env: &'env Env,
        operation: String,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.clear_operation_failure(&operation), |removed| removed)
    }

    /// Removes all.
    #[napi]
    pub fn clear_all_failures<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.clear_all_failures(), count)
    }

    /// All that are set.
    #[napi]
    pub fn list<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Vec<FaultRule>>> {
        let inner = self.inner.clone();
        let show = |rules: Vec<statehold::FaultRule>| rules.into_iter().map(FaultRule::from).collect();
        self.lane.answer(env, later, move || inner.list(), show)
    }

    /// The calls.
    #[napi]
    pub fn calls<'env>(
        &self,
        env: &'env Env,
        operation: String,
        later: bool,
    ) -> Result<Reply<'env, Vec<FaultCall>>> {
        let inner = self.inner.clone();
        let show = |calls: Vec<statehold::FaultCall>| calls.into_iter().map(FaultCall::from).collect();
        self.lane.answer(env, later, move || inner.calls(&operation), show)
    }

    /// How many calls there were.
    #[napi]
    pub fn count<'env>(&self, env: &'env Env, operation: String, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.count(&operation), count)
    }

    /// Fails if there were not so many.
    #[napi]
    pub fn verify<'env>(
        &self,
        env: &'env Env,
        operation: String,
        count: f64,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || inner.verify(&operation, whole("count", count)?);
        self.lane.answer(env, later, work, |()| ())
    }

    /// Forgets the calls.
    #[napi]
    pub fn clear_calls<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.clear_calls(), |()| ())
    }
}
