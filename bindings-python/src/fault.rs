//! The faults of a store that was opened with them.

mod record;

use pyo3::prelude::*;

pub(crate) use record::{FaultCall, FaultRule, OperationFailure};

use crate::arg::{List, Span};
use crate::error::Result;

/// The faults of a store that was opened with `faults=True`, shared by all processes that opened it so: what one sets
/// counts for the next call of any. An operation is named by its facet and itself (`namespace.set`, `plugin.migrate`,
/// `case.commit`); a glob pattern (`plugin.*`) means all that match. Of the faults that are set one counts for a call: an
/// exact name before patterns, and a longer pattern before a shorter one.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Faults {
    pub(crate) inner: statehold::Faults,
}

#[pymethods]
impl Faults {
    /// The names of all operations that faults can be set on.
    #[staticmethod]
    fn operations() -> List<String> {
        List(statehold::Faults::operations().into_iter().map(str::to_owned).collect())
    }

    /// Has every call of every operation wait so many seconds (or a `timedelta`) before anything else; 0 for none. A
    /// fault with a latency of its own counts instead.
    fn set_global_latency(&self, py: Python<'_>, latency: Span) -> Result<()> {
        Ok(py.detach(|| self.inner.set_global_latency(latency.0))?)
    }

    /// How many seconds every call waits.
    fn get_global_latency(&self, py: Python<'_>) -> Result<f64> {
        Ok(py.detach(|| self.inner.get_global_latency())?.as_secs_f64())
    }

    /// Sets a fault on an operation, or on all that match a glob pattern, in place of the one that was set on the same.
    /// The next call fails (`fail_next`), the next so many (`times`), or all of them (`always_fail`); or each with a
    /// `probability`, drawn from `seed` so that the same ones fail in every run, and with `times` at most so many. They
    /// raise `FaultError` with `error_code` and `error_message`, before they have done anything; with `after_commit`,
    /// after they have done all. Each call waits for `latency` seconds first, varied by `jitter`. Raises
    /// `InvalidValueError` for what is and matches no operation, and for a fault that does nothing.
    #[pyo3(signature = (
        operation, *, fail_next = false, always_fail = false, times = None, probability = None, seed = 0,
        error_code = "InternalError", error_message = "an injected failure", latency = None, jitter = None,
        after_commit = false
    ))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "each is a keyword")]
    fn set_operation_failure(
        &self,
        py: Python<'_>,
        operation: &str,
        fail_next: bool,
        always_fail: bool,
        times: Option<u64>,
        probability: Option<f64>,
        seed: u64,
        error_code: &str,
        error_message: &str,
        latency: Option<Span>,
        jitter: Option<Span>,
        after_commit: bool,
    ) -> Result<()> {
        let mut failure = statehold::OperationFailure::new().seed(seed).error(error_code, error_message);
        failure.fail_next = fail_next;
        failure.always_fail = always_fail;
        failure.times = times;
        failure.probability = probability;
        failure.latency = latency.map(|latency| latency.0);
        failure.jitter = jitter.map(|jitter| jitter.0);
        failure.after_commit = after_commit;
        Ok(py.detach(|| self.inner.set_operation_failure(operation, failure))?)
    }

    /// The fault that is set on just this operation or pattern, with what it has done; None if there is none.
    fn get_operation_failure(&self, py: Python<'_>, operation: &str) -> Result<Option<FaultRule>> {
        let rule = py.detach(|| self.inner.get_operation_failure(operation))?;
        Ok(rule.map(|rule| FaultRule::of(py, rule)).transpose()?)
    }

    /// Removes the fault that is set on just this operation or pattern, and returns whether there was one.
    fn clear_operation_failure(&self, py: Python<'_>, operation: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.clear_operation_failure(operation))?)
    }

    /// Removes all faults and returns how many there were. The global latency stays, and so do the calls.
    fn clear_all_failures(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.clear_all_failures())?)
    }

    /// All faults that are set, in the order of their operations.
    fn list(&self, py: Python<'_>) -> Result<List<FaultRule>> {
        let rules = py.detach(|| self.inner.list())?;
        Ok(List(rules.into_iter().map(|rule| FaultRule::of(py, rule)).collect::<PyResult<_>>()?))
    }

    /// The calls of an operation, or of all that match a pattern, oldest first: of the last 10,000 calls of any operation,
    /// by any process.
    #[pyo3(signature = (operation = "*"))]
    fn calls(&self, py: Python<'_>, operation: &str) -> Result<List<FaultCall>> {
        let calls = py.detach(|| self.inner.calls(operation))?;
        Ok(List(calls.into_iter().map(FaultCall::from).collect()))
    }

    /// How often an operation was called, or all that match a pattern; without a limit.
    #[pyo3(signature = (operation = "*"))]
    fn count(&self, py: Python<'_>, operation: &str) -> Result<u64> {
        Ok(py.detach(|| self.inner.count(operation))?)
    }

    /// Raises `ValidationError` if an operation was not called just so often.
    fn verify(&self, py: Python<'_>, operation: &str, count: u64) -> Result<()> {
        Ok(py.detach(|| self.inner.verify(operation, count))?)
    }

    /// Forgets all calls, and how many there were. What faults have counted stays.
    fn clear_calls(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.clear_calls())?)
    }
}
