//! Changing a value by a function of it, which runs wherever the caller runs it, outside of all locks but in the last try.

use super::Namespace;
use super::scope::Scope;
use super::write::Expiry;
use crate::commit::{Attempts, Depth, Transaction, TransactionOptions};
use crate::error::{Error, Result};
use crate::fault::{Operation, Owed};
use crate::value::Value;

/// An update under way, for callers that can't hand over a function: ask [`next`](Self::next) for the value, hand what is
/// made of it to [`done`](Self::done), and begin again if that says so. Dropping it changes nothing.
pub struct Update {
    namespace: Namespace,
    key: String,
    /// None inside a transaction, which is its own try.
    attempts: Option<Attempts>,
    /// The try that is under way.
    tx: Option<Transaction>,
    owed: Owed,
}

impl Namespace {
    /// Changes a value by a function of it, atomically: when another writer got in between, the function is
    /// run again, so it should do nothing else. It gets none for a missing key. The key keeps its expiry.
    ///
    /// ```
    /// use statehold::{Error, Value};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// let value = ns.update("log", |old| {
    ///     let mut lines: Vec<String> = old.map_or(Ok(vec![]), |value| value.parse())?;
    ///     lines.push("started".to_owned());
    ///     Value::json(&lines)
    /// })?;
    /// assert_eq!(value, Value::json(&["started"])?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the function; nothing is changed then. As [`set`](Self::set) for its result.
    pub fn update<E: From<Error>>(
        &self,
        key: &str,
        mut function: impl FnMut(Option<Value>) -> Result<Value, E>,
    ) -> Result<Value, E> {
        let mut update = self.begin_update(key)?;
        loop {
            let value = function(update.next()?)?;
            if update.done(value.clone())? {
                return Ok(value);
            }
        }
    }

    /// Begins an update: what [`update`](Self::update) is made of, for callers that can't hand over a function.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a key.
    pub fn begin_update(&self, key: &str) -> Result<Update> {
        let owed = self.gate().enter(Operation::NamespaceUpdate)?;
        self.check_key(key)?;
        let attempts = match &self.scope {
            Scope::Store(store) => Some(Attempts::new(store.clone(), TransactionOptions::new(), true)),
            Scope::Transaction(_) => None,
        };
        Ok(Update { namespace: self.clone(), key: key.to_owned(), attempts, tx: None, owed })
    }
}

impl Update {
    /// The value that is to be changed; none for a missing key.
    ///
    /// # Errors
    /// As reading does; [`Error::Busy`] in the last try, which takes the write lock.
    #[allow(clippy::should_implement_trait)] // it fails, and what it gives is to be answered
    pub fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(attempts) = &self.attempts {
                self.tx = Some(attempts.begin()?);
            }
            match self.inside().stored(&self.key, Depth::Value) {
                Ok(found) => return Ok(found.map(|stored| stored.value)),
                Err(error) => {
                    let outlived = self.tx.as_ref().is_some_and(Transaction::is_outlived);
                    let again = self
                        .attempts
                        .as_mut()
                        .filter(|_| outlived)
                        .is_some_and(Attempts::again_after_conflict);
                    if !again {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Sets what was made of the value. False if somebody else has changed it meanwhile: then [`next`](Self::next) gives
    /// what it is now.
    ///
    /// # Errors
    /// As [`Namespace::set`]; [`Error::Conflict`] when the tries are used up.
    pub fn done(&mut self, value: Value) -> Result<bool> {
        if self.attempts.is_some() && self.tx.is_none() {
            return Err(Error::Closed {
                what: "the try",
                advice: "ask for the value first, which begins one",
            });
        }
        let inside = self.inside();
        value.check_size(inside.shared().max_value_bytes)?;
        inside.put(&self.key, value, Expiry::Keep(inside.options.ttl_ms()?))?;
        if let Some(tx) = self.tx.take()
            && let Err(error) = tx.commit()
        {
            let again = self.attempts.as_mut().is_some_and(|attempts| attempts.again(&error));
            return if again { Ok(false) } else { Err(error) };
        }
        self.namespace.gate().settle(Operation::NamespaceUpdate, self.owed.take(), Ok(true))
    }

    /// Whether the try that is under way holds the write lock, so that others wait for its end.
    pub fn holds_lock(&self) -> bool {
        self.tx.as_ref().is_some_and(Transaction::holds_lock)
    }

    /// The namespace in the try that is under way.
    fn inside(&self) -> Namespace {
        let Namespace { name, options, .. } = &self.namespace;
        self.tx.as_ref().map_or_else(|| self.namespace.clone(), |tx| tx.namespace_with(name, *options))
    }
}

impl std::fmt::Debug for Update {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update")
            .field("namespace", &self.namespace)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Drop for Update {
    fn drop(&mut self) {
        if let Some(tx) = &self.tx {
            tx.rollback();
        }
    }
}
