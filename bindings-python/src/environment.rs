//! Environments, of a store or of a transaction.

mod failure;
mod history;
mod lifecycle;
mod lock;
mod orchestrator;
mod record;
mod text;

use std::sync::Arc;

pub(crate) use failure::Failure;
pub(crate) use history::{HistoryEntry, InterruptedEnvironment, LockInfo, RecoveryGuide};
use lifecycle::Definition;
pub(crate) use lifecycle::Lifecycle;
pub(crate) use lock::EnvironmentLock;
pub(crate) use orchestrator::{CommandProgress, EnvironmentCommand, Orchestrator};
use pyo3::prelude::*;
pub(crate) use record::EnvironmentRecord;
use statehold::environment::At;
use statehold::{EnvironmentFilter, Error, TransitionOptions};
use text::State;

use crate::arg::{EnvironmentName, LifecycleName, List, Moment, Span, Ttl};
use crate::error::Result;
use crate::value::Terms;

/// The environments of a store or of a transaction: a record each, with a history and a lock. What writes raises
/// `LockedError` while somebody else holds the lock.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Environments {
    pub(crate) inner: statehold::Environments,
    pub(crate) terms: Arc<Terms>,
}

impl Environments {
    /// Another handle on the same.
    fn shared(&self) -> Self {
        Self { inner: self.inner.clone(), terms: self.terms.clone() }
    }

    fn record(&self, py: Python<'_>, record: statehold::EnvironmentRecord) -> Result<EnvironmentRecord> {
        EnvironmentRecord::of(py, record, Some(self))
    }

    fn load_by_name(&self, py: Python<'_>, name: &str) -> Result<EnvironmentRecord> {
        self.record(py, py.detach(|| self.inner.load(name))?)
    }

    fn save_record(&self, py: Python<'_>, record: &EnvironmentRecord) -> Result<EnvironmentRecord> {
        let record = record.core(py, &self.terms)?;
        self.record(py, py.detach(|| self.inner.save(&record))?)
    }
}

fn transition_options(
    py: Python<'_>,
    terms: &Terms,
    failure: Option<PyRef<'_, Failure>>,
    note: Option<String>,
    step: Option<String>,
) -> Result<TransitionOptions> {
    let mut options = TransitionOptions::new();
    options.failure = failure.map(|failure| failure.core(py, terms)).transpose()?;
    options.note = note;
    options.step = step;
    Ok(options)
}

