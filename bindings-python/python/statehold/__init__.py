"""The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once.

>>> import statehold
>>> with statehold.open(":memory:") as store:
...     sessions = store.namespace("sessions")
...     _ = sessions.set("ada", {"visits": 1}, ttl=60)
...     sessions["ada"]
{'visits': 1}
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from ._open import open
from ._statehold import (
    Atomic,
    BackupReport,
    Case,
    CaseCheck,
    CaseMetadata,
    CaseProblem,
    CaseReceipt,
    CaseScope,
    CaseState,
    CaseSummary,
    Change,
    CommandProgress,
    CopyProgress,
    EffectResult,
    Entry,
    EnvironmentCommand,
    EnvironmentLock,
    EnvironmentRecord,
    Environments,
    ExportReport,
    FacetInfo,
    Failure,
    FaultCall,
    FaultRule,
    Faults,
    Finding,
    HistoryEntry,
    ImportReport,
    InterruptedEnvironment,
    JournalCheck,
    JournalRow,
    Lifecycle,
    LockInfo,
    ManualClock,
    MemoryBackend,
    MigrationPreview,
    MockCloud,
    Namespace,
    OperationFailure,
    Orchestrator,
    Plugin,
    PluginBackup,
    PluginMetadata,
    PluginState,
    PluginStates,
    Receipt,
    ReceiptMutation,
    RecoveryGuide,
    RestoreReport,
    Scenarios,
    Snapshot,
    SnapshotNamespace,
    StateDiff,
    Stats,
    Store,
    StoreCheck,
    StoreInfo,
    StoreProblem,
    Token,
    Transaction,
    TransferProgress,
    UpgradeReport,
    Watch,
    get_mock_cloud,
    open_mock_cloud,
    reset_mock_cloud,
)
from .errors import (
    BusyError,
    ClosedError,
    CommitUnknownError,
    ConflictError,
    CorruptError,
    EffectInDoubtError,
    FaultError,
    FeedLaggedError,
    ForkedError,
    InvalidNameError,
    InvalidTransitionError,
    InvalidValueError,
    IoError,
    KeyNotFoundError,
    LockedError,
    LocksLostError,
    MigrationError,
    NotAStoreError,
    NotFoundError,
    SchemaTooNewError,
    SerializationError,
    StateholdError,
    StateTooNewError,
    StorageFullError,
    ValidationError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._types import DeploymentState, FailureKind, HistoryOperation
    from .backend import StateBackend

__all__ = [
    "Atomic",
    "BackupReport",
    "BusyError",
    "Case",
    "CaseCheck",
    "CaseMetadata",
    "CaseProblem",
    "CaseReceipt",
    "CaseScope",
    "CaseState",
    "CaseSummary",
    "Change",
    "ClosedError",
    "CommandProgress",
    "CommitUnknownError",
    "ConflictError",
    "CopyProgress",
    "CorruptError",
    "DeploymentState",
    "EffectInDoubtError",
    "EffectResult",
    "Entry",
    "EnvironmentCommand",
    "EnvironmentLock",
    "EnvironmentRecord",
    "Environments",
    "ExportReport",
    "FacetInfo",
    "Failure",
    "FailureKind",
    "FaultCall",
    "FaultError",
    "FaultRule",
    "Faults",
    "FeedLaggedError",
    "Finding",
    "ForkedError",
    "HistoryEntry",
    "HistoryOperation",
    "ImportReport",
    "InterruptedEnvironment",
    "InvalidNameError",
    "InvalidTransitionError",
    "InvalidValueError",
    "IoError",
    "JournalCheck",
    "JournalRow",
    "KeyNotFoundError",
    "Lifecycle",
    "LockInfo",
    "LockedError",
    "LocksLostError",
    "ManualClock",
    "MemoryBackend",
    "MigrationError",
    "MigrationPreview",
    "MockCloud",
    "Namespace",
    "NotAStoreError",
    "NotFoundError",
    "OperationFailure",
    "Orchestrator",
    "Plugin",
    "PluginBackup",
    "PluginMetadata",
    "PluginState",
    "PluginStates",
    "Receipt",
    "ReceiptMutation",
    "RecoveryGuide",
    "RestoreReport",
    "Scenarios",
    "SchemaTooNewError",
    "SerializationError",
    "Snapshot",
    "SnapshotNamespace",
    "StateBackend",
    "StateDiff",
    "StateTooNewError",
    "StateholdError",
    "Stats",
    "StorageFullError",
    "Store",
    "StoreCheck",
    "StoreInfo",
    "StoreProblem",
    "Token",
    "Transaction",
    "TransferProgress",
    "UpgradeReport",
    "ValidationError",
    "Watch",
    "get_mock_cloud",
    "open",
    "open_mock_cloud",
    "reset_mock_cloud",
]

MutableMapping.register(Namespace)
Mapping.register(SnapshotNamespace)

_LATER = {
    "DeploymentState": "_types",
    "FailureKind": "_types",
    "HistoryOperation": "_types",
    "StateBackend": "backend",
    "backend": "backend",
}


def __getattr__(name: str) -> object:
    """Loads what needs ``typing`` when it is asked for: that takes as long as loading all the rest does."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f".{_LATER[name]}", __name__)
    found = globals()[name] = getattr(module, name, module)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
