//! The operations that read.

use std::time::Duration;

use hashbrown::HashSet;
use serde::de::DeserializeOwned;

use super::items::{Items, Source};
use super::options::ListOptions;
use super::pending::Pending;
use super::scope::Scope;
use super::view::{Scan, View};
use super::write::Expiry;
use super::{FACET, Namespace, plan};
use crate::commit::{Changes, Depth, Range};
use crate::engine::reader::Next;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::value::{Entry, Stored, Times, Value};

impl Namespace {
    /// The value of a key as a `T`; none if it is absent or has expired.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &(1, "one"))?;
    /// assert_eq!(ns.get::<(i32, String)>("k")?, Some((1, "one".to_owned())));
    /// assert_eq!(ns.get::<(i32, String)>("absent")?, None);
    /// assert_eq!(ns.get::<bool>("k").unwrap_err().code(), "SERIALIZATION");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Serialization`] if it holds something else. [`Error::InvalidName`] for what can't be a key.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.get_value(key)?.map(|value| value.parse().map_err(|error| self.named(error, key))).transpose()
    }

    /// The bytes of a key; none if it is absent or has expired.
    ///
    /// # Errors
    /// [`Error::Serialization`] if it holds JSON. [`Error::InvalidName`] for what can't be a key.
    pub fn get_bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.get_value(key)?
            .map(|value| value.into_bytes().map_err(|error| self.named(error, key)))
            .transpose()
    }

    /// The value of a key, JSON or bytes; none if it is absent or has expired.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn get_value(&self, key: &str) -> Result<Option<Value>> {
        self.operation(Operation::NamespaceGet, || {
            Ok(self.stored(key, Depth::Value)?.map(|stored| stored.value))
        })
    }

    /// The value of a key with its revision and times; none if it is absent or has expired.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let revision = ns.set("k", &1)?;
    /// let entry = ns.entry("k")?.expect("it was set just now");
    /// assert_eq!((entry.revision, entry.expires_at), (revision, None));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>> {
        self.operation(Operation::NamespaceEntry, || Ok(self.stored(key, Depth::Expiry)?.map(Entry::from)))
    }

    /// Whether a key is there.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn exists(&self, key: &str) -> Result<bool> {
        self.operation(Operation::NamespaceExists, || Ok(self.times(key, Depth::Value)?.is_some()))
    }

    /// How long a key still lives; none if it never expires.
    ///
    /// ```
    /// use std::time::Duration;
    /// use statehold::{ManualClock, SetOptions, Store};
    ///
    /// let store = Store::options().clock(ManualClock::new()).open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set_with("k", &1, &SetOptions::new().ttl(Duration::from_secs(60)))?;
    /// assert_eq!(ns.get_ttl("k")?, Some(Duration::from_secs(60)));
    /// ns.set("k", &1)?;
    /// assert_eq!(ns.get_ttl("k")?, None);
    /// assert_eq!(ns.get_ttl("absent").unwrap_err().code(), "KEY_NOT_FOUND");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::KeyNotFound`] if it is absent or has expired.
    pub fn get_ttl(&self, key: &str) -> Result<Option<Duration>> {
        self.operation(Operation::NamespaceGetTtl, || {
            let (times, now) = match &self.scope {
                Scope::Store(store) => {
                    (self.find_times_in_store(store, key)?, store.shared().engine.shared_now())
                }
                Scope::Transaction(_) => {
                    self.check_key(key)?;
                    self.noting(
                        |view| Ok((view.find_times(key)?, view.now())),
                        |changes, (found, _)| self.note(changes, key, Depth::Expiry, found.as_ref()),
                    )?
                }
            };
            let times = times.ok_or_else(|| self.not_found(key))?;
            Ok(times.expires_ms.map(|at| Duration::from_millis(at.saturating_sub(now).max(0).unsigned_abs())))
        })
    }

    /// The keys that match a glob pattern, sorted by their UTF-8 bytes: `*`, `?`, `[a-z]`, `[!a]`, and a
    /// backslash that takes the next character as it is. It costs by the keys that begin with the pattern's
    /// literal prefix, not by the namespace.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// for key in ["db:host", "db:port", "web:port"] {
    ///     ns.set(key, &0)?;
    /// }
    /// assert_eq!(ns.list("db:*")?, ["db:host", "db:port"]);
    /// assert_eq!(ns.list("[!d]*:p??t")?, ["web:port"]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn list(&self, pattern: &str) -> Result<Vec<String>> {
        self.list_with(pattern, &ListOptions::new())
    }

    /// As [`list`](Self::list), in part or in reverse.
    ///
    /// ```
    /// use statehold::ListOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// for key in ["1", "2", "3", "4"] {
    ///     ns.set(key, &0)?;
    /// }
    /// let page = ListOptions::new().start_after("1").limit(2);
    /// assert_eq!(ns.list_with("*", &page)?, ["2", "3"]);
    /// assert_eq!(ns.list_with("*", &page.reverse(true).start_after("4"))?, ["3", "2"]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn list_with(&self, pattern: &str, options: &ListOptions) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        self.list_each(pattern, options, |key| keys.push(key.to_owned()))?;
        Ok(keys)
    }

    /// As [`list_with`](Self::list_with), and hands each key to `take`, which must not use the store.
    ///
    /// ```
    /// use statehold::ListOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &1)?;
    /// let mut text = String::new();
    /// ns.list_each("*", &ListOptions::new(), |key| text.push_str(key))?;
    /// assert_eq!(text, "k");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern. Some keys may have been handed over before any error.
    pub fn list_each(&self, pattern: &str, options: &ListOptions, take: impl FnMut(&str)) -> Result<()> {
        let limit = options.limit;
        self.operation(Operation::NamespaceList, || {
            self.check()?;
            let scan = Scan::with_options(pattern, false, options)?;
            self.noting(
                |view| list(view, &scan, limit, take),
                |changes, last| {
                    let count = last.as_ref().and(limit).unwrap_or_default();
                    self.note_range(changes, &scan, limit, last.as_deref(), count);
                },
            )
        })?;
        Ok(())
    }

    /// The keys that match with their values, in the order of [`list`](Self::list). They are read page by
    /// page, each page as of its own moment, so that nothing is held in between and memory does not grow
    /// with the namespace. In a transaction all pages are as of its snapshot.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("a", &1)?;
    /// ns.set("b", &2)?;
    /// let mut sum = 0;
    /// for item in ns.items("*")? {
    ///     let (_key, value) = item?;
    ///     sum += value.parse::<i32>()?;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn items(&self, pattern: &str) -> Result<Items> {
        self.items_with(pattern, &ListOptions::new())
    }

    /// As [`items`](Self::items), in part or in reverse.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn items_with(&self, pattern: &str, options: &ListOptions) -> Result<Items> {
        self.operation(Operation::NamespaceItems, || {
            self.check()?;
            let scan = Scan::with_options(pattern, true, options)?;
            Ok(Items::new(Source::Namespace(self.clone()), scan, options.limit))
        })
    }

    /// How many keys match.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn count(&self, pattern: &str) -> Result<u64> {
        self.operation(Operation::NamespaceCount, || {
            self.check()?;
            let scan = Scan::new(pattern, false)?;
            let note = |changes: &mut Changes, _: &u64| self.note_range(changes, &scan, None, None, 0);
            self.noting(|view| count(view, &scan), note)
        })
    }

    /// The values of those keys that are there, as of one moment, in the order asked for.
    ///
    /// ```
    /// use statehold::Value;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.batch_set([("a", Value::json(&1)?), ("b", Value::Bytes(vec![0]))], None)?;
    /// assert_eq!(ns.batch_get(&["b", "absent"])?, [("b".to_owned(), Value::Bytes(vec![0]))]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn batch_get<K: AsRef<str>>(&self, keys: &[K]) -> Result<Vec<(String, Value)>> {
        self.operation(Operation::NamespaceBatchGet, || self.get_all(&distinct(keys)))
    }

    fn get_all(&self, keys: &[&str]) -> Result<Vec<(String, Value)>> {
        self.check()?;
        keys.iter().try_for_each(|key| self.check_key(key))?;
        let found = match &self.scope {
            Scope::Store(store) => self.batch_in_store(store, keys)?,
            Scope::Transaction(_) => keys
                .iter()
                .map(|&key| Ok((key.to_owned(), self.stored(key, Depth::Value)?)))
                .filter_map(|result| result.map(|(key, stored)| Some((key, stored?))).transpose())
                .collect::<Result<_>>()?,
        };
        if self.options.sliding && matches!(self.scope, Scope::Store(_)) {
            self.renew_all(
                found.iter().filter(|(_, stored)| stored.times.ttl_ms.is_some()).map(|(key, _)| &**key),
            )?;
        }
        Ok(found.into_iter().map(|(key, stored)| (key, stored.value)).collect())
    }

    /// Finds a key with its value, and renews it if the namespace slides.
    pub(super) fn stored(&self, key: &str, depth: Depth) -> Result<Option<Stored>> {
        if let Scope::Store(store) = &self.scope {
            let found = self.find_in_store(store, key)?;
            if self.options.sliding && found.as_ref().is_some_and(|stored| stored.times.ttl_ms.is_some()) {
                self.renew_all(std::iter::once(key))?;
            }
            return Ok(found);
        }
        self.check_key(key)?;
        self.noting(
            |view| view.find(key),
            |changes, found| {
                let times = found.as_ref().map(|stored| stored.times);
                self.note(changes, key, depth, times.as_ref());
                if let (true, Some(ttl)) = (self.options.sliding, times.and_then(|times| times.ttl_ms)) {
                    self.touch_pending(changes, key, Expiry::After(ttl), true, found.as_ref());
                }
            },
        )
    }

    pub(super) fn times(&self, key: &str, depth: Depth) -> Result<Option<Times>> {
        if let Scope::Store(store) = &self.scope {
            return self.find_times_in_store(store, key);
        }
        self.check_key(key)?;
        self.noting(
            |view| view.find_times(key),
            |changes, found| self.note(changes, key, depth, found.as_ref()),
        )
    }

    /// Reads, and in a transaction notes what was read.
    pub(super) fn noting<R>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<R>,
        note: impl FnOnce(&mut Changes, &R),
    ) -> Result<R> {
        match &self.scope {
            Scope::Store(_) => self.view(read),
            Scope::Transaction(open) => open.with(|changes| {
                let (result, valid_until) = self.view_in_transaction(open, changes, |view| {
                    read(view).map(|result| (result, view.valid_until.get()))
                })?;
                changes.reads.expires(valid_until);
                note(changes, &result);
                Ok(result)
            }),
        }
    }

    /// Notes that a key was read, unless the transaction wrote it itself.
    pub(super) fn note(&self, changes: &mut Changes, key: &str, depth: Depth, found: Option<&Times>) {
        let own = changes.buffer.namespaces.get(&self.name, key);
        let keeps = depth == Depth::Expiry && own.is_some_and(Pending::keeps_expiry);
        if own.is_some_and(Pending::is_own) && !keeps {
            return;
        }
        if own.is_none() || keeps {
            changes.reads.expires(found.and_then(|times| times.expires_ms));
        }
        changes.reads.key(FACET, &self.name, key, depth);
    }

    /// Notes that a part of the namespace was read: all that matches, or up to the last key that the
    /// limit let through.
    pub(super) fn note_range(
        &self,
        changes: &mut Changes,
        scan: &Scan,
        limit: Option<usize>,
        last: Option<&str>,
        count: usize,
    ) {
        let end = last.filter(|_| limit.is_some_and(|limit| count >= limit)).map(str::to_owned);
        if limit == Some(0) {
            return;
        }
        let (scan, own) = (scan.clone(), self.name.clone());
        let contains = std::sync::Arc::new(move |name: &str, key: &str| {
            *name == *own && scan.contains(key, end.as_deref())
        });
        changes.reads.range(Range { facet: FACET, contains });
    }

    pub(super) fn not_found(&self, key: &str) -> Error {
        Error::KeyNotFound { namespace: self.name.to_string(), key: key.to_owned() }
    }

    /// Says which key a value belongs to that does not fit.
    fn named(&self, error: Error, key: &str) -> Error {
        match error {
            Error::Serialization { reason, .. } => {
                Error::Serialization { what: plan::subject(&self.name, key), reason }
            }
            other => other,
        }
    }
}

