//! Changing a value by a function of JavaScript, in the steps that it comes between.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::Error;

use crate::reply::{Lane, Reply};
use crate::value::{Content, Given, content};

/// An update under way.
#[napi]
pub struct Update {
    inner: Arc<Mutex<Option<statehold::Update>>>,
    writes: Lane,
}

const OVER: Error = Error::Closed { what: "the update", advice: "it has ended; begin another one" };

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Update {
    pub(crate) fn new((inner, writes): (statehold::Update, Lane)) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), writes }
    }
}

#[napi]
impl Update {
    /// The value that is to be changed; null for a missing key.
    #[napi]
    pub fn next<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Option<Content>>> {
        let inner = self.inner.clone();
        let work = move || lock(&inner).as_mut().ok_or(OVER)?.next();
        self.writes.answer(env, later, work, |found| found.map(content))
    }

    /// Sets what was made of it. False if others have changed it meanwhile: then it is to be asked for anew.
    #[napi]
    pub fn done<'env>(&self, env: &'env Env, value: Content, later: bool) -> Result<Reply<'env, bool>> {
        let (inner, value) = (self.inner.clone(), Given::from(value));
        let holds_lock = lock(&inner).as_ref().is_some_and(statehold::Update::holds_lock);
        let lane = if holds_lock { self.writes.first() } else { self.writes.clone() };
        let work = move || lock(&inner).as_mut().ok_or(OVER)?.done(value.value()?);
        lane.answer(env, later, work, |done| done)
    }

    /// Ends it; what is not done changes nothing.
    #[napi]
    pub fn end(&self) {
        lock(&self.inner).take();
    }
}
