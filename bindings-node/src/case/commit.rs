//! A commit of a case: the functions of updates are JavaScript's, so it goes step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{CommitStep, Error, Json, UpdateFunction, Updated};

use super::record::{CaseReceipt, Token};
use crate::error::envelope;
use crate::reply::{Lane, Reply};

/// A function of an update, by the number that JavaScript knows it by.
pub(super) fn function(number: u32) -> UpdateFunction {
    UpdateFunction::foreign(Arc::new(number))
}

/// A commit that is under way.
#[napi]
pub struct Committing {
    /// Until it is over.
    inner: Arc<Mutex<Option<statehold::Committing>>>,
    writes: Lane,
}

const OVER: Error = Error::Closed { what: "the commit", advice: "begin another one" };

fn lock(inner: &Mutex<Option<statehold::Committing>>) -> MutexGuard<'_, Option<statehold::Committing>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Committing {
    pub(super) fn new(inner: statehold::Committing, writes: Lane) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), writes }
    }
}

/// A function to call, with what it gets.
#[napi(object)]
pub struct UpdateCall {
    /// Which function.
    pub function: u32,
    /// The context that it gets, as JSON text.
    pub ctx: Option<String>,
    /// Or the token.
    pub token: Option<Token>,
}

/// How a commit goes on.
#[napi(object)]
pub struct Finished {
    /// Whether all functions are to be called again.
    pub again: bool,
    /// The receipt, if something was buffered.
    pub receipt: Option<CaseReceipt>,
}

#[napi]
impl Committing {
    /// The next function to call.
    #[napi]
    pub fn next(&self) -> Result<Option<UpdateCall>> {
        let next = lock(&self.inner).as_mut().ok_or(OVER).and_then(statehold::Committing::next);
        let Some(call) = next.map_err(|error| envelope(&error))? else { return Ok(None) };
        let function = *call.function.downcast_ref::<u32>().expect("this binding buffers numbers alone");
        Ok(Some(match call.input {
            Updated::Ctx(ctx) => UpdateCall { function, ctx: Some(ctx.into_string()), token: None },
            Updated::Token(token) => UpdateCall { function, ctx: None, token: Some(token.into()) },
        }))
    }

    /// Takes the context, as JSON text, or the token that it gave.
    #[napi]
    pub fn done(&self, ctx: Option<String>, token: Option<Token>) -> Result<()> {
        let done = || {
            let output = match (ctx, token) {
                (_, Some(token)) => Updated::Token(token.try_into()?),
                (ctx, None) => Updated::Ctx(Json::new(ctx.unwrap_or_default())?),
            };
            lock(&self.inner).as_mut().ok_or(OVER)?.done(output)
        };
        done().map_err(|error| envelope(&error))
    }

    /// Commits.
    #[napi]
    pub fn finish<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Finished>> {
        let inner = self.inner.clone();
        let work = move || lock(&inner).as_mut().ok_or(OVER)?.finish();
        self.writes.answer(env, later, work, |step| match step {
            CommitStep::Again => Finished { again: true, receipt: None },
            CommitStep::Committed(receipt) => {
                Finished { again: false, receipt: receipt.map(CaseReceipt::from) }
            }
        })
    }

    /// Ends it. What was not committed is buffered again.
    #[napi]
    pub fn end(&self) {
        drop(lock(&self.inner).take());
    }
}
