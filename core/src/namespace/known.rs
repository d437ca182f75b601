//! What can be told of a key at once. The bindings ask this before they let go of what others need, Python's interpreter
//! lock or the event loop, since a look in memory takes less time than that.

use super::Namespace;
use super::cached::{HEAD, JSON, VALUE, lives, row, times};
use super::scope::Scope;
use crate::store::Store;
use crate::value::{Entry, Stored, Times};

/// A value as it lies in memory.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept<'a> {
    /// A JSON text, in UTF-8.
    Json(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Kept<'a> {
    /// None if only the times were kept.
    fn of(body: &'a [u8]) -> Option<Self> {
        let bytes = &body[HEAD..];
        match body[0] & (VALUE | JSON) {
            0 => None,
            VALUE => Some(Self::Bytes(bytes)),
            _ => Some(Self::Json(bytes)),
        }
    }
}

impl Namespace {
    /// What `read` makes of a key's value, or that there is none, if that can be told from memory without waiting for
    /// anything; otherwise none, also for what [`get_value`](Self::get_value) would refuse. `read` holds up others who look
    /// something up, so it should do no more than copy; it must not use the store.
    ///
    /// ```
    /// use statehold::Kept;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &[1])?;
    /// let known = || ns.known_value("k", |kept| matches!(kept, Kept::Json(b"[1]")));
    /// assert_eq!(known(), None);
    /// ns.get_value("k")?;
    /// assert_eq!(known(), Some(Some(true)));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    #[doc(hidden)]
    #[inline]
    #[allow(clippy::option_option)] // nothing may be known, and that there is nothing
    pub fn known_value<R>(&self, key: &str, read: impl FnOnce(Kept<'_>) -> R) -> Option<Option<R>> {
        let with_times = |body: Option<&[u8]>| {
            let Some(body) = body else { return Some(None) };
            Some(Some((times(body), read(Kept::of(body)?))))
        };
        Some(self.known(key, with_times, |(times, _)| *times)?.map(|(_, read)| read))
    }

    /// As [`entry`](Self::entry), if that can be told at once.
    #[doc(hidden)]
    #[allow(clippy::option_option)]
    pub fn known_entry(&self, key: &str) -> Option<Option<Entry>> {
        Some(self.known(key, row, |stored: &Stored| stored.times)?.map(Entry::from))
    }

    /// As [`exists`](Self::exists), if that can be told at once.
    #[doc(hidden)]
    pub fn known_to_exist(&self, key: &str) -> Option<bool> {
        let found = self.known(key, |body| Some(body.map(times)), |times: &Times| *times)?;
        Some(found.is_some())
    }

    #[inline]
    #[allow(clippy::option_option)]
    pub(super) fn known<R>(
        &self,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<Option<R>>,
        times: impl FnOnce(&R) -> Times,
    ) -> Option<Option<R>> {
        let store = self.at_hand()?;
        let found = store.shared().engine.glance(&self.name, key, read)?;
        Some(found.filter(|found| lives(store, &times(found))))
    }

    /// The store, if nothing but what it holds decides what a read gives: a transaction notes what it has read, faults
    /// count the call, and a sliding namespace renews what it finds. What can't be a name was never kept.
    pub(super) fn at_hand(&self) -> Option<&Store> {
        let Scope::Store(store) = &self.scope else { return None };
        let plain = store.shared().faults.is_none() && !self.options.sliding && self.options.check().is_ok();
        plain.then_some(store)
    }
}
