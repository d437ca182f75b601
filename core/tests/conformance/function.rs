//! The functions that a case hands to operations.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Case;
use statehold::{Json, ManualClock, Store};

use crate::execute::{Executor, Failure, Target};
use crate::format::{Data, Saved, decode};

/// What the function `raise` fails with.
#[derive(Debug)]
pub(crate) struct Raised;

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("raised by the function")
    }
}

impl std::error::Error for Raised {}

impl From<Raised> for Failure {
    fn from(Raised: Raised) -> Self {
        Self::Raised
    }
}

/// A function by its name. It owns all that it needs, since some outlive the step that gave it.
pub(crate) struct Function {
    spec: Case,
    saved: Saved,
    /// How often the functions of the step ran.
    calls: Arc<AtomicU64>,
    /// How often this one did.
    runs: AtomicU64,
    /// Where `interfere` performs its step.
    store: Option<(Store, ManualClock)>,
}

impl Executor<'_> {
    pub(crate) fn function(&self, spec: &Case) -> Function {
        assert!(spec["$fn"].is_string(), "{spec} is no function");
        Function {
            spec: spec.clone(),
            saved: self.saved.borrow().clone(),
            calls: self.calls.clone(),
            runs: AtomicU64::new(0),
            store: (spec["$fn"] == "interfere").then(|| (self.store(), self.clock.clone())),
        }
    }
}

impl Function {
    /// Runs it on what was found; `version` is for migrations.
    pub(crate) fn call(&self, found: Option<Data>, version: u32) -> Result<Data, Raised> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let is_first = self.runs.fetch_add(1, Ordering::Relaxed) == 0;
        if let Some((store, clock)) = &self.store
            && (is_first || self.spec["always"] == true)
        {
            let beside = Executor::beside(store, clock);
            beside.step(Target::Store, &self.spec["step"], 0).unwrap();
        }
        self.compute(&self.spec, found, version)
    }

    fn compute(&self, spec: &Case, found: Option<Data>, version: u32) -> Result<Data, Raised> {
        let value = || decode(&spec["value"], &self.saved);
        Ok(match (spec["$fn"].as_str().unwrap(), found) {
            // What Rust gives is owned, so that there is nothing that could be spoilt.
            ("interfere" | "spoil", found) => return self.compute(&spec["then"], found, version),
            ("return", _) => value(),
            ("same", found) => found.unwrap_or(Data::Null),
            ("wrap", found) => Data::List(vec![found.unwrap_or(Data::Null)]),
            ("append", found) => {
                let mut items = found.map_or_else(Vec::new, |found| found.list().to_vec());
                items.push(value());
                Data::List(items)
            }
            ("add", found) => match (found.unwrap_or(Data::Int(0)), value()) {
                (Data::Int(left), Data::Int(right)) => Data::Int(left + right),
                (left, right) => panic!("{left:?} and {right:?} are no integers"),
            },
            ("member", Some(mut object)) => {
                object.set_member(spec["name"].as_str().unwrap(), value());
                object
            }
            ("version", Some(mut object)) => {
                let mut saw = object.find_member("saw").map_or_else(Vec::new, |saw| saw.list().to_vec());
                saw.push(Data::Int(version.into()));
                object.set_member("saw", Data::List(saw));
                object
            }
            ("raise", _) => return Err(Raised),
            (name, _) => panic!("the function {name} must not run"),
        })
    }

    /// As a step of a migration.
    pub(crate) fn migrate(
        &self,
        data: &Json,
        version: u32,
    ) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Json::from_serialize(&self.call(Some(Data::of_json(data)), version)?)?)
    }
}
