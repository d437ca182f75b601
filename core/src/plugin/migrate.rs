//! Migrating a plugin's state with functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Plugin;
use super::migration::{Migrated, MigrationPreview};
use crate::error::Result;
use crate::json::Json;

/// What a step may fail with.
type StepError = Box<dyn std::error::Error + Send + Sync>;
type Function = Arc<dyn Fn(Json, u32) -> Result<Json, StepError> + Send + Sync>;

/// The functions that lead from one version of a plugin's data to the next.
#[derive(Clone, Default)]
pub struct Migrations {
    /// By the version that they lead to; none where the caller of the stepwise form has the function.
    steps: BTreeMap<u32, Option<Function>>,
}

impl Migrations {
    /// No step.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the step that leads *to* `version`: a function of the data and the version that it has, one less,
    /// which gives the new data. It runs outside of all locks, and again if the state has changed meanwhile, so
    /// it should do nothing else.
    pub fn step<F>(mut self, version: u32, function: F) -> Self
    where
        F: Fn(Json, u32) -> Result<Json, StepError> + Send + Sync + 'static,
    {
        self.steps.insert(version, Some(Arc::new(function)));
        self
    }

    /// Adds a step whose function isn't here: whoever goes through a [`Migration`](crate::Migration) step by step has it. For
    /// the bindings.
    pub fn elsewhere(mut self, version: u32) -> Self {
        self.steps.insert(version, None);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The versions that steps lead to, in order.
    pub fn versions(&self) -> Vec<u32> {
        self.steps.keys().copied().collect()
    }

    pub(super) fn has(&self, version: u32) -> bool {
        self.steps.contains_key(&version)
    }

    pub(super) fn function(&self, version: u32) -> Option<&Function> {
        self.steps.get(&version)?.as_ref()
    }
}

impl std::fmt::Debug for Migrations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.steps.keys()).finish()
    }
}

impl Plugin {
    /// Brings the state to version `target`, step by step on a copy, and commits the result; the old state is
    /// kept as a backup. Where `migrations` has no step, the registered one is taken. If somebody saves in
    /// between, all of it is run again from the new state. A state that is at the target or past it stays as
    /// it is, and so does a plugin without a state.
    ///
    /// ```
    /// use statehold::{Json, Migrations};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save("strict")?;
    /// let migrations = Migrations::new()
    ///     .step(2, |data, _| Ok(Json::from_serialize(&[data])?))
    ///     .step(3, |data, version| Ok(Json::from_serialize(&(version, data))?));
    /// let done = lint.migrate(3, &migrations)?;
    /// assert_eq!((done.from_version, done.to_version), (1, 3));
    /// assert_eq!(lint.load()?.unwrap().data.as_str(), r#"[2,["strict"]]"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Migration`](crate::Error::Migration) names the step that is missing, that failed, or whose
    /// result can't be stored, and the state is unchanged; [`Error::Conflict`](crate::Error::Conflict) when
    /// somebody saved in between each time.
    pub fn migrate(&self, target: u32, migrations: &Migrations) -> Result<Migrated> {
        self.begin_migration(target, &migrations.versions())?.run(migrations)
    }

    /// What [`migrate`](Self::migrate) would change. Runs the steps and writes nothing.
    ///
    /// ```
    /// use statehold::{Json, Migrations};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save(&serde_json::json!({"level": "1"}))?;
    /// let migrations = Migrations::new().step(2, |_, _| Ok(Json::new(r#"{"level":1}"#)?));
    /// let preview = lint.dry_run_migrate(2, &migrations)?;
    /// assert_eq!(preview.patch.as_str(), r#"[{"op":"replace","path":"/level","value":1}]"#);
    /// assert_eq!(lint.load()?.map(|state| state.version), Some(1));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Migration`](crate::Error::Migration) as of [`migrate`](Self::migrate).
    pub fn dry_run_migrate(&self, target: u32, migrations: &Migrations) -> Result<MigrationPreview> {
        let mut migration = self.begin_migration(target, &migrations.versions())?;
        migration.run_steps(migrations)?;
        migration.preview()
    }
}
