//! Environments in a store.

use std::sync::Arc;

use super::history::{At, HistoryEntry};
use super::home::{Home, Locking, Seen, Stamp, Write};
use super::lifecycle::Lifecycle;
use super::lock::{Grants, LockRow};
use super::options::EnvironmentFilter;
use super::write::{Statements, checks, register};
use super::{rows, sql};
use crate::clock::to_ms;
use crate::engine::Durability;
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{Check, Commit, Effect, Expected, Param, Statement};
use crate::error::{Error, Result};
use crate::fault::Gate;
use crate::store::{Shared, Store};

/// The environments of a store.
pub(super) struct Stored {
    /// A whole handle, so that a guard keeps the store open for as long as it holds a lock.
    pub(super) store: Store,
}

impl Stored {
    fn shared(&self) -> &Arc<Shared> {
        self.store.shared()
    }

    fn read<R>(&self, f: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
        self.shared().engine.read(f)
    }
}

/// A conflict with somebody else's commit, which is looked at again, is none of the caller's.
fn unless_moved<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Home for Stored {
    fn gate(&self) -> Option<Gate<'_>> {
        Some(Gate::Store(self.shared()))
    }

    fn now_ms(&self) -> Result<i64> {
        self.shared().engine.alive()?;
        Ok(self.shared().engine.shared_now())
    }

    fn see(&self, name: &Arc<str>) -> Result<Seen> {
        self.read(|reader| see(reader, name))
    }

    fn see_lock(&self, name: &Arc<str>) -> Result<Option<LockRow>> {
        self.read(|reader| see_lock(reader, name))
    }

    fn write(&self, write: Write) -> Result<Option<Stamp>> {
        let mut commit = Commit { checks: checks(&write), ..Commit::default() };
        Statements::of(&write.name).add(&write, &mut commit.statements);
        if write.changes.is_empty() && matches!(write.locking, Locking::Free { .. }) {
            // A lock that comes back after a power loss has a holder of another boot.
            commit.durability = Some(Durability::Normal);
        }
        let Some(outcome) = unless_moved(self.shared().engine.commit(commit))? else { return Ok(None) };
        let fencing = match write.locking {
            Locking::Take { .. } => outcome.done.first().and_then(|done| done.rows.first()?.first()?.int()),
            Locking::Keep | Locking::Free { .. } => None,
        };
        let stamp = Stamp {
            revision: outcome.revision,
            time_ms: outcome.time_ms,
            fencing: fencing.unwrap_or(0).unsigned_abs(),
        };
        self.shared().bus.tell_all(write.events(stamp.revision, stamp.time_ms));
        Ok(Some(stamp))
    }

    fn list(&self, filter: &EnvironmentFilter) -> Result<Vec<Seen>> {
        self.read(|reader| list(reader, filter))
    }

    fn history(&self, name: &Arc<str>) -> Result<Vec<HistoryEntry>> {
        self.read(|reader| history(reader, name))
    }

    fn at(&self, name: &Arc<str>, at: At) -> Result<Option<HistoryEntry>> {
        self.read(|reader| {
            let (sql, last) = match at {
                At::Revision(revision) => (sql::AT_REVISION, i64::try_from(revision).unwrap_or(i64::MAX)),
                At::Time(time) => (sql::AT_TIME, to_ms(time)),
            };
            reader.one(sql, &[Arg::Text(name), Arg::Int(last)], |row| rows::entry(name, row))
        })
    }

    fn lifecycle(&self, name: &str) -> Result<Option<(Arc<Lifecycle>, u64)>> {
        self.read(|reader| lifecycle(reader, name))
    }

    fn lifecycles(&self) -> Result<Vec<Lifecycle>> {
        self.read(lifecycles)
    }

    fn is_followed(&self, lifecycle: &str) -> Result<bool> {
        self.read(|reader| {
            let count = reader.one(sql::FOLLOWERS, &[Arg::Text(lifecycle)], |row| row.int(0))?;
            Ok(count.unwrap_or(0) > 0)
        })
    }

    fn register(&self, lifecycle: &Lifecycle, instead_of: u64) -> Result<bool> {
        let check = |sql, expected| Check::Number {
            sql,
            params: vec![Param::text(&*lifecycle.name)],
            expected: Expected::Exactly(expected),
            subject: format!("lifecycle {:?}", lifecycle.name),
        };
        let commit = Commit {
            checks: vec![check(sql::LIFECYCLE_REVISION, instead_of), check(sql::FOLLOWERS, 0)],
            statements: vec![register(lifecycle)],
            ..Commit::default()
        };
        Ok(unless_moved(self.shared().engine.commit(commit))?.is_some())
    }

    fn renew(&self, name: &Arc<str>, token: &str, ttl_ms: i64) -> Result<bool> {
        let renew = Statement {
            sql: sql::RENEW,
            params: vec![Param::text(&**name), Param::text(token), Param::After(ttl_ms)],
            // Who has the lock stays the same, so there is nothing to tell.
            effect: Effect::Silent,
        };
        let outcome =
            self.shared().engine.commit_quietly(Commit { statements: vec![renew], ..Commit::default() })?;
        Ok(outcome.done.first().is_some_and(|done| done.changed > 0))
    }

    fn grants(&self) -> Option<&Grants> {
        Some(&self.shared().grants)
    }

    fn max_bytes(&self) -> usize {
        self.shared().max_value_bytes
    }
}

