//! How a call is made: plain data with builder methods.

use crate::error::{Error, Result};

/// How a state is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SaveOptions {
    /// The version of the data; the registered one if none, and 1 without that.
    pub version: Option<u32>,
    /// Saves only if the state is still at this revision; 0: if there is none.
    pub if_revision: Option<u64>,
    /// Whether to save over a state of a newer version than the one that is known.
    pub allow_newer: bool,
}

impl SaveOptions {
    /// The registered version, or 1; over any state that is not newer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`version`](Self::version).
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets [`if_revision`](Self::if_revision).
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.if_revision = Some(revision);
        self
    }

    /// Sets [`allow_newer`](Self::allow_newer).
    pub fn allow_newer(mut self, allow: bool) -> Self {
        self.allow_newer = allow;
        self
    }
}

/// How a state is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// The newest version that the caller knows; the registered one if none, and any without that.
    pub version: Option<u32>,
    /// Whether to load a newer one all the same.
    pub allow_newer: bool,
}

impl LoadOptions {
    /// Up to the registered version, or any.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`version`](Self::version).
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets [`allow_newer`](Self::allow_newer).
    pub fn allow_newer(mut self, allow: bool) -> Self {
        self.allow_newer = allow;
        self
    }
}

/// A version, as the bindings get it: a whole number from 0 to 2^32-1.
///
/// # Errors
/// [`Error::InvalidValue`] for any other number.
pub fn version_from_number(number: f64) -> Result<u32> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just before
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        return Ok(number as u32);
    }
    Err(Error::value("version", format!("it must be a whole number from 0 to 4294967295, not {number}")))
}
