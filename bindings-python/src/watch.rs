//! Watching for changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use statehold::{Error, WatchOptions};

use crate::arg::{Name, Pattern, Span};
use crate::error::{Failure, Result};
use crate::record::Change;

/// How long a wait lasts at most before Ctrl-C is looked for; under asyncio, before the thread is given back.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn options(
    facet: Option<&str>,
    namespace: Option<Name<'_>>,
    pattern: Option<Pattern<'_>>,
    after: Option<u64>,
) -> WatchOptions {
    let mut options = WatchOptions::new();
    options.facet = facet.map(str::to_owned);
    options.namespace = namespace.map(|name| name.to_owned());
    options.pattern = pattern.map(|pattern| pattern.to_owned());
    options.after = after;
    options
}

/// The changes of a store as they are committed, by any process: an iterator that waits for each of them, and that
/// ends when it is closed. A context manager that closes it.
///
/// Each change is given out once, in the order of the commits and without a gap. Threads may share a watch: each
/// change goes to one of them. To go on later, also in another process, keep `revision` and watch after it.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Watch {
    inner: Arc<statehold::Watch>,
}

impl Watch {
    pub(crate) fn new(inner: statehold::Watch) -> Self {
        Self { inner: Arc::new(inner) }
    }

    fn wait(&self, py: Python<'_>, patience: &Patience) -> Result<Option<Change>> {
        loop {
            if let Some(change) = py.detach(|| self.inner.next_within(patience.turn()))? {
                return Ok(Some(change.into()));
            }
            if patience.is_over() {
                return Ok(None);
            }
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl Watch {
    /// The next change; waits for it for so many seconds, and gives None when the time is up. Raises
    /// `FeedLaggedError` when the journal no longer reaches back to what was given out last, `ClosedError` when the
    /// watch or its store has been closed, also while this waits.
    fn next_within(&self, py: Python<'_>, timeout: Span) -> Result<Option<Change>> {
        self.wait(py, &Patience::of(Some(timeout)))
    }

    /// The next change, if there is one now.
    fn try_next(&self, py: Python<'_>) -> Result<Option<Change>> {
        Ok(py.detach(|| self.inner.try_next())?.map(Change::from))
    }

    /// The last revision of which every change has been given out: the one to go on after.
    #[getter]
    fn revision(&self) -> u64 {
        self.inner.revision()
    }

    /// Whether it was closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Ends the watch, also for those who wait for it in other threads. Closing twice is no error.
    fn close(&self) {
        self.inner.close();
    }

    /// The next change, if it has been read already, for asyncio.
    #[pyo3(name = "_next_buffered")]
    fn next_buffered(&self) -> Result<Option<Change>> {
        Ok(self.inner.next_buffered()?.map(Change::from))
    }

    /// Waits for a turn, and takes nothing, for asyncio; False when there is nothing and the patience is over.
    #[pyo3(name = "_turn")]
    fn turn(&self, py: Python<'_>, patience: &Patience) -> Result<bool> {
        Ok(py.detach(|| self.inner.ready_within(patience.turn()))? || !patience.is_over())
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> Result<Option<Change>> {
        match self.wait(py, &Patience::of(None)) {
            Err(Failure::Core(Error::Closed { .. })) if self.inner.is_closed() => Ok(None),
            next => next,
        }
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (kind, error, trace, /))]
    fn __exit__(&self, kind: &Bound<'_, PyAny>, error: &Bound<'_, PyAny>, trace: &Bound<'_, PyAny>) {
        let _ = (kind, error, trace);
        self.close();
    }
}

/// How long somebody waits; None: for ever.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Patience {
    until: Option<Instant>,
}

impl Patience {
    /// What is too far off to be told is for ever.
    pub(crate) fn of(timeout: Option<Span>) -> Self {
        Self { until: timeout.and_then(|timeout| Instant::now().checked_add(timeout.0)) }
    }

    pub(crate) fn turn(&self) -> Duration {
        self.until.map_or(LOOK_EVERY, |until| until.saturating_duration_since(Instant::now()).min(LOOK_EVERY))
    }
}

#[pymethods]
impl Patience {
    #[new]
    #[pyo3(signature = (timeout = None))]
    fn new(timeout: Option<Span>) -> Self {
        Self::of(timeout)
    }

    /// Whether the time is up.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}
