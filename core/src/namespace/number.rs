//! Counting.

use std::time::Duration;

use super::scope::Scope;
use super::write::{Expiry, Target, Unknown};
use super::{Namespace, plan};
use crate::commit::Depth;
use crate::engine::request::{Commit, Done, Statement};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::{Json, Number};
use crate::limits::check_ttl;
use crate::value::{Stored, Value};

/// How a key is incremented.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct IncrementOptions {
    /// What a missing key counts from.
    pub initial: Number,
    /// The TTL of a key that is made by this; one that is there keeps its expiry.
    pub ttl: Option<Duration>,
}

impl Default for IncrementOptions {
    fn default() -> Self {
        Self { initial: Number::Int(0), ttl: None }
    }
}

impl IncrementOptions {
    /// From 0, without a TTL.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`initial`](Self::initial).
    pub fn initial(mut self, number: impl Into<Number>) -> Self {
        self.initial = number.into();
        self
    }

    /// Sets [`ttl`](Self::ttl).
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

impl Namespace {
    /// Adds to a number and returns the sum, atomically over threads and processes. Integers are exact; with
    /// a float on either side the sum is one. A missing key counts from 0.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let hits = store.namespace("hits");
    /// hits.increment("/", 1)?;
    /// assert_eq!(hits.increment("/", 2)?, 3.into());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the key holds no number or the sum is out of range; nothing is changed then.
    pub fn increment(&self, key: &str, by: impl Into<Number>) -> Result<Number> {
        self.increment_with(key, by, &IncrementOptions::new())
    }

    /// As [`increment`](Self::increment), with another start or a TTL.
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn increment_with(
        &self,
        key: &str,
        by: impl Into<Number>,
        options: &IncrementOptions,
    ) -> Result<Number> {
        let by = by.into();
        self.operation(Operation::NamespaceIncrement, || self.increment_quietly(key, by, options))
    }

    fn increment_quietly(&self, key: &str, by: Number, options: &IncrementOptions) -> Result<Number> {
        self.check_key(key)?;
        let adding = self.adding(by, options)?;
        if let Scope::Transaction(_) = &self.scope {
            return self.increment_buffered(key, adding);
        }
        let mut commit = Commit::default();
        let target = plan::target(self.shared(), &self.name, Unknown::Make, &mut commit.statements);
        if let Some(statement) = adding.statement(&target, key) {
            commit.statements.push(statement);
            let outcome = self.shared().engine.commit(commit)?;
            if let Some(sum) = self.sum(key, outcome.done.into_iter().next_back().unwrap_or_default())? {
                return Ok(sum);
            }
        }
        self.increment_by_reading(key, adding)
    }

    /// Checks what is to be added.
    pub(super) fn adding(&self, by: Number, options: &IncrementOptions) -> Result<Adding> {
        Ok(Adding {
            by: usable("by", by)?,
            initial: usable("initial", options.initial)?,
            ttl_ms: options.ttl.map(check_ttl).transpose()?.or(self.options.ttl_ms()?),
        })
    }

    /// The sum that SQLite has made; none if it couldn't.
    pub(super) fn sum(&self, key: &str, done: Done) -> Result<Option<Number>> {
        match done.rows.into_iter().flatten().next().and_then(Value::from_cell) {
            Some(Value::Json(sum)) => Number::from_json(&sum).map(Some).ok_or_else(|| self.no_number(key)),
            _ => Ok(None),
        }
    }

    /// Adds to whatever number it is, in a transaction.
    pub(super) fn increment_by_reading(&self, key: &str, adding: Adding) -> Result<Number> {
        self.in_transaction_of_its_own(|inside| inside.increment_buffered(key, adding))
    }

    fn increment_buffered(&self, key: &str, adding: Adding) -> Result<Number> {
        let Adding { by, initial, ttl_ms } = adding;
        let found = self.noting(
            |view| view.find(key),
            |changes, found: &Option<Stored>| {
                self.note(changes, key, Depth::Value, found.as_ref().map(|stored| &stored.times));
            },
        )?;
        let sum = match found {
            None => initial.checked_add(by)?,
            Some(Stored { value: Value::Json(json), .. }) => {
                Number::from_json(&json).ok_or_else(|| self.no_number(key))?.checked_add(by)?
            }
            Some(Stored { value: Value::Bytes(_), .. }) => return Err(self.no_number(key)),
        };
        let sum_json: Json = sum.to_json()?;
        self.put(key, Value::Json(sum_json), Expiry::Keep(ttl_ms))?;
        Ok(sum)
    }

    fn no_number(&self, key: &str) -> Error {
        let subject = plan::subject(&self.name, key);
        Error::value("$", format!("{subject} holds no number to add to; nothing was changed"))
    }
}

/// What is to be added to a number, checked.
#[derive(Clone, Copy)]
pub(super) struct Adding {
    by: Number,
    initial: Number,
    ttl_ms: Option<i64>,
}

impl Adding {
    /// The statement by which SQLite adds it to an integer; none where that needs more than it can do.
    pub(super) fn statement(&self, target: &Target, key: &str) -> Option<Statement> {
        // That a missing key would overflow is of no account for one that is there.
        let first = self.initial.checked_add(self.by).ok().and_then(small)?;
        Some(target.increment(key, first, small(self.by)?, self.ttl_ms))
    }
}

/// Refuses what is no number of the store's.
fn usable(parameter: &str, number: Number) -> Result<Number> {
    number.to_json().map(|_| number).map_err(|error| match error {
        Error::InvalidValue { reason, .. } => Error::value(parameter, reason),
        other => other,
    })
}

/// An integer that SQLite can add.
fn small(number: Number) -> Option<i64> {
    match number {
        Number::Int(whole) => i64::try_from(whole).ok(),
        Number::Float(_) => None,
    }
}
