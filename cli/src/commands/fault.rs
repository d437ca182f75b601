//! Faults: making operations slow or fail, for tests of what uses the store.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::{FaultRule, OperationFailure};

use super::Run;
use crate::arguments::examples;
use crate::failure::{Failure, Outcome};
use crate::output::{Table, count, millis, moment, rfc3339, shown, span};
use crate::{exit, input};

/// Faults: making operations slow or fail, of the programs that opened the store with faults on
#[derive(Subcommand)]
pub(crate) enum Faults {
    Ls(Ls),
    Set(Set),
    Clear(Clear),
    Latency(Latency),
    Calls(Calls),
    Operations(Operations),
}

impl Faults {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Ls(command) => command.run(run),
            Self::Set(command) => command.run(run),
            Self::Clear(command) => command.run(run),
            Self::Latency(command) => command.run(run),
            Self::Calls(command) => command.run(run),
            Self::Operations(command) => command.run(run),
        }
    }
}

/// Whose faults are meant.
#[derive(Args)]
struct Scope {
    /// Only those of this mock cloud
    #[arg(long)]
    cloud: Option<String>,
}

impl Scope {
    fn faults(self, run: &mut Run) -> Result<statehold::Faults, Failure> {
        let store = run.open_with_faults()?;
        Ok(match self.cloud {
            Some(cloud) => store.mock_cloud(&cloud).faults(),
            None => store.faults(),
        })
    }
}

/// List the faults that are set, with what they have done
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock faults ls"))]
pub(crate) struct Ls {
    #[command(flatten)]
    scope: Scope,
}

impl Ls {
    fn run(self, run: &mut Run) -> Outcome {
        let rules = self.scope.faults(run)?.list()?;
        let documents: Vec<_> = rules.iter().map(rule_json).collect();
        let mut table = Table::new(["operation", "cloud", "does", "calls", "failed", "left"]);
        for rule in rules {
            let does = does(&rule.failure);
            table.row([
                rule.operation,
                rule.scope.unwrap_or_default(),
                does,
                rule.calls.to_string(),
                rule.hits.to_string(),
                rule.remaining.map(|left| left.to_string()).unwrap_or_default(),
            ]);
        }
        run.output.list(&documents, table.right(&[3, 4, 5]), "no fault is set")?;
        Ok(exit::OK)
    }
}

fn rule_json(rule: &FaultRule) -> Document {
    json!({
        "operation": rule.operation,
        "cloud": rule.scope,
        "failure": rule.failure,
        "calls": rule.calls,
        "hits": rule.hits,
        "remaining": rule.remaining,
    })
}

/// What a failure does, in words.
fn does(failure: &OperationFailure) -> String {
    let when = match (failure.always_fail, failure.fail_next, failure.times, failure.probability) {
        (true, ..) => Some("always".to_owned()),
        (_, true, ..) => Some("once".to_owned()),
        (_, _, Some(times), Some(share)) => Some(format!("{} % of calls, {times} times", share * 100.0)),
        (_, _, Some(times), None) => Some(format!("{times} times")),
        (_, _, None, Some(share)) => Some(format!("{} % of calls", share * 100.0)),
        (_, _, None, None) => None,
    };
    let after = if failure.after_commit { " after the commit" } else { "" };
    let fails = when.map(|when| format!("fails {when}{after} with {}", failure.error_code));
    let jitter = failure.jitter.map(|jitter| format!(" ± {}", span(jitter))).unwrap_or_default();
    let waits = failure.latency.map(|latency| format!("waits {}{jitter}", span(latency)));
    fails.into_iter().chain(waits).collect::<Vec<_>>().join(", ")
}

/// Have an operation fail or wait, in place of the fault that was set on it
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db mock faults set namespace.set --fail-next",
    "statehold -s app.db mock faults set 'plugin.*' --latency 2s --jitter 500ms",
    "statehold -s app.db mock faults set startInstance --probability 0.3 --error InsufficientInstanceCapacity",
))]
pub(crate) struct Set {
    /// An operation, or several by a pattern; `mock faults operations` lists them
    operation: String,
    /// Fail the next call
    #[arg(long, conflicts_with_all = ["always_fail", "times", "probability"])]
    fail_next: bool,
    /// Fail every call
    #[arg(long, conflicts_with_all = ["times", "probability"])]
    always_fail: bool,
    /// Fail so many calls
    #[arg(long, value_name = "N")]
    times: Option<u64>,
    /// Fail this share of the calls, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    probability: Option<f64>,
    /// By which the calls that fail are drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The code of the error
    #[arg(long, value_name = "CODE", default_value = "InternalError")]
    error: String,
    /// Its message
    #[arg(long, default_value = "an injected failure")]
    message: String,
    /// Fail after the work was done: the acknowledgement is lost
    #[arg(long)]
    after_commit: bool,
    /// Wait so long first
    #[arg(long, value_name = "TIME", value_parser = input::duration)]
    latency: Option<Duration>,
    /// More or less by up to this
    #[arg(long, value_name = "TIME", value_parser = input::duration, requires = "latency")]
    jitter: Option<Duration>,
    #[command(flatten)]
    scope: Scope,
}

