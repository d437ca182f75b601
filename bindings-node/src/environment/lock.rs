//! Locks of environments.

use std::sync::Arc;
use std::time::Duration;

use napi::{Env, Result};
use napi_derive::napi;
use statehold::LockOptions;

use crate::reply::{Lane, Reply};
use crate::value::{count, ttl, wait};

/// How a lock is taken.
#[napi(object)]
pub struct Locking {
    /// How long to wait for it.
    pub timeout_ms: Option<f64>,
    /// Its lease.
    pub ttl_ms: Option<f64>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Whether to share it with whoever has it through the same store.
    pub reentrant: Option<bool>,
}

impl Locking {
    /// The options. Asked `later` it does not wait: a thread that waits for a lock would be missed by those who write.
    pub(super) fn options(given: Option<Self>, later: bool) -> statehold::Result<LockOptions> {
        let mut options = LockOptions::new();
        if let Some(given) = given {
            if let Some(timeout) = given.timeout_ms {
                options.timeout = wait("timeoutMs", timeout)?;
            }
            options.ttl = ttl(given.ttl_ms)?;
            options.purpose = given.purpose;
            options.reentrant = given.reentrant.unwrap_or(false);
        }
        if later {
            options.timeout = Duration::ZERO;
        }
        Ok(options)
    }
}

/// A lock that is held until it is released.
#[napi]
pub struct EnvironmentLock {
    inner: Arc<statehold::EnvironmentLock>,
    writes: Lane,
}

impl EnvironmentLock {
    pub(super) fn new((inner, writes): (statehold::EnvironmentLock, Lane)) -> Self {
        Self { inner: Arc::new(inner), writes }
    }
}

#[napi]
impl EnvironmentLock {
    /// The environment.
    #[napi]
    pub fn name(&self) -> String {
        self.inner.name().to_owned()
    }

    /// Names this grant.
    #[napi]
    pub fn token(&self) -> String {
        self.inner.token().to_owned()
    }

    /// The number of the grant.
    #[napi]
    pub fn fencing(&self) -> f64 {
        count(self.inner.fencing())
    }

    /// Whether it is still held.
    #[napi]
    pub fn is_held<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.is_held(), |held| held)
    }

    /// Releases it; says whether it was still held.
    #[napi]
    pub fn release<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.release(), |held| held)
    }
}
