//! Running commands on environments: the work is Python's, so the core is asked step by step.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use statehold::{CommandError, CommandProblem, CommandRun, Error, Json, LockOptions};

use super::text::{FailureKind, State};
use super::{EnvironmentRecord, Environments, failure, lock};
use crate::arg::{EnvironmentName, Function, Span, Ttl};
use crate::error::{Failure, Result, caused};
use crate::record::record;

/// A command by the states that it goes through.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct EnvironmentCommand {
    /// The state while it is under way.
    in_progress: State,
    /// The state once it has succeeded. The same as while it is under way: there is no further transition.
    success: State,
    /// The state once it has failed.
    error: State,
}

record!(EnvironmentCommand(in_progress: State, success: State, error: State));

impl From<statehold::EnvironmentCommand> for EnvironmentCommand {
    fn from(command: statehold::EnvironmentCommand) -> Self {
        let statehold::EnvironmentCommand { in_progress, success, error, .. } = command;
        Self { in_progress: State(in_progress), success: State(success), error: State(error) }
    }
}

impl EnvironmentCommand {
    fn core(&self) -> statehold::EnvironmentCommand {
        statehold::EnvironmentCommand::new(&self.in_progress.0, &self.success.0, &self.error.0)
    }
}

#[pymethods]
impl EnvironmentCommand {
    /// Making the infrastructure: from `created` or `provision_failed` to `provisioned`.
    #[staticmethod]
    fn provision() -> Self {
        statehold::EnvironmentCommand::provision().into()
    }

    /// Configuring it: from `provisioned` or `configure_failed` to `configured`.
    #[staticmethod]
    fn configure() -> Self {
        statehold::EnvironmentCommand::configure().into()
    }

    /// Putting the software on it: from `configured` or `release_failed` to `released`.
    #[staticmethod]
    fn release() -> Self {
        statehold::EnvironmentCommand::release().into()
    }

    /// Starting the software: from `released` to `running`.
    #[staticmethod]
    fn run() -> Self {
        statehold::EnvironmentCommand::run().into()
    }
}

/// Runs commands on environments. A command is a function; what this adds is that only one runs on an environment at a
/// time, that the store says what is under way and how it ended, and that a process that dies in between leaves what the
/// next one needs to know. The options are those of the lock.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Orchestrator {
    environments: Environments,
    options: LockOptions,
}

impl Orchestrator {
    fn begin(
        &self,
        name: &str,
        command: &statehold::EnvironmentCommand,
        timeout: std::time::Duration,
    ) -> statehold::Result<CommandRun> {
        let options = self.options.clone().timeout(timeout);
        statehold::Orchestrator::new(&self.environments.inner).lock_options(options).begin(name, command)
    }

    fn progress(&self, run: CommandRun) -> CommandProgress {
        CommandProgress { run: Mutex::new(Some(run)), environments: self.environments.shared() }
    }
}

#[pymethods]
impl Orchestrator {
    #[new]
    #[pyo3(signature = (environments, *, timeout = lock::TIMEOUT, ttl = None, purpose = None),
           text_signature = "(environments, *, timeout=10, ttl=None, purpose=None)")]
    fn new(
        environments: PyRef<'_, Environments>,
        timeout: Span,
        ttl: Option<Ttl>,
        purpose: Option<String>,
    ) -> Self {
        let options = lock::options(ttl, purpose, false).timeout(timeout.0);
        Self { environments: environments.shared(), options }
    }

    /// Runs a command: takes the lock, goes to the state in which it is under way, calls `function(progress)`, goes to the
    /// state of its success, releases the lock, and returns the record. Each point is kept in the store at once.
    ///
    /// What the function raises is raised, after it was kept as the failure of the error state: with its message, and
    /// with the attributes `kind`, `trace_file` and `details` that the exception may have. What is no `Exception`, as
    /// Ctrl-C, interrupts the command: the state in which it is under way stays. If how it ended can't be kept, the error
    /// that says so is raised, and what the function had raised is its cause.
    fn run<'py>(
        &self,
        py: Python<'py>,
        name: EnvironmentName<'_>,
        command: PyRef<'_, EnvironmentCommand>,
        function: Function<'py>,
    ) -> Result<EnvironmentRecord> {
        let command = command.core();
        let begun = lock::waiting(py, Span(self.options.timeout), |most| self.begin(&name, &command, most));
        let progress = Bound::new(py, self.progress(begun?))?;
        match function.call1((&progress,)) {
            Ok(_) => progress.get().succeed(py),
            Err(raised) if raised.is_instance_of::<PyException>(py) => {
                progress.get().fail(py, raised.value(py))?;
                Err(raised.into())
            }
            Err(raised) => {
                progress.get().abandon(py);
                Err(raised.into())
            }
        }
    }

    /// Begins a command if nobody holds the lock now, for asyncio.
    #[pyo3(name = "_try_begin")]
    fn try_begin(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        command: PyRef<'_, EnvironmentCommand>,
    ) -> Result<CommandProgress> {
        let command = command.core();
        let run = py.detach(|| self.begin(&name, &command, std::time::Duration::ZERO))?;
        Ok(self.progress(run))
    }
}

