//! Where a namespace reads and writes: in a store, or inside a transaction.

use std::cell::Cell;
use std::sync::Arc;

use super::Namespace;
use super::view::{Now, View};
use crate::commit::{Changes, Open};
use crate::engine::reader::Reader;
use crate::error::Result;
use crate::store::Store;

#[derive(Clone)]
pub(crate) enum Scope {
    Store(Store),
    Transaction(Arc<Open>),
}

impl Namespace {
    /// Reads one thing.
    pub(super) fn view<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        match &self.scope {
            Scope::Store(store) => store.shared().engine.read(|reader| self.view_in_store(store, reader, f)),
            Scope::Transaction(open) => open.with(|changes| self.view_in_transaction(open, changes, f)),
        }
    }

    /// Reads several things as of one moment.
    pub(super) fn view_together<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        match &self.scope {
            Scope::Store(store) => {
                let snapshot = store.shared().engine.snapshot()?;
                snapshot.read(|reader| self.view_in_store(store, reader, f))
            }
            Scope::Transaction(open) => open.with(|changes| self.view_in_transaction(open, changes, f)),
        }
    }

    fn view_in_store<R>(
        &self,
        store: &Store,
        reader: &Reader<'_>,
        f: impl FnOnce(&View<'_>) -> Result<R>,
    ) -> Result<R> {
        let shared = store.shared();
        let id = shared.names.find(&self.name, reader)?;
        f(&View {
            reader: *reader,
            id,
            now: Now::Present(&shared.engine),
            pending: None,
            valid_until: Cell::default(),
        })
    }

    pub(super) fn view_in_transaction<R>(
        &self,
        open: &Open,
        changes: &Changes,
        f: impl FnOnce(&View<'_>) -> Result<R>,
    ) -> Result<R> {
        let pending = changes.buffer.namespaces.of(&self.name);
        changes.snapshot.read(|reader| {
            let id = open.shared.names.find(&self.name, reader)?;
            let now = Now::Fixed(changes.now_ms);
            f(&View { reader: *reader, id, now, pending, valid_until: Cell::default() })
        })
    }
}
