//! A transaction: it reads from one snapshot and its own writes, buffers what it writes, remembers
//! what it has read, and hands over one commit at the end.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;

use super::buffer::Buffer;
use super::reads::Reads;
use super::{Receipt, TransactionOptions};
use crate::case::{self, Case, CaseFilter, CaseOptions, CaseSummary, Place};
use crate::engine::Snapshot;
use crate::engine::request::{Check, Commit};
use crate::engine::{Engine, Needed, WriteLock, journal, unchanged};
use crate::environment::{Environments, Transition};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::{Operation, Owed};
use crate::json::Json;
use crate::mock::{FaultPlan, MockCloud};
use crate::namespace::{Namespace, NamespaceOptions};
use crate::plugin::{Plugin, PluginStates};
use crate::store::Shared;

/// Changes over all facets that become visible at once, or not at all.
///
/// Usually made by [`Store::transaction`](crate::Store::transaction), which commits when the function
/// returns, and runs it again after a conflict. A handle: clones are the same transaction.
#[derive(Clone)]
pub struct Transaction {
    open: Arc<Open>,
}

/// A transaction, as its namespaces share it.
pub(crate) struct Open {
    pub(crate) shared: Arc<Shared>,
    options: TransactionOptions,
    state: Arc<Mutex<State>>,
    /// Whether its operations are parts of one that has passed the faults already.
    quiet: bool,
}

struct State {
    changes: Option<Changes>,
    receipt: Option<Receipt>,
}

/// An open transaction's data.
pub(crate) struct Changes {
    /// Where it reads from.
    pub(crate) snapshot: Snapshot,
    revision: u64,
    /// The time at which it reads.
    pub(crate) now_ms: i64,
    pub(crate) reads: Reads,
    pub(crate) buffer: Buffer,
    lock: Option<WriteLock>,
    /// Keeps what it will be checked against.
    needed: Needed,
}

impl Open {
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The same transaction, for the parts of an operation that has passed the faults already.
    pub(crate) fn quietly(self: &Arc<Self>) -> Arc<Self> {
        if self.quiet || self.shared.faults.is_none() {
            return self.clone();
        }
        let (shared, state) = (self.shared.clone(), self.state.clone());
        Arc::new(Self { shared, state, options: self.options, quiet: true })
    }

    /// The same transaction, for public operations in one that is itself a part of an operation.
    fn loudly(&self) -> Arc<Self> {
        let (shared, state) = (self.shared.clone(), self.state.clone());
        Arc::new(Self { shared, state, options: self.options, quiet: false })
    }

    /// Works on the transaction, if it is still open.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Changes) -> Result<R>) -> Result<R> {
        self.shared.engine.alive()?;
        let mut state = self.state.lock();
        let changes = state.changes.as_mut().ok_or(ENDED)?;
        if changes.snapshot.is_ended() {
            changes.renew(&self.shared.engine)?;
        }
        f(changes).map_err(|error| if changes.snapshot.is_ended() { changes.outlived() } else { error })
    }
}

impl Changes {
    /// Goes on from a new snapshot after the old one was ended for the log's sake, if nothing of what was
    /// read has changed in between: then it might as well have been read from the new one.
    fn renew(&mut self, engine: &Arc<Engine>) -> Result<()> {
        let snapshot = engine.snapshot()?;
        let now_ms = engine.shared_now();
        let revision = snapshot.read(|reader| {
            unchanged(reader, self.revision, &self.reads, now_ms)?;
            Ok(journal::head(reader)?.revision)
        })?;
        self.needed = engine.need(revision);
        (self.snapshot, self.revision, self.now_ms) = (snapshot, revision, now_ms);
        Ok(())
    }

    /// Its snapshot was ended while it was reading: it can't read on, but it may be run again.
    fn outlived(&self) -> Error {
        Error::Conflict {
            check: format!(
                "the transaction read revision {} for so long that the log has outgrown max_wal_bytes, \
                 and its snapshot was ended",
                self.revision
            ),
            expected: Some(self.revision),
            found: None,
        }
    }
}

/// What a commit leaves to be done once nothing is locked any more: what is to be told, what becomes of the faults of mock
/// clouds, and the failure that it owes.
type Committed = (Receipt, Vec<Event>, Vec<(Arc<str>, FaultPlan)>, Owed);

const ENDED: Error =
    Error::Closed { what: "the transaction", advice: "it was committed or rolled back; begin a new one" };

impl Transaction {
    pub(crate) fn begin(shared: &Arc<Shared>, options: TransactionOptions) -> Result<Self> {
        shared.operation(Operation::StoreBegin, || Self::begun(shared, options, false))
    }

