//! An effect that is under way.

use std::sync::{Mutex, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{EffectOptions, EffectOutcome, EffectStatus, Error, Json};

use super::record::EffectResult;
use crate::reply::{Lane, Reply};

/// How an effect is run.
#[napi(object)]
pub struct Effecting {
    /// Under which key it happens once.
    pub key: Option<String>,
    /// What to do if it was begun and has no result.
    pub on_doubt: Option<String>,
}

impl Effecting {
    pub(super) fn options(given: Option<Self>) -> statehold::Result<EffectOptions> {
        let mut options = EffectOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.key = given.key;
        if let Some(on_doubt) = given.on_doubt {
            options.on_doubt = on_doubt.parse()?;
        }
        Ok(options)
    }
}

/// How an effect has ended: `ok` with its value as JSON text, or why it did not happen.
pub(super) fn outcome(status: &str, value: String) -> statehold::Result<EffectOutcome> {
    Ok(match status.parse()? {
        EffectStatus::Ok => EffectOutcome::Ok(Json::new(value)?),
        EffectStatus::Error => EffectOutcome::Error(value),
        EffectStatus::Cancelled => EffectOutcome::Cancelled(value),
        EffectStatus::Pending => {
            let reason = "an effect is settled as ok, error or cancelled".to_owned();
            return Err(Error::InvalidValue { path: "status".to_owned(), reason });
        }
    })
}

/// An effect whose intent is committed. Without a result it stays in doubt.
#[napi]
pub struct PendingEffect {
    inner: Mutex<Option<statehold::PendingEffect>>,
    writes: Lane,
}

impl PendingEffect {
    pub(super) fn new(inner: statehold::PendingEffect, writes: Lane) -> Self {
        Self { inner: Mutex::new(Some(inner)), writes }
    }
}

#[napi]
impl PendingEffect {
    /// Commits how it has ended.
    #[napi]
    pub fn finish<'env>(
        &self,
        env: &'env Env,
        status: String,
        value: String,
        later: bool,
    ) -> Result<Reply<'env, EffectResult>> {
        let pending = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        let work = move || {
            let outcome = outcome(&status, value)?;
            let over = Error::Closed { what: "the effect", advice: "it has its result" };
            pending.ok_or(over)?.finish(outcome)
        };
        self.writes.answer(env, later, work, EffectResult::from)
    }
}
