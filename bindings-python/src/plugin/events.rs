//! Telling Python's functions what happened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::{Event, Subscription};

use crate::error::Result;
use crate::{callback, value};

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

fn tell(py: Python<'_>, function: &Bound<'_, PyAny>, event: &Event) {
    match value::from_json(py, event.payload().as_str()) {
        Ok(payload) => callback::tell(function, event.name(), payload),
        Err(error) => callback::log(py, function, event.name(), &error.into()),
    }
}
