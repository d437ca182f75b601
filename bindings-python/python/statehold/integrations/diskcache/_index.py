"""diskcache's Index."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ._cache import Cache
from ._rows import MISSING

T = TypeVar("T")


class Index(MutableMapping[Any, Any]):
    """A mapping in a file that keeps the order in which its keys were added, as ``diskcache.Index``.

    The first argument may be the folder; without it a new temporary one is made. All others are what a
    ``dict`` takes. Values are JSON or bytes; for others make it with :meth:`fromcache` from a cache that
    may pickle.
    """

    __hash__ = None  # type: ignore[assignment]  # As of a dict.

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        directory = None
        if args and (args[0] is None or isinstance(args[0], (str, bytes))):
            directory, *args = args  # type: ignore[assignment]
        self._cache = Cache(directory, eviction_policy="none")
        self.update(*args, **kwargs)

    @classmethod
    def fromcache(cls, cache: Cache, *args: Any, **kwargs: Any) -> Index:
        """A mapping of what a cache holds, which then gets what a ``dict`` takes."""
        made = cls.__new__(cls)
        made._cache = cache
        made.update(*args, **kwargs)
        return made

    @property
    def cache(self) -> Cache:
        """The cache that holds the items."""
        return self._cache

    @property
    def directory(self) -> str:
        """The folder that the file is in."""
        return self._cache.directory

    def peekitem(self, last: bool = True) -> tuple[Any, Any]:
        """The item that was added last, or first. Raises ``KeyError`` if there is none."""
        found: tuple[Any, Any] = self._cache.peekitem(last, retry=True)
        return found

    def pop(self, key: Any, default: Any = MISSING) -> Any:
        """Deletes a key and returns its value; ``default``, or ``KeyError`` without one, if it is not
        there."""
        found = self._cache.pop(key, default, retry=True)
        if found is MISSING:
            raise KeyError(key)
        return found

    def popitem(self, last: bool = True) -> tuple[Any, Any]:
        """Deletes the item that was added last, or first, and returns it."""
        with self._cache.transact(retry=True):
            key, value = self.peekitem(last)
            del self._cache[key]
        return key, value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value of a key; if it is not there, ``default``, which is then set."""
        with self._cache.transact(retry=True):
            self._cache.add(key, default)
            return self._cache[key]

    def clear(self) -> None:
        """Deletes all items, in one commit."""
        self._cache.clear(retry=True)

    def push(self, value: Any, prefix: str | None = None, side: str = "back") -> int | str:
        """Adds a value at a side of a queue, and returns its key: as :meth:`Cache.push`."""
        return self._cache.push(value, prefix, side, retry=True)

    def pull(
        self, prefix: str | None = None, default: Any = (None, None), side: str = "front"
    ) -> tuple[Any, Any]:
        """Removes the item at a side of a queue, and returns it: as :meth:`Cache.pull`."""
        found: tuple[Any, Any] = self._cache.pull(prefix, default, side, retry=True)
        return found

    def memoize(
        self, name: str | None = None, typed: bool = False, ignore: Iterable[int | str] = ()
    ) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """A decorator that keeps what a function returns: as :meth:`Cache.memoize`."""
        return self._cache.memoize(name, typed, ignore=ignore)

    def transact(self) -> AbstractContextManager[None]:
        """What this thread does in the body is one commit: as :meth:`Cache.transact`."""
        return self._cache.transact(retry=True)

    def __getitem__(self, key: Any) -> Any:
        return self._cache[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._cache[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._cache[key]

    def __contains__(self, key: object) -> bool:
        return key in self._cache

    def __len__(self) -> int:
        return len(self._cache)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cache)

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._cache)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        if isinstance(other, (Index, OrderedDict)):
            return list(self.items()) == list(other.items())
        return dict(self.items()) == other if isinstance(other, dict) else dict(self) == dict(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.directory!r})"

    def __getstate__(self) -> Cache:
        return self._cache

    def __setstate__(self, state: Cache) -> None:
        self._cache = state
