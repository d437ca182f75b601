//! Creating environments, and taking them from state to state.

use clap::Args;
use statehold::{EnvironmentRecord, Environments, Failure as Reason, FailureKind, TransitionOptions};

use super::Run;
use super::environment::record_json;
use crate::arguments::examples;
use crate::exit;
use crate::failure::Outcome;
use crate::output::shown;

/// Under which grant of a lock something is written.
#[derive(Args)]
struct Holding {
    /// The token of the lock, for those who hold it; a command under `env lock` finds it in its environment
    #[arg(long, env = "STATEHOLD_LOCK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Holding {
    fn environments(self, environments: Environments) -> Environments {
        match self.token {
            Some(token) => environments.with_token(token),
            None => environments,
        }
    }
}

/// Create an environment in the initial state of its lifecycle; the store is created if it isn't there
#[derive(Args)]
#[command(after_help = examples!(r#"statehold -s app.db env create mail '{"size": 2}'"#))]
pub(crate) struct Create {
    environment: String,
    /// Its data as JSON, or - to read it from the standard input
    #[arg(default_value = "{}", allow_hyphen_values = true)]
    data: String,
    /// The lifecycle that it goes through
    #[arg(long, default_value = "deployment")]
    lifecycle: String,
}

impl Create {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let data = run.output.streams.json(&self.data, "")?;
        let environments = run.open_or_create()?.environments();
        let record = environments.create_with(&self.environment, data, &self.lifecycle)?;
        tell_state(run, &record)
    }
}

/// Take an environment to another state of its lifecycle
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db env transition web provisioning --note 'by hand'",
    "statehold -s app.db env transition web provision_failed --failure 'no answer within 300 s' --kind timeout",
))]
pub(crate) struct Transition {
    environment: String,
    state: String,
    /// A word for the history
    #[arg(long)]
    note: Option<String>,
    /// What has failed, in a sentence: for an error state
    #[arg(long, value_name = "SUMMARY")]
    failure: Option<String>,
    /// The step that has failed; the one that is noted unless given
    #[arg(long, requires = "failure")]
    step: Option<String>,
    /// Of what kind the failure is: timeout, configuration, command_execution, …
    #[arg(long, requires = "failure", default_value = "other")]
    kind: FailureKind,
    /// Only if it is at this revision
    #[arg(long, value_name = "REVISION")]
    if_revision: Option<u64>,
    #[command(flatten)]
    holding: Holding,
}

impl Transition {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = self.holding.environments(run.open()?.environments());
        let mut options = TransitionOptions::new();
        options.note = self.note;
        options.if_revision = self.if_revision;
        if let Some(summary) = self.failure {
            let step = if let Some(step) = self.step {
                step
            } else {
                let record = environments.load(&self.environment)?;
                record.step.unwrap_or(record.state)
            };
            options.failure = Some(Reason::new(step, self.kind, summary));
        }
        let record = environments.transition_with(&self.environment, &self.state, &options)?;
        tell_state(run, &record)
    }
}

/// Set the state of an environment right by hand, to any state of its lifecycle
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db env recover web provisioned --note 'it is there, looked in the console'"))]
pub(crate) struct Recover {
    environment: String,
    state: String,
    /// Why, for the history
    #[arg(long)]
    note: String,
    #[command(flatten)]
    holding: Holding,
}

impl Recover {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let environments = self.holding.environments(run.open()?.environments());
        let record = environments.recover(&self.environment, &self.state, &self.note)?;
        tell_state(run, &record)
    }
}

fn tell_state(run: &mut Run, record: &EnvironmentRecord) -> Outcome {
    run.output.answer(&record_json(record), |output| {
        let (name, state, revision) = (shown(&record.name), &record.state, record.revision);
        output.line(format_args!("{name} is {state} at revision {revision}"))
    })?;
    Ok(exit::OK)
}
