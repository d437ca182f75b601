//! Saving and clearing a plugin's state.

use std::sync::Arc;

use serde::Serialize;

use super::Plugin;
use super::change::{Change, Conditions, Planned, SAVE, subject, too_new};
use super::names::check_plugin;
use super::options::SaveOptions;
use super::scope::Scope;
use crate::engine::request::Commit;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Operation;
use crate::json::Json;
use crate::store::Shared;
use crate::value::check_size;

/// A save that may be made: what it changes, and what must hold then.
struct Save {
    conditions: Conditions,
    change: Change,
    event: Event,
}

impl Save {
    /// Settles the version, and checks all that can be checked without looking at what is stored.
    fn check(shared: &Shared, plugin: &str, data: Json, options: &SaveOptions) -> Result<Self> {
        let registered = shared.registrations.of(plugin);
        let known = registered.as_ref().and_then(|registered| registered.version);
        let version = options.version.or(known).unwrap_or(1);
        if let Some(known) = known
            && version > known
            && !options.allow_newer
        {
            return Err(too_new(plugin, version, known));
        }
        check_size(data.as_str().len(), shared.max_value_bytes)?;
        let schema = registered.as_ref().and_then(|registered| registered.schemas.get(&version));
        let violations = schema.map(|schema| schema.violations(&data)).transpose()?.unwrap_or_default();
        if !violations.is_empty() {
            return Err(Error::Validation { subject: subject(plugin), violations });
        }
        let event =
            Event::StateSaved { plugin: plugin.to_owned(), version, size: data.as_str().len() as u64 };
        Ok(Self {
            conditions: Conditions {
                revision: options.if_revision,
                known: (!options.allow_newer).then_some(known.unwrap_or(version)),
            },
            change: Change::Put { operation: SAVE, version, data: Arc::new(data) },
            event,
        })
    }
}

/// Adds a save to a commit.
pub(crate) fn plan_save(
    shared: &Shared,
    plugin: &str,
    data: Json,
    options: &SaveOptions,
    commit: &mut Commit,
) -> Result<Planned> {
    check_plugin(plugin)?;
    let Save { conditions, change, event } = Save::check(shared, plugin, data, options)?;
    Ok(Planned::push(&plugin.into(), conditions, change, shared.keep(plugin), event, commit))
}

impl Plugin {
    /// Saves the JSON of `data` as the plugin's state, of the registered version or 1, and returns the
    /// revision. The state that it replaces is kept as a backup by the same commit. Ok means visible to
    /// everyone, and durable as the store demands. Inside a transaction the revision is 0: the transaction's
    /// receipt has it.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save(&["a"])?;
    /// lint.save(&["a", "b"])?;
    /// assert_eq!(lint.load()?.map(|state| state.data.to_string()).as_deref(), Some(r#"["a","b"]"#));
    /// assert_eq!(lint.list_backups()?.len(), 1);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::StateTooNew`] if the state has a newer version, [`Error::Validation`] if the data breaks the
    /// registered schema, [`Error::InvalidValue`] with the path of what can't be stored,
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn save<T: Serialize + ?Sized>(&self, data: &T) -> Result<u64> {
        self.pass(Operation::PluginSave, "save", || {
            self.save_checked(Json::from_serialize(data)?, &SaveOptions::new())
        })
    }

    /// As [`save`](Self::save), of a version of one's own, or on a condition.
    ///
    /// ```
    /// use statehold::{Json, SaveOptions};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// let seen = lint.save_with(Json::new("{}")?, &SaveOptions::new().version(2).if_revision(0))?;
    /// lint.save_with(Json::new("[]")?, &SaveOptions::new().version(2).if_revision(seen))?;
    /// let late = lint.save_with(Json::new("1")?, &SaveOptions::new().version(2).if_revision(seen));
    /// assert_eq!(late.unwrap_err().code(), "CONFLICT");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] when the state is not at the revision named, and as [`save`](Self::save).
    pub fn save_with(&self, data: Json, options: &SaveOptions) -> Result<u64> {
        self.pass(Operation::PluginSave, "save", || self.save_checked(data, options))
    }

    pub(super) fn save_checked(&self, data: Json, options: &SaveOptions) -> Result<u64> {
        match &self.scope {
            Scope::Store(store) => {
                let shared = store.shared();
                let mut commit = Commit::default();
                let planned = plan_save(shared, &self.name, data, options, &mut commit)?;
                let outcome = shared.engine.commit(commit).map_err(|error| planned.explain(error))?;
                planned.tell(&outcome, &shared.bus);
                Ok(outcome.revision)
            }
            Scope::Transaction(open) => {
                let Save { conditions, change, event } =
                    Save::check(&open.shared, &self.name, data, options)?;
                self.change_in_transaction(open, conditions, None, change, event)?;
                Ok(0)
            }
        }
    }

    /// Removes the state, which becomes a backup, and returns whether there was one.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save(&1)?;
    /// assert!(lint.clear()?);
    /// assert!(!lint.exists()?);
    /// lint.restore(0)?;
    /// assert!(lint.exists()?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn clear(&self) -> Result<bool> {
        self.pass(Operation::PluginClear, "clear", || self.remove(false))
    }

    /// Removes the state and all of its backups, for good, and returns whether there was any of them.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn clear_all(&self) -> Result<bool> {
        self.pass(Operation::PluginClearAll, "clear", || self.remove(true))
    }

    fn remove(&self, backups: bool) -> Result<bool> {
        let change = if backups { Change::ClearAll } else { Change::Clear };
        let event = Event::StateCleared { plugin: self.name.to_string(), backups };
        match &self.scope {
            Scope::Store(store) => {
                let shared = store.shared();
                let mut commit = Commit::default();
                let planned =
                    Planned::push(&self.name, Conditions::default(), change, self.keep(), event, &mut commit);
                let outcome = shared.engine.commit(commit)?;
                let changed = planned.has_changed(&outcome);
                planned.tell(&outcome, &shared.bus);
                Ok(changed)
            }
            Scope::Transaction(open) => {
                let happened =
                    self.change_in_transaction(open, Conditions::default(), None, change, event.clone())?;
                Ok(happened.is_some_and(|changed| changed.happened(&event)))
            }
        }
    }
}
