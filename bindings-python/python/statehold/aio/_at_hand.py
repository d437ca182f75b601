"""Reads that are answered from memory where that can be done at once, without a thread."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from ._threads import Native, Wrapper

P = ParamSpec("P")
T = TypeVar("T")

TURN_EVERY = 64
"""After so many answers without waiting the event loop gets a turn, so that a task that only reads what is in
memory does not keep the others from going on."""

_answers = 0


def at_hand(
    method: Callable[Concatenate[Native, P], T],
    known: Callable[Concatenate[Native, P], tuple[T] | None],
) -> Callable[Concatenate[Wrapper[Native], P], Coroutine[Any, Any, T]]:
    """A method that reads, as a coroutine. ``known`` gives what it would, as a tuple of one, if that needs no
    waiting."""

    @functools.wraps(method)
    async def call(self: Wrapper[Native], /, *args: P.args, **kwargs: P.kwargs) -> T:
        global _answers
        answer = known(self._native, *args, **kwargs)
        if answer is None:
            return await self._read(method, self._native, *args, **kwargs)
        _answers += 1
        if _answers % TURN_EVERY == 0:
            await asyncio.sleep(0)
        return answer[0]

    return call
