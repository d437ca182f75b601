//! Plugin state: of a store or of a transaction. JSON crosses as text.

mod record;

use std::convert::Infallible;

use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Json, JsonSchema, Loading, version_from_number};

pub(crate) use self::record::Saving;
use self::record::{LoadingOptions, PluginBackup, PluginState, Registering, StateDiff};
use crate::error::envelope;
use crate::migration::{Migration, migrations};
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::value::{Violation, count, violations, whole};

/// The states of all plugins.
#[napi]
pub struct PluginStates {
    inner: statehold::PluginStates,
    writes: Lane,
}

impl PluginStates {
    pub(crate) fn of_store(inner: statehold::PluginStates, workers: &Workers) -> Self {
        Self { inner, writes: Lane::Write(workers.clone()) }
    }

    pub(crate) fn in_transaction(inner: statehold::PluginStates, writes: Lane) -> Self {
        Self { inner, writes }
    }
}

#[napi]
impl PluginStates {
    /// The state of one plugin.
    #[napi]
    pub fn plugin(&self, name: String) -> Plugin {
        Plugin { inner: self.inner.plugin(&name), writes: self.writes.clone() }
    }

    /// The plugins that have a state.
    #[napi]
    pub fn names<'env>(
        &self,
        env: &'env Env,
        pattern: String,
        later: bool,
    ) -> Result<Reply<'env, Vec<String>>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.names(&pattern), |names| names)
    }
}

/// The state of one plugin.
#[napi]
pub struct Plugin {
    inner: statehold::Plugin,
    writes: Lane,
}

fn index_of(index: f64) -> statehold::Result<usize> {
    Ok(usize::try_from(whole("index", index)?).unwrap_or(usize::MAX))
}

fn schema_of(schema: Option<String>) -> statehold::Result<Option<JsonSchema>> {
    schema.map(|schema| JsonSchema::new(&Json::new(schema)?)).transpose()
}

#[napi]
impl Plugin {
    /// Saves data as the state.
    #[napi]
    pub fn save<'env>(
        &self,
        env: &'env Env,
        data: String,
        options: Option<Saving>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        let work = move || inner.save_with(Json::new(data)?, &Saving::options(options)?);
        self.writes.answer(env, later, work, count)
    }

    /// The state, or a migration to be run first.
    #[napi]
    pub fn begin_load<'env>(
        &self,
        env: &'env Env,
        options: Option<LoadingOptions>,
        later: bool,
    ) -> Result<Reply<'env, Option<Either<PluginState, Migration>>>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || Ok((inner.begin_load(&LoadingOptions::options(options)?)?, writes));
        self.writes.reads().answer(env, later, work, |(loading, writes)| match loading {
            Loading::Loaded(state) => state.map(|state| Either::A(PluginState::from(state))),
            Loading::Migrate(migration) => Some(Either::B(Migration::new(migration, writes))),
        })
    }

    /// Whether there is a state.
    #[napi]
    pub fn exists<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.exists(), |exists| exists)
    }

    /// Removes the state, and with `backups` these too.
    #[napi]
    pub fn clear<'env>(&self, env: &'env Env, backups: bool, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        let work = move || if backups { inner.clear_all() } else { inner.clear() };
        self.writes.answer(env, later, work, |removed| removed)
    }

    /// Begins a migration, with functions that lead to `versions`.
    #[napi]
    pub fn begin_migration<'env>(
        &self,
        env: &'env Env,
        target: f64,
        versions: Vec<f64>,
        later: bool,
    ) -> Result<Reply<'env, Migration>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || {
            let versions = migrations(&versions)?.versions();
            Ok((inner.begin_migration(version_from_number(target)?, &versions)?, writes))
        };
        self.writes.reads().answer(env, later, work, |(migration, writes)| Migration::new(migration, writes))
    }

    /// Whether the state satisfies a schema: JSON text, or the registered one.
    #[napi]
    pub fn validate<'env>(
        &self,
        env: &'env Env,
        schema: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        let work = move || match schema_of(schema)? {
            Some(schema) => inner.validate(&schema),
            None => inner.validate_registered(),
        };
        self.writes.reads().answer(env, later, work, |valid| valid)
    }

    /// What is to be handed to a function that validates: the data, as JSON text, if there is a state.
    #[napi]
    pub fn begin_validation<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Option<String>>> {
        let inner = self.inner.clone();
        let work = move || {
            let mut found = None;
            inner.validate_with(|data| {
                found = Some(data.clone());
                Ok::<_, Infallible>(true)
            })?;
            Ok(found)
        };
        self.writes.reads().answer(env, later, work, |found| found.map(Json::into_string))
    }

    /// The error of such a function that failed. No error if there is no state any more, which is valid.
    #[napi]
    pub fn validation_failed<'env>(
        &self,
        env: &'env Env,
        reason: String,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.validate_with(|_| Err(reason)), |valid| valid)
    }

    /// What in the state breaks a schema.
    #[napi]
    pub fn violations<'env>(
        &self,
        env: &'env Env,
        schema: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, Vec<Violation>>> {
        let inner = self.inner.clone();
        let work = move || match schema_of(schema)? {
            Some(schema) => inner.violations(&schema),
            None => inner.violations_registered(),
        };
        self.writes.reads().answer(env, later, work, violations)
    }

    /// The backups.
    #[napi]
    pub fn list_backups<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Vec<PluginBackup>>> {
        let inner = self.inner.clone();
        let show =
            |backups: Vec<statehold::PluginBackup>| backups.into_iter().map(PluginBackup::from).collect();
        self.writes.reads().answer(env, later, move || inner.list_backups(), show)
    }

    /// Makes a backup the state again.
    #[napi]
    pub fn restore<'env>(&self, env: &'env Env, index: f64, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.restore(index_of(index)?), count)
    }

    /// What that would change.
    #[napi]
    pub fn diff<'env>(&self, env: &'env Env, index: f64, later: bool) -> Result<Reply<'env, StateDiff>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.diff(index_of(index)?), StateDiff::from)
    }

    /// The state as a document.
    #[napi]
    pub fn export<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.export(), |text| text)
    }

    /// Writes it to a file.
    #[napi]
    pub fn export_file<'env>(&self, env: &'env Env, path: String, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.export_file(path), |()| ())
    }

    /// Saves the state that a document holds.
    #[napi]
    pub fn import<'env>(
        &self,
        env: &'env Env,
        text: String,
        options: Option<Saving>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        let work = move || inner.import(&text, &Saving::options(options)?);
        self.writes.answer(env, later, work, count)
    }

    /// The same from a file.
    #[napi]
    pub fn import_file<'env>(
        &self,
        env: &'env Env,
        path: String,
        options: Option<Saving>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        let work = move || inner.import_file(path, &Saving::options(options)?);
        self.writes.answer(env, later, work, count)
    }

    /// Tells what the program knows of the state.
    #[napi]
    pub fn register(&self, registering: Registering) -> Result<()> {
        let registered =
            registering.registration().and_then(|registration| self.inner.register(registration));
        registered.map_err(|error| envelope(&error))
    }
}
