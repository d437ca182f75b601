//! A command under way.

use std::time::SystemTime;

use parking_lot::Mutex;

use super::EnvironmentCommand;
use super::problem::{CommandError, CommandProblem};
use crate::environment::{
    EnvironmentLock, EnvironmentRecord, EnvironmentValue, Environments, Failure, LockOptions,
    TransitionOptions,
};
use crate::error::{Error, Result};
use crate::json::Json;

/// What the work of a command tells while it goes on.
pub struct CommandProgress {
    lock: EnvironmentLock,
    /// What the command began with, and the data that it has made.
    state: Mutex<State>,
}

struct State {
    record: EnvironmentRecord,
    data: Option<Json>,
}

impl CommandProgress {
    /// The record, as it was when the command began, with the last step.
    pub fn record(&self) -> EnvironmentRecord {
        self.state.lock().record.clone()
    }

    /// The number of the lock's grant, for what else the command writes to.
    pub fn fencing(&self) -> u64 {
        self.lock.fencing()
    }

    /// Notes what the command is about to do, for those who find it interrupted. Ok means that the store has it.
    ///
    /// # Errors
    /// [`Error::Conflict`] or [`Error::Locked`] if the lock was lost: stop working.
    pub fn step(&self, step: &str) -> Result<()> {
        let record = self.lock.set_step(step)?;
        self.state.lock().record = record;
        Ok(())
    }

    /// Sets what the environment's data is to be, which is saved with the end of the command, however it ends.
    pub fn set_data(&self, data: Json) {
        self.state.lock().data = Some(data);
    }
}

/// A command that has begun, for callers that can't hand over a function. It holds the lock until it is ended. One that is
/// dropped before that was interrupted: the state in which it is under way stays.
#[must_use = "a run that is dropped is an interrupted command"]
pub struct CommandRun {
    progress: CommandProgress,
    command: EnvironmentCommand,
    started_at: SystemTime,
}

impl CommandRun {
    pub(super) fn begin(
        environments: &Environments,
        options: &LockOptions,
        name: &str,
        command: &EnvironmentCommand,
    ) -> Result<Self> {
        let lock = Self::lock(environments, options, name, command)?;
        let record = lock.transition(&command.in_progress)?;
        Ok(Self::under_way(lock, record, command))
    }

    /// Begins with a value that has made the transition already.
    pub(super) fn begin_with<E: EnvironmentValue>(
        environments: &Environments,
        options: &LockOptions,
        environment: &E,
        command: &EnvironmentCommand,
    ) -> Result<Self> {
        let lock = Self::lock(environments, options, &environment.record().name, command)?;
        let record = lock.save(environment.record())?;
        Ok(Self::under_way(lock, record, command))
    }

    fn lock(
        environments: &Environments,
        options: &LockOptions,
        name: &str,
        command: &EnvironmentCommand,
    ) -> Result<EnvironmentLock> {
        let mut options = options.clone();
        options.purpose.get_or_insert_with(|| command.in_progress.clone());
        environments.lock_with(name, &options)
    }

    fn under_way(lock: EnvironmentLock, record: EnvironmentRecord, command: &EnvironmentCommand) -> Self {
        let started_at = record.entered_at;
        let state = Mutex::new(State { record, data: None });
        Self { progress: CommandProgress { lock, state }, command: command.clone(), started_at }
    }

    /// What the work tells while it goes on.
    pub fn progress(&self) -> &CommandProgress {
        &self.progress
    }

    /// Does the work, and ends the run by it. Should `work` panic, the run was interrupted.
    pub(super) fn work(
        self,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<EnvironmentRecord, CommandError<EnvironmentRecord>> {
        match work(&self.progress) {
            Ok(()) => self.succeed(),
            Err(problem) => Err(match self.fail(problem) {
                Ok(record) => CommandError::Failed(Box::new(record)),
                Err(unsaved) => unsaved,
            }),
        }
    }

    /// Ends the command as one that has succeeded: transition, unlock.
    ///
    /// # Errors
    /// [`CommandError::Unsaved`] if that could not be kept.
    pub fn succeed(self) -> Result<EnvironmentRecord, CommandError<EnvironmentRecord>> {
        let to = self.command.success.clone();
        self.end(&to, None)
    }

    /// Ends the command as one that has failed: transition to its error state, unlock. Returns the record in that state.
    /// A summary of more than 64 KiB is cut, and details of more than 512 KiB are left out; the trace file is for those.
    ///
    /// # Errors
    /// [`CommandError::Unsaved`] if that could not be kept.
    pub fn fail(self, problem: CommandProblem) -> Result<EnvironmentRecord, CommandError<EnvironmentRecord>> {
        let now = self.progress.lock.environments().now().unwrap_or(self.started_at);
        let step = self.progress.state.lock().record.step.clone();
        let step = step.unwrap_or_else(|| self.command.in_progress.clone());
        let CommandProblem { kind, summary, trace_file, details } = problem;
        let failure = Failure { trace_file, details, ..Failure::new(step, kind, summary) };
        let failure = failure.between(self.started_at, now).cut();
        let to = self.command.error.clone();
        self.end(&to, Some(failure))
    }

    fn end(
        self,
        to: &str,
        failure: Option<Failure>,
    ) -> Result<EnvironmentRecord, CommandError<EnvironmentRecord>> {
        let lock = &self.progress.lock;
        let kept = self.keep(to, failure.clone());
        let kept = match kept {
            Ok(record) => Ok(record),
            Err(error) => {
                tracing::warn!(target: "statehold::environment", environment = lock.name(), to, %error, "how a command has ended could not be kept");
                Err(CommandError::Unsaved { error: Box::new(error), failure: failure.map(Box::new) })
            }
        };
        // The guard tells of a release that fails, and the lock is free with the process at the latest.
        drop(self);
        kept
    }

    fn keep(&self, to: &str, failure: Option<Failure>) -> Result<EnvironmentRecord, Error> {
        let lock = &self.progress.lock;
        let State { record, data } = &*self.progress.state.lock();
        if data.is_none() && record.state == to {
            return Ok(record.clone());
        }
        if data.is_none() {
            let options = TransitionOptions { failure, ..TransitionOptions::default() };
            return lock.transition_with(to, &options);
        }
        let mut ended = record.clone();
        ended.data = data.clone().unwrap_or(ended.data);
        if ended.state != to {
            ended.goes_to(to, failure);
        }
        lock.save(&ended)
    }
}

impl std::fmt::Debug for CommandRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommandRun")
            .field("environment", &self.progress.lock.name())
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}
