//! A cloud for oneself: several operations as one, with nobody else in between.

use std::sync::Arc;

use super::MockCloud;
use super::queue::Turn;
use super::scope::Scope;
use crate::commit::{Attempts, Buffer, Open, Transaction, TransactionOptions};
use crate::error::{Error, Result};
use crate::fault::{Gate, Operation, Owed};
use crate::store::Store;

impl MockCloud {
    /// Runs `f` on the cloud with nobody else in between: in this process in the order of arrival, and of other processes
    /// nobody, since it holds the store's write lock. All that `f` does is one commit; an error of it undoes all. `f` has
    /// to use the cloud that it is given: another one would wait for it. One that takes longer than `lock_timeout` lets
    /// others in, and is run again if they have changed the cloud meanwhile.
    ///
    /// ```
    /// use statehold::Error;
    /// use statehold::mock::ParameterType;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// let players = cloud.with_lock(|cloud| {
    ///     let players = cloud.get_parameter("/minecraft/player-count")?.and_then(|count| count.parse().ok());
    ///     let players: u32 = players.unwrap_or(0) + 1;
    ///     cloud.set_parameter("/minecraft/player-count", &players.to_string(), ParameterType::String)?;
    ///     Ok::<_, Error>(players)
    /// })?;
    /// assert_eq!(players, 1);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `f`; [`Error::Busy`] when the write lock was not free in time.
    pub fn with_lock<T, E: From<Error>>(&self, f: impl FnMut(&Self) -> Result<T, E>) -> Result<T, E> {
        self.exclusively(false, f)
    }

