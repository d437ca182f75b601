//! Loading a plugin's state; an older one is migrated first, if the plugin has registered how.

use super::Plugin;
use super::change::too_new;
use super::migrate::Migrations;
use super::migration::Migration;
use super::options::LoadOptions;
use super::record::PluginState;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Operation;

/// How a load goes on, for callers that run the migrations themselves.
#[derive(Debug)]
pub enum Loading {
    /// This is the state, if there is one.
    Loaded(Option<PluginState>),
    /// It is older than what is registered: migrate it, commit, and begin anew.
    Migrate(Migration),
}

impl Plugin {
    /// The plugin's state; none if there is none. One that is older than the registered version is migrated
    /// first, with the registered migrations, and committed.
    ///
    /// ```
    /// use statehold::SaveOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// assert!(lint.load()?.is_none());
    /// let revision = lint.save(&serde_json::json!({"rules": ["strict"]}))?;
    /// let state = lint.load()?.expect("it was saved just now");
    /// assert_eq!((state.version, state.revision), (1, revision));
    /// assert_eq!(state.data.parse::<serde_json::Value>()?["rules"][0], "strict");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::StateTooNew`] if its version is above the registered one, [`Error::Migration`] if it could not
    /// be migrated, [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn load(&self) -> Result<Option<PluginState>> {
        self.load_with(&LoadOptions::new())
    }

    /// As [`load`](Self::load), up to a version of one's own, or any.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(&self, options: &LoadOptions) -> Result<Option<PluginState>> {
        loop {
            match self.begin_load(options)? {
                Loading::Loaded(state) => return Ok(state),
                Loading::Migrate(migration) => _ = migration.run(&Migrations::new())?,
            }
        }
    }

    /// As [`load_with`](Self::load_with), for callers that run the migrations themselves: the bindings'
    /// asynchronous faces.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn begin_load(&self, options: &LoadOptions) -> Result<Loading> {
        // A state that is migrated first is loaded only afterwards.
        match self.run("load", || self.look_or_migrate(options))? {
            Loading::Loaded(state) => self.pass(Operation::PluginLoad, "load", || {
                if let Some(PluginState { version, .. }) = state {
                    self.tell(|| Event::StateLoaded { plugin: self.name.to_string(), version })?;
                }
                Ok(Loading::Loaded(state))
            }),
            migrate @ Loading::Migrate(_) => Ok(migrate),
        }
    }

    fn look_or_migrate(&self, options: &LoadOptions) -> Result<Loading> {
        let found = self.view_once(|view| Ok(view.state()?.map(|state| (view.mark(&state), state))))?;
        let Some((mark, state)) = found else { return Ok(Loading::Loaded(None)) };
        let registered = self.shared().registrations.of(&self.name);
        let version = registered.as_ref().and_then(|registered| registered.version);
        if let Some(known) = options.version.or(version) {
            if state.version > known && !options.allow_newer {
                return Err(too_new(&self.name, state.version, known));
            }
            let migrates = registered.is_some_and(|registered| !registered.migrations.is_empty());
            if migrates && state.version < known {
                let migration = Migration::of_state(self, "load", known, mark, state)?;
                return Ok(Loading::Migrate(migration));
            }
        }
        Ok(Loading::Loaded(Some(state.into_state(&self.name))))
    }

    /// Whether the plugin has a state.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn exists(&self) -> Result<bool> {
        self.pass(Operation::PluginExists, "exists", || self.is_stored())
    }

    /// The state for an operation that needs one.
    pub(super) fn needed(&self) -> Result<super::record::Stored> {
        self.stored()?.ok_or_else(|| Error::NotFound {
            what: "plugin state",
            name: self.name.to_string(),
            advice: "save one first".into(),
        })
    }
}
