//! All of the state at once.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::mock::MockCloud;
use crate::mock::change::Kind;
use crate::mock::patch;
use crate::mock::scope::Scope;
use crate::mock::state::CloudState;
use crate::store::Store;

impl MockCloud {
    /// All of the cloud: a copy.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_state(&self) -> Result<CloudState> {
        self.look(Operation::MockGetState)
    }

    /// Goes back to the fixtures: those of this handle, or those that the cloud came to be with. What was to happen by
    /// itself is cancelled, and there is no scenario any more. Faults stay as they are;
    /// [`Scenarios::reset`](crate::Scenarios::reset) removes them, too.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn reset_state(&self) -> Result<()> {
        self.run_as(Kind::Reset, Operation::MockResetState, |_| Ok(()))?;
        Ok(())
    }

    /// Puts a partial state over the state, section by section: parameters are merged by name and costs by period;
    /// commands, backups and timers are replaced; the instance, the stack and the settings merged member by member. A
    /// parameter that is null is removed. Times may be relative to now (`"now-36h"`).
    ///
    /// ```
    /// use statehold::Json;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// cloud.patch_state(&Json::new(r#"{
    ///     "parameters": {"/minecraft/player-count": {"value": "7"}},
    ///     "backups": [{"name": "only", "size": 1, "date": "now-36h"}]
    /// }"#)?)?;
    /// assert_eq!(cloud.get_parameter("/minecraft/player-count")?.as_deref(), Some("7"));
    /// assert_eq!((cloud.get_all_parameters()?.len(), cloud.get_backups()?.len()), (3, 1));
    ///
    /// let error = cloud.patch_state(&Json::new(r#"{"instance": {"state": "on"}}"#)?).unwrap_err();
    /// assert!(error.to_string().contains("$.instance.state"), "{error}");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path of what is wrong and what would be right; nothing is changed then.
    pub fn patch_state<T: Serialize + ?Sized>(&self, partial: &T) -> Result<()> {
        self.run(Operation::MockPatchState, |draft| {
            patch::apply(&mut draft.state, partial, draft.now_ms, "$")
        })?;
        Ok(())
    }

    /// Makes all that was done survive a power loss: writes the file of a cloud that has one, and flushes the store of one
    /// that is in a store.
    ///
    /// # Errors
    /// [`Error::Io`] when the file can't be written, [`Error::CommitUnknown`] when the disk fails;
    /// [`Error::InvalidValue`] inside a transaction.
    pub fn persist_now(&self) -> Result<()> {
        self.ready()?;
        let Scope::Store(store) = &self.scope else {
            return Err(Error::value(
                "transaction",
                "what it does is persisted by its commit; do that first",
            ));
        };
        self.scope.operation(Operation::MockPersistNow, &self.name, || self.persist_in(store))
    }

    /// Persists a cloud of a store, as a part of an operation.
    pub(in crate::mock) fn persist_in(&self, store: &Store) -> Result<()> {
        let Some(alone) = &self.alone else { return store.shared().engine.flush() };
        // A cloud that nothing was done to is not there yet.
        self.change(Kind::Set, None, |_| Ok(()))?;
        alone.persist()
    }
}
