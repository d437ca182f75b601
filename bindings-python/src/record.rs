//! What the store tells of what it holds and has done: immutable records.

use pyo3::prelude::*;

use crate::arg::since_1970;
use crate::error::Result;
use crate::value;

/// What all records have besides their fields: `repr`, equality, and that they can be copied and pickled.
macro_rules! record {
    ($type:ident($($field:ident: $kind:ty),*)) => {
        #[pyo3::pymethods]
        impl $type {
            #[new]
            #[allow(clippy::too_many_arguments, reason = "as many as there are fields")]
            #[pyo3(signature = ($($field),*))]
            fn new($($field: $kind),*) -> Self {
                Self { $($field),* }
            }

            fn __getnewargs__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                Ok(Self::fields(slf)?.into_any())
            }
        }

        $crate::record::alike!($type($($field),*));
    };
}

/// `repr` and equality by the attributes of these names.
macro_rules! alike {
    ($type:ident($($field:ident),*)) => {
        #[pyo3::pymethods]
        impl $type {
            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                let fields: Vec<String> = [$(stringify!($field)),*]
                    .iter()
                    .map(|name| Ok(format!("{name}={}", slf.getattr(*name)?.repr()?)))
                    .collect::<PyResult<_>>()?;
                Ok(format!("{}({})", stringify!($type), fields.join(", ")))
            }

            fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<bool> {
                other.cast::<Self>().map_or(Ok(false), |other| Self::fields(slf)?.eq(Self::fields(other)?))
            }
        }

        impl $type {
            fn fields<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
                pyo3::types::PyTuple::new(slf.py(), [$(slf.getattr(stringify!($field))?),*])
            }
        }
    };
}

pub(crate) use alike;
pub(crate) use record;

/// A value with what `get` hides. Times are in seconds since 1970.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Entry {
    /// The value.
    value: Py<PyAny>,
    /// The revision that wrote it; 0 if the transaction that reads it has written it itself.
    revision: u64,
    /// When the key came to be.
    created_at: f64,
    /// When the value was last written.
    updated_at: f64,
    /// When the key expires; None: never.
    expires_at: Option<f64>,
}

record!(Entry(value: Py<PyAny>, revision: u64, created_at: f64, updated_at: f64, expires_at: Option<f64>));

impl Entry {
    pub(crate) fn of(py: Python<'_>, entry: &statehold::Entry) -> Result<Self> {
        Ok(Self {
            value: value::object(py, &entry.value)?.unbind(),
            revision: entry.revision,
            created_at: since_1970(entry.created_at),
            updated_at: since_1970(entry.updated_at),
            expires_at: entry.expires_at.map(since_1970),
        })
    }
}

/// Proof of a commit.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Receipt {
    /// The revision that the commit got. If it changed nothing: the one at which its checks held.
    revision: u64,
    /// When, in seconds since 1970.
    time: f64,
    /// The hash that chains the journal up to this revision, as hexadecimal digits.
    hash: String,
}

record!(Receipt(revision: u64, time: f64, hash: String));

impl From<statehold::Receipt> for Receipt {
    fn from(receipt: statehold::Receipt) -> Self {
        Self { revision: receipt.revision, time: since_1970(receipt.time), hash: receipt.hash }
    }
}

/// One commit, as the journal has it.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct JournalRow {
    /// 1, 2, 3, … over the whole store.
    revision: u64,
    /// When, in seconds since 1970.
    time: f64,
    /// Who: `host/process` or `host/process/label`.
    actor: String,
    /// What it changed.
    changes: Vec<Py<Change>>,
    /// The hash that chains it to the row before, as hexadecimal digits.
    hash: String,
}

record!(JournalRow(revision: u64, time: f64, actor: String, changes: Vec<Py<Change>>, hash: String));

impl JournalRow {
    pub(crate) fn of(py: Python<'_>, row: statehold::JournalRow) -> PyResult<Self> {
        Ok(Self {
            revision: row.revision,
            time: since_1970(row.time),
            actor: row.actor,
            changes: row
                .changes
                .into_iter()
                .map(|change| Py::new(py, Change::from(change)))
                .collect::<PyResult<_>>()?,
            hash: row.hash,
        })
    }
}

/// Something that a commit changed.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct Change {
    /// The revision of its commit.
    revision: u64,
    /// When, in seconds since 1970.
    time: f64,
    /// Who: `host/process` or `host/process/label`.
    actor: String,
    /// `namespace`, `plugin`, `case`, `environment` or `lifecycle`; `store` for the store as a whole.
    facet: String,
    /// The name of the namespace, of the plugin, …
    name: String,
    /// The key; empty where a name has none.
    key: String,
    /// What was done: in a namespace `set`, `set_ttl`, `touch`, `delete` or `expire`; in other facets words of theirs.
    operation: String,
    /// Whether it is the last of its commit: of those that a watch lets through, in a row of the journal of all.
    is_last: bool,
}

record!(Change(
    revision: u64,
    time: f64,
    actor: String,
    facet: String,
    name: String,
    key: String,
    operation: String,
    is_last: bool
));

impl From<statehold::Change> for Change {
    fn from(change: statehold::Change) -> Self {
        let statehold::Change { revision, time, actor, facet, name, key, operation, is_last, .. } = change;
        Self { revision, time: since_1970(time), actor, facet, name, key, operation, is_last }
    }
}

/// What a look through the whole journal found.
#[pyclass(frozen, get_all, module = "statehold")]
pub(crate) struct JournalCheck {
    /// How many rows there are.
    rows: u64,
    /// The last revision.
    revision: u64,
    /// The hash of the last row, as hexadecimal digits. Keep it elsewhere to prove later that the journal up
    /// to here was not rewritten.
    hash: String,
    /// What is wrong; empty when the journal is whole.
    problems: Vec<String>,
}

record!(JournalCheck(rows: u64, revision: u64, hash: String, problems: Vec<String>));

impl From<statehold::JournalCheck> for JournalCheck {
    fn from(check: statehold::JournalCheck) -> Self {
        Self { rows: check.rows, revision: check.revision, hash: check.hash, problems: check.problems }
    }
}
