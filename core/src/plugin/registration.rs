//! What a plugin tells of itself once: its version, schemas, migrations and how many backups it wants.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;

use super::{JsonSchema, Migrations, Plugin};
use crate::error::{Error, Result};
use crate::store::Shared;

/// What a plugin registers. It holds for the handle on the store and its clones, and is not stored.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    pub(super) version: Option<u32>,
    pub(super) schemas: BTreeMap<u32, JsonSchema>,
    pub(super) migrations: Migrations,
    pub(super) max_backups: Option<u32>,
}

impl Registration {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The newest version that the program knows, which is the one that it saves. Without it, the highest
    /// one that has a schema or a migration.
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// What data of a version must satisfy to be saved as it.
    pub fn schema(mut self, version: u32, schema: JsonSchema) -> Self {
        self.schemas.insert(version, schema);
        self
    }

    /// How older data is brought to the version; with it, loading does so.
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = migrations;
        self
    }

    /// How many backups the plugin keeps; the store's number without it, and 0 keeps none.
    pub fn max_backups(mut self, most: u32) -> Self {
        self.max_backups = Some(most);
        self
    }

    fn highest(&self) -> Option<u32> {
        let schema = self.schemas.keys().next_back().copied();
        schema.max(self.migrations.versions().last().copied())
    }
}

/// The registrations of a store's plugins.
#[derive(Default)]
pub(crate) struct Registrations {
    plugins: RwLock<HashMap<Arc<str>, Arc<Registration>>>,
}

impl Registrations {
    pub(super) fn of(&self, plugin: &str) -> Option<Arc<Registration>> {
        self.plugins.read().get(plugin).cloned()
    }

    /// Forgets them all: a function that holds the store would keep it for ever.
    pub(crate) fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.plugins.write());
        drop(forgotten);
    }
}

impl Shared {
    /// How many backups of a plugin are kept.
    pub(super) fn keep(&self, plugin: &str) -> u32 {
        let registered = self.registrations.of(plugin);
        registered.and_then(|registered| registered.max_backups).unwrap_or(self.max_backups)
    }
}

impl Plugin {
    /// Registers what the program knows of the plugin's state; it replaces what was registered before. From
    /// now on [`save`](Self::save) refuses data that breaks the schema of its version, [`load`](Self::load)
    /// migrates older states first, and both refuse newer ones.
    ///
    /// ```
    /// use statehold::{Json, JsonSchema, Migrations, Registration};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save("strict")?;
    /// let schema = JsonSchema::new(&Json::new(r#"{"items": {"type": "string"}, "type": "array"}"#)?)?;
    /// let migrations = Migrations::new().step(2, |data, _| Ok(Json::from_serialize(&[data])?));
    /// lint.register(Registration::new().schema(2, schema).migrations(migrations))?;
    ///
    /// let state = lint.load()?.expect("it was saved");
    /// assert_eq!((state.version, state.data.as_str()), (2, r#"["strict"]"#));
    /// let error = lint.save(&(1, "ok", true)).unwrap_err();
    /// assert!(error.to_string().contains("$[0]") && error.to_string().contains("$[2]"));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a version below that of a schema or a migration.
    pub fn register(&self, mut registration: Registration) -> Result<()> {
        self.run("register", || {
            let highest = registration.highest();
            if let (Some(version), Some(highest)) = (registration.version, highest)
                && version < highest
            {
                let reason = format!("it is {version}, and there is a schema or a migration of {highest}");
                return Err(Error::value("version", reason));
            }
            registration.version = registration.version.or(highest);
            let mut plugins = self.shared().registrations.plugins.write();
            plugins.insert(self.name.clone(), Arc::new(registration));
            Ok(())
        })
    }
}
