//! The store: what a program opens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use serde::Serialize;

use crate::case::{self, Case, CaseFilter, CaseOptions, CaseSummary, Place};
use crate::commit::{Atomic, Attempts, Snapshot, Transaction, TransactionOptions};
use crate::engine::sys::fork_generation;
use crate::engine::{
    CommitSign, Engine, JournalCheck, JournalRow, LostCommits, journal, journal_rows, verify_journal,
};
use crate::environment::{Environments, Grants};
use crate::error::{Error, Result};
use crate::event::{Bus, Event, Subscription};
use crate::fault::{self, Faults, Operation};
use crate::feed::{Watch, WatchOptions};
use crate::json::Json;
use crate::limits::{NAMESPACE_BYTES, check_name};
use crate::mock;
use crate::namespace::{Names, Namespace, NamespaceOptions, list_names, purge_all};
use crate::options::OpenOptions;
use crate::plugin::{Plugin, PluginStates, Registrations};

/// An open store: one SQLite file with the state of an application. Cheap to clone, and clones are the
/// same handle; threads may share it. It is closed when the last clone is dropped, or by
/// [`close`](Self::close).
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What the facets of a store share.
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    /// What every operation passes through; none unless the store was opened with faults on.
    pub(crate) faults: Option<fault::File>,
    pub(crate) names: Names,
    /// Those who wait to have a mock cloud for themselves.
    pub(crate) mock_queues: mock::Queues,
    /// The locks of environments that are held through this handle.
    pub(crate) grants: Grants,
    pub(crate) lock_timeout: Duration,
    pub(crate) max_value_bytes: usize,
    /// How many backups a plugin keeps that has not registered a number of its own.
    pub(crate) max_backups: u32,
    pub(crate) registrations: Registrations,
    pub(crate) bus: Bus,
    /// The most receipts that a case keeps in the store.
    pub(crate) max_receipts: Option<u64>,
    /// The folder of a private store, removed after the engine is closed.
    pub(crate) _folder: Option<PrivateFolder>,
}

/// The folder of a private store, which goes with its last handle; but not by a process that was forked from the one that
/// uses it.
pub(crate) struct PrivateFolder {
    folder: Option<tempfile::TempDir>,
    generation: u32,
}

impl From<tempfile::TempDir> for PrivateFolder {
    fn from(folder: tempfile::TempDir) -> Self {
        Self { folder: Some(folder), generation: fork_generation() }
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        if self.generation != fork_generation() {
            self.folder.take().map(tempfile::TempDir::keep);
        }
    }
}

impl Shared {
    /// The id of a namespace that was ever written to. Without one, a commit finds or makes it by itself.
    pub(crate) fn namespace_id(&self, name: &Arc<str>) -> Option<i64> {
        self.names
            .known(name)
            .or_else(|| self.engine.read(|reader| self.names.find(name, reader)).ok().flatten())
    }
}

/// Opens the store at `path`, or creates it, with the default options.
///
/// # Errors
/// As [`OpenOptions::open`].
pub fn open(path: impl AsRef<Path>) -> Result<Store> {
    Store::open(path)
}

