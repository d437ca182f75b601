//! What is done with the instance of a mock cloud.

use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::Json;
use statehold::mock::Transition;

use super::MockCloud;
use crate::reply::Reply;
use crate::value::{span, span_ms};

/// How long a transition takes, which is a word or milliseconds.
pub(super) fn transition(given: Either<String, f64>) -> statehold::Result<Transition> {
    match given {
        Either::A(word) => word.parse(),
        Either::B(ms) => Ok(Transition::After(span("afterMs", ms)?)),
    }
}

fn shown(transition: Transition) -> Either<String, f64> {
    match transition {
        Transition::Immediate => Either::A("immediate".to_owned()),
        Transition::Manual => Either::A("manual".to_owned()),
        Transition::After(span) => Either::B(span_ms(span)),
    }
}

#[napi]
impl MockCloud {
    /// The instance.
    #[napi]
    pub fn get_instance<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_instance()?))
    }

    /// Puts some members over its own.
    #[napi]
    pub fn set_instance<'env>(
        &self,
        env: &'env Env,
        partial: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.set_instance(&Json::new(partial)?)?)
        })
    }

    /// Sets its state at once.
    #[napi]
    pub fn update_instance_state<'env>(
        &self,
        env: &'env Env,
        state: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.update_instance_state(state.parse()?)?)
        })
    }

    /// Its public address.
    #[napi]
    pub fn get_public_ip<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Option<String>>> {
        self.ask(env, later, statehold::MockCloud::get_public_ip, |address| address)
    }

    /// Sets it, or takes it away.
    #[napi]
    pub fn set_public_ip<'env>(
        &self,
        env: &'env Env,
        address: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        self.ask(env, later, move |cloud| cloud.set_public_ip(address.as_deref()), |()| ())
    }

    /// Whether it has a volume.
    #[napi]
    pub fn has_volume<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        self.ask(env, later, statehold::MockCloud::has_volume, |has| has)
    }

    /// Gives it one, or takes all away.
    #[napi]
    pub fn set_has_volume<'env>(
        &self,
        env: &'env Env,
        has_volume: bool,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        self.ask(env, later, move |cloud| cloud.set_has_volume(has_volume), |()| ())
    }

    /// Starts it.
    #[napi]
    pub fn start_instance<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.start_instance()?))
    }

    /// Stops it.
    #[napi]
    pub fn stop_instance<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.stop_instance()?))
    }

    /// Ends a start or a stop that is under way.
    #[napi]
    pub fn complete_transition<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, bool>> {
        self.ask(env, later, statehold::MockCloud::complete_transition, |was| was)
    }

    /// How long starting and stopping take: a word, or milliseconds.
    #[napi]
    pub fn get_transition<'env>(
        &self,
        env: &'env Env,
        later: bool,
    ) -> Result<Reply<'env, Either<String, f64>>> {
        self.ask(env, later, statehold::MockCloud::get_transition, shown)
    }

    /// Sets that.
    #[napi]
    pub fn set_transition<'env>(
        &self,
        env: &'env Env,
        to: Either<String, f64>,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        self.ask(env, later, move |cloud| cloud.set_transition(transition(to)?), |()| ())
    }
}
