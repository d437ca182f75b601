//! Locks: one holder of an environment at a time, over threads, processes and languages.

mod grant;
mod identity;
mod row;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use self::grant::Grant;
pub(crate) use self::grant::Grants;
pub(super) use self::identity::Holder;
pub use self::row::LockInfo;
pub(super) use self::row::{LockRow, Standing};
use super::buffered::outside;
use super::environment_name;
use super::environments::{Environments, not_found, warn_of_take_over};
use super::history::HistoryOperation;
use super::home::{After, Change, LockCheck, Locking, RecordCheck, Write};
use super::options::{LockOptions, TransitionOptions};
use super::record::EnvironmentRecord;
use super::value::EnvironmentValue;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::{hex, random_id};
use crate::limits::{TEXT_BYTES, check_text, check_ttl};

/// How long a waiter pauses between two looks, at first and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(10);

/// The lock of an environment, held: nobody else can write its record. It is released when the guard is dropped or the
/// store closed, and when the process ends in whatever way; with a lease (`ttl`) a thread renews it meanwhile.
///
/// A process that is only stopped keeps its lock, unless the lease ends. A child made by `fork` inherits no lock.
///
/// ```
/// use std::time::Duration;
/// use statehold::{Json, LockOptions, Store};
///
/// let environments = Store::open(":memory:")?.environments();
/// environments.create("web", Json::new("{}")?)?;
/// let lock = environments.lock_with("web", &LockOptions::new().purpose("deploy"))?;
///
/// // Others can't write, and are told why.
/// let error = environments.transition("web", "provisioning").unwrap_err();
/// assert_eq!(error.code(), "LOCKED");
/// let busy = environments.lock_with("web", &LockOptions::new().timeout(Duration::ZERO));
/// assert_eq!(busy.unwrap_err().code(), "LOCKED");
///
/// lock.transition("provisioning")?;
/// drop(lock);
/// environments.transition("web", "provisioned")?;
/// # Ok::<(), statehold::Error>(())
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct EnvironmentLock {
    grant: Arc<Grant>,
    environments: Environments,
    released: AtomicBool,
}

impl EnvironmentLock {
    fn new(grant: Arc<Grant>, environments: &Environments) -> Self {
        let environments = environments.with_token(grant.token());
        Self { grant, environments, released: AtomicBool::new(false) }
    }

    /// The environment that is locked.
    pub fn name(&self) -> &str {
        self.grant.name()
    }

    /// Names this grant. Whoever has it can write as the holder does, by [`Environments::with_token`].
    pub fn token(&self) -> &str {
        self.grant.token()
    }

    /// The number of this grant, greater than that of any before. Hand it to whatever else the holder writes to, so that
    /// it can refuse one that comes late.
    pub fn fencing(&self) -> u64 {
        self.grant.fencing()
    }

