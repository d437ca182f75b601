//! Writes of single keys that are committed together, each with an outcome of its own: for the asynchronous faces, which
//! gather what is asked for in one turn of an event loop.

use std::sync::Arc;

use super::number::Adding;
use super::options::SetOptions;
use super::scope::Scope;
use super::write::Unknown;
use super::{IncrementOptions, Namespace, plan};
use crate::engine::request::{Commit, Outcome};
use crate::error::Result;
use crate::json::Number;
use crate::store::Store;
use crate::value::Value;

/// A write of one key that [`Store::write_together`] carries out.
#[derive(Debug)]
pub struct Write {
    namespace: Namespace,
    key: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Set(Value, SetOptions),
    Delete,
    Increment(Number, IncrementOptions),
}

/// What a [`Write`] has done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Written {
    /// The key was set at this revision.
    Set(u64),
    /// The key was deleted; whether it was there.
    Deleted(bool),
    /// The key was incremented, to this.
    Incremented(Number),
}

/// How a write is carried out.
enum Planned {
    Commit(Commit, Reading),
    Reading(Box<Sum>),
}

/// How the outcome of a commit is read.
enum Reading {
    Set,
    Deleted,
    Sum(Box<Sum>),
}

/// An increment that SQLite may leave to us: of a float, or beyond 64 bits.
struct Sum {
    namespace: Namespace,
    key: String,
    adding: Adding,
}

impl Namespace {
    /// [`set_value`](Self::set_value), to be carried out by [`Store::write_together`].
    pub fn to_set(&self, key: impl Into<String>, value: Value, options: SetOptions) -> Write {
        Write { namespace: self.clone(), key: key.into(), kind: Kind::Set(value, options) }
    }

    /// [`delete`](Self::delete), to be carried out by [`Store::write_together`].
    pub fn to_delete(&self, key: impl Into<String>) -> Write {
        Write { namespace: self.clone(), key: key.into(), kind: Kind::Delete }
    }

    /// [`increment_with`](Self::increment_with), to be carried out by [`Store::write_together`].
    pub fn to_increment(
        &self,
        key: impl Into<String>,
        by: impl Into<Number>,
        options: IncrementOptions,
    ) -> Write {
        Write { namespace: self.clone(), key: key.into(), kind: Kind::Increment(by.into(), options) }
    }
}

impl Store {
    /// Carries out several writes with one sync, and gives what became of each, in their order. Each is a commit of its
    /// own, with a revision of its own: one that fails changes nothing and keeps no other from being made. They are made
    /// in their order, but that an increment which SQLite can't carry out by itself comes after the others. For callers
    /// who gather what is asked for at about the same time, as the bindings do for a turn of an event loop.
    ///
    /// ```
    /// use statehold::{IncrementOptions, SetOptions, Store, Value, Written};
    ///
    /// let store = Store::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let results = store.write_together(vec![
    ///     ns.to_set("k", Value::json(&1)?, SetOptions::new()),
    ///     ns.to_set("k", Value::json(&2)?, SetOptions::new().only_if_absent()),
    ///     ns.to_increment("k", 10, IncrementOptions::new()),
    /// ]);
    /// assert!(matches!(results[0], Ok(Written::Set(1))));
    /// assert_eq!(results[1].as_ref().unwrap_err().code(), "CONFLICT");
    /// assert!(matches!(results[2], Ok(Written::Incremented(sum)) if sum == 11.into()));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Namespace::set_value`], [`Namespace::delete`] and [`Namespace::increment_with`], each in its place.
    pub fn write_together(&self, writes: Vec<Write>) -> Vec<Result<Written>> {
        let mut results = Vec::with_capacity(writes.len());
        let (mut commits, mut pending) = (Vec::with_capacity(writes.len()), Vec::with_capacity(writes.len()));
        let mut late = Vec::new();
        for (at, write) in writes.into_iter().enumerate() {
            results.push(None);
            if !write.folds_into(self) {
                results[at] = Some(write.run());
                continue;
            }
            match write.plan() {
                Ok(Planned::Commit(commit, reading)) => {
                    commits.push(commit);
                    pending.push((at, reading));
                }
                Ok(Planned::Reading(sum)) => late.push((at, sum)),
                Err(error) => results[at] = Some(Err(error)),
            }
        }
        for ((at, reading), outcome) in pending.into_iter().zip(self.shared().engine.commit_together(commits))
        {
            match outcome.and_then(|outcome| reading.read(outcome)) {
                Ok(Ok(written)) => results[at] = Some(Ok(written)),
                Ok(Err(sum)) => late.push((at, sum)),
                Err(error) => results[at] = Some(Err(error)),
            }
        }
        for (at, sum) in late {
            let Sum { namespace, key, adding } = *sum;
            results[at] = Some(namespace.increment_by_reading(&key, adding).map(Written::Incremented));
        }
        results.into_iter().map(|result| result.expect("each write came to something")).collect()
    }
}

impl Write {
    /// Whether it may be folded with others into a transaction of this store. With faults each is a call of its own.
    fn folds_into(&self, store: &Store) -> bool {
        let own = match &self.namespace.scope {
            Scope::Store(own) => Arc::ptr_eq(own.shared(), store.shared()),
            Scope::Transaction(_) => false,
        };
        own && store.shared().faults.is_none()
    }

    /// Carries it out by itself.
    fn run(self) -> Result<Written> {
        let Self { namespace, key, kind } = self;
        match kind {
            Kind::Set(value, options) => namespace.set_value(&key, value, &options).map(Written::Set),
            Kind::Delete => namespace.delete(&key).map(Written::Deleted),
            Kind::Increment(by, options) => {
                namespace.increment_with(&key, by, &options).map(Written::Incremented)
            }
        }
    }

    fn plan(self) -> Result<Planned> {
        let Self { namespace, key, kind } = self;
        namespace.check_key(&key)?;
        let (name, shared) = (&namespace.name, namespace.shared());
        let mut commit = Commit::default();
        let reading = match kind {
            Kind::Set(value, options) => {
                plan::set(shared, name, &namespace.options, &key, value, &options, &mut commit)?;
                Reading::Set
            }
            Kind::Delete => {
                let target = plan::target(shared, name, Unknown::Find, &mut commit.statements);
                commit.statements.push(target.delete(&key));
                Reading::Deleted
            }
            Kind::Increment(by, options) => {
                let adding = namespace.adding(by, &options)?;
                let target = plan::target(shared, name, Unknown::Make, &mut commit.statements);
                let statement = adding.statement(&target, &key);
                let sum = Box::new(Sum { namespace, key, adding });
                let Some(statement) = statement else { return Ok(Planned::Reading(sum)) };
                commit.statements.push(statement);
                Reading::Sum(sum)
            }
        };
        Ok(Planned::Commit(commit, reading))
    }
}

impl Reading {
    /// What the write has done, or what is to be done still.
    fn read(self, mut outcome: Outcome) -> Result<std::result::Result<Written, Box<Sum>>> {
        let last = outcome.done.pop().unwrap_or_default();
        Ok(match self {
            Self::Set => Ok(Written::Set(outcome.revision)),
            Self::Deleted => Ok(Written::Deleted(last.changed > 0)),
            Self::Sum(sum) => {
                sum.namespace.sum(&sum.key, last)?.map_or(Err(sum), |sum| Ok(Written::Incremented(sum)))
            }
        })
    }
}
