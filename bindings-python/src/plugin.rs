//! The states of plugins, of a store or of a transaction.

mod events;
mod migration;
mod operations;
mod record;
mod registered;
mod validation;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use events::Callbacks;
pub(crate) use migration::Migration;
use operations::operations;
use pyo3::prelude::*;
pub(crate) use record::{MigrationPreview, PluginBackup, PluginMetadata, PluginState, StateDiff};
pub(crate) use registered::Registered;
use statehold::SaveOptions;

use crate::arg::{Functions, List, Pattern, PluginName, Version, Versioned};
use crate::error::Result;
use crate::value::Terms;

/// The state of one plugin, of a store or of a transaction: a document with a version, and the ones that it replaced
/// as backups. This is what a host hands to a plugin, since it reaches no other.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Plugin {
    pub(crate) inner: statehold::Plugin,
    pub(crate) terms: Arc<Terms>,
}

/// The states of all plugins, of a store or of a transaction: the operations of a `Plugin` with its name first.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct PluginStates {
    pub(crate) inner: statehold::PluginStates,
    pub(crate) terms: Arc<Terms>,
}

impl Plugin {
    fn of(&self) -> &statehold::Plugin {
        &self.inner
    }
}

impl PluginStates {
    fn of(&self, name: PluginName<'_>) -> statehold::Plugin {
        self.inner.plugin(&name)
    }
}

operations!(Plugin);
operations!(PluginStates, name);

#[pymethods]
impl Plugin {
    /// The plugin's name.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn __repr__(&self) -> String {
        format!("<Plugin {:?}>", self.inner.name())
    }
}

#[pymethods]
impl PluginStates {
    /// The state of one plugin.
    fn plugin(&self, name: PluginName<'_>) -> Plugin {
        Plugin { inner: self.inner.plugin(&name), terms: self.terms.clone() }
    }

    /// The names of the plugins that have a state and match a glob pattern, sorted by their bytes.
    #[pyo3(signature = (pattern = Pattern::ALL), text_signature = "($self, pattern='*')")]
    fn names(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<List<String>> {
        Ok(List(py.detach(|| self.inner.names(&pattern))?))
    }
}

pub(crate) fn save_options(
    version: Option<Version>,
    if_revision: Option<u64>,
    allow_newer: bool,
) -> SaveOptions {
    let mut options = SaveOptions::new().allow_newer(allow_newer);
    options.version = version.map(|version| version.0);
    options.if_revision = if_revision;
    options
}
