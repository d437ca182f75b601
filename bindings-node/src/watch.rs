//! Watching for changes.

use std::sync::Arc;

use napi::{Env, Result};
use napi_derive::napi;

use crate::error::envelope;
use crate::journal::Change;
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::value::{count, wait};

/// The changes of a store as they are committed.
#[napi]
pub struct Watch {
    inner: Arc<statehold::Watch>,
    /// Of its own, since it may wait for ever, which no other work should have to wait for.
    waits: Lane,
}

impl Watch {
    pub(crate) fn new(inner: statehold::Watch) -> Self {
        Self { inner: Arc::new(inner), waits: Lane::Write(Workers::default()) }
    }
}

#[napi]
impl Watch {
    /// The next change, if it has been read already.
    #[napi]
    pub fn next_buffered(&self) -> Result<Option<Change>> {
        let found = self.inner.next_buffered().map_err(|error| envelope(&error))?;
        Ok(found.map(Change::from))
    }

    /// Waits until there is a change to be had and says whether there is. It takes none, so that none is lost if
    /// nobody waits any more for the answer.
    #[napi]
    pub fn ready<'env>(&self, env: &'env Env, timeout_ms: f64, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        let work = move || inner.ready_within(wait("timeoutMs", timeout_ms)?);
        self.waits.answer(env, later, work, |is_ready| is_ready)
    }

    /// The revision to go on after.
    #[napi]
    pub fn revision(&self) -> f64 {
        count(self.inner.revision())
    }

    /// Whether it was closed.
    #[napi]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Ends it, and the waiting for it.
    #[napi]
    pub fn close(&self) {
        self.inner.close();
    }
}

/// A thread that waits holds it too, and would wait for ever in the name of a JavaScript thread that has ended.
impl Drop for Watch {
    fn drop(&mut self) {
        self.inner.close();
    }
}
