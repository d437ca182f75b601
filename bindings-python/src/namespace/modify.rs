//! The methods that read, think and write as one.

use std::time::Duration;

use pyo3::prelude::*;
use statehold::{Claimed, IncrementOptions, SetOptions};

use super::Namespace;
use crate::arg::{Function, Key, Num, Ttl};
use crate::claim::{Claim, LOOK_EVERY};
use crate::error::{Failure, Result};
use crate::update::Update;
use crate::value;

#[pymethods]
impl Namespace {
    /// Adds to a number and returns the sum, atomically over threads and processes. Integers are exact; with a
    /// float on either side the sum is one. A missing key counts from `initial` and gets `ttl`; one that is there
    /// keeps its expiry.
    #[pyo3(signature = (key, by = Num::ONE, *, initial = Num::ZERO, ttl = None),
           text_signature = "($self, key, by=1, *, initial=0, ttl=None)")]
    fn increment(
        &self,
        py: Python<'_>,
        key: Key<'_>,
        by: Num,
        initial: Num,
        ttl: Option<Ttl>,
    ) -> Result<Num> {
        let mut options = IncrementOptions::new().initial(initial.0);
        options.ttl = ttl.map(Duration::from);
        Ok(Num(py.detach(|| self.inner.increment_with(&key, by.0, &options))?))
    }

    /// Applies a JSON merge patch (RFC 7396) and returns the new value. A missing key counts as `{}`. The key keeps
    /// its expiry.
    fn merge<'py>(
        &self,
        py: Python<'py>,
        key: Key<'_>,
        patch: &Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>> {
        let patch = self.terms.json(patch)?;
        let merged = py.detach(|| self.inner.merge(&key, &patch))?;
        value::from_json(py, merged.as_str())
    }

    /// The value of a key; if it is absent, the one that `function` makes, which is set with `ttl`. Of many callers
    /// in many processes one runs the function and the others wait for what it sets. If it fails, or its process
    /// dies, the next one runs its own.
    #[pyo3(signature = (key, function, ttl = None))]
    fn get_or_set<'py>(
        &self,
        py: Python<'py>,
        key: Key<'_>,
        function: Function<'py>,
        ttl: Option<Ttl>,
    ) -> Result<Bound<'py, PyAny>> {
        let mut options = SetOptions::new();
        options.ttl = ttl.map(Duration::from);
        loop {
            match py.detach(|| self.inner.get_or_claim(&key))? {
                Claimed::Value(found) => return value::object(py, &found),
                Claimed::Claim(claim) => {
                    let made = self.terms.value(&function.call0()?)?;
                    py.detach(|| claim.set(made.clone(), &options))?;
                    return value::object(py, &made);
                }
                Claimed::Taken => py.detach(|| std::thread::sleep(LOOK_EVERY)),
            }
            // The wait is as long as another's function takes: Ctrl-C has to end it.
            py.check_signals()?;
        }
    }

    /// As `update`, for asyncio: begins one.
    #[pyo3(name = "_begin_update")]
    fn begin_update(&self, py: Python<'_>, key: Key<'_>) -> Result<Update> {
        Ok(Update::new(py.detach(|| self.inner.begin_update(&key))?, self.terms.clone()))
    }

    /// As `get_or_set`, for asyncio: the value as a tuple of one, the claim to make it, or None while another does.
    #[pyo3(name = "_get_or_claim", signature = (key, ttl = None))]
    fn get_or_claim<'py>(
        &self,
        py: Python<'py>,
        key: Key<'_>,
        ttl: Option<Ttl>,
    ) -> Result<Option<Bound<'py, PyAny>>> {
        let mut options = SetOptions::new();
        options.ttl = ttl.map(Duration::from);
        Ok(match py.detach(|| self.inner.get_or_claim(&key))? {
            Claimed::Value(found) => Some((value::object(py, &found)?,).into_pyobject(py)?.into_any()),
            Claimed::Claim(claim) => {
                Some(Bound::new(py, Claim::new(claim, options, self.terms.clone()))?.into_any())
            }
            Claimed::Taken => None,
        })
    }
}

impl Namespace {
    pub(super) fn change<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        function: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        let function = function.clone().unbind();
        let default = default.map_or_else(|| py.None(), Bound::unbind);
        let changed = py.detach(|| {
            self.inner.update(key, |found| {
                Python::attach(|py| {
                    let found = match found {
                        Some(found) => value::object(py, &found)?,
                        None => default.bind(py).clone(),
                    };
                    self.terms.value(&function.bind(py).call1((found,)).map_err(Failure::from)?)
                })
            })
        })?;
        value::object(py, &changed)
    }
}
