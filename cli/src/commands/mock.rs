//! Mock clouds: their state, and what is common to their commands.

use clap::{Args, Subcommand};
use serde_json::Value as Document;
use statehold::mock::{CloudState, Transition};
use statehold::{Json, Store};

use super::{Run, fault, options, scenario};
use crate::arguments::examples;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Table, bytes, moment, span};

/// Mock clouds for development and tests: their state, faults and scenarios
#[derive(Subcommand)]
pub(crate) enum Mock {
    State(State),
    #[command(subcommand)]
    Faults(fault::Faults),
    #[command(subcommand)]
    Scenario(scenario::Scenario),
}

impl Mock {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::State(command) => command.run(run),
            Self::Faults(command) => command.run(run),
            Self::Scenario(command) => command.run(run),
        }
    }
}

/// Which cloud is meant.
#[derive(Args)]
pub(super) struct Cloud {
    /// The mock cloud
    #[arg(long, default_value = "default")]
    pub(super) cloud: String,
}

impl Run {
    /// Opens the store with its faults, which others see that opened it so, or creates it.
    pub(super) fn open_with_faults(&mut self) -> Result<Store, Failure> {
        self.open_or_create_with(options().faults(true))
    }
}

/// Show the state of a mock cloud, or change it; one that isn't there is made from the fixtures
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db mock state",
    r#"statehold -s app.db mock state --patch '{"instance": {"state": "running"}}'"#,
    "statehold -s app.db mock state --reset --json",
))]
pub(crate) struct State {
    #[command(flatten)]
    cloud: Cloud,
    /// Put it back to the fixtures first
    #[arg(long)]
    reset: bool,
    /// Put a partial state over it, as JSON, or - to read it from the standard input
    #[arg(long, value_name = "STATE", allow_hyphen_values = true)]
    patch: Option<String>,
}

impl State {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let patch = self.patch.map(|patch| run.output.streams.json(&patch, "")).transpose()?;
        let cloud = run.open_or_create()?.mock_cloud(&self.cloud.cloud);
        if self.reset {
            cloud.reset_state()?;
        }
        if let Some(patch) = patch {
            cloud.patch_state(&patch)?;
        }
        let state = cloud.get_state()?;
        let document = Json::from_serialize(&state)?.parse::<Document>()?;
        run.output.answer(&document, |output| tell(cloud.name(), &state, output))?;
        Ok(exit::OK)
    }
}

fn tell(name: &str, state: &CloudState, output: &mut Output) -> Result<(), Failure> {
    let CloudState { instance, stack, settings, .. } = state;
    let transition = match settings.transition {
        Transition::Immediate => "immediate".to_owned(),
        Transition::Manual => "manual".to_owned(),
        Transition::After(time) => span(time),
    };
    let mut about = Table::properties();
    about
        .property("cloud", name)
        .property_if("scenario", state.scenario.as_ref().map(|scenario| &scenario.name))
        .property("instance", &instance.instance_id)
        .property("state", instance.state.as_str())
        .property_if("public ip", instance.public_ip.as_ref())
        .property("volume", if instance.has_volume { "attached" } else { "none" })
        .property("transitions take", transition)
        .property("stack", format!("{} {}", stack.stack_id, stack.status))
        .property("commands", state.commands.len());
    output.table(about)?;
    let mut parameters = Table::new(["parameter", "type", "version", "value"]);
    for (name, parameter) in &state.parameters {
        let (kind, version) = (parameter.kind.as_str().to_owned(), parameter.version.to_string());
        parameters.row([name.clone(), kind, version, parameter.value.clone()]);
    }
    let mut backups = Table::new(["backup", "date", "size"]);
    for backup in &state.backups {
        backups.row([backup.name.clone(), moment(backup.date), bytes(backup.size)]);
    }
    let mut costs = Table::new(["costs", "total"]);
    for (period, cost) in &state.costs {
        costs.row([period.as_str().to_owned(), format!("{:.2} {}", cost.total_cost, cost.currency)]);
    }
    let tables = [
        (state.parameters.len(), parameters.right(&[2])),
        (state.backups.len(), backups.right(&[2])),
        (state.costs.len(), costs.right(&[1])),
    ];
    for (_, table) in tables.into_iter().filter(|(rows, _)| *rows > 0) {
        output.line("")?;
        output.table(table)?;
    }
    Ok(())
}
