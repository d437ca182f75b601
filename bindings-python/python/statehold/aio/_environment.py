"""The records of environments, for asyncio, and what has such records."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .. import _statehold
from .._statehold import Failure, LockInfo, RecoveryGuide
from .._types import DeploymentState, HistoryOperation
from ._threads import Run, patient

P = ParamSpec("P")
Native = TypeVar("Native")
Native_co = TypeVar("Native_co", covariant=True)


class Owner(Protocol[Native_co]):
    """What writes records for asyncio: the object that does the work, and the threads for it."""

    @property
    def _native(self) -> Native_co: ...
    @property
    def _write(self) -> Run: ...


def recording(
    method: Callable[Concatenate[Native, P], _statehold.EnvironmentRecord],
) -> Callable[Concatenate[Owner[Native], P], Coroutine[Any, Any, EnvironmentRecord]]:
    """A method that writes and gives a record, as a coroutine."""

    @functools.wraps(method)
    async def call(self: Owner[Native], /, *args: P.args, **kwargs: P.kwargs) -> EnvironmentRecord:
        record = await self._write(method, self._native, *args, **kwargs)
        return EnvironmentRecord(record, self._write)

    return call


class EnvironmentRecord:
    """As :class:`statehold.EnvironmentRecord`."""

    def __init__(self, native: _statehold.EnvironmentRecord, write: Run = patient) -> None:
        self._native, self._write = native, write

    @property
    def name(self) -> str:
        """Its name."""
        return self._native.name

    @property
    def lifecycle(self) -> str:
        """The lifecycle that it follows."""
        return self._native.lifecycle

    @property
    def state(self) -> DeploymentState | str:
        """Where it stands in that."""
        return self._native.state

    @property
    def data(self) -> Any:
        """What the application keeps of it: the caller's own, to be changed and saved."""
        return self._native.data

    @data.setter
    def data(self, data: Any) -> None:
        self._native.data = data

    @property
    def failure(self) -> Failure | None:
        """Why it failed, in an error state; None otherwise."""
        return self._native.failure

    @property
    def last_success(self) -> DeploymentState | str | None:
        """The last state that it has reached in which no command is under way and none has failed."""
        return self._native.last_success

    @property
    def step(self) -> str | None:
        """The last step that the command under way has told."""
        return self._native.step

    @property
    def revision(self) -> int:
        """The revision that wrote it; 0 if the transaction that reads it has written it itself."""
        return self._native.revision

    @property
    def created_at(self) -> float:
        """When it was created, in seconds since 1970."""
        return self._native.created_at

    @property
    def updated_at(self) -> float:
        """When it was last written, in seconds since 1970."""
        return self._native.updated_at

    @property
    def entered_at(self) -> float:
        """When it came to its state, in seconds since 1970."""
        return self._native.entered_at

    def recovery(self) -> RecoveryGuide | None:
        """How to get it out of its state by hand; None if nothing needs to be done."""
        return self._native.recovery()

    transition = recording(_statehold.EnvironmentRecord.transition)
    start_provisioning = recording(_statehold.EnvironmentRecord.start_provisioning)
    provisioned = recording(_statehold.EnvironmentRecord.provisioned)
    provision_failed = recording(_statehold.EnvironmentRecord.provision_failed)
    start_configuring = recording(_statehold.EnvironmentRecord.start_configuring)
    configured = recording(_statehold.EnvironmentRecord.configured)
    configure_failed = recording(_statehold.EnvironmentRecord.configure_failed)
    start_releasing = recording(_statehold.EnvironmentRecord.start_releasing)
    released = recording(_statehold.EnvironmentRecord.released)
    release_failed = recording(_statehold.EnvironmentRecord.release_failed)
    start_running = recording(_statehold.EnvironmentRecord.start_running)
    run_failed = recording(_statehold.EnvironmentRecord.run_failed)
    retry = recording(_statehold.EnvironmentRecord.retry)
    destroy = recording(_statehold.EnvironmentRecord.destroy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnvironmentRecord) and self._native == other._native

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return EnvironmentRecord, (self._native,)

    def __repr__(self) -> str:
        return f"aio.{self._native!r}"


@dataclasses.dataclass(frozen=True)
class HistoryEntry:
    """As :class:`statehold.HistoryEntry`."""

    sequence: int
    revision: int
    time: float
    operation: HistoryOperation
    from_: DeploymentState | str | None
    to: DeploymentState | str | None
    process: int
    host: str
    user: str
    note: str | None
    failure: Failure | None
    spent: float | None
    record: EnvironmentRecord | None

    @classmethod
    def _of(cls, entry: _statehold.HistoryEntry, write: Run) -> HistoryEntry:
        fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(cls)}
        if entry.record is not None:
            fields["record"] = EnvironmentRecord(entry.record, write)
        return cls(**fields)


@dataclasses.dataclass(frozen=True)
class InterruptedEnvironment:
    """As :class:`statehold.InterruptedEnvironment`."""

    record: EnvironmentRecord
    holder: LockInfo | None
