//! Environments: where each stands, what has happened to it, and taking it further.

use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::environment::At;
use statehold::{
    EnvironmentFilter, EnvironmentRecord, Environments, Failure as Reason, FailureKind, HistoryEntry,
    LockInfo, TransitionOptions,
};

use super::{Run, lock};
use crate::arguments::examples;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Table, ago, millis, moment, rfc3339, shown, span};
use crate::{exit, input};

/// Environments: typed state machines with a history and a lock
#[derive(Subcommand)]
pub(crate) enum Env {
    Ls(Ls),
    Show(Show),
    History(History),
    Transition(Transition),
    Lock(lock::Lock),
    Unlock(lock::Unlock),
    Recover(Recover),
}

impl Env {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Ls(command) => command.run(run),
            Self::Show(command) => command.run(run),
            Self::History(command) => command.run(run),
            Self::Transition(command) => command.run(run),
            Self::Lock(command) => command.run(run),
            Self::Unlock(command) => command.run(run),
            Self::Recover(command) => command.run(run),
        }
    }
}

/// Under which grant of a lock something is written.
#[derive(Args)]
pub(super) struct Holding {
    /// The token of the lock, for those who hold it; a command under `env lock` finds it in its environment
    #[arg(long, env = "STATEHOLD_LOCK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Holding {
    fn environments(self, environments: Environments) -> Environments {
        match self.token {
            Some(token) => environments.with_token(token),
            None => environments,
        }
    }
}

/// List environments
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db env ls", "statehold -s app.db env ls --interrupted"))]
pub(crate) struct Ls {
    /// Only those in this state
    #[arg(long)]
    state: Option<String>,
    /// Only those of this lifecycle
    #[arg(long)]
    lifecycle: Option<String>,
    /// Only those whose command has ended without an outcome: its process is gone
    #[arg(long, conflicts_with_all = ["state", "lifecycle"])]
    interrupted: bool,
}

impl Ls {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = run.open()?.environments();
        let records = if self.interrupted {
            environments.interrupted()?.into_iter().map(|found| found.record).collect()
        } else {
            let mut filter = EnvironmentFilter::new();
            filter.state = self.state;
            filter.lifecycle = self.lifecycle;
            environments.list_with(&filter)?
        };
        let documents: Vec<_> = records.iter().map(record_json).collect();
        let mut table = Table::new(["environment", "state", "since", "lifecycle", "step"]);
        for record in records {
            let (since, step) = (ago(record.entered_at), record.step.unwrap_or_default());
            table.row([record.name, record.state, since, record.lifecycle, step]);
        }
        run.output.list(&documents, table, "there is no such environment")?;
        Ok(exit::OK)
    }
}

/// Show an environment, who has its lock, and what to do if it has failed
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db env show web"))]
pub(crate) struct Show {
    environment: String,
    /// As it was at this revision or time, which is UTC
    #[arg(long, value_name = "REVISION|TIME", value_parser = input::at)]
    at: Option<At>,
}

impl Show {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = run.open()?.environments();
        let name = &self.environment;
        let (record, lock) = match self.at {
            Some(at) => (then(&environments, name, at)?, None),
            None => (environments.load(name)?, environments.lock_info(name)?.filter(|lock| lock.is_held)),
        };
        let recovery = record.recovery().filter(|_| self.at.is_none());
        let mut document = record_json(&record);
        document["lock"] = lock.as_ref().map(lock_json).into();
        document["recovery"] = recovery
            .map(|guide| json!({ "symptom": guide.symptom, "error_text": guide.error_text, "steps": guide.steps }))
            .into();
        run.output.answer(&document, |output| {
            tell_record(&record, lock.as_ref(), output)?;
            let Some(guide) = recovery else { return Ok(()) };
            output.line("")?;
            output.line(&guide.symptom)?;
            guide
                .steps
                .iter()
                .enumerate()
                .try_for_each(|(at, step)| output.line(format_args!("{:>3}. {step}", at + 1)))
        })?;
        Ok(exit::OK)
    }
}

fn then(environments: &Environments, name: &str, at: At) -> Result<EnvironmentRecord, Failure> {
    let record = environments.at(name, at)?;
    record.ok_or_else(|| {
        let advice = "`statehold env history` tells since when there is one";
        let name = match at {
            At::Revision(revision) => format!("{name} at revision {revision}"),
            At::Time(time) => format!("{name} at {}", moment(time)),
        };
        statehold::Error::NotFound { what: "environment", name, advice }.into()
    })
}

fn tell_record(
    record: &EnvironmentRecord,
    lock: Option<&LockInfo>,
    output: &mut Output,
) -> Result<(), Failure> {
    let when = |time: SystemTime| format!("{} ({})", moment(time), ago(time));
    let mut about = Table::properties();
    about
        .property("environment", &record.name)
        .property("state", &record.state)
        .property("since", when(record.entered_at))
        .property("lifecycle", &record.lifecycle)
        .property("data", &record.data)
        .property_if("step", record.step.as_ref())
        .property_if("failure", record.failure.as_ref())
        .property_if("last success", record.last_success.as_ref())
        .property("revision", record.revision)
        .property("created", when(record.created_at));
    if let Some(lock) = lock {
        let LockInfo { pid, user, host, is_stale, .. } = lock;
        let stale = if *is_stale { ", which is gone" } else { "" };
        about
            .property("locked by", format!("process {pid} of {user} on {host}{stale}"))
            .property("locked since", when(lock.taken_at))
            .property_if("locked for", lock.purpose.as_ref())
            .property_if("lock token", lock.token.as_ref());
    }
    output.table(about)
}