/// What a command tells while it goes on.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct CommandProgress {
    /// None once the command has ended.
    run: Mutex<Option<CommandRun>>,
    environments: Environments,
}

const OVER: Error = Error::Closed { what: "the command", advice: "it has ended; run it again" };

impl CommandProgress {
    /// Taken detached, so that a thread that waits for it does not keep its holder from going on.
    fn lock(&self) -> MutexGuard<'_, Option<CommandRun>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(
        &self,
        py: Python<'_>,
        end: impl FnOnce(
            CommandRun,
        ) -> std::result::Result<
            statehold::EnvironmentRecord,
            CommandError<statehold::EnvironmentRecord>,
        > + Send,
    ) -> Result<EnvironmentRecord> {
        let ended = py.detach(|| {
            let run = self.lock().take().ok_or(OVER)?;
            end(run).map_err(|error| match error {
                CommandError::Refused(error) => error,
                CommandError::Unsaved { error, .. } => *error,
                CommandError::Failed(_) => unreachable!("only a run that does the work itself says so"),
            })
        });
        EnvironmentRecord::of(py, ended?, Some(&self.environments))
    }

    fn problem(&self, raised: &Bound<'_, PyAny>) -> CommandProblem {
        let member = |name: &str| raised.getattr(name).ok().filter(|member| !member.is_none());
        let kind = member("kind").and_then(|kind| kind.extract::<FailureKind>().ok());
        let kind = kind.map_or(statehold::FailureKind::Other, |kind| kind.0);
        let summary = raised.str().ok().map(|text| text.to_string_lossy().into_owned());
        let summary = summary.filter(|text| !text.is_empty());
        let summary = summary.or_else(|| raised.get_type().name().ok().map(|name| name.to_string()));
        let mut problem = CommandProblem::new(kind, summary.unwrap_or_default());
        let trace_file = member("trace_file").and_then(|path| path.extract::<PathBuf>().ok());
        problem.trace_file = trace_file.map(|path| path.to_string_lossy().into_owned());
        // Details that can't be kept must not keep the failure from being kept.
        problem.details = member("details").and_then(|details| self.details(&details));
        problem
    }

    fn details(&self, details: &Bound<'_, PyAny>) -> Option<Json> {
        failure::details(&self.environments.terms, details).ok().flatten()
    }
}

/// Giving up the lock commits, and nobody may be kept from going on meanwhile.
impl Drop for CommandProgress {
    fn drop(&mut self) {
        Python::attach(|py| self.abandon(py));
    }
}

#[pymethods]
impl CommandProgress {
    /// The record, as it was when the command began, with the last step.
    #[getter]
    fn record(&self, py: Python<'_>) -> Result<EnvironmentRecord> {
        let record = py.detach(|| self.lock().as_ref().map(|run| run.progress().record()));
        EnvironmentRecord::of(py, record.ok_or(OVER)?, Some(&self.environments))
    }

    /// The number of the lock's grant, for what else the command writes to.
    #[getter]
    fn fencing(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.lock().as_ref().map(|run| run.progress().fencing())).ok_or(OVER)?)
    }

    /// Notes what the command is about to do, for those who find it interrupted. Once it returns, the store has it.
    /// Raises `ConflictError` or `LockedError` if the lock was lost: stop working.
    fn step(&self, py: Python<'_>, step: &str) -> Result<()> {
        Ok(py.detach(|| self.lock().as_ref().ok_or(OVER)?.progress().step(step))?)
    }

    /// Sets what the environment's data is to be, which is saved with the end of the command, however it ends.
    fn set_data(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> Result<()> {
        let data = self.environments.terms.json(data)?;
        let set = py.detach(|| self.lock().as_ref().map(|run| run.progress().set_data(data)));
        Ok(set.ok_or(OVER)?)
    }

    /// Ends the command as one that has succeeded.
    #[pyo3(name = "_succeed")]
    fn succeed(&self, py: Python<'_>) -> Result<EnvironmentRecord> {
        self.ended(py, CommandRun::succeed)
    }

    /// Ends the command as one that has failed by an exception. Raises what kept that from being kept.
    #[pyo3(name = "_fail")]
    fn fail(&self, py: Python<'_>, raised: &Bound<'_, PyAny>) -> Result<EnvironmentRecord> {
        let problem = self.problem(raised);
        self.ended(py, |run| run.fail(problem)).map_err(|unsaved| match unsaved {
            Failure::Core(error) => caused(py, error, PyErr::from_value(raised.clone())).into(),
            other @ Failure::Raised(_) => other,
        })
    }

    /// Leaves the command as an interrupted one, if it has not ended.
    #[pyo3(name = "_abandon")]
    fn abandon(&self, py: Python<'_>) {
        py.detach(|| {
            let run = self.lock().take();
            drop(run);
        });
    }
}
