//! What can be injected: how often a call fails and with what, and how long it takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::{TEXT_BYTES, TTL_MOST, check_text};
use crate::options::unknown_option;

/// A fault for one operation: whether its calls fail and how, and how long they take.
///
/// As JSON, in scenarios and in the faults' file, it has the same members, with `latency` and `jitter` in seconds.
///
/// ```
/// use std::time::Duration;
/// use statehold::OperationFailure;
///
/// let throttled = OperationFailure::new()
///     .probability(0.3)
///     .seed(7)
///     .error("ThrottlingException", "Rate exceeded")
///     .latency(Duration::from_millis(200));
/// let store = statehold::Store::options().faults(true).open(":memory:")?;
/// store.faults().set_operation_failure("namespace.get", throttled)?;
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OperationFailure {
    /// Whether the next call fails, and none after it. The same as `times` 1.
    #[serde(skip_serializing_if = "is_false")]
    pub fail_next: bool,
    /// Whether all calls fail, whatever else is set.
    #[serde(skip_serializing_if = "is_false")]
    pub always_fail: bool,
    /// How many calls fail: the next ones, or with a probability those that it strikes, up to so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How probable it is that a call fails, from 0 to 1. It is drawn from a seeded generator, so that the same calls
    /// fail in every run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What the draws of `probability` and `jitter` begin with; 0 unless set.
    #[serde(skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// The code of the error that the caller gets; `InternalError` unless set.
    pub error_code: String,
    /// The message of that error; `an injected failure` unless set.
    pub error_message: String,
    /// How long each call waits before anything else, instead of the global latency.
    #[serde(skip_serializing_if = "Option::is_none", with = "seconds")]
    pub latency: Option<Duration>,
    /// By how much the latency varies, in both directions; evenly distributed.
    #[serde(skip_serializing_if = "Option::is_none", with = "seconds")]
    pub jitter: Option<Duration>,
    /// Whether a call fails after it has done its work instead of before: the acknowledgement is lost.
    #[serde(skip_serializing_if = "is_false")]
    pub after_commit: bool,
}

impl Default for OperationFailure {
    fn default() -> Self {
        Self {
            fail_next: false,
            always_fail: false,
            times: None,
            probability: None,
            seed: 0,
            error_code: "InternalError".to_owned(),
            error_message: "an injected failure".to_owned(),
            latency: None,
            jitter: None,
            after_commit: false,
        }
    }
}

impl OperationFailure {
    /// One that does nothing yet, which can't be set as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the next call fail.
    pub fn fail_next(mut self) -> Self {
        self.fail_next = true;
        self
    }

    /// Has all calls fail.
    pub fn always_fail(mut self) -> Self {
        self.always_fail = true;
        self
    }

    /// Sets [`times`](Self::times).
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Sets [`probability`](Self::probability).
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Sets [`seed`](Self::seed).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the code and the message of the error.
    pub fn error(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.error_code = code.into();
        self.error_message = message.into();
        self
    }

    /// Sets [`latency`](Self::latency).
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Sets [`jitter`](Self::jitter).
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// Has calls fail after their work instead of before.
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    /// Reads and checks one that is a part of a document, at `path` in it.
    pub(crate) fn from_document(document: &serde_json::Value, path: &str) -> Result<Self> {
        const MEMBERS: [&str; 10] = [
            "fail_next",
            "always_fail",
            "times",
            "probability",
            "seed",
            "error_code",
            "error_message",
            "latency",
            "jitter",
            "after_commit",
        ];
        let at = |error: Error| match error {
            Error::InvalidValue { path: inner, reason } => Error::value(format!("{path}.{inner}"), reason),
            other => other,
        };
        let Some(members) = document.as_object() else {
            return Err(Error::value(path, "it must be an object, such as {\"fail_next\": true}"));
        };
        if let Some(unknown) = members.keys().find(|member| !MEMBERS.contains(&member.as_str())) {
            return Err(at(unknown_option(unknown, MEMBERS.into_iter())));
        }
        let failure: Self = serde_json::from_value(document.clone())
            .map_err(|error| Error::value(path, format!("it can't be read as a fault: {error}")))?;
        failure.check().map_err(at)?;
        Ok(failure)
    }

