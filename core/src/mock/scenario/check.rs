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
    check_faults(&value["faults"], "$.faults")?;
    for (index, step) in value["steps"].as_array().into_iter().flatten().enumerate() {
        check_faults(&step["faults"], &member(&item("$.steps", index), "faults"))?;
    }
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
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = item("$.steps", index);
        try_state(&step.state, &member(&at, "state"))?;
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

/// Tries a partial state.
fn apply(state: &mut CloudState, partial: &Json, now_ms: i64, at: &str) -> Result<()> {
    let partial: Value = partial.parse()?;
    if partial.get("scenario").is_some() {
        return Err(Error::value(member(at, "scenario"), "a scenario can't set another one; leave it out"));
    }
    for (index, timer) in partial["timers"].as_array().into_iter().flatten().enumerate() {
        if timer.get("step").is_some() {
            let at = member(&item(&member(at, "timers"), index), "step");
            return Err(Error::value(at, "the steps of a scenario stand in its member `steps`"));
        }
    }
    patch::apply(state, &partial, now_ms, at)
}

/// Refuses faults that can't be set. What is no object is left to be refused with the rest.
pub(in crate::mock) fn check_faults(faults: &Value, at: &str) -> Result<()> {
    for (operation, failure) in faults.as_object().into_iter().flatten() {
        let at = member(at, operation);
        check_operation(operation, &at)?;
        OperationFailure::from_document(failure, &at)?;
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
    if Operation::names().any(|name| of_clouds(&name)) {
        return Ok(());
    }
    Err(Error::value(
        at,
        format!("{operation:?} is no operation of a mock cloud, and a scenario has no others"),
    ))
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
