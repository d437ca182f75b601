//! Scenarios of mock clouds: named presets of state, faults and what happens over time.

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::{Json, Scenarios};

use super::Run;
use super::mock::Cloud;
use crate::arguments::examples;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Table, shown};

/// Scenarios: named presets of a mock cloud's state, its faults, and what happens over time
#[derive(Subcommand)]
pub(crate) enum Scenario {
    Ls(Ls),
    Show(Show),
    Apply(Apply),
    Current(Current),
    Reset(Reset),
    Save(Save),
    Delete(Delete),
}

impl Scenario {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Ls(command) => command.run(run),
            Self::Show(command) => command.run(run),
            Self::Apply(command) => command.run(run),
            Self::Current(command) => command.run(run),
            Self::Reset(command) => command.run(run),
            Self::Save(command) => command.run(run),
            Self::Delete(command) => command.run(run),
        }
    }
}

/// The scenarios of a cloud; with faults, which theirs are set on.
fn scenarios(run: &mut Run, cloud: &Cloud) -> Result<Scenarios, Failure> {
    Ok(run.open_with_faults()?.mock_cloud(&cloud.cloud).scenarios())
}

/// List the scenarios, built in and saved ones
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario ls"))]
pub(crate) struct Ls {
    #[command(flatten)]
    cloud: Cloud,
}

impl Ls {
    fn run(self, run: &mut Run) -> Outcome {
        let mut table = Table::new(["scenario", "", "description"]);
        let mut documents = Vec::new();
        for info in scenarios(run, &self.cloud)?.list()? {
            documents.push(json!({
                "name": info.name,
                "description": info.description,
                "is_built_in": info.built_in,
            }));
            let origin = if info.built_in { "" } else { "saved" };
            table.row([info.name, origin.to_owned(), info.description]);
        }
        run.output.list(&documents, table, "there is no scenario")?;
        Ok(exit::OK)
    }
}

/// Print the document of a scenario
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario show throttled"))]
pub(crate) struct Show {
    scenario: String,
    #[command(flatten)]
    cloud: Cloud,
}

impl Show {
    fn run(self, run: &mut Run) -> Outcome {
        let document: Document = scenarios(run, &self.cloud)?.get(&self.scenario)?.to_json().parse()?;
        // A document that people edit and save again.
        run.output.answer(&document, |output| output.line(format_args!("{document:#}")))?;
        Ok(exit::OK)
    }
}

/// Reset a mock cloud and put it into a scenario
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario apply throttled"))]
pub(crate) struct Apply {
    scenario: String,
    #[command(flatten)]
    cloud: Cloud,
}

impl Apply {
    fn run(self, run: &mut Run) -> Outcome {
        scenarios(run, &self.cloud)?.apply(&self.scenario)?;
        let document = json!({ "cloud": self.cloud.cloud, "scenario": self.scenario });
        run.output.answer(&document, |output| {
            output.line(format_args!("{} is in scenario {}", shown(&self.cloud.cloud), shown(&self.scenario)))
        })?;
        Ok(exit::OK)
    }
}

/// Tell the scenario that was applied last; with exit code 1 that there is none
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario current"))]
pub(crate) struct Current {
    #[command(flatten)]
    cloud: Cloud,
}

impl Current {
    fn run(self, run: &mut Run) -> Outcome {
        let current = scenarios(run, &self.cloud)?.current()?;
        let document = json!({ "cloud": self.cloud.cloud, "scenario": current });
        run.output.answer(&document, |output| match &current {
            Some(name) => output.line(shown(name)),
            None => output.note("no scenario was applied"),
        })?;
        Ok(if current.is_some() { exit::OK } else { exit::NO })
    }
}

/// Leave the scenario: the fixtures, and no faults of the cloud
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario reset"))]
pub(crate) struct Reset {
    #[command(flatten)]
    cloud: Cloud,
}

impl Reset {
    fn run(self, run: &mut Run) -> Outcome {
        scenarios(run, &self.cloud)?.reset()?;
        let document = json!({ "cloud": self.cloud.cloud, "scenario": null });
        run.output.answer(&document, |output| {
            output.line(format_args!("{} is in no scenario", shown(&self.cloud.cloud)))
        })?;
        Ok(exit::OK)
    }
}

/// Save a scenario in the store, for all of its mock clouds
#[derive(Args)]
#[command(after_help = examples!(
    r#"statehold -s app.db mock scenario save '{"name": "asleep", "description": "as at night"}'"#,
))]
pub(crate) struct Save {
    /// The document as JSON, or - to read it from the standard input
    document: String,
    #[command(flatten)]
    cloud: Cloud,
}

impl Save {
    fn run(self, run: &mut Run) -> Outcome {
        let document: Json = run.output.streams.json(&self.document, "")?;
        scenarios(run, &self.cloud)?.save(&document)?;
        let document: Document = document.parse()?;
        let answer = json!({ "scenario": document["name"] });
        run.output.answer(&answer, |output| {
            output.line(format_args!("saved {}", shown(document["name"].as_str().unwrap_or_default())))
        })?;
        Ok(exit::OK)
    }
}

/// Delete a saved scenario
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db mock scenario delete asleep"))]
pub(crate) struct Delete {
    scenario: String,
    #[command(flatten)]
    cloud: Cloud,
}

impl Delete {
    fn run(self, run: &mut Run) -> Outcome {
        let is_deleted = scenarios(run, &self.cloud)?.delete(&self.scenario)?;
        let document = json!({ "scenario": self.scenario, "is_deleted": is_deleted });
        run.output.answer(&document, |output| {
            let what = if is_deleted { "deleted" } else { "there is no saved scenario" };
            output.line(format_args!("{what} {}", shown(&self.scenario)))
        })?;
        Ok(if is_deleted { exit::OK } else { exit::NO })
    }
}