    /// Begins one that is a part of an operation, which has passed the faults already.
    pub(crate) fn begin_quietly(shared: &Arc<Shared>, options: TransactionOptions) -> Result<Self> {
        Self::begun(shared, options, true)
    }

    fn begun(shared: &Arc<Shared>, options: TransactionOptions, quiet: bool) -> Result<Self> {
        let engine = &shared.engine;
        let lock = if options.lock {
            Some(engine.lock(options.lock_timeout.unwrap_or(shared.lock_timeout), options.durability)?)
        } else {
            None
        };
        let snapshot = engine.snapshot()?;
        let revision = snapshot.read(journal::head)?.revision;
        let changes = Changes {
            snapshot,
            revision,
            now_ms: engine.shared_now(),
            reads: Reads::default(),
            buffer: Buffer::default(),
            lock,
            needed: engine.need(revision),
        };
        let state = Arc::new(Mutex::new(State { changes: Some(changes), receipt: None }));
        Ok(Self { open: Arc::new(Open { shared: shared.clone(), options, state, quiet }) })
    }

    /// A namespace inside the transaction: the same operations as on the store.
    pub fn namespace(&self, name: &str) -> Namespace {
        self.namespace_with(name, NamespaceOptions::default())
    }

    /// A namespace inside the transaction with defaults of its own.
    pub fn namespace_with(&self, name: &str, options: NamespaceOptions) -> Namespace {
        Namespace::in_transaction(self.open.clone(), name, options)
    }

    /// The environments inside the transaction: the same operations as on the store, but for locks and for registering
    /// lifecycles.
    pub fn environments(&self) -> Environments {
        Environments::in_transaction(self.open.clone())
    }

    /// A mock cloud inside the transaction: the same operations as on the store. The faults of scenarios are set after the
    /// commit.
    pub fn mock_cloud(&self, name: &str) -> MockCloud {
        MockCloud::in_transaction(self.open.clone(), name)
    }

    /// The transaction for what is done in it as if it were not a part of an operation.
    pub(crate) fn loudly(&self) -> Arc<Open> {
        self.open.loudly()
    }

    /// A plugin's state inside the transaction: the same operations as on the store.
    pub fn plugin(&self, name: &str) -> Plugin {
        Plugin::in_transaction(self.open.clone(), name)
    }

    /// The states of all plugins inside the transaction.
    pub fn plugin_states(&self) -> PluginStates {
        PluginStates::in_transaction(self.open.clone())
    }

    /// Deletes every key of a namespace and returns how many there were.
    ///
    /// # Errors
    /// As [`Namespace::clear`].
    pub fn clear_namespace(&self, name: &str) -> Result<u64> {
        self.namespace(name).clear()
    }

    /// As [`Store::create_case`](crate::Store::create_case), inside the transaction.
    ///
    /// # Errors
    /// As there.
    pub fn create_case<T: Serialize + ?Sized>(&self, ctx: &T, options: &CaseOptions) -> Result<Case> {
        self.create_case_json(Json::from_serialize(ctx)?, options)
    }

    /// As [`create_case`](Self::create_case), with the context as it is.
    ///
    /// # Errors
    /// As there.
    pub fn create_case_json(&self, ctx: Json, options: &CaseOptions) -> Result<Case> {
        case::create(Place::Transaction(self.open.clone()), ctx, options)
    }

    /// A case as the transaction sees it. What it commits becomes visible with the transaction: until then its
    /// receipts have no revision and no hash.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of this id.
    pub fn case(&self, id: &str) -> Result<Case> {
        case::open(Place::Transaction(self.open.clone()), id)
    }

    /// The cases that match, as the transaction sees them.
    ///
    /// # Errors
    /// As [`Store::cases`](crate::Store::cases).
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseSummary>> {
        case::list(&Place::Transaction(self.open.clone()), filter)
    }

    /// Runs `f` so that its failure undoes only what `f` has written.
    ///
    /// ```
    /// use statehold::Error;
    ///
    /// let store = statehold::open(":memory:")?;
    /// store.transaction(|tx| {
    ///     tx.namespace("a").set("kept", &1)?;
    ///     let part = tx.savepoint(|tx| {
    ///         tx.namespace("a").set("undone", &2)?;
    ///         tx.namespace("a").set("", &3)
    ///     });
    ///     assert_eq!(part.unwrap_err().code(), "INVALID_NAME");
    ///     Ok::<_, Error>(())
    /// })?;
    /// assert_eq!(store.namespace("a").list("*")?, ["kept"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `f`; what was written before it stays.
    pub fn savepoint<T, E: From<Error>>(&self, f: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let before = self.open.with(|changes| Ok(changes.buffer.clone()))?;
        let result = f(self);
        if result.is_err() {
            self.restore(before)?;
        }
        result
    }

