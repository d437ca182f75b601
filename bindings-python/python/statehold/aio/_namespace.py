"""A namespace for asyncio."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import _statehold
from .._statehold import Claim
from ._at_hand import at_hand
from ._gathered import gathered
from ._threads import patient, quick, reading, settle, streaming, writing
from ._watch import Watching

if TYPE_CHECKING:
    from ._store import Store
    from ._transaction import Transaction

LOOK_EVERY = 0.002
"""How many seconds a caller of ``get_or_set`` waits between two looks at whether another is done."""


class Namespace:
    """As :class:`statehold.Namespace`."""

    def __init__(
        self, owner: Store | Transaction, name: str, ttl: float | timedelta | None, sliding: bool
    ) -> None:
        self._options: dict[str, Any] = {"ttl": ttl, "sliding": sliding}
        self._native = owner._native.namespace(name, **self._options)
        # Inside a transaction nothing waits for others; outside, a read that renews is a write.
        inside = isinstance(owner._native, _statehold.Transaction)
        self._read = quick if inside or not sliding else patient
        self._write = quick if inside else patient
        self._gathering = owner._gathering

    @property
    def name(self) -> str:
        """The namespace's name."""
        return self._native.name

    get = at_hand(_statehold.Namespace.get, _statehold.Namespace._known)
    entry = at_hand(_statehold.Namespace.entry, _statehold.Namespace._known_entry)
    exists = at_hand(_statehold.Namespace.exists, _statehold.Namespace._known_to_exist)
    get_ttl = reading(_statehold.Namespace.get_ttl)
    list = reading(_statehold.Namespace.list)
    items = streaming(_statehold.Namespace.items)
    keys = streaming(_statehold.Namespace.keys)
    values = streaming(_statehold.Namespace.values)
    count = reading(_statehold.Namespace.count)
    batch_get = reading(_statehold.Namespace.batch_get)
    set = gathered(_statehold.Namespace.set, _statehold.Namespace._to_set)
    delete = gathered(_statehold.Namespace.delete, _statehold.Namespace._to_delete)
    pop = writing(_statehold.Namespace.pop)
    popitem = writing(_statehold.Namespace.popitem)
    setdefault = writing(_statehold.Namespace.setdefault)
    set_ttl = writing(_statehold.Namespace.set_ttl)
    touch = writing(_statehold.Namespace.touch)
    batch_set = writing(_statehold.Namespace.batch_set)
    batch_delete = writing(_statehold.Namespace.batch_delete)
    increment = gathered(_statehold.Namespace.increment, _statehold.Namespace._to_increment)
    merge = writing(_statehold.Namespace.merge)
    clear = writing(_statehold.Namespace.clear)
    delete_matching = writing(_statehold.Namespace.delete_matching)

    async def update(
        self, key: Any, function: Callable[[Any], Any] | None = None, default: Any = None
    ) -> Any:
        """Changes a value by a function of it, which may be a coroutine function."""
        if function is None:
            return await self._write(self._native.update, key)

        begun = await self._write(self._native._begin_update, key)
        try:
            while True:
                found = await self._write(begun.next)
                made = await settle(function(found[0] if found else default))
                # Who holds the lock must not queue behind those that wait for it.
                if stored := await (quick if begun.holds_lock else self._write)(begun.done, made):
                    return stored[0]
        finally:
            begun.give_up()

    async def get_or_set(
        self, key: str, function: Callable[[], Any], ttl: float | timedelta | None = None
    ) -> Any:
        """The value of a key, or what ``function`` makes, which may be a coroutine function."""
        while True:
            found = await self._read(self._native._get_or_claim, key, ttl)
            if isinstance(found, Claim):
                try:
                    made = await settle(function())
                    return await self._write(found.set, made)
                finally:
                    found.give_up()
            if found is not None:
                return found[0]
            await asyncio.sleep(LOOK_EVERY)

    def watch(self, pattern: str = "*") -> Watching:
        """Watches for what is committed to the keys that match: as :meth:`Store.watch`."""
        return Watching(functools.partial(self._native.watch, pattern))

    def __aiter__(self) -> AsyncIterator[str]:
        return self.keys()

    def __repr__(self) -> str:
        return f"<aio.Namespace {self.name!r}>"