    /// Refuses one that does nothing, contradicts itself or is out of range.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(probability) = self.probability
            && !(0.0..=1.0).contains(&probability)
        {
            return Err(Error::value("probability", format!("it must be from 0 to 1, not {probability}")));
        }
        if self.times == Some(0) {
            return Err(Error::value("times", "it must be at least 1; clear the failure for none"));
        }
        if self.fail_next && self.times.is_some_and(|times| times != 1) {
            return Err(Error::value("times", "it contradicts fail_next, which is the same as times 1"));
        }
        for (path, span) in [("latency", self.latency), ("jitter", self.jitter)] {
            check_span(path, span.unwrap_or_default())?;
        }
        if self.error_code.is_empty() {
            return Err(Error::value("error_code", "it is empty; leave it out for `InternalError`"));
        }
        check_text("error_code", Some(&self.error_code), TEXT_BYTES)?;
        check_text("error_message", Some(&self.error_message), TEXT_BYTES)?;
        if self.fails() || self.latency.is_some() || self.jitter.is_some() {
            return Ok(());
        }
        Err(Error::value(
            "failure",
            "it does nothing: set fail_next, always_fail, times, probability, latency or jitter",
        ))
    }

    /// Whether calls can fail by it at all.
    fn fails(&self) -> bool {
        self.fail_next || self.always_fail || self.times.is_some() || self.probability.is_some()
    }

    /// The most calls that fail by it, if there is a limit.
    pub(crate) fn most(&self) -> Option<u64> {
        let times = if self.fail_next { Some(1) } else { self.times };
        times.filter(|_| !self.always_fail)
    }

    /// Whether the `number`-th call (from 1) fails, after `hits` have.
    pub(crate) fn strikes(&self, number: u64, hits: u64) -> bool {
        if self.always_fail {
            return true;
        }
        let left = self.most().is_none_or(|most| hits < most);
        let drawn =
            self.probability.is_none_or(|probability| super::draw::fails(probability, self.seed, number));
        self.fails() && left && drawn
    }

    /// How long the `number`-th call (from 1) waits, where `global` is the latency of all operations.
    pub(crate) fn delay(&self, number: u64, global: Duration) -> Duration {
        let latency = self.latency.unwrap_or(global);
        self.jitter.map_or(latency, |jitter| super::draw::delay(latency, jitter, self.seed, number))
    }
}

/// Refuses a latency that nobody means.
pub(crate) fn check_span(path: &'static str, span: Duration) -> Result<()> {
    if span > TTL_MOST {
        return Err(Error::value(path, "it must be at most 100 years"));
    }
    Ok(())
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes references
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes references
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Spans of time as seconds.
mod seconds {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option)] // serde passes references
    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(|span| span.as_secs_f64()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(deserializer)?
            .map(|seconds| {
                Duration::try_from_secs_f64(seconds)
                    .map_err(|_| D::Error::custom(format!("{seconds} is no time in seconds, of 0 or more")))
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_has_the_same_members() {
        let document = json!({
            "times": 2, "probability": 0.5, "seed": 7, "error_code": "Throttled", "error_message": "slow down",
            "latency": 0.25, "jitter": 1.0, "after_commit": true
        });
        let failure = OperationFailure::from_document(&document, "$.faults").unwrap();
        assert_eq!((failure.times, failure.latency), (Some(2), Some(Duration::from_millis(250))));
        assert_eq!(serde_json::to_value(&failure).unwrap(), document);
        let short = OperationFailure::from_document(&json!({"fail_next": true}), "$").unwrap();
        assert_eq!(short, OperationFailure::new().fail_next());
    }

    #[test]
    fn what_is_wrong_in_a_document_is_told_with_its_place() {
        for (document, path, hint) in [
            (json!([]), "$.faults", "it must be an object"),
            (json!({"failNext": true}), "$.faults.failNext", "did you mean `fail_next`?"),
            (json!({"times": "two"}), "$.faults", "it can't be read as a fault"),
            (json!({"latency": -1}), "$.faults", "no time in seconds"),
            (json!({"probability": 2}), "$.faults.probability", "from 0 to 1"),
            (json!({}), "$.faults.failure", "it does nothing"),
        ] {
            let error = OperationFailure::from_document(&document, "$.faults").unwrap_err();
            assert!(error.to_string().starts_with(&format!("invalid value at {path}: ")), "{error}");
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
