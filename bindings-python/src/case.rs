//! Workflow cases, of a store or of a transaction.

mod buffer;
mod commit;
mod effect;
mod outlet;
mod receipt;
mod record;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use commit::Committing;
pub(crate) use effect::{EffectResult, PendingEffect};
pub(crate) use outlet::cases;
use pyo3::prelude::*;
pub(crate) use receipt::{CaseCheck, CaseProblem, CaseReceipt, ReceiptMutation};
pub(crate) use record::{CaseMetadata, CaseScope, CaseState, CaseSummary, Token};
use statehold::RotateOptions;

use crate::arg::{Dict, Id, List, Moment, word};
use crate::error::Result;
use crate::value::{self, Terms};

word!(/// How a case stands.
    CaseStatus, statehold::CaseStatus, "running", "cancelled", "done", "failed");
word!(/// How a token stands.
    TokenStatus, statehold::TokenStatus, "active", "complete", "cancelled");
word!(/// How a scope stands.
    ScopeStatus, statehold::ScopeStatus, "active", "exited", "cancelled");
word!(/// How an effect stands.
    EffectStatus, statehold::EffectStatus, "pending", "ok", "error", "cancelled");
word!(/// What to do with an effect that was begun and has no result.
    OnDoubt, statehold::OnDoubt, "raise", "retry");
word!(/// What receipts keep of mutations.
    History, statehold::History, "names", "full");

impl CaseStatus {
    const DONE: Self = Self(statehold::CaseStatus::Done);
}

impl TokenStatus {
    const ACTIVE: Self = Self(statehold::TokenStatus::Active);
}

impl OnDoubt {
    const RAISE: Self = Self(statehold::OnDoubt::Raise);
}

impl History {
    pub(crate) const NAMES: Self = Self(statehold::History::Names);
}

/// A workflow's state: a context, tokens in a tree of scopes, and metadata, with a receipt for each commit. Mutations
/// are buffered, and `commit` makes all of them or none. What the getters give is as of the last commit or `reload`
/// of this handle, without what is buffered; it is the caller's own.
#[pyclass(frozen, module = "statehold")]
pub(crate) struct Case {
    pub(crate) inner: statehold::Case,
    pub(crate) terms: Arc<Terms>,
}

#[pymethods]
impl Case {
    /// The case's id.
    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    /// How it stands; one that isn't running is closed.
    #[getter]
    fn status(&self) -> CaseStatus {
        CaseStatus(self.inner.status())
    }

    /// The context, a `dict`.
    #[getter]
    fn ctx<'py>(&self, py: Python<'py>) -> Result<Dict<'py>> {
        value::json_object(py, &self.inner.ctx())
    }

    /// The tokens by their ids.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Result<record::Tokens> {
        record::tokens(py, self.inner.tokens())
    }

    /// The scopes by their ids, `root` among them.
    #[getter]
    fn scopes(&self, py: Python<'_>) -> PyResult<record::Scopes> {
        record::scopes(py, self.inner.scopes())
    }

    /// What else is known of the case.
    #[getter]
    fn metadata(&self, py: Python<'_>) -> Result<CaseMetadata> {
        CaseMetadata::of(py, &self.inner.metadata())
    }

    /// The store's revision of the last commit; 0 inside the transaction that makes it.
    #[getter]
    fn revision(&self) -> u64 {
        self.inner.revision()
    }

    /// How many commits there were.
    #[getter]
    fn sequence(&self) -> u64 {
        self.inner.sequence()
    }

    /// What is buffered: a `dict` for each mutation, as `buffer` takes them. Of a function it tells only that there
    /// is one.
    #[getter]
    fn pending<'py>(&self, py: Python<'py>) -> Result<Vec<Dict<'py>>> {
        self.inner.pending().iter().map(|mutation| value::json_object(py, &mutation.to_json())).collect()
    }

    /// A token; None if there is none of this id.
    fn token(&self, py: Python<'_>, id: Id<'_>) -> Result<Option<Token>> {
        self.inner.token(&id).map(|token| Token::of(py, token)).transpose()
    }

    /// A scope; None if there is none of this id.
    fn scope(&self, id: Id<'_>) -> Option<CaseScope> {
        self.inner.scope(&id).map(CaseScope::from)
    }

    /// Whether a scope was cancelled, by itself or with one around it. Raises `NotFoundError` if there is none.
    fn is_cancelled(&self, scope: Id<'_>) -> Result<bool> {
        Ok(self.inner.is_cancelled(&scope)?)
    }

    /// Loads what was committed last, by anybody; the buffer stays.
    fn reload(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.reload())?)
    }

    /// The receipts after a sequence number, at most `limit`.
    #[pyo3(signature = (*, after = 0, limit = None))]
    fn receipts(&self, py: Python<'_>, after: u64, limit: Option<usize>) -> Result<List<CaseReceipt>> {
        let receipts = py.detach(|| self.inner.receipts(after, limit))?;
        Ok(List(receipts.into_iter().map(|receipt| CaseReceipt::of(py, receipt)).collect::<PyResult<_>>()?))
    }

    /// Recomputes the chain of the receipts and the digest of the state: a changed byte anywhere in them is found. With
    /// the file that receipts were moved to, from the first receipt on.
    #[pyo3(signature = (*, archive = None))]
    fn verify(&self, py: Python<'_>, archive: Option<PathBuf>) -> Result<CaseCheck> {
        Ok(CaseCheck::of(py, py.detach(|| self.inner.verify(archive.as_deref()))?)?)
    }

    /// Moves old receipts into an archive file, by default `NAME-receipts.jsonl` beside the store, and returns how many:
    /// all but the last `keep`, or those before a moment in seconds since 1970; with both, what neither keeps. The
    /// last one stays in any case.
    #[pyo3(signature = (*, keep = None, before = None, archive = None))]
    fn rotate_receipts(
        &self,
        py: Python<'_>,
        keep: Option<u64>,
        before: Option<Moment>,
        archive: Option<PathBuf>,
    ) -> Result<u64> {
        let mut options = RotateOptions::new();
        options.keep = keep;
        options.before = before.map(|moment| moment.0);
        options.archive = archive;
        Ok(py.detach(|| self.inner.rotate_receipts(&options))?)
    }

    /// The state as it was after a receipt. Raises `NotFoundError` unless the case was created with
    /// `history="full"` and its receipts reach back so far.
    fn at(&self, py: Python<'_>, sequence: u64) -> Result<CaseState> {
        CaseState::of(py, py.detach(|| self.inner.at(sequence))?)
    }

    /// The state as a text that `restore` reads, in this case or another.
    fn snapshot(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.snapshot())
    }

    /// Replaces the state by that of a snapshot, in one commit. Nothing may be buffered.
    fn restore(&self, py: Python<'_>, snapshot: &str) -> Result<CaseReceipt> {
        Ok(CaseReceipt::of(py, py.detach(|| self.inner.restore(snapshot))?)?)
    }

    /// Deletes the case with its receipts and effects, whatever its state.
    fn delete(&self, py: Python<'_>) -> Result<()> {
        Ok(py.detach(|| self.inner.delete())?)
    }

    fn __repr__(&self) -> String {
        format!("<Case {:?} ({})>", self.inner.id(), self.inner.status())
    }
}
