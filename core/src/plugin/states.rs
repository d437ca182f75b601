//! The states of all plugins.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::names::stored_names;
use super::scope::Scope;
use super::{
    FACET, JsonSchema, LoadOptions, Migrated, MigrationPreview, Migrations, Plugin, PluginBackup,
    PluginState, Registration, SaveOptions, StateDiff,
};
use crate::commit::{Open, Range};
use crate::error::Result;
use crate::fault::Operation;
use crate::json::Json;
use crate::namespace::Glob;
use crate::store::Store;
use crate::violation::Violation;

/// The states of all plugins, of a store or of a transaction: the operations of a [`Plugin`] with its name
/// first.
///
/// ```
/// let store = statehold::open(":memory:")?;
/// let states = store.plugin_states();
/// states.save("lint", &1)?;
/// states.save("@acme/format", &2)?;
/// assert_eq!(states.names("*")?, ["@acme/format", "lint"]);
/// assert_eq!(states.names("@acme/*")?, ["@acme/format"]);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct PluginStates {
    scope: Scope,
}

impl PluginStates {
    pub(crate) fn of_store(store: &Store) -> Self {
        Self { scope: Scope::Store(store.clone()) }
    }

    pub(crate) fn in_transaction(open: Arc<Open>) -> Self {
        Self { scope: Scope::Transaction(open) }
    }

    /// The state of one plugin.
    pub fn plugin(&self, name: &str) -> Plugin {
        Plugin { name: name.into(), scope: self.scope.clone() }
    }

    /// The names of the plugins that have a state and match a glob pattern, sorted by their bytes.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a pattern.
    pub fn names(&self, pattern: &str) -> Result<Vec<String>> {
        self.scope.gate().operation(Operation::PluginNames, || self.list_names(Glob::new(pattern)?))
    }

    fn list_names(&self, glob: Glob) -> Result<Vec<String>> {
        match &self.scope {
            Scope::Store(store) => store.shared().engine.read(|reader| stored_names(reader, &glob)),
            Scope::Transaction(open) => open.with(|changes| {
                let stored = changes.snapshot.read(|reader| stored_names(reader, &glob))?;
                let mut names: BTreeSet<String> = stored.into_iter().collect();
                for (name, exists) in changes.buffer.plugins.names().filter(|(name, _)| glob.matches(name)) {
                    if exists {
                        names.insert(name.to_owned());
                    } else {
                        names.remove(name);
                    }
                }
                let contains = Arc::new(move |name: &str, _: &str| glob.matches(name));
                changes.reads.range(Range { facet: FACET, contains });
                Ok(names.into_iter().collect())
            }),
        }
    }

    /// As [`Plugin::save`].
    ///
    /// # Errors
    /// As [`Plugin::save`].
    pub fn save<T: Serialize + ?Sized>(&self, name: &str, data: &T) -> Result<u64> {
        self.plugin(name).save(data)
    }

    /// As [`Plugin::save_with`].
    ///
    /// # Errors
    /// As [`Plugin::save_with`].
    pub fn save_with(&self, name: &str, data: Json, options: &SaveOptions) -> Result<u64> {
        self.plugin(name).save_with(data, options)
    }

    /// As [`Plugin::load`].
    ///
    /// # Errors
    /// As [`Plugin::load`].
    pub fn load(&self, name: &str) -> Result<Option<PluginState>> {
        self.plugin(name).load()
    }

    /// As [`Plugin::load_with`].
    ///
    /// # Errors
    /// As [`Plugin::load_with`].
    pub fn load_with(&self, name: &str, options: &LoadOptions) -> Result<Option<PluginState>> {
        self.plugin(name).load_with(options)
    }

    /// As [`Plugin::exists`].
    ///
    /// # Errors
    /// As [`Plugin::exists`].
    pub fn exists(&self, name: &str) -> Result<bool> {
        self.plugin(name).exists()
    }

    /// As [`Plugin::clear`].
    ///
    /// # Errors
    /// As [`Plugin::clear`].
    pub fn clear(&self, name: &str) -> Result<bool> {
        self.plugin(name).clear()
    }

    /// As [`Plugin::clear_all`].
    ///
    /// # Errors
    /// As [`Plugin::clear_all`].
    pub fn clear_all(&self, name: &str) -> Result<bool> {
        self.plugin(name).clear_all()
    }

