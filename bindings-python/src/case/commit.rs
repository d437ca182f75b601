//! Committing what is buffered. The core says which function is next, and it is called here, or under asyncio by the
//! event loop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use statehold::{CommitStep, Error, UpdateCall, Updated};

use super::{Case, CaseReceipt, CaseStatus, Token};
use crate::error::Result;
use crate::value::{self, Terms};

/// A commit under way.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Committing {
    /// None once it is over.
    inner: Mutex<Option<statehold::Committing>>,
    terms: Arc<Terms>,
}

const OVER: Error = Error::Closed { what: "the commit", advice: "begin another one" };

/// A function and what it is called with.
type Call<'py> = (Py<PyAny>, Bound<'py, PyAny>);

impl Committing {
    fn lock(&self) -> MutexGuard<'_, Option<statehold::Committing>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What fails here ends it, and what was buffered is in the buffer again.
    fn run(self, py: Python<'_>) -> Result<Option<CaseReceipt>> {
        loop {
            while let Some((function, input)) = self.next(py)? {
                self.done(function.bind(py).call1((input,))?)?;
            }
            if let (true, receipt) = self.finish(py)? {
                return Ok(receipt);
            }
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl Committing {
    /// The next function to call; None when all were called.
    fn next<'py>(&self, py: Python<'py>) -> Result<Option<Call<'py>>> {
        let call = py.detach(|| self.lock().as_mut().ok_or(OVER)?.next())?;
        let Some(UpdateCall { function, input, .. }) = call else { return Ok(None) };
        let function = function.downcast_ref::<Py<PyAny>>().expect("it was buffered here").clone_ref(py);
        Ok(Some(match input {
            Updated::Ctx(ctx) => (function, value::from_json(py, ctx.as_str())?),
            Updated::Token(token) => (function, Bound::new(py, Token::of(py, token)?)?.into_any()),
        }))
    }

    /// Hands in what the function returned.
    fn done(&self, made: Bound<'_, PyAny>) -> Result<()> {
        let py = made.py();
        let call = py.detach(|| self.lock().as_mut().ok_or(OVER)?.next())?;
        let made = match call.map(|call| call.input) {
            Some(Updated::Token(_)) => {
                let Ok(token) = made.cast::<Token>() else {
                    let kind = made.get_type().name()?;
                    let reason = format!("the function of update_token must return a Token, not {kind}");
                    return Err(PyTypeError::new_err(reason).into());
                };
                Updated::Token(token.get().token(py, &self.terms)?)
            }
            _ => Updated::Ctx(self.terms.json(&made)?),
        };
        Ok(py.detach(|| self.lock().as_mut().ok_or(OVER)?.done(made))?)
    }

    /// Commits; False: the functions are to be called again.
    fn finish(&self, py: Python<'_>) -> Result<(bool, Option<CaseReceipt>)> {
        Ok(match py.detach(|| self.lock().as_mut().ok_or(OVER)?.finish())? {
            CommitStep::Committed(receipt) => {
                (true, receipt.map(|receipt| CaseReceipt::of(py, receipt)).transpose()?)
            }
            CommitStep::Again => (false, None),
        })
    }

    /// Puts what was not committed back into the buffer.
    fn abandon(&self, py: Python<'_>) {
        py.detach(|| drop(self.lock().take()));
    }
}

#[pymethods]
impl Case {
    /// Commits what is buffered, all or nothing, and returns the receipt; None if nothing is buffered. Raises
    /// `ValidationError` with everything that breaks a rule, and `ConflictError` if the case was changed since it was
    /// loaded; with `retry`, the mutations are then tried on the new state up to so many times. What fails leaves the
    /// buffer as it was.
    #[pyo3(signature = (*, retry = 0))]
    fn commit(&self, py: Python<'_>, retry: u32) -> Result<Option<CaseReceipt>> {
        self.begin_commit(retry).run(py)
    }

    /// Sets the status to `done`, `failed` or `cancelled` and commits it with what is buffered.
    #[pyo3(signature = (outcome = CaseStatus::DONE), text_signature = "($self, outcome='done')")]
    fn close(&self, py: Python<'_>, outcome: CaseStatus) -> Result<CaseReceipt> {
        Ok(self.begin_close(outcome)?.run(py)?.expect("the status was buffered"))
    }

    /// A commit, for asyncio.
    #[pyo3(name = "_begin_commit")]
    fn begin_commit(&self, retry: u32) -> Committing {
        let inner = self.inner.begin_commit(retry);
        Committing { inner: Mutex::new(Some(inner)), terms: self.terms.clone() }
    }

    /// The commit of `close`, for asyncio.
    #[pyo3(name = "_begin_close")]
    fn begin_close(&self, outcome: CaseStatus) -> Result<Committing> {
        let inner = self.inner.begin_close(outcome.0, 0)?;
        Ok(Committing { inner: Mutex::new(Some(inner)), terms: self.terms.clone() })
    }
}
