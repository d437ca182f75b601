"""The same for asyncio: what can wait is a coroutine, `with` is `async with`, `for` is `async for`.

>>> import asyncio
>>> import statehold.aio
>>> async def main():
...     async with statehold.aio.open(":memory:") as store:
...         sessions = store.namespace("sessions")
...         await sessions.set("ada", {"visits": 1}, ttl=60)
...         return await sessions.get("ada")
>>> asyncio.run(main())
{'visits': 1}

What waits does so in threads of the package's own. A call that is cancelled may still take effect, as a call
whose process is killed may; a transaction that is cancelled before its commit leaves nothing.
"""

from __future__ import annotations

from .._statehold import (
    BackupReport,
    CaseCheck,
    CaseMetadata,
    CaseProblem,
    CaseReceipt,
    CaseScope,
    CaseState,
    CaseSummary,
    Change,
    CopyProgress,
    EffectResult,
    Entry,
    EnvironmentCommand,
    ExportReport,
    FacetInfo,
    Failure,
    FaultCall,
    FaultRule,
    Finding,
    ImportReport,
    JournalCheck,
    JournalRow,
    Lifecycle,
    LockInfo,
    ManualClock,
    MigrationPreview,
    OperationFailure,
    PluginBackup,
    PluginMetadata,
    PluginState,
    Receipt,
    ReceiptMutation,
    RecoveryGuide,
    RestoreReport,
    StateDiff,
    Stats,
    StoreCheck,
    StoreInfo,
    StoreProblem,
    Token,
    TransferProgress,
    UpgradeReport,
)
from .._types import DeploymentState, FailureKind, HistoryOperation
from ..errors import (
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
from ._atomic import Atomic
from ._backend import MemoryBackend, StateBackend
from ._case import Case
from ._environment import EnvironmentRecord, HistoryEntry, InterruptedEnvironment
from ._environments import EnvironmentLock, Environments
from ._faults import Faults
from ._mock import MockCloud, Scenarios, get_mock_cloud, open_mock_cloud, reset_mock_cloud
from ._namespace import Namespace
from ._orchestrator import CommandProgress, Orchestrator
from ._plugin import Plugin, PluginStates
from ._snapshot import Snapshot, SnapshotNamespace
from ._store import Store, open
from ._transaction import Transaction
from ._watch import Watch

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
