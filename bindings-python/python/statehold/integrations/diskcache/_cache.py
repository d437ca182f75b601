"""diskcache's Cache."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

import statehold

from .._pickling import Codec
from . import _names
from ._memoize import memoized
from ._rows import MISSING, Found, Item, Rows

T = TypeVar("T")

Timeout = statehold.BusyError
"""What is raised when others hold the write lock for longer than a cache's timeout."""

# After how many writes the size is looked at, and how much of the limit is left if it was too much.
_LOOK_AFTER = 100
_KEEP = 0.9


class Cache:
    """A mapping in a file, for all processes of a machine, whose items may expire and have tags.

    It does what ``diskcache.Cache`` does, in the methods that it has; the documentation lists the
    differences. Values are JSON or bytes, and others are pickled if ``allow_pickle`` says so. In the
    namespace ``diskcache`` of the store other languages find the values under ``s:`` and the key.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        timeout: float = 60,
        *,
        allow_pickle: bool = False,
        size_limit: int = 2**30,
        eviction_policy: str = "least-recently-stored",
        statistics: bool | None = None,
        namespace: str = "diskcache",
        durability: str = "normal",
        **options: Any,
    ) -> None:
        """:param directory: where the file is, ``statehold.db``; a new temporary folder if None.
        :param timeout: how many seconds to wait for another process's write lock.
        :param allow_pickle: whether to pickle what is not JSON, and to load pickles that are in the file.
        :param size_limit: how many bytes the file may use before those items are deleted that came first.
        :param eviction_policy: ``none`` to delete nothing for the sake of the limit.
        :param statistics: whether hits and misses are counted, by whoever opens it from now on.
        :param namespace: what the names of the namespaces begin with that hold the items.
        :param durability: what a write survives, as of :func:`statehold.open`.
        :param options: others of :func:`statehold.open`.
        """
        if eviction_policy not in ("least-recently-stored", "none"):
            raise ValueError(
                f"the eviction policy {eviction_policy!r} isn't supported: it is 'least-recently-stored' or "
                "'none'"
            )
        if directory is None:
            directory = tempfile.mkdtemp(prefix="statehold-")
        self._directory = str(Path(os.path.expandvars(directory)).expanduser())
        self._timeout = timeout
        self._options: dict[str, Any] = {
            "allow_pickle": allow_pickle,
            "size_limit": size_limit,
            "eviction_policy": eviction_policy,
            "namespace": namespace,
            "durability": durability,
            **options,
        }
        self._to_open = {"busy_timeout": timeout, "durability": durability, **options}
        self._codec = Codec(allow_pickle, "make the cache with allow_pickle=True")
        self._local = threading.local()
        self._opening = threading.Lock()
        self._count = itertools.count()
        # With the revision and a count, this makes places in the order unique over processes.
        self._nonce = uuid.uuid4().hex[:8]
        self._until_look = _LOOK_AFTER
        self._opened = self._open()
        counters = self._rows().counters
        if statistics is not None:
            counters.set("enabled", statistics)
        self._statistics = bool(counters.get("enabled"))

    @property
    def directory(self) -> str:
        """The folder that the file is in."""
        return self._directory

    @property
    def timeout(self) -> float:
        """How many seconds a write waits for another process's."""
        return self._timeout

    @property
    def allow_pickle(self) -> bool:
        """Whether what is not JSON is pickled."""
        return self._codec.allow_pickle

    @property
    def store(self) -> statehold.Store:
        """The store. It is opened again if it was closed."""
        if self._opened.is_closed:
            with self._opening:
                if self._opened.is_closed:
                    self._opened = self._open()
        return self._opened

    def set(
        self,
        key: Any,
        value: Any,
        expire: float | None = None,
        read: bool = False,
        tag: Any = None,
        retry: bool = False,
    ) -> bool:
        """Sets a key, to expire after so many seconds, and to be deleted with all others that have the
        ``tag``. With ``read`` the value is what a file has that is open for reading bytes."""
        item = self._item(key, value.read() if read else value, expire, tag)
        if not self._overwrite(item):
            self._write(lambda rows: rows.put(item, self._next_place), retry)
        self._look_after_size()
        return True

    def add(
        self,
        key: Any,
        value: Any,
        expire: float | None = None,
        read: bool = False,
        tag: Any = None,
        retry: bool = False,
    ) -> bool:
        """Sets a key that is not there, and returns whether it was not."""
        item = self._item(key, value.read() if read else value, expire, tag)

        def add(rows: Rows) -> bool:
            if rows.entries.exists(_names.short(item.name)):
                return False
            rows.put(item, self._next_place)
            return True

        added = self._write(add, retry)
        self._look_after_size()
        return added

    def get(
        self,
        key: Any,
        default: Any = None,
        read: bool = False,
        expire_time: bool = False,
        tag: bool = False,
        retry: bool = False,
    ) -> Any:
        """The value of a key, in a tuple with ``expire_time`` and ``tag`` if those are asked for. With
        ``read`` the value, which is bytes, as a file in memory."""
        name = _names.short(self._name(key))
        if expire_time or tag:
            found = self._write(lambda rows: rows.find(name), retry)
        else:
            stored = self._entries().get(name, MISSING)
            found = None if stored is MISSING else Found(stored, None, None)
        if self._statistics:
            counter = "misses" if found is None else "hits"
            self._write(lambda rows: rows.counters.increment(counter), retry)
        if found is None:
            return self._told(None, default, expire_time, tag)
        value = self._codec.decode(found.stored)
        return self._told(found, io.BytesIO(value) if read else value, expire_time, tag)

    def read(self, key: Any, retry: bool = False) -> BinaryIO:
        """The bytes of a key as a file in memory. Raises ``KeyError`` if it is not there."""
        found: BinaryIO = self.get(key, MISSING, read=True, retry=retry)
        if found is MISSING:
            raise KeyError(key)
        return found

    def touch(self, key: Any, expire: float | None = None, retry: bool = False) -> bool:
        """Sets anew when a key expires, never if None, and returns whether it was there."""
        name = _names.short(self._name(key))
        return self._write(lambda rows: rows.touch(name, expire), retry)

    def incr(self, key: Any, delta: float = 1, default: float | None = 0, retry: bool = False) -> Any:
        """Adds to a number, atomically over threads and processes, and returns the sum. A key that is not
        there counts from ``default``; ``KeyError`` if that is None. One that is there keeps its expiry
        and its tag."""
        whole = self._name(key)
        name = _names.short(whole)

        def add(rows: Rows) -> Any:
            stored = rows.entries.get(name, MISSING)
            if stored is not MISSING:
                value = self._codec.decode(stored) + delta
                rows.entries.set(name, self._codec.encode(value), keep_ttl=True)
            elif default is None:
                raise KeyError(key)
            else:
                value = default + delta
                rows.put(Item(whole, self._codec.encode(value), None, None), self._next_place)
            return value

        return self._write(add, retry)

    def decr(self, key: Any, delta: float = 1, default: float | None = 0, retry: bool = False) -> Any:
        """Subtracts from a number: as :meth:`incr`."""
        return self.incr(key, -delta, default, retry)

    def pop(
        self,
        key: Any,
        default: Any = None,
        expire_time: bool = False,
        tag: bool = False,
        retry: bool = False,
    ) -> Any:
        """Deletes a key and returns its value; ``default`` if it is not there."""
        name = _names.short(self._name(key))

        def pop(rows: Rows) -> Found | None:
            found = rows.find(name)
            rows.remove(name)
            return found

        found = self._write(pop, retry)
        return self._told(found, self._codec.decode(found.stored) if found else default, expire_time, tag)

    def delete(self, key: Any, retry: bool = False) -> bool:
        """Deletes a key and returns whether it was there."""
        name = _names.short(self._name(key))
        return self._write(lambda rows: rows.remove(name), retry)

    def evict(self, tag: Any, retry: bool = False) -> int:
        """Deletes all items that have the tag, in one commit, and returns how many there were."""
        name = self._name(tag)
        return self._write(lambda rows: sum(map(rows.remove, rows.tagged(name))), retry)

    def clear(self, retry: bool = False) -> int:
        """Deletes all items, in one commit, and returns how many there were."""
        return self._write(Rows.clear, retry)

    def expire(self, now: float | None = None, retry: bool = False) -> int:
        """Gives back the room of what has expired and not yet been purged, and returns how many rows that
        were. With ``now``, in seconds since 1970, deletes the items that expire before it, and returns
        how many."""
        if now is None:
            return self.store.purge_expired()
        return self._write(lambda rows: rows.remove_due(now), retry)

    def cull(self, retry: bool = False) -> int:
        """If the file uses more than the size limit, deletes the items that were added first, until it
        uses less than nine tenths of that. Returns how many."""
        limit, count = self._options["size_limit"], 0
        if self._options["eviction_policy"] == "none" or self.volume() <= limit:
            return count
        while self.volume() > limit * _KEEP and (removed := self._write(Rows.remove_oldest, retry)):
            count += removed
        return count

    def volume(self) -> int:
        """How many bytes of the file are in use, of whatever the store holds."""
        info = self.store.info()
        return (info.pages - info.free_pages) * info.page_size

    def check(self, fix: bool = False, retry: bool = False) -> list[str]:
        """Looks for damage in the file, and for values that other programs have set or deleted: the order
        does not know of that. With ``fix`` it is told, and free room is given back. Returns what was
        found, in words."""
        found = list(self.store.check_integrity().problems)

        def order(rows: Rows) -> list[str]:
            unplaced, orphaned = rows.unplaced(), rows.orphaned()
            if fix:
                for key in unplaced:
                    rows.place(key, self._next_place())
                for key in orphaned:
                    rows.remove(key)
            return [
                *(f"{key} has a value and no place in the order" for key in unplaced),
                *(f"{key} has a place in the order and no value" for key in orphaned),
            ]

        found += self._write(order, retry)
        if fix:
            self.store.vacuum()
        return found

    def stats(self, enable: bool = True, reset: bool = False) -> tuple[int, int]:
        """Hits and misses so far; from now on they are counted, if ``enable``, which makes a commit of
        each get."""

        def read(rows: Rows) -> tuple[int, int]:
            counters = rows.counters
            found = (counters.get("hits", 0), counters.get("misses", 0))
            if reset:
                counters.batch_set({"hits": 0, "misses": 0})
            counters.set("enabled", enable)
            return found

        found = self._write(read, retry=True)
        self._statistics = enable
        return found

    def peekitem(
        self, last: bool = True, expire_time: bool = False, tag: bool = False, retry: bool = False
    ) -> Any:
        """The last item that was added, or the first one. Raises ``KeyError`` if there is none."""

        def peek(rows: Rows) -> tuple[str, Found]:
            while places := rows.order.list(limit=1, reverse=last):
                name: str = rows.order[places[0]]
                if found := rows.find(_names.short(name)):
                    return name, found
                rows.remove(_names.short(name))
            raise KeyError("dictionary is empty")

        name, found = self._write(peek, retry)
        item = _names.original(name, self._codec), self._codec.decode(found.stored)
        return self._told(found, item, expire_time, tag)

    def iterkeys(self, reverse: bool = False) -> Iterator[Any]:
        """The keys, sorted: numbers, then text, then bytes, then all others by their text."""
        keys = [_names.original(name, self._codec) for _, name in self._rows().order.items()]
        return iter(sorted(keys, key=_names.rank, reverse=reverse))

    def memoize(
        self,
        name: str | None = None,
        typed: bool = False,
        expire: float | None = None,
        tag: Any = None,
        ignore: Iterable[int | str] = (),
    ) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """A decorator that keeps what a function returns, by its arguments; ``__cache_key__`` tells the key.

        :param name: what keys begin with, instead of the function's own name.
        :param typed: whether arguments that are equal and of different types make different keys.
        :param expire: for how many seconds; 0 keeps nothing.
        :param tag: the tag of what is kept.
        :param ignore: positions and names of arguments that are no part of the key.
        """
        if callable(name):
            raise TypeError("name cannot be callable")
        return lambda function: memoized(self, function, name, typed, expire, tag, ignore)

    @contextmanager
    def transact(self, retry: bool = False) -> Iterator[None]:
        """What this thread does to the cache in the body is one commit, or nothing if the body raises.
        Others can't write meanwhile, for at most 5 seconds; a body that takes longer may raise
        ``ConflictError`` at its end."""
        if self._transaction is not None:
            yield
            return
        with self._begin(retry) as tx:
            self._local.transaction = tx
            try:
                yield
            finally:
                self._local.transaction = None

    def close(self) -> None:
        """Closes the store. Using the cache again opens it again."""
        self._opened.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()

    def __getitem__(self, key: Any) -> Any:
        found = self.get(key, MISSING, retry=True)
        if found is MISSING:
            raise KeyError(key)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        self.set(key, value, retry=True)

    def __delitem__(self, key: Any) -> None:
        if not self.delete(key, retry=True):
            raise KeyError(key)

    def __contains__(self, key: Any) -> bool:
        return self._entries().exists(_names.short(self._name(key)))

    def __len__(self) -> int:
        return self._entries().count()

    def __iter__(self) -> Iterator[Any]:
        return self._keys(reverse=False)

    def __reversed__(self) -> Iterator[Any]:
        return self._keys(reverse=True)

    def __getstate__(self) -> tuple[str, float, dict[str, Any]]:
        return self._directory, self._timeout, self._options

    def __setstate__(self, state: tuple[str, float, dict[str, Any]]) -> None:
        directory, timeout, options = state
        Cache.__init__(self, directory, timeout, **options)

    @property
    def _transaction(self) -> statehold.Transaction | None:
        """The transaction that this thread is in."""
        return getattr(self._local, "transaction", None)

    def _open(self) -> statehold.Store:
        Path(self._directory).mkdir(parents=True, exist_ok=True)
        return statehold.open(Path(self._directory) / "statehold.db", **self._to_open)

    def _entries(self) -> statehold.Namespace:
        return (self._transaction or self.store).namespace(self._options["namespace"])

    def _rows(self) -> Rows:
        return Rows.of(self._transaction or self.store, self._options["namespace"])

    def _write(self, function: Callable[[Rows], T], retry: bool) -> T:
        """Calls the function in this thread's transaction, or in one of its own."""
        if self._transaction is not None:
            return function(self._rows())
        while True:
            try:
                done: T = self.store.transact(lambda tx: function(Rows.of(tx, self._options["namespace"])))
            except Timeout:
                if not retry:
                    raise
            else:
                return done

    def _overwrite(self, item: Item) -> bool:
        """Sets the value alone if an item is there that has the same tag and does not expire, and returns
        whether it is so. This needs no transaction, which would take twice as long."""
        if self._transaction is not None or item.expire is not None:
            return False
        key, entries = _names.short(item.name), self._options["namespace"]
        about = self.store.namespace(f"{entries}.about").entry(key)
        if about is None or about.expires_at is not None or about.value[1] != item.tag:
            return False
        commit = self.store.atomic().check(f"{entries}.about", key, about.revision)
        try:
            commit.set(entries, key, item.stored).commit()
        except (statehold.ConflictError, Timeout):
            return False
        return True

    def _begin(self, retry: bool) -> statehold.Transaction:
        while True:
            try:
                return self.store.transaction(lock=True)
            except Timeout:
                if not retry:
                    raise

    def _name(self, key: Any) -> str:
        return _names.name(key, self._codec)

    def _item(self, key: Any, value: Any, expire: float | None, tag: Any) -> Item:
        tagged = None if tag is None else self._name(tag)
        return Item(self._name(key), self._codec.encode(value), expire, tagged)

    def _next_place(self) -> str:
        # The revision orders what is added one after the other, by whichever process, and the count what one
        # transaction adds. Of what processes add at the same time, neither is the first.
        return f"{self.store.revision():016x}{next(self._count):012x}{self._nonce}"

    def _keys(self, reverse: bool) -> Iterator[Any]:
        """The keys that are there now, in the order in which they were added, or from the last one on."""
        order = self._rows().order
        last = order.list(limit=1, reverse=True)
        names = order.items(reverse=reverse)
        return (_names.original(name, self._codec) for place, name in names if last and place <= last[0])

    def _told(self, found: Found | None, value: Any, expire_time: bool, tag: bool) -> Any:
        """A value, with when it expires and its tag as they were asked for."""
        about: list[Any] = [found and found.expires_at] if expire_time else []
        if tag:
            name = found and found.tag
            about.append(None if name is None else _names.original(name, self._codec))
        return (value, *about) if about else value

    def _look_after_size(self) -> None:
        """Deletes what is too much from time to time: looking at each write would take longer than
        writing."""
        self._until_look -= 1
        if (
            self._until_look > 0
            or self._options["eviction_policy"] == "none"
            or self._transaction is not None
        ):
            return
        self._until_look = _LOOK_AFTER
        # The file does not shrink by itself, so that beyond the limit its size alone says little.
        if self.store.path.stat().st_size > self._options["size_limit"]:
            self._until_look = max(_LOOK_AFTER, self.cull(retry=True) // 2)
