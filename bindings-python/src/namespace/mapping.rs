//! What makes a namespace a `MutableMapping`.

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use statehold::{ListOptions, SetOptions};

use super::{Namespace, missing};
use crate::arg::{Function, Given, Key, Pairs};
use crate::error::{Failure, Result};
use crate::items::{Keys, Values};
use crate::value;

#[pymethods]
impl Namespace {
    /// Removes a key and returns its value; `default`, or `KeyNotFoundError` without one, if it is absent.
    #[pyo3(signature = (key, default = Given::NOTHING), text_signature = "($self, key, default=...)")]
    fn pop<'py>(&self, py: Python<'py>, key: Key<'_>, default: Given<'py>) -> Result<Bound<'py, PyAny>> {
        match py.detach(|| self.inner.pop(&key))? {
            Some(found) => value::object(py, &found),
            None => default.0.ok_or_else(|| missing(self.inner.name(), &key)),
        }
    }

    /// Changes a value by a function of it, atomically, and returns the new value: when another writer got in
    /// between, the function is run again, so it should do nothing else. It gets `default` for a missing key. The
    /// key keeps its expiry. What the function raises is raised, and nothing is changed.
    ///
    /// `update(mapping)`, or pairs, sets all of them in one commit, as a `dict` does.
    #[pyo3(signature = (key, function = None, default = None))]
    fn update<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
        function: Option<Function<'py>>,
        default: Option<Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        if let Some(function) = function {
            return self.change(py, &key.extract::<Key<'_>>()?, &function, default);
        }
        if key.is_instance_of::<PyString>() {
            let reason = "update(key, function) needs a function, update(mapping) a mapping or pairs";
            return Err(Failure::Raised(pyo3::exceptions::PyTypeError::new_err(reason)));
        }
        let entries = self.terms.values(key.extract::<Pairs<'_>>()?)?;
        py.detach(|| self.inner.batch_set(entries, None))?;
        Ok(py.None().into_bound(py))
    }

    /// The keys, in order, read page by page.
    fn keys(&self) -> Keys {
        self.__iter__()
    }

    /// The values, in the order of their keys, read page by page.
    fn values(&self, py: Python<'_>) -> Result<Values> {
        Ok(Values::new(py.detach(|| self.inner.items("*"))?))
    }

    /// The value of a key; if it is absent, `default`, which is then set.
    #[pyo3(signature = (key, default = None))]
    fn setdefault<'py>(
        &self,
        py: Python<'py>,
        key: Key<'_>,
        default: Option<Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        if let Some(found) = py.detach(|| self.inner.get_value(&key))? {
            return value::object(py, &found);
        }
        let own = self.terms.value(&default.unwrap_or_else(|| py.None().into_bound(py)))?;
        let stored = py.detach(|| {
            // Another may set it in between; then that is the value.
            self.inner.update(&key, |found| Ok::<_, statehold::Error>(found.unwrap_or_else(|| own.clone())))
        })?;
        value::object(py, &stored)
    }

    /// Removes the first key and returns it with its value; raises `KeyError` if the namespace is empty.
    fn popitem<'py>(&self, py: Python<'py>) -> Result<(String, Bound<'py, PyAny>)> {
        let first = ListOptions::new().limit(1);
        loop {
            let Some(key) = py.detach(|| self.inner.list_with("*", &first))?.pop() else {
                let reason = format!("popitem(): namespace {:?} is empty", self.inner.name());
                return Err(Failure::Raised(PyKeyError::new_err(reason)));
            };
            // Another may have taken it in between.
            if let Some(found) = py.detach(|| self.inner.pop(&key))? {
                return Ok((key, value::object(py, &found)?));
            }
        }
    }

    fn __setitem__(&self, py: Python<'_>, key: Key<'_>, value: &Bound<'_, PyAny>) -> Result<()> {
        let value = self.terms.value(value)?;
        py.detach(|| self.inner.set_value(&key, value, &SetOptions::new()))?;
        Ok(())
    }

    fn __delitem__(&self, py: Python<'_>, key: Key<'_>) -> Result<()> {
        if py.detach(|| self.inner.delete(&key))? { Ok(()) } else { Err(missing(self.inner.name(), &key)) }
    }
}
