//! What a transaction has written to namespaces and not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::write::{self, Expiry, Unknown};
use crate::engine::request::Statement;
use crate::value::{Stored, Times};

/// The transaction's word on one key.
#[derive(Debug, Clone)]
pub(crate) enum Pending {
    /// It holds this. `fresh` if an earlier one was deleted in between.
    Put { stored: Stored, expiry: Expiry, fresh: bool },
    /// Its value stays, its expiry changes. `renews` if it only starts its own TTL anew.
    Ttl { expires_ms: Option<i64>, expiry: Expiry, renews: bool },
    /// It is gone.
    Deleted,
}

impl Pending {
    /// What the key holds now.
    pub(crate) fn holds(&self) -> Holds<'_> {
        match self {
            Self::Put { stored, .. } => Holds::This(stored),
            Self::Deleted => Holds::Nothing,
            Self::Ttl { .. } => Holds::AsStored,
        }
    }

    /// Whether what the key holds does not depend on what is stored.
    pub(crate) fn is_own(&self) -> bool {
        !matches!(self, Self::Ttl { .. })
    }

    /// Whether its expiry is the stored one, though its value is not.
    pub(crate) fn keeps_expiry(&self) -> bool {
        matches!(self, Self::Put { expiry: Expiry::Keep(_), fresh: false, .. })
    }

    /// The stored times, with the transaction's changes.
    pub(crate) fn over(&self, times: Times) -> Times {
        match self {
            Self::Ttl { expires_ms, expiry, .. } => {
                Times { expires_ms: *expires_ms, ttl_ms: expiry.ttl_ms(), ..times }
            }
            Self::Put { .. } | Self::Deleted => times,
        }
    }
}

/// What a key holds after a transaction's writes.
pub(crate) enum Holds<'a> {
    /// What the transaction has put there.
    This(&'a Stored),
    /// Nothing: the transaction has deleted it.
    Nothing,
    /// What is stored.
    AsStored,
}

/// All that a transaction has written, by namespace and key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    names: BTreeMap<Arc<str>, BTreeMap<Box<str>, Pending>>,
}

impl Overlay {
    pub(crate) fn of(&self, name: &str) -> Option<&BTreeMap<Box<str>, Pending>> {
        self.names.get(name)
    }

    pub(crate) fn get(&self, name: &str, key: &str) -> Option<&Pending> {
        self.of(name)?.get(key)
    }

    pub(crate) fn put(&mut self, name: &Arc<str>, key: &str, mut pending: Pending) {
        let keys = self.names.entry(name.clone()).or_default();
        if let Pending::Put { fresh, .. } = &mut pending {
            *fresh = match keys.get(key) {
                Some(Pending::Deleted) => true,
                Some(Pending::Put { fresh, .. }) => *fresh,
                Some(Pending::Ttl { .. }) | None => false,
            };
        }
        keys.insert(key.into(), pending);
    }

    /// The statements that write it all, given the ids of namespaces that are known.
    pub(crate) fn into_statements(self, id: impl Fn(&Arc<str>) -> Option<i64>) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (name, keys) in self.names {
            let puts = keys.values().any(|pending| matches!(pending, Pending::Put { .. }));
            let unknown = if puts { Unknown::Make } else { Unknown::Find };
            let target = write::Target::in_commit(&name, id(&name), unknown, &mut statements);
            for (key, pending) in keys {
                match pending {
                    Pending::Put { stored, expiry, fresh } => {
                        if fresh {
                            statements.push(target.delete_silently(&key));
                        }
                        statements.push(target.put(&key, stored.value, expiry));
                    }
                    Pending::Ttl { renews: true, .. } => statements.push(target.touch(&key)),
                    Pending::Ttl { expiry, .. } => statements.push(target.set_ttl(&key, expiry)),
                    Pending::Deleted => statements.push(target.delete(&key)),
                }
            }
        }
        statements
    }
}