    /// Marks a point to go back to, for callers that can't hand over a function.
    ///
    /// # Errors
    /// [`Error::Closed`] after the end.
    pub fn mark(&self) -> Result<Mark> {
        self.open.with(|changes| Ok(Mark(changes.buffer.clone())))
    }

    /// Undoes what was written since `mark`. What was read stays read.
    ///
    /// # Errors
    /// [`Error::Closed`] after the end.
    pub fn undo_to(&self, mark: Mark) -> Result<()> {
        self.restore(mark.0)
    }

    fn restore(&self, before: Buffer) -> Result<()> {
        self.open.with(|changes| {
            changes.buffer = before;
            Ok(())
        })
    }

    /// Whether its snapshot was ended because the log had outgrown its limit.
    pub(crate) fn is_outlived(&self) -> bool {
        self.open.state.lock().changes.as_ref().is_some_and(|changes| changes.snapshot.is_ended())
    }

    /// Commits. Ok means that all of it is visible, and durable as asked for; it holds at one moment
    /// after everything that was committed before.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something that was read has changed since: run it again. [`Error::Fault`] with `committed`
    /// when an operation of it was to lose its acknowledgement; then it is committed.
    pub fn commit(&self) -> Result<Receipt> {
        let commit = || {
            let (receipt, events, faults, owed) = self.commit_silently()?;
            self.open.shared.bus.tell_all(events);
            for (cloud, plan) in faults {
                plan.carry_out(&self.open.shared, &cloud)?;
            }
            owed.map_or(Ok(receipt), |error| Err(*error))
        };
        if self.open.quiet { commit() } else { self.open.shared.operation(Operation::StoreCommit, commit) }
    }

    /// Commits, and gives what is to be told of it once nothing is locked any more.
    fn commit_silently(&self) -> Result<Committed> {
        let engine = &self.open.shared.engine;
        engine.alive()?;
        let mut state = self.open.state.lock();
        let Changes { snapshot, revision, reads, mut buffer, lock, needed: _needed, .. } =
            state.changes.take().ok_or(ENDED)?;
        let (owed, faults) = (buffer.owed.take(), buffer.mocks.take_faults());
        let cases = buffer.cases.written();
        let (mut checks, transitions) = (buffer.environments.checks(), buffer.environments.transitions());
        let (statements, mut events) = buffer.into_statements(&self.open.shared);
        if statements.is_empty() {
            // It only read, and what it read was true together at its snapshot.
            let head = snapshot.read(journal::head).or_else(|_| engine.read(journal::head))?;
            let receipt = Receipt::at_head(&head);
            state.receipt = Some(receipt.clone());
            return Ok((receipt, events, faults, owed));
        }
        drop(snapshot);
        if !reads.is_empty() {
            // Most of the checking is done here, without the write lock; under it only what was
            // committed meanwhile is left to look at.
            let since = engine.read(|reader| unchanged(reader, revision, &reads, engine.shared_now()))?;
            checks.push(Check::Unchanged { since, reads: Arc::new(reads) });
        }
        let commit = Commit { checks, statements, durability: self.open.options.durability };
        let outcome = match lock {
            Some(lock) => engine.commit_locked(lock, commit)?,
            None => engine.commit(commit)?,
        };
        let committed = |transition: Transition| transition.committed(outcome.revision, outcome.time_ms);
        events.extend(transitions.into_iter().map(committed));
        let receipt = Receipt::from(&outcome);
        state.receipt = Some(receipt.clone());
        drop(state);
        case::bound_receipts(&self.open.shared, &cases);
        Ok((receipt, events, faults, owed))
    }

    /// Discards all of it. Nothing happens after the end.
    pub fn rollback(&self) {
        let ended = self.open.state.lock().changes.take();
        drop(ended);
    }

    /// Whether it holds the write lock, so that others wait for its end.
    pub fn holds_lock(&self) -> bool {
        self.open.state.lock().changes.as_ref().is_some_and(|changes| changes.lock.is_some())
    }

    /// The receipt, once it is committed.
    pub fn receipt(&self) -> Option<Receipt> {
        self.open.state.lock().receipt.clone()
    }

    /// The last revision of what it reads.
    ///
    /// # Errors
    /// [`Error::Closed`] after the end.
    pub fn snapshot_revision(&self) -> Result<u64> {
        self.open.with(|changes| Ok(changes.revision))
    }
}

/// A point in a transaction, made by [`Transaction::mark`].
pub struct Mark(Buffer);
