//! What has happened to environments, and who holds their locks.

use pyo3::prelude::*;

use super::text::{Operation, State};
use super::{EnvironmentRecord, Environments, Failure};
use crate::arg::since_1970;
use crate::error::Result;
use crate::record::record;

/// Something that has happened to an environment.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct HistoryEntry {
    /// 1, 2, 3, … for each name.
    sequence: u64,
    /// The revision of the commit; 0 if the transaction that reads it has written it itself.
    revision: u64,
    /// When, in seconds since 1970.
    time: f64,
    /// What was done.
    operation: Operation,
    /// The state before, where it was left.
    from_: Option<State>,
    /// The state after, where one was entered.
    to: Option<State>,
    /// Who did it: the id of the process.
    process: u32,
    /// The name of its machine.
    host: String,
    /// The name of the user that it ran for.
    user: String,
    /// What they said about it.
    note: Option<String>,
    /// Why it failed, if the record is in an error state.
    failure: Option<Py<Failure>>,
    /// How many seconds it was in the state before, where it left one.
    spent: Option<f64>,
    /// The record as it was from then on; None if it was deleted, and where only its lock was concerned.
    record: Option<Py<EnvironmentRecord>>,
}

record!(HistoryEntry(
    sequence: u64,
    revision: u64,
    time: f64,
    operation: Operation,
    from_: Option<State>,
    to: Option<State>,
    process: u32,
    host: String,
    user: String,
    note: Option<String>,
    failure: Option<Py<Failure>>,
    spent: Option<f64>,
    record: Option<Py<EnvironmentRecord>>
));

impl HistoryEntry {
    pub(super) fn of(py: Python<'_>, entry: statehold::HistoryEntry, home: &Environments) -> Result<Self> {
        let failure = entry.failure.map(|failure| Py::new(py, Failure::of(py, failure)?)).transpose()?;
        let record = entry.record.map(|record| Py::new(py, EnvironmentRecord::of(py, record, Some(home))?));
        Ok(Self {
            sequence: entry.sequence,
            revision: entry.revision,
            time: since_1970(entry.time),
            operation: Operation(entry.operation.as_str().to_owned()),
            from_: entry.from.map(State),
            to: entry.to.map(State),
            process: entry.process,
            host: entry.host,
            user: entry.user,
            note: entry.note,
            failure,
            spent: entry.spent.map(|spent| spent.as_secs_f64()),
            record: record.transpose()?,
        })
    }
}

/// Who has the lock of an environment, or had it last.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct LockInfo {
    /// The environment.
    name: String,
    /// Whether somebody has it. What follows is otherwise about the one who had it last.
    is_held: bool,
    /// Whether its holder is known to be gone, or its lease is over: the next who wants it gets it.
    is_stale: bool,
    /// Names this grant; what `force_unlock` needs. None if nobody has the lock.
    token: Option<String>,
    /// The number of the grant. It only rises, also when the environment is deleted and created anew.
    fencing: u64,
    /// What the lock is for, if the holder said.
    purpose: Option<String>,
    /// The id of the holder's process.
    pid: u32,
    /// The name of its machine.
    host: String,
    /// The name of the user that it runs for.
    user: String,
    /// When it got the lock, in seconds since 1970.
    taken_at: f64,
    /// Its lease in seconds, if there is one.
    ttl: Option<f64>,
    /// When the lease is over, unless it is renewed, in seconds since 1970.
    expires_at: Option<f64>,
}

record!(LockInfo(
    name: String,
    is_held: bool,
    is_stale: bool,
    token: Option<String>,
    fencing: u64,
    purpose: Option<String>,
    pid: u32,
    host: String,
    user: String,
    taken_at: f64,
    ttl: Option<f64>,
    expires_at: Option<f64>
));

impl From<statehold::LockInfo> for LockInfo {
    fn from(info: statehold::LockInfo) -> Self {
        Self {
            name: info.name,
            is_held: info.is_held,
            is_stale: info.is_stale,
            token: info.token,
            fencing: info.fencing,
            purpose: info.purpose,
            pid: info.pid,
            host: info.host,
            user: info.user,
            taken_at: since_1970(info.taken_at),
            ttl: info.ttl.map(|ttl| ttl.as_secs_f64()),
            expires_at: info.expires_at.map(since_1970),
        }
    }
}

/// An environment that was left in a state in which a command is under way.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct InterruptedEnvironment {
    /// The record: its state says what was under way, its step how far it got.
    record: Py<EnvironmentRecord>,
    /// Who had the lock last; None if it was never taken.
    holder: Option<Py<LockInfo>>,
}

record!(InterruptedEnvironment(record: Py<EnvironmentRecord>, holder: Option<Py<LockInfo>>));

impl InterruptedEnvironment {
    pub(super) fn of(
        py: Python<'_>,
        interrupted: statehold::InterruptedEnvironment,
        home: &Environments,
    ) -> Result<Self> {
        let record = Py::new(py, EnvironmentRecord::of(py, interrupted.record, Some(home))?)?;
        let holder = interrupted.holder.map(|holder| Py::new(py, LockInfo::from(holder))).transpose()?;
        Ok(Self { record, holder })
    }
}

/// How to get an environment out of a state by hand.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct RecoveryGuide {
    /// The state of the deployment lifecycle.
    state: State,
    /// How it shows.
    symptom: String,
    /// What an error or the record says.
    error_text: String,
    /// What to do, in order, with the commands to run.
    steps: Vec<String>,
}

record!(RecoveryGuide(state: State, symptom: String, error_text: String, steps: Vec<String>));

impl RecoveryGuide {
    pub(super) fn of(guide: &statehold::RecoveryGuide) -> Self {
        let statehold::RecoveryGuide { state, symptom, error_text, steps, .. } = guide.clone();
        Self { state: State(state), symptom, error_text, steps }
    }
}
