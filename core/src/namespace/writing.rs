//! The operations that write without needing to know what is there.

use std::time::Duration;

use serde::Serialize;

use super::options::SetOptions;
use super::pending::Pending;
use super::scope::Scope;
use super::write::{Expiry, Unknown};
use super::{Namespace, plan};
use crate::commit::{Changes, Depth};
use crate::engine::request::{Commit, Done, OWN, Outcome, Statement};
use crate::engine::{Durability, journal};
use crate::error::Result;
use crate::fault::Operation;
use crate::limits::check_ttl;
use crate::value::{Stored, Times, Value};

impl Namespace {
    /// Sets a key to the JSON of `value` and returns the revision; an earlier TTL is cleared. Ok means
    /// visible to everyone, and durable as the store demands. Inside a transaction the revision is 0: the
    /// transaction's receipt has it.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let first = ns.set("k", &vec![1, 2])?;
    /// assert!(ns.set("k", "another value")? > first);
    /// assert_eq!(ns.set("bad", &f64::NAN).unwrap_err().code(), "INVALID_VALUE");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what can't be stored,
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key.
    pub fn set<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<u64> {
        self.set_with(key, value, &SetOptions::new())
    }

    /// As [`set`](Self::set), with a TTL or on a condition.
    ///
    /// ```
    /// use statehold::SetOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let seen = ns.set_with("k", &1, &SetOptions::new().only_if_absent())?;
    /// ns.set_with("k", &2, &SetOptions::new().if_revision(seen))?;
    /// let late = ns.set_with("k", &3, &SetOptions::new().if_revision(seen));
    /// assert_eq!(late.unwrap_err().code(), "CONFLICT");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) when the condition does not hold, and as [`set`](Self::set).
    pub fn set_with<T: Serialize + ?Sized>(&self, key: &str, value: &T, options: &SetOptions) -> Result<u64> {
        self.set_value(key, Value::json(value)?, options)
    }

