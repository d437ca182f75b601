//! The values that stand for an environment: a record, or one whose state the types know.

use super::deployment::state::State;
use super::deployment::{AnyEnvironment, Environment};
use super::record::EnvironmentRecord;
use crate::error::Result;

/// What can be saved: an [`Environment`], an [`AnyEnvironment`], an [`EnvironmentRecord`].
pub trait EnvironmentValue: Sized {
    /// The record, as it will be saved.
    fn record(&self) -> &EnvironmentRecord;

    /// The value for a record that was saved.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`](crate::Error::InvalidTransition) if it is in a state that the type does not stand for.
    fn from_record(record: EnvironmentRecord) -> Result<Self>;
}

impl EnvironmentValue for EnvironmentRecord {
    fn record(&self) -> &EnvironmentRecord {
        self
    }

    fn from_record(record: EnvironmentRecord) -> Result<Self> {
        Ok(record)
    }
}

impl EnvironmentValue for AnyEnvironment {
    fn record(&self) -> &EnvironmentRecord {
        self.record()
    }

    fn from_record(record: EnvironmentRecord) -> Result<Self> {
        Self::try_from(record)
    }
}

impl<S: State> EnvironmentValue for Environment<S> {
    fn record(&self) -> &EnvironmentRecord {
        self.record()
    }

    fn from_record(record: EnvironmentRecord) -> Result<Self> {
        Self::try_from(record)
    }
}
