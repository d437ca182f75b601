//! Whether a scenario makes sense: all that its parts would do is tried on the fixtures.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{Scenario, ScenarioMachine};
use crate::clock::{Clock, SystemClock, to_ms};
use crate::error::{Error, Result};
use crate::fault::{Operation, OperationFailure, Target};
use crate::json::Json;
use crate::limits::{SCENARIO_BYTES, TEXT_BYTES, check_name, check_text};
use crate::mock::document::{item, member, read as read_value};
use crate::mock::state::CloudState;
use crate::mock::{fixtures, patch};

/// Stands for any state of a machine.
pub(super) const ANY: &str = "*";

pub(super) fn read<T: Serialize + ?Sized>(document: &T) -> Result<Scenario> {
    // Times that are relative to now stay so until the scenario is applied.
    let value: Value = Json::from_serialize(document)?.parse()?;
    let scenario: Scenario = read_value(value, "$")?;
    check(&scenario)?;
    Ok(scenario)
}

fn check(scenario: &Scenario) -> Result<()> {
    check_name("scenario", &scenario.name, SCENARIO_BYTES)?;
    check_text("$.description", Some(&scenario.description), TEXT_BYTES)?;
    let now_ms = to_ms(SystemClock.now());
    let mut state = fixtures::state(None, now_ms)?;
    let mut try_state = |partial: &Option<Json>, at: &str| match partial {
        Some(partial) => apply(&mut state, partial, now_ms, at),
        None => Ok(()),
    };
    try_state(&scenario.state, "$.state")?;
    check_faults(&scenario.faults, "$.faults")?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = item("$.steps", index);
        try_state(&step.state, &member(&at, "state"))?;
        check_faults(&step.faults, &member(&at, "faults"))?;
        if step.state.is_none() && step.faults.is_empty() && step.latency.is_none() {
            return Err(Error::value(at, "the step does nothing: give it a state, faults or a latency"));
        }
    }
    let Some(machine) = &scenario.machine else { return Ok(()) };
    for (index, transition) in machine.transitions.iter().enumerate() {
        let at = item("$.machine.transitions", index);
        check_operation(&transition.operation, &member(&at, "operation"))?;
        try_state(&transition.state, &member(&at, "state"))?;
    }
    check_machine(machine)
}

/// Tries a partial state; the scenario in it can't be another one.
fn apply(state: &mut CloudState, partial: &Json, now_ms: i64, at: &str) -> Result<()> {
    patch::apply(state, partial, now_ms, at)
}

fn check_faults<'a>(
    faults: impl IntoIterator<Item = (&'a String, &'a OperationFailure)>,
    at: &str,
) -> Result<()> {
    for (operation, failure) in faults {
        let at = member(at, operation);
        check_operation(operation, &at)?;
        failure.check().map_err(|error| match error {
            Error::InvalidValue { path, reason } => Error::value(member(&at, &path), reason),
            other => other,
        })?;
    }
    Ok(())
}

/// Refuses what is no operation of a mock cloud.
fn check_operation(operation: &str, at: &str) -> Result<()> {
    let target = Target::parse(operation).map_err(|error| match error {
        Error::InvalidValue { reason, .. } => Error::value(at, reason),
        other => other,
    })?;
    let of_clouds = |name: &&str| name.starts_with("mock.") && target.matches(name);
    if Operation::NAMES.iter().any(of_clouds) {
        return Ok(());
    }
    Err(Error::value(at, format!("{operation:?} is no operation of a mock cloud, and a scenario has no others")))
}

/// Refuses a machine that has a state in which it can never be, which is a slip of the pen.
fn check_machine(machine: &ScenarioMachine) -> Result<()> {
    let mut reached = BTreeSet::from([machine.initial.as_str()]);
    reached.extend(machine.transitions.iter().map(|transition| transition.to.as_str()));
    if let Some(to) = reached.iter().find(|to| to.is_empty() || **to == ANY) {
        return Err(Error::value("$.machine", format!("{to:?} can't be the name of a state")));
    }
    for (index, transition) in machine.transitions.iter().enumerate() {
        let from = transition.from.as_str();
        if from != ANY && !reached.contains(from) {
            let at = member(&item("$.machine.transitions", index), "from");
            let known: Vec<&str> = reached.into_iter().collect();
            let reason = format!("the machine is never in {from:?}; its states are {}", known.join(", "));
            return Err(Error::value(at, reason));
        }
    }
    Ok(())
}
