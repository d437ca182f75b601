//! The scenarios of a mock cloud.

use pyo3::prelude::*;
use statehold::mock;

use super::document::{Document, Partial};
use crate::arg::List;
use crate::error::Result;

/// The scenarios that a mock cloud can be put into: those that are built in, and those that were saved in its store, for
/// all of its clouds.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Scenarios {
    pub(super) inner: statehold::Scenarios,
}

#[pymethods]
impl Scenarios {
    /// Every scenario, with its name, description, and whether it is built in.
    fn list(&self, py: Python<'_>) -> Result<List<Document<mock::ScenarioInfo>>> {
        Ok(List(py.detach(|| self.inner.list())?.into_iter().map(Document).collect()))
    }

    /// A scenario as a document. Raises `NotFoundError` with the names that there are if there is none of this name.
    fn get(&self, py: Python<'_>, name: &str) -> Result<Document<mock::Scenario>> {
        Ok(Document(py.detach(|| self.inner.get(name))?))
    }

    /// Resets the cloud and its faults and puts it into a scenario. Raises `NotFoundError` with the names that there are
    /// if there is none of this name.
    fn apply(&self, py: Python<'_>, name: &str) -> Result<()> {
        Ok(py.detach(|| self.inner.apply(name))?)
    }

    /// Saves a scenario in the store, in place of the one of its name. Raises `InvalidValueError` with the path of what is
    /// wrong in it.
    fn save(&self, py: Python<'_>, document: Partial) -> Result<()> {
        Ok(py.detach(|| self.inner.save(&document.0))?)
    }

    /// Deletes a saved scenario and returns whether there was one.
    fn delete(&self, py: Python<'_>, name: &str) -> Result<bool> {
        Ok(py.detach(|| self.inner.delete(name))?)
    }

    /// The name of the scenario that was applied last; None after a reset.
    fn current(&self, py: Python<'_>) -> Result<Option<String>> {
        Ok(py.detach(|| self.inner.current())?)
    }

    /// Resets the cloud and its faults: no scenario.
    fn reset(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.reset())?)
    }
}
