//! The scenarios of a mock cloud.

use napi::{Env, Result};
use napi_derive::napi;
use statehold::Json;
use statehold::mock::Scenario;

use crate::reply::{Lane, Reply};

/// The scenarios that a cloud can be put into.
#[napi]
pub struct Scenarios {
    inner: statehold::Scenarios,
    lane: Lane,
}

impl Scenarios {
    pub(super) fn new(inner: statehold::Scenarios, lane: Lane) -> Self {
        Self { inner, lane }
    }
}

/// What a scenario is for.
#[napi(object)]
pub struct ScenarioInfo {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is one that every cloud has.
    pub built_in: bool,
}

impl From<statehold::mock::ScenarioInfo> for ScenarioInfo {
    fn from(info: statehold::mock::ScenarioInfo) -> Self {
        let statehold::mock::ScenarioInfo { name, description, built_in, .. } = info;
        Self { name, description, built_in }
    }
}

#[napi]
impl Scenarios {
    /// Those that there are.
    #[napi]
    pub fn list<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Vec<ScenarioInfo>>> {
        let inner = self.inner.clone();
        let show =
            |found: Vec<statehold::mock::ScenarioInfo>| found.into_iter().map(ScenarioInfo::from).collect();
        self.lane.answer(env, later, move || inner.list(), show)
    }

    /// The document of one.
    #[napi]
    pub fn get<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, String>> {
        let inner = self.inner.clone();
        let show = |scenario: Scenario| scenario.to_json().into_string();
        self.lane.answer(env, later, move || inner.get(&name), show)
    }

    /// Puts the cloud into one.
    #[napi]
    pub fn apply<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.apply(&name), |()| ())
    }

    /// Saves one.
    #[napi]
    pub fn save<'env>(&self, env: &'env Env, document: String, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.save(&Json::new(document)?), |()| ())
    }

    /// Deletes one that was saved.
    #[napi]
    pub fn delete<'env>(&self, env: &'env Env, name: String, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.delete(&name), |was| was)
    }

    /// The one that was applied last.
    #[napi]
    pub fn current<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Option<String>>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.current(), |name| name)
    }

    /// Goes back to the fixtures, without faults.
    #[napi]
    pub fn reset<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.lane.answer(env, later, move || inner.reset(), |()| ())
    }
}
