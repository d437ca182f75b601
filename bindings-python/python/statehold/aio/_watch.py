"""Watching for changes, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from datetime import timedelta
from types import TracebackType
from typing import Any

from .. import _statehold
from .._statehold import Change, Patience
from ..errors import ClosedError
from ._threads import quick, reading, waiting

TURN_S = 0.1
TURNS = 10
"""How many turns a wait without end keeps its thread: to give it back and take one costs more than a turn."""

waits: set[object] = set()
"""A token for each wait without end that somebody is still interested in."""


class Watch:
    """As :class:`statehold.Watch`, an asynchronous iterator. Who cancels a wait has lost no change by it."""

    _read = quick
    _write = quick

    def __init__(self, native: _statehold.Watch) -> None:
        self._native = native

    @property
    def revision(self) -> int:
        """The last revision of which every change has been given out: the one to go on after."""
        return self._native.revision

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._native.is_closed

    async def next_within(self, timeout: float | timedelta) -> Change | None:
        """The next change; waits for it for so many seconds, and gives None when the time is up."""
        patience = Patience(timeout)
        # The thread only waits. The change is taken here, where nothing can be cancelled in between.
        while (change := self._native._next_buffered()) is None:
            if not await waiting(self._native._turn, patience):
                return None
        return change

    try_next = reading(_statehold.Watch.try_next)

    def close(self) -> None:
        """Ends the watch, also for those who wait for it. Closing twice is no error."""
        self._native.close()

    async def _next(self) -> Change:
        while (change := self._native._next_buffered()) is None:
            token = object()
            waits.add(token)
            try:
                await waiting(self._turns, token)
            finally:
                waits.discard(token)
        return change

    def _turns(self, token: object) -> None:
        """Waits in a thread, which others may need and nobody may need any longer; takes nothing."""
        for _ in range(TURNS):
            if self._native._turn(Patience(TURN_S)) or token not in waits or len(waits) > waiting.most:
                return

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Change:
        try:
            return await self._next()
        except ClosedError:
            if self.is_closed:
                raise StopAsyncIteration from None
            raise

    async def __aenter__(self) -> Watch:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()


class Watching:
    """A watch to come: to be awaited, or used by ``async with``, or by ``async for`` at once."""

    def __init__(self, function: Callable[[], _statehold.Watch]) -> None:
        self._function = function
        self._watch: Watch | None = None

    def __await__(self) -> Generator[Any, Any, Watch]:
        return self.__aenter__().__await__()

    async def __aiter__(self) -> AsyncIterator[Change]:
        async with self as watch:
            async for change in watch:
                yield change

    async def __aenter__(self) -> Watch:
        self._watch = Watch(await quick(self._function))
        return self._watch

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if self._watch is not None:
            self._watch.close()
