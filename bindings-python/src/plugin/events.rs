//! Telling Python's functions what happened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::intern;
use pyo3::prelude::*;
use statehold::{Event, Subscription};

use crate::error::Result;
use crate::value;

/// The functions that a store tells of events.
#[derive(Default)]
pub(crate) struct Callbacks(Mutex<Vec<Callback>>);

struct Callback {
    event: String,
    function: Arc<Py<PyAny>>,
    subscription: Subscription,
}

impl Callbacks {
    fn lock(&self) -> MutexGuard<'_, Vec<Callback>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(
        &self,
        store: &statehold::Store,
        event: &str,
        function: &Bound<'_, PyAny>,
    ) -> Result<()> {
        let function = Arc::new(function.clone().unbind());
        let called = function.clone();
        let subscription = store.on(event, move |event| {
            Python::attach(|py| tell(py, called.bind(py), event));
        })?;
        self.lock().push(Callback { event: event.to_owned(), function, subscription });
        Ok(())
    }

    /// Ends what was added last of those that are equal, as methods of one object are; whether there was one.
    pub(crate) fn remove(
        &self,
        py: Python<'_>,
        store: &statehold::Store,
        event: &str,
        function: &Bound<'_, PyAny>,
    ) -> Result<bool> {
        // Comparing runs Python's code, which may come here again.
        let candidates: Vec<_> = self
            .lock()
            .iter()
            .rev()
            .filter(|callback| callback.event == event)
            .map(|callback| (callback.subscription, callback.function.clone()))
            .collect();
        for (subscription, candidate) in candidates {
            if candidate.bind(py).eq(function)? {
                self.lock().retain(|callback| callback.subscription != subscription);
                return Ok(store.off(subscription));
            }
        }
        Ok(false)
    }

    /// Ends all of them, so that functions that hold the store do not keep it.
    pub(crate) fn clear(&self, store: &statehold::Store) {
        let callbacks = std::mem::take(&mut *self.lock());
        for callback in callbacks {
            store.off(callback.subscription);
        }
    }
}

/// Calls a function. What it raises is logged: what it was told of has happened all the same.
fn tell(py: Python<'_>, function: &Bound<'_, PyAny>, event: &Event) {
    let told = value::from_json(py, event.payload().as_str())
        .and_then(|payload| function.call1((payload,)).map_err(Into::into));
    if let Err(error) = told {
        let error: PyErr = error.into();
        if let Err(error) = log(py, event, &error) {
            error.write_unraisable(py, Some(function));
        }
    }
}

fn log(py: Python<'_>, event: &Event, error: &PyErr) -> PyResult<()> {
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // Ctrl-C is not the callback's: it comes again as soon as the operation is over.
        py.import("_thread")?.call_method0("interrupt_main")?;
        return Ok(());
    }
    let logger = py.import("logging")?.call_method1("getLogger", ("statehold",))?;
    let options = pyo3::types::PyDict::new(py);
    options.set_item(intern!(py, "exc_info"), error.value(py))?;
    logger.call_method("error", ("a callback of %s raised", event.name()), Some(&options))?;
    Ok(())
}
