//! Mock clouds: of a store, of a transaction, and those that stand alone.

mod alone;
mod document;
mod exclusive;
mod outlet;
mod scenarios;
mod word;

use std::collections::BTreeMap;

pub(crate) use alone::{get_mock_cloud, open_mock_cloud, reset_mock_cloud};
pub(crate) use exclusive::Exclusive;
pub(crate) use outlet::mock_clouds;
use pyo3::prelude::*;
pub(crate) use scenarios::Scenarios;
use statehold::mock;

use self::document::{Document, Partial, Transition};
use self::word::{CostPeriod, InstanceState, ParameterType};
use crate::arg::{Function, List};
use crate::error::Result;
use crate::fault::Faults;

/// A mock cloud: the state of a provider that is none, for local development and tests. One instance, SSM parameters and
/// commands, backups, costs and a stack; all that it gives are copies. It comes to be with the first call, from its
/// fixtures.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct MockCloud {
    pub(crate) inner: statehold::MockCloud,
}

#[pymethods]
impl MockCloud {
    /// The cloud's name.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// What makes the operations of this cloud alone slow, or fail, on demand. Its store must have been opened with
    /// `faults=True`; that of a cloud that stands alone is.
    #[getter]
    fn faults(&self) -> Faults {
        Faults { inner: self.inner.faults() }
    }

    /// The scenarios that the cloud can be put into.
    #[getter]
    fn scenarios(&self) -> Scenarios {
        Scenarios { inner: self.inner.scenarios() }
    }

