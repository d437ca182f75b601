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

from . import errors
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
    Receipt,
    Snapshot,
    SnapshotNamespace,
    Store,
    Transaction,
)
from .backend import StateBackend
from .errors import *  # noqa: F403

__all__ = [
    "Atomic",
    "Change",
    "Entry",
    "JournalCheck",
    "JournalRow",
    "ManualClock",
    "MemoryBackend",
    "Namespace",
    "Receipt",
    "Snapshot",
    "SnapshotNamespace",
    "StateBackend",
    "Store",
    "Transaction",
    "open",
]
__all__ += errors.__all__

MutableMapping.register(Namespace)
Mapping.register(SnapshotNamespace)
