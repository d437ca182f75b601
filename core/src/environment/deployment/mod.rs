//! The deployment lifecycle in types: a transition that is not in the picture does not compile.

mod any;
#[cfg(doctest)]
mod refused;
pub mod state;
mod transition;

use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

pub use self::any::AnyEnvironment;
use self::state::{Created, State};
use super::failure::Failure;
use super::lifecycle::DEPLOYMENT;
use super::record::EnvironmentRecord;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::json::Json;

/// An environment of the deployment lifecycle, in a state that the compiler knows.
///
/// It is a value: a transition takes it and gives another one, and nothing of it is in a store before it is saved. A
/// save checks the transitions again, writes each of them to the history, and commits them together.
///
/// ```
/// use statehold::{Environment, Json, Store};
/// use statehold::environment::state::Created;
///
/// let environments = Store::open(":memory:")?.environments();
/// let web = environments.save(&Environment::<Created>::new("web", Json::new(r#"{"size": 2}"#)?))?;
/// let web = environments.save(&web.start_provisioning())?;
/// let web = environments.save(&web.provisioned())?;
/// assert_eq!(web.name(), "web");
/// assert_eq!(environments.load("web")?.state, "provisioned");
/// # Ok::<(), statehold::Error>(())
/// ```
pub struct Environment<S> {
    record: EnvironmentRecord,
    state: PhantomData<fn() -> S>,
}

impl Environment<Created> {
    /// A new one, which comes to be in a store when it is saved there.
    pub fn new(name: impl Into<String>, data: Json) -> Self {
        let mut record =
            EnvironmentRecord::unsaved(&name.into(), DEPLOYMENT, Created::NAME, data, SystemClock.now());
        record.last_success = Some(Created::NAME.to_owned());
        Self { record, state: PhantomData }
    }
}

impl<S: State> Environment<S> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// The name of its state.
    pub fn state_name(&self) -> &'static str {
        S::NAME
    }

    /// What the application keeps of it.
    pub fn data(&self) -> &Json {
        &self.record.data
    }

    /// The data as a `T`.
    ///
    /// # Errors
    /// [`Error::Serialization`] if it is something else.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.record.data_as()
    }

    /// The same environment with other data.
    pub fn with_data(mut self, data: Json) -> Self {
        self.record.data = data;
        self
    }

    /// Why it failed, in an error state; none otherwise.
    pub fn failure(&self) -> Option<&Failure> {
        self.record.failure.as_ref()
    }

    /// The last state that it has reached in which no command is under way and none has failed.
    pub fn last_success(&self) -> Option<&str> {
        self.record.last_success.as_deref()
    }

    /// The last step that the command under way has told.
    pub fn step(&self) -> Option<&str> {
        self.record.step.as_deref()
    }

    /// The revision that it was saved with; 0 if it was not.
    pub fn revision(&self) -> u64 {
        self.record.revision
    }

    /// When it came to be.
    pub fn created_at(&self) -> SystemTime {
        self.record.created_at
    }

    /// The record, as it will be saved.
    pub fn record(&self) -> &EnvironmentRecord {
        &self.record
    }

    /// The record, without a copy.
    pub fn into_record(self) -> EnvironmentRecord {
        self.record
    }

    /// Makes a transition that the types have allowed.
    fn go<To: State>(mut self, failure: Option<Failure>) -> Environment<To> {
        self.record.goes_to(To::NAME, failure);
        if To::IS_SETTLED {
            self.record.last_success = Some(To::NAME.to_owned());
        }
        Environment { record: self.record, state: PhantomData }
    }
}

/// Takes a record that is in this state of the deployment lifecycle.
impl<S: State> TryFrom<EnvironmentRecord> for Environment<S> {
    type Error = Error;

    fn try_from(record: EnvironmentRecord) -> Result<Self> {
        if record.lifecycle == DEPLOYMENT && record.state == S::NAME {
            return Ok(Self { record, state: PhantomData });
        }
        Err(other_state(&record, S::NAME))
    }
}

/// That a record is in another state than it was expected in.
fn other_state(record: &EnvironmentRecord, expected: &str) -> Error {
    let reason = if record.lifecycle == DEPLOYMENT {
        format!("it is {}, and {expected} was expected", record.state)
    } else {
        format!("it follows the lifecycle {:?}, not {DEPLOYMENT:?}", record.lifecycle)
    };
    Error::InvalidTransition {
        what: "environment",
        name: record.name.clone(),
        from: record.state.clone(),
        to: expected.to_owned(),
        allowed: Box::default(),
        reason: reason.into(),
    }
}

impl<S> Clone for Environment<S> {
    fn clone(&self) -> Self {
        Self { record: self.record.clone(), state: PhantomData }
    }
}

impl<S> PartialEq for Environment<S> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<S> fmt::Debug for Environment<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.record).finish()
    }
}

/// Its name and state.
impl<S: State> fmt::Display for Environment<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), S::NAME)
    }
}
