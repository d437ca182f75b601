"""What can go wrong. A class is chosen by what the caller has to do next; messages are not API.

Every class has a stable ``code`` (the same in Rust, Python and Node), ``is_retryable`` (whether the same
call may succeed if it is simply made again), and the fields that its message speaks of as attributes. Each
also derives from the built-in exception that fits, so that ``except KeyError`` catches ``KeyNotFoundError``.
"""

from __future__ import annotations

# Only for type checkers: loading it takes longer than opening a store does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

__all__ = [
    "BusyError",
    "ClosedError",
    "CommitUnknownError",
    "ConflictError",
    "CorruptError",
    "EffectInDoubtError",
    "FaultError",
    "FeedLaggedError",
    "ForkedError",
    "InvalidNameError",
    "InvalidTransitionError",
    "InvalidValueError",
    "IoError",
    "KeyNotFoundError",
    "LockedError",
    "LocksLostError",
    "MigrationError",
    "NotAStoreError",
    "NotFoundError",
    "SchemaTooNewError",
    "SerializationError",
    "StateTooNewError",
    "StateholdError",
    "StorageFullError",
    "ValidationError",
]


class StateholdError(Exception):
    """The root of every error of this package."""

    code: ClassVar[str] = "STATEHOLD"
    is_retryable: ClassVar[bool] = False

    fields: dict[str, Any]
    """The fields of the error by name; each is an attribute too."""

    def __init__(self, message: str = "", /, **fields: Any) -> None:
        super().__init__(message)
        self.fields = fields
        for name, value in fields.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        # KeyError would show the repr of its argument, and OSError an errno that there is none of.
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), str(self), self.fields)


def _rebuild(kind: type[StateholdError], message: str, fields: dict[str, Any]) -> StateholdError:
    return kind(message, **fields)


class InvalidNameError(StateholdError, ValueError):
    """A key, namespace or pattern that can't be a name in a store."""

    code = "INVALID_NAME"
    what: str
    """What was being named: ``key``, ``namespace``, ``pattern``, ``plugin``, ``environment``."""
    name: str
    reason: str


class InvalidValueError(StateholdError, ValueError):
    """A value, a TTL or an option that can't be stored or used. Nothing was written."""

    code = "INVALID_VALUE"
    path: str
    """Where in the value (``$.users[3].age``), or the parameter's name."""
    reason: str


class SerializationError(StateholdError, ValueError):
    """A stored value can't be turned into the type that was asked for. The value is untouched."""

    code = "SERIALIZATION"
    what: str
    reason: str


class KeyNotFoundError(StateholdError, KeyError):
    """A key that the call needs isn't there (plain ``get`` gives the default instead)."""

    code = "KEY_NOT_FOUND"
    namespace: str
    key: str


class NotFoundError(StateholdError, LookupError):
    """Something that the call needs isn't there."""

    code = "NOT_FOUND"
    what: str
    """What was looked for."""
    name: str
    """Its name or number."""


class ValidationError(StateholdError, ValueError):
    """One or more rules are broken; all of them are told. Nothing was written."""

    code = "VALIDATION"
    subject: str
    violations: list[dict[str, str]]
    """Each broken rule: ``path`` (where) and ``message`` (what is wrong there)."""


class MigrationError(StateholdError, RuntimeError):
    """A plugin's state could not be brought to a newer version; it is as it was. The cause is what the step
    raised, if it did."""

    code = "MIGRATION"
    plugin: str
    from_version: int
    """The version that the state has."""
    to_version: int
    """The version that was asked for."""
    step: int
    """The version that the step in question leads to."""
    reason: str


class StateTooNewError(StateholdError, RuntimeError):
    """A plugin's state is newer than what the caller knows. It was neither handed out nor overwritten."""

    code = "STATE_TOO_NEW"
    plugin: str
    found: int
    """The version of the state."""
    supported: int
    """The newest version that the caller registered, asked for or saves."""


class InvalidTransitionError(StateholdError, ValueError):
    """The lifecycle of an environment has no such transition. Nothing was written."""

    code = "INVALID_TRANSITION"
    name: str
    """The environment."""
    from_: str
    """The state that it is in."""
    to: str
    """The state that was asked for."""
    allowed: list[str]
    """The states that it may go to; if there is no state of that name, every state."""


