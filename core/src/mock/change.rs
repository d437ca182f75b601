//! How every call reads and changes a cloud: look, let happen what is due, do it, write if nobody has moved it since, and
//! again if somebody has.

use super::faults::FaultPlan;
use super::provider::{owes_faults, settle};
use super::scenario::move_on;
use super::scope::{Scope, Write};
use super::state::CloudState;
use super::stored::Stored;
use super::{MockCloud, fixtures, patch};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;
use crate::value::check_size;

/// How often a call looks again because others have moved what it looked at.
pub(super) const ROUNDS: usize = 1_000;

/// What a call does to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It changes or reads the state that is there.
    Set,
    /// It goes back to the fixtures.
    Reset,
    /// It goes back to the fixtures and applies a scenario.
    Scenario,
}

impl Kind {
    /// What the journal says of it.
    fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Reset => "reset",
            Self::Scenario => "scenario",
        }
    }
}

/// A cloud while a call works on it.
pub(super) struct Draft {
    pub(super) state: CloudState,
    pub(super) now_ms: i64,
    /// What follows for the cloud's faults.
    pub(super) plans: Vec<FaultPlan>,
    /// What is under the built-in fixtures.
    fixtures: Option<Json>,
}

impl MockCloud {
    /// Runs a public operation, and gives what it gives with the state that it leaves.
    pub(super) fn run<R>(
        &self,
        operation: Operation,
        f: impl FnMut(&mut Draft) -> Result<R>,
    ) -> Result<(R, CloudState)> {
        self.run_as(Kind::Set, operation, f)
    }

    pub(super) fn run_as<R>(
        &self,
        kind: Kind,
        operation: Operation,
        f: impl FnMut(&mut Draft) -> Result<R>,
    ) -> Result<(R, CloudState)> {
        self.ready()?;
        if kind == Kind::Set {
            self.catch_up()?;
        }
        self.scope.operation(operation, &self.name, || self.change(kind, Some(operation), f))
    }

    /// Runs a public operation that only reads.
    pub(super) fn look(&self, operation: Operation) -> Result<CloudState> {
        Ok(self.run(operation, |_| Ok(()))?.1)
    }

    /// Sets the faults of steps that are due, so that the operation that follows passes them already. In a transaction
    /// they are set by its commit.
    pub(super) fn catch_up(&self) -> Result<()> {
        let Scope::Store(store) = &self.scope else { return Ok(()) };
        if store.shared().faults.is_none() {
            return Ok(());
        }
        let now_ms = self.scope.now_ms()?;
        let Some(stored) = self.scope.see(&self.name)? else { return Ok(()) };
        if owes_faults(&stored.state(&self.name)?, now_ms) {
            self.change(Kind::Set, None, |_| Ok(()))?;
        }
        Ok(())
    }

    /// Changes the cloud in one commit. A read is a change that changes nothing, and writes nothing then.
    pub(super) fn change<R>(
        &self,
        kind: Kind,
        operation: Option<Operation>,
        mut f: impl FnMut(&mut Draft) -> Result<R>,
    ) -> Result<(R, CloudState)> {
        for _ in 0..ROUNDS {
            let now_ms = self.scope.now_ms()?;
            let before = self.scope.see(&self.name)?;
            let mut draft = self.draft(kind, before.as_ref(), now_ms)?;
            let settled = draft.state.clone();
            let moved = match operation {
                Some(operation) if kind == Kind::Set => move_on(&mut draft.state, operation),
                _ => super::scenario::Move::default(),
            };
            let reads = operation.is_some_and(|operation| !operation.writes());
            if reads {
                draft.put_over(moved.state.as_ref())?;
            }
            let result = if moved.replaces_work() { None } else { Some(f(&mut draft)?) };
            if !reads {
                draft.put_over(moved.state.as_ref())?;
            }
            let Draft { state, plans, fixtures, .. } = draft;
            // What has only happened by itself need not be written: whoever looks sees that it has.
            let quiet = before.is_some() && kind == Kind::Set && state == settled && plans.is_empty();
            if !quiet {
                let after = Stored::of(&state, fixtures)?;
                check_size(after.largest(), self.scope.shared().max_value_bytes)?;
                let (name, word) = (&self.name, kind.word());
                let write = Write { name, before, after: Some(after), operation: word, plans };
                if !self.scope.write(write)? {
                    continue;
                }
                self.written();
            }
            if let Some(error) = operation.and_then(|operation| moved.failure(operation)) {
                return Err(error);
            }
            return Ok((result.expect("only a call that fails leaves its work out"), state));
        }
        Err(restless(&self.name))
    }

    fn draft(&self, kind: Kind, stored: Option<&Stored>, now_ms: i64) -> Result<Draft> {
        let of_row = stored.and_then(|stored| stored.fixtures.clone());
        if let Some(stored) = stored.filter(|_| kind == Kind::Set) {
            let mut state = stored.state(&self.name)?;
            let plans = settle(&mut state, now_ms, self.scope.shared().faults.is_some())?;
            return Ok(Draft { state, now_ms, plans, fixtures: of_row });
        }
        let fixtures = self.fixtures().cloned().or(of_row);
        Ok(Draft { state: fixtures::state(fixtures.as_ref(), now_ms)?, now_ms, plans: Vec::new(), fixtures })
    }
}

/// That others kept on changing what a call looked at.
pub(super) fn restless(name: &str) -> Error {
    Error::Conflict {
        check: format!(
            "mock cloud {name:?} was changed by others each of {ROUNDS} times that this call looked at it"
        ),
        expected: None,
        found: None,
    }
}

impl Draft {
    /// Puts the partial state of a machine's move over the state.
    fn put_over(&mut self, partial: Option<&Json>) -> Result<()> {
        partial.map_or(Ok(()), |partial| patch::apply(&mut self.state, partial, self.now_ms, "$.state"))
    }
}
