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
    Change,
    Entry,
    JournalCheck,
    JournalRow,
    ManualClock,
    MigrationPreview,
    PluginBackup,
    PluginMetadata,
    PluginState,
    StateDiff,
    Receipt,
)
from ..errors import (
    BusyError,
    ClosedError,
    CommitUnknownError,
    ConflictError,
    CorruptError,
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
from ._namespace import Namespace
from ._plugin import Plugin, PluginStates
from ._snapshot import Snapshot, SnapshotNamespace
from ._store import Store, open
from ._transaction import Transaction
from ._watch import Watch

__all__ = [
    "StateDiff",
    "PluginStates",
    "PluginState",
    "PluginMetadata",
    "PluginBackup",
    "Plugin",
    "MigrationPreview",
    "Atomic",
    "BusyError",
    "Change",
    "ClosedError",
    "CommitUnknownError",
    "ConflictError",
    "CorruptError",
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
    "Namespace",
    "NotAStoreError",
    "NotFoundError",
    "Receipt",
    "SchemaTooNewError",
    "SerializationError",
    "Snapshot",
    "SnapshotNamespace",
    "StateBackend",
    "StateTooNewError",
    "StateholdError",
    "StorageFullError",
    "Store",
    "Transaction",
    "ValidationError",
    "Watch",
    "open",
]
