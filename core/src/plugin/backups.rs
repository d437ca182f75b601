//! The states that were replaced: looking at them, and taking one back.

use serde_json::json;

use super::Plugin;
use super::change::{Change, Conditions};
use super::record::{Kept, PluginBackup, StateDiff};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Operation;
use crate::json::Json;

impl Plugin {
    /// The backups, the newest first: index 0 is the state that was replaced last.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// for data in ["a", "ab", "abc"] {
    ///     lint.save(data)?;
    /// }
    /// let sizes: Vec<_> = lint.list_backups()?.iter().map(|backup| (backup.index, backup.size)).collect();
    /// assert_eq!(sizes, [(0, 4), (1, 3)]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn list_backups(&self) -> Result<Vec<PluginBackup>> {
        self.pass(Operation::PluginListBackups, "list_backups", || {
            let backups = self.replaced()?;
            Ok(backups.iter().enumerate().map(|(index, backup)| backup.at(index)).collect())
        })
    }

    /// Makes a backup the state again and returns the revision; inside a transaction 0. The two change
    /// places: the state that it replaces becomes the newest backup, and what was restored is no longer one.
    /// So nothing is lost, whatever `max_backups` is, and restoring 0 undoes it.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save("good")?;
    /// lint.save("bad")?;
    /// lint.restore(0)?;
    /// assert_eq!(lint.load()?.map(|state| state.data.to_string()).as_deref(), Some("\"good\""));
    /// lint.restore(0)?;
    /// assert_eq!(lint.load()?.map(|state| state.data.to_string()).as_deref(), Some("\"bad\""));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if there are not so many backups.
    pub fn restore(&self, index: usize) -> Result<u64> {
        self.pass(Operation::PluginRestore, "restore", || {
            let ((), revision) = self.in_transaction_of_its_own(|inside, open| {
                let backups = inside.replaced()?;
                let backup = backups.get(index).ok_or_else(|| inside.no_backup(index))?;
                let change = Change::Restore { number: backup.number };
                let event =
                    Event::StateRestored { plugin: self.name.to_string(), version: backup.version, index };
                inside.change_in_transaction(open, Conditions::default(), None, change, event)?;
                Ok(())
            })?;
            Ok(revision)
        })
    }

    /// What [`restore`](Self::restore) would change. Writes nothing.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save(&serde_json::json!({"level": 1}))?;
    /// lint.save(&serde_json::json!({"level": 2}))?;
    /// let diff = lint.diff(0)?;
    /// assert_eq!(diff.patch.as_str(), r#"[{"op":"replace","path":"/level","value":1}]"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if there are not so many backups.
    pub fn diff(&self, index: usize) -> Result<StateDiff> {
        self.pass(Operation::PluginDiff, "diff", || {
            let (state, held) = self.view(|view| {
                let held = match view.backups()?.get(index) {
                    Some(Kept { own: Some(own), .. }) => Some((**own).clone()),
                    Some(stored) => view.backup(stored.number)?,
                    None => None,
                };
                Ok((view.state()?, held))
            })?;
            let held = held.ok_or_else(|| self.no_backup(index))?;
            Ok(StateDiff {
                from_version: state.as_ref().map(|state| state.version),
                to_version: held.version,
                patch: patch(state.map(|state| state.data).as_deref(), &held.data)?,
            })
        })
    }

    fn no_backup(&self, index: usize) -> Error {
        Error::NotFound {
            what: "backup",
            name: format!("{}[{index}]", self.name),
            advice: "list_backups tells which there are".into(),
        }
    }
}

/// The JSON Patch from data, or from nothing, to other data.
pub(super) fn patch(from: Option<&Json>, to: &Json) -> Result<Json> {
    let to: serde_json::Value = to.parse()?;
    let patch = match from {
        Some(from) => serde_json::to_string(&json_patch::diff(&from.parse()?, &to)),
        None => serde_json::to_string(&json!([{"op": "add", "path": "", "value": to}])),
    };
    // It is nested a little deeper than the data, which may be nested as deep as a value can be.
    Ok(Json::trusted(patch.expect("keys are texts, and numbers finite")))
}
