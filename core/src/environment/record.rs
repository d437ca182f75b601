//! The record of one environment.

use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::times;
use crate::error::{Error, Result};
use crate::json::Json;

/// One environment as the store has it: a deployment, a machine, a tenant. It is a value: changing it changes
/// nothing in the store before it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EnvironmentRecord {
    /// Its name.
    pub name: String,
    /// The lifecycle that it follows: `deployment`, or one that was registered.
    pub lifecycle: String,
    /// Where it stands in that.
    pub state: String,
    /// What the application keeps of it.
    pub data: Json,
    /// Why it failed, in an error state; none otherwise.
    pub failure: Option<Failure>,
    /// The last state that it has reached in which no command is under way and none has failed.
    pub last_success: Option<String>,
    /// The last step that the command under way has told.
    pub step: Option<String>,
    /// The revision that wrote it; 0 if it isn't saved yet, or if the transaction that reads it has written it.
    pub revision: u64,
    /// When it was created.
    #[serde(with = "times::ms", rename = "created_at_ms")]
    pub created_at: SystemTime,
    /// When it was last written.
    #[serde(with = "times::ms", rename = "updated_at_ms")]
    pub updated_at: SystemTime,
    /// When it came to its state.
    #[serde(with = "times::ms", rename = "entered_at_ms")]
    pub entered_at: SystemTime,
    /// The transitions that the value has made since it was loaded, in order.
    #[serde(default, rename = "unsaved", skip_serializing_if = "Vec::is_empty")]
    pub(super) made: Vec<Made>,
}

/// A transition that was made on a value and isn't saved yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<Failure>,
}

impl EnvironmentRecord {
    /// The data as a `T`.
    ///
    /// # Errors
    /// [`Error::Serialization`] if it is something else.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.data.parse().map_err(|error| match error {
            Error::Serialization { reason, .. } => {
                Error::Serialization { what: format!("environment {:?}", self.name), reason }
            }
            other => other,
        })
    }

    /// A record that was never saved.
    pub(super) fn unsaved(name: &str, lifecycle: &str, state: &str, data: Json, now: SystemTime) -> Self {
        Self {
            name: name.to_owned(),
            lifecycle: lifecycle.to_owned(),
            state: state.to_owned(),
            data,
            failure: None,
            last_success: None,
            step: None,
            revision: 0,
            created_at: now,
            updated_at: now,
            entered_at: now,
            made: Vec::new(),
        }
    }
}

impl EnvironmentRecord {
    /// Makes a transition on the value, to be checked when it is saved.
    pub(super) fn goes_to(&mut self, to: &str, failure: Option<Failure>) {
        to.clone_into(&mut self.state);
        self.step = None;
        self.failure.clone_from(&failure);
        self.made.push(Made { to: to.to_owned(), failure });
    }
}
