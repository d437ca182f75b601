//! Environments: of a store or of a transaction.

mod lock;
mod record;
mod run;

use napi::bindgen_prelude::{ClassInstance, Either};
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{EnvironmentFilter, Json, Lifecycle, Orchestrator};

use self::lock::{EnvironmentLock, Locking};
use self::record::{EnvironmentRecord, HistoryEntry, InterruptedEnvironment, LockInfo, Transitioning};
use self::run::{Commanding, Run};
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::value::{time_of, whole};

/// The environments of a store or of a transaction, for anybody or for the holder of a lock.
#[napi]
pub struct Environments {
    inner: statehold::Environments,
    writes: Lane,
}

impl Environments {
    pub(crate) fn of_store(inner: statehold::Environments, workers: &Workers) -> Self {
        Self { inner, writes: Lane::Write(workers.clone()) }
    }

    pub(crate) fn in_transaction(inner: statehold::Environments, writes: Lane) -> Self {
        Self { inner, writes }
    }
}

/// Which environments are listed.
#[napi(object)]
pub struct EnvironmentListing {
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those of this lifecycle.
    pub lifecycle: Option<String>,
}

impl EnvironmentListing {
    fn filter(given: Option<Self>) -> EnvironmentFilter {
        let mut filter = EnvironmentFilter::new();
        if let Some(given) = given {
            (filter.state, filter.lifecycle) = (given.state, given.lifecycle);
        }
        filter
    }
}

/// A revision.
#[napi(object)]
pub struct AtRevision {
    /// The revision.
    pub revision: f64,
}

/// A time.
#[napi(object)]
pub struct AtTime {
    /// In milliseconds since 1970.
    pub time_ms: f64,
}

fn records(found: Vec<statehold::EnvironmentRecord>) -> Vec<EnvironmentRecord> {
    found.into_iter().map(EnvironmentRecord::from).collect()
}

#[napi]
impl Environments {
    /// The same for the holder of a lock.
    #[napi]
    pub fn with_token(&self, token: String) -> Self {
        Self { inner: self.inner.with_token(token), writes: self.writes.clone() }
    }

