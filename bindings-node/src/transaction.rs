//! Transactions and atomic commits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Error, Json};

use crate::case::cases;
use crate::environment::Environments;
use crate::error::envelope;
use crate::mock::MockCloud;
use crate::namespace::Namespace;
use crate::options::Setting;
use crate::plugin::{PluginStates, Saving};
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::store::namespace_options;
use crate::value::{Content, Given, count, time_ms, whole};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tries of a transaction: begin, work, commit, until the commit gives a receipt.
#[napi]
pub struct Attempts {
    inner: Arc<Mutex<statehold::Attempts>>,
    workers: Workers,
}

impl Attempts {
    pub(crate) fn new(inner: statehold::Attempts, workers: Workers) -> Self {
        Self { inner: Arc::new(Mutex::new(inner)), workers }
    }
}

#[napi]
impl Attempts {
    /// Begins the next try.
    #[napi]
    pub fn begin<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Transaction>> {
        let inner = self.inner.clone();
        let lane = Lane::Write(self.workers.clone());
        let workers = self.workers.clone();
        let work = move || Ok((lock(&inner).begin()?, workers));
        lane.answer(env, later, work, |(inner, workers)| Transaction { inner, workers })
    }

    /// Commits a try. Null: there was a conflict, try again.
    #[napi]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        transaction: &Transaction,
        later: bool,
    ) -> Result<Reply<'env, Option<Receipt>>> {
        let (inner, transaction) = (self.inner.clone(), transaction.inner.clone());
        let holds_lock = transaction.holds_lock();
        let work = move || match transaction.commit() {
            Ok(receipt) => Ok(Some(receipt)),
            Err(error) if lock(&inner).again(&error) => Ok(None),
            Err(error) => Err(error),
        };
        let lane = if holds_lock { Lane::First } else { Lane::Write };
        lane(self.workers.clone()).answer(env, later, work, |receipt| receipt.map(Receipt::from))
    }
}

/// A transaction.
#[napi]
pub struct Transaction {
    inner: statehold::Transaction,
    workers: Workers,
}

#[napi]
impl Transaction {
    /// A namespace inside of it.
    #[napi]
    pub fn namespace(&self, name: String, ttl_ms: Option<f64>, sliding: bool) -> Result<Namespace> {
        let inner = self.inner.namespace_with(&name, namespace_options(ttl_ms, sliding)?);
        Ok(Namespace::in_transaction(inner, self.writes()))
    }

    /// The states of all plugins inside of it.
    #[napi]
    pub fn plugin_states(&self) -> PluginStates {
        PluginStates::in_transaction(self.inner.plugin_states(), self.writes())
    }

    /// The environments inside of it.
    #[napi]
    pub fn environments(&self) -> Environments {
        Environments::in_transaction(self.inner.environments(), self.writes())
    }

    /// A mock cloud inside of it.
    #[napi]
    pub fn mock_cloud(&self, name: String) -> MockCloud {
        MockCloud::in_transaction(self.inner.mock_cloud(&name), &self.workers)
    }

    /// Marks a point to go back to.
    #[napi]
    pub fn mark(&self) -> Result<Mark> {
        let mark = self.inner.mark().map_err(|error| envelope(&error))?;
        Ok(Mark { inner: Mutex::new(Some(mark)) })
    }

    /// Undoes what was written since `mark`, which is used up.
    #[napi]
    pub fn undo_to(&self, mark: &Mark) -> Result<()> {
        let mark = lock(&mark.inner).take();
        mark.map_or(Ok(()), |mark| self.inner.undo_to(mark)).map_err(|error| envelope(&error))
    }

    /// Discards all of it.
    #[napi]
    pub fn rollback(&self) {
        self.inner.rollback();
    }
}

impl Transaction {
    /// What is written stays in memory until the commit.
    fn writes(&self) -> Lane {
        Lane::inside(&self.workers)
    }
}

cases!(Transaction);

/// A point in a transaction.
#[napi]
pub struct Mark {
    inner: Mutex<Option<statehold::Mark>>,
}

/// Proof of a commit.
#[napi(object)]
pub struct Receipt {
    /// The revision.
    pub revision: f64,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// The hash that chains the journal up to it.
    pub hash: String,
}

impl From<statehold::Receipt> for Receipt {
    fn from(receipt: statehold::Receipt) -> Self {
        let statehold::Receipt { revision, time, hash, .. } = receipt;
        Self { revision: count(revision), time_ms: time_ms(time), hash }
    }
}

/// Checks and mutations to be committed together.
#[napi]
pub struct Atomic {
    inner: Option<statehold::Atomic>,
    writes: Lane,
}

const USED: Error =
    Error::Closed { what: "the atomic commit", advice: "it was committed; make a new one with atomic()" };

impl Atomic {
    pub(crate) fn new(inner: statehold::Atomic, writes: Lane) -> Self {
        Self { inner: Some(inner), writes }
    }

    fn step(
        &mut self,
        step: impl FnOnce(statehold::Atomic) -> statehold::Result<statehold::Atomic>,
    ) -> Result<()> {
        let inner = self.inner.take().ok_or(USED).and_then(step);
        self.inner = Some(inner.map_err(|error| envelope(&error))?);
        Ok(())
    }
}

#[napi]
impl Atomic {
    /// The key must be at this revision; null: absent.
    #[napi]
    pub fn check(&mut self, namespace: String, key: String, revision: Option<f64>) -> Result<()> {
        let revision = revision.map(|revision| whole("revision", revision)).transpose();
        let revision = revision.map_err(|error| envelope(&error))?;
        self.step(|inner| Ok(inner.check(&namespace, &key, revision)))
    }

    /// Sets a key.
    #[napi]
    pub fn set(
        &mut self,
        namespace: String,
        key: String,
        value: Content,
        options: Option<Setting>,
    ) -> Result<()> {
        let given = Given::from(value).value().and_then(|value| Ok((value, Setting::options(options)?)));
        let (value, options) = given.map_err(|error| envelope(&error))?;
        self.step(|inner| Ok(inner.set_with(&namespace, &key, value, &options)))
    }

    /// Deletes a key.
    #[napi]
    pub fn delete(&mut self, namespace: String, key: String) -> Result<()> {
        self.step(|inner| Ok(inner.delete(&namespace, &key)))
    }

    /// Saves a plugin's state; `data` is JSON text.
    #[napi]
    pub fn save_plugin(&mut self, name: String, data: String, options: Option<Saving>) -> Result<()> {
        let given = Json::new(data).and_then(|data| Ok((data, Saving::options(options)?)));
        let (data, options) = given.map_err(|error| envelope(&error))?;
        self.step(|inner| Ok(inner.save_plugin(&name, data, &options)))
    }

    /// Commits all of it.
    #[napi]
    pub fn commit<'env>(&mut self, env: &'env Env, later: bool) -> Result<Reply<'env, Receipt>> {
        let inner = self.inner.take();
        let work = move || inner.ok_or(USED)?.commit();
        self.writes.answer(env, later, work, Receipt::from)
    }
}
