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
    CaseCheck,
    CaseMetadata,
    CaseProblem,
    CaseReceipt,
    CaseScope,
    CaseState,
    CaseSummary,
    Change,
    EffectResult,
    Entry,
    JournalCheck,
    JournalRow,
    ManualClock,
    MigrationPreview,
    PluginBackup,
    PluginMetadata,
    PluginState,
    Receipt,
    ReceiptMutation,
    StateDiff,
    StoreCheck,
    Token,
)
from ..errors import (
    BusyError,
    ClosedError,
    CommitUnknownError,
    ConflictError,
    CorruptError,
    EffectInDoubtError,
    FeedLaggedError,
    ForkedError,
    InvalidNameError,
    InvalidValueError,
    IoError,
    KeyNotFoundError,
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
from ._namespace import Namespace
from ._plugin import Plugin, PluginStates
from ._snapshot import Snapshot, SnapshotNamespace
from ._store import Store, open
from ._transaction import Transaction
from ._watch import Watch

__all__ = [
    "Atomic",
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
    "CommitUnknownError",
    "ConflictError",
    "CorruptError",
    "EffectInDoubtError",
    "EffectResult",
    "Entry",
    "FeedLaggedError",
    "ForkedError",
    "InvalidNameError",
    "InvalidValueError",
    "IoError",
    "JournalCheck",
    "JournalRow",
    "KeyNotFoundError",
    "LocksLostError",
    "ManualClock",
    "MemoryBackend",
    "MigrationError",
    "MigrationPreview",
    "Namespace",
    "NotAStoreError",
    "NotFoundError",
    "Plugin",
    "PluginBackup",
    "PluginMetadata",
    "PluginState",
    "PluginStates",
    "Receipt",
    "ReceiptMutation",
    "SchemaTooNewError",
    "SerializationError",
    "Snapshot",
    "SnapshotNamespace",
    "StateBackend",
    "StateDiff",
    "StateTooNewError",
    "StateholdError",
    "StorageFullError",
    "Store",
    "StoreCheck",
    "Token",
    "Transaction",
    "ValidationError",
    "Watch",
    "open",
]
