//! Mock clouds. Their documents cross as JSON texts.

mod exclusive;
mod instance;
mod open;
mod resource;
mod scenario;

use napi::bindgen_prelude::{ToNapiValue, TypeName};
use napi::{Env, Result};
use napi_derive::napi;
use statehold::Json;

use self::exclusive::Exclusive;
pub(crate) use self::open::MockMaking;
pub use self::open::{get_mock_cloud, open_mock_cloud, reset_mock_cloud};
use self::scenario::Scenarios;
use crate::fault::Faults;
use crate::pool::Workers;
use crate::reply::{Lane, Reply};

/// A mock cloud: of a store, in a transaction, or one that stands alone.
#[napi]
pub struct MockCloud {
    inner: statehold::MockCloud,
    /// Also what reads may write: what has come to be due meanwhile.
    lane: Lane,
    workers: Workers,
}

impl MockCloud {
    pub(crate) fn of_store(inner: statehold::MockCloud, workers: &Workers) -> Self {
        Self { inner, lane: Lane::Write(workers.clone()), workers: workers.clone() }
    }

    pub(crate) fn in_transaction(inner: statehold::MockCloud, workers: &Workers) -> Self {
        Self { inner, lane: Lane::inside(workers), workers: workers.clone() }
    }

    /// Has an operation done.
    fn ask<'env, T, J>(
        &self,
        env: &'env Env,
        later: bool,
        work: impl FnOnce(&statehold::MockCloud) -> statehold::Result<T> + Send + 'static,
        show: fn(T) -> J,
    ) -> Result<Reply<'env, J>>
    where
        T: Send + 'static,
        J: ToNapiValue + TypeName + 'static,
    {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || work(&inner), show)
    }

    /// Has an operation done that gives a document.
    fn document<'env>(
        &self,
        env: &'env Env,
        later: bool,
        work: impl FnOnce(&statehold::MockCloud) -> statehold::Result<Json> + Send + 'static,
    ) -> Result<Reply<'env, String>> {
        self.ask(env, later, work, Json::into_string)
    }
}

#[napi]
impl MockCloud {
    /// Its name.
    #[napi]
    pub fn name(&self) -> String {
        self.inner.name().to_owned()
    }

    /// Whether it was closed.
    #[napi]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Its faults.
    #[napi]
    pub fn faults(&self) -> Faults {
        Faults::new(self.inner.faults(), &self.workers)
    }

    /// Its scenarios.
    #[napi]
    pub fn scenarios(&self) -> Scenarios {
        Scenarios::new(self.inner.scenarios(), self.lane.clone())
    }

    /// All of it.
    #[napi]
    pub fn get_state<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_state()?))
    }

    /// Goes back to the fixtures.
    #[napi]
    pub fn reset_state<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        self.ask(env, later, statehold::MockCloud::reset_state, |()| ())
    }

    /// Puts a part of a state over it.
    #[napi]
    pub fn patch_state<'env>(&self, env: &'env Env, partial: String, later: bool) -> Result<Reply<'env, ()>> {
        self.ask(env, later, move |cloud| cloud.patch_state(&Json::new(partial)?), |()| ())
    }

    /// Makes what was done durable.
    #[napi]
    pub fn persist_now<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        self.ask(env, later, statehold::MockCloud::persist_now, |()| ())
    }

    /// Goes to the end of the line of those who want it for themselves.
    #[napi]
    pub fn exclusive(&self, persist: bool) -> Exclusive {
        Exclusive::new(self, persist)
    }

    /// Closes it.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        self.ask(env, later, statehold::MockCloud::close, |()| ())
    }
}