/// Hands the keys over, and gives the last one if the limit has let no more through.
pub(super) fn list(
    view: &View<'_>,
    scan: &Scan,
    limit: Option<usize>,
    mut take: impl FnMut(&str),
) -> Result<Option<String>> {
    let (mut count, mut last) = (0, None);
    if limit == Some(0) {
        return Ok(last);
    }
    view.scan(scan, |key, _| {
        take(key);
        count += 1;
        if limit == Some(count) {
            last = Some(key.to_owned());
            return Ok(Next::Stop);
        }
        Ok(Next::Row)
    })?;
    Ok(last)
}

pub(super) fn count(view: &View<'_>, scan: &Scan) -> Result<u64> {
    let mut count = 0;
    view.scan(scan, |_, _| {
        count += 1;
        Ok(Next::Row)
    })?;
    Ok(count)
}

/// The keys, each once, in the order asked for.
pub(crate) fn distinct<K: AsRef<str>>(keys: &[K]) -> Vec<&str> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter().map(AsRef::as_ref).filter(|key| seen.insert(*key)).collect()
}

pub(super) fn batch_get(view: &View<'_>, keys: &[&str]) -> Result<Vec<(String, Stored)>> {
    let mut found = Vec::with_capacity(keys.len());
    for &key in keys {
        if let Some(stored) = view.find(key)? {
            found.push((key.to_owned(), stored));
        }
    }
    Ok(found)
}
