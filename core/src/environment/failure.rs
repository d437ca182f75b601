//! Why a command on an environment failed.

use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::times;
use crate::clock::{Clock, SystemClock, duration_ms, from_ms, to_ms};
use crate::error::{Error, Result};
use crate::ids::{hex, random_id};
use crate::json::Json;
use crate::limits::{FAILURE_BYTES, TEXT_BYTES, check_text};

/// The most of a summary, and of details, that a command that has failed keeps. In JSON a byte takes up to six.
const SUMMARY_CUT: usize = FAILURE_BYTES / 16;
const DETAILS_CUT: usize = FAILURE_BYTES / 2;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A template could not be rendered.
    TemplateRendering,
    /// An operation on the infrastructure: `OpenTofu`, a cloud.
    InfrastructureOperation,
    /// The network: no route, no name, refused.
    NetworkConnectivity,
    /// A command that was run ended in failure.
    CommandExecution,
    /// Something took too long.
    Timeout,
    /// A file or folder.
    FileSystem,
    /// What the user had configured.
    Configuration,
    /// The state could not be kept.
    StatePersistence,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::TemplateRendering,
        Self::InfrastructureOperation,
        Self::NetworkConnectivity,
        Self::CommandExecution,
        Self::Timeout,
        Self::FileSystem,
        Self::Configuration,
        Self::StatePersistence,
        Self::Other,
    ];

    /// The name as it is stored: `template_rendering`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TemplateRendering => "template_rendering",
            Self::InfrastructureOperation => "infrastructure_operation",
            Self::NetworkConnectivity => "network_connectivity",
            Self::CommandExecution => "command_execution",
            Self::Timeout => "timeout",
            Self::FileSystem => "file_system",
            Self::Configuration => "configuration",
            Self::StatePersistence => "state_persistence",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// By the stored name.
impl FromStr for FailureKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::value("failure.kind", format!("{name:?} is none; it must be one of {names}"))
        })
    }
}

/// Why a command failed, as the record keeps it.
///
/// ```
/// use statehold::{Failure, FailureKind};
///
/// let failure = Failure::new("cloud-init", FailureKind::Timeout, "no answer within 300 s").trace_file("run.log");
/// assert_eq!(failure.kind.as_str(), "timeout");
/// assert_eq!(failure.to_string(), "cloud-init failed (timeout): no answer within 300 s");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The step that failed.
    pub step: String,
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// What happened, in a sentence.
    pub summary: String,
    /// When the command was started. A failure that doesn't say gets the time at which its state was entered.
    #[serde(with = "times::ms", rename = "started_at_ms")]
    pub started_at: SystemTime,
    /// When it failed.
    #[serde(with = "times::ms", rename = "failed_at_ms")]
    pub failed_at: SystemTime,
    /// How long it ran.
    #[serde(with = "times::span_ms", rename = "duration_ms")]
    pub duration: Duration,
    /// Finds it in logs: random unless given.
    pub trace_id: String,
    /// The file with the whole story, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_file: Option<String>,
    /// Anything else worth keeping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Json>,
}

impl Failure {
    /// A failure of a step, now by the machine's clock.
    pub fn new(step: impl Into<String>, kind: FailureKind, summary: impl Into<String>) -> Self {
        let now = SystemClock.now();
        Self {
            step: step.into(),
            kind,
            summary: summary.into(),
            started_at: now,
            failed_at: now,
            duration: Duration::ZERO,
            trace_id: hex(&random_id()),
            trace_file: None,
            details: None,
        }
    }

    /// Says when the command was started and when it failed; how long it ran is the time between.
    pub fn between(mut self, started_at: SystemTime, failed_at: SystemTime) -> Self {
        self.duration = failed_at.duration_since(started_at).unwrap_or_default();
        (self.started_at, self.failed_at) = (started_at, failed_at);
        self
    }

    /// Sets [`trace_id`](Self::trace_id).
    pub fn trace_id(mut self, id: impl Into<String>) -> Self {
        self.trace_id = id.into();
        self
    }

    /// Sets [`trace_file`](Self::trace_file).
    pub fn trace_file(mut self, path: impl Into<String>) -> Self {
        self.trace_file = Some(path.into());
        self
    }

    /// Sets [`details`](Self::details).
    pub fn details(mut self, details: Json) -> Self {
        self.details = Some(details);
        self
    }

    /// The failure as it is kept: in whole milliseconds, and begun when its state was entered if it doesn't say when.
    pub(super) fn into_kept(self, entered_at: SystemTime) -> Self {
        let unsaid = self.started_at == self.failed_at && self.duration.is_zero();
        let whole = |time| from_ms(to_ms(time));
        let (duration, failed_at) = (self.duration, whole(self.failed_at));
        if unsaid && entered_at < failed_at {
            return self.between(entered_at, failed_at);
        }
        let duration = Duration::from_millis(duration_ms(duration).unsigned_abs());
        Self { started_at: whole(self.started_at), failed_at, duration, ..self }
    }

    /// Cut to what can be kept: that a command has failed must not go lost because of how much it has to say.
    pub(super) fn cut(mut self) -> Self {
        if self.summary.len() > SUMMARY_CUT {
            let whole = self.summary.len();
            let end = (0..=SUMMARY_CUT).rev().find(|&end| self.summary.is_char_boundary(end)).unwrap_or(0);
            self.summary.truncate(end);
            write!(self.summary, " … (cut, of {whole} bytes)").expect("writing to a String can't fail");
        }
        self.details = self.details.filter(|details| details.as_str().len() <= DETAILS_CUT);
        self
    }

    /// Refuses what can't be kept.
    pub(super) fn check(&self) -> Result<()> {
        check_text("failure.step", Some(&self.step), TEXT_BYTES)?;
        let size = self.to_json()?.as_str().len();
        if size > FAILURE_BYTES {
            let reason =
                format!("it has {size} bytes, the most is {FAILURE_BYTES}; keep the rest in its trace_file");
            return Err(Error::value("failure", reason));
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Result<Json> {
        Json::from_serialize(self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({}): {}", self.step, self.kind, self.summary)
    }
}
