//! How a call moves the machine of a scenario. Pure functions on the state; the commit that keeps what the call does keeps
//! the move, too, so that of parallel calls each finds the machine where the one before has left it.

use super::check::ANY;
use super::{Machine, MachineFault};
use crate::error::Error;
use crate::fault::{Operation, Target};
use crate::json::Json;
use crate::mock::state::CloudState;

/// What the move of a machine does to the call that made it.
#[derive(Debug, Default)]
pub(in crate::mock) struct Move {
    /// The partial state that has the last word.
    pub(in crate::mock) state: Option<Json>,
    /// How the call fails.
    pub(in crate::mock) fault: Option<MachineFault>,
}

impl Move {
    /// Whether the call fails instead of doing its work.
    pub(in crate::mock) fn replaces_work(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| !fault.after_commit)
    }

    /// The failure of a call, if it fails.
    pub(in crate::mock) fn failure(self, operation: Operation) -> Option<Error> {
        let MachineFault { error_code, error_message, after_commit } = self.fault?;
        Some(Error::Fault {
            operation: operation.name().to_owned(),
            error_code,
            error_message,
            committed: after_commit && operation.writes(),
        })
    }
}

/// Moves the machine of the current scenario, if there is one and the call takes it anywhere.
pub(in crate::mock) fn move_on(state: &mut CloudState, operation: Operation) -> Move {
    let machine = state.scenario.as_mut().and_then(|scenario| scenario.machine.as_mut());
    let Some(Machine { state: now, transitions }) = machine else { return Move::default() };
    let fits = |written: &str| Target::parse(written).is_ok_and(|target| target.matches(operation.name()));
    let taken = transitions.iter().find(|transition| {
        (transition.from == ANY || transition.from == *now) && fits(&transition.operation)
    });
    let Some(taken) = taken else { return Move::default() };
    now.clone_from(&taken.to);
    Move { state: taken.state.clone(), fault: taken.fault.clone() }
}
