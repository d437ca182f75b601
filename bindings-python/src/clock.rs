//! A clock for tests.

use pyo3::prelude::*;

use crate::arg::{Moment, Span, since_1970};

/// A clock that moves only when it is told to, for tests of one's own TTL logic without sleeping: pass it as
/// `clock=` when opening a store. Starts at `start`, in seconds since 1970, or at the machine's present time.
#[pyclass(frozen, module = "statehold")]
#[derive(Clone)]
pub(crate) struct ManualClock(pub(crate) statehold::ManualClock);

#[pymethods]
impl ManualClock {
    #[new]
    #[pyo3(signature = (start = None))]
    fn new(start: Option<Moment>) -> Self {
        Self(start.map_or_else(statehold::ManualClock::new, |start| statehold::ManualClock::at(start.0)))
    }

    /// Moves the clock forward by so many seconds (or a `timedelta`).
    fn advance(&self, seconds: Span) {
        self.0.advance(seconds.0);
    }

    /// The time that it shows, in seconds since 1970.
    fn now(&self) -> f64 {
        since_1970(statehold::Clock::now(&self.0))
    }

    /// Sets the clock to so many seconds since 1970, also backwards, as an administrator or a time server would.
    fn set(&self, seconds: Moment) {
        self.0.set(seconds.0);
    }

    fn __repr__(&self) -> String {
        format!("ManualClock({})", since_1970(statehold::Clock::now(&self.0)))
    }
}
