//! Where a plugin's state is read and changed: in a store, or inside a transaction.

use std::sync::Arc;

use super::change::{Change, Conditions};
use super::pending::Pending;
use super::record::{Kept, Stored};
use super::{FACET, Plugin, sql};
use crate::commit::{Changes, Depth, Open};
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::OWN;
use crate::error::Result;
use crate::event::Event;
use crate::fault::Gate;
use crate::store::{Shared, Store};

#[derive(Clone)]
pub(crate) enum Scope {
    Store(Store),
    Transaction(Arc<Open>),
}

impl Scope {
    pub(super) fn shared(&self) -> &Arc<Shared> {
        match self {
            Self::Store(store) => store.shared(),
            Self::Transaction(open) => &open.shared,
        }
    }

    #[inline]
    pub(super) fn gate(&self) -> Gate<'_> {
        match self {
            Self::Store(store) => Gate::Store(store.shared()),
            Self::Transaction(open) => Gate::Transaction(open),
        }
    }
}

/// A plugin at a moment.
pub(super) struct View<'a> {
    reader: Reader<'a>,
    plugin: &'a str,
    /// What the transaction has made of it, if it has changed it.
    pending: Option<&'a Pending>,
}

impl View<'_> {
    pub(super) fn state(&self) -> Result<Option<Stored>> {
        if let Some(pending) = self.pending {
            return Ok(pending.state.as_deref().cloned());
        }
        self.reader.one(sql::FIND, &[Arg::Text(self.plugin)], Stored::read)
    }

    pub(super) fn exists(&self) -> Result<bool> {
        if let Some(pending) = self.pending {
            return Ok(pending.state.is_some());
        }
        Ok(self.reader.one(sql::REVISION, &[Arg::Text(self.plugin)], |_| Ok(()))?.is_some())
    }

    /// The backups, the newest first.
    pub(super) fn backups(&self) -> Result<Vec<Kept>> {
        if let Some(pending) = self.pending {
            return Ok(pending.backups.clone());
        }
        let mut backups = Vec::new();
        self.reader.each(sql::BACKUPS, &[Arg::Text(self.plugin)], |row| {
            backups.push(Kept::read(row)?);
            Ok(Next::Row)
        })?;
        Ok(backups)
    }

    /// A backup as it is stored.
    pub(super) fn backup(&self, number: i64) -> Result<Option<Stored>> {
        self.reader.one(sql::FIND_BACKUP, &[Arg::Text(self.plugin), Arg::Int(number)], Stored::read)
    }

    /// What the state is known by.
    pub(super) fn mark(&self, state: &Stored) -> Mark {
        Mark { revision: state.revision, generation: self.pending.map_or(0, Pending::generation) }
    }
}

/// What a state is known by: the revision that wrote it, and in a transaction how often that has changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) revision: u64,
    generation: usize,
}

impl Plugin {
    pub(super) fn shared(&self) -> &Arc<Shared> {
        self.scope.shared()
    }

    /// Reads as of one moment. In a transaction the plugin counts as read, whatever comes of it.
    pub(super) fn view<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        match &self.scope {
            Scope::Store(store) => {
                let snapshot = store.shared().engine.snapshot()?;
                snapshot.read(|reader| f(&View { reader: *reader, plugin: &self.name, pending: None }))
            }
            Scope::Transaction(open) => open.with(|changes| self.view_in_transaction(changes, f)),
        }
    }

    /// Reads with a single question, which needs no snapshot.
    pub(super) fn view_once<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        match &self.scope {
            Scope::Store(store) => store
                .shared()
                .engine
                .read(|reader| f(&View { reader: *reader, plugin: &self.name, pending: None })),
            Scope::Transaction(open) => open.with(|changes| self.view_in_transaction(changes, f)),
        }
    }

    #[allow(clippy::redundant_closure_for_method_calls)] // the method is not general enough
    pub(super) fn is_stored(&self) -> Result<bool> {
        self.view_once(|view| view.exists())
    }

    /// The state, as it is now.
    #[allow(clippy::redundant_closure_for_method_calls)] // the method is not general enough
    pub(super) fn stored(&self) -> Result<Option<Stored>> {
        self.view_once(|view| view.state())
    }

    /// The backups as they are now, the newest first.
    #[allow(clippy::redundant_closure_for_method_calls)] // the method is not general enough
    pub(super) fn replaced(&self) -> Result<Vec<Kept>> {
        self.view_once(|view| view.backups())
    }

    fn view_in_transaction<R>(
        &self,
        changes: &mut Changes,
        f: impl FnOnce(&View<'_>) -> Result<R>,
    ) -> Result<R> {
        changes.reads.key(FACET, &self.name, "", Depth::Value);
        let pending = changes.buffer.plugins.get(&self.name);
        changes.snapshot.read(|reader| f(&View { reader: *reader, plugin: &self.name, pending }))
    }

    /// In a transaction: changes the state if the conditions hold. Gives none if it is no longer the one
    /// that `seen` marks; otherwise whether there was a state.
    pub(super) fn change_in_transaction(
        &self,
        open: &Open,
        conditions: Conditions,
        seen: Option<Mark>,
        change: Change,
        event: Event,
    ) -> Result<Option<Changed>> {
        let keep = self.keep();
        let is_heard = self.shared().bus.is_heard();
        open.with(|changes| {
            if changes.buffer.plugins.get(&self.name).is_none() {
                let read = self.view_in_transaction(changes, Pending::read)?;
                changes.buffer.plugins.put(&self.name, read);
            }
            let Changes { buffer, snapshot, now_ms, .. } = changes;
            let pending = buffer.plugins.get_mut(&self.name).expect("it was put there just now");
            let is = |state: &Stored| Mark { revision: state.revision, generation: pending.generation() };
            if seen.is_some() && seen != pending.state.as_deref().map(is) {
                return Ok(None);
            }
            let own = |revision| if revision == 0 { OWN } else { revision };
            let found = pending.state.as_ref().map(|state| (state.version, own(state.revision)));
            conditions.check(&self.name, found)?;
            let (had_state, had_backups) = (pending.state.is_some(), !pending.backups.is_empty());
            let made = snapshot.read(|reader| {
                let view = View { reader: *reader, plugin: &self.name, pending: None };
                pending.apply(change, keep, *now_ms, &view)
            })?;
            let changed = Changed { had_state, had_backups };
            if is_heard {
                buffer.events.extend(made.map(|made| Event::StateBackupCreated {
                    plugin: self.name.to_string(),
                    version: made.version,
                    size: made.size,
                }));
                buffer.events.extend(changed.happened(&event).then_some(event));
            }
            Ok(Some(changed))
        })
    }
}

/// What a change in a transaction found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed {
    had_state: bool,
    had_backups: bool,
}

impl Changed {
    /// Whether the change that is told as `event` changed anything.
    pub(super) fn happened(self, event: &Event) -> bool {
        match event {
            Event::StateCleared { backups, .. } => self.had_state || (*backups && self.had_backups),
            _ => true,
        }
    }
}
