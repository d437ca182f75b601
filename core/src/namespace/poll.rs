//! The answers that need no file: for the asynchronous faces, whose event loop must not wait for a disk, and need not hand
//! over to a thread what is known already.

use std::task::Poll;

use super::Namespace;
use super::cached::{lives, row};
use super::read::distinct;
use crate::error::Result;
use crate::value::{Entry, Value};

impl Namespace {
    /// [`get_value`](Self::get_value) if the answer is known without a look at the file; pending if the call has to be made.
    /// Inside a transaction, with faults on and where reading renews a TTL it is always pending.
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// let folder = tempfile::tempdir().expect("a folder for the example");
    /// let store = statehold::open(folder.path().join("app.db"))?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &1)?;
    /// assert!(ns.poll_value("k")?.is_pending());
    /// let value = ns.get_value("k")?;
    /// assert_eq!(ns.poll_value("k")?, Poll::Ready(value));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`get_value`](Self::get_value).
    pub fn poll_value(&self, key: &str) -> Result<Poll<Option<Value>>> {
        self.check_key(key)?;
        let known = self.known(key, row, |stored| stored.times);
        Ok(or_pending(known.map(|found| found.map(|stored| stored.value))))
    }

    /// [`entry`](Self::entry) if the answer is known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn poll_entry(&self, key: &str) -> Result<Poll<Option<Entry>>> {
        self.check_key(key)?;
        Ok(or_pending(self.known_entry(key)))
    }

    /// [`exists`](Self::exists) if the answer is known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`exists`](Self::exists).
    pub fn poll_exists(&self, key: &str) -> Result<Poll<bool>> {
        self.check_key(key)?;
        Ok(or_pending(self.known_to_exist(key)))
    }

    /// [`batch_get`](Self::batch_get) if all answers are known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`batch_get`](Self::batch_get).
    pub fn poll_batch<K: AsRef<str>>(&self, keys: &[K]) -> Result<Poll<Vec<(String, Value)>>> {
        let keys = distinct(keys);
        self.check()?;
        keys.iter().try_for_each(|key| self.check_key(key))?;
        let Some(store) = self.at_hand() else { return Ok(Poll::Pending) };
        let Some(found) = store.shared().engine.glance_together(&self.name, &keys, row) else {
            return Ok(Poll::Pending);
        };
        let pairs = keys.iter().zip(found).filter_map(|(key, found)| Some(((*key).to_owned(), found?)));
        let live = pairs.filter(|(_, stored)| lives(store, &stored.times));
        Ok(Poll::Ready(live.map(|(key, stored)| (key, stored.value)).collect()))
    }
}

fn or_pending<R>(known: Option<R>) -> Poll<R> {
    known.map_or(Poll::Pending, Poll::Ready)
}
