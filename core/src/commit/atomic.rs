//! A commit without reading: a plain list of checks and mutations.

use std::sync::Arc;

use super::Receipt;
use crate::engine::Durability;
use crate::engine::request::{Commit, Expected};
use crate::error::Result;
use crate::fault::Operation;
use crate::json::Json;
use crate::namespace::{NamespaceOptions, SetOptions, Unknown, check_key, plan};
use crate::plugin::{Planned, SaveOptions, plan_save};
use crate::store::Shared;
use crate::value::Value;

/// Checks and mutations that are committed together, or not at all.
///
/// ```
/// use statehold::{Store, Value};
///
/// let store = Store::open(":memory:")?;
/// let seen = store.namespace("jobs").set("42", "queued")?;
/// let receipt = store
///     .atomic()
///     .check("jobs", "42", Some(seen))
///     .set("jobs", "42", Value::json("running")?)
///     .delete("queue", "42")
///     .commit()?;
/// assert_eq!(receipt.revision, seen + 1);
/// # Ok::<(), statehold::Error>(())
/// ```
#[must_use = "nothing happens before commit()"]
pub struct Atomic {
    shared: Arc<Shared>,
    commit: Commit,
    /// The saves of plugins' states among it.
    saves: Vec<Planned>,
    /// The first thing that was wrong, told at the commit.
    refused: Result<()>,
}

impl Atomic {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, commit: Commit::default(), saves: Vec::new(), refused: Ok(()) }
    }

    fn step(mut self, f: impl FnOnce(&Shared, &mut Commit) -> Result<()>) -> Self {
        if self.refused.is_ok() {
            self.refused = f(&self.shared, &mut self.commit);
        }
        self
    }

    /// The key must be at this revision; absent if `None` or 0.
    pub fn check(self, namespace: &str, key: &str, revision: Option<u64>) -> Self {
        self.step(|shared, commit| {
            let name = check_key(namespace, key)?;
            commit.checks.push(plan::revision_check(
                shared,
                &name,
                key,
                Expected::Exactly(revision.unwrap_or(0)),
            ));
            Ok(())
        })
    }

    /// Sets a key.
    pub fn set(self, namespace: &str, key: &str, value: Value) -> Self {
        self.set_with(namespace, key, value, &SetOptions::new())
    }

    /// Sets a key, with a TTL or on a condition. A condition counts as a check of the whole commit.
    pub fn set_with(self, namespace: &str, key: &str, value: Value, options: &SetOptions) -> Self {
        self.step(|shared, commit| {
            let name = check_key(namespace, key)?;
            plan::set(shared, &name, &NamespaceOptions::default(), key, value, options, commit)
        })
    }

    /// Deletes a key, if it is there.
    pub fn delete(self, namespace: &str, key: &str) -> Self {
        self.step(|shared, commit| {
            let name = check_key(namespace, key)?;
            let target = plan::target(shared, &name, Unknown::Find, &mut commit.statements);
            commit.statements.push(target.delete(key));
            Ok(())
        })
    }

    /// Saves a plugin's state; what it replaces is kept as a backup. The conditions of
    /// [`Plugin::save_with`](crate::Plugin::save_with) count as checks of the whole commit.
    ///
    /// ```
    /// use statehold::{Json, SaveOptions, Value};
    ///
    /// let store = statehold::open(":memory:")?;
    /// store
    ///     .atomic()
    ///     .save_plugin("lint", Json::new("[1]")?, &SaveOptions::new().if_revision(0))
    ///     .set("hosts", "plugins", Value::json(&["lint"])?)
    ///     .commit()?;
    /// assert!(store.plugin("lint").exists()?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn save_plugin(mut self, name: &str, data: Json, options: &SaveOptions) -> Self {
        if self.refused.is_ok() {
            match plan_save(&self.shared, name, data, options, &mut self.commit) {
                Ok(planned) => self.saves.push(planned),
                Err(error) => self.refused = Err(error),
            }
        }
        self
    }

    /// How durable the commit is; the store's setting otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.commit.durability = Some(durability);
        self
    }

    /// Commits all of it.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names the check that failed, and nothing was written;
    /// [`Error::InvalidName`](crate::Error::InvalidName) and
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) the first thing that can't be stored; as
    /// [`Plugin::save_with`](crate::Plugin::save_with) for a plugin's state.
    pub fn commit(self) -> Result<Receipt> {
        let Self { shared, commit, saves, refused } = self;
        shared.operation(Operation::StoreCommit, || {
            refused?;
            let explain = |error| saves.iter().fold(error, |error, save| save.explain(error));
            let outcome = shared.engine.commit(commit).map_err(explain)?;
            for save in saves {
                save.tell(&outcome, &shared.bus);
            }
            Ok(Receipt::from(&outcome))
        })
    }
}
