//! Plugin state: one versioned document a plugin, with backups, migrations and validation.

mod backups;
mod change;
mod export;
mod load;
mod merge;
mod migrate;
mod migration;
mod names;
mod options;
mod pending;
mod record;
mod registration;
mod save;
mod schema;
mod scope;
mod sql;
mod states;
mod tables;
mod transfer;
mod validate;

use std::sync::Arc;

pub(crate) use change::Planned;
pub use load::Loading;
pub use migrate::Migrations;
pub use migration::{Migrated, Migration, MigrationPreview, MigrationStep};
pub use options::{LoadOptions, SaveOptions, version_from_number};
pub(crate) use pending::Overlay;
pub use record::{PluginBackup, PluginMetadata, PluginState, StateDiff};
pub use registration::Registration;
pub(crate) use registration::Registrations;
pub(crate) use save::plan_save;
pub use schema::JsonSchema;
pub use states::PluginStates;
pub(crate) use tables::TABLES;

use self::names::check_plugin;
use self::scope::Scope;
use crate::commit::Open;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Operation;
use crate::format::{Facet, no_further_check};
use crate::store::Store;

/// The facet's name in the journal.
pub(crate) const FACET: &str = "plugin";

/// What the operations on whole stores need to know.
pub(crate) const FACET_OF_STORE: Facet = Facet {
    name: FACET,
    size: sql::SIZE,
    expired: None,
    faults: sql::FAULTS,
    transfer: transfer::TRANSFER,
    merge: Some(merge::merge),
    check: no_further_check,
};

/// The state of one plugin, of a store or of a transaction: a document with a version, and the ones that it
/// replaced as backups. This is what a host hands to a plugin, since it reaches no other.
///
/// ```
/// use statehold::{LoadOptions, Migrations, SaveOptions, Store};
///
/// let store = Store::open(":memory:")?;
/// let lint = store.plugin("@acme/lint");
/// lint.save(&serde_json::json!({"rule": "strict"}))?;
///
/// // A later program has another form of it: version 2.
/// let migrations = Migrations::new().step(2, |data, _version| {
///     let old: serde_json::Value = data.parse()?;
///     Ok(serde_json::json!({"rules": [old["rule"]]}).try_into()?)
/// });
/// lint.migrate(2, &migrations)?;
/// let state = lint.load()?.expect("it was saved");
/// assert_eq!((state.version, state.data.as_str()), (2, r#"{"rules":["strict"]}"#));
///
/// // The old program is not handed what it does not know, nor does it overwrite it.
/// assert_eq!(lint.load_with(&LoadOptions::new().version(1)).unwrap_err().code(), "STATE_TOO_NEW");
/// assert_eq!(lint.save(&0).unwrap_err().code(), "STATE_TOO_NEW");
///
/// // What was replaced is kept.
/// lint.restore(0)?;
/// assert_eq!(lint.load()?.map(|state| state.version), Some(1));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Plugin {
    name: Arc<str>,
    scope: Scope,
}

impl Plugin {
    pub(crate) fn of_store(store: &Store, name: &str) -> Self {
        Self { name: name.into(), scope: Scope::Store(store.clone()) }
    }

    pub(crate) fn in_transaction(open: Arc<Open>, name: &str) -> Self {
        Self { name: name.into(), scope: Scope::Transaction(open) }
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many backups the plugin keeps.
    fn keep(&self) -> u32 {
        self.shared().keep(&self.name)
    }

    /// Runs an operation, as the faults of the store will have it, if the name can be one; a failure is told to those who
    /// listen, with the operation as it is `told`.
    fn pass<T>(&self, operation: Operation, told: &'static str, f: impl FnOnce() -> Result<T>) -> Result<T> {
        self.run(told, || self.scope.gate().operation(operation, f))
    }

    /// Runs a part of an operation if the name can be one; a failure is told to those who listen.
    fn run<T>(&self, operation: &'static str, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let result = check_plugin(&self.name).and_then(|()| f());
        if let Err(error) = &result {
            self.tell_error(operation, error);
        }
        result
    }

    fn tell_error(&self, operation: &'static str, error: &Error) {
        let (plugin, error) = (&self.name, error);
        let event = || Event::StateError { plugin: plugin.to_string(), operation, error: error.clone() };
        self.shared().bus.tell(event);
    }

    /// Runs `f` on the plugin inside a transaction, the one that it belongs to or one made for it; gives the
    /// revision of that one, and 0 inside of another.
    fn in_transaction_of_its_own<T>(&self, mut f: impl FnMut(&Self, &Open) -> Result<T>) -> Result<(T, u64)> {
        match &self.scope {
            Scope::Transaction(open) => Ok((f(self, open)?, 0)),
            Scope::Store(store) => {
                let mut last = None;
                let result = store.transaction_quietly(|tx| {
                    last = Some(tx.clone());
                    let inside = tx.plugin(&self.name);
                    let Scope::Transaction(open) = &inside.scope else {
                        unreachable!("it was made by a transaction")
                    };
                    f(&inside, open)
                })?;
                let receipt = last.and_then(|tx| tx.receipt());
                Ok((result, receipt.map_or(0, |receipt| receipt.revision)))
            }
        }
    }

    /// Tells of something that changed nothing: at once, or in a transaction after its commit.
    fn tell(&self, event: impl FnOnce() -> Event) -> Result<()> {
        match &self.scope {
            Scope::Store(store) => store.shared().bus.tell(event),
            Scope::Transaction(open) if open.shared.bus.is_heard() => open.with(|changes| {
                changes.buffer.events.push(event());
                Ok(())
            })?,
            Scope::Transaction(_) => {}
        }
        Ok(())
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("name", &self.name).finish_non_exhaustive()
    }
}
