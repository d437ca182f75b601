//! Options of plugins' states, and what is told of them. JSON crosses as text.

use std::collections::HashMap;

use napi_derive::napi;
use statehold::{Json, JsonSchema, LoadOptions, Registration, SaveOptions, version_from_number};

use crate::migration::migrations;
use crate::value::{count, time_ms, whole};

/// How a state is saved.
#[napi(object)]
pub struct Saving {
    /// The version of the data.
    pub version: Option<f64>,
    /// Only if the state is at this revision.
    pub if_revision: Option<f64>,
    /// Also over a newer version.
    pub allow_newer: Option<bool>,
}

impl Saving {
    pub(crate) fn options(given: Option<Self>) -> statehold::Result<SaveOptions> {
        let mut options = SaveOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.version = given.version.map(version_from_number).transpose()?;
        options.if_revision = given.if_revision.map(|revision| whole("ifRevision", revision)).transpose()?;
        options.allow_newer = given.allow_newer.unwrap_or(false);
        Ok(options)
    }
}

/// How a state is loaded.
#[napi(object)]
pub struct LoadingOptions {
    /// The newest version that is known.
    pub version: Option<f64>,
    /// Also a newer one.
    pub allow_newer: Option<bool>,
}

impl LoadingOptions {
    pub(super) fn options(given: Option<Self>) -> statehold::Result<LoadOptions> {
        let mut options = LoadOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.version = given.version.map(version_from_number).transpose()?;
        options.allow_newer = given.allow_newer.unwrap_or(false);
        Ok(options)
    }
}

/// What a plugin registers.
#[napi(object)]
pub struct Registering {
    /// The newest version that is known.
    pub version: Option<f64>,
    /// The JSON texts of the schemas, by version.
    pub schemas: HashMap<String, String>,
    /// The versions that migrations lead to.
    pub migrations: Vec<f64>,
    /// How many backups are kept.
    pub max_backups: Option<f64>,
}

impl Registering {
    pub(super) fn registration(self) -> statehold::Result<Registration> {
        let mut registration = Registration::new().migrations(migrations(&self.migrations)?);
        if let Some(version) = self.version {
            registration = registration.version(version_from_number(version)?);
        }
        for (version, schema) in self.schemas {
            let version = version_from_number(version.parse().unwrap_or(f64::NAN))?;
            registration = registration.schema(version, JsonSchema::new(&Json::new(schema)?)?);
        }
        if let Some(most) = self.max_backups {
            registration =
                registration.max_backups(u32::try_from(whole("maxBackups", most)?).unwrap_or(u32::MAX));
        }
        Ok(registration)
    }
}

/// A plugin's state.
#[napi(object)]
pub struct PluginState {
    /// The version of the data.
    pub version: f64,
    /// JSON text.
    pub data: String,
    /// The revision that wrote it.
    pub revision: f64,
    /// Whose it is.
    pub plugin_name: String,
    /// When it was last written, in milliseconds since 1970.
    pub last_modified_ms: f64,
}

impl From<statehold::PluginState> for PluginState {
    fn from(state: statehold::PluginState) -> Self {
        Self {
            version: f64::from(state.version),
            data: state.data.into_string(),
            revision: count(state.revision),
            plugin_name: state.metadata.plugin_name,
            last_modified_ms: time_ms(state.metadata.last_modified),
        }
    }
}

/// A state that was replaced.
#[napi(object)]
pub struct PluginBackup {
    /// Its place in the list.
    pub index: f64,
    /// The version of the data.
    pub version: f64,
    /// The bytes of the JSON text.
    pub size: f64,
    /// When it was replaced, in milliseconds since 1970.
    pub created_at_ms: f64,
    /// The revision that had written it.
    pub revision: f64,
}

impl From<statehold::PluginBackup> for PluginBackup {
    fn from(backup: statehold::PluginBackup) -> Self {
        Self {
            index: count(backup.index as u64),
            version: f64::from(backup.version),
            size: count(backup.size),
            created_at_ms: time_ms(backup.created_at),
            revision: count(backup.revision),
        }
    }
}

/// What restoring a backup would change.
#[napi(object)]
pub struct StateDiff {
    /// The version of the state.
    pub from_version: Option<f64>,
    /// The version of the backup.
    pub to_version: f64,
    /// JSON text.
    pub patch: String,
}

impl From<statehold::StateDiff> for StateDiff {
    fn from(diff: statehold::StateDiff) -> Self {
        Self {
            from_version: diff.from_version.map(f64::from),
            to_version: f64::from(diff.to_version),
            patch: diff.patch.into_string(),
        }
    }
}
