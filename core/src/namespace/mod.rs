//! Namespaces: isolated sets of keys with JSON or byte values, TTL, batches and glob listing.

mod cached;
mod claim;
mod glob;
mod items;
mod known;
mod merge;
mod modify;
mod names;
mod number;
mod options;
mod pending;
pub(crate) mod plan;
mod purge;
mod read;
mod scope;
mod snapshot;
mod sql;
mod tables;
mod together;
mod transfer;
mod update;
mod view;
mod watch;
mod write;
mod writing;

use std::sync::Arc;

pub use claim::{Claim, Claimed};
pub(crate) use glob::Glob;
pub use items::Items;
pub use known::Kept;
pub(crate) use names::{Names, keep_names, list_names};
pub use number::IncrementOptions;
pub use options::{Condition, ListOptions, NamespaceOptions, SetOptions};
pub(crate) use pending::Overlay;
pub(crate) use purge::{purge_all, purge_step};
pub(crate) use read::distinct;
pub use snapshot::SnapshotNamespace;
pub(crate) use tables::TABLES;
pub use together::{Write, Written};
pub use update::Update;
pub(crate) use view::earlier;
pub(crate) use write::Unknown;

use self::scope::Scope;
use crate::commit::Open;
use crate::error::{Error, Result};
use crate::fault::{Gate, Operation};
use crate::format::{Facet, no_further_check};
use crate::limits::{KEY_BYTES, NAMESPACE_BYTES, check_name};
use crate::store::{Shared, Store};

/// The facet's name in the journal.
pub(crate) const FACET: &str = "namespace";

/// What the operations on whole stores need to know.
pub(crate) const FACET_OF_STORE: Facet = Facet {
    name: FACET,
    size: sql::SIZE,
    expired: Some(sql::EXPIRED),
    faults: sql::FAULTS,
    transfer: transfer::TRANSFER,
    merge: Some(merge::merge),
    check: no_further_check,
};

/// An isolated set of keys, of a store or of a transaction. Cheap to make and to keep, and it creates
/// nothing: a namespace exists while it holds a live key.
///
/// ```
/// use std::time::Duration;
/// use statehold::{SetOptions, Store};
///
/// let store = Store::open(":memory:")?;
/// let auth = store.namespace("auth");
/// auth.set_with("session:1", &"ada", &SetOptions::new().ttl(Duration::from_secs(60)))?;
/// assert_eq!(auth.get::<String>("session:1")?.as_deref(), Some("ada"));
/// assert_eq!(auth.list("session:*")?, ["session:1"]);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Namespace {
    name: Arc<str>,
    options: NamespaceOptions,
    scope: Scope,
}

impl Namespace {
    pub(crate) fn of_store(store: &Store, name: &str, options: NamespaceOptions) -> Self {
        Self { name: name.into(), options, scope: Scope::Store(store.clone()) }
    }

    pub(crate) fn in_transaction(open: Arc<Open>, name: &str, options: NamespaceOptions) -> Self {
        Self { name: name.into(), options, scope: Scope::Transaction(open) }
    }

    /// The namespace's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn shared(&self) -> &Arc<Shared> {
        match &self.scope {
            Scope::Store(store) => store.shared(),
            Scope::Transaction(open) => &open.shared,
        }
    }

    /// Runs one of the public operations, as the faults of the store will have it.
    #[inline]
    fn operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.gate().operation(operation, run)
    }

    #[inline]
    fn gate(&self) -> Gate<'_> {
        match &self.scope {
            Scope::Store(store) => Gate::Store(store.shared()),
            Scope::Transaction(open) => Gate::Transaction(open),
        }
    }

    fn check_key(&self, key: &str) -> Result<()> {
        self.check()?;
        check_name("key", key, KEY_BYTES)
    }

    fn check(&self) -> Result<()> {
        self.options.check()?;
        check_name("namespace", &self.name, NAMESPACE_BYTES)
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespace")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Checks the names of a namespace and a key, and gives the namespace's as it is shared.
pub(crate) fn check_key(namespace: &str, key: &str) -> Result<Arc<str>> {
    check_name("namespace", namespace, NAMESPACE_BYTES)?;
    check_name("key", key, KEY_BYTES)?;
    Ok(namespace.into())
}
