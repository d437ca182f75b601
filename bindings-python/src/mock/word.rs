//! The words of a mock cloud's documents.

use pyo3::prelude::*;

use crate::arg::word;
use crate::error::Result;

word!(/// What an instance is doing.
    InstanceState, statehold::mock::InstanceState, "running", "stopped", "hibernating", "pending", "stopping",
    "terminated", "unknown");
word!(/// What kind of parameter it is.
    ParameterType, statehold::mock::ParameterType, "String", "StringList", "SecureString");
word!(/// The time that costs are for.
    CostPeriod, statehold::mock::CostPeriod, "current-month", "last-month", "last-30-days");

impl ParameterType {
    /// What a parameter is if nothing else is said.
    pub(super) const STRING: Self = Self(statehold::mock::ParameterType::String);
}
