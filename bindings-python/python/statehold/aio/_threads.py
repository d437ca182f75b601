"""The threads that wait for the disk and for locks, so that the event loop need not."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Native = TypeVar("Native")
Native_co = TypeVar("Native_co", covariant=True)


class Run(Protocol):
    """A way to call a function without holding up the event loop."""

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


ENOUGH = 10_000
"""More threads than there are calls at a time."""


class Threads:
    """Calls functions in threads of its own."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self.most = name, most
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        # In a forked child the threads are gone; what is given to the old executor would never be done.
        self._executor = ThreadPoolExecutor(self.most, f"statehold-{self._name}")

    def widen(self) -> None:
        """From now on there are as many threads as there are calls."""
        if self.most != ENOUGH:
            before, self.most = self._executor, ENOUGH
            self._renew()
            before.shutdown(wait=False)

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Begins a call."""
        call = functools.partial(function, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.submit(function, *args, **kwargs)


class AtOnce:
    """Calls functions that wait for nothing."""

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)


# Sets of threads: what waits for a lock must not take the threads that its holder needs to get on, nor must
# what waits for others to commit. The latter gives its thread back from time to time, so that all get one.
quick = Threads("quick", 8)
patient = Threads("patient", 32)
waiting = Threads("waiting", 256)
at_once = AtOnce()


def widen() -> None:
    """For a store with faults: a call whose latency is waited for must not take the thread of another."""
    quick.widen()
    patient.widen()


async def settle(value: Any) -> Any:
    """What a function of the caller's gave, which may be a coroutine function or a plain one."""
    return await value if inspect.isawaitable(value) else value


class Wrapper(Protocol[Native_co]):
    """An object for asyncio in front of the one that does the work."""

    @property
    def _native(self) -> Native_co: ...
    @property
    def _read(self) -> Run: ...
    @property
    def _write(self) -> Run: ...


def reading(
    method: Callable[Concatenate[Native, P], T],
) -> Callable[Concatenate[Wrapper[Native], P], Coroutine[Any, Any, T]]:
    """A method that reads, as a coroutine."""

    @functools.wraps(method)
    async def call(self: Wrapper[Native], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._read(method, self._native, *args, **kwargs)

    return call


def writing(
    method: Callable[Concatenate[Native, P], T],
) -> Callable[Concatenate[Wrapper[Native], P], Coroutine[Any, Any, T]]:
    """A method that may wait for the write lock, as a coroutine."""

    @functools.wraps(method)
    async def call(self: Wrapper[Native], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(method, self._native, *args, **kwargs)

    return call


class Pages(Protocol[T]):
    """An iterator that can give a page at once."""

    def page(self) -> list[T]: ...


def streaming(
    method: Callable[Concatenate[Native, P], Pages[T]],
) -> Callable[Concatenate[Wrapper[Native], P], AsyncIterator[T]]:
    """A method that gives an iterator, as one that gives an asynchronous iterator."""

    @functools.wraps(method)
    async def call(self: Wrapper[Native], /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        pages = await self._read(method, self._native, *args, **kwargs)
        while page := await self._read(pages.page):
            for item in page:
                yield item

    return call
