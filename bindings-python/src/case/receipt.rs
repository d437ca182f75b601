//! What proves the commits of a case.

use pyo3::prelude::*;

use crate::arg::since_1970;
use crate::record::record;

/// Proof of a commit of a case. It never changes. The digests and hashes are hexadecimal digits.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseReceipt {
    /// Its id, a UUID of version 7.
    id: String,
    /// The case.
    case_id: String,
    /// 1, 2, 3, … over the commits of the case.
    sequence: u64,
    /// The store's revision; 0 inside the transaction that makes the commit.
    revision: u64,
    /// When, in seconds since 1970.
    time: f64,
    /// Who: `host/process` or `host/process/label`.
    actor: String,
    /// What was done.
    mutations: Vec<Py<ReceiptMutation>>,
    /// A digest of the mutations with all that they hold.
    digest: String,
    /// The digest of the state before; zeroes for the first receipt.
    before: String,
    /// The digest of the state after.
    after: String,
    /// The hash of the receipt before.
    previous: String,
    /// The hash of this one, over all that it says; empty inside the transaction that makes the commit.
    hash: String,
}

record!(CaseReceipt(
    id: String,
    case_id: String,
    sequence: u64,
    revision: u64,
    time: f64,
    actor: String,
    mutations: Vec<Py<ReceiptMutation>>,
    digest: String,
    before: String,
    after: String,
    previous: String,
    hash: String
));

impl CaseReceipt {
    pub(super) fn of(py: Python<'_>, receipt: statehold::CaseReceipt) -> PyResult<Self> {
        let mutations = receipt.mutations.into_iter();
        Ok(Self {
            id: receipt.id,
            case_id: receipt.case_id,
            sequence: receipt.sequence,
            revision: receipt.revision,
            time: since_1970(receipt.time),
            actor: receipt.actor,
            mutations: mutations
                .map(|mutation| Py::new(py, ReceiptMutation { name: mutation.name, id: mutation.id }))
                .collect::<PyResult<_>>()?,
            digest: receipt.digest,
            before: receipt.before,
            after: receipt.after,
            previous: receipt.previous,
            hash: receipt.hash,
        })
    }
}

/// A mutation, as a receipt tells it.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct ReceiptMutation {
    /// Which: `add_token`, …, or `create` or `restore`.
    name: String,
    /// The token or the scope that it is about.
    id: Option<String>,
}

record!(ReceiptMutation(name: String, id: Option<String>));

/// What a look through the receipts of a case found.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseCheck {
    /// How many receipts the store has.
    receipts: u64,
    /// How many were found in the archive; 0 without one.
    archived: u64,
    /// The sequence number of the last receipt.
    sequence: u64,
    /// What is wrong, in the order of the receipts; empty when all fits.
    problems: Vec<Py<CaseProblem>>,
}

record!(CaseCheck(receipts: u64, archived: u64, sequence: u64, problems: Vec<Py<CaseProblem>>));

impl CaseCheck {
    pub(super) fn of(py: Python<'_>, check: statehold::CaseCheck) -> PyResult<Self> {
        Ok(Self {
            receipts: check.receipts,
            archived: check.archived,
            sequence: check.sequence,
            problems: problems(py, check.problems)?,
        })
    }
}

/// Something about a case that does not fit.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct CaseProblem {
    /// The case.
    case_id: String,
    /// The receipt that does not fit, if it is one.
    sequence: Option<u64>,
    /// The id of that receipt.
    receipt_id: Option<String>,
    /// What is wrong.
    reason: String,
}

record!(CaseProblem(
    case_id: String,
    sequence: Option<u64>,
    receipt_id: Option<String>,
    reason: String
));

fn problems(py: Python<'_>, problems: Vec<statehold::CaseProblem>) -> PyResult<Vec<Py<CaseProblem>>> {
    let problem = |problem| {
        let statehold::CaseProblem { case_id, sequence, receipt_id, reason } = problem;
        Py::new(py, CaseProblem { case_id, sequence, receipt_id, reason })
    };
    problems.into_iter().map(problem).collect()
}