    /// Whether the lock is still held under this grant.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn is_held(&self) -> Result<bool> {
        self.environments.operation(Operation::EnvironmentIsHeld, || {
            Ok(!self.released.load(Ordering::Acquire) && self.grant.is_held()?)
        })
    }

    /// The environments, for the holder: what is written to this one is written only while the lock is held.
    pub fn environments(&self) -> &Environments {
        &self.environments
    }

    /// As [`Environments::load`] of the environment that is locked.
    ///
    /// # Errors
    /// As there.
    pub fn load(&self) -> Result<EnvironmentRecord> {
        self.environments.load(self.name())
    }

    /// As [`Environments::transition`] of the environment that is locked.
    ///
    /// # Errors
    /// As there; [`Error::Conflict`] or [`Error::Locked`] if the lock was lost.
    pub fn transition(&self, to: &str) -> Result<EnvironmentRecord> {
        self.environments.transition(self.name(), to)
    }

    /// As [`Environments::transition_with`] of the environment that is locked.
    ///
    /// # Errors
    /// As there; [`Error::Conflict`] or [`Error::Locked`] if the lock was lost.
    pub fn transition_with(&self, to: &str, options: &TransitionOptions) -> Result<EnvironmentRecord> {
        self.environments.transition_with(self.name(), to, options)
    }

    /// As [`Environments::save`].
    ///
    /// # Errors
    /// As there; [`Error::Conflict`] or [`Error::Locked`] if the lock was lost.
    pub fn save<E: EnvironmentValue>(&self, environment: &E) -> Result<E> {
        self.environments.save(environment)
    }

    /// As [`Environments::set_step`] of the environment that is locked.
    ///
    /// # Errors
    /// As there; [`Error::Conflict`] or [`Error::Locked`] if the lock was lost.
    pub fn set_step(&self, step: &str) -> Result<EnvironmentRecord> {
        self.environments.set_step(self.name(), step)
    }

    /// Releases the lock, and tells whether it was still held. Doing it twice is no error. A guard that shares a lock gives
    /// up its share; the last one releases it.
    ///
    /// # Errors
    /// Those of a commit; then the lock is still held, and released with another try or with the process.
    pub fn release(&self) -> Result<bool> {
        self.environments.operation(Operation::EnvironmentRelease, || self.release_quietly())
    }

    fn release_quietly(&self) -> Result<bool> {
        if self.released.swap(true, Ordering::AcqRel) {
            return Ok(false);
        }
        self.grant.give_up_share().inspect_err(|_| self.released.store(false, Ordering::Release))
    }
}

impl Drop for EnvironmentLock {
    fn drop(&mut self) {
        if let Err(error) = self.release_quietly() {
            tracing::warn!(target: "statehold::environment", environment = self.name(), %error, "a lock could not be released; it is free once this process has ended or its lease is over");
        }
    }
}

impl std::fmt::Debug for EnvironmentLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvironmentLock")
            .field("name", &self.name())
            .field("fencing", &self.fencing())
            .finish_non_exhaustive()
    }
}

impl Environments {
    /// Takes the lock of an environment, waiting up to 10 s for another holder.
    ///
    /// # Errors
    /// As [`lock_with`](Self::lock_with).
    pub fn lock(&self, name: &str) -> Result<EnvironmentLock> {
        self.lock_with(name, &LockOptions::new())
    }

    /// Takes the lock of an environment. Ok means that nobody else holds it, in any process, and that what others write
    /// is refused until the guard is dropped or its lease is over. A lock whose holder is gone is taken over, which the
    /// log and the history tell.
    ///
    /// # Errors
    /// [`Error::Locked`] with the holder, if it was not free in time; [`Error::NotFound`] if there is no such
    /// environment; [`Error::InvalidValue`] for a lease of 0, and inside of a transaction.
    pub fn lock_with(&self, name: &str, options: &LockOptions) -> Result<EnvironmentLock> {
        self.operation(Operation::EnvironmentLock, || self.take_lock(name, options))
    }

    fn take_lock(&self, name: &str, options: &LockOptions) -> Result<EnvironmentLock> {
        let name = environment_name(name)?;
        let Some(grants) = self.home.grants() else { return Err(outside("a lock is taken")) };
        let ttl_ms = options.ttl.map(check_ttl).transpose()?;
        check_text("purpose", options.purpose.as_deref(), TEXT_BYTES)?;
        if options.reentrant
            && let Some(grant) = grants.share(&name)
        {
            return Ok(EnvironmentLock::new(grant, self));
        }
        if self.home.see(&name)?.record.is_none() {
            return Err(not_found(&name));
        }
        let deadline = Instant::now().checked_add(options.timeout);
        let mut pause = SHORTEST;
        loop {
            let seen = self.home.see_lock(&name)?;
            let standing = match &seen {
                None => Standing::Free,
                Some(row) => row.standing(self.home.now_ms()?),
            };
            if standing != Standing::Held {
                let write = taking(&name, seen.as_ref(), standing, options, ttl_ms);
                if let Some(stamp) = self.home.write(write.clone())? {
                    warn_of_take_over(&write);
                    let Locking::Take { token, .. } = write.locking else {
                        unreachable!("it takes the lock")
                    };
                    let grant = Grant::new(self.home.clone(), name, token, stamp.fencing, ttl_ms);
                    grants.add(&grant);
                    return Ok(EnvironmentLock::new(grant, self));
                }
                // Another was quicker, or the environment is gone.
                if self.home.see(&name)?.record.is_none() {
                    return Err(not_found(&name));
                }
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                match self.home.see_lock(&name)?.filter(|row| row.token.is_some()) {
                    Some(row) => return Err(row.locked(&name)),
                    // Free by now, after all.
                    None => continue,
                }
            }
            if standing == Standing::Held {
                std::thread::sleep(left.map_or(pause, |left| left.min(pause)));
                pause = (pause * 2).min(LONGEST);
            }
        }
    }

