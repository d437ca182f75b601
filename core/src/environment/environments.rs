//! The environments of a store, of a transaction, or in memory: what can be done with them.

use std::sync::Arc;

use super::buffered::Buffered;
use super::environment_name;
use super::history::{At, HistoryEntry, HistoryOperation};
use super::home::{After, Change, Home, RecordCheck, Seen, Stamp, Write};
use super::lifecycle::{DEPLOYMENT, Lifecycle, built_in};
use super::memory::Memory;
use super::options::{EnvironmentFilter, TransitionOptions};
use super::plan::{self, Access};
use super::record::EnvironmentRecord;
use super::stored::Stored;
use super::value::EnvironmentValue;
use crate::clock::Clock;
use crate::commit::Open;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;
use crate::store::Store;

/// How often a call looks again because others have moved what it looked at.
const ROUNDS: usize = 1_000;

/// The environments of a [`Store`], of a transaction, or in memory: a record each, with a history and a lock.
///
/// ```
/// use statehold::{Failure, FailureKind, Json, Store, TransitionOptions};
///
/// let environments = Store::open(":memory:")?.environments();
/// environments.create("web", Json::new(r#"{"size": 2}"#)?)?;
/// environments.transition("web", "provisioning")?;
/// let failure = Failure::new("apply", FailureKind::Timeout, "no answer within 300 s");
/// let options = TransitionOptions::new().failure(failure);
/// let web = environments.transition_with("web", "provision_failed", &options)?;
/// assert_eq!(web.last_success.as_deref(), Some("created"));
///
/// let error = environments.transition("web", "running").unwrap_err();
/// assert_eq!(error.code(), "INVALID_TRANSITION");
/// assert_eq!(environments.history("web")?.len(), 3);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Environments {
    pub(super) home: Arc<dyn Home>,
    /// With which the caller says that it holds the lock.
    pub(super) token: Option<Arc<str>>,
}

impl Environments {
    pub(crate) fn of_store(store: &Store) -> Self {
        Self { home: Arc::new(Stored { store: store.clone() }), token: None }
    }

    pub(crate) fn in_transaction(open: Arc<Open>) -> Self {
        Self { home: Arc::new(Buffered { open }), token: None }
    }

