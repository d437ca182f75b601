"""Running commands on environments, for asyncio."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .. import _statehold
from .._statehold import EnvironmentCommand
from ._environment import EnvironmentRecord
from ._environments import Environments, taken
from ._threads import Run, quick, settle, writing


class CommandProgress:
    """As :class:`statehold.CommandProgress`."""

    _read = quick

    def __init__(self, native: _statehold.CommandProgress, write: Run) -> None:
        self._native, self._write = native, write

    @property
    def record(self) -> EnvironmentRecord:
        """The record, as it was when the command began, with the last step."""
        return EnvironmentRecord(self._native.record, self._write)

    @property
    def fencing(self) -> int:
        """The number of the lock's grant, for what else the command writes to."""
        return self._native.fencing

    step = writing(_statehold.CommandProgress.step)

    def set_data(self, data: Any) -> None:
        """Sets what the environment's data is to be, which is saved with the end of the command."""
        self._native.set_data(data)


class Orchestrator:
    """As :class:`statehold.Orchestrator`."""

    def __init__(
        self,
        environments: Environments,
        *,
        timeout: float | timedelta = 10,
        ttl: float | timedelta | None = None,
        purpose: str | None = None,
    ) -> None:
        self._native = _statehold.Orchestrator(environments._native, ttl=ttl, purpose=purpose)
        self._timeout, self._write = timeout, environments._write

    async def run(
        self, name: str, command: EnvironmentCommand, function: Callable[[CommandProgress], Any]
    ) -> EnvironmentRecord:
        """Runs a command: as the sync one, by a function that may be a coroutine function. A task that is
        cancelled meanwhile interrupts the command: the state in which it is under way stays."""
        attempt = functools.partial(self._native._try_begin, name, command)
        native = await taken(attempt, self._timeout, self._write)
        try:
            await settle(function(CommandProgress(native, self._write)))
        except Exception as error:
            await self._write(native._fail, error)
            raise
        except BaseException:
            native._abandon()
            raise
        return EnvironmentRecord(await self._write(native._succeed), self._write)