    /// Whether the cloud, or the store that it is of, was closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Ends the use of a cloud that stands alone: what is not written yet is written to its file. A cloud of a store is
    /// closed with the store, and not by this. Closing twice is no error.
    fn close(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.close())?)
    }

    /// The instance.
    fn get_instance(&self, py: Python<'_>) -> Result<Document<mock::Instance>> {
        Ok(Document(py.detach(|| self.inner.get_instance())?))
    }

    /// Puts some members over those of the instance, and returns all of it. A `state` is entered at once. Raises
    /// `InvalidValueError` with the path of what is wrong, and nothing is changed.
    fn set_instance(&self, py: Python<'_>, partial: Partial) -> Result<Document<mock::Instance>> {
        Ok(Document(py.detach(|| self.inner.set_instance(&partial.0))?))
    }

    /// Puts the instance into a state at once, and returns it. It is given a public address when it runs; any other state
    /// takes it away.
    fn update_instance_state(
        &self,
        py: Python<'_>,
        state: InstanceState,
    ) -> Result<Document<mock::Instance>> {
        Ok(Document(py.detach(|| self.inner.update_instance_state(state.0))?))
    }

    /// The instance's public address; None if it has none.
    fn get_public_ip(&self, py: Python<'_>) -> Result<Option<String>> {
        Ok(py.detach(|| self.inner.get_public_ip())?)
    }

    /// Sets the instance's public address, whatever its state, and has it given this one whenever it runs from now on.
    /// None takes the one away that it has.
    fn set_public_ip(&self, py: Python<'_>, address: Option<&str>) -> Result<()> {
        Ok(py.detach(|| self.inner.set_public_ip(address))?)
    }

    /// Whether the instance has a volume.
    fn has_volume(&self, py: Python<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.has_volume())?)
    }

    /// Gives the instance a volume, attached as `/dev/sda1`, or takes all of them away.
    fn set_has_volume(&self, py: Python<'_>, has_volume: bool) -> Result<()> {
        Ok(py.detach(|| self.inner.set_has_volume(has_volume))?)
    }

    /// Starts the instance, if it is stopped, and returns it; one that runs or is being started is left alone. Raises
    /// `InvalidTransitionError` with the state that it is in.
    fn start_instance(&self, py: Python<'_>) -> Result<Document<mock::Instance>> {
        Ok(Document(py.detach(|| self.inner.start_instance())?))
    }

    /// Stops the instance, if it runs, and returns it; one that is stopped or being stopped is left alone. Raises
    /// `InvalidTransitionError` with the state that it is in.
    fn stop_instance(&self, py: Python<'_>) -> Result<Document<mock::Instance>> {
        Ok(Document(py.detach(|| self.inner.stop_instance())?))
    }

    /// Ends the starting or stopping that is under way at once, and returns whether there was any.
    fn complete_transition(&self, py: Python<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.complete_transition())?)
    }

    /// How many seconds starting and stopping take, or `immediate`, or `manual`.
    fn get_transition(&self, py: Python<'_>) -> Result<Transition> {
        Ok(Transition(py.detach(|| self.inner.get_transition())?))
    }

    /// Sets how many seconds starting and stopping take from now on, by the store's clock; or `immediate`; or `manual`,
    /// until `complete_transition`.
    fn set_transition(&self, py: Python<'_>, transition: Transition) -> Result<()> {
        Ok(py.detach(|| self.inner.set_transition(transition.0))?)
    }

    /// The value of an SSM parameter; None if there is none.
    fn get_parameter(&self, py: Python<'_>, name: &str) -> Result<Option<String>> {
        Ok(py.detach(|| self.inner.get_parameter(name))?)
    }

    /// Sets an SSM parameter, as a new version, and returns it.
    #[pyo3(signature = (name, value, r#type = ParameterType::STRING), text_signature = "($self, name, value, type='String')")]
    fn set_parameter(
        &self,
        py: Python<'_>,
        name: &str,
        value: &str,
        r#type: ParameterType,
    ) -> Result<Document<mock::Parameter>> {
        Ok(Document(py.detach(|| self.inner.set_parameter(name, value, r#type.0))?))
    }

    /// Deletes an SSM parameter and returns whether there was one.
    fn delete_parameter(&self, py: Python<'_>, name: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.delete_parameter(name))?)
    }

    /// All SSM parameters by their names.
    fn get_all_parameters(&self, py: Python<'_>) -> Result<Document<BTreeMap<String, mock::Parameter>>> {
        Ok(Document(py.detach(|| self.inner.get_all_parameters())?))
    }

    /// The SSM commands, in the order in which they were added.
    fn get_commands(&self, py: Python<'_>) -> Result<List<Document<mock::Command>>> {
        Ok(List(py.detach(|| self.inner.get_commands())?.into_iter().map(Document).collect()))
    }

    /// Adds an SSM command that is pending, and returns its id.
    fn add_command(&self, py: Python<'_>, lines: Vec<String>) -> Result<String> {
        Ok(py.detach(|| self.inner.add_command(&lines))?)
    }

    /// Puts some members over those of a command, and returns all of it. With a status in which it has ended it gets the
    /// time at which it did. Raises `NotFoundError` if there is none of this id.
    fn update_command(&self, py: Python<'_>, id: &str, partial: Partial) -> Result<Document<mock::Command>> {
        Ok(Document(py.detach(|| self.inner.update_command(id, &partial.0))?))
    }

    /// Removes all commands and returns how many there were.
    fn clear_commands(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.clear_commands())?)
    }

    /// The backups, newest first.
    fn get_backups(&self, py: Python<'_>) -> Result<List<Document<mock::Backup>>> {
        Ok(List(py.detach(|| self.inner.get_backups())?.into_iter().map(Document).collect()))
    }

    /// Adds a backup, of now unless it has a `date`, in place of the one of its name, and returns it.
    fn add_backup(&self, py: Python<'_>, backup: Partial) -> Result<Document<mock::Backup>> {
        Ok(Document(py.detach(|| self.inner.add_backup(&backup.0))?))
    }

    /// Removes a backup and returns whether there was one.
    fn remove_backup(&self, py: Python<'_>, name: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.remove_backup(name))?)
    }

    /// Removes all backups and returns how many there were.
    fn clear_backups(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.clear_backups())?)
    }

    /// What a period has cost.
    fn get_costs(&self, py: Python<'_>, period: CostPeriod) -> Result<Document<mock::Costs>> {
        Ok(Document(py.detach(|| self.inner.get_costs(period.0))?))
    }

    /// Puts some members over what a period has cost, and returns all of it.
    fn set_costs(
        &self,
        py: Python<'_>,
        period: CostPeriod,
        partial: Partial,
    ) -> Result<Document<mock::Costs>> {
        Ok(Document(py.detach(|| self.inner.set_costs(period.0, &partial.0))?))
    }

    /// The stack that the cloud was made by.
    fn get_stack_status(&self, py: Python<'_>) -> Result<Document<mock::Stack>> {
        Ok(Document(py.detach(|| self.inner.get_stack_status())?))
    }

    /// Puts some members over those of the stack, and returns all of it.
    fn set_stack_status(&self, py: Python<'_>, partial: Partial) -> Result<Document<mock::Stack>> {
        Ok(Document(py.detach(|| self.inner.set_stack_status(&partial.0))?))
    }

    /// A copy of all of it.
    fn get_state(&self, py: Python<'_>) -> Result<Document<mock::CloudState>> {
        Ok(Document(py.detach(|| self.inner.get_state())?))
    }

    /// Puts a part of a state over the state: parameters and costs are merged by name and period, commands and backups
    /// replaced, all else merged member by member.
    fn patch_state(&self, py: Python<'_>, partial: Partial) -> Result<()> {
        Ok(py.detach(|| self.inner.patch_state(&partial.0))?)
    }

    /// Goes back to the fixtures. What would have happened by itself does not happen.
    fn reset_state(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.reset_state())?)
    }

    /// Has everything so far survive a power loss: written to the file of a cloud that stands alone, or flushed in the
    /// store.
    fn persist_now(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.persist_now())?)
    }

    /// Calls `function(cloud)` with nobody else in between: in this process in the order of arrival, and of other
    /// processes nobody, since it holds the store's write lock. All that it does with the cloud that it is given is one
    /// commit; what it raises undoes all, and is raised. One that takes longer than `lock_timeout` lets others in, and is
    /// called again if they have changed the cloud. Returns what it returned.
    fn with_lock(&self, py: Python<'_>, function: Function<'_>) -> Result<Py<PyAny>> {
        let function = function.clone().unbind();
        py.detach(|| self.inner.with_lock(|cloud| call(&function, cloud)))
    }

    /// As `with_lock`, and what was done survives a power loss when it returns.
    fn with_lock_and_persist(&self, py: Python<'_>, function: Function<'_>) -> Result<Py<PyAny>> {
        let function = function.clone().unbind();
        py.detach(|| self.inner.with_lock_and_persist(|cloud| call(&function, cloud)))
    }

    /// A place in the line for `with_lock`, for asyncio.
    #[pyo3(name = "_exclusive")]
    fn exclusive(&self, py: Python<'_>, persist: bool) -> Result<Exclusive> {
        Ok(Exclusive::new(py.detach(|| self.inner.begin_exclusive(persist))?))
    }

    fn __repr__(&self) -> String {
        format!("<MockCloud {:?}>", self.inner.name())
    }
}

/// Calls a function of the caller's with the cloud that it may use.
fn call(function: &Py<PyAny>, cloud: &statehold::MockCloud) -> Result<Py<PyAny>> {
    Python::attach(|py| Ok(function.call1(py, (MockCloud { inner: cloud.clone() },))?))
}