    /// New ones that are kept in memory only, on the machine's clock: to test an application without a file. Clones share
    /// them; they are gone with the last. All that holds of the environments of a store holds of them.
    ///
    /// ```
    /// use statehold::{Environments, Json};
    ///
    /// let environments = Environments::in_memory();
    /// environments.create("web", Json::new("{}")?)?;
    /// assert!(environments.exists("web")?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn in_memory() -> Self {
        Self::in_memory_with_clock(crate::clock::SystemClock)
    }

    /// As [`in_memory`](Self::in_memory), on a clock of one's own.
    pub fn in_memory_with_clock(clock: impl Clock) -> Self {
        Self { home: Arc::new(Memory::new(clock)), token: None }
    }

    /// The same environments for the holder of a lock: what it writes is written only while the lock has this token.
    /// [`EnvironmentLock::environments`](crate::EnvironmentLock::environments) gives them, too.
    pub fn with_token(&self, token: impl Into<Arc<str>>) -> Self {
        Self { home: self.home.clone(), token: Some(token.into()) }
    }

    /// Creates an environment of the deployment lifecycle, in the state `created`.
    ///
    /// # Errors
    /// As [`create_with`](Self::create_with).
    pub fn create(&self, name: &str, data: Json) -> Result<EnvironmentRecord> {
        self.create_with(name, data, DEPLOYMENT)
    }

    /// Creates an environment in the initial state of a lifecycle. Ok means visible to everyone, and durable as the store
    /// demands.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the name is taken; [`Error::NotFound`] for a lifecycle that isn't registered;
    /// [`Error::InvalidName`] for what can't be a name; [`Error::InvalidValue`] for data that is too large.
    pub fn create_with(&self, name: &str, data: Json, lifecycle: &str) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentCreate, || self.create_quietly(name, data, lifecycle))
    }

    fn create_quietly(&self, name: &str, data: Json, lifecycle: &str) -> Result<EnvironmentRecord> {
        self.check_data(&data)?;
        let name = environment_name(name)?;
        let (lifecycle, revision) = self.find_lifecycle(lifecycle)?;
        let creation = plan::create(&name, data, &lifecycle, self.home.now_ms()?);
        self.change(&name, |seen, access, _| {
            let found = seen.record.as_ref();
            Access::absent(&name, found)?;
            let mut write = access.write(&name, RecordCheck::At(0), seen, vec![creation.clone()]);
            write.lifecycle = revision.map(|revision| (lifecycle.name.as_str().into(), revision));
            Ok(Some(write))
        })
        .map(Changed::record)
    }

    /// The record of an environment.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub fn load(&self, name: &str) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentLoad, || self.look(name)?.ok_or_else(|| not_found(name)))
    }

    /// The record of an environment; none if there is none.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a name.
    pub fn find(&self, name: &str) -> Result<Option<EnvironmentRecord>> {
        self.operation(Operation::EnvironmentFind, || self.look(name))
    }

    fn look(&self, name: &str) -> Result<Option<EnvironmentRecord>> {
        Ok(self.home.see(&environment_name(name)?)?.record)
    }

    /// Whether there is an environment of this name.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a name.
    pub fn exists(&self, name: &str) -> Result<bool> {
        self.operation(Operation::EnvironmentExists, || Ok(self.look(name)?.is_some()))
    }

    /// All environments, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn list(&self) -> Result<Vec<EnvironmentRecord>> {
        self.list_with(&EnvironmentFilter::new())
    }

    /// The environments that pass a filter, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn list_with(&self, filter: &EnvironmentFilter) -> Result<Vec<EnvironmentRecord>> {
        self.operation(Operation::EnvironmentList, || {
            Ok(self.home.list(filter)?.into_iter().filter_map(|seen| seen.record).collect())
        })
    }

    /// Saves a value over the one that it was loaded as, and returns it with the new revision: its data, and the
    /// transitions that it has made since, each of which is checked and kept in the history. One that was never saved is
    /// created. It takes an [`Environment`](crate::Environment), an [`AnyEnvironment`](crate::AnyEnvironment) or an
    /// [`EnvironmentRecord`].
    ///
    /// ```
    /// use statehold::{Json, Store};
    ///
    /// let environments = Store::open(":memory:")?.environments();
    /// let mut one = environments.create("web", Json::new("1")?)?;
    /// let other = one.clone();
    /// one.data = Json::new("2")?;
    /// environments.save(&one)?;
    /// assert_eq!(environments.save(&other).unwrap_err().code(), "CONFLICT");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] with both revisions if somebody else has written it since: load it again.
    /// [`Error::InvalidTransition`] for a transition that the lifecycle doesn't have, [`Error::Locked`] while somebody
    /// else holds the lock, [`Error::NotFound`] if it was deleted.
    pub fn save<E: EnvironmentValue>(&self, environment: &E) -> Result<E> {
        E::from_record(self.save_record(environment.record())?)
    }

    pub(super) fn save_record(&self, given: &EnvironmentRecord) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentSave, || self.save_quietly(given))
    }

    fn save_quietly(&self, given: &EnvironmentRecord) -> Result<EnvironmentRecord> {
        self.check_data(&given.data)?;
        let name = environment_name(&given.name)?;
        self.change(&name, |seen, access, now_ms| {
            let stored = match &seen.record {
                Some(stored) => stored.clone(),
                None if given.revision != 0 => return Err(not_found(&name)),
                None => return self.create_as_made(&name, given, seen, access, now_ms).map(Some),
            };
            plan::expect(&name, given.revision, Some(&stored))?;
            let (lifecycle, _) = self.find_lifecycle(&stored.lifecycle)?;
            let changes = plan::save(&stored, given, &lifecycle)?;
            Ok(Some(access.write(&name, RecordCheck::At(stored.revision), seen, changes)))
        })
        .map(Changed::record)
    }

    /// Creates what was made as a value, with the transitions that it has made as one.
    fn create_as_made(
        &self,
        name: &Arc<str>,
        given: &EnvironmentRecord,
        seen: &Seen,
        access: Access,
        now_ms: i64,
    ) -> Result<Write> {
        let (lifecycle, revision) = self.find_lifecycle(&given.lifecycle)?;
        let creation = plan::create(name, given.data.clone(), &lifecycle, now_ms);
        let After::Record(created) = &creation.after else { unreachable!("a creation leaves a record") };
        let mut changes = plan::save(created, given, &lifecycle)?;
        changes.retain(|change| change.operation != HistoryOperation::Save);
        changes.insert(0, creation);
        let mut write = access.write(name, RecordCheck::At(0), seen, changes);
        write.lifecycle = revision.map(|revision| (lifecycle.name.as_str().into(), revision));
        Ok(write)
    }

    /// Takes an environment to another state of its lifecycle, and returns its record.
    ///
    /// # Errors
    /// As [`transition_with`](Self::transition_with).
    pub fn transition(&self, name: &str, to: &str) -> Result<EnvironmentRecord> {
        self.transition_with(name, to, &TransitionOptions::new())
    }

    /// Takes an environment to another state of its lifecycle, and returns its record. Ok means visible to everyone, and
    /// durable as the store demands; the history has it, and a line of the log at level info.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`] with what is allowed; [`Error::InvalidValue`] for an error state without a failure
    /// or a failure without an error state; [`Error::Locked`] while somebody else holds the lock; [`Error::Conflict`]
    /// if it is at another revision than asked for, or the lock was lost; [`Error::NotFound`] if there is none.
    pub fn transition_with(
        &self,
        name: &str,
        to: &str,
        options: &TransitionOptions,
    ) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentTransition, || {
            let name = environment_name(name)?;
            self.change_record(&name, |record, _| {
                if let Some(expected) = options.if_revision {
                    plan::expect(&name, expected, Some(record))?;
                }
                let (lifecycle, _) = self.find_lifecycle(&record.lifecycle)?;
                plan::transition(record, to, options.clone(), &lifecycle)
            })
        })
    }

    /// Notes a step of the command under way, for those who find it interrupted, and returns the record.
    ///
    /// # Errors
    /// [`Error::Locked`] while somebody else holds the lock; [`Error::NotFound`] if there is no such environment.
    pub fn set_step(&self, name: &str, step: &str) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentSetStep, || {
            let name = environment_name(name)?;
            self.change_record(&name, |record, _| plan::step(record, step))
        })
    }

    /// Sets the state of an environment right by hand, to any state of its lifecycle. The history has it as a recovery,
    /// with who did it and why. Of an error state it keeps the failure that was there, or makes one of the note.
    ///
    /// # Errors
    /// [`Error::Locked`] while a holder that lives has the lock; [`Error::InvalidTransition`] for no state of the
    /// lifecycle; [`Error::InvalidValue`] without a note; [`Error::NotFound`] if there is no such environment.
    pub fn recover(&self, name: &str, to: &str, note: &str) -> Result<EnvironmentRecord> {
        self.operation(Operation::EnvironmentRecover, || {
            let name = environment_name(name)?;
            self.change_record(&name, |record, now_ms| {
                let (lifecycle, _) = self.find_lifecycle(&record.lifecycle)?;
                plan::recover(record, to, note, &lifecycle, now_ms)
            })
        })
    }

    /// Deletes the record of an environment and frees its lock; returns whether there was one. Its history stays.
    ///
    /// # Errors
    /// [`Error::Locked`] while somebody else holds the lock.
    pub fn delete(&self, name: &str) -> Result<bool> {
        self.operation(Operation::EnvironmentDelete, || self.remove(name))
    }

    fn remove(&self, name: &str) -> Result<bool> {
        let name = environment_name(name)?;
        let changed = self.change(&name, |seen, access, _| {
            let Some(record) = &seen.record else { return Ok(None) };
            let deletion =
                Change { operation: HistoryOperation::Delete, from: None, note: None, after: After::Nothing };
            let mut write = access.write(&name, RecordCheck::At(record.revision), seen, vec![deletion]);
            if let Some(token) = seen.lock.as_ref().and_then(|lock| lock.token.clone()) {
                write.locking = super::home::Locking::Free { token };
            }
            Ok(Some(write))
        })?;
        Ok(changed.is_some())
    }

    /// All that has happened to a name, in order, also from before it was deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing has.
    pub fn history(&self, name: &str) -> Result<Vec<HistoryEntry>> {
        self.operation(Operation::EnvironmentHistory, || {
            let entries = self.home.history(&environment_name(name)?)?;
            if entries.is_empty() { Err(not_found(name)) } else { Ok(entries) }
        })
    }

    /// The record of an environment as it was at a revision or a time; none if there was none then.
    ///
    /// ```
    /// use statehold::{Json, Store};
    ///
    /// let environments = Store::open(":memory:")?.environments();
    /// let created = environments.create("web", Json::new("{}")?)?;
    /// environments.transition("web", "provisioning")?;
    /// let then = environments.at("web", created.revision)?.expect("it was there");
    /// assert_eq!(then.state, "created");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a name.
    pub fn at(&self, name: &str, at: impl Into<At>) -> Result<Option<EnvironmentRecord>> {
        self.operation(Operation::EnvironmentAt, || {
            Ok(self.home.at(&environment_name(name)?, at.into())?.and_then(|entry| entry.record))
        })
    }

    /// Registers a lifecycle, so that every process and language checks by it. The same definition once more is no error.
    ///
    /// # Errors
    /// [`Error::Validation`] with every rule that it breaks; [`Error::Conflict`] if environments follow another one of
    /// this name.
    pub fn register_lifecycle(&self, lifecycle: &Lifecycle) -> Result<()> {
        self.operation(Operation::EnvironmentRegisterLifecycle, || self.register(lifecycle))
    }

    fn register(&self, lifecycle: &Lifecycle) -> Result<()> {
        lifecycle.check()?;
        let in_use = || Error::Conflict {
            check: format!(
                "lifecycle {:?} is another one, and in use; register the new one under another name",
                lifecycle.name
            ),
            expected: None,
            found: None,
        };
        if let Some(known) = built_in(&lifecycle.name) {
            return if *known == *lifecycle { Ok(()) } else { Err(in_use()) };
        }
        for _ in 0..ROUNDS {
            let revision = match self.home.lifecycle(&lifecycle.name)? {
                Some((known, _)) if *known == *lifecycle => return Ok(()),
                Some((_, revision)) => revision,
                None => 0,
            };
            if self.home.is_followed(&lifecycle.name)? {
                return Err(in_use());
            }
            if self.home.register(lifecycle, revision)? {
                return Ok(());
            }
        }
        Err(restless(&lifecycle.name))
    }

    /// A lifecycle by its name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if none of this name is registered.
    pub fn lifecycle(&self, name: &str) -> Result<Lifecycle> {
        self.operation(Operation::EnvironmentLifecycle, || {
            Ok(Lifecycle::clone(&self.find_lifecycle(name)?.0))
        })
    }

    /// Every lifecycle: the one that is built in, and those that were registered, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn lifecycles(&self) -> Result<Vec<Lifecycle>> {
        self.operation(Operation::EnvironmentLifecycles, || self.known_lifecycles())
    }

    pub(super) fn known_lifecycles(&self) -> Result<Vec<Lifecycle>> {
        let mut all = self.home.lifecycles()?;
        all.push(Lifecycle::deployment().clone());
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// The effective time of the store.
    pub(super) fn now(&self) -> Result<std::time::SystemTime> {
        self.home.now_ms().map(crate::clock::from_ms)
    }

    /// Runs one of the public operations, as the faults of the store will have it.
    pub(super) fn operation<T>(&self, operation: Operation, run: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.home.gate() {
            Some(gate) => gate.operation(operation, run),
            None => run(),
        }
    }

    fn check_data(&self, data: &Json) -> Result<()> {
        let (size, most) = (data.as_str().len(), self.home.max_bytes());
        if size <= most {
            return Ok(());
        }
        Err(Error::value("$", format!("it has {size} bytes, the most is {most} (max_value_bytes)")))
    }

    /// A lifecycle, and its revision if it is a registered one.
    fn find_lifecycle(&self, name: &str) -> Result<(Arc<Lifecycle>, Option<u64>)> {
        if let Some(known) = built_in(name) {
            return Ok((known, None));
        }
        let found = self.home.lifecycle(name)?;
        let found = found.map(|(lifecycle, revision)| (lifecycle, Some(revision)));
        found.ok_or_else(|| Error::NotFound {
            what: "lifecycle",
            name: name.to_owned(),
            advice: "register it first".into(),
        })
    }

    /// Changes the record of a name in one way.
    fn change_record(
        &self,
        name: &Arc<str>,
        mut plan: impl FnMut(&EnvironmentRecord, i64) -> Result<Change>,
    ) -> Result<EnvironmentRecord> {
        self.change(name, |seen, access, now_ms| {
            let record = seen.record.as_ref().ok_or_else(|| not_found(name))?;
            let change = plan(record, now_ms)?;
            Ok(Some(access.write(name, RecordCheck::At(record.revision), seen, vec![change])))
        })
        .map(Changed::record)
    }

    /// Looks, plans, writes; and again, if something has moved in between.
    fn change(
        &self,
        name: &Arc<str>,
        mut plan: impl FnMut(&Seen, Access, i64) -> Result<Option<Write>>,
    ) -> Result<Option<(Write, Stamp)>> {
        for _ in 0..ROUNDS {
            let seen = self.home.see(name)?;
            let now_ms = self.home.now_ms()?;
            let access = Access::of(name, &seen, self.token.as_deref(), now_ms)?;
            let Some(write) = plan(&seen, access, now_ms)? else { return Ok(None) };
            if let Some(stamp) = self.home.write(write.clone())? {
                warn_of_take_over(&write);
                return Ok(Some((write, stamp)));
            }
        }
        Err(restless(name))
    }
}

