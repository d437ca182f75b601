//! What the faults' file holds, and which of its rules counts for a call.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::operation::Target;
use super::{FaultCall, FaultRule, OperationFailure};
use crate::clock::from_ms;

/// A rule as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) operation: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) scope: Option<String>,
    pub(super) failure: OperationFailure,
    pub(super) calls: u64,
    pub(super) hits: u64,
}

/// A call as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) operation: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) scope: Option<String>,
    pub(super) time_ms: i64,
    pub(super) latency: f64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) error_code: Option<String>,
    #[serde(default)]
    pub(super) after_commit: bool,
    pub(super) process: u32,
}

impl From<Rule> for FaultRule {
    fn from(rule: Rule) -> Self {
        let remaining = rule.failure.most().map(|most| most.saturating_sub(rule.hits));
        let Rule { operation, scope, failure, calls, hits } = rule;
        Self { operation, scope, failure, calls, hits, remaining }
    }
}

impl From<Call> for FaultCall {
    fn from(call: Call) -> Self {
        Self {
            time: from_ms(call.time_ms),
            latency: seconds(Some(call.latency)),
            operation: call.operation,
            scope: call.scope,
            error_code: call.error_code,
            after_commit: call.after_commit,
            process: call.process,
        }
    }
}

/// The one rule that counts for a call: a cloud's before the store's, an exact name before patterns, a longer pattern
/// before a shorter one.
pub(super) fn choose(rules: Vec<Rule>, operation: &str, scope: Option<&str>) -> Option<Rule> {
    let rank = |rule: &Rule| {
        let ours = rule.scope.is_none() || rule.scope.as_deref() == scope;
        let target =
            Target::parse(&rule.operation).ok().filter(|target| ours && target.matches(operation))?;
        Some((rule.scope.is_some(), !target.is_pattern(), rule.operation.len()))
    };
    rules
        .into_iter()
        .rev() // of equals the last counts below, which is then the first by name
        .filter_map(|rule| Some((rank(&rule)?, rule)))
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, rule)| rule)
}

/// A span of time, as it is stored.
pub(super) fn seconds(stored: Option<f64>) -> Duration {
    stored.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default()
}
