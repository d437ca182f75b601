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
    Change,
    Entry,
    JournalCheck,
    JournalRow,
    ManualClock,
    MemoryBackend,
    Namespace,
    MigrationPreview,
    Plugin,
    PluginBackup,
    PluginMetadata,
    PluginState,
    PluginStates,
    StateDiff,
    Receipt,
    Snapshot,
    SnapshotNamespace,
    Store,
    Transaction,
    Watch,
)
from .backend import StateBackend
from .errors import (
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

MutableMapping.register(Namespace)
Mapping.register(SnapshotNamespace)
