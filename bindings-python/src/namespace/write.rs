//! The methods that write without needing to know what is there.

use std::time::Duration;

use pyo3::prelude::*;
use statehold::SetOptions;

use super::Namespace;
use crate::arg::{Key, Keys, Pairs, Pattern, Ttl};
use crate::error::Result;

pub(crate) fn set_options(
    ttl: Option<Ttl>,
    keep_ttl: bool,
    only_if_absent: bool,
    only_if_present: bool,
    if_revision: Option<u64>,
) -> Result<SetOptions> {
    let mut options = SetOptions::new().with_conditions(only_if_absent, only_if_present, if_revision)?;
    options.ttl = ttl.map(Duration::from);
    options.keep_ttl = keep_ttl;
    Ok(options)
}

#[pymethods]
impl Namespace {
    /// Sets a key and returns the revision; inside a transaction that is 0, and the transaction's receipt has it.
    /// Without `ttl` an earlier TTL is cleared, unless `keep_ttl`. With `only_if_absent`, `only_if_present` or
    /// `if_revision`: raises `ConflictError` when that does not hold. Once it returns, the value is visible to
    /// everyone, and durable as the store demands.
    #[pyo3(signature = (key, value, ttl = None, *, keep_ttl = false, only_if_absent = false, only_if_present = false, if_revision = None))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "keywords in Python")]
    fn set(
        &self,
        py: Python<'_>,
        key: Key<'_>,
        value: &Bound<'_, PyAny>,
        ttl: Option<Ttl>,
        keep_ttl: bool,
        only_if_absent: bool,
        only_if_present: bool,
        if_revision: Option<u64>,
    ) -> Result<u64> {
        let options = set_options(ttl, keep_ttl, only_if_absent, only_if_present, if_revision)?;
        let value = self.terms.value(value)?;
        Ok(py.detach(|| self.inner.set_value(&key, value, &options))?)
    }

    /// Deletes a key and returns whether it was there.
    fn delete(&self, py: Python<'_>, key: Key<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.delete(&key))?)
    }

    /// Changes when a key expires, and nothing else, and returns whether it was there; None: never.
    fn set_ttl(&self, py: Python<'_>, key: Key<'_>, ttl: Option<Ttl>) -> Result<bool> {
        Ok(py.detach(|| self.inner.set_ttl(&key, ttl.map(Duration::from)))?)
    }

    /// Renews a key by the TTL that it was given and returns whether it was there.
    fn touch(&self, py: Python<'_>, key: Key<'_>) -> Result<bool> {
        Ok(py.detach(|| self.inner.touch(&key))?)
    }

    /// Sets many keys, from a mapping or pairs, in one commit, all or none, and returns its revision.
    #[pyo3(signature = (entries, ttl = None))]
    fn batch_set(&self, py: Python<'_>, entries: Pairs<'_>, ttl: Option<Ttl>) -> Result<u64> {
        let entries = self.terms.values(entries)?;
        Ok(py.detach(|| self.inner.batch_set(entries, ttl.map(Duration::from)))?)
    }

    /// Deletes many keys in one commit and returns how many were there.
    fn batch_delete(&self, py: Python<'_>, keys: Keys<'_>) -> Result<u64> {
        let texts = keys.texts()?;
        Ok(py.detach(|| self.inner.batch_delete(&texts))?)
    }

    /// Deletes every key and returns how many there were.
    fn clear(&self, py: Python<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.clear())?)
    }

    /// Deletes every key that matches a glob pattern, in one commit, and returns how many there were.
    fn delete_matching(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<u64> {
        Ok(py.detach(|| self.inner.delete_matching(&pattern))?)
    }
}
