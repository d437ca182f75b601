//! A mock cloud: the state of a provider that is none, for local development and tests. Resources with fixtures,
//! transitions that take time, faults, and scenarios.
//!
//! [`MockCloud`] is one; [`Store::mock_cloud`](crate::Store::mock_cloud) gives those of a store,
//! [`open_mock_cloud`](crate::open_mock_cloud) one that stands alone. What it has are the sections of a [`CloudState`].
//! [`Scenarios`] are named presets, each a [`Scenario`].

mod alone;
mod calls;
mod change;
mod cloud;
mod clouds;
mod document;
mod faults;
mod fixtures;
mod lock;
mod options;
mod patch;
mod pending;
mod provider;
mod queue;
mod resource;
mod scenario;
mod scope;
mod seconds;
mod sql;
mod state;
mod stored;
mod tables;
mod transfer;

pub use alone::{get_mock_cloud, open_mock_cloud, reset_mock_cloud};
pub use cloud::MockCloud;
pub(crate) use faults::FaultPlan;
pub use lock::Exclusive;
pub use options::MockCloudOptions;
pub(crate) use pending::Overlay;
pub(crate) use queue::Queues;
pub use queue::Turn;
pub use resource::{
    AttachmentStatus, Backup, BlockDeviceMapping, Command, CommandStatus, CostDates, CostPeriod, Costs,
    Instance, InstanceState, Parameter, ParameterType, ServiceCost, Stack,
};
pub use scenario::{
    Machine, MachineFault, MachineTransition, Scenario, ScenarioInfo, ScenarioMachine, ScenarioStep,
    Scenarios,
};
pub use state::{CloudSettings, CloudState, CurrentScenario, Timer, Transition};
pub(crate) use tables::TABLES;

use crate::format::{Facet, no_further_check};

/// The facet's name in the journal.
pub(crate) const FACET: &str = "mock";
/// The name in the journal of what scenarios are saved under.
pub(crate) const SCENARIO_FACET: &str = "scenario";

/// What the operations on whole stores need to know.
pub(crate) const FACET_OF_STORE: Facet = Facet {
    name: FACET,
    size: sql::SIZE,
    expired: None,
    faults: sql::FAULTS,
    transfer: transfer::TRANSFER,
    merge: None,
    check: no_further_check,
};
pub(crate) const SCENARIOS_OF_STORE: Facet = Facet {
    name: SCENARIO_FACET,
    size: sql::SCENARIOS_SIZE,
    expired: None,
    faults: sql::SCENARIOS_FAULTS,
    transfer: transfer::SCENARIOS_TRANSFER,
    merge: None,
    check: no_further_check,
};
