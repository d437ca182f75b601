//! Running a command on an environment: lock, transition, work, transition, unlock, with the state kept at each point.

mod command;
mod problem;
mod run;
mod typed;

pub use self::command::EnvironmentCommand;
pub use self::problem::{CommandError, CommandProblem};
pub use self::run::{CommandProgress, CommandRun};
pub use self::typed::Begin;
use super::environments::Environments;
use super::options::LockOptions;
use super::record::EnvironmentRecord;
use crate::error::Result;

/// Runs commands on environments. A command is a function; what the orchestrator adds is that only one runs on an
/// environment at a time, that the store says what is under way and how it ended, and that a process that dies in between
/// leaves what the next one needs to know.
///
/// ```
/// use statehold::environment::state::Created;
/// use statehold::{CommandError, Environment, FailureKind, Json, Orchestrator, CommandProblem, Store};
///
/// let environments = Store::open(":memory:")?.environments();
/// let web = environments.save(&Environment::<Created>::new("web", Json::new("{}")?))?;
/// let orchestrator = Orchestrator::new(&environments);
///
/// // The types say that what was created is provisioned now.
/// let web = orchestrator
///     .provision(web, |progress| {
///         progress.step("create network")?;
///         progress.set_data(Json::new(r#"{"address": "10.0.0.7"}"#)?);
///         Ok(())
///     })
///     .expect("nothing has failed");
/// assert_eq!(web.data().as_str(), r#"{"address": "10.0.0.7"}"#);
///
/// let failed = orchestrator.configure(web, |progress| {
///     progress.step("cloud-init")?;
///     Err(CommandProblem::new(FailureKind::Timeout, "no answer within 300 s"))
/// });
/// let Err(CommandError::Failed(web)) = failed else { panic!("it must fail") };
/// assert_eq!(environments.load("web")?.state, "configure_failed");
/// assert_eq!(web.failure().map(|failure| failure.step.as_str()), Some("cloud-init"));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Orchestrator {
    environments: Environments,
    options: LockOptions,
}

impl Orchestrator {
    /// Runs commands on these environments.
    pub fn new(environments: &Environments) -> Self {
        Self { environments: environments.clone(), options: LockOptions::new() }
    }

    /// How the lock is taken; by default as [`LockOptions::new`] says. Its purpose is the command's, unless it has one.
    pub fn lock_options(mut self, options: LockOptions) -> Self {
        self.options = options;
        self
    }

    /// Begins a command: takes the lock and makes the transition to the state in which it is under way. The caller does
    /// the work, and ends the run by [`CommandRun::succeed`] or [`CommandRun::fail`]; a run that is dropped was interrupted.
    ///
    /// # Errors
    /// [`Error::Locked`](crate::Error::Locked) if somebody else holds the lock, and as
    /// [`Environments::transition_with`]; then nothing has begun.
    pub fn begin(&self, name: &str, command: &EnvironmentCommand) -> Result<CommandRun> {
        CommandRun::begin(&self.environments, &self.options, name, command)
    }

    /// Runs a command: lock, transition, `work`, transition to success or error, unlock.
    ///
    /// # Errors
    /// [`CommandError::Refused`] if it could not begin; [`CommandError::Failed`] with the record in the error state if
    /// `work` failed; [`CommandError::Unsaved`] if how it ended could not be kept.
    pub fn run(
        &self,
        name: &str,
        command: &EnvironmentCommand,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<EnvironmentRecord, CommandError<EnvironmentRecord>> {
        let run = self.begin(name, command).map_err(CommandError::Refused)?;
        run.work(work)
    }
}
