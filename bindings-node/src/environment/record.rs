//! What environments, their history and their locks are told as. JSON crosses as text.

use napi_derive::napi;
use statehold::{AnyEnvironment, Json, TransitionOptions};

use crate::value::{count, span_ms, time_ms, time_of, whole};

/// An environment, as the store has it.
#[napi]
pub struct EnvironmentRecord {
    pub(super) inner: statehold::EnvironmentRecord,
}

impl From<statehold::EnvironmentRecord> for EnvironmentRecord {
    fn from(inner: statehold::EnvironmentRecord) -> Self {
        Self { inner }
    }
}

/// What it consists of.
#[napi(object)]
pub struct RecordFields {
    /// Its name.
    pub name: String,
    /// The lifecycle that it follows.
    pub lifecycle: String,
    /// Where it stands in it.
    pub state: String,
    /// JSON text.
    pub data: String,
    /// Why the last command failed, in an error state.
    pub failure: Option<Failure>,
    /// The last state that was no error and no command under way.
    pub last_success: Option<String>,
    /// The step of the command under way.
    pub step: Option<String>,
    /// The revision that wrote it.
    pub revision: f64,
    /// When it was created, in milliseconds since 1970.
    pub created_at_ms: f64,
    /// When it was last written.
    pub updated_at_ms: f64,
    /// When it came into its state.
    pub entered_at_ms: f64,
}

/// What to do about a state that a command has left behind.
#[napi(object)]
pub struct RecoveryGuide {
    /// The state.
    pub state: String,
    /// What is seen.
    pub symptom: String,
    /// What it says.
    pub error_text: String,
    /// What to do.
    pub steps: Vec<String>,
}

#[napi]
impl EnvironmentRecord {
    /// What it consists of.
    #[napi]
    pub fn fields(&self) -> RecordFields {
        let record = &self.inner;
        RecordFields {
            name: record.name.clone(),
            lifecycle: record.lifecycle.clone(),
            state: record.state.clone(),
            data: record.data.as_str().to_owned(),
            failure: record.failure.clone().map(Failure::from),
            last_success: record.last_success.clone(),
            step: record.step.clone(),
            revision: count(record.revision),
            created_at_ms: time_ms(record.created_at),
            updated_at_ms: time_ms(record.updated_at),
            entered_at_ms: time_ms(record.entered_at),
        }
    }

    /// Where a retry leads to; `retry` where it leads nowhere, which the store refuses with what is allowed.
    #[napi]
    pub fn retried(&self) -> String {
        let retried = match AnyEnvironment::try_from(self.inner.clone()) {
            Ok(AnyEnvironment::ProvisionFailed(failed)) => failed.retry().into_any(),
            Ok(AnyEnvironment::ConfigureFailed(failed)) => failed.retry().into_any(),
            Ok(AnyEnvironment::ReleaseFailed(failed)) => failed.retry().into_any(),
            Ok(AnyEnvironment::RunFailed(failed)) => failed.retry().into_any(),
            _ => return "retry".to_owned(),
        };
        retried.state_name().to_owned()
    }

    /// What to do about its state.
    #[napi]
    pub fn recovery(&self) -> Option<RecoveryGuide> {
        self.inner.recovery().map(|guide| RecoveryGuide {
            state: guide.state.clone(),
            symptom: guide.symptom.clone(),
            error_text: guide.error_text.clone(),
            steps: guide.steps.clone(),
        })
    }
}

/// Why a command failed.
#[napi(object)]
pub struct Failure {
    /// The step that failed.
    pub step: String,
    /// What kind of thing went wrong.
    pub kind: String,
    /// What happened.
    pub summary: String,
    /// When the command was started, in milliseconds since 1970.
    pub started_at_ms: Option<f64>,
    /// When it failed.
    pub failed_at_ms: Option<f64>,
    /// How long it ran.
    pub duration_ms: Option<f64>,
    /// Finds it in logs.
    pub trace_id: Option<String>,
    /// The file with the whole story.
    pub trace_file: Option<String>,
    /// JSON text.
    pub details: Option<String>,
}

impl From<statehold::Failure> for Failure {
    fn from(failure: statehold::Failure) -> Self {
        Self {
            step: failure.step,
            kind: failure.kind.to_string(),
            summary: failure.summary,
            started_at_ms: Some(time_ms(failure.started_at)),
            failed_at_ms: Some(time_ms(failure.failed_at)),
            duration_ms: Some(span_ms(failure.duration)),
            trace_id: Some(failure.trace_id),
            trace_file: failure.trace_file,
            details: failure.details.map(Json::into_string),
        }
    }
}

