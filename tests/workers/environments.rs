//! What a worker does with environments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::{Value as Data, json};
use statehold::{
    EnvironmentLock, EnvironmentRecord, Environments, Error, Failure, HistoryEntry, LockOptions,
    TransitionOptions, Value,
};
use statehold_tests::spell;

use super::cases::json_of;
use super::{Asked, Worker, whole_ms};

impl Worker {
    /// The part of what can be asked that has to do with them.
    pub(super) fn act_on_environment(&mut self, asked: &Asked) -> Result<Data> {
        let environments = self.store()?.environments();
        match asked.text("do")? {
            "env_create" => {
                environments.create(asked.text("env")?, json_of(&asked.0["data"])?)?;
                Ok(Data::Null)
            }
            "env_load" => {
                let record = self.record.insert(environments.load(asked.text("env")?)?);
                seen(record)
            }
            "env_save" => {
                let mut record = self.record.take().context("nothing is loaded")?;
                record.data = json_of(&asked.0["data"])?;
                told(environments.save(&record).map(|saved| saved.revision))
            }
            "env_move" => transition(&environments, asked),
            "env_history" => {
                let history = environments.history(asked.text("env")?)?;
                history.iter().map(entry).collect::<Result<Vec<_>>>().map(Data::from)
            }
            "env_lock" => {
                let mut options = LockOptions::new().timeout(Duration::from_secs(60));
                if let Some(ttl) = asked.ms("ttl_ms") {
                    options = options.ttl(ttl);
                }
                let lock = self.lock.insert(environments.lock_with(asked.text("env")?, &options)?);
                Ok(json!({ "fencing": lock.fencing(), "token": lock.token() }))
            }
            "env_write" => told(self.lock()?.set_step(asked.text("step")?).map(|written| written.revision)),
            "env_unlock" => Ok(json!({ "unlocked": self.lock()?.release()? })),
            other => bail!("{other} is not known"),
        }
    }

    fn lock(&self) -> Result<&EnvironmentLock> {
        self.lock.as_ref().context("no lock was taken")
    }
}

/// The revision of what was written, or why it was not.
fn told(written: statehold::Result<u64>) -> Result<Data> {
    match written {
        Ok(revision) => Ok(json!({ "written": revision })),
        Err(Error::Conflict { expected, found, .. }) => {
            Ok(json!({ "refused": ["CONFLICT", expected, found] }))
        }
        Err(error @ Error::Locked { .. }) => Ok(json!({ "refused": [error.code()] })),
        Err(error) => Err(error.into()),
    }
}

/// Loads it and takes it to another state, if it is as it was loaded.
fn transition(environments: &Environments, asked: &Asked) -> Result<Data> {
    let (name, to) = (asked.text("env")?, asked.text("to")?);
    let loaded = environments.load(name)?;
    let mut options = TransitionOptions::new().if_revision(loaded.revision).note("by rust");
    if let Ok(step) = asked.text("failed") {
        let failure = Failure::new(step, "timeout".parse()?, "by rust").trace_file("rust.log");
        options = options.failure(failure.details(json_of(&asked.0["details"])?));
    }
    Ok(environments.transition_with(name, to, &options)?.state.into())
}

/// All that is to be seen of a record.
fn seen(record: &EnvironmentRecord) -> Result<Data> {
    Ok(json!([
        [record.name, record.lifecycle, record.state, record.last_success, record.step, record.revision],
        [since_1970(record.created_at)?, since_1970(record.updated_at)?, since_1970(record.entered_at)?],
        spell(&Value::Json(record.data.clone()))?,
        record.failure.as_ref().map(failed).transpose()?,
    ]))
}

fn failed(failure: &Failure) -> Result<Data> {
    Ok(json!([
        [failure.step, failure.kind.as_str(), failure.summary, failure.trace_id, failure.trace_file],
        [since_1970(failure.started_at)?, since_1970(failure.failed_at)?, whole_ms(failure.duration)],
        failure.details.clone().map(|details| spell(&Value::Json(details))).transpose()?,
    ]))
}

fn entry(entry: &HistoryEntry) -> Result<Data> {
    Ok(json!({
        "place": [entry.sequence, entry.revision, since_1970(entry.time)?],
        "what": [entry.operation.as_str(), entry.from, entry.to, entry.note],
        "process": entry.process,
        "of": [entry.host, entry.user],
        "spent_ms": entry.spent.map(whole_ms),
        "failure": entry.failure.as_ref().map(failed).transpose()?,
        "record": entry.record.as_ref().map(seen).transpose()?,
    }))
}

fn since_1970(time: SystemTime) -> Result<u64> {
    Ok(whole_ms(time.duration_since(UNIX_EPOCH)?))
}
