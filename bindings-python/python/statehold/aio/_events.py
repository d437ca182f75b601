"""Telling functions of the event loop what happened."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ._threads import settle

T = TypeVar("T")


class Relay(Generic[T]):
    """Calls a function on the event loop that it was made on, whichever thread is told."""

    def __init__(self, what: str, callback: Callable[[T], Any]) -> None:
        self._what, self._callback = what, callback
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, told: T) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._start, told)

    def __eq__(self, other: object) -> bool:
        return self._callback == (other._callback if isinstance(other, Relay) else other)

    def __hash__(self) -> int:
        return hash(self._callback)

    def _start(self, told: T) -> None:
        # The loop itself keeps no more than a weak reference to a task.
        task = self._loop.create_task(self._tell(told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, told: T) -> None:
        try:
            await settle(self._callback(told))
        except Exception:
            logging.getLogger("statehold").exception("a callback of %s raised", self._what)
