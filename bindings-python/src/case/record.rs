//! What a case consists of.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{CaseStatus, ScopeStatus, TokenStatus};
use crate::arg::since_1970;
use crate::error::Result;
use crate::record::record;
use crate::value::{self, Terms};

/// What is done next, and where: one of possibly many in a case.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Token {
    /// Which token: 1 to 255 bytes, no NUL.
    id: String,
    /// The instruction or node that it stands at.
    ip: String,
    /// The scope that it is in.
    scope: String,
    /// What it carries.
    value: Py<PyAny>,
    /// How it stands.
    status: TokenStatus,
}

record!(Token(id: String, ip: String, scope: String, value: Py<PyAny>, status: TokenStatus));

#[pymethods]
impl Token {
    /// A token that is as this one but for some fields.
    #[pyo3(signature = (**changes: "Any"))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let fields = PyDict::new(slf.py());
        for name in ["id", "ip", "scope", "value", "status"] {
            fields.set_item(name, slf.getattr(name)?)?;
        }
        if let Some(changes) = changes {
            fields.update(changes.as_mapping())?;
        }
        slf.get_type().call((), Some(&fields))
    }
}

impl Token {
    pub(super) fn of(py: Python<'_>, token: statehold::Token) -> Result<Self> {
        let value = value::from_json(py, token.value.as_str())?.unbind();
        let status = TokenStatus(token.status);
        Ok(Self { id: token.id, ip: token.ip, scope: token.scope, value, status })
    }

    pub(super) fn token(&self, py: Python<'_>, terms: &Terms) -> Result<statehold::Token> {
        let value = terms.json(self.value.bind(py))?;
        let token = statehold::Token::new(&self.id, &self.ip).scope(&self.scope).value(value);
        Ok(token.status(self.status.0))
    }
}

/// Tokens by their ids.
pub(crate) type Tokens = BTreeMap<String, Py<Token>>;
/// Scopes by their ids.
pub(crate) type Scopes = BTreeMap<String, Py<CaseScope>>;

pub(super) fn tokens(py: Python<'_>, tokens: BTreeMap<String, statehold::Token>) -> Result<Tokens> {
    let tokens = tokens.into_iter();
    tokens.map(|(id, token)| Ok((id, Py::new(py, Token::of(py, token)?)?))).collect()
}

pub(super) fn scopes(py: Python<'_>, scopes: BTreeMap<String, statehold::CaseScope>) -> PyResult<Scopes> {
    scopes.into_iter().map(|(id, scope)| Ok((id, Py::new(py, CaseScope::from(scope))?))).collect()
}

/// A part of a case, with tokens in it, that can be cancelled as a whole.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseScope {
    /// Which scope.
    id: String,
    /// The scope around it; None for `root`.
    parent: Option<String>,
    /// How it stands.
    status: ScopeStatus,
    /// When it was entered, in seconds since 1970.
    entered_at: f64,
    /// The ids of the tokens directly in it, in the order in which they came.
    tokens: Vec<String>,
}

record!(CaseScope(
    id: String,
    parent: Option<String>,
    status: ScopeStatus,
    entered_at: f64,
    tokens: Vec<String>
));

impl From<statehold::CaseScope> for CaseScope {
    fn from(scope: statehold::CaseScope) -> Self {
        let statehold::CaseScope { id, parent, status, entered_at, tokens } = scope;
        Self { id, parent, status: ScopeStatus(status), entered_at: since_1970(entered_at), tokens }
    }
}

/// What is known of a case besides its context, tokens and scopes.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseMetadata {
    /// How often `increment_step_count` was committed.
    step_count: u64,
    /// When the case was created, in seconds since 1970.
    started_at: f64,
    /// When the last commit was made, in seconds since 1970.
    last_commit: f64,
    /// What `set_metadata` has set; None before.
    term: Py<PyAny>,
}

record!(CaseMetadata(step_count: u64, started_at: f64, last_commit: f64, term: Py<PyAny>));

impl CaseMetadata {
    pub(super) fn of(py: Python<'_>, metadata: &statehold::CaseMetadata) -> Result<Self> {
        Ok(Self {
            step_count: metadata.step_count,
            started_at: since_1970(metadata.started_at),
            last_commit: since_1970(metadata.last_commit),
            term: value::from_json(py, metadata.term.as_str())?.unbind(),
        })
    }
}

/// The state of a case at some receipt.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseState {
    /// How the case stands.
    status: CaseStatus,
    /// The context, a `dict`.
    ctx: Py<PyAny>,
    /// The tokens by their ids.
    tokens: BTreeMap<String, Py<Token>>,
    /// The scopes by their ids, `root` among them.
    scopes: BTreeMap<String, Py<CaseScope>>,
    /// What else is known of the case.
    metadata: Py<CaseMetadata>,
}

record!(CaseState(
    status: CaseStatus,
    ctx: Py<PyAny>,
    tokens: BTreeMap<String, Py<Token>>,
    scopes: BTreeMap<String, Py<CaseScope>>,
    metadata: Py<CaseMetadata>
));

impl CaseState {
    pub(super) fn of(py: Python<'_>, state: statehold::CaseState) -> Result<Self> {
        Ok(Self {
            status: CaseStatus(state.status),
            ctx: value::from_json(py, state.ctx.as_str())?.unbind(),
            tokens: tokens(py, state.tokens)?,
            scopes: scopes(py, state.scopes)?,
            metadata: Py::new(py, CaseMetadata::of(py, &state.metadata)?)?,
        })
    }
}

/// What a list of cases tells of each.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseSummary {
    /// The case's id.
    id: String,
    /// How it stands.
    status: CaseStatus,
    /// How often `increment_step_count` was committed.
    step_count: u64,
    /// How many of its tokens are active.
    tokens: u64,
    /// The store's revision of its last commit; 0 inside the transaction that makes it.
    revision: u64,
    /// When that was, in seconds since 1970.
    last_commit: f64,
}

record!(CaseSummary(
    id: String,
    status: CaseStatus,
    step_count: u64,
    tokens: u64,
    revision: u64,
    last_commit: f64
));

impl From<statehold::CaseSummary> for CaseSummary {
    fn from(summary: statehold::CaseSummary) -> Self {
        let statehold::CaseSummary { id, status, step_count, tokens, revision, last_commit } = summary;
        let (status, last_commit) = (CaseStatus(status), since_1970(last_commit));
        Self { id, status, step_count, tokens, revision, last_commit }
    }
}
