//! A namespace of a store or of a transaction.

mod known;
mod mapping;
mod modify;
mod read;
mod watch;
mod write;

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
pub(crate) use read::reading;
use statehold::{Error, ListOptions, NamespaceOptions};
pub(crate) use write::set_options;

use crate::arg::{Dict, Key, Keys, Pattern, Texts, Ttl};
use crate::error::{Failure, Result};
use crate::items::{self, Items};
use crate::record::Entry;
use crate::value::{self, Terms};

/// An isolated set of keys, of a store or of a transaction, and a `MutableMapping` of them. Cheap to make and to
/// keep, and it creates nothing: a namespace exists while it holds a live key.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Namespace {
    pub(crate) inner: statehold::Namespace,
    pub(crate) terms: Arc<Terms>,
}

reading!(Namespace);

pub(crate) fn options(ttl: Option<Ttl>, sliding: bool) -> NamespaceOptions {
    let mut options = NamespaceOptions::new().sliding(sliding);
    options.ttl = ttl.map(Duration::from);
    options
}

pub(crate) fn list_options(limit: Option<usize>, start_after: Option<Key<'_>>, reverse: bool) -> ListOptions {
    let mut options = ListOptions::new().reverse(reverse);
    options.limit = limit;
    options.start_after = start_after.map(|key| key.to_owned());
    options
}

#[cold]
pub(crate) fn missing(namespace: &str, key: &str) -> Failure {
    Error::KeyNotFound { namespace: namespace.to_owned(), key: key.to_owned() }.into()
}
