"""The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once."""

from __future__ import annotations

from . import errors
from .errors import (
    BusyError,
    ClosedError,
    CommitUnknownError,
    ConflictError,
    CorruptError,
    ForkedError,
    InvalidNameError,
    InvalidValueError,
    IoError,
    KeyNotFoundError,
    LocksLostError,
    NotAStoreError,
    SchemaTooNewError,
    SerializationError,
    StateholdError,
    StorageFullError,
)

__all__ = [
    "BusyError",
    "ClosedError",
    "CommitUnknownError",
    "ConflictError",
    "CorruptError",
    "ForkedError",
    "InvalidNameError",
    "InvalidValueError",
    "IoError",
    "KeyNotFoundError",
    "LocksLostError",
    "NotAStoreError",
    "SchemaTooNewError",
    "SerializationError",
    "StateholdError",
    "StorageFullError",
    "errors",
]
