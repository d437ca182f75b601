//! How a call is made: plain data with builder methods.

use std::time::Duration;

use super::write::Expiry;
use crate::error::{Error, Result};
use crate::limits::check_ttl;

/// Defaults of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NamespaceOptions {
    /// The TTL of keys that are set without one.
    pub ttl: Option<Duration>,
    /// Whether `get`, `entry` and `batch_get` renew a key's TTL: it starts anew with its full length.
    pub sliding: bool,
}

impl NamespaceOptions {
    /// No default TTL, not sliding.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`ttl`](Self::ttl).
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets [`sliding`](Self::sliding).
    pub fn sliding(mut self, sliding: bool) -> Self {
        self.sliding = sliding;
        self
    }

    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        self.ttl_ms().map(|_| ())
    }

    #[inline]
    pub(crate) fn ttl_ms(&self) -> Result<Option<i64>> {
        self.ttl.map(check_ttl).transpose()
    }
}

/// What must be true of a key for it to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// Nothing.
    #[default]
    Always,
    /// It is absent.
    Absent,
    /// It is present.
    Present,
    /// It is at this revision; 0: absent.
    Revision(u64),
}

/// How a key is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SetOptions {
    /// After how long it expires; never if none, unless the namespace has a default.
    pub ttl: Option<Duration>,
    /// Whether a key that is there keeps its expiry.
    pub keep_ttl: bool,
    /// What must be true for it to be set.
    pub condition: Condition,
}

impl SetOptions {
    /// No TTL, no condition.
    pub fn new() -> Self {
        Self::default()
    }

    /// The key expires after `ttl`.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// A key that is there keeps its expiry.
    pub fn keep_ttl(mut self) -> Self {
        self.keep_ttl = true;
        self
    }

    /// Only if the key is absent.
    pub fn only_if_absent(mut self) -> Self {
        self.condition = Condition::Absent;
        self
    }

    /// Only if the key is present.
    pub fn only_if_present(mut self) -> Self {
        self.condition = Condition::Present;
        self
    }

    /// Only if the key is at this revision; 0: absent.
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.condition = Condition::Revision(revision);
        self
    }

    /// The options with at most one of the conditions, as the bindings get them.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for more than one.
    pub fn with_conditions(mut self, absent: bool, present: bool, revision: Option<u64>) -> Result<Self> {
        self.condition = match (absent, present, revision) {
            (false, false, None) => Condition::Always,
            (true, false, None) => Condition::Absent,
            (false, true, None) => Condition::Present,
            (false, false, Some(revision)) => Condition::Revision(revision),
            _ => {
                let reason =
                    "only_if_absent, only_if_present and if_revision exclude each other; give one of them";
                return Err(Error::value("only_if_absent", reason));
            }
        };
        Ok(self)
    }

    pub(crate) fn expiry(&self, defaults: &NamespaceOptions) -> Result<Expiry> {
        if self.keep_ttl && self.ttl.is_some() {
            return Err(Error::value("keep_ttl", "ttl and keep_ttl exclude each other; give one of them"));
        }
        let ttl = self.ttl.or(defaults.ttl).map(check_ttl).transpose()?;
        Ok(match (self.keep_ttl, ttl) {
            (true, ttl) => Expiry::Keep(ttl),
            (false, Some(ttl)) => Expiry::After(ttl),
            (false, None) => Expiry::Never,
        })
    }
}

/// Which keys are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// At most so many.
    pub limit: Option<usize>,
    /// Only those that come after this key (before it, in reverse), whether it is there or not.
    pub start_after: Option<String>,
    /// From the last to the first.
    pub reverse: bool,
}

impl ListOptions {
    /// All, from the first to the last.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`limit`](Self::limit).
    pub fn limit(mut self, most: usize) -> Self {
        self.limit = Some(most);
        self
    }

    /// Sets [`start_after`](Self::start_after).
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.start_after = Some(key.into());
        self
    }

    /// Sets [`reverse`](Self::reverse).
    pub fn reverse(mut self, reverse: bool) -> Self {
        self.reverse = reverse;
        self
    }
}
