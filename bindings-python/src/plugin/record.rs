//! What a plugin's state is, and what could be done to it.

use pyo3::prelude::*;

use crate::arg::since_1970;
use crate::error::Result;
use crate::record::record;
use crate::value;

/// A plugin's state.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct PluginState {
    /// The version of the data's form.
    version: u32,
    /// The data.
    data: Py<PyAny>,
    /// The revision that wrote it; 0 if the transaction that reads it has written it itself.
    revision: u64,
    /// What the store knows of it.
    metadata: Py<PluginMetadata>,
}

record!(PluginState(version: u32, data: Py<PyAny>, revision: u64, metadata: Py<PluginMetadata>));

impl PluginState {
    pub(super) fn of(py: Python<'_>, state: statehold::PluginState) -> Result<Self> {
        let statehold::PluginMetadata { plugin_name, last_modified, .. } = state.metadata;
        let metadata = PluginMetadata { plugin_name, last_modified: since_1970(last_modified) };
        Ok(Self {
            version: state.version,
            data: value::from_json(py, state.data.as_str())?.unbind(),
            revision: state.revision,
            metadata: Py::new(py, metadata)?,
        })
    }
}

/// What the store knows of a plugin's state.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct PluginMetadata {
    /// The plugin whose state it is.
    plugin_name: String,
    /// When it was last saved, migrated or restored, in seconds since 1970.
    last_modified: f64,
}

record!(PluginMetadata(plugin_name: String, last_modified: f64));

/// A state that another one has replaced.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct PluginBackup {
    /// Its place in the list: 0 is the newest. It changes with the next save.
    index: usize,
    /// The version of its data.
    version: u32,
    /// The bytes of its data's JSON.
    size: u64,
    /// When it was replaced, in seconds since 1970.
    created_at: f64,
    /// The revision that had written it; 0 if the transaction that asks has written it itself.
    revision: u64,
}

record!(PluginBackup(index: usize, version: u32, size: u64, created_at: f64, revision: u64));

impl From<statehold::PluginBackup> for PluginBackup {
    fn from(backup: statehold::PluginBackup) -> Self {
        let statehold::PluginBackup { index, version, size, created_at, revision, .. } = backup;
        Self { index, version, size, created_at: since_1970(created_at), revision }
    }
}

/// What restoring a backup would change.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct StateDiff {
    /// The version of the state; None if there is no state.
    from_version: Option<u32>,
    /// The version of the backup.
    to_version: u32,
    /// The JSON Patch (RFC 6902) that makes the backup's data of the state's.
    patch: Py<PyAny>,
}

record!(StateDiff(from_version: Option<u32>, to_version: u32, patch: Py<PyAny>));

impl StateDiff {
    pub(super) fn of(py: Python<'_>, diff: &statehold::StateDiff) -> Result<Self> {
        let patch = value::from_json(py, diff.patch.as_str())?.unbind();
        Ok(Self { from_version: diff.from_version, to_version: diff.to_version, patch })
    }
}

/// What a migration would do.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct MigrationPreview {
    /// The version of the state.
    from_version: u32,
    /// The version that it would have.
    to_version: u32,
    /// The data that it would have; None if there is no state.
    data: Py<PyAny>,
    /// The JSON Patch (RFC 6902) that makes it of the present data.
    patch: Py<PyAny>,
}

record!(MigrationPreview(from_version: u32, to_version: u32, data: Py<PyAny>, patch: Py<PyAny>));

impl MigrationPreview {
    pub(super) fn of(py: Python<'_>, preview: &statehold::MigrationPreview) -> Result<Self> {
        let data = preview.data.as_ref().map(|data| value::from_json(py, data.as_str())).transpose()?;
        Ok(Self {
            from_version: preview.from_version,
            to_version: preview.to_version,
            data: data.map_or_else(|| py.None(), Bound::unbind),
            patch: value::from_json(py, preview.patch.as_str())?.unbind(),
        })
    }
}