impl Set {
    fn run(self, run: &mut Run) -> Outcome {
        let mut failure = OperationFailure::new().seed(self.seed).error(self.error, self.message);
        failure.fail_next = self.fail_next;
        failure.always_fail = self.always_fail;
        failure.times = self.times;
        failure.probability = self.probability;
        failure.after_commit = self.after_commit;
        failure.latency = self.latency;
        failure.jitter = self.jitter;
        let faults = self.scope.faults(run)?;
        faults.set_operation_failure(&self.operation, failure)?;
        let rule = faults.get_operation_failure(&self.operation)?;
        let document = rule.as_ref().map_or(Document::Null, rule_json);
        run.output.answer(&document, |output| match &rule {
            Some(rule) => {
                output.line(format_args!("{} {}", shown(&rule.operation), shown(&does(&rule.failure))))
            }
            None => output.line("somebody has cleared it already"),
        })?;
        Ok(exit::OK)
    }
}

/// Remove a fault, or all of them
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock faults clear"))]
pub(crate) struct Clear {
    /// The operation or pattern that it was set on; all faults unless given
    operation: Option<String>,
    /// Forget the calls too
    #[arg(long)]
    calls: bool,
    #[command(flatten)]
    scope: Scope,
}

impl Clear {
    fn run(self, run: &mut Run) -> Outcome {
        let faults = self.scope.faults(run)?;
        let cleared = match &self.operation {
            Some(operation) => u64::from(faults.clear_operation_failure(operation)?),
            None => faults.clear_all_failures()?,
        };
        if self.calls {
            faults.clear_calls()?;
        }
        let document = json!({ "cleared": cleared });
        run.output
            .answer(&document, |output| output.line(format_args!("cleared {}", count(cleared, "fault"))))?;
        Ok(if self.operation.is_some() && cleared == 0 { exit::NO } else { exit::OK })
    }
}

/// Tell how long every call waits, or change it
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock faults latency 200ms", "statehold -s app.db mock faults latency --none"))]
pub(crate) struct Latency {
    #[arg(value_parser = input::duration, conflicts_with = "none")]
    time: Option<Duration>,
    /// No call waits any more
    #[arg(long)]
    none: bool,
    #[command(flatten)]
    scope: Scope,
}

impl Latency {
    fn run(self, run: &mut Run) -> Outcome {
        let faults = self.scope.faults(run)?;
        if self.none || self.time.is_some() {
            faults.set_global_latency(self.time.unwrap_or_default())?;
        }
        let latency = faults.get_global_latency()?;
        let document = json!({ "latency_ms": millis(latency) });
        run.output.answer(&document, |output| output.line(span(latency)))?;
        Ok(exit::OK)
    }
}

/// List the calls that were made while faults were on, with what was injected into them
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock faults calls", "statehold -s app.db mock faults calls 'namespace.*'"))]
pub(crate) struct Calls {
    /// Which operations
    #[arg(default_value = "*")]
    operation: String,
    #[command(flatten)]
    scope: Scope,
}

impl Calls {
    fn run(self, run: &mut Run) -> Outcome {
        let calls = self.scope.faults(run)?.calls(&self.operation)?;
        let mut table = Table::new(["time", "operation", "cloud", "process", "waited", "failed with"]);
        let mut documents = Vec::new();
        for call in calls {
            documents.push(json!({
                "operation": call.operation,
                "cloud": call.scope,
                "time": rfc3339(call.time),
                "latency_ms": millis(call.latency),
                "error_code": call.error_code,
                "after_commit": call.after_commit,
                "process": call.process,
            }));
            table.row([
                moment(call.time),
                call.operation,
                call.scope.unwrap_or_default(),
                call.process.to_string(),
                if call.latency.is_zero() { String::new() } else { span(call.latency) },
                call.error_code.unwrap_or_default(),
            ]);
        }
        run.output.list(&documents, table.right(&[3, 4]), "no call was made while faults were on")?;
        Ok(exit::OK)
    }
}

/// List the operations that faults can be set on
#[derive(Args)]
#[command(after_help = examples!("statehold mock faults operations"))]
pub(crate) struct Operations {}

impl Operations {
    #[allow(clippy::unused_self, reason = "as every command")]
    fn run(self, run: &mut Run) -> Outcome {
        for operation in statehold::Faults::operations() {
            let document = json!({ "operation": operation });
            run.output.answer(&document, |output| output.line(operation))?;
        }
        Ok(exit::OK)
    }
}
