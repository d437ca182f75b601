//! How a transaction is tried: on snapshots first, and in the end with the write lock, so that
//! everyone gets through.

use std::time::Duration;

use super::Transaction;
use crate::engine::Durability;
use crate::error::{Error, Result};
use crate::store::Store;

/// How a transaction is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// How often the function is run again after a conflict; the last time under the write lock.
    pub max_retries: u32,
    /// Whether to take the write lock up front, so that there can be no conflict. Others then wait.
    pub lock: bool,
    /// For how long the write lock is held at most; then it is let go, and the transaction goes on
    /// without it. The store's setting if none.
    pub lock_timeout: Option<Duration>,
    /// How durable the commit is; the store's setting if none.
    pub durability: Option<Durability>,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self { max_retries: 10, lock: false, lock_timeout: None, durability: None }
    }
}

impl TransactionOptions {
    /// The defaults: ten retries, no lock up front.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`max_retries`](Self::max_retries).
    pub fn max_retries(mut self, times: u32) -> Self {
        self.max_retries = times;
        self
    }

    /// Sets [`lock`](Self::lock).
    pub fn lock(mut self, lock: bool) -> Self {
        self.lock = lock;
        self
    }

    /// Sets [`lock_timeout`](Self::lock_timeout).
    pub fn lock_timeout(mut self, most: Duration) -> Self {
        self.lock_timeout = Some(most);
        self
    }

    /// Sets [`durability`](Self::durability).
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = Some(durability);
        self
    }
}

/// The tries of one transaction, for callers that can't hand over a function: the bindings'
/// asynchronous faces. Begin, work, commit; after a conflict ask [`again`](Self::again).
pub struct Attempts {
    store: Store,
    options: TransactionOptions,
    failed: u32,
    /// Whether it is a part of an operation, which has passed the faults already.
    quiet: bool,
}

impl Attempts {
    pub(crate) fn new(store: Store, options: TransactionOptions, quiet: bool) -> Self {
        Self { store, options, failed: 0, quiet }
    }

    /// Begins the next try.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub fn begin(&self) -> Result<Transaction> {
        let last = self.failed > 0 && self.failed >= self.options.max_retries;
        let options = TransactionOptions { lock: self.options.lock || last, ..self.options };
        if self.quiet {
            Transaction::begin_quietly(self.store.shared(), options)
        } else {
            self.store.begin(options)
        }
    }

    /// Whether to try again after the commit of a try failed with `error`.
    pub fn again(&mut self, error: &Error) -> bool {
        matches!(error, Error::Conflict { .. }) && self.again_after_conflict()
    }

    pub(crate) fn again_after_conflict(&mut self) -> bool {
        self.failed += 1;
        self.failed <= self.options.max_retries
    }
}