    /// Creates an environment; `data` is JSON text.
    #[napi]
    pub fn create<'env>(
        &self,
        env: &'env Env,
        name: String,
        data: String,
        lifecycle: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        let work = move || match lifecycle {
            Some(lifecycle) => inner.create_with(&name, Json::new(data)?, &lifecycle),
            None => inner.create(&name, Json::new(data)?),
        };
        self.writes.answer(env, later, work, EnvironmentRecord::from)
    }

    /// The record of an environment.
    #[napi]
    pub fn load<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.load(&name), EnvironmentRecord::from)
    }

    /// The same, if there is one.
    #[napi]
    pub fn find<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, Option<EnvironmentRecord>>> {
        let inner = self.inner.clone();
        let show = |found: Option<statehold::EnvironmentRecord>| found.map(EnvironmentRecord::from);
        self.writes.reads().answer(env, later, move || inner.find(&name), show)
    }

    /// Whether there is one.
    #[napi]
    pub fn exists<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.exists(&name), |exists| exists)
    }

    /// The environments.
    #[napi]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        options: Option<EnvironmentListing>,
        later: bool,
    ) -> Result<Reply<'env, Vec<EnvironmentRecord>>> {
        let inner = self.inner.clone();
        let work = move || inner.list_with(&EnvironmentListing::filter(options));
        self.writes.reads().answer(env, later, work, records)
    }

    /// Saves a record with other data, which is JSON text.
    #[napi]
    pub fn save<'env>(
        &self,
        env: &'env Env,
        record: ClassInstance<'env, EnvironmentRecord>,
        data: String,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let (inner, mut record) = (self.inner.clone(), record.inner.clone());
        let work = move || {
            record.data = Json::new(data)?;
            inner.save(&record)
        };
        self.writes.answer(env, later, work, EnvironmentRecord::from)
    }

    /// Takes an environment to another state.
    #[napi]
    pub fn transition<'env>(
        &self,
        env: &'env Env,
        name: String,
        to: String,
        options: Option<Transitioning>,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        let work = move || inner.transition_with(&name, &to, &Transitioning::options(options)?);
        self.writes.answer(env, later, work, EnvironmentRecord::from)
    }

    /// Notes a step.
    #[napi]
    pub fn set_step<'env>(
        &self,
        env: &'env Env,
        name: String,
        step: String,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.set_step(&name, &step), EnvironmentRecord::from)
    }

    /// Sets the state right by hand.
    #[napi]
    pub fn recover<'env>(
        &self,
        env: &'env Env,
        name: String,
        to: String,
        note: String,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentRecord>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.recover(&name, &to, &note), EnvironmentRecord::from)
    }

    /// Deletes the record of an environment.
    #[napi]
    pub fn delete<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.delete(&name), |deleted| deleted)
    }

    /// What has happened to it.
    #[napi]
    pub fn history<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, Vec<HistoryEntry>>> {
        let inner = self.inner.clone();
        let show = |found: Vec<statehold::HistoryEntry>| found.into_iter().map(HistoryEntry::from).collect();
        self.writes.reads().answer(env, later, move || inner.history(&name), show)
    }

    /// The record as it was.
    #[napi]
    pub fn at<'env>(
        &self,
        env: &'env Env,
        name: String,
        at: Either<AtRevision, AtTime>,
        later: bool,
    ) -> Result<Reply<'env, Option<EnvironmentRecord>>> {
        let inner = self.inner.clone();
        let show = |found: Option<statehold::EnvironmentRecord>| found.map(EnvironmentRecord::from);
        let work = move || match at {
            Either::A(at) => inner.at(&name, whole("revision", at.revision)?),
            Either::B(at) => inner.at(&name, time_of("timeMs", at.time_ms)?),
        };
        self.writes.reads().answer(env, later, work, show)
    }

    /// Those whose command was interrupted.
    #[napi]
    pub fn interrupted<'env>(
        &self,
        env: &'env Env,
        later: bool,
    ) -> Result<Reply<'env, Vec<InterruptedEnvironment>>> {
        let inner = self.inner.clone();
        let show = |found: Vec<statehold::InterruptedEnvironment>| {
            found.into_iter().map(InterruptedEnvironment::from).collect()
        };
        self.writes.reads().answer(env, later, move || inner.interrupted(), show)
    }

    /// Registers a lifecycle, given as JSON text.
    #[napi]
    pub fn register_lifecycle<'env>(
        &self,
        env: &'env Env,
        definition: String,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || inner.register_lifecycle(&Lifecycle::parse(&definition)?);
        self.writes.answer(env, later, work, |()| ())
    }

    /// A lifecycle, as JSON text.
    #[napi]
    pub fn lifecycle<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, String>> {
        let inner = self.inner.clone();
        let show = |lifecycle: Lifecycle| lifecycle.to_json().into_string();
        self.writes.reads().answer(env, later, move || inner.lifecycle(&name), show)
    }

    /// All lifecycles, as JSON texts.
    #[napi]
    pub fn lifecycles<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Vec<String>>> {
        let inner = self.inner.clone();
        let show = |all: Vec<Lifecycle>| all.iter().map(|one| one.to_json().into_string()).collect();
        self.writes.reads().answer(env, later, move || inner.lifecycles(), show)
    }

    /// Takes a lock. Asked `later` it does not wait for it, but rejects at once.
    #[napi]
    pub fn lock<'env>(
        &self,
        env: &'env Env,
        name: String,
        options: Option<Locking>,
        later: bool,
    ) -> Result<Reply<'env, EnvironmentLock>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || Ok((inner.lock_with(&name, &Locking::options(options, later)?)?, writes));
        self.writes.answer(env, later, work, EnvironmentLock::new)
    }

    /// Who has a lock.
    #[napi]
    pub fn lock_info<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, Option<LockInfo>>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(
            env,
            later,
            move || inner.lock_info(&name),
            |info| info.map(LockInfo::from),
        )
    }

    /// Frees the lock of another.
    #[napi]
    pub fn force_unlock<'env>(
        &self,
        env: &'env Env,
        name: String,
        token: String,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.force_unlock(&name, &token), |()| ())
    }

    /// Takes the lock of an environment and begins a command on it, as `lock` does.
    #[napi]
    pub fn begin_run<'env>(
        &self,
        env: &'env Env,
        name: String,
        command: Commanding,
        options: Option<Locking>,
        later: bool,
    ) -> Result<Reply<'env, Run>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || {
            let orchestrator = Orchestrator::new(&inner).lock_options(Locking::options(options, later)?);
            Ok((orchestrator.begin(&name, &command.into())?, writes))
        };
        self.writes.answer(env, later, work, Run::new)
    }
}