    /// As [`with_lock`](Self::with_lock), and what was done survives a power loss when it returns.
    ///
    /// # Errors
    /// As there, and as [`persist_now`](Self::persist_now).
    pub fn with_lock_and_persist<T, E: From<Error>>(
        &self,
        f: impl FnMut(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.exclusively(true, f)
    }

    fn exclusively<T, E: From<Error>>(
        &self,
        persist: bool,
        mut f: impl FnMut(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut exclusive = self.begin_exclusive(persist)?;
        exclusive.turn().wait();
        loop {
            match f(&exclusive.begin()?) {
                Ok(value) => {
                    if exclusive.commit()? {
                        return Ok(value);
                    }
                }
                Err(error) => {
                    if !exclusive.rollback() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Goes to the end of the line of those who want the cloud for themselves, without waiting for anything. Inside a
    /// transaction nobody is before oneself.
    pub fn queue(&self) -> Turn {
        match &self.scope {
            Scope::Store(store) => store.shared().mock_queues.enter(&self.name),
            Scope::Transaction(_) => Turn::of_nobody_else(),
        }
    }

    /// The parts of [`with_lock`](Self::with_lock), for callers that can't hand over a function: goes to the end of the
    /// line, and passes the faults.
    ///
    /// # Errors
    /// As there.
    pub fn begin_exclusive(&self, persist: bool) -> Result<Exclusive> {
        self.begin_exclusive_at(self.queue(), persist)
    }

    /// As [`begin_exclusive`](Self::begin_exclusive), with a place that was taken by [`queue`](Self::queue): passing the faults
    /// may take time, which is not to change the order.
    ///
    /// # Errors
    /// As there.
    pub fn begin_exclusive_at(&self, turn: Turn, persist: bool) -> Result<Exclusive> {
        self.ready()?;
        let operation = operation(persist);
        let owed = self.gate().enter_for(operation, Some(&self.name))?;
        let unit = match &self.scope {
            Scope::Store(store) => {
                let attempts = Attempts::new(store.clone(), TransactionOptions::new().lock(true), true);
                Unit::Own { attempts, open: None, persist: persist.then(|| store.clone()) }
            }
            Scope::Transaction(open) => Unit::Part { open: open.clone(), before: None },
        };
        Ok(Exclusive { cloud: self.clone(), unit, turn, operation, owed })
    }

    fn gate(&self) -> Gate<'_> {
        match &self.scope {
            Scope::Store(store) => Gate::Store(store.shared()),
            Scope::Transaction(open) => Gate::Transaction(open),
        }
    }
}

fn operation(persist: bool) -> Operation {
    if persist { Operation::MockWithLockAndPersist } else { Operation::MockWithLock }
}

/// A [`with_lock`](MockCloud::with_lock) in its parts: wait for the [`turn`](Self::turn), [`begin`](Self::begin), work,
/// [`commit`](Self::commit). Dropping it undoes what is not committed and lets the next one in.
///
/// ```
/// let cloud = statehold::open(":memory:")?.mock_cloud("default");
/// let mut exclusive = cloud.begin_exclusive(false)?;
/// exclusive.turn().wait();
/// loop {
///     let inside = exclusive.begin()?;
///     inside.start_instance()?;
///     if exclusive.commit()? {
///         break;
///     }
/// }
/// # Ok::<(), statehold::Error>(())
/// ```
pub struct Exclusive {
    cloud: MockCloud,
    unit: Unit,
    turn: Turn,
    operation: Operation,
    /// The failure that a fault will have after the work.
    owed: Owed,
}

/// What is done as a whole or not at all.
enum Unit {
    /// A transaction of its own.
    Own {
        attempts: Attempts,
        open: Option<Transaction>,
        /// The store of the cloud, if it is to be persisted in the end.
        persist: Option<Store>,
    },
    /// A part of a transaction, whose commit makes it durable.
    Part {
        open: Arc<Open>,
        /// What was written before it was begun.
        before: Option<Box<Buffer>>,
    },
}

impl Exclusive {
    /// The place in line; to be waited for before [`begin`](Self::begin).
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Takes the write lock and gives the cloud to work on.
    ///
    /// # Errors
    /// [`Error::Busy`] when the write lock was not free in time.
    pub fn begin(&mut self) -> Result<MockCloud> {
        self.undo();
        match &mut self.unit {
            Unit::Own { attempts, open, .. } => {
                self.cloud.catch_up()?;
                let transaction = attempts.begin()?;
                let inside = self.cloud.inside(transaction.loudly());
                *open = Some(transaction);
                Ok(inside)
            }
            Unit::Part { open, before } => {
                *before = Some(Box::new(open.with(|changes| Ok(changes.buffer.clone()))?));
                Ok(self.cloud.clone())
            }
        }
    }

    /// Commits what was done since [`begin`](Self::begin). False: it took longer than the lock is held, others have changed
    /// the cloud meanwhile, and it is to be begun again. Inside a transaction the commit is that of the transaction.
    ///
    /// # Errors
    /// Those of a commit; [`Error::Conflict`] when the tries are used up; [`Error::Closed`] before it is begun.
    pub fn commit(&mut self) -> Result<bool> {
        const NOT_BEGUN: Error = Error::Closed { what: "the exclusive access", advice: "begin it first" };
        match &mut self.unit {
            Unit::Own { attempts, open, persist } => {
                match open.take().ok_or(NOT_BEGUN)?.commit() {
                    Ok(_) => {}
                    // What it owes a caller that was committed comes after the work.
                    Err(error @ Error::Fault { committed: true, .. }) => {
                        _ = self.owed.get_or_insert(Box::new(error));
                    }
                    Err(error) if attempts.again(&error) => return Ok(false),
                    Err(error) => return Err(error),
                }
                self.cloud.written();
                if let Some(store) = persist {
                    self.cloud.persist_in(store)?;
                }
            }
            Unit::Part { before, .. } => _ = before.take().ok_or(NOT_BEGUN)?,
        }
        let owed = self.owed.take();
        self.cloud.gate().settle(self.operation, owed, Ok(true))
    }

    /// Undoes what was done since [`begin`](Self::begin). True: it failed because it took longer than what it read can be
    /// kept, and is to be begun again.
    pub fn rollback(&mut self) -> bool {
        let outlived = match &self.unit {
            Unit::Own { open, .. } => open.as_ref().is_some_and(Transaction::is_outlived),
            Unit::Part { .. } => false,
        };
        self.undo();
        match &mut self.unit {
            Unit::Own { attempts, .. } => outlived && attempts.again_after_conflict(),
            Unit::Part { .. } => false,
        }
    }

    /// Ends what was begun, also for those who still have its cloud.
    fn undo(&mut self) {
        match &mut self.unit {
            Unit::Own { open, .. } => {
                if let Some(transaction) = open.take() {
                    transaction.rollback();
                }
            }
            Unit::Part { open, before } => {
                if let Some(before) = before.take() {
                    // An ended transaction has nothing to be undone.
                    _ = open.with(|changes| {
                        changes.buffer = *before;
                        Ok(())
                    });
                }
            }
        }
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        // Before the turn passes on: the next one would wait for the write lock.
        self.undo();
    }
}

impl std::fmt::Debug for Exclusive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exclusive")
            .field("cloud", &self.cloud.name())
            .field("turn", &self.turn)
            .finish_non_exhaustive()
    }
}
