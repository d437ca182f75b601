//! Putting a partial state over a whole one, section by section.

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::{item, items, member, members, merge, read, value};
use super::provider::{cancel_transition, give_address};
use super::resource::{Backup, Command, CostPeriod, Costs, Parameter};
use super::scenario::check_faults;
use super::state::{CloudState, CurrentScenario, Timer};
use crate::clock::{from_ms, to_rfc3339};
use crate::error::{Error, Result};
use crate::ids::time_id;
use crate::options::unknown_option;

/// The members of a state.
pub(super) const SECTIONS: [&str; 9] =
    ["instance", "parameters", "commands", "backups", "costs", "stack", "settings", "timers", "scenario"];

/// Puts a partial state over a state: parameters and costs are merged by name and period, commands, backups and timers
/// replaced, all else merged member by member. `at` is where the partial one stands in its document.
pub(super) fn apply<T: Serialize + ?Sized>(
    state: &mut CloudState,
    partial: &T,
    now_ms: i64,
    at: &str,
) -> Result<()> {
    apply_value(state, value(partial, now_ms)?, now_ms, at)
}

/// As [`apply`], with relative times made absolute already.
pub(super) fn apply_value(state: &mut CloudState, partial: Value, now_ms: i64, at: &str) -> Result<()> {
    // Settings come before the instance, which gets its address from them, and timers after it, since its new state would
    // cancel them.
    let mut given = members(partial, at)?;
    if let Some(unknown) = given.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
        let Error::InvalidValue { reason, .. } = unknown_option(unknown, SECTIONS.into_iter()) else {
            unreachable!("an unknown option is an invalid value")
        };
        return Err(Error::value(member(at, unknown), reason.replacen("option", "member", 1)));
    }
    for section in ["settings"].into_iter().chain(SECTIONS) {
        if let Some(partial) = given.remove(section) {
            apply_section(state, section, partial, now_ms, &member(at, section))?;
        }
    }
    Ok(())
}

fn apply_section(state: &mut CloudState, section: &str, partial: Value, now_ms: i64, at: &str) -> Result<()> {
    match section {
        "instance" => instance(state, partial, now_ms, at),
        "parameters" => parameters(state, partial, now_ms, at),
        "commands" => {
            state.commands = each(partial, at, |given, at| read(complete_command(given, now_ms), at))?;
            Ok(())
        }
        "backups" => {
            state.backups = each(partial, at, |given, at| read(complete_backup(given, now_ms), at))?;
            sort_backups(state);
            Ok(())
        }
        "costs" => {
            for (period, partial) in members(partial, at)? {
                let at = member(at, &period);
                let period: CostPeriod = read(period.into(), &at)?;
                costs(state, period, partial, now_ms, &at)?;
            }
            Ok(())
        }
        "stack" => {
            state.stack = merged(&state.stack, partial, at)?;
            Ok(())
        }
        "settings" => {
            state.settings = merged(&state.settings, partial, at)?;
            check_address(&state.settings.public_ip, &member(at, "public_ip"))
        }
        "timers" => timers(state, partial, now_ms, at),
        "scenario" => {
            let given: Option<CurrentScenario> = read(partial, at)?;
            if given == state.scenario {
                return Ok(());
            }
            Err(Error::value(at, "it can't be set; apply a scenario, or leave it out"))
        }
        other => unreachable!("{other} is a section and not here"),
    }
}

/// Replaces the timers. What their steps will do is tried, so that it can't fail when nobody expects it.
fn timers(state: &mut CloudState, partial: Value, now_ms: i64, at: &str) -> Result<()> {
    for (index, timer) in partial.as_array().into_iter().flatten().enumerate() {
        check_faults(&timer["step"]["faults"], &member(&member(&item(at, index), "step"), "faults"))?;
    }
    let timers: Vec<Timer> = read(partial, at)?;
    for (index, timer) in timers.iter().enumerate() {
        if let Some(partial) = timer.step.as_ref().and_then(|step| step.state.as_ref()) {
            let at = member(&member(&item(at, index), "step"), "state");
            apply(&mut state.clone(), partial, now_ms, &at)?;
        }
    }
    state.timers = timers;
    Ok(())
}

/// Merges a partial instance. A state that is given is set at once, with the public address that goes with it.
pub(super) fn instance(state: &mut CloudState, partial: Value, now_ms: i64, at: &str) -> Result<()> {
    let given = partial.as_object();
    let is_moved = given.is_some_and(|given| given.contains_key("state"));
    let is_dated = given.is_some_and(|given| given.contains_key("last_updated"));
    let has_address = given.is_some_and(|given| given.contains_key("public_ip"));
    state.instance = merged(&state.instance, partial, at)?;
    if is_moved {
        cancel_transition(state);
    }
    if is_moved && !has_address {
        give_address(state);
    }
    if let Some(address) = &state.instance.public_ip {
        check_address(address, &member(at, "public_ip"))?;
    }
    if !is_dated {
        state.instance.last_updated = from_ms(now_ms);
    }
    Ok(())
}

