//! The commands of the deployment lifecycle, which the types allow only where the lifecycle does.

use super::problem::{CommandError, CommandProblem};
use super::run::{CommandProgress, CommandRun};
use super::{EnvironmentCommand, Orchestrator};
use crate::environment::deployment::Environment;
use crate::environment::deployment::state::{
    ConfigureFailed, Configured, Configuring, Created, Destroyable, Destroyed, ProvisionFailed, Provisioned,
    Provisioning, ReleaseFailed, Released, Releasing, RunFailed, Running, State,
};
use crate::error::{Error, Result};

/// An environment that a command can begin on: one in the state before, or one on which it has failed.
pub trait Begin<To: State> {
    /// It, with the command under way.
    fn begin(self) -> Environment<To>;
}

impl Begin<Provisioning> for Environment<Created> {
    fn begin(self) -> Environment<Provisioning> {
        self.start_provisioning()
    }
}

impl Begin<Provisioning> for Environment<ProvisionFailed> {
    fn begin(self) -> Environment<Provisioning> {
        self.retry()
    }
}

impl Begin<Configuring> for Environment<Provisioned> {
    fn begin(self) -> Environment<Configuring> {
        self.start_configuring()
    }
}

impl Begin<Configuring> for Environment<ConfigureFailed> {
    fn begin(self) -> Environment<Configuring> {
        self.retry()
    }
}

impl Begin<Releasing> for Environment<Configured> {
    fn begin(self) -> Environment<Releasing> {
        self.start_releasing()
    }
}

impl Begin<Releasing> for Environment<ReleaseFailed> {
    fn begin(self) -> Environment<Releasing> {
        self.retry()
    }
}

impl Begin<Running> for Environment<Released> {
    fn begin(self) -> Environment<Running> {
        self.start_running()
    }
}

impl Begin<Running> for Environment<RunFailed> {
    fn begin(self) -> Environment<Running> {
        self.retry().start_running()
    }
}

impl Orchestrator {
    /// Makes the infrastructure of an environment by `work`.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn provision(
        &self,
        environment: impl Begin<Provisioning>,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Provisioned>, CommandError<Environment<ProvisionFailed>>> {
        self.run_typed(environment.begin(), &EnvironmentCommand::provision(), work)
    }

    /// Configures an environment by `work`.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn configure(
        &self,
        environment: impl Begin<Configuring>,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Configured>, CommandError<Environment<ConfigureFailed>>> {
        self.run_typed(environment.begin(), &EnvironmentCommand::configure(), work)
    }

    /// Puts the software on an environment by `work`.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn release(
        &self,
        environment: impl Begin<Releasing>,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Released>, CommandError<Environment<ReleaseFailed>>> {
        self.run_typed(environment.begin(), &EnvironmentCommand::release(), work)
    }

    /// Starts the software of an environment by `work`. It is `running` from the beginning, and stays so.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn start(
        &self,
        environment: impl Begin<Running>,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Running>, CommandError<Environment<RunFailed>>> {
        self.run_typed(environment.begin(), &EnvironmentCommand::run(), work)
    }

    /// Takes an environment down by `work`, and makes it `destroyed` once that is done. There is no state in which this is
    /// under way or has failed: until then it stays as it is.
    ///
    /// # Errors
    /// [`CommandError::Refused`] if it could not begin; [`CommandError::Failed`] with the environment as it is and what
    /// went wrong; [`CommandError::Unsaved`] if the end could not be kept.
    #[allow(clippy::needless_pass_by_value)] // it is used up, as by a transition
    pub fn destroy<S: Destroyable>(
        &self,
        environment: Environment<S>,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Destroyed>, CommandError<(Environment<S>, CommandProblem)>> {
        let command = EnvironmentCommand::new(S::NAME, Destroyed::NAME, S::NAME);
        let run = CommandRun::begin_with(&self.environments, &self.options, &environment, &command)
            .map_err(CommandError::Refused)?;
        match work(run.progress()) {
            Ok(()) => match run.succeed() {
                Ok(record) => Environment::try_from(record).map_err(unsaved),
                Err(CommandError::Unsaved { error, failure }) => {
                    Err(CommandError::Unsaved { error, failure })
                }
                Err(CommandError::Refused(error)) => Err(unsaved(error)),
                Err(CommandError::Failed(_)) => unreachable!("a success that is kept is none that failed"),
            },
            Err(problem) => {
                let environment = Environment::try_from(run.progress().record()).map_err(unsaved)?;
                Err(CommandError::Failed(Box::new((environment, problem))))
            }
        }
    }

    #[allow(clippy::needless_pass_by_value)] // it is used up, as by a transition
    fn run_typed<In: State, Out: State, Failed: State>(
        &self,
        environment: Environment<In>,
        command: &EnvironmentCommand,
        work: impl FnOnce(&CommandProgress) -> Result<(), CommandProblem>,
    ) -> Result<Environment<Out>, CommandError<Environment<Failed>>> {
        let run = CommandRun::begin_with(&self.environments, &self.options, &environment, command)
            .map_err(CommandError::Refused)?;
        match run.work(work) {
            Ok(record) => Environment::try_from(record).map_err(unsaved),
            Err(error) => Err(error.map(Environment::try_from)),
        }
    }
}

/// A record that came back in another state than it was written in: it can't be trusted.
fn unsaved<E>(error: Error) -> CommandError<E> {
    CommandError::Unsaved { error: Box::new(error), failure: None }
}
