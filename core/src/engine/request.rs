//! What the engine takes and gives: a commit is data, checks and statements, decided on before the
//! write lock is taken. Nothing in it calls back to a caller, so that another engine (SQLite behind a
//! network, say) can stand in for this one.

use std::sync::Arc;

use super::durability::Durability;
use crate::error::{Error, Result};

/// A unit of change: applied whole, or not at all.
#[derive(Default)]
pub(crate) struct Commit {
    /// What must still be true, in order.
    pub(crate) checks: Vec<Check>,
    /// What changes, in order.
    pub(crate) statements: Vec<Statement>,
    /// How durable it is when it returns; the store's setting if none.
    pub(crate) durability: Option<Durability>,
}

/// A condition that is looked at under the write lock, before the commit's own statements.
pub(crate) enum Check {
    /// A query that gives one number (no row, or NULL: 0), and what that must be.
    Number { sql: &'static str, params: Vec<Param>, expected: Expected, subject: String },
    /// Nothing of what was read has been changed by a commit after `since`.
    Unchanged { since: u64, reads: Arc<dyn Footprint> },
}

/// What a [`Check::Number`] must find.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// This number; 0 stands for absent.
    Exactly(u64),
    /// Any but 0.
    Present,
}

/// Stands for the revision of what a transaction has written and not yet committed.
pub(crate) const OWN: u64 = u64::MAX;

impl Expected {
    pub(crate) fn check(self, found: u64, subject: &str) -> Result<()> {
        let (holds, wanted, expected) = match self {
            Self::Exactly(0) => (found == 0, "to be absent".to_owned(), Some(0)),
            Self::Exactly(revision) => (found == revision, format!("at revision {revision}"), Some(revision)),
            Self::Present => (found != 0, "to be present".to_owned(), None),
        };
        if holds {
            return Ok(());
        }
        let state = match found {
            0 => "it is absent".to_owned(),
            OWN => "this transaction has written it itself".to_owned(),
            revision => format!("it is at revision {revision}"),
        };
        let check = format!("{subject} was expected {wanted}, but {state}");
        Err(Error::Conflict { check, expected, found: (found != OWN).then_some(found) })
    }
}

/// What a transaction has read.
pub(crate) trait Footprint: Send + Sync {
    /// Whether a change to this changes what was read.
    fn meets(&self, touch: &Touch<'_>) -> bool;
    /// The time at which something that was read expires, which changes it too.
    fn valid_until(&self) -> Option<i64>;
}

/// One thing that a commit changed, as the journal tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touch<'a> {
    pub(crate) facet: &'a str,
    pub(crate) name: &'a str,
    pub(crate) key: &'a str,
    pub(crate) operation: &'a str,
}

/// The operation under which the purge of expired keys is journaled. What it removes was invisible
/// before, so it changes nothing that anyone has read.
pub(crate) const EXPIRE: &str = "expire";

/// The facet under which the journal tells what was done to the store as a whole, and so to everything in it.
pub(crate) const STORE: &str = "store";
/// The operation that put an earlier state of the store back.
pub(crate) const RESTORE: &str = "restore";
/// Changes nothing, so that the journal can tell what was done by other means.
const MARK: &str = "UPDATE meta SET value = value WHERE key = 'store_id' AND ?1 IS NOT NULL";

impl Statement {
    /// Tells that an earlier state was put back, and which.
    pub(crate) fn restored(from: String) -> Self {
        let effect =
            Effect::Whole { facet: STORE, name: "".into(), operation: RESTORE, value: Written::Param(0) };
        Self { sql: MARK, params: vec![Param::text(from)], effect }
    }

    /// Whether `next` is the same SQL with other parameters, so that it sets each that this one does.
    pub(crate) fn continues(&self, next: &Self) -> bool {
        std::ptr::eq(self.sql, next.sql) && self.params.len() == next.params.len()
    }
}

/// One SQL statement with its parameters and what the journal is to say of it.
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) params: Vec<Param>,
    pub(crate) effect: Effect,
}

/// A parameter; some are known only when the commit gets its turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param {
    Null,
    Int(i64),
    Text(Box<str>),
    Blob(Box<[u8]>),
    /// The revision of the commit.
    Revision,
    /// The effective time of the commit, in milliseconds.
    Now,
    /// That time and so many milliseconds.
    After(i64),
    /// Who commits, as the journal has it.
    Actor,
    /// BLAKE3 of these, in the layout of [`Digest`](super::digest::Digest).
    Digest(Box<[Param]>),
    /// The first column of the first row that an earlier statement of the commit returned.
    Result(usize),
}

impl Param {
    pub(crate) fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn blob(bytes: impl Into<Box<[u8]>>) -> Self {
        Self::Blob(bytes.into())
    }

    /// Whether it is certain, at a glance, to stand for what `before` did earlier in the same commit.
    pub(crate) fn is_bound_as(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Null, Self::Null) | (Self::Revision, Self::Revision) | (Self::Now, Self::Now) => true,
            (Self::Int(now), Self::Int(before)) | (Self::After(now), Self::After(before)) => now == before,
            _ => false,
        }
    }
}

/// What the journal says of a statement that changed something.
pub(crate) enum Effect {
    /// Nothing: it prepares another.
    Silent,
    /// One key, which is the parameter `key`, and what it got.
    Key {
        facet: &'static str,
        name: Arc<str>,
        operation: &'static str,
        key: usize,
        value: Written,
        expires: Option<usize>,
    },
    /// A name that has no keys, and what it got; in the journal its key is empty.
    Whole { facet: &'static str, name: Arc<str>, operation: &'static str, value: Written },
    /// The key in the first column of each row that the statement returns.
    Rows { facet: &'static str, name: Arc<str>, operation: &'static str },
    /// The name and the key in the first two columns of each row that the statement returns.
    NamedRows { facet: &'static str, operation: &'static str },
}

/// Where to find the value that a statement wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Written {
    /// It wrote none.
    Nothing,
    /// This parameter.
    Param(usize),
    /// The first column of the row that it returned.
    Returned,
}

/// One value of a returned row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    pub(crate) fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }
}

/// What one statement did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// How many rows it changed.
    pub(crate) changed: usize,
    /// The rows that it returned.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// What a commit did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The revision that it got; the head at which it was found to change nothing, otherwise.
    pub(crate) revision: u64,
    /// The effective time of the commit.
    pub(crate) time_ms: i64,
    /// The journal's chain up to and with that revision.
    pub(crate) hash: [u8; 32],
    /// What each statement did.
    pub(crate) done: Vec<Done>,
}
