//! Environments: where each stands, what has happened to it, and taking it further.

use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::environment::At;
use statehold::{
    EnvironmentFilter, EnvironmentRecord, Environments, Failure as Reason, HistoryEntry,
    InterruptedEnvironment, LockInfo,
};

use super::{Run, lock, transition};
use crate::arguments::examples;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Table, ago, millis, moment, rfc3339, span};
use crate::{exit, input};

/// Environments: typed state machines with a history and a lock
#[derive(Subcommand)]
pub(crate) enum Env {
    Create(transition::Create),
    Ls(Ls),
    Show(Show),
    History(History),
    Transition(transition::Transition),
    Lock(lock::Lock),
    Unlock(lock::Unlock),
    Recover(transition::Recover),
}

impl Env {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Create(command) => command.run(run),
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
        let (documents, table) = if self.interrupted {
            interrupted(&environments.interrupted()?)
        } else {
            let mut filter = EnvironmentFilter::new();
            filter.state = self.state;
            filter.lifecycle = self.lifecycle;
            listed(environments.list_with(&filter)?)
        };
        run.output.list(&documents, table, "there is no such environment")?;
        Ok(exit::OK)
    }
}

fn listed(records: Vec<EnvironmentRecord>) -> (Vec<Document>, Table) {
    let documents = records.iter().map(record_json).collect();
    let mut table = Table::new(["environment", "state", "since", "lifecycle", "step"]);
    for record in records {
        let (since, step) = (ago(record.entered_at), record.step.unwrap_or_default());
        table.row([record.name, record.state, since, record.lifecycle, step]);
    }
    (documents, table)
}

fn interrupted(found: &[InterruptedEnvironment]) -> (Vec<Document>, Table) {
    let mut documents = Vec::new();
    let mut table = Table::new(["environment", "state", "since", "step", "by"]);
    for InterruptedEnvironment { record, holder, .. } in found {
        let mut document = record_json(record);
        document["holder"] = holder.as_ref().map(lock_json).into();
        documents.push(document);
        let (name, state) = (record.name.clone(), record.state.clone());
        let by = holder.as_ref().map(holder_shown).unwrap_or_default();
        table.row([name, state, ago(record.entered_at), record.step.clone().unwrap_or_default(), by]);
    }
    (documents, table)
}

fn holder_shown(lock: &LockInfo) -> String {
    format!("process {} of {} on {}", lock.pid, lock.user, lock.host)
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
        statehold::Error::NotFound { what: "environment", name, advice: advice.into() }.into()
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
        .property_if("failed", record.failure.as_ref().map(|failure| when(failure.failed_at)))
        .property_if("trace id", record.failure.as_ref().map(|failure| &failure.trace_id))
        .property_if("trace file", record.failure.as_ref().and_then(|failure| failure.trace_file.as_ref()))
        .property_if("last success", record.last_success.as_ref())
        .property("revision", record.revision)
        .property("created", when(record.created_at));
    if let Some(lock) = lock {
        let stale = if lock.is_stale { ", which is gone" } else { "" };
        about
            .property("locked by", format!("{}{stale}", holder_shown(lock)))
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