class EffectInDoubtError(StateholdError, RuntimeError):
    """An effect was begun and has no result: it is under way, or its process died. It was not run again."""

    code = "EFFECT_IN_DOUBT"
    case_id: str
    key: str
    """The key under which it happens once."""
    effect_id: str
    actor: str
    """Who began it: ``host/process`` or ``host/process/label``."""
    started_ms: int
    """When, in milliseconds since 1970."""


class ConflictError(StateholdError):
    """A check of a commit did not hold; nothing was applied. Read again and decide anew."""

    code = "CONFLICT"
    is_retryable = True
    check: str
    expected: int | None
    """The revision that the check expected, where it named one (0: that the key is absent)."""
    found: int | None
    """The revision that was found (0: absent)."""


class BusyError(StateholdError, TimeoutError):
    """The file's write lock was held by others for longer than the time allowed. Nothing was written."""

    code = "BUSY"
    is_retryable = True
    path: str
    waited: float
    """How long the call waited, in seconds."""


class LockedError(StateholdError, TimeoutError):
    """Somebody else holds the lock of an environment, and did not release it in time. Nothing was written."""

    code = "LOCKED"
    is_retryable = True
    name: str
    """The environment."""
    pid: int
    """The holder's process."""
    host: str
    """The name of its machine."""
    since: float
    """When it took the lock, in seconds since 1970."""
    purpose: str | None
    """What for, if it said."""


class CommitUnknownError(StateholdError, OSError):
    """The commit may or may not be durable: reopen, and look whether the journal has ``revision``."""

    code = "COMMIT_UNKNOWN"
    revision: int
    reason: str


class LocksLostError(StateholdError, RuntimeError):
    """Something in this process opened and closed the file, which dropped the locks on it. Open it again."""

    code = "LOCKS_LOST"
    path: str


class ForkedError(StateholdError, RuntimeError):
    """The process forked after the store was opened. Open the store again in the child."""

    code = "FORKED"
    opened_by: int
    """The process that opened the store."""


class ClosedError(StateholdError, RuntimeError):
    """The handle was closed, or the transaction has ended."""

    code = "CLOSED"
    what: str


class FeedLaggedError(StateholdError, LookupError):
    """The journal no longer reaches back to where the watch goes on. Read the present state anew."""

    code = "FEED_LAGGED"
    after: int
    """The revision after which changes were asked for."""
    oldest: int
    """The oldest revision after which a watch can begin."""


class FaultError(StateholdError, RuntimeError):
    """A fault that was set struck this call: what a test wanted. Retryable unless ``committed``."""

    code = "FAULT"
    is_retryable = True
    operation: str
    """The operation that failed: `namespace.set`."""
    error_code: str
    """The code that was set."""
    error_message: str
    """The message that was set."""
    committed: bool
    """Whether the call had done its work before it failed, so that only the acknowledgement is lost."""

    def __init__(self, message: str = "", /, **fields: Any) -> None:
        super().__init__(message, **fields)
        # Of this one error, where the class has it of all others.
        vars(self)["is_retryable"] = fields.get("committed") is not True


class CorruptError(StateholdError, OSError):
    """The file is damaged. Restore a backup, and keep the damaged file for analysis."""

    code = "CORRUPT"
    path: str
    reason: str


class NotAStoreError(StateholdError, ValueError):
    """The file isn't a statehold store. It was not changed."""

    code = "NOT_A_STORE"
    path: str
    reason: str


class SchemaTooNewError(StateholdError, RuntimeError):
    """The file was written by a newer statehold. It was not changed."""

    code = "SCHEMA_TOO_NEW"
    path: str
    found: int
    supported: int


class StorageFullError(StateholdError, OSError):
    """The disk, a quota or SQLite's own limit is full. Nothing was written, reads go on."""

    code = "STORAGE_FULL"
    path: str
    reason: str


class IoError(StateholdError, OSError):
    """The operating system refused."""

    code = "IO"
    action: str
    path: str
    reason: str