/// The record of a name and its lock, as of one moment.
pub(super) fn see(reader: &Reader<'_>, name: &str) -> Result<Seen> {
    Ok(reader.one(sql::SEE, &[Arg::Text(name)], rows::seen)?.unwrap_or_default())
}

pub(super) fn see_lock(reader: &Reader<'_>, name: &str) -> Result<Option<LockRow>> {
    Ok(reader.one(sql::SEE_LOCK, &[Arg::Text(name)], |row| rows::lock(row, 0))?.flatten())
}

pub(super) fn list(reader: &Reader<'_>, filter: &EnvironmentFilter) -> Result<Vec<Seen>> {
    let mut found = Vec::new();
    let (sql, args) = match &filter.state {
        Some(state) => (sql::LIST_STATE, vec![Arg::Text(state)]),
        None => (sql::LIST, Vec::new()),
    };
    reader.each(sql, &args, |row| {
        if filter.lifecycle.as_deref().is_none_or(|lifecycle| row.text(0).is_ok_and(|of| of == lifecycle)) {
            found.push(rows::seen(row)?);
        }
        Ok(Next::Row)
    })?;
    Ok(found)
}

pub(super) fn history(reader: &Reader<'_>, name: &str) -> Result<Vec<HistoryEntry>> {
    let mut entries = Vec::new();
    reader.each(sql::HISTORY, &[Arg::Text(name)], |row| {
        entries.push(rows::entry(name, row)?);
        Ok(Next::Row)
    })?;
    Ok(entries)
}

pub(super) fn lifecycle(reader: &Reader<'_>, name: &str) -> Result<Option<(Arc<Lifecycle>, u64)>> {
    reader.one(sql::LIFECYCLE, &[Arg::Text(name)], |row| {
        Ok((Arc::new(parse(row.text(0)?, row.text(2)?)?), row.int(1)?.unsigned_abs()))
    })
}

pub(super) fn lifecycles(reader: &Reader<'_>) -> Result<Vec<Lifecycle>> {
    let mut found = Vec::new();
    reader.each(sql::LIFECYCLES, &[], |row| {
        found.push(parse(row.text(0)?, row.text(2)?)?);
        Ok(Next::Row)
    })?;
    Ok(found)
}

fn parse(name: &str, definition: &str) -> Result<Lifecycle> {
    serde_json::from_str(definition).map_err(|error| Error::Serialization {
        what: format!("lifecycle {name:?}"),
        reason: format!("{error}; if a newer statehold has registered it, upgrade this one"),
    })
}
