//! The scenarios of a cloud: which there are, and which it is in.

use serde::Serialize;

use super::{Machine, Scenario, ScenarioInfo, built_in, saved};
use crate::clock::{duration_ms, from_ms};
use crate::error::{Error, Result};
use crate::mock::MockCloud;
use crate::mock::change::Kind;
use crate::mock::faults::FaultPlan;
use crate::mock::patch;
use crate::mock::state::{CurrentScenario, Timer};

/// The scenarios that a cloud can be put into: those that are built in, and those that were saved in its store, for all of
/// its clouds.
///
/// ```
/// use std::time::Duration;
///
/// use statehold::mock::InstanceState;
/// use statehold::{Json, ManualClock, MockCloudOptions, open_mock_cloud};
///
/// let clock = ManualClock::new();
/// let cloud = open_mock_cloud(MockCloudOptions::new().clock(clock.clone()))?;
/// let scenarios = cloud.scenarios();
/// scenarios.save(&Json::new(r#"{
///     "name": "slow-start",
///     "description": "The instance takes 30 s to start, then SSM fails twice",
///     "state": {"settings": {"transition": 30}},
///     "steps": [{"after": 30, "faults": {"mock.add_command": {"times": 2, "error_code": "InvalidInstanceId"}}}]
/// }"#)?)?;
/// scenarios.apply("slow-start")?;
/// cloud.start_instance()?;
/// clock.advance(Duration::from_secs(29));
/// assert_eq!(cloud.get_instance()?.state, InstanceState::Pending);
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(cloud.get_instance()?.state, InstanceState::Running);
/// assert_eq!(cloud.add_command(&["uptime"]).unwrap_err().code(), "FAULT");
/// # cloud.close()?;
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Scenarios {
    cloud: MockCloud,
}

impl Scenarios {
    pub(in crate::mock) fn of(cloud: &MockCloud) -> Self {
        Self { cloud: cloud.clone() }
    }

    /// Every scenario: those that are built in, and those that were saved, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn list(&self) -> Result<Vec<ScenarioInfo>> {
        self.cloud.ready()?;
        let mut all: Vec<ScenarioInfo> = built_in::all().iter().map(|scenario| scenario.info(true)).collect();
        for (name, document) in self.cloud.scope.scenarios()? {
            all.push(saved::parse(&name, &document)?.info(false));
        }
        Ok(all)
    }

    /// A scenario by its name.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the names that there are.
    pub fn get(&self, name: &str) -> Result<Scenario> {
        self.cloud.ready()?;
        if let Some(scenario) = built_in::named(name) {
            return Ok(scenario.clone());
        }
        match self.cloud.scope.scenario(name)? {
            Some(document) => saved::parse(name, &document),
            None => Err(self.not_found(name)?),
        }
    }

    /// Puts the cloud into a scenario: it goes back to its fixtures, and to what the scenario makes of them. The faults that
    /// were set on the cloud are removed. Its steps are taken by the store's clock.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the names that there are; [`Error::InvalidValue`] for one that has faults or a latency while
    /// faults are off.
    pub fn apply(&self, name: &str) -> Result<()> {
        let scenario = self.get(name)?;
        if scenario.has_faults() {
            // Where faults are off this says so, before anything is done.
            self.cloud.faults().get_global_latency()?;
        }
        self.cloud.change(Kind::Scenario, None, |draft| {
            let (state, now_ms) = (&mut draft.state, draft.now_ms);
            if let Some(partial) = &scenario.state {
                patch::apply(state, partial, now_ms, "$.state")?;
            }
            state.timers.extend(scenario.steps.iter().map(|step| Timer {
                due: from_ms(now_ms.saturating_add(duration_ms(step.after))),
                instance: None,
                step: Some(step.clone()),
            }));
            let machine = scenario.machine.as_ref().map(|machine| Machine {
                state: machine.initial.clone(),
                transitions: machine.transitions.clone(),
            });
            state.scenario = Some(CurrentScenario { name: scenario.name.clone(), machine });
            let (faults, latency) = (scenario.faults.clone(), scenario.latency);
            draft.plans.push(FaultPlan { afresh: true, faults, latency });
            Ok(())
        })?;
        Ok(())
    }

    /// Saves a scenario, in place of the one that was saved under its name.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path of what is wrong and what would be right; [`Error::InvalidName`] for what can't
    /// be a name, such as that of one that is built in.
    pub fn save<T: Serialize + ?Sized>(&self, document: &T) -> Result<()> {
        self.cloud.ready()?;
        let scenario = Scenario::new(document)?;
        refuse_built_in(&scenario.name)?;
        self.cloud.scope.put_scenario(&scenario.name, Some(scenario.to_json()))?;
        self.cloud.written();
        Ok(())
    }

    /// Deletes a scenario that was saved; says whether there was one. A cloud that is in it stays so.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for one that is built in.
    pub fn delete(&self, name: &str) -> Result<bool> {
        self.cloud.ready()?;
        refuse_built_in(name)?;
        let was_there = self.cloud.scope.put_scenario(name, None)?;
        if was_there {
            self.cloud.written();
        }
        Ok(was_there)
    }

    /// The name of the scenario that was applied last; none after a reset.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn current(&self) -> Result<Option<String>> {
        self.cloud.ready()?;
        let Some(stored) = self.cloud.scope.see(&self.cloud.name)? else { return Ok(None) };
        Ok(stored.state(&self.cloud.name)?.scenario.map(|scenario| scenario.name))
    }

    /// Puts the cloud back to its fixtures, in no scenario, and removes the faults that were set on it.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn reset(&self) -> Result<()> {
        self.cloud.ready()?;
        self.cloud.change(Kind::Reset, None, |draft| {
            draft.plans.push(FaultPlan { afresh: true, ..FaultPlan::default() });
            Ok(())
        })?;
        Ok(())
    }

    fn not_found(&self, name: &str) -> Result<Error> {
        let names: Vec<String> = self.list()?.into_iter().map(|scenario| scenario.name).collect();
        let advice = format!("there are {}", names.join(", ")).into();
        Ok(Error::NotFound { what: "scenario", name: name.to_owned(), advice })
    }
}

fn refuse_built_in(name: &str) -> Result<()> {
    if built_in::named(name).is_none() {
        return Ok(());
    }
    let reason = "it is built in, and stays as it is; choose another name".to_owned();
    Err(Error::InvalidName { what: "scenario", name: name.to_owned(), reason })
}

impl std::fmt::Debug for Scenarios {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scenarios").field("cloud", &self.cloud.name()).finish_non_exhaustive()
    }
}