/// A record as every command gives it.
pub(super) fn record_json(record: &EnvironmentRecord) -> Document {
    json!({
        "name": record.name,
        "lifecycle": record.lifecycle,
        "state": record.state,
        "data": record.data,
        "failure": record.failure.as_ref().map(failure_json),
        "last_success": record.last_success,
        "step": record.step,
        "revision": record.revision,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "entered_at": rfc3339(record.entered_at),
    })
}

fn failure_json(failure: &Reason) -> Document {
    json!({
        "step": failure.step,
        "kind": failure.kind.as_str(),
        "summary": failure.summary,
        "started_at": rfc3339(failure.started_at),
        "failed_at": rfc3339(failure.failed_at),
        "duration_ms": millis(failure.duration),
        "trace_id": failure.trace_id,
        "trace_file": failure.trace_file,
        "details": failure.details,
    })
}

pub(super) fn lock_json(lock: &LockInfo) -> Document {
    json!({
        "token": lock.token,
        "fencing": lock.fencing,
        "purpose": lock.purpose,
        "pid": lock.pid,
        "host": lock.host,
        "user": lock.user,
        "is_stale": lock.is_stale,
        "taken_at": rfc3339(lock.taken_at),
        "ttl_ms": lock.ttl.map(millis),
        "expires_at": lock.expires_at.map(rfc3339),
    })
}

/// List what has happened to an environment, also from before it was deleted
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db env history web"))]
pub(crate) struct History {
    environment: String,
}

impl History {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let entries = run.open()?.environments().history(&self.environment)?;
        let documents: Vec<_> = entries.iter().map(entry_json).collect();
        let mut table = Table::new(["revision", "time", "what", "from", "to", "spent", "by", "note"]);
        for entry in entries {
            let note = entry.failure.map(|failure| failure.to_string()).or(entry.note);
            table.row([
                entry.revision.to_string(),
                moment(entry.time),
                entry.operation.as_str().to_owned(),
                entry.from.unwrap_or_default(),
                entry.to.unwrap_or_default(),
                entry.spent.map(span).unwrap_or_default(),
                format!("{}@{}", entry.user, entry.host),
                note.unwrap_or_default(),
            ]);
        }
        run.output.list(&documents, table.right(&[0]), "nothing has happened")?;
        Ok(exit::OK)
    }
}

fn entry_json(entry: &HistoryEntry) -> Document {
    json!({
        "sequence": entry.sequence,
        "revision": entry.revision,
        "time": rfc3339(entry.time),
        "operation": entry.operation.as_str(),
        "from": entry.from,
        "to": entry.to,
        "process": entry.process,
        "host": entry.host,
        "user": entry.user,
        "note": entry.note,
        "failure": entry.failure.as_ref().map(failure_json),
        "spent_ms": entry.spent.map(millis),
    })
}

/// Take an environment to another state of its lifecycle
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db env transition web provisioning --note 'by hand'",
    "statehold -s app.db env transition web provision_failed --failure 'no answer within 300 s' --kind timeout",
))]
pub(crate) struct Transition {
    environment: String,
    state: String,
    /// A word for the history
    #[arg(long)]
    note: Option<String>,
    /// What has failed, in a sentence: for an error state
    #[arg(long, value_name = "SUMMARY")]
    failure: Option<String>,
    /// The step that has failed; the one that is noted unless given
    #[arg(long, requires = "failure")]
    step: Option<String>,
    /// Of what kind the failure is: timeout, configuration, command_execution, …
    #[arg(long, requires = "failure", default_value = "other")]
    kind: FailureKind,
    /// Only if it is at this revision
    #[arg(long, value_name = "REVISION")]
    if_revision: Option<u64>,
    #[command(flatten)]
    holding: Holding,
}

impl Transition {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = self.holding.environments(run.open()?.environments());
        let mut options = TransitionOptions::new();
        options.note = self.note;
        options.if_revision = self.if_revision;
        if let Some(summary) = self.failure {
            let step = if let Some(step) = self.step {
                step
            } else {
                let record = environments.load(&self.environment)?;
                record.step.unwrap_or(record.state)
            };
            options.failure = Some(Reason::new(step, self.kind, summary));
        }
        let record = environments.transition_with(&self.environment, &self.state, &options)?;
        tell_state(run, &record)
    }
}

/// Set the state of an environment right by hand, to any state of its lifecycle
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db env recover web provisioned --note 'it is there, looked in the console'"))]
pub(crate) struct Recover {
    environment: String,
    state: String,
    /// Why, for the history
    #[arg(long)]
    note: String,
    #[command(flatten)]
    holding: Holding,
}

impl Recover {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = self.holding.environments(run.open()?.environments());
        let record = environments.recover(&self.environment, &self.state, &self.note)?;
        tell_state(run, &record)
    }
}

fn tell_state(run: &mut Run, record: &EnvironmentRecord) -> Outcome {
    run.output.answer(&record_json(record), |output| {
        let (name, state, revision) = (shown(&record.name), &record.state, record.revision);
        output.line(format_args!("{name} is {state} at revision {revision}"))
    })?;
    Ok(exit::OK)
}