    /// As [`Plugin::migrate`].
    ///
    /// # Errors
    /// As [`Plugin::migrate`].
    pub fn migrate(&self, name: &str, target: u32, migrations: &Migrations) -> Result<Migrated> {
        self.plugin(name).migrate(target, migrations)
    }

    /// As [`Plugin::dry_run_migrate`].
    ///
    /// # Errors
    /// As [`Plugin::dry_run_migrate`].
    pub fn dry_run_migrate(
        &self,
        name: &str,
        target: u32,
        migrations: &Migrations,
    ) -> Result<MigrationPreview> {
        self.plugin(name).dry_run_migrate(target, migrations)
    }

    /// As [`Plugin::validate`].
    ///
    /// # Errors
    /// As [`Plugin::validate`].
    pub fn validate(&self, name: &str, schema: &JsonSchema) -> Result<bool> {
        self.plugin(name).validate(schema)
    }

    /// As [`Plugin::validate_registered`].
    ///
    /// # Errors
    /// As [`Plugin::validate_registered`].
    pub fn validate_registered(&self, name: &str) -> Result<bool> {
        self.plugin(name).validate_registered()
    }

    /// As [`Plugin::validate_with`].
    ///
    /// # Errors
    /// As [`Plugin::validate_with`].
    pub fn validate_with<E: std::fmt::Display>(
        &self,
        name: &str,
        function: impl FnOnce(&Json) -> Result<bool, E>,
    ) -> Result<bool> {
        self.plugin(name).validate_with(function)
    }

    /// As [`Plugin::violations`].
    ///
    /// # Errors
    /// As [`Plugin::violations`].
    pub fn violations(&self, name: &str, schema: &JsonSchema) -> Result<Vec<Violation>> {
        self.plugin(name).violations(schema)
    }

    /// As [`Plugin::violations_registered`].
    ///
    /// # Errors
    /// As [`Plugin::violations_registered`].
    pub fn violations_registered(&self, name: &str) -> Result<Vec<Violation>> {
        self.plugin(name).violations_registered()
    }

    /// As [`Plugin::list_backups`].
    ///
    /// # Errors
    /// As [`Plugin::list_backups`].
    pub fn list_backups(&self, name: &str) -> Result<Vec<PluginBackup>> {
        self.plugin(name).list_backups()
    }

    /// As [`Plugin::restore`].
    ///
    /// # Errors
    /// As [`Plugin::restore`].
    pub fn restore(&self, name: &str, index: usize) -> Result<u64> {
        self.plugin(name).restore(index)
    }

    /// As [`Plugin::diff`].
    ///
    /// # Errors
    /// As [`Plugin::diff`].
    pub fn diff(&self, name: &str, index: usize) -> Result<StateDiff> {
        self.plugin(name).diff(index)
    }

    /// As [`Plugin::export`].
    ///
    /// # Errors
    /// As [`Plugin::export`].
    pub fn export(&self, name: &str) -> Result<String> {
        self.plugin(name).export()
    }

    /// As [`Plugin::export_file`].
    ///
    /// # Errors
    /// As [`Plugin::export_file`].
    pub fn export_file(&self, name: &str, path: impl AsRef<Path>) -> Result<()> {
        self.plugin(name).export_file(path)
    }

    /// As [`Plugin::import`].
    ///
    /// # Errors
    /// As [`Plugin::import`].
    pub fn import(&self, name: &str, text: &str, options: &SaveOptions) -> Result<u64> {
        self.plugin(name).import(text, options)
    }

    /// As [`Plugin::import_file`].
    ///
    /// # Errors
    /// As [`Plugin::import_file`].
    pub fn import_file(&self, name: &str, path: impl AsRef<Path>, options: &SaveOptions) -> Result<u64> {
        self.plugin(name).import_file(path, options)
    }

    /// As [`Plugin::register`].
    ///
    /// # Errors
    /// As [`Plugin::register`].
    pub fn register(&self, name: &str, registration: Registration) -> Result<()> {
        self.plugin(name).register(registration)
    }
}

impl std::fmt::Debug for PluginStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginStates").finish_non_exhaustive()
    }
}
