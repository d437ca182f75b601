//! Scenarios: named presets of a mock cloud. What a document holds is described in `docs/scenarios.md`.

mod built_in;
mod check;
mod machine;
mod saved;
mod scenarios;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use check::check_faults;
pub(super) use machine::{Move, move_on};
pub(super) use saved::{StoredScenarios, delete, save};
pub use scenarios::Scenarios;

use super::seconds;
use crate::error::Result;
use crate::fault::OperationFailure;
use crate::json::Json;

/// A scenario: what a cloud is after a reset, which calls fail, and what happens over time. As a document it has the same
/// members, with spans of time in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// The name by which it is applied.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// A partial state, which is put over the fixtures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Json>,
    /// How long every call waits.
    #[serde(default, with = "seconds::maybe", skip_serializing_if = "Option::is_none")]
    pub latency: Option<Duration>,
    /// The faults that are set, by operation or pattern.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, OperationFailure>,
    /// What happens over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ScenarioStep>,
    /// What happens call by call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<ScenarioMachine>,
}

/// What happens some time after a scenario was applied, by the store's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScenarioStep {
    /// How long after.
    #[serde(with = "seconds")]
    pub after: Duration,
    /// A partial state, which is put over the one that is there then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Json>,
    /// The faults that are set from then on, each in place of the one that was set on the same operation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, OperationFailure>,
    /// How long every call waits from then on.
    #[serde(default, with = "seconds::maybe", skip_serializing_if = "Option::is_none")]
    pub latency: Option<Duration>,
}

/// A machine that operations move: each call may take it from one state to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScenarioMachine {
    /// The state that it begins in.
    pub initial: String,
    /// The first of these that fits a call is taken.
    pub transitions: Vec<MachineTransition>,
}

/// One way for a machine from one state to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MachineTransition {
    /// The operation, or a pattern, that takes it.
    pub operation: String,
    /// The state in which the machine must be; `*` for any.
    pub from: String,
    /// The state in which it is then.
    pub to: String,
    /// A partial state of the cloud, which is put over what a call leaves, and before what a call reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Json>,
    /// How the call fails; it succeeds if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<MachineFault>,
}

/// How a call fails that moves a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MachineFault {
    /// The code of the error; `InternalError` unless set.
    pub error_code: String,
    /// Its message; `an injected failure` unless set.
    pub error_message: String,
    /// Whether the call does its work first.
    pub after_commit: bool,
}

impl Default for MachineFault {
    fn default() -> Self {
        let OperationFailure { error_code, error_message, .. } = OperationFailure::default();
        Self { error_code, error_message, after_commit: false }
    }
}

/// The machine of the scenario that was applied last, where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Machine {
    /// The state that it is in.
    pub state: String,
    /// As in [`ScenarioMachine::transitions`].
    pub transitions: Vec<MachineTransition>,
}

/// What a scenario is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScenarioInfo {
    /// The name by which it is applied.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// Whether it is one that every cloud has, and not one that was saved.
    pub built_in: bool,
}

impl Scenario {
    /// Reads and checks a document.
    ///
    /// ```
    /// use statehold::Json;
    /// use statehold::mock::Scenario;
    ///
    /// let document = r#"{"name": "full", "description": "No room", "faults": {"startInstance": {"always_fail": true}}}"#;
    /// assert_eq!(Scenario::new(&Json::new(document)?)?.name, "full");
    ///
    /// let error = Scenario::new(&Json::new(document.replace("startInstance", "startInstanze"))?).unwrap_err();
    /// assert!(error.to_string().contains("did you mean `mock.start_instance`?"), "{error}");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong and what would be right;
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be its name.
    pub fn new<T: Serialize + ?Sized>(document: &T) -> Result<Self> {
        check::read(document)
    }

    /// The document.
    pub fn to_json(&self) -> Json {
        Json::from_serialize(self).expect("it was made of a document")
    }

    fn info(&self, built_in: bool) -> ScenarioInfo {
        ScenarioInfo { name: self.name.clone(), description: self.description.clone(), built_in }
    }

    /// Whether it changes faults, now or later.
    fn has_faults(&self) -> bool {
        let steps = self.steps.iter().any(ScenarioStep::changes_faults);
        steps || !self.faults.is_empty() || self.latency.is_some()
    }
}

impl ScenarioStep {
    pub(super) fn changes_faults(&self) -> bool {
        !self.faults.is_empty() || self.latency.is_some()
    }
}