#[pymethods]
impl Environments {
    /// Creates an environment in the initial state of a lifecycle. Once it returns, it is visible to everyone, and
    /// durable as the store demands. Raises `ConflictError` if the name is taken.
    #[pyo3(signature = (name, data, lifecycle = LifecycleName::DEPLOYMENT),
           text_signature = "($self, name, data, lifecycle='deployment')")]
    fn create(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        data: &Bound<'_, PyAny>,
        lifecycle: LifecycleName<'_>,
    ) -> Result<EnvironmentRecord> {
        let data = self.terms.json(data)?;
        self.record(py, py.detach(|| self.inner.create_with(&name, data, &lifecycle))?)
    }

    /// The record of an environment. Raises `NotFoundError` if there is none.
    fn load(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<EnvironmentRecord> {
        self.load_by_name(py, &name)
    }

    /// The record of an environment; None if there is none.
    fn find(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<Option<EnvironmentRecord>> {
        py.detach(|| self.inner.find(&name))?.map(|record| self.record(py, record)).transpose()
    }

    /// Whether there is an environment of this name.
    fn exists(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.exists(&name))?)
    }

    /// The environments, in the order of their names: all, or those in a state, or of a lifecycle.
    #[pyo3(signature = (*, state = None, lifecycle = None))]
    fn list(
        &self,
        py: Python<'_>,
        state: Option<State>,
        lifecycle: Option<LifecycleName<'_>>,
    ) -> Result<List<EnvironmentRecord>> {
        let mut filter = EnvironmentFilter::new();
        filter.state = state.map(|state| state.0);
        filter.lifecycle = lifecycle.map(|lifecycle| lifecycle.to_owned());
        let found = py.detach(|| self.inner.list_with(&filter))?;
        Ok(List(found.into_iter().map(|record| self.record(py, record)).collect::<Result<_>>()?))
    }

    /// Saves the data of a record over the record that it was loaded as, and returns it with the new revision. Raises
    /// `ConflictError` with both revisions if somebody else has written it since: load it again.
    fn save(&self, py: Python<'_>, environment: PyRef<'_, EnvironmentRecord>) -> Result<EnvironmentRecord> {
        self.save_record(py, &environment)
    }

    /// Takes an environment to another state of its lifecycle, and returns its record. The history has it, and the log:
    /// `statehold.environment`, at level info. Raises `InvalidTransitionError` with what is allowed. An error state
    /// needs a `failure`. `note` is for the history, `step` the first one of the command that begins; with
    /// `if_revision`: raises `ConflictError` if it is at another one.
    #[pyo3(signature = (name, to, *, failure = None, note = None, step = None, if_revision = None))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn transition(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        to: State,
        failure: Option<PyRef<'_, Failure>>,
        note: Option<String>,
        step: Option<String>,
        if_revision: Option<u64>,
    ) -> Result<EnvironmentRecord> {
        let mut options = transition_options(py, &self.terms, failure, note, step)?;
        options.if_revision = if_revision;
        self.record(py, py.detach(|| self.inner.transition_with(&name, &to.0, &options))?)
    }

    /// Notes a step of the command under way, for those who find it interrupted, and returns the record.
    fn set_step(&self, py: Python<'_>, name: EnvironmentName<'_>, step: &str) -> Result<EnvironmentRecord> {
        self.record(py, py.detach(|| self.inner.set_step(&name, step))?)
    }

    /// Sets the state of an environment right by hand, to any state of its lifecycle, and returns the record. The history
    /// has it as a recovery, with who did it and, as the `note` says, why. Raises `LockedError` while a holder that lives
    /// has the lock.
    fn recover(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        to: State,
        note: &str,
    ) -> Result<EnvironmentRecord> {
        self.record(py, py.detach(|| self.inner.recover(&name, &to.0, note))?)
    }

    /// Deletes the record of an environment, frees its lock, and returns whether there was one. Its history stays.
    fn delete(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.delete(&name))?)
    }

    /// All that has happened to a name, in order, also from before it was deleted. Raises `NotFoundError` if nothing
    /// has.
    fn history(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<List<HistoryEntry>> {
        let entries = py.detach(|| self.inner.history(&name))?;
        Ok(List(entries.into_iter().map(|entry| HistoryEntry::of(py, entry, self)).collect::<Result<_>>()?))
    }

    /// The record of an environment as it was after a revision or at a time, in seconds since 1970; None if there was
    /// none then.
    #[pyo3(signature = (name, *, revision = None, time = None))]
    fn at(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        revision: Option<u64>,
        time: Option<Moment>,
    ) -> Result<Option<EnvironmentRecord>> {
        let at = match (revision, time) {
            (Some(revision), None) => At::Revision(revision),
            (None, Some(time)) => At::Time(time.0),
            _ => {
                let reason = "say one of revision and time".to_owned();
                Err(Error::InvalidValue { path: "revision".to_owned(), reason })?
            }
        };
        py.detach(|| self.inner.at(&name, at))?.map(|record| self.record(py, record)).transpose()
    }

    /// The environments in a state in which a command is under way, while nobody who lives holds their lock: each was
    /// interrupted.
    fn interrupted(&self, py: Python<'_>) -> Result<List<InterruptedEnvironment>> {
        let found = py.detach(|| self.inner.interrupted())?.into_iter();
        Ok(List(found.map(|one| InterruptedEnvironment::of(py, one, self)).collect::<Result<_>>()?))
    }

    /// Takes the lock of an environment; waits for another holder for `timeout` seconds, then raises `LockedError` with
    /// who holds it. Once it returns, what others write is refused until the lock is released or its lease, `ttl`, is
    /// over without having been renewed. A lock whose holder is gone is taken over. If `reentrant`, it may be shared with
    /// who holds it through the same store object.
    #[pyo3(signature = (name, *, timeout = lock::TIMEOUT, ttl = None, purpose = None, reentrant = false),
           text_signature = "($self, name, *, timeout=10, ttl=None, purpose=None, reentrant=False)")]
    fn lock(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        timeout: Span,
        ttl: Option<Ttl>,
        purpose: Option<String>,
        reentrant: bool,
    ) -> Result<EnvironmentLock> {
        let options = lock::options(ttl, purpose, reentrant);
        let take = |most| self.inner.lock_with(&name, &options.clone().timeout(most));
        Ok(EnvironmentLock::new(lock::waiting(py, timeout, take)?, self))
    }

    /// Takes the lock if nobody holds it now, for asyncio.
    #[pyo3(name = "_try_lock", signature = (name, ttl, purpose, reentrant))]
    fn try_lock(
        &self,
        py: Python<'_>,
        name: EnvironmentName<'_>,
        ttl: Option<Ttl>,
        purpose: Option<String>,
        reentrant: bool,
    ) -> Result<EnvironmentLock> {
        let options = lock::options(ttl, purpose, reentrant).timeout(std::time::Duration::ZERO);
        Ok(EnvironmentLock::new(py.detach(|| self.inner.lock_with(&name, &options))?, self))
    }

    /// Who has the lock of an environment, or had it last; None if it was never taken.
    fn lock_info(&self, py: Python<'_>, name: EnvironmentName<'_>) -> Result<Option<LockInfo>> {
        Ok(py.detach(|| self.inner.lock_info(&name))?.map(LockInfo::from))
    }

    /// Frees the lock of an environment, whoever holds it: for a holder that is known to be gone where the store can't
    /// know. The token, from `lock_info`, says which grant is meant. The history has it.
    fn force_unlock(&self, py: Python<'_>, name: EnvironmentName<'_>, token: &str) -> Result<()> {
        Ok(py.detach(|| self.inner.force_unlock(&name, token))?)
    }

    /// The same environments for the holder of a lock: what it writes is written only while the lock has this token.
    fn with_token(&self, token: &str) -> Self {
        Self { inner: self.inner.with_token(token), terms: self.terms.clone() }
    }

    /// Registers a lifecycle, given as a `Lifecycle` or as a mapping of what it consists of, so that every process and
    /// language checks by it. The same once more is no error. Raises `ValidationError` with every rule that it breaks,
    /// `ConflictError` if environments follow another one of this name.
    fn register_lifecycle(&self, py: Python<'_>, lifecycle: Definition) -> Result<()> {
        Ok(py.detach(|| self.inner.register_lifecycle(&lifecycle.0))?)
    }

    /// A lifecycle by its name. Raises `NotFoundError` if none of this name is registered.
    fn lifecycle(&self, py: Python<'_>, name: LifecycleName<'_>) -> Result<Lifecycle> {
        Ok(py.detach(|| self.inner.lifecycle(&name))?.into())
    }

    /// Every lifecycle: the one that is built in, and those that were registered, in the order of their names.
    fn lifecycles(&self, py: Python<'_>) -> Result<List<Lifecycle>> {
        Ok(List(py.detach(|| self.inner.lifecycles())?.into_iter().map(Lifecycle::from).collect()))
    }
}
