//! How a command fails.

use std::fmt;

use crate::environment::{Failure, FailureKind};
use crate::error::Error;
use crate::json::Json;

/// What the work of a command says when it fails. The orchestrator makes a [`Failure`] of it: with the step that was told
/// last, the times, and an id to find it in logs by.
///
/// Any error turns into one, by `?`: of the kind `other`, with its sources as details.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandProblem {
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// What happened, in a sentence.
    pub summary: String,
    /// The file with the whole story, if there is one.
    pub trace_file: Option<String>,
    /// Anything else worth keeping.
    pub details: Option<Json>,
}

impl CommandProblem {
    /// A problem of a kind.
    pub fn new(kind: FailureKind, summary: impl Into<String>) -> Self {
        Self { kind, summary: summary.into(), trace_file: None, details: None }
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
}

impl<E: std::error::Error> From<E> for CommandProblem {
    fn from(error: E) -> Self {
        let sources = std::iter::successors(error.source(), |error| error.source());
        let causes: Vec<String> = sources.map(ToString::to_string).collect();
        let details = if causes.is_empty() {
            None
        } else {
            Json::from_serialize(&serde_json::json!({ "causes": causes })).ok()
        };
        Self { kind: FailureKind::Other, summary: error.to_string(), trace_file: None, details }
    }
}

/// Why a command has not succeeded. `E` is the environment: an [`Environment`](crate::Environment) in its error state, or
/// a record.
#[derive(Debug, Clone)]
pub enum CommandError<E> {
    /// It could not begin, and nothing was done: somebody else holds the lock, or the state does not allow it.
    Refused(Error),
    /// It failed, which the record says: here it is, in the error state.
    Failed(Box<E>),
    /// How it ended could not be kept: the record still says that it is under way. The log has it, too. Set it right with
    /// [`Environments::recover`](crate::Environments::recover).
    Unsaved {
        /// Why it could not be kept.
        error: Box<Error>,
        /// How the command had failed; none if it had succeeded.
        failure: Option<Box<Failure>>,
    },
}

impl<E> CommandError<E> {
    pub(super) fn map<F>(self, f: impl FnOnce(E) -> Result<F, Error>) -> CommandError<F> {
        match self {
            Self::Refused(error) => CommandError::Refused(error),
            Self::Failed(environment) => match f(*environment) {
                Ok(environment) => CommandError::Failed(Box::new(environment)),
                Err(error) => CommandError::Unsaved { error: Box::new(error), failure: None },
            },
            Self::Unsaved { error, failure } => CommandError::Unsaved { error, failure },
        }
    }
}

impl<E: fmt::Display> fmt::Display for CommandError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the command could not begin: {error}"),
            Self::Failed(environment) => write!(f, "the command has failed: {environment}"),
            Self::Unsaved { error, failure: None } => {
                write!(f, "the command has succeeded, but that could not be kept: {error}")
            }
            Self::Unsaved { error, failure: Some(failure) } => {
                write!(f, "the command has failed ({failure}), and that could not be kept: {error}")
            }
        }
    }
}

impl<E: fmt::Display + fmt::Debug> std::error::Error for CommandError<E> {}
