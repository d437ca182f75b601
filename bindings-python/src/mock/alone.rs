//! Mock clouds that stand alone.

use std::path::PathBuf;

use pyo3::prelude::*;

use super::{MockCloud, Partial, Transition};
use crate::arg::Span;
use crate::clock::ManualClock;
use crate::error::Result;

/// Opens a mock cloud that stands alone, in memory, with faults on: with a partial state as `fixtures` over the built-in
/// ones, and the time that starting and stopping take, 2.5 seconds if nothing is said. With `persist_to` it is loaded from
/// that JSON file, if it is there, and written to it `debounce` seconds after a change, by `persist_now` and by `close`.
/// Raises `CorruptError` for a damaged file, which it sets aside.
#[pyfunction]
#[pyo3(signature = (*, persist_to = None, debounce = Span::SECOND, fixtures = None, transition = None, clock = None),
       text_signature = "(*, persist_to=None, debounce=1.0, fixtures=None, transition=None, clock=None)")]
pub(crate) fn open_mock_cloud(
    py: Python<'_>,
    persist_to: Option<PathBuf>,
    debounce: Span,
    fixtures: Option<Partial>,
    transition: Option<Transition>,
    clock: Option<PyRef<'_, ManualClock>>,
) -> Result<MockCloud> {
    let mut options = super::options(fixtures, transition).debounce(debounce.0);
    if let Some(path) = persist_to {
        options = options.persist_to(path);
    }
    if let Some(clock) = clock {
        options = options.clock(clock.0.clone());
    }
    Ok(MockCloud { inner: py.detach(|| statehold::open_mock_cloud(options))? })
}

/// The mock cloud of the process, which stands alone; made at the first call.
#[pyfunction]
pub(crate) fn get_mock_cloud(py: Python<'_>) -> Result<MockCloud> {
    Ok(MockCloud { inner: py.detach(statehold::get_mock_cloud)? })
}

/// Closes the mock cloud of the process and forgets it: `get_mock_cloud` makes a new one.
#[pyfunction]
pub(crate) fn reset_mock_cloud(py: Python<'_>) -> Result<()> {
    Ok(py.detach(statehold::reset_mock_cloud)?)
}
