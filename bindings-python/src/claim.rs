//! The right to make the value of a missing key, for `get_or_set` under asyncio.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use statehold::{Error, SetOptions};

use crate::error::Result;
use crate::value::{self, Terms};

/// How long a caller of `get_or_set` waits between two looks at whether another is done.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The right to set a missing key.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Claim {
    inner: Mutex<Option<statehold::Claim>>,
    options: SetOptions,
    terms: Arc<Terms>,
}

impl Claim {
    pub(crate) fn new(claim: statehold::Claim, options: SetOptions, terms: Arc<Terms>) -> Self {
        Self { inner: Mutex::new(Some(claim)), options, terms }
    }

    fn take(&self) -> Option<statehold::Claim> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Claim {
    /// Sets the key, gives up the claim, and returns the value as it is stored.
    fn set<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let made = self.terms.value(value)?;
        let claim = self.take().ok_or(Error::Closed { what: "the claim", advice: "ask for it again" })?;
        py.detach(|| claim.set(made.clone(), &self.options))?;
        value::object(py, &made)
    }

    /// Lets the next caller have it.
    fn give_up(&self, py: Python<'_>) {
        let claim = self.take();
        py.detach(|| drop(claim));
    }
}
