//! Setting the keys of an export in a store that has keys of its own.

use std::sync::Arc;

use super::transfer::KEYS;
use super::write::{Target, Unknown};
use crate::engine::reader::{Arg, Column, Next, Reader, Row};
use crate::engine::request::{Commit, Param, Statement};
use crate::error::Result;
use crate::store::Store;

/// The most keys, and about the most bytes, that one commit sets.
const STEP_KEYS: usize = 1_000;
const STEP_BYTES: usize = 4 << 20;

/// Those that a partial export says are gone.
const GONE: &str = "
SELECT cleared.name, cleared.key FROM cleared
WHERE NOT EXISTS (SELECT 1 FROM entry JOIN namespace ON namespace.id = entry.namespace
                  WHERE namespace.name = cleared.name AND entry.key = cleared.key)
ORDER BY cleared.name, cleared.key";

/// Sets every key of the draft that `from` reads, with its times and its expiry, step by step.
pub(crate) fn merge(store: &Store, from: &Reader<'_>) -> Result<()> {
    let mut step = Step::new(store);
    from.each(GONE, &[], |row| {
        step.add(row.text(0)?, row.text(1)?.len(), |target| Ok(target.delete(row.text(1)?)))?;
        Ok(Next::Row)
    })?;
    from.each(KEYS.page, &[Arg::Text(""), Arg::Text("")], |row| {
        let (value, bytes) = value(row)?;
        step.add(row.text(0)?, bytes, |target| {
            let maybe = |at| Ok(row.maybe_int(at)?.map_or(Param::Null, Param::Int));
            Ok(target.merge(
                row.text(1)?,
                value,
                [Param::Int(row.int(3)?), Param::Int(row.int(4)?)],
                [maybe(5)?, maybe(6)?],
            ))
        })?;
        Ok(Next::Row)
    })?;
    step.commit()
}

fn value(row: &Row<'_>) -> Result<(Param, usize)> {
    Ok(match row.column(7)? {
        Column::Text(text) => (Param::text(text), text.len()),
        Column::Bytes(bytes) => (Param::blob(bytes), bytes.len()),
    })
}

/// What is committed next.
struct Step<'a> {
    store: &'a Store,
    commit: Commit,
    target: Option<(Arc<str>, Target)>,
    keys: usize,
    bytes: usize,
}

impl<'a> Step<'a> {
    fn new(store: &'a Store) -> Self {
        Self { store, commit: Commit::default(), target: None, keys: 0, bytes: 0 }
    }

    fn add(
        &mut self,
        namespace: &str,
        bytes: usize,
        statement: impl FnOnce(&Target) -> Result<Statement>,
    ) -> Result<()> {
        if self.keys == STEP_KEYS || self.bytes + bytes > STEP_BYTES {
            self.commit()?;
        }
        if self.target.as_ref().is_none_or(|(name, _)| **name != *namespace) {
            let name: Arc<str> = namespace.into();
            let id = self.store.shared().namespace_id(&name);
            let target = Target::in_commit(&name, id, Unknown::Make, &mut self.commit.statements);
            self.target = Some((name, target));
        }
        let (_, target) = self.target.as_ref().expect("it was set just now");
        self.commit.statements.push(statement(target)?);
        (self.keys, self.bytes) = (self.keys + 1, self.bytes + bytes);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let commit = std::mem::take(&mut self.commit);
        (self.target, self.keys, self.bytes) = (None, 0, 0);
        if !commit.statements.is_empty() {
            self.store.shared().engine.commit(commit)?;
        }
        Ok(())
    }
}
