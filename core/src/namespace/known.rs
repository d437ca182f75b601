//! The answers that need no file: for the asynchronous faces, whose event loop must not wait for a disk, and need not hand
//! over to a thread what is known already; and for Python, where a look takes less time than to let go of the interpreter's
//! lock and to get it back.

use std::task::Poll;

use super::Namespace;
use super::cached::{HEAD, JSON, VALUE, lives, row, times};
use super::read::distinct;
use super::scope::Scope;
use crate::error::Result;
use crate::store::Store;
use crate::value::{Entry, Stored, Value};

/// A value as it is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept<'a> {
    /// A JSON text, in UTF-8.
    Json(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Kept<'a> {
    /// None if only the times are kept.
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
    /// What `read` makes of a value that is known, as [`poll_value`](Self::poll_value), without a copy. Others who look
    /// something up may wait for `read`, so it should do little, and it must not use the store.
    ///
    /// ```
    /// use std::task::Poll;
    /// use statehold::{Kept, Store};
    ///
    /// let folder = tempfile::tempdir().expect("a folder for the example");
    /// let store = Store::options().cache_bytes(1 << 20).open(folder.path().join("app.db"))?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &[1])?;
    /// ns.get_value("k")?;
    /// let known = ns.poll_kept("k", |kept| kept == Kept::Json(b"[1]"))?;
    /// assert_eq!(known, Poll::Ready(Some(true)));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`get_value`](Self::get_value).
    #[inline]
    pub fn poll_kept<R>(&self, key: &str, read: impl FnOnce(Kept<'_>) -> R) -> Result<Poll<Option<R>>> {
        self.poll(key, |body| {
            let Some(body) = body else { return Some(None) };
            Some(Some((times(body), read(Kept::of(body)?))))
        })
    }

    /// [`get_value`](Self::get_value) if the answer is known without a look at the file; pending if the call has to be made.
    /// Inside a transaction, with faults on and where reading renews a TTL it is always pending.
    ///
    /// ```
    /// use std::task::Poll;
    /// use statehold::Store;
    ///
    /// let folder = tempfile::tempdir().expect("a folder for the example");
    /// let store = Store::options().cache_bytes(1 << 20).open(folder.path().join("app.db"))?;
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
        self.poll(key, |body| row(body).map(|found| found.map(|stored| (stored.times, stored.value))))
    }

    /// [`entry`](Self::entry) if the answer is known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn poll_entry(&self, key: &str) -> Result<Poll<Option<Entry>>> {
        self.poll(key, |body| row(body).map(|found| found.map(|stored| (stored.times, Entry::from(stored)))))
    }

    /// [`exists`](Self::exists) if the answer is known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`exists`](Self::exists).
    pub fn poll_exists(&self, key: &str) -> Result<Poll<bool>> {
        let found = self.poll(key, |body| Some(body.map(|body| (times(body), ()))))?;
        Ok(found.map(|found| found.is_some()))
    }

    /// [`batch_get`](Self::batch_get) if all answers are known, as [`poll_value`](Self::poll_value).
    ///
    /// # Errors
    /// As [`batch_get`](Self::batch_get).
    pub fn poll_batch<K: AsRef<str>>(&self, keys: &[K]) -> Result<Poll<Vec<(String, Value)>>> {
        self.poll_together(keys, |stored| stored.value)
    }

    /// [`poll_batch`](Self::poll_batch) with the revisions and times.
    ///
    /// # Errors
    /// As [`batch_get`](Self::batch_get).
    pub fn poll_entries<K: AsRef<str>>(&self, keys: &[K]) -> Result<Poll<Vec<(String, Entry)>>> {
        self.poll_together(keys, Entry::from)
    }

    /// What is known of those keys that are live, as of one moment, if all of them are known.
    fn poll_together<K: AsRef<str>, R>(
        &self,
        keys: &[K],
        show: impl Fn(Stored) -> R,
    ) -> Result<Poll<Vec<(String, R)>>> {
        let keys = distinct(keys);
        self.check()?;
        keys.iter().try_for_each(|key| self.check_key(key))?;
        let Some(store) = self.of_known() else { return Ok(Poll::Pending) };
        let Some(found) = store.shared().engine.glance_together(&self.name, &keys, row)? else {
            return Ok(Poll::Pending);
        };
        let pairs = keys.iter().zip(found).filter_map(|(key, found)| Some(((*key).to_owned(), found?)));
        let live = pairs.filter(|(_, stored)| lives(store, &stored.times));
        Ok(Poll::Ready(live.map(|(key, stored)| (key, show(stored))).collect()))
    }

    /// What is known of a live key. What can't be one was never kept: the call that is made then refuses it.
    #[inline]
    fn poll<R>(
        &self,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<Option<(crate::value::Times, R)>>,
    ) -> Result<Poll<Option<R>>> {
        let Some(store) = self.of_known() else { return Ok(Poll::Pending) };
        let Some(found) = store.shared().engine.glance(&self.name, key, read)? else {
            return Ok(Poll::Pending);
        };
        Ok(Poll::Ready(found.filter(|(times, _)| lives(store, times)).map(|(_, read)| read)))
    }

    /// The store, if what is known of its keys may be an answer.
    fn of_known(&self) -> Option<&Store> {
        match &self.scope {
            Scope::Store(store) if !self.options.sliding && store.shared().faults.is_none() => {
                self.options.check().is_ok().then_some(store)
            }
            Scope::Store(_) | Scope::Transaction(_) => None,
        }
    }
}
