//! A mock cloud for oneself, in the steps that a function of JavaScript comes between.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use napi::bindgen_prelude::{JsValue, PromiseRaw};
use napi::{Env, Result};
use napi_derive::napi;
use statehold::Error;
use statehold::mock::Turn;

use super::MockCloud;
use crate::error::envelope;
use crate::pool::Workers;
use crate::reply::{Lane, Reply};

/// How long the thread of JavaScript waits for its turn. Those before it may need just this thread to go on.
const PATIENCE: Duration = Duration::from_secs(5);

/// A place in the line of those who want a cloud for themselves, and what is done when it is the first.
#[napi]
pub struct Exclusive {
    stage: Arc<Mutex<Stage>>,
    cloud: statehold::MockCloud,
    persist: bool,
    lane: Lane,
    workers: Workers,
}

enum Stage {
    /// In line, and not yet past the faults.
    Queued(Turn),
    Entered(Box<statehold::mock::Exclusive>),
    /// It has left.
    Over,
}

impl Stage {
    fn entered(&mut self) -> statehold::Result<&mut statehold::mock::Exclusive> {
        match self {
            Self::Entered(exclusive) => Ok(exclusive),
            Self::Queued(_) | Self::Over => {
                Err(Error::Closed { what: "the exclusive access", advice: "ask for it anew" })
            }
        }
    }
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exclusive {
    pub(super) fn new(cloud: &MockCloud, persist: bool) -> Self {
        let inner = cloud.inner.clone();
        let stage = Arc::new(Mutex::new(Stage::Queued(inner.queue())));
        Self { stage, cloud: inner, persist, lane: cloud.lane.clone(), workers: cloud.workers.clone() }
    }
}

#[napi]
impl Exclusive {
    /// Passes the faults, which may take time.
    #[napi]
    pub fn enter<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let (stage, cloud, persist) = (self.stage.clone(), self.cloud.clone(), self.persist);
        let work = move || {
            let Stage::Queued(turn) = std::mem::replace(&mut *lock(&stage), Stage::Over) else {
                return Ok(());
            };
            let exclusive = cloud.begin_exclusive_at(turn, persist)?;
            *lock(&stage) = Stage::Entered(Box::new(exclusive));
            Ok(())
        };
        self.lane.answer(env, later, work, |()| ())
    }

    /// Waits until all who came before have left. Asked `later` no thread waits.
    #[napi]
    pub fn wait<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let mut stage = lock(&self.stage);
        let exclusive = stage.entered().map_err(|error| envelope(&error))?;
        if later {
            let (deferred, promise) = env.create_deferred()?;
            exclusive.turn().when_first(move || deferred.resolve(|_| Ok(())));
            return Ok(Reply::B(PromiseRaw::new(env.raw(), promise.raw())));
        }
        let begun = Instant::now();
        if exclusive.turn().wait_for(PATIENCE) {
            return Ok(Reply::A(()));
        }
        let path = format!("mock cloud {}", self.cloud.name()).into();
        Err(envelope(&Error::Busy { path, waited: begun.elapsed() }))
    }

    /// Takes the write lock and gives the cloud to work on.
    #[napi]
    pub fn begin<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, MockCloud>> {
        let (stage, workers) = (self.stage.clone(), self.workers.clone());
        let work = move || Ok((lock(&stage).entered()?.begin()?, workers));
        self.lane.answer(env, later, work, |(inner, workers)| MockCloud::in_transaction(inner, &workers))
    }

    /// Commits what was done since. False: it is to be begun again.
    #[napi]
    pub fn commit<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        let stage = self.stage.clone();
        let lane = Lane::First(self.workers.clone());
        lane.answer(env, later, move || lock(&stage).entered()?.commit(), |done| done)
    }

    /// Undoes what was done since. True: it is to be begun again.
    #[napi]
    pub fn rollback<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        let stage = self.stage.clone();
        let lane = Lane::First(self.workers.clone());
        lane.answer(env, later, move || Ok(lock(&stage).entered()?.rollback()), |again| again)
    }

    /// Lets the next one in.
    #[napi]
    pub fn leave(&self) {
        // What leaves calls those that are next, which must find the lock free.
        let stage = std::mem::replace(&mut *lock(&self.stage), Stage::Over);
        drop(stage);
    }
}
