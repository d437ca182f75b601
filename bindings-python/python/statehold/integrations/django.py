"""A cache backend of Django in a store.

>>> CACHES = {
...     "default": {
...         "BACKEND": "statehold.integrations.django.StateholdCache",
...         "LOCATION": "/var/cache/site/cache.db",
...     }
... }
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import statehold

from ._extra import needing
from ._pickling import Codec

with needing("django"):
    from asgiref.sync import sync_to_async
    from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
    from django.core.exceptions import ImproperlyConfigured
    from django.utils.safestring import SafeString

__all__ = ["StateholdCache"]

# The longest TTL that a store takes is 100 years. A longer timeout, as of sys.maxsize, is cut to that.
_LONGEST = 100 * 365 * 86_400
_MISSING = object()
SAFE = b"s"

_stores: dict[Path, tuple[statehold.Store, Mapping[str, Any]]] = {}
_opening = threading.Lock()


def _open(path: Path, options: Mapping[str, Any]) -> statehold.Store:
    """The one store of a path in this process: Django makes a backend for every thread."""
    with _opening:
        store, given = _stores.get(path, (None, options))
        if given != options:
            raise ImproperlyConfigured(f"two caches in {path} have different OPTIONS: {given} and {options}")
        if store is None or store.is_closed:
            store = statehold.open(path, **options)
            _stores[path] = store, options
        return store


class _Codec(Codec):
    """Also keeps safe strings, which templates make and fragments of them are, without a pickle."""

    def encode(self, value: Any) -> Any:
        return SAFE + value.encode() if type(value) is SafeString else super().encode(value)

    def decode(self, stored: Any) -> Any:
        if type(stored) is bytes and stored[:1] == SAFE:
            return SafeString(stored[1:].decode())
        return super().decode(stored)


class StateholdCache(BaseCache):
    """A cache in a store, for all threads and processes of a machine.

    ``LOCATION`` is the path of the file. ``OPTIONS`` are ``MAX_ENTRIES`` and ``CULL_FREQUENCY``, as with
    Django's own backends; ``allow_pickle`` (off), without which values are JSON, bytes or safe strings;
    ``namespace`` (``django``), where the entries are; and any option of :func:`statehold.open`, of which
    ``durability`` is ``normal`` here: an entry survives the death of the process, but may be lost in a power
    failure.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {"durability": "normal", **params.get("OPTIONS", {})}
        for name in ("MAX_ENTRIES", "CULL_FREQUENCY"):
            options.pop(name, None)
        allow_pickle = options.pop("allow_pickle", False)
        self._codec = _Codec(allow_pickle, 'set OPTIONS={"allow_pickle": True} in CACHES')
        self._namespace_name = options.pop("namespace", "django")
        if location in ("", ":memory:"):
            raise ImproperlyConfigured("LOCATION must be the path of a file, which every process opens")
        self._path = Path(location).absolute()
        self._options = options
        self._opened: tuple[statehold.Store, statehold.Namespace] | None = None
        # How many keys may be added before it is worth while to count them again.
        self._room = 0

    @property
    def store(self) -> statehold.Store:
        """The store, which all caches in this file share. It is opened when it is used, for the first time
        or after it was closed: a process may fork before that."""
        return _open(self._path, self._options)

    @property
    def _entries(self) -> statehold.Namespace:
        if self._opened is None or self._opened[0].is_closed:
            store = self.store
            self._opened = store, store.namespace(self._namespace_name)
        return self._opened[1]

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Sets a key that is not there, and returns whether it was not."""
        key, stored = self.make_and_validate_key(key, version=version), self._codec.encode(value)
        ttl = self._ttl(timeout)
        if ttl == 0:
            return not self._entries.exists(key)
        self._make_room([key])
        try:
            self._entries.set(key, stored, ttl, only_if_absent=True)
        except statehold.ConflictError:
            return False
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value of a key; ``default`` if it is not there."""
        stored = self._entries.get(self.make_and_validate_key(key, version=version), _MISSING)
        return default if stored is _MISSING else self._codec.decode(stored)

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Sets a key, to expire after ``timeout`` seconds; None: never; 0: at once."""
        self.set_many({key: value}, timeout, version)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Sets anew when a key expires, and returns whether it was there."""
        key, ttl = self.make_and_validate_key(key, version=version), self._ttl(timeout)
        return self._entries.delete(key) if ttl == 0 else self._entries.set_ttl(key, ttl)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Deletes a key and returns whether it was there."""
        return self._entries.delete(self.make_and_validate_key(key, version=version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        """Whether a key is there."""
        return self._entries.exists(self.make_and_validate_key(key, version=version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        """Adds to a value, atomically over threads and processes. It keeps its expiry."""
        made = self.make_and_validate_key(key, version=version)

        def add(stored: Any) -> Any:
            if stored is _MISSING:
                raise ValueError(f"Key {key!r} not found")
            return self._codec.encode(self._codec.decode(stored) + delta)

        return self._codec.decode(self._entries.update(made, add, _MISSING))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """The values of those keys that are there, as of one moment."""
        made = {self.make_and_validate_key(key, version=version): key for key in keys}
        found = self._entries.batch_get(made)
        return {made[key]: self._codec.decode(stored) for key, stored in found.items()}

    def set_many(
        self, data: Mapping[str, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """Sets many keys in one commit, all or none. The list of those that failed is always empty."""
        stored = {
            self.make_and_validate_key(key, version=version): self._codec.encode(value)
            for key, value in data.items()
        }
        ttl = self._ttl(timeout)
        if ttl == 0:
            self._entries.batch_delete(stored)
        else:
            self._make_room(stored)
            self._entries.batch_set(stored, ttl)
        return []

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Deletes many keys in one commit."""
        self._entries.batch_delete([self.make_and_validate_key(key, version=version) for key in keys])

    def get_or_set(
        self,
        key: str,
        default: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> Any:
        """The value of a key; if it is not there, ``default``, which is then set. Of many callers in many
        processes one calls a ``default`` that is a function, and the others wait for what it gives."""
        made, ttl = self.make_and_validate_key(key, version=version), self._ttl(timeout)
        found = self._entries.get(made, _MISSING)
        if found is _MISSING:
            make = default if callable(default) else lambda: default
            if ttl == 0:
                return make()
            self._make_room([made])
            found = self._entries.get_or_set(made, lambda: self._codec.encode(make()), ttl)
        return self._codec.decode(found)

    def incr_version(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Moves a value to another version, in one commit, and returns that."""
        version = self.version if version is None else version
        before = self.make_and_validate_key(key, version=version)
        after = self.make_and_validate_key(key, version=version + delta)

        def move(tx: statehold.Transaction) -> None:
            entries = tx.namespace(self._namespace_name)
            stored = entries.pop(before, _MISSING)
            if stored is _MISSING:
                raise ValueError(f"Key {key!r} not found")
            entries.set(after, stored, self._ttl(DEFAULT_TIMEOUT))

        self.store.transact(move)
        return version + delta

    def clear(self) -> None:
        """Deletes every entry of the namespace, whatever its prefix and version."""
        self._entries.clear()
        self._room = 0

    async def aincr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        """As :meth:`incr`."""
        return await sync_to_async(self.incr)(key, delta, version)

    async def aget_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """As :meth:`get_many`."""
        return await sync_to_async(self.get_many)(keys, version)

    async def aset_many(
        self, data: Mapping[str, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """As :meth:`set_many`."""
        return await sync_to_async(self.set_many)(data, timeout, version)

    async def adelete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """As :meth:`delete_many`."""
        await sync_to_async(self.delete_many)(keys, version)

    async def ahas_key(self, key: str, version: int | None = None) -> bool:
        """As :meth:`has_key`."""
        return await sync_to_async(self.has_key)(key, version)

    async def aincr_version(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """As :meth:`incr_version`."""
        return await sync_to_async(self.incr_version)(key, delta, version)

    def _ttl(self, timeout: float | None) -> float | None:
        """Seconds to live: None for ever, 0 for not at all."""
        timeout = self.default_timeout if timeout == DEFAULT_TIMEOUT else timeout
        return None if timeout is None else min(max(timeout, 0), _LONGEST)

    def _make_room(self, keys: Iterable[str]) -> None:
        """Deletes one entry in ``CULL_FREQUENCY``, any, if there are ``MAX_ENTRIES`` of them already.

        Other processes may add entries that this one does not know of until it counts again.
        """
        added = sum(not self._entries.exists(key) for key in keys)
        if added <= self._room:
            self._room -= added
            return
        count = self._entries.count()
        if count >= self._max_entries:
            if self._cull_frequency == 0:
                count -= self._entries.clear()
            else:
                victims = random.sample(self._entries.list(), count // self._cull_frequency)
                count -= self._entries.batch_delete(victims)
        self._room = max(self._max_entries - count - added, 0)
