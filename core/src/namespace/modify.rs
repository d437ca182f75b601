//! The operations that read, think and write as one.

use std::time::Duration;

use super::claim::Claimed;
use super::options::{ListOptions, SetOptions};
use super::scope::Scope;
use super::view::Scan;
use super::write::Expiry;
use super::{Namespace, plan};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::{Json, merge};
use crate::value::Value;

/// How long a caller of `get_or_set` waits between two looks at whether another is done.
const LOOK_EVERY: Duration = Duration::from_millis(2);

impl Namespace {
    /// Applies a JSON merge patch (RFC 7396) and returns the new value. A missing key counts as `{}`. The key
    /// keeps its expiry.
    ///
    /// ```
    /// use statehold::Json;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.merge("user", &Json::new(r#"{"name":"Ada","age":36}"#)?)?;
    /// let user = ns.merge("user", &Json::new(r#"{"age":null,"born":1815}"#)?)?;
    /// assert_eq!(user.as_str(), r#"{"name":"Ada","born":1815}"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the key holds bytes.
    pub fn merge(&self, key: &str, patch: &Json) -> Result<Json> {
        self.operation(Operation::NamespaceMerge, || self.merge_quietly(key, patch))
    }

    fn merge_quietly(&self, key: &str, patch: &Json) -> Result<Json> {
        self.check_key(key)?;
        self.in_transaction_of_its_own(|inside| {
            let old = match inside.get_value(key)? {
                Some(Value::Bytes(_)) => {
                    let subject = plan::subject(&inside.name, key);
                    return Err(Error::value(
                        "$",
                        format!("{subject} holds bytes, which no JSON can be merged into"),
                    ));
                }
                Some(Value::Json(json)) => Some(json),
                None => None,
            };
            let merged = merge(old.as_ref(), patch)?;
            let value = Value::Json(merged.clone());
            value.check_size(inside.shared().max_value_bytes)?;
            inside.put(key, value, Expiry::Keep(inside.options.ttl_ms()?))?;
            Ok(merged)
        })
    }

    /// The value of a key; if it is absent, the one that `function` makes, which is set with `ttl`. Of many
    /// callers in many processes one runs the function and the others wait for what it sets. If it fails, or
    /// its process dies, the next one runs its own. Inside a transaction it does not keep others from
    /// running theirs.
    ///
    /// ```
    /// use statehold::{Error, Value};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let slow = ns.get_or_set("k", || Value::json(&42), None)?;
    /// let known = ns.get_or_set("k", || unreachable!("it is there") as Result<Value, Error>, None)?;
    /// assert_eq!(slow, known);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the function; as [`set`](Self::set) for its result.
    pub fn get_or_set<E: From<Error>>(
        &self,
        key: &str,
        function: impl FnOnce() -> Result<Value, E>,
        ttl: Option<Duration>,
    ) -> Result<Value, E> {
        let options = SetOptions { ttl, ..SetOptions::new() };
        options.expiry(&self.options)?;
        loop {
            match self.get_or_claim(key)? {
                Claimed::Value(value) => return Ok(value),
                Claimed::Claim(claim) => {
                    let value = function()?;
                    claim.set(value.clone(), &options)?;
                    return Ok(value);
                }
                Claimed::Taken => std::thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// Deletes every key that matches, in one commit, and returns how many there were.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// for key in ["tmp:1", "tmp:2", "kept"] {
    ///     ns.set(key, &0)?;
    /// }
    /// assert_eq!(ns.delete_matching("tmp:*")?, 2);
    /// assert_eq!(ns.list("*")?, ["kept"]);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a pattern.
    pub fn delete_matching(&self, pattern: &str) -> Result<u64> {
        self.operation(Operation::NamespaceDeleteMatching, || self.delete_matching_quietly(pattern))
    }

    /// The same as a part of an operation, which has passed the faults already.
    pub(super) fn delete_matching_quietly(&self, pattern: &str) -> Result<u64> {
        self.check()?;
        Scan::new(pattern, false)?;
        self.in_transaction_of_its_own(|inside| {
            let keys = inside.list_with(pattern, &ListOptions::new())?;
            inside.batch_delete(&keys)
        })
    }

    /// Runs `f` on this namespace inside a transaction: the one that it belongs to, or one made for it. What `f` does
    /// is a part of an operation, which has passed the faults already.
    pub(super) fn in_transaction_of_its_own<T, E: From<Error>>(
        &self,
        mut f: impl FnMut(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.scope {
            Scope::Store(store) => {
                store.transaction_quietly(|tx| f(&tx.namespace_with(&self.name, self.options)))
            }
            Scope::Transaction(open) => f(&Self::in_transaction(open.quietly(), &self.name, self.options)),
        }
    }
}
