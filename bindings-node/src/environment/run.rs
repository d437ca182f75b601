//! A command on an environment that is under way. The work is JavaScript's, so it goes step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{CommandError, CommandProblem, EnvironmentCommand, Error, Json};

use super::record::EnvironmentRecord;
use crate::error::envelope;
use crate::reply::{Lane, Reply};

/// The states of a command.
#[napi(object)]
pub struct Commanding {
    /// While it is under way.
    pub in_progress: String,
    /// When it has succeeded.
    pub success: String,
    /// When it has failed.
    pub error: String,
}

impl From<Commanding> for EnvironmentCommand {
    fn from(given: Commanding) -> Self {
        Self::new(given.in_progress, given.success, given.error)
    }
}

/// What went wrong.
#[napi(object)]
pub struct ProblemFields {
    /// What kind of thing.
    pub kind: String,
    /// What happened.
    pub summary: String,
    /// The file with the whole story.
    pub trace_file: Option<String>,
    /// JSON text.
    pub details: Option<String>,
}

impl ProblemFields {
    fn problem(self) -> statehold::Result<CommandProblem> {
        let mut problem = CommandProblem::new(self.kind.parse()?, self.summary);
        problem.trace_file = self.trace_file;
        problem.details = self.details.map(Json::new).transpose()?;
        Ok(problem)
    }
}

/// A command that is under way. Without an end it is an interrupted one.
#[napi]
pub struct Run {
    inner: Arc<Mutex<Option<statehold::CommandRun>>>,
    writes: Lane,
}

const OVER: Error = Error::Closed { what: "the command", advice: "it has ended; run it anew" };

fn lock(inner: &Mutex<Option<statehold::CommandRun>>) -> MutexGuard<'_, Option<statehold::CommandRun>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of the command is told by its own error; here it matters only that it could not be kept.
fn unsaved(error: CommandError<statehold::EnvironmentRecord>) -> Error {
    match error {
        CommandError::Refused(error) => error,
        CommandError::Unsaved { error, .. } => *error,
        CommandError::Failed(_) => unreachable!("that it has failed is what was to be kept"),
    }
}

impl Run {
    pub(super) fn new((inner, writes): (statehold::CommandRun, Lane)) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), writes }
    }

    fn with<T>(&self, look: impl FnOnce(&statehold::CommandRun) -> T) -> Result<T> {
        lock(&self.inner).as_ref().map(look).ok_or_else(|| envelope(&OVER))
    }
}

#[napi]
impl Run {
    /// The environment, as it was last written.
    #[napi]
    pub fn record(&self) -> Result<EnvironmentRecord> {
        self.with(|run| run.progress().record().into())
    }

    /// The number of the grant of its lock.
    #[napi]
    pub fn fencing(&self) -> Result<f64> {
        self.with(|run| crate::value::count(run.progress().fencing()))
    }

    /// Notes a step.
    #[napi]
    pub fn step<'env>(&self, env: &'env Env, step: String, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || lock(&inner).as_ref().ok_or(OVER)?.progress().step(&step);
        self.writes.answer(env, later, work, |()| ())
    }

    /// What the data is to be in the end, as JSON text.
    #[napi]
    pub fn set_data(&self, data: String) -> Result<()> {
        let data = Json::new(data).map_err(|error| envelope(&error))?;
        self.with(|run| run.progress().set_data(data))
    }

    /// Ends it well.
    #[napi]
    pub fn succeed<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        let work = move || lock(&inner).take().ok_or(OVER)?.succeed().map_err(unsaved);
        self.writes.answer(env, later, work, EnvironmentRecord::from)
    }

    /// Ends it badly.
    #[napi]
    pub fn fail<'env>(
        &self,
        env: &'env Env,
        problem: ProblemFields,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        let work = move || {
            let problem = problem.problem()?;
            lock(&inner).take().ok_or(OVER)?.fail(problem).map_err(unsaved)
        };
        self.writes.answer(env, later, work, EnvironmentRecord::from)
    }
}
