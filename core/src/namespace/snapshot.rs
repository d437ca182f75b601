//! A namespace as of a snapshot: the operations that read.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::check_key;
use super::options::ListOptions;
use super::read;
use super::view::{Now, Scan, View};
use crate::commit::Moment;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::limits::{NAMESPACE_BYTES, check_name};
use crate::value::{Entry, Value};

/// A namespace as it was at one moment. What its methods do is described at
/// [`Namespace`](crate::Namespace); reading renews no TTL here.
#[derive(Clone)]
pub struct SnapshotNamespace {
    moment: Arc<Moment>,
    name: Arc<str>,
}

impl SnapshotNamespace {
    pub(crate) fn new(moment: Arc<Moment>, name: &str) -> Self {
        Self { moment, name: name.into() }
    }

    /// The namespace's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn view<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        check_name("namespace", &self.name, NAMESPACE_BYTES)?;
        self.moment.read(|reader| {
            let id = self.moment.shared.names.find(&self.name, reader)?;
            f(&View {
                reader: *reader,
                id,
                now: Now::Fixed(self.moment.now_ms),
                pending: None,
                valid_until: Cell::default(),
            })
        })
    }

    fn operation<R>(&self, operation: Operation, run: impl FnOnce() -> Result<R>) -> Result<R> {
        self.moment.shared.operation(operation, run)
    }

    fn view_key<R>(&self, key: &str, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        check_key(&self.name, key)?;
        self.view(f)
    }

    /// The value of a key as a `T`; none if it was absent.
    ///
    /// # Errors
    /// [`Error::Serialization`] if it holds something else.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.get_value(key)?.map(|value| value.parse()).transpose()
    }

    /// The bytes of a key; none if it was absent.
    ///
    /// # Errors
    /// [`Error::Serialization`] if it holds JSON.
    pub fn get_bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.get_value(key)?.map(Value::into_bytes).transpose()
    }

    /// The value of a key; none if it was absent.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn get_value(&self, key: &str) -> Result<Option<Value>> {
        self.operation(Operation::NamespaceGet, || {
            Ok(self.view_key(key, |view| view.find(key))?.map(|stored| stored.value))
        })
    }

    /// The value of a key with its revision and times; none if it was absent.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>> {
        self.operation(Operation::NamespaceEntry, || {
            Ok(self.view_key(key, |view| view.find(key))?.map(Entry::from))
        })
    }

    /// Whether a key was there.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn exists(&self, key: &str) -> Result<bool> {
        self.operation(Operation::NamespaceExists, || {
            Ok(self.view_key(key, |view| view.find_times(key))?.is_some())
        })
    }

    /// How long a key still had to live; none if it never expires.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`] if it was absent.
    pub fn get_ttl(&self, key: &str) -> Result<Option<Duration>> {
        self.operation(Operation::NamespaceGetTtl, || {
            let times = self.view_key(key, |view| view.find_times(key))?;
            let times = times.ok_or_else(|| Error::KeyNotFound {
                namespace: self.name.to_string(),
                key: key.to_owned(),
            })?;
            let left = times.expires_ms.map(|at| at.saturating_sub(self.moment.now_ms).max(0).unsigned_abs());
            Ok(left.map(Duration::from_millis))
        })
    }

    /// The keys that match, in order.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn list(&self, pattern: &str) -> Result<Vec<String>> {
        self.list_with(pattern, &ListOptions::new())
    }

    /// As [`list`](Self::list), in part or in reverse.
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
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern. Some keys may have been handed over before any error.
    pub fn list_each(&self, pattern: &str, options: &ListOptions, take: impl FnMut(&str)) -> Result<()> {
        self.operation(Operation::NamespaceList, || {
            let scan = Scan::with_options(pattern, false, options)?;
            self.view(|view| read::list(view, &scan, options.limit, take).map(drop))
        })
    }

    /// The keys that match with their values, in order, page by page.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn items(&self, pattern: &str) -> Result<super::Items> {
        self.items_with(pattern, &ListOptions::new())
    }

    /// As [`items`](Self::items), in part or in reverse.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn items_with(&self, pattern: &str, options: &ListOptions) -> Result<super::Items> {
        self.operation(Operation::NamespaceItems, || {
            check_name("namespace", &self.name, NAMESPACE_BYTES)?;
            let scan = Scan::with_options(pattern, true, options)?;
            Ok(super::Items::new(super::items::Source::Snapshot(self.clone()), scan, options.limit))
        })
    }

    pub(super) fn page<R>(&self, f: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        self.view(f)
    }

    /// How many keys match.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn count(&self, pattern: &str) -> Result<u64> {
        self.operation(Operation::NamespaceCount, || {
            let scan = Scan::new(pattern, false)?;
            self.view(|view| read::count(view, &scan))
        })
    }

    /// The values of those keys that were there, in the order asked for.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn batch_get<K: AsRef<str>>(&self, keys: &[K]) -> Result<Vec<(String, Value)>> {
        self.operation(Operation::NamespaceBatchGet, || {
            let keys = read::distinct(keys);
            keys.iter().try_for_each(|key| check_key(&self.name, key).map(|_| ()))?;
            let found = self.view(|view| read::batch_get(view, &keys))?;
            Ok(found.into_iter().map(|(key, stored)| (key, stored.value)).collect())
        })
    }
}
