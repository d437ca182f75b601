"""Writes of single keys: those of one turn of an event loop go to the store in one call, with one sync, each
with an outcome of its own. See decision 0024."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .. import _statehold
from .._statehold import Write
from ._threads import Native, Wrapper, patient

P = ParamSpec("P")
T = TypeVar("T")
Native_co = TypeVar("Native_co", covariant=True)

Turn = list[tuple[asyncio.Future[Any], Write]]


class Gathering:
    """The writes to a store that wait to be carried out: for the end of a turn, and of the call under way."""

    def __init__(self, native: _statehold.Store) -> None:
        self._native = native
        self._waiting: dict[asyncio.AbstractEventLoop, Turn] = {}
        self._under_way: dict[asyncio.AbstractEventLoop, Turn] = {}

    def add(self, write: Write) -> asyncio.Future[Any]:
        """What the write will have come to."""
        loop = asyncio.get_running_loop()
        turn = self._waiting.get(loop)
        if turn is None:
            turn = self._waiting[loop] = []
            if loop not in self._under_way:
                loop.call_soon(self._begin, loop)
        future = loop.create_future()
        turn.append((future, write))
        return future

    async def end(self) -> None:
        """Waits for what was asked for before on this event loop."""
        loop = asyncio.get_running_loop()
        turns = [*self._under_way.get(loop, ()), *self._waiting.get(loop, ())]
        if turns:
            await asyncio.wait([future for future, _ in turns])

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        # Who was cancelled meanwhile wants nothing written.
        turn = [(future, write) for future, write in self._waiting.pop(loop) if not future.done()]
        if not turn:
            return
        try:
            call = patient.submit(self._native._write_together, [write for _, write in turn])
        except RuntimeError as error:
            # The interpreter is about to end, and begins no call any more.
            settle(turn, [error] * len(turn))
        else:
            self._under_way[loop] = turn
            call.add_done_callback(functools.partial(self._end, loop))

    def _end(self, loop: asyncio.AbstractEventLoop, call: asyncio.Future[list[Any]]) -> None:
        turn = self._under_way.pop(loop)
        if call.cancelled():
            for future, _ in turn:
                future.cancel()
        elif error := call.exception():
            settle(turn, [error] * len(turn))
        else:
            settle(turn, call.result())
        if loop in self._waiting:
            self._begin(loop)


def settle(turn: Turn, outcomes: list[Any]) -> None:
    """What a write has done is its future's result; an exception is raised."""
    for (future, _), outcome in zip(turn, outcomes, strict=True):
        if future.done():
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


class Gatherer(Wrapper[Native_co], Protocol[Native_co]):
    """An object for asyncio whose writes may be gathered."""

    @property
    def _gathering(self) -> Gathering | None: ...


def gathered(
    method: Callable[Concatenate[Native, P], T],
    prepare: Callable[Concatenate[Native, P], Write],
) -> Callable[Concatenate[Gatherer[Native], P], Coroutine[Any, Any, T]]:
    """A method that writes one key, as a coroutine. ``prepare`` gives the same as something to be carried out
    with others."""

    @functools.wraps(method)
    async def call(self: Gatherer[Native], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._gathering is None:
            return await self._write(method, self._native, *args, **kwargs)
        result: T = await self._gathering.add(prepare(self._native, *args, **kwargs))
        return result

    return call