    /// Who has the lock of an environment, or had it last; none if it was never taken.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a name.
    pub fn lock_info(&self, name: &str) -> Result<Option<LockInfo>> {
        self.operation(Operation::EnvironmentLockInfo, || {
            let name = environment_name(name)?;
            let row = self.home.see_lock(&name)?;
            let now_ms = self.home.now_ms()?;
            Ok(row.map(|row| row.info(&name, now_ms)))
        })
    }

    /// Frees the lock of an environment, whoever holds it: for a holder that is known to be gone where the store can't
    /// know. The token, from [`lock_info`](Self::lock_info), says which grant is meant. What that holder writes is refused
    /// from now on; the history has it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nobody holds the lock; [`Error::Conflict`] if it is held under another token by now.
    pub fn force_unlock(&self, name: &str, token: &str) -> Result<()> {
        self.operation(Operation::EnvironmentForceUnlock, || self.free_by_force(name, token))
    }

    fn free_by_force(&self, name: &str, token: &str) -> Result<()> {
        let name = environment_name(name)?;
        if self.home.grants().is_none() {
            return Err(outside("a lock is freed"));
        }
        loop {
            let row = self.home.see_lock(&name)?.filter(|row| row.token.is_some());
            let row = row.ok_or_else(|| Error::NotFound {
                what: "held lock of environment",
                name: name.to_string(),
                advice: "it is free".into(),
            })?;
            if row.token.as_deref() != Some(token) {
                return Err(Error::Conflict {
                    check: format!(
                        "the lock of environment {name:?} is held under another token, since another process has taken it"
                    ),
                    expected: None,
                    found: Some(row.fencing),
                });
            }
            let Holder { process, host, user } = &row.holder;
            let freed = Change {
                operation: HistoryOperation::ForceUnlock,
                from: None,
                note: Some(format!("the lock of process {} of {user} on {host} was freed", process.pid)),
                after: After::Unchanged,
            };
            let write = Write {
                name: name.clone(),
                record: RecordCheck::Any,
                lock: LockCheck::Held(row.fencing),
                lifecycle: None,
                locking: Locking::Free { token: token.to_owned() },
                changes: vec![freed],
                entered_ms: None,
            };
            if self.home.write(write)?.is_some() {
                tracing::warn!(target: "statehold::environment", environment = &*name, pid = process.pid, host, "a lock was freed by force");
                return Ok(());
            }
        }
    }
}

/// What takes a lock that is free, or whose holder has lost it.
fn taking(
    name: &Arc<str>,
    seen: Option<&LockRow>,
    standing: Standing,
    options: &LockOptions,
    ttl_ms: Option<i64>,
) -> Write {
    let held = seen.filter(|row| row.token.is_some());
    let lock = match (held, standing) {
        (None, _) => LockCheck::Held(0),
        (Some(row), Standing::Expired) => LockCheck::Expired(row.fencing),
        (Some(row), _) => LockCheck::Held(row.fencing),
    };
    let taken = held.map(|row| Change {
        operation: HistoryOperation::TakeOver,
        from: None,
        note: Some(row.taken_because(standing)),
        after: After::Unchanged,
    });
    Write {
        name: name.clone(),
        record: RecordCheck::Present,
        lock,
        lifecycle: None,
        locking: Locking::Take {
            token: hex(&random_id()),
            purpose: options.purpose.clone(),
            holder: Holder::own(),
            ttl_ms,
        },
        changes: taken.into_iter().collect(),
        entered_ms: None,
    }
}