/// Reading what a call has changed.
trait Changed {
    fn record(self) -> EnvironmentRecord;
}

impl Changed for Option<(Write, Stamp)> {
    fn record(self) -> EnvironmentRecord {
        self.and_then(|(write, stamp)| Write::record_after(&write.changes, stamp))
            .expect("the plan has changed the record")
    }
}

impl Access {
    /// That a name is free.
    fn absent(name: &str, found: Option<&EnvironmentRecord>) -> Result<()> {
        match found {
            None => Ok(()),
            Some(record) => Err(Error::Conflict {
                check: format!("environment {name:?} was expected to be absent, but it is there"),
                expected: Some(0),
                found: Some(record.revision).filter(|revision| *revision != 0),
            }),
        }
    }
}

/// Logs that a lock was taken from its holder, if it was.
pub(super) fn warn_of_take_over(write: &Write) {
    for change in write.changes.iter().filter(|change| change.operation == HistoryOperation::TakeOver) {
        let note = change.note.as_deref().unwrap_or_default();
        tracing::warn!(target: "statehold::environment", environment = &*write.name, "{note}");
    }
}

pub(super) fn not_found(name: &str) -> Error {
    Error::NotFound { what: "environment", name: name.to_owned(), advice: "create it first".into() }
}

/// That others kept on changing what a call looked at.
pub(super) fn restless(name: &str) -> Error {
    Error::Conflict {
        check: format!("{name:?} was changed by others each of {ROUNDS} times that this call looked at it"),
        expected: None,
        found: None,
    }
}

impl std::fmt::Debug for Environments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environments").field("with_token", &self.token.is_some()).finish_non_exhaustive()
    }
}
