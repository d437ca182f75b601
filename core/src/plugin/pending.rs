//! What a transaction has done to plugins and not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::Change;
use super::record::{Kept, Stored};
use super::scope::View;
use crate::engine::request::Statement;
use crate::error::Result;

/// A plugin that a transaction has changed: what it looks like now, and how it came to that.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) state: Option<Arc<Stored>>,
    /// The newest first.
    pub(super) backups: Vec<Kept>,
    /// What was done, with how many backups were to be kept.
    changes: Vec<(Change, u32)>,
}

impl Pending {
    pub(super) fn read(view: &View<'_>) -> Result<Self> {
        let state = view.state()?.map(Arc::new);
        Ok(Self { state, backups: view.backups()?, changes: Vec::new() })
    }

    /// How often it was changed, to notice that it was.
    pub(super) fn generation(&self) -> usize {
        self.changes.len()
    }

    /// Does what the statements of the change will do; gives the backup that it made.
    pub(super) fn apply(
        &mut self,
        change: Change,
        keep: u32,
        now_ms: i64,
        view: &View<'_>,
    ) -> Result<Option<Kept>> {
        let new = match &change {
            Change::Put { version, data, .. } => {
                Some(Stored { version: *version, modified_ms: now_ms, revision: 0, data: data.clone() })
            }
            Change::Clear | Change::ClearAll => None,
            Change::Restore { number } => {
                let backup = self.backups.iter().find(|backup| backup.number == *number);
                let held = match backup.and_then(|backup| backup.own.clone()) {
                    Some(own) => Some((*own).clone()),
                    None => view.backup(*number)?,
                };
                held.map(|held| Stored { modified_ms: now_ms, revision: 0, ..held })
            }
        };
        let old = std::mem::replace(&mut self.state, new.map(Arc::new));
        let keeps = matches!(change, Change::Restore { .. }) || keep > 0;
        let mut made = None;
        match &change {
            Change::ClearAll => self.backups.clear(),
            Change::Put { .. } | Change::Clear | Change::Restore { .. } => {
                made = old.filter(|_| keeps).map(|old| Kept {
                    number: 1 + self.backups.first().map_or(0, |newest| newest.number),
                    version: old.version,
                    size: old.size(),
                    revision: old.revision,
                    replaced_ms: now_ms,
                    own: Some(old),
                });
            }
        }
        self.backups.splice(0..0, made.clone());
        match &change {
            Change::Restore { number } => self.backups.retain(|backup| backup.number != *number),
            Change::Put { .. } | Change::Clear => self.backups.truncate(keep as usize),
            Change::ClearAll => {}
        }
        self.changes.push((change, keep));
        Ok(made)
    }
}

/// All that a transaction has done to plugins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    plugins: BTreeMap<Arc<str>, Pending>,
}

impl Overlay {
    pub(super) fn get(&self, plugin: &str) -> Option<&Pending> {
        self.plugins.get(plugin)
    }

    pub(super) fn get_mut(&mut self, plugin: &str) -> Option<&mut Pending> {
        self.plugins.get_mut(plugin)
    }

    pub(super) fn put(&mut self, plugin: &Arc<str>, pending: Pending) {
        self.plugins.insert(plugin.clone(), pending);
    }

    /// The plugins that it knows, in order, and whether they have a state now.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.plugins.iter().map(|(name, pending)| (&**name, pending.state.is_some()))
    }

    /// Adds the statements that do it all.
    pub(crate) fn into_statements(self, statements: &mut Vec<Statement>) {
        for (plugin, pending) in self.plugins {
            for (change, keep) in pending.changes {
                change.push(&plugin, keep, statements);
            }
        }
    }
}
