//! How a call is made: plain data with builder methods.

use std::time::Duration;

use super::failure::Failure;

/// How a transition is made.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct TransitionOptions {
    /// Why it failed: needed for an error state, refused for others.
    pub failure: Option<Failure>,
    /// What to say about it in the history.
    pub note: Option<String>,
    /// The first step of the command that begins.
    pub step: Option<String>,
    /// The revision that the record must be at.
    pub if_revision: Option<u64>,
}

impl TransitionOptions {
    /// Nothing said, no condition.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`failure`](Self::failure).
    pub fn failure(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// Sets [`note`](Self::note).
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets [`step`](Self::step).
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.step = Some(step.into());
        self
    }

    /// Sets [`if_revision`](Self::if_revision).
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.if_revision = Some(revision);
        self
    }
}

/// Which environments are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EnvironmentFilter {
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those that follow this lifecycle.
    pub lifecycle: Option<String>,
}

impl EnvironmentFilter {
    /// All.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`state`](Self::state).
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Sets [`lifecycle`](Self::lifecycle).
    pub fn lifecycle(mut self, lifecycle: impl Into<String>) -> Self {
        self.lifecycle = Some(lifecycle.into());
        self
    }
}

/// How a lock is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockOptions {
    /// How long to wait for another holder; 10 s unless set.
    pub timeout: Duration,
    /// The lease: a holder that does not renew it for so long has lost the lock, even if it lives. The guard renews it
    /// in the background. None unless set: only a holder that is gone has lost the lock.
    pub ttl: Option<Duration>,
    /// What the lock is for, for those who find it taken.
    pub purpose: Option<String>,
    /// Whether a lock that another guard of this store handle holds may be shared; not unless set.
    pub reentrant: bool,
}

impl Default for LockOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), ttl: None, purpose: None, reentrant: false }
    }
}

impl LockOptions {
    /// Waits for 10 s, no lease.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`timeout`](Self::timeout); zero: don't wait.
    pub fn timeout(mut self, most: Duration) -> Self {
        self.timeout = most;
        self
    }

    /// Sets [`ttl`](Self::ttl).
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets [`purpose`](Self::purpose).
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Sets [`reentrant`](Self::reentrant).
    pub fn reentrant(mut self, reentrant: bool) -> Self {
        self.reentrant = reentrant;
        self
    }
}

impl EnvironmentFilter {
    pub(super) fn passes(&self, record: &super::EnvironmentRecord) -> bool {
        self.state.as_ref().is_none_or(|state| *state == record.state)
            && self.lifecycle.as_ref().is_none_or(|lifecycle| *lifecycle == record.lifecycle)
    }
}
