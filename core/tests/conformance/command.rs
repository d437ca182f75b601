//! Commands that the orchestrator runs.

use std::sync::atomic::Ordering;

use serde_json::Value as Step;
use statehold::{
    CommandError, CommandProblem, CommandProgress, EnvironmentCommand, Environments, FailureKind, Json,
    LockOptions, Orchestrator,
};

use crate::execute::{Executor, Failure, Outcome, Target};
use crate::function::Raised;
use crate::state::record;

impl Executor<'_> {
    pub(crate) fn run_command(&self, environments: &Environments, step: &Step) -> Outcome {
        let text = |data: &Step| self.decode(data).text();
        let command = &step["args"][0];
        let command = match command.as_str() {
            Some("provision") => EnvironmentCommand::provision(),
            Some("configure") => EnvironmentCommand::configure(),
            Some("release") => EnvironmentCommand::release(),
            Some("run") => EnvironmentCommand::run(),
            Some(other) => panic!("there is no command {other}"),
            None => {
                let state = |name: &str| text(&command[name]);
                EnvironmentCommand::new(state("in_progress"), state("success"), state("error"))
            }
        };
        let mut options = LockOptions::new();
        if let Some(timeout) = step["with"].get("timeout") {
            options = options.timeout(self.decode(timeout).duration());
        }
        let orchestrator = Orchestrator::new(environments).lock_options(options);
        let ended = orchestrator.run(&text(&step["env"]), &command, |progress| {
            self.calls.fetch_add(1, Ordering::Relaxed);
            step["args"][1].as_array().unwrap().iter().try_for_each(|action| self.act(progress, action))
        });
        match ended {
            Ok(ended) => Ok(record(&ended)),
            Err(CommandError::Failed(failed)) => Ok(record(&failed)),
            Err(CommandError::Refused(error)) => Err(Failure::Store(error)),
            Err(CommandError::Unsaved { error, .. }) => Err(Failure::Store(*error)),
        }
    }

    /// One of the things that the function of a command does.
    fn act(&self, progress: &CommandProgress, action: &Step) -> Result<(), CommandProblem> {
        let (name, what) = action.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "step" => progress.step(what.as_str().unwrap())?,
            "set_data" => progress.set_data(Json::from_serialize(&self.decode(what))?),
            "perform" => {
                let beside = Executor::beside(&self.store(), &self.clock);
                beside.step(Target::Store, what, 0).unwrap();
            }
            "lose_lock" => {
                let (environments, name) = (self.store().environments(), progress.record().name);
                let token = environments.lock_info(&name)?.and_then(|lock| lock.token).unwrap();
                environments.force_unlock(&name, &token)?;
            }
            "record" => self.check_fields(action, &record(&progress.record()), &self.decode(what)),
            "fencing" => assert_eq!(progress.fencing(), what.as_u64().unwrap()),
            "raise" => return Err(Raised.into()),
            "fail" => {
                let kind: FailureKind = what["kind"].as_str().unwrap().parse()?;
                let mut problem = CommandProblem::new(kind, what["summary"].as_str().unwrap());
                problem.trace_file = what["trace_file"].as_str().map(str::to_owned);
                if let Some(details) = what.get("details") {
                    problem = problem.details(Json::from_serialize(&self.decode(details))?);
                }
                return Err(problem);
            }
            other => panic!("a command's function can't {other}"),
        }
        Ok(())
    }
}
