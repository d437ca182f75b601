//! What can be told of a key at once. The bindings ask this before they let go of what others need, Python's interpreter
//! lock or the event loop, since a look in memory takes less time than that.

use super::Namespace;
use super::cached::{lives, row, times};
use super::scope::Scope;
use crate::store::Store;
use crate::value::{Entry, Stored, Times, Value};

impl Namespace {
    /// As [`get_value`](Self::get_value), if that can be told from memory without waiting for anything; otherwise none, also
    /// for what `get_value` would refuse.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// assert_eq!(ns.known_value("k"), None);
    /// assert_eq!(ns.get_value("k")?, None);
    /// assert_eq!(ns.known_value("k"), Some(None));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    #[doc(hidden)]
    #[allow(clippy::option_option)] // nothing may be known, and that there is nothing
    pub fn known_value(&self, key: &str) -> Option<Option<Value>> {
        Some(self.known(key, row, |stored| stored.times)?.map(|stored| stored.value))
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
    fn known<R>(
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
    fn at_hand(&self) -> Option<&Store> {
        let Scope::Store(store) = &self.scope else { return None };
        let plain = store.shared().faults.is_none() && !self.options.sliding && self.options.check().is_ok();
        plain.then_some(store)
    }
}