impl Store {
    /// Opens the store at `path`, or creates it, with the default options. `":memory:"` makes a private
    /// one that is gone with its last handle.
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open(path)
    }

    /// The options that a store can be opened with.
    pub fn options() -> OpenOptions {
        OpenOptions::default()
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// A namespace. Makes nothing: a namespace exists while it holds a live key. A name that can't be one
    /// is refused by its operations.
    pub fn namespace(&self, name: &str) -> Namespace {
        self.namespace_with(name, NamespaceOptions::default())
    }

    /// A namespace with a default TTL, which reads may renew.
    pub fn namespace_with(&self, name: &str, options: NamespaceOptions) -> Namespace {
        Namespace::of_store(self, name, options)
    }

    /// The names of the namespaces that hold at least one live key and match a glob pattern, sorted by
    /// their UTF-8 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn namespaces(&self, pattern: &str) -> Result<Vec<String>> {
        self.shared.operation(Operation::StoreNamespaces, || {
            let now_ms = self.engine().shared_now();
            self.engine().read(|reader| list_names(reader, pattern, now_ms))
        })
    }

    /// Deletes every key of a namespace and returns how many there were.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a namespace.
    pub fn clear_namespace(&self, name: &str) -> Result<u64> {
        check_name("namespace", name, NAMESPACE_BYTES)?;
        self.namespace(name).clear()
    }

    /// The environments: deployments, machines, tenants, each with a lifecycle, a history and a lock.
    pub fn environments(&self) -> Environments {
        Environments::of_store(self)
    }

    /// The state of one plugin: what a host hands to it, since it reaches no other. A name that can't be one
    /// is refused by its operations.
    pub fn plugin(&self, name: &str) -> Plugin {
        Plugin::of_store(self, name)
    }

    /// The states of all plugins.
    pub fn plugin_states(&self) -> PluginStates {
        PluginStates::of_store(self)
    }

    /// The faults of the store: what makes its operations slow, or fail, on demand. Only of a store that was opened with
    /// [`OpenOptions::faults`]; of any other each of its methods gives an error.
    pub fn faults(&self) -> Faults {
        Faults::of_store(&self.shared)
    }

    /// Calls `callback` whenever this happens through this handle or one of its clones: `state.saved`,
    /// `state.loaded`, `state.backup.created`, `state.migrated`, `state.cleared`, `state.restored`,
    /// `state.error`, `environment.transition`. It is called by the thread that did it, after the commit and
    /// outside of all locks, so it may use the store. What happens in a transaction is told after its commit. A
    /// callback that panics is logged, and disturbs nothing. One that holds the store keeps it open until
    /// [`off`](Self::off) or [`close`](Self::close).
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let log = seen.clone();
    /// let saved = store.on("state.saved", move |event| log.lock().unwrap().push(event.payload()))?;
    /// store.plugin("lint").save(&[1, 2])?;
    /// assert!(store.off(saved));
    /// store.plugin("lint").save(&[3])?;
    /// let seen = seen.lock().unwrap();
    /// assert_eq!(seen.len(), 1);
    /// assert_eq!(seen[0].as_str(), r#"{"event":"state.saved","plugin":"lint","version":1,"size":5}"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is no event, with those there are.
    pub fn on(&self, event: &str, callback: impl Fn(&Event) + Send + Sync + 'static) -> Result<Subscription> {
        self.shared.bus.on(event, callback)
    }

    /// Ends a subscription; says whether there was one. A delivery that is under way may still come.
    pub fn off(&self, subscription: Subscription) -> bool {
        self.shared.bus.off(subscription)
    }

    /// Runs `f` in a transaction and commits when it returns Ok. What it read is checked then; if a commit
    /// of somebody else has changed any of it, `f` is run again, so it must have no other effects. The last
    /// of the tries holds the write lock. An error of `f` discards everything.
    ///
    /// ```
    /// use statehold::{Error, Store};
    ///
    /// let store = Store::open(":memory:")?;
    /// store.namespace("accounts").set("ada", &100)?;
    /// store.transaction(|tx| {
    ///     let accounts = tx.namespace("accounts");
    ///     let ada: i64 = accounts.get("ada")?.unwrap_or(0);
    ///     accounts.set("ada", &(ada - 30))?;
    ///     tx.namespace("log").set("1", "ada pays 30")?;
    ///     Ok::<_, Error>(())
    /// })?;
    /// assert_eq!(store.namespace("accounts").get("ada")?, Some(70));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `f`; [`Error::Conflict`] when the tries are used up; those of a commit.
    pub fn transaction<T, E: From<Error>>(
        &self,
        f: impl FnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_with(TransactionOptions::new(), f)
    }

    /// As [`transaction`](Self::transaction), with options.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub fn transaction_with<T, E: From<Error>>(
        &self,
        options: TransactionOptions,
        f: impl FnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        run(self.attempts(options), f)
    }

    /// Runs `f` in a transaction that is a part of an operation, which has passed the faults already.
    pub(crate) fn transaction_quietly<T, E: From<Error>>(
        &self,
        f: impl FnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        run(Attempts::new(self.clone(), TransactionOptions::new(), true), f)
    }

    /// Begins a transaction to be ended by [`Transaction::commit`] or [`Transaction::rollback`]. There
    /// [`Error::Conflict`] is the caller's to deal with.
    ///
    /// # Errors
    /// [`Error::Busy`] when the write lock was asked for and not free in time.
    pub fn begin(&self, options: TransactionOptions) -> Result<Transaction> {
        Transaction::begin(&self.shared, options)
    }

    /// The tries of a transaction, for callers that can't hand over a function.
    pub fn attempts(&self, options: TransactionOptions) -> Attempts {
        Attempts::new(self.clone(), options, false)
    }

    /// A list of checks and mutations to be committed together, without reading.
    pub fn atomic(&self) -> Atomic {
        Atomic::new(self.shared.clone())
    }

    /// The store as of this moment, for many reads.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.shared.operation(Operation::StoreSnapshot, || Snapshot::take(&self.shared))
    }

    /// Removes all keys that have expired from the file and returns how many. They are invisible anyway;
    /// this gives their room back at once instead of step by step.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn purge_expired(&self) -> Result<u64> {
        self.shared.operation(Operation::StorePurgeExpired, || purge_all(self.engine()))
    }

    /// Creates a case with a context, which must serialise to an object. It is a commit with a receipt of its own.
    ///
    /// ```
    /// use statehold::CaseOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({"order": 7}), &CaseOptions::new().case_id("order-7"))?;
    /// assert_eq!((case.id(), case.sequence()), ("order-7", 1));
    /// assert_eq!(store.create_case(&serde_json::json!({}), &CaseOptions::new().case_id("order-7")).unwrap_err().code(), "CONFLICT");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is a case of this id; [`Error::InvalidName`] for what can't be one;
    /// [`Error::InvalidValue`] for a context that is no object or can't be stored.
    pub fn create_case<T: Serialize + ?Sized>(&self, ctx: &T, options: &CaseOptions) -> Result<Case> {
        self.create_case_json(Json::from_serialize(ctx)?, options)
    }

    /// As [`create_case`](Self::create_case), with the context as it is.
    ///
    /// # Errors
    /// As there.
    pub fn create_case_json(&self, ctx: Json, options: &CaseOptions) -> Result<Case> {
        case::create(Place::Store(self.clone()), ctx, options)
    }

    /// A case as it was last committed, by whomever: also after a crash.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of this id; [`Error::Corrupt`] if its state is not the one of its last
    /// receipt.
    pub fn case(&self, id: &str) -> Result<Case> {
        case::open(Place::Store(self.clone()), id)
    }

    /// The cases that match, in the order of their ids' UTF-8 bytes.
    ///
    /// ```
    /// use statehold::{CaseFilter, CaseOptions, CaseStatus};
    ///
    /// let store = statehold::open(":memory:")?;
    /// for id in ["a-1", "a-2", "b-1"] {
    ///     store.create_case(&serde_json::json!({}), &CaseOptions::new().case_id(id))?;
    /// }
    /// store.case("a-1")?.close(CaseStatus::Done)?;
    /// let running = store.cases(&CaseFilter::new().status(CaseStatus::Running).pattern("a-*"))?;
    /// assert_eq!(running.iter().map(|case| &*case.id).collect::<Vec<_>>(), ["a-2"]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseSummary>> {
        case::list(&Place::Store(self.clone()), filter)
    }

    /// Makes every commit so far survive a power loss, whatever durability it was made with.
    ///
    /// # Errors
    /// [`Error::CommitUnknown`] when the disk fails.
    pub fn flush(&self) -> Result<()> {
        self.shared.operation(Operation::StoreFlush, || self.engine().flush())
    }

    /// The last revision; 0 for a store that nothing was committed to.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn revision(&self) -> Result<u64> {
        self.shared.operation(Operation::StoreRevision, || Ok(self.engine().read(journal::head)?.revision))
    }

    /// Up to `limit` rows of the journal after revision `after`: who changed what, and when.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let revision = store.namespace("a").set("k", &1)?;
    /// let rows = store.journal(revision - 1, 10)?;
    /// let change = &rows[0].changes[0];
    /// assert_eq!((&*change.name, &*change.key, &*change.operation), ("a", "k", "set"));
    /// assert!(store.verify_journal()?.problems.is_empty());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn journal(&self, after: u64, limit: usize) -> Result<Vec<JournalRow>> {
        self.shared.operation(Operation::StoreJournal, || {
            self.engine().read(|reader| journal_rows(reader, after, limit))
        })
    }

    /// Watches for changes, of this process and of any other: each once and in the order of the commits. By default
    /// those that are committed from now on.
    ///
    /// ```
    /// use statehold::{Error, Store, WatchOptions};
    ///
    /// let store = Store::open(":memory:")?;
    /// let jobs = store.namespace("jobs");
    /// jobs.set("1", "queued")?;
    /// let watch = store.watch(WatchOptions::new().namespace("jobs").after(0))?;
    /// jobs.delete("1")?;
    /// let operations: Vec<_> = std::iter::from_fn(|| watch.try_next().transpose())
    ///     .map(|change| Ok((change?.operation)))
    ///     .collect::<Result<_, Error>>()?;
    /// assert_eq!(operations, ["set", "delete"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::FeedLagged`] when the journal does not reach back to the revision any more;
    /// [`Error::InvalidName`] for what can't be a pattern; [`Error::InvalidValue`] for a facet that there isn't
    /// and a revision that isn't there yet.
    pub fn watch(&self, options: WatchOptions) -> Result<Watch> {
        self.shared.operation(Operation::StoreWatch, || Watch::begin(&self.shared, options))
    }

    /// Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in
    /// another order, unless by somebody who rebuilt the whole chain.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`]; what does not fit is in the result.
    pub fn verify_journal(&self) -> Result<JournalCheck> {
        self.shared.operation(Operation::StoreVerifyJournal, || {
            let snapshot = self.engine().snapshot()?;
            snapshot.read(verify_journal)
        })
    }

    /// The commits that were lost before this handle was opened, as far as the witness file knows.
    pub fn lost_commits(&self) -> Option<LostCommits> {
        self.engine().lost()
    }

    /// The absolute path of the file.
    pub fn path(&self) -> PathBuf {
        self.engine().path().to_owned()
    }

    /// Memory that is another one after each commit of anybody, for a binding that keeps what it has read and must see
    /// without a call whether that still holds; none before the first read, and where the store keeps nothing itself.
    /// It is the header of SQLite's WAL-index, both copies: `docs/decisions/0025-javascript-cache.md` says how to go by it.
    pub fn commit_sign(&self) -> Option<CommitSign> {
        self.engine().commit_sign()
    }

    /// Which keys, each with its namespace before it, have been changed from one value of that memory's first half to
    /// another, in the order of the commits. None if that is not known: because others have committed, or too much was.
    /// Pending while this handle is committing and it may be known soon.
    #[allow(clippy::type_complexity)] // it is for bindings alone
    pub fn changed_between(
        &self,
        from: [u8; CommitSign::LENGTH / 2],
        to: [u8; CommitSign::LENGTH / 2],
    ) -> Poll<Option<Vec<(Arc<str>, Box<str>)>>> {
        self.engine().changed_between(from, to)
    }

    /// Ends the use of this handle and of all its clones; what they are asked from now on gives
    /// [`Error::Closed`]. Subscriptions and registrations end, too. Closing twice is no error.
    ///
    /// # Errors
    /// [`Error::CommitUnknown`] when deferred commits could not be made durable.
    pub fn close(&self) -> Result<()> {
        self.shared.grants.release_all();
        let closed = self.engine().close();
        let faults_closed = self.shared.faults.as_ref().map_or(Ok(()), fault::File::close);
        self.shared.bus.clear();
        self.shared.registrations.clear();
        closed.and(faults_closed)
    }

    /// Whether the handle was closed.
    pub fn is_closed(&self) -> bool {
        self.engine().is_closed()
    }
}

/// Runs `f` in one try after the other until it is committed.
fn run<T, E: From<Error>>(
    mut attempts: Attempts,
    mut f: impl FnMut(&Transaction) -> Result<T, E>,
) -> Result<T, E> {
    loop {
        let tx = attempts.begin()?;
        let value = match f(&tx) {
            Ok(value) => value,
            Err(error) => {
                let outlived = tx.is_outlived();
                tx.rollback();
                if outlived && attempts.again_after_conflict() {
                    continue;
                }
                return Err(error);
            }
        };
        match tx.commit() {
            Ok(_) => return Ok(value),
            Err(error) if attempts.again(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
