//! A cloud for oneself: several operations as one, with nobody else in between.

use super::MockCloud;
use super::queue::Turn;
use super::scope::Scope;
use crate::commit::{Attempts, Transaction, TransactionOptions};
use crate::error::{Error, Result};
use crate::fault::{Operation, Owed};
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
        if let Scope::Transaction(open) = &self.scope {
            self.ready()?;
            // The transaction is the unit already; its own commit makes it durable.
            let before = open.with(|changes| Ok(changes.buffer.clone()))?;
            return self.scope.operation(operation(persist), &self.name, || {
                f(self).inspect_err(|_| {
                    // An ended transaction has nothing to be undone.
                    _ = open.with(|changes| {
                        changes.buffer = before;
                        Ok(())
                    });
                })
            });
        }
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

    /// The parts of [`with_lock`](Self::with_lock), for callers that can't hand over a function: goes to the end of the
    /// line. Of a store only, not inside a transaction.
    ///
    /// # Errors
    /// As there.
    pub fn begin_exclusive(&self, persist: bool) -> Result<Exclusive> {
        self.ready()?;
        let Scope::Store(store) = &self.scope else {
            return Err(Error::value("transaction", "it has the cloud for itself already; go on without"));
        };
        let shared = store.shared();
        let owed = shared.mock_enter(operation(persist), &self.name)?;
        let turn = shared.mock_queues.enter(&self.name);
        let attempts = Attempts::new(store.clone(), TransactionOptions::new().lock(true), true);
        Ok(Exclusive {
            cloud: self.clone(),
            turn,
            attempts,
            open: None,
            owed,
            persist: persist.then(|| store.clone()),
        })
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
    turn: Turn,
    attempts: Attempts,
    open: Option<Transaction>,
    /// The failure that a fault will have after the work.
    owed: Owed,
    /// The store of the cloud, if it is to be persisted in the end.
    persist: Option<Store>,
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
        self.cloud.catch_up()?;
        let transaction = self.attempts.begin()?;
        let inside = self.cloud.inside(transaction.loudly());
        self.open = Some(transaction);
        Ok(inside)
    }

    /// Commits what was done since [`begin`](Self::begin). False: it took longer than the lock is held, others have changed
    /// the cloud meanwhile, and it is to be begun again.
    ///
    /// # Errors
    /// Those of a commit; [`Error::Conflict`] when the tries are used up; [`Error::Closed`] before it is begun.
    pub fn commit(&mut self) -> Result<bool> {
        const NOT_BEGUN: Error = Error::Closed { what: "the exclusive access", advice: "begin it first" };
        let transaction = self.open.take().ok_or(NOT_BEGUN)?;
        match transaction.commit() {
            Ok(_) => {}
            // What it owes a caller that was committed comes after the work.
            Err(error @ Error::Fault { committed: true, .. }) => _ = self.owed.get_or_insert(Box::new(error)),
            Err(error) if self.attempts.again(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
        self.cloud.written();
        if let Some(store) = &self.persist {
            self.cloud.persist_in(store)?;
        }
        self.owed.take().map_or(Ok(true), |error| Err(*error))
    }

    /// Undoes what was done since [`begin`](Self::begin). True: it failed because it took longer than what it read can be
    /// kept, and is to be begun again.
    pub fn rollback(&mut self) -> bool {
        let Some(transaction) = self.open.take() else { return false };
        let outlived = transaction.is_outlived();
        transaction.rollback();
        outlived && self.attempts.again_after_conflict()
    }
}

impl Exclusive {
    /// Ends a transaction that was begun, also for those who still have its cloud.
    fn undo(&mut self) {
        if let Some(transaction) = self.open.take() {
            transaction.rollback();
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
