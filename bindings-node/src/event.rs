//! Events: what the core tells on whatever thread did it, kept until JavaScript's thread takes it.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;
use statehold::Subscription;

use crate::error::envelope;

/// Calls a function on JavaScript's thread. It is a weak one: it does not keep the process alive.
pub(crate) type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The events that were asked for, in the order in which they happened.
#[napi]
pub struct EventQueue {
    store: statehold::Store,
    subscriptions: Mutex<HashMap<String, Subscription>>,
    heard: Arc<Heard>,
}

struct Heard {
    payloads: Mutex<Vec<String>>,
    wake: Wake,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    /// One queue for all events, since those of several would overtake each other.
    fn push(&self, payload: String) {
        let mut payloads = lock(&self.payloads);
        payloads.push(payload);
        if payloads.len() == 1 {
            drop(payloads);
            // It fails when the JavaScript thread has ended, and then there is nobody to tell.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

impl EventQueue {
    pub(crate) fn new(store: statehold::Store, wake: Wake) -> Self {
        let heard = Arc::new(Heard { payloads: Mutex::default(), wake });
        Self { store, subscriptions: Mutex::default(), heard }
    }
}

#[napi]
impl EventQueue {
    /// Begins to listen for an event.
    #[napi]
    pub fn on(&self, event: String) -> Result<()> {
        let heard = self.heard.clone();
        let listen = move |event: &statehold::Event| heard.push(event.payload().into_string());
        let subscription = self.store.on(&event, listen).map_err(|error| envelope(&error))?;
        if let Some(before) = lock(&self.subscriptions).insert(event, subscription) {
            self.store.off(before);
        }
        Ok(())
    }

    /// Ends it.
    #[napi]
    pub fn off(&self, event: String) {
        if let Some(subscription) = lock(&self.subscriptions).remove(&event) {
            self.store.off(subscription);
        }
    }

    /// Takes what has happened, as JSON texts. When there is something again, the function is called.
    #[napi]
    pub fn take(&self) -> Vec<String> {
        take(&mut *lock(&self.heard.payloads))
    }
}

/// The store may outlive it, which would go on to tell nobody.
impl Drop for EventQueue {
    fn drop(&mut self) {
        for (_, subscription) in lock(&self.subscriptions).drain() {
            self.store.off(subscription);
        }
    }
}