/// Merges parameters by name; null removes one.
fn parameters(state: &mut CloudState, partial: Value, now_ms: i64, at: &str) -> Result<()> {
    for (name, partial) in members(partial, at)? {
        let at = member(at, &name);
        if partial.is_null() {
            state.parameters.remove(&name);
            continue;
        }
        check_parameter(&name)?;
        let known = state.parameters.get(&name);
        let given = members(partial, &at)?;
        let mut whole = match known {
            Some(known) => document(known),
            None => object([("type", "String".into())]),
        };
        let version = known.map_or(1, |known| known.version + 1);
        let stamp = object([("version", version.into()), ("last_modified", to_rfc3339(now_ms).into())]);
        merge(&mut whole, stamp);
        merge(&mut whole, Value::Object(given));
        state.parameters.insert(name, read::<Parameter>(whole, &at)?);
    }
    Ok(())
}

/// Merges the costs of a period. Those of a state are there for each.
pub(super) fn costs(
    state: &mut CloudState,
    period: CostPeriod,
    partial: Value,
    now_ms: i64,
    at: &str,
) -> Result<()> {
    let mut whole = match state.costs.get(&period) {
        Some(known) => document(known),
        None => object([("period", document(&period.dates(now_ms)))]),
    };
    merge(&mut whole, object([("fetched_at", to_rfc3339(now_ms).into())]));
    merge(&mut whole, Value::Object(members(partial, at)?));
    state.costs.insert(period, read::<Costs>(whole, at)?);
    Ok(())
}

/// Merges a partial command; says when it has ended.
pub(super) fn command(known: &Command, partial: Value, now_ms: i64, at: &str) -> Result<Command> {
    let is_dated = partial.as_object().is_some_and(|given| given.contains_key("completed_at"));
    if partial.as_object().and_then(|given| given.get("command_id")).is_some_and(|id| *id != known.command_id)
    {
        return Err(Error::value(member(at, "command_id"), "a command keeps its id; leave it out"));
    }
    let mut command: Command = merged(known, partial, at)?;
    if !is_dated {
        let completed = command.completed_at.or(Some(from_ms(now_ms)));
        command.completed_at = completed.filter(|_| command.status.has_ended());
    }
    Ok(command)
}

/// A backup, of now if nothing else is said.
pub(super) fn complete_backup(given: Value, now_ms: i64) -> Value {
    completed(object([("date", to_rfc3339(now_ms).into())]), given)
}

/// A command, of now and with an id of its own if nothing else is said.
fn complete_command(given: Value, now_ms: i64) -> Value {
    let rest = object([
        ("command_id", time_id(now_ms).into()),
        ("status", "Pending".into()),
        ("created_at", to_rfc3339(now_ms).into()),
    ]);
    completed(rest, given)
}

fn completed(mut rest: Value, given: Value) -> Value {
    // What is no object is left as it is, to be refused.
    if given.is_object() {
        merge(&mut rest, given);
        return rest;
    }
    given
}

/// The newest first; of the same date as they are.
pub(super) fn sort_backups(state: &mut CloudState) {
    state.backups.sort_by_key(|backup: &Backup| std::cmp::Reverse(backup.date));
}

/// Refuses what is no IP address.
pub(super) fn check_address(address: &str, at: &str) -> Result<()> {
    if address.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    Err(Error::value(at, format!("{address:?} is no IP address, such as 203.0.113.42")))
}

/// Refuses what can't be the name of a parameter.
pub(super) fn check_parameter(name: &str) -> Result<()> {
    crate::limits::check_name("parameter", name, crate::limits::PARAMETER_BYTES)
}

/// A value with the members of a partial document over its own.
pub(super) fn merged<T: Serialize + serde::de::DeserializeOwned>(
    known: &T,
    partial: Value,
    at: &str,
) -> Result<T> {
    let mut whole = document(known);
    merge(&mut whole, Value::Object(members(partial, at)?));
    read(whole, at)
}

fn each<T>(value: Value, at: &str, mut f: impl FnMut(Value, &str) -> Result<T>) -> Result<Vec<T>> {
    let all = items(value, at)?.into_iter().enumerate();
    all.map(|(index, given)| f(given, &item(at, index))).collect()
}

/// What a value of this facet is as a document.
fn document<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("keys are texts, and numbers finite")
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

#[cfg(test)]
#[path = "patch_test.rs"]
mod tests;
