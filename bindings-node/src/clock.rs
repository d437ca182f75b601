//! The clock that moves only when it is told to.

use std::time::Duration;

use napi::Result;
use napi_derive::napi;
use statehold::{Clock as _, Error};

use crate::error::envelope;
use crate::value::{time_ms, time_of};

/// A clock for tests.
#[napi]
pub struct ManualClock {
    pub(crate) inner: statehold::ManualClock,
}

#[napi]
impl ManualClock {
    /// Starts at a time in milliseconds since 1970, or at the machine's.
    #[napi(constructor)]
    pub fn new(start_ms: Option<f64>) -> Result<Self> {
        let start =
            start_ms.map(|ms| time_of("startMs", ms)).transpose().map_err(|error| envelope(&error))?;
        Ok(Self { inner: start.map_or_else(statehold::ManualClock::new, statehold::ManualClock::at) })
    }

    /// Moves it forward.
    #[napi]
    pub fn advance_ms(&self, ms: f64) -> Result<()> {
        let refused = |_| Error::InvalidValue {
            path: "ms".to_owned(),
            reason: format!("a clock is advanced by 0 or more, not {ms}; setMs() also turns it back"),
        };
        let by = Duration::try_from_secs_f64(ms.round() / 1000.0).map_err(refused);
        self.inner.advance(by.map_err(|error| envelope(&error))?);
        Ok(())
    }

    /// What it shows, in milliseconds since 1970.
    #[napi]
    pub fn now_ms(&self) -> f64 {
        time_ms(self.inner.now())
    }

    /// Sets it, also backwards.
    #[napi]
    pub fn set_ms(&self, ms: f64) -> Result<()> {
        self.inner.set(time_of("ms", ms).map_err(|error| envelope(&error))?);
        Ok(())
    }
}
