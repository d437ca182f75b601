//! The abstract interface: what code depends on that keeps environments somewhere, not in this store.

use super::environments::Environments;
use super::history::HistoryEntry;
use super::options::{EnvironmentFilter, TransitionOptions};
use super::record::EnvironmentRecord;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::json::Json;

/// What an application keeps its environments in: [`Environments`], of a store, of a transaction or in memory, or
/// something of one's own. Its errors name what went wrong: [`Error::NotFound`], [`Error::Conflict`],
/// [`Error::Locked`], [`Error::InvalidTransition`], or what is wrong with the storage.
///
/// ```
/// use statehold::{EnvironmentRepository, Environments, Json, Store};
///
/// fn begin(repository: &dyn EnvironmentRepository, name: &str) -> statehold::Result<()> {
///     repository.create(name, Json::new("{}")?, "deployment")?;
///     repository.transition(name, "provisioning", &Default::default()).map(|_| ())
/// }
///
/// begin(&Environments::in_memory(), "web")?;
/// begin(&Store::open(":memory:")?.environments(), "web")?;
/// # Ok::<(), statehold::Error>(())
/// ```
pub trait EnvironmentRepository: Send + Sync {
    /// Creates an environment in the initial state of a lifecycle.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the name is taken; [`Error::NotFound`] for a lifecycle that isn't registered.
    fn create(&self, name: &str, data: Json, lifecycle: &str) -> Result<EnvironmentRecord>;

    /// The record of an environment.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    fn load(&self, name: &str) -> Result<EnvironmentRecord>;

    /// Saves a record over the one that it was loaded as, and returns it with the new revision.
    ///
    /// # Errors
    /// [`Error::Conflict`] if somebody else has written it since.
    fn save(&self, record: &EnvironmentRecord) -> Result<EnvironmentRecord>;

    /// Whether there is an environment of this name.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a name.
    fn exists(&self, name: &str) -> Result<bool>;

    /// Deletes the record of an environment; returns whether there was one.
    ///
    /// # Errors
    /// [`Error::Locked`] while somebody else holds the lock.
    fn delete(&self, name: &str) -> Result<bool>;

    /// The environments that pass a filter, in the order of their names.
    ///
    /// # Errors
    /// Those of the storage.
    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<EnvironmentRecord>>;

    /// All that has happened to a name, in order.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing has.
    fn history(&self, name: &str) -> Result<Vec<HistoryEntry>>;

    /// Takes an environment to another state of its lifecycle.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`] with what is allowed.
    fn transition(&self, name: &str, to: &str, options: &TransitionOptions) -> Result<EnvironmentRecord>;
}

/// As the methods of the type.
impl EnvironmentRepository for Environments {
    fn create(&self, name: &str, data: Json, lifecycle: &str) -> Result<EnvironmentRecord> {
        self.create_with(name, data, lifecycle)
    }

    fn load(&self, name: &str) -> Result<EnvironmentRecord> {
        self.load(name)
    }

    fn save(&self, record: &EnvironmentRecord) -> Result<EnvironmentRecord> {
        self.save_record(record)
    }

    fn exists(&self, name: &str) -> Result<bool> {
        self.exists(name)
    }

    fn delete(&self, name: &str) -> Result<bool> {
        self.delete(name)
    }

    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<EnvironmentRecord>> {
        self.list_with(filter)
    }

    fn history(&self, name: &str) -> Result<Vec<HistoryEntry>> {
        self.history(name)
    }

    fn transition(&self, name: &str, to: &str, options: &TransitionOptions) -> Result<EnvironmentRecord> {
        self.transition_with(name, to, options)
    }
}