    /// Sets a key to bytes.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_bytes(&self, key: &str, bytes: &[u8]) -> Result<u64> {
        self.set_value(key, Value::Bytes(bytes.to_vec()), &SetOptions::new())
    }

    /// Sets a key to JSON or bytes.
    ///
    /// # Errors
    /// As [`set_with`](Self::set_with).
    pub fn set_value(&self, key: &str, value: Value, options: &SetOptions) -> Result<u64> {
        self.operation(Operation::NamespaceSet, || self.set_quietly(key, value, options))
    }

    /// Sets a key as a part of an operation, which has passed the faults already.
    pub(super) fn set_quietly(&self, key: &str, value: Value, options: &SetOptions) -> Result<u64> {
        self.check_key(key)?;
        match &self.scope {
            Scope::Store(store) => {
                let mut commit = Commit::default();
                plan::set(store.shared(), &self.name, &self.options, key, value, options, &mut commit)?;
                Ok(store.shared().engine.commit(commit)?.revision)
            }
            Scope::Transaction(open) => {
                value.check_size(open.shared.max_value_bytes)?;
                let expiry = options.expiry(&self.options)?;
                if let Some(expected) = plan::expected(options.condition) {
                    let found = self.times(key, Depth::Value)?;
                    let found =
                        found.map_or(0, |times| if times.revision == 0 { OWN } else { times.revision });
                    expected.check(found, &plan::subject(&self.name, key))?;
                }
                self.put(key, value, expiry)?;
                Ok(0)
            }
        }
    }

    /// Deletes a key and returns whether it was there.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key.
    pub fn delete(&self, key: &str) -> Result<bool> {
        self.operation(Operation::NamespaceDelete, || {
            self.check_key(key)?;
            match &self.scope {
                Scope::Store(_) => {
                    Ok(self.commit_one(Unknown::Find, |target| target.delete(key))?.changed > 0)
                }
                Scope::Transaction(_) => Ok(self.remove(key)?.is_some()),
            }
        })
    }

    /// Deletes a key and returns the value that it held.
    ///
    /// ```
    /// use statehold::Value;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &1)?;
    /// assert_eq!(ns.pop("k")?, Some(Value::json(&1)?));
    /// assert_eq!(ns.pop("k")?, None);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key.
    pub fn pop(&self, key: &str) -> Result<Option<Value>> {
        self.operation(Operation::NamespacePop, || {
            self.check_key(key)?;
            match &self.scope {
                Scope::Store(_) => {
                    let done = self.commit_one(Unknown::Find, |target| target.pop(key))?;
                    Ok(done.rows.into_iter().flatten().next().and_then(Value::from_cell))
                }
                Scope::Transaction(_) => Ok(self.remove(key)?.map(|stored| stored.value)),
            }
        })
    }

    /// Changes when a key expires and nothing else: after `ttl`, or never. Returns whether it was there.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a TTL of 0 or of more than 100 years.
    pub fn set_ttl(&self, key: &str, ttl: Option<Duration>) -> Result<bool> {
        self.operation(Operation::NamespaceSetTtl, || {
            self.check_key(key)?;
            let expiry = ttl.map(check_ttl).transpose()?.map_or(Expiry::Never, Expiry::After);
            match &self.scope {
                Scope::Store(_) => {
                    Ok(self.commit_one(Unknown::Find, |target| target.set_ttl(key, expiry))?.changed > 0)
                }
                Scope::Transaction(_) => self.set_ttl_buffered(key, expiry, false),
            }
        })
    }

    /// Renews a key: it lives on for the full length of the TTL that it was given. One that never expires
    /// stays so. Returns whether it was there.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key.
    pub fn touch(&self, key: &str) -> Result<bool> {
        self.operation(Operation::NamespaceTouch, || {
            self.check_key(key)?;
            match &self.scope {
                Scope::Store(_) => {
                    Ok(self.commit_one(Unknown::Find, |target| target.touch(key))?.changed > 0)
                }
                Scope::Transaction(_) => match self.times(key, Depth::Expiry)? {
                    Some(Times { ttl_ms: Some(ttl), .. }) => {
                        self.set_ttl_buffered(key, Expiry::After(ttl), true)
                    }
                    found => Ok(found.is_some()),
                },
            }
        })
    }

    /// Sets many keys in one commit, all or none, and returns its revision. With nothing to set there is no
    /// commit, and it returns the store's last revision.
    ///
    /// ```
    /// use statehold::Value;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let revision = ns.batch_set([("a", Value::json(&1)?), ("b", Value::json(&2)?)], None)?;
    /// assert_eq!(ns.entry("b")?.map(|entry| entry.revision), Some(revision));
    /// // All or nothing: the second can't be a key.
    /// assert!(ns.batch_set([("c", Value::json(&3)?), ("", Value::json(&4)?)], None).is_err());
    /// assert!(!ns.exists("c")?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`set`](Self::set); one that can't be stored keeps all from being stored.
    pub fn batch_set<K: AsRef<str>>(
        &self,
        entries: impl IntoIterator<Item = (K, Value)>,
        ttl: Option<Duration>,
    ) -> Result<u64> {
        let entries: Vec<(K, Value)> = entries.into_iter().collect();
        self.operation(Operation::NamespaceBatchSet, || self.set_all(entries, ttl))
    }

    fn set_all<K: AsRef<str>>(&self, entries: Vec<(K, Value)>, ttl: Option<Duration>) -> Result<u64> {
        self.check()?;
        let options = SetOptions { ttl, ..SetOptions::new() };
        let expiry = options.expiry(&self.options)?;
        let most = self.shared().max_value_bytes;
        for (key, value) in &entries {
            self.check_key(key.as_ref())?;
            value.check_size(most)?;
        }
        match &self.scope {
            Scope::Store(store) if entries.is_empty() => {
                Ok(store.shared().engine.read(journal::head)?.revision)
            }
            Scope::Store(_) => {
                let outcome = self.commit(Unknown::Make, |target, statements| {
                    statements.extend(
                        entries.into_iter().map(|(key, value)| target.put(key.as_ref(), value, expiry)),
                    );
                })?;
                Ok(outcome.revision)
            }
            Scope::Transaction(_) => {
                entries.into_iter().try_for_each(|(key, value)| self.put(key.as_ref(), value, expiry))?;
                Ok(0)
            }
        }
    }

    /// Deletes many keys in one commit and returns how many were there.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key; then none is deleted.
    pub fn batch_delete<K: AsRef<str>>(&self, keys: &[K]) -> Result<u64> {
        self.operation(Operation::NamespaceBatchDelete, || self.delete_all(keys))
    }

    fn delete_all<K: AsRef<str>>(&self, keys: &[K]) -> Result<u64> {
        self.check()?;
        keys.iter().try_for_each(|key| self.check_key(key.as_ref()))?;
        match &self.scope {
            Scope::Store(_) if keys.is_empty() => Ok(0),
            Scope::Store(_) => {
                let outcome = self.commit(Unknown::Find, |target, statements| {
                    statements.extend(keys.iter().map(|key| target.delete(key.as_ref())));
                })?;
                // The statement that makes the namespace known, if there is one, changes no key.
                let done = &outcome.done[outcome.done.len() - keys.len()..];
                Ok(done.iter().map(|done| done.changed as u64).sum())
            }
            Scope::Transaction(_) => keys
                .iter()
                .try_fold(0, |count, key| Ok(count + u64::from(self.remove(key.as_ref())?.is_some()))),
        }
    }

    /// Deletes every key and returns how many there were.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) if the namespace's name can't be one.
    pub fn clear(&self) -> Result<u64> {
        self.operation(Operation::NamespaceClear, || {
            self.check()?;
            match &self.scope {
                Scope::Store(_) => {
                    Ok(self.commit_one(Unknown::Find, super::write::Target::clear)?.changed as u64)
                }
                Scope::Transaction(_) => self.delete_matching_quietly("*"),
            }
        })
    }

    /// Renews keys after they were read. That this is not synced costs at most the renewal.
    pub(super) fn renew_all<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Result<()> {
        let mut commit = Commit { durability: Some(Durability::Normal), ..Commit::default() };
        let target = plan::target(self.shared(), &self.name, Unknown::Find, &mut commit.statements);
        let before = commit.statements.len();
        commit.statements.extend(keys.map(|key| target.touch(key)));
        if commit.statements.len() > before {
            self.shared().engine.commit(commit)?;
        }
        Ok(())
    }

    /// Commits statements for the namespace.
    fn commit(
        &self,
        unknown: Unknown,
        fill: impl FnOnce(&super::write::Target, &mut Vec<Statement>),
    ) -> Result<Outcome> {
        let mut commit = Commit::default();
        let target = plan::target(self.shared(), &self.name, unknown, &mut commit.statements);
        fill(&target, &mut commit.statements);
        self.shared().engine.commit(commit)
    }

    /// Commits one statement and tells what it did.
    pub(super) fn commit_one(
        &self,
        unknown: Unknown,
        statement: impl FnOnce(&super::write::Target) -> Statement,
    ) -> Result<Done> {
        let outcome = self.commit(unknown, |target, statements| statements.push(statement(target)))?;
        Ok(outcome.done.into_iter().next_back().unwrap_or_default())
    }

    /// In a transaction: buffers a value.
    pub(super) fn put(&self, key: &str, value: Value, expiry: Expiry) -> Result<()> {
        let Scope::Transaction(open) = &self.scope else { unreachable!("only transactions buffer") };
        open.with(|changes| {
            let before = self.view_in_transaction(open, changes, |view| view.find_times(key))?;
            let own = changes.buffer.namespaces.get(&self.name, key);
            // Keeping the TTL of a key whose TTL was changed in this transaction means that one.
            let expiry = match (expiry, own) {
                (Expiry::Keep(_), Some(Pending::Put { expiry, .. } | Pending::Ttl { expiry, .. })) => *expiry,
                _ => expiry,
            };
            let now = changes.now_ms;
            let (expires_ms, ttl_ms) = match (expiry, before) {
                (Expiry::Keep(_), Some(before)) => (before.expires_ms, before.ttl_ms),
                (expiry, _) => (expiry.ttl_ms().map(|ttl| now.saturating_add(ttl)), expiry.ttl_ms()),
            };
            let created_ms = before.map_or(now, |before| before.created_ms);
            let times = Times { revision: 0, created_ms, updated_ms: now, expires_ms, ttl_ms };
            let pending = Pending::Put { stored: Stored { value, times }, expiry, fresh: false };
            changes.buffer.namespaces.put(&self.name, key, pending);
            Ok(())
        })
    }

    /// In a transaction: removes a key and gives what it held.
    fn remove(&self, key: &str) -> Result<Option<Stored>> {
        let Scope::Transaction(open) = &self.scope else { unreachable!("only transactions buffer") };
        open.with(|changes| {
            let found = self.view_in_transaction(open, changes, |view| view.find(key))?;
            self.note(changes, key, Depth::Value, found.as_ref().map(|stored| &stored.times));
            if found.is_some() {
                changes.buffer.namespaces.put(&self.name, key, Pending::Deleted);
            }
            Ok(found)
        })
    }

    /// In a transaction: changes when a key expires.
    fn set_ttl_buffered(&self, key: &str, expiry: Expiry, renews: bool) -> Result<bool> {
        let Scope::Transaction(open) = &self.scope else { unreachable!("only transactions buffer") };
        open.with(|changes| {
            let found = self.view_in_transaction(open, changes, |view| view.find(key))?;
            self.note(changes, key, Depth::Value, found.as_ref().map(|stored| &stored.times));
            self.touch_pending(changes, key, expiry, renews, found.as_ref());
            Ok(found.is_some())
        })
    }

    /// In a transaction: changes the expiry of a key that was found.
    pub(super) fn touch_pending(
        &self,
        changes: &mut Changes,
        key: &str,
        expiry: Expiry,
        renews: bool,
        found: Option<&Stored>,
    ) {
        let Some(found) = found else { return };
        let expires_ms = expiry.ttl_ms().map(|ttl| changes.now_ms.saturating_add(ttl));
        let pending = match changes.buffer.namespaces.get(&self.name, key) {
            Some(Pending::Put { stored, .. }) => {
                let times = Times { expires_ms, ttl_ms: expiry.ttl_ms(), ..stored.times };
                Pending::Put { stored: Stored { times, ..found.clone() }, expiry, fresh: false }
            }
            Some(Pending::Ttl { renews: false, .. }) => Pending::Ttl { expires_ms, expiry, renews: false },
            _ => Pending::Ttl { expires_ms, expiry, renews },
        };
        changes.buffer.namespaces.put(&self.name, key, pending);
    }
}
