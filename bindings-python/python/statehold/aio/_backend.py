"""The abstract interface for asyncio, and the backend in memory behind it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from .. import _statehold
from .._statehold import ManualClock
from ..errors import ConflictError
from ._threads import at_once, reading, settle, writing

RETRIES = 100
"""How often a function is run again before its conflict is the caller's, as in the core."""


@runtime_checkable
class StateBackend(Protocol):
    """As :class:`statehold.StateBackend`, whose methods it has as coroutines."""

    async def get(self, namespace: str, key: str, default: Any = None) -> Any: ...
    async def set(
        self, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None
    ) -> int: ...
    async def delete(self, namespace: str, key: str) -> bool: ...
    async def list(self, namespace: str, pattern: str = "*") -> builtins.list[str]: ...
    async def exists(self, namespace: str, key: str) -> bool: ...
    async def get_ttl(self, namespace: str, key: str) -> float | None: ...
    async def set_ttl(self, namespace: str, key: str, ttl: float | timedelta | None) -> bool: ...
    async def batch_get(self, namespace: str, keys: Iterable[str]) -> dict[str, Any]: ...
    async def batch_set(
        self,
        namespace: str,
        entries: Mapping[str, Any] | Iterable[tuple[str, Any]],
        ttl: float | timedelta | None = None,
    ) -> int: ...
    async def clear_namespace(self, namespace: str) -> int: ...
    async def transact(self, function: Callable[[Any], Any]) -> Any: ...


class MemoryTransaction:
    """What the function of ``MemoryBackend.transact`` gets."""

    _read = at_once
    _write = at_once

    def __init__(self, native: _statehold.MemoryTransaction) -> None:
        self._native = native

    get = reading(_statehold.MemoryTransaction.get)
    set = writing(_statehold.MemoryTransaction.set)
    delete = writing(_statehold.MemoryTransaction.delete)
    list = reading(_statehold.MemoryTransaction.list)
    exists = reading(_statehold.MemoryTransaction.exists)
    get_ttl = reading(_statehold.MemoryTransaction.get_ttl)
    set_ttl = writing(_statehold.MemoryTransaction.set_ttl)
    batch_get = reading(_statehold.MemoryTransaction.batch_get)
    batch_set = writing(_statehold.MemoryTransaction.batch_set)
    clear_namespace = writing(_statehold.MemoryTransaction.clear_namespace)

    async def transact(self, function: Callable[[MemoryTransaction], Any]) -> Any:
        """Calls ``function(tx)``: what it does is part of this transaction."""
        return await settle(function(self))


class MemoryBackend:
    """As :class:`statehold.MemoryBackend`."""

    _read = at_once
    _write = at_once

    def __init__(self, *, clock: ManualClock | None = None) -> None:
        self._native = _statehold.MemoryBackend(clock=clock)

    get = reading(_statehold.MemoryBackend.get)
    set = writing(_statehold.MemoryBackend.set)
    delete = writing(_statehold.MemoryBackend.delete)
    list = reading(_statehold.MemoryBackend.list)
    exists = reading(_statehold.MemoryBackend.exists)
    get_ttl = reading(_statehold.MemoryBackend.get_ttl)
    set_ttl = writing(_statehold.MemoryBackend.set_ttl)
    batch_get = reading(_statehold.MemoryBackend.batch_get)
    batch_set = writing(_statehold.MemoryBackend.batch_set)
    clear_namespace = writing(_statehold.MemoryBackend.clear_namespace)

    async def transact(self, function: Callable[[MemoryTransaction], Any]) -> Any:
        """Calls ``function(tx)``, which may be a coroutine function, and applies what it wrote at once."""
        for retry in range(RETRIES + 1):
            tx = self._native._begin()
            result = await settle(function(MemoryTransaction(tx)))
            try:
                tx._commit()
            except ConflictError:
                if retry == RETRIES:
                    raise
            else:
                break
        return result
