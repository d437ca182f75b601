//! The Python binding: it converts types and errors and releases the GIL; every rule stands in the core.
#![allow(unsafe_code, reason = "pyo3's macros expand to unsafe code; there is none written by hand")]
#![allow(clippy::needless_pass_by_value, reason = "pyo3 hands arguments over by value")]

mod arg;
mod atomic;
mod attempts;
mod backend;
mod callback;
mod case;
mod claim;
mod clock;
mod environment;
mod error;
mod fault;
mod gathered;
mod items;
mod memory;
mod mock;
mod namespace;
mod open;
mod operations;
mod plugin;
mod record;
mod savepoint;
mod snapshot;
mod store;
mod transaction;
mod update;
mod value;
mod watch;

/// The native half of the package `statehold`. Import `statehold` instead.
#[pyo3::pymodule]
mod _statehold {
    use std::ffi::OsString;

    use pyo3::prelude::*;
    use statehold::Error;

    #[pymodule_export]
    use crate::atomic::Atomic;
    #[pymodule_export]
    use crate::attempts::Attempts;
    #[pymodule_export]
    use crate::case::{
        Case, CaseCheck, CaseMetadata, CaseProblem, CaseReceipt, CaseScope, CaseState, CaseSummary,
        Committing, EffectResult, PendingEffect, ReceiptMutation, Token,
    };
    #[pymodule_export]
    use crate::claim::Claim;
    #[pymodule_export]
    use crate::clock::ManualClock;
    #[pymodule_export]
    use crate::environment::{
        CommandProgress, EnvironmentCommand, EnvironmentLock, EnvironmentRecord, Environments, Failure,
        HistoryEntry, InterruptedEnvironment, Lifecycle, LockInfo, Orchestrator, RecoveryGuide,
    };
    #[pymodule_export]
    use crate::fault::{FaultCall, FaultRule, Faults, OperationFailure};
    #[pymodule_export]
    use crate::gathered::Write;
    #[pymodule_export]
    use crate::items::{Items, Keys, Values};
    #[pymodule_export]
    use crate::memory::{MemoryBackend, MemoryTransaction};
    #[pymodule_export]
    use crate::mock::{Exclusive, MockCloud, Scenarios, get_mock_cloud, open_mock_cloud, reset_mock_cloud};
    #[pymodule_export]
    use crate::namespace::Namespace;
    #[pymodule_export]
    use crate::open::open;
    #[pymodule_export]
    use crate::operations::{
        BackupReport, CopyProgress, ExportReport, FacetInfo, Finding, ImportReport, RestoreReport, Stats,
        StoreCheck, StoreInfo, StoreProblem, TransferProgress, UpgradeReport,
    };
    #[pymodule_export]
    use crate::plugin::{
        Migration, MigrationPreview, Plugin, PluginBackup, PluginMetadata, PluginState, PluginStates,
        StateDiff,
    };
    #[pymodule_export]
    use crate::record::{Change, Entry, JournalCheck, JournalRow, Receipt};
    #[pymodule_export]
    use crate::savepoint::{Joined, Savepoint};
    #[pymodule_export]
    use crate::snapshot::{Snapshot, SnapshotNamespace};
    #[pymodule_export]
    use crate::store::Store;
    #[pymodule_export]
    use crate::transaction::Transaction;
    #[pymodule_export]
    use crate::update::Update;
    #[pymodule_export]
    use crate::watch::{Patience, Watch};

    /// Runs the command line, the program's own name first, on the streams of this process; gives its exit code.
    #[pyfunction]
    fn run(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
        py.detach(|| statehold_cli::run(arguments, statehold_cli::Streams::process))
    }

    /// Every error code with the name of its class in `statehold.errors`.
    #[pyfunction]
    fn error_codes() -> Vec<(&'static str, &'static str)> {
        Error::CODES.to_vec()
    }

    /// The JSON text that a value is stored as.
    #[pyfunction]
    #[pyo3(signature = (value, default = None, *, max_bytes = None))]
    fn to_json(
        value: &Bound<'_, PyAny>,
        default: Option<&Bound<'_, PyAny>>,
        max_bytes: Option<usize>,
    ) -> PyResult<String> {
        Ok(crate::value::to_json(value, default, max_bytes.unwrap_or(usize::MAX))?.as_str().to_owned())
    }

    /// The value that a JSON text of the store stands for.
    #[pyfunction]
    fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        Ok(crate::value::from_json(py, text)?)
    }
}
