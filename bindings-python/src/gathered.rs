//! Writes of single keys that asyncio gathers in a turn of its loop, to be committed together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use statehold::{Error, IncrementOptions, Written};

use crate::arg::{Key, List, Num, Ttl};
use crate::error::{Result, exception};
use crate::namespace::{Namespace, set_options};
use crate::store::Store;

/// A write that is yet to be carried out.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Write(Mutex<Option<statehold::Write>>);

const CARRIED_OUT: Error = Error::Closed { what: "the write", advice: "prepare another" };

impl From<statehold::Write> for Write {
    fn from(write: statehold::Write) -> Self {
        Self(Mutex::new(Some(write)))
    }
}

#[pymethods]
impl Namespace {
    /// As `set`, for asyncio: prepares one for `Store._write_together`.
    #[pyo3(name = "_to_set", signature = (key, value, ttl = None, *, keep_ttl = false, only_if_absent = false, only_if_present = false, if_revision = None))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "keywords in Python")]
    fn to_set(
        &self,
        key: Key<'_>,
        value: &Bound<'_, PyAny>,
        ttl: Option<Ttl>,
        keep_ttl: bool,
        only_if_absent: bool,
        only_if_present: bool,
        if_revision: Option<u64>,
    ) -> Result<Write> {
        let options = set_options(ttl, keep_ttl, only_if_absent, only_if_present, if_revision)?;
        Ok(self.inner.to_set(&*key, self.terms.value(value)?, options).into())
    }

    /// As `delete`, for asyncio: prepares one.
    #[pyo3(name = "_to_delete")]
    fn to_delete(&self, key: Key<'_>) -> Write {
        self.inner.to_delete(&*key).into()
    }

    /// As `increment`, for asyncio: prepares one.
    #[pyo3(name = "_to_increment", signature = (key, by = Num::ONE, *, initial = Num::ZERO, ttl = None),
           text_signature = "($self, key, by=1, *, initial=0, ttl=None)")]
    fn to_increment(&self, key: Key<'_>, by: Num, initial: Num, ttl: Option<Ttl>) -> Write {
        let mut options = IncrementOptions::new().initial(initial.0);
        options.ttl = ttl.map(Duration::from);
        self.inner.to_increment(&*key, by.0, options).into()
    }
}

#[pymethods]
impl Store {
    /// For asyncio: carries out what was prepared, with one sync, and gives, in the same order, what each method would
    /// return, or the exception that it would raise.
    #[pyo3(name = "_write_together")]
    fn write_together<'py>(
        &self,
        py: Python<'py>,
        writes: Vec<Py<Write>>,
    ) -> Result<List<Bound<'py, PyAny>>> {
        let take = |write: &Py<Write>| {
            let taken = write.get().0.lock().unwrap_or_else(PoisonError::into_inner).take();
            taken.ok_or(CARRIED_OUT)
        };
        let writes = writes.iter().map(take).collect::<statehold::Result<Vec<_>>>()?;
        let outcomes = py.detach(|| self.inner.write_together(writes));
        let outcome = |outcome| match outcome {
            Ok(Written::Set(revision)) => revision.into_bound_py_any(py),
            Ok(Written::Deleted(was_there)) => was_there.into_bound_py_any(py),
            Ok(Written::Incremented(sum)) => Num(sum).into_pyobject(py),
            Err(error) => Ok(exception(py, &error).into_value(py).into_bound(py).into_any()),
        };
        Ok(List(outcomes.into_iter().map(outcome).collect::<PyResult<_>>()?))
    }
}
