//! A mock cloud for oneself, in parts: for asyncio, which can't hand over a function.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::Error;
use statehold::mock::{self, Turn};

use super::MockCloud;
use crate::arg::Function;
use crate::error::Result;

/// A place in the line of those who want the cloud for themselves, and what is done when it is the first.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Exclusive {
    stage: Mutex<Stage>,
    cloud: statehold::MockCloud,
    persist: bool,
}

enum Stage {
    /// In line, and not yet past the faults.
    Queued(Turn),
    Entered(Box<mock::Exclusive>),
    /// With a thread that works on it.
    Away,
    /// It has left.
    Over,
}

impl Exclusive {
    pub(super) fn new(cloud: &statehold::MockCloud, persist: bool) -> Self {
        Self { stage: Mutex::new(Stage::Queued(cloud.queue())), cloud: cloud.clone(), persist }
    }

    fn held(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has it for something that may take time: who leaves meanwhile does not wait for that.
    fn take(&self) -> Stage {
        let mut stage = self.held();
        if matches!(*stage, Stage::Over) {
            return Stage::Over;
        }
        std::mem::replace(&mut *stage, Stage::Away)
    }

    /// Gives it back. If it has left meanwhile, this is where what was done is undone.
    fn put_back(&self, exclusive: Box<mock::Exclusive>) {
        let mut stage = self.held();
        if matches!(*stage, Stage::Away) {
            *stage = Stage::Entered(exclusive);
        } else {
            drop(stage);
            drop(exclusive);
        }
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        f: impl Send + FnOnce(&mut mock::Exclusive) -> statehold::Result<T>,
    ) -> Result<T> {
        Ok(py.detach(|| {
            let Stage::Entered(mut exclusive) = self.take() else {
                return Err(Error::Closed { what: "the exclusive access", advice: "ask for it anew" });
            };
            let outcome = f(&mut exclusive);
            self.put_back(exclusive);
            outcome
        })?)
    }
}

#[pymethods]
impl Exclusive {
    /// Passes the faults, which may take time.
    fn enter(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| -> statehold::Result<()> {
            if let Stage::Queued(turn) = self.take() {
                self.put_back(Box::new(self.cloud.begin_exclusive_at(turn, self.persist)?));
            }
            Ok(())
        })?)
    }

    /// Calls `callback` once all who came before have left, by the thread of the last of them; at once if they have.
    fn when_first(&self, py: Python<'_>, callback: Function<'_>) -> Result<()> {
        let callback = callback.clone().unbind();
        let tell = move || {
            Python::attach(|py| {
                if let Err(error) = callback.call0(py) {
                    error.write_unraisable(py, Some(callback.bind(py)));
                }
            });
        };
        self.with(py, |exclusive| {
            exclusive.turn().when_first(tell);
            Ok(())
        })
    }

    /// Takes the write lock and returns the cloud to work on.
    fn begin(&self, py: Python<'_>) -> Result<MockCloud> {
        Ok(MockCloud { inner: self.with(py, mock::Exclusive::begin)? })
    }

    /// Commits, and returns whether that is done; False: begin again.
    fn commit(&self, py: Python<'_>) -> Result<bool> {
        self.with(py, mock::Exclusive::commit)
    }

    /// Undoes what was done, and returns whether to begin again.
    fn rollback(&self, py: Python<'_>) -> Result<bool> {
        self.with(py, |exclusive| Ok(exclusive.rollback()))
    }

    /// Leaves the line, and undoes what was not committed.
    fn leave(&self, py: Python<'_>) {
        // What leaves calls those who are next, which must find the lock free.
        py.detach(|| {
            let stage = std::mem::replace(&mut *self.held(), Stage::Over);
            drop(stage);
        });
    }
}
