"""Environments and their locks, for asyncio."""

from __future__ import annotations

import asyncio
import builtins
import functools
from collections.abc import Callable, Generator
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeVar

from .. import _statehold
from .._statehold import Patience
from .._types import DeploymentState
from ..errors import LockedError
from ._environment import EnvironmentRecord, HistoryEntry, InterruptedEnvironment, recording
from ._threads import Run, quick, reading, writing

T = TypeVar("T")

LOOK_EVERY = 0.005
"""How many seconds a waiter for a lock pauses between two looks."""


async def taken(attempt: Callable[[], T], timeout: float | timedelta, write: Run) -> T:
    """What ``attempt`` gives once it finds the lock free. No thread waits for that."""
    patience = Patience(timeout)
    while True:
        try:
            return await write(attempt)
        except LockedError:
            if patience.is_over():
                raise
        await asyncio.sleep(LOOK_EVERY)


class Environments:
    """As :class:`statehold.Environments`."""

    _read = quick

    def __init__(self, native: _statehold.Environments, write: Run) -> None:
        self._native, self._write = native, write

    create = recording(_statehold.Environments.create)
    exists = reading(_statehold.Environments.exists)
    transition = recording(_statehold.Environments.transition)
    set_step = recording(_statehold.Environments.set_step)
    recover = recording(_statehold.Environments.recover)
    delete = writing(_statehold.Environments.delete)
    lock_info = reading(_statehold.Environments.lock_info)
    force_unlock = writing(_statehold.Environments.force_unlock)
    register_lifecycle = writing(_statehold.Environments.register_lifecycle)
    lifecycle = reading(_statehold.Environments.lifecycle)
    lifecycles = reading(_statehold.Environments.lifecycles)

    async def load(self, name: str) -> EnvironmentRecord:
        """The record of an environment. Raises ``NotFoundError`` if there is none."""
        return self._record(await self._read(self._native.load, name))

    async def find(self, name: str) -> EnvironmentRecord | None:
        """The record of an environment; None if there is none."""
        found = await self._read(self._native.find, name)
        return None if found is None else self._record(found)

    async def list(
        self, *, state: DeploymentState | str | None = None, lifecycle: str | None = None
    ) -> builtins.list[EnvironmentRecord]:
        """The environments, in the order of their names: all, or those in a state, or of a lifecycle."""
        found = await self._read(self._native.list, state=state, lifecycle=lifecycle)
        return [self._record(record) for record in found]

    async def save(self, environment: EnvironmentRecord) -> EnvironmentRecord:
        """Saves the data of a record over the record that it was loaded as."""
        return self._record(await self._write(self._native.save, environment._native))

    async def history(self, name: str) -> builtins.list[HistoryEntry]:
        """All that has happened to a name, in order, also from before it was deleted."""
        return [
            HistoryEntry._of(entry, self._write) for entry in await self._read(self._native.history, name)
        ]

    async def at(
        self, name: str, *, revision: int | None = None, time: float | timedelta | None = None
    ) -> EnvironmentRecord | None:
        """The record of an environment as it was after a revision or at a time; None if there was none."""
        found = await self._read(self._native.at, name, revision=revision, time=time)
        return None if found is None else self._record(found)

    async def interrupted(self) -> builtins.list[InterruptedEnvironment]:
        """The environments with a command under way, while nobody who lives holds their lock."""
        found = await self._read(self._native.interrupted)
        return [InterruptedEnvironment(self._record(one.record), one.holder) for one in found]

    def lock(
        self,
        name: str,
        *,
        timeout: float | timedelta = 10,
        ttl: float | timedelta | None = None,
        purpose: str | None = None,
        reentrant: bool = False,
    ) -> Locking:
        """Takes the lock of an environment: to be awaited, or used by ``async with``."""
        attempt = functools.partial(self._native._try_lock, name, ttl, purpose, reentrant)
        return Locking(attempt, timeout, self._write)

    def with_token(self, token: str) -> Environments:
        """The same environments for the holder of a lock."""
        return Environments(self._native.with_token(token), self._write)

    def _record(self, native: _statehold.EnvironmentRecord) -> EnvironmentRecord:
        return EnvironmentRecord(native, self._write)


class EnvironmentLock:
    """As :class:`statehold.EnvironmentLock`, with ``async with``."""

    _read = quick

    def __init__(self, native: _statehold.EnvironmentLock, write: Run) -> None:
        self._native, self._write = native, write

    @property
    def name(self) -> str:
        """The environment that is locked."""
        return self._native.name

    @property
    def token(self) -> str:
        """Names this grant."""
        return self._native.token

    @property
    def fencing(self) -> int:
        """The number of this grant, greater than that of any before."""
        return self._native.fencing

    is_held = reading(_statehold.EnvironmentLock.is_held)
    transition = recording(_statehold.EnvironmentLock.transition)
    set_step = recording(_statehold.EnvironmentLock.set_step)
    release = writing(_statehold.EnvironmentLock.release)

    def environments(self) -> Environments:
        """The environments, for the holder."""
        return Environments(self._native.environments(), self._write)

    async def load(self) -> EnvironmentRecord:
        """The record of the environment."""
        return EnvironmentRecord(await self._read(self._native.load), self._write)

    async def save(self, environment: EnvironmentRecord) -> EnvironmentRecord:
        """As :meth:`Environments.save`."""
        return EnvironmentRecord(await self._write(self._native.save, environment._native), self._write)

    async def __aenter__(self) -> EnvironmentLock:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        await self.release()

    def __repr__(self) -> str:
        return f"<aio.EnvironmentLock {self.name!r}, fencing {self.fencing}>"


class Locking:
    """A lock to come. A wait that is cancelled takes none."""

    def __init__(
        self, attempt: Callable[[], _statehold.EnvironmentLock], timeout: float | timedelta, write: Run
    ) -> None:
        self._attempt, self._timeout, self._write = attempt, timeout, write
        self._lock: EnvironmentLock | None = None

    def __await__(self) -> Generator[Any, Any, EnvironmentLock]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> EnvironmentLock:
        native = await taken(self._attempt, self._timeout, self._write)
        self._lock = EnvironmentLock(native, self._write)
        return self._lock

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if self._lock is not None:
            await self._lock.release()