impl Failure {
    fn failure(self) -> statehold::Result<statehold::Failure> {
        let mut failure = statehold::Failure::new(self.step, self.kind.parse()?, self.summary);
        let failed_at = self.failed_at_ms.map(|ms| time_of("failedAtMs", ms)).transpose()?;
        let failed_at = failed_at.unwrap_or(failure.failed_at);
        let started_at = self.started_at_ms.map(|ms| time_of("startedAtMs", ms)).transpose()?;
        failure = failure.between(started_at.unwrap_or(failed_at), failed_at);
        if let Some(id) = self.trace_id {
            failure = failure.trace_id(id);
        }
        failure.trace_file = self.trace_file;
        failure.details = self.details.map(Json::new).transpose()?;
        Ok(failure)
    }
}

/// How a transition is made.
#[napi(object)]
pub struct Transitioning {
    /// Why, if it leads to an error state.
    pub failure: Option<Failure>,
    /// Kept in the history.
    pub note: Option<String>,
    /// The step of the command that begins.
    pub step: Option<String>,
    /// Only if it is at this revision.
    pub if_revision: Option<f64>,
}

impl Transitioning {
    pub(super) fn options(given: Option<Self>) -> statehold::Result<TransitionOptions> {
        let mut options = TransitionOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.failure = given.failure.map(Failure::failure).transpose()?;
        options.note = given.note;
        options.step = given.step;
        options.if_revision = given.if_revision.map(|revision| whole("ifRevision", revision)).transpose()?;
        Ok(options)
    }
}

/// Something that happened to an environment.
#[napi(object, object_from_js = false)]
pub struct HistoryEntry {
    /// Its number.
    pub sequence: f64,
    /// The revision of its commit.
    pub revision: f64,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// What.
    pub operation: String,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: Option<String>,
    /// The id of the process that did it.
    pub process: f64,
    /// Its machine.
    pub host: String,
    /// Its user.
    pub user: String,
    /// What was noted.
    pub note: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// How long it was in the state before, in milliseconds.
    pub spent_ms: Option<f64>,
    /// The record afterwards.
    pub record: Option<EnvironmentRecord>,
}

impl From<statehold::HistoryEntry> for HistoryEntry {
    fn from(entry: statehold::HistoryEntry) -> Self {
        Self {
            sequence: count(entry.sequence),
            revision: count(entry.revision),
            time_ms: time_ms(entry.time),
            operation: entry.operation.as_str().to_owned(),
            from: entry.from,
            to: entry.to,
            process: f64::from(entry.process),
            host: entry.host,
            user: entry.user,
            note: entry.note,
            failure: entry.failure.map(Failure::from),
            spent_ms: entry.spent.map(span_ms),
            record: entry.record.map(EnvironmentRecord::from),
        }
    }
}

/// Who has a lock, or had it last.
#[napi(object)]
pub struct LockInfo {
    /// The environment.
    pub name: String,
    /// Whether somebody has it.
    pub is_held: bool,
    /// Whether the next who wants it gets it.
    pub is_stale: bool,
    /// Names this grant.
    pub token: Option<String>,
    /// The number of the grant.
    pub fencing: f64,
    /// What it is for.
    pub purpose: Option<String>,
    /// The holder's process.
    pub pid: f64,
    /// Its machine.
    pub host: String,
    /// Its user.
    pub user: String,
    /// When it got the lock, in milliseconds since 1970.
    pub taken_at_ms: f64,
    /// Its lease.
    pub ttl_ms: Option<f64>,
    /// When that is over.
    pub expires_at_ms: Option<f64>,
}

impl From<statehold::LockInfo> for LockInfo {
    fn from(info: statehold::LockInfo) -> Self {
        Self {
            name: info.name,
            is_held: info.is_held,
            is_stale: info.is_stale,
            token: info.token,
            fencing: count(info.fencing),
            purpose: info.purpose,
            pid: f64::from(info.pid),
            host: info.host,
            user: info.user,
            taken_at_ms: time_ms(info.taken_at),
            ttl_ms: info.ttl.map(span_ms),
            expires_at_ms: info.expires_at.map(time_ms),
        }
    }
}

/// An environment whose command was interrupted.
#[napi(object, object_from_js = false)]
pub struct InterruptedEnvironment {
    /// Its record.
    pub record: EnvironmentRecord,
    /// Who had its lock last.
    pub holder: Option<LockInfo>,
}

impl From<statehold::InterruptedEnvironment> for InterruptedEnvironment {
    fn from(interrupted: statehold::InterruptedEnvironment) -> Self {
        Self { record: interrupted.record.into(), holder: interrupted.holder.map(LockInfo::from) }
    }
}
