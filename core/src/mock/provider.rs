//! What the provider does: how an instance starts and stops, and what time does. Pure functions on the state.

use super::faults::FaultPlan;
use super::patch;
use super::resource::{BlockDeviceMapping, Instance, InstanceState};
use super::scenario::ScenarioStep;
use super::state::{CloudState, Timer, Transition};
use crate::clock::{duration_ms, from_ms, to_ms};
use crate::error::{Error, Result};

/// Lets everything happen that is due, each at its time, and gives what the steps among it change besides the state. Where
/// `faults` are off, what a step does to them stays to be done by who has them on.
pub(super) fn settle(state: &mut CloudState, now_ms: i64, faults: bool) -> Result<Vec<FaultPlan>> {
    let (mut plans, mut kept) = (Vec::new(), Vec::new());
    loop {
        let due = state.timers.iter().enumerate().map(|(place, timer)| (to_ms(timer.due), place));
        let Some((due_ms, place)) = due.min().filter(|(due_ms, _)| *due_ms <= now_ms) else { break };
        let Timer { due, instance, step } = state.timers.remove(place);
        if let Some(to) = instance {
            enter(state, to, due_ms);
        }
        let Some(mut step) = step else { continue };
        if let Some(partial) = step.state.take() {
            patch::apply(state, &partial, due_ms, "$.state")?;
        }
        if !step.changes_faults() {
            continue;
        }
        if faults {
            plans.push(FaultPlan { afresh: false, faults: step.faults, latency: step.latency });
        } else {
            kept.push(Timer { due, instance: None, step: Some(step) });
        }
    }
    state.timers.splice(0..0, kept);
    Ok(plans)
}

/// Whether a step is due that changes faults.
pub(super) fn owes_faults(state: &CloudState, now_ms: i64) -> bool {
    let changes_faults = |timer: &Timer| timer.step.as_ref().is_some_and(ScenarioStep::changes_faults);
    state.timers.iter().any(|timer| to_ms(timer.due) <= now_ms && changes_faults(timer))
}

/// Sets the instance's state at once; nothing is pending then.
pub(super) fn enter(state: &mut CloudState, to: InstanceState, at_ms: i64) {
    cancel_transition(state);
    state.instance.state = to;
    give_address(state);
    state.instance.last_updated = from_ms(at_ms);
}

/// Gives the instance the public address that its state has: only a running one has one.
pub(super) fn give_address(state: &mut CloudState) {
    let running = state.instance.state == InstanceState::Running;
    state.instance.public_ip = running.then(|| state.settings.public_ip.clone());
}

/// Takes back what would happen to the instance by itself.
pub(super) fn cancel_transition(state: &mut CloudState) {
    state.timers.retain(|timer| timer.instance.is_none());
}

/// Starts the instance. One that is or will be running is left alone.
pub(super) fn start(state: &mut CloudState, now_ms: i64) -> Result<()> {
    match state.instance.state {
        InstanceState::Stopped => begin(state, InstanceState::Pending, InstanceState::Running, now_ms),
        InstanceState::Running | InstanceState::Pending => {}
        _ => return Err(refused(&state.instance, InstanceState::Running, InstanceState::Stopped)),
    }
    Ok(())
}

/// Stops the instance. One that is or will be stopped is left alone.
pub(super) fn stop(state: &mut CloudState, now_ms: i64) -> Result<()> {
    match state.instance.state {
        InstanceState::Running => begin(state, InstanceState::Stopping, InstanceState::Stopped, now_ms),
        InstanceState::Stopped | InstanceState::Stopping => {}
        _ => return Err(refused(&state.instance, InstanceState::Stopped, InstanceState::Running)),
    }
    Ok(())
}

fn begin(state: &mut CloudState, through: InstanceState, to: InstanceState, now_ms: i64) {
    match state.settings.transition {
        Transition::Immediate => enter(state, to, now_ms),
        Transition::Manual => enter(state, through, now_ms),
        Transition::After(span) => {
            enter(state, through, now_ms);
            let due = from_ms(now_ms.saturating_add(duration_ms(span)));
            state.timers.push(Timer { due, instance: Some(to), step: None });
        }
    }
}

/// Ends a transition that is under way; says whether there was one.
pub(super) fn complete(state: &mut CloudState, now_ms: i64) -> bool {
    let timed = state.timers.iter().find_map(|timer| timer.instance);
    let to = timed.or(match state.instance.state {
        InstanceState::Pending => Some(InstanceState::Running),
        InstanceState::Stopping => Some(InstanceState::Stopped),
        _ => None,
    });
    if let Some(to) = to {
        enter(state, to, now_ms);
    }
    to.is_some()
}

/// Gives the instance a volume, or takes all of them away.
pub(super) fn set_volume(instance: &mut Instance, has_volume: bool, now_ms: i64) {
    let mappings = instance.block_device_mappings.get_or_insert_default();
    if !has_volume {
        mappings.clear();
    } else if mappings.is_empty() {
        mappings.push(BlockDeviceMapping::root());
    }
    instance.has_volume = has_volume;
    instance.last_updated = from_ms(now_ms);
}

fn refused(instance: &Instance, to: InstanceState, from: InstanceState) -> Error {
    let next = match instance.state {
        InstanceState::Running => Some(InstanceState::Stopping),
        InstanceState::Stopped => Some(InstanceState::Pending),
        InstanceState::Pending => Some(InstanceState::Running),
        InstanceState::Stopping => Some(InstanceState::Stopped),
        InstanceState::Hibernating | InstanceState::Terminated | InstanceState::Unknown => None,
    };
    Error::InvalidTransition {
        what: "instance",
        name: instance.instance_id.clone(),
        from: instance.state.to_string(),
        to: to.to_string(),
        allowed: next.iter().map(ToString::to_string).collect(),
        reason: format!("only one that is {from} can go there, and it is {}", instance.state).into(),
    }
}

#[cfg(test)]
#[path = "provider_test.rs"]
mod tests;
