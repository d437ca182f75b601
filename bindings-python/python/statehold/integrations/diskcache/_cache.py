"""diskcache's Cache."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar

import statehold

from . import _names, _queue
from ._memoize import memoized
from ._opened import LOOK_AFTER, Opened, Timeout
from ._rows import MISSING, Found, Item, Rows

T = TypeVar("T")

# How much of the size limit is left if there was too much.
_KEEP = 0.9


class Cache(Opened):
    """A mapping in a file, for all processes of a machine, whose items may expire and have tags.

    It does what ``diskcache.Cache`` does, in the methods that it has; the documentation lists the
    differences. Values are JSON or bytes, and others are pickled if ``allow_pickle`` says so. In the
    namespace ``diskcache`` of the store other languages find the values under ``s:`` and the key.
    """

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
        if self._transaction is None and (seen := self._entries().entry(name)) is not None:
            # Without a transaction, which would take twice as long, if nobody else gets in between.
            value = self._codec.decode(seen.value) + delta
            with suppress(statehold.ConflictError, Timeout):
                stored = self._codec.encode(value)
                self._entries().set(name, stored, keep_ttl=True, if_revision=seen.revision)
                return value

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
        found = [
            f"{problem.facet} {problem.subject}: {problem.reason}" for problem in self.store.verify().problems
        ]

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

    def push(
        self,
        value: Any,
        prefix: str | None = None,
        side: str = "back",
        expire: float | None = None,
        read: bool = False,
        tag: Any = None,
        retry: bool = False,
    ) -> int | str:
        """Adds a value at a side, ``back`` or ``front``, of the queue that has this prefix, and returns its
        key: a number, after the prefix if there is one."""
        given = self._item("", value.read() if read else value, expire, tag)

        def push(rows: Rows) -> int | str:
            key = _queue.next_key(rows.entries, prefix, side)
            rows.put(given._replace(name=self._name(key)), self._next_place)
            return key

        pushed = self._write(push, retry)
        self._look_after_size()
        return pushed

    def pull(
        self,
        prefix: str | None = None,
        default: Any = (None, None),
        side: str = "front",
        expire_time: bool = False,
        tag: bool = False,
        retry: bool = False,
    ) -> Any:
        """Removes the item at a side of a queue and returns its key and its value; ``default`` if it is
        empty."""
        return self._at_end(prefix, default, side, expire_time, tag, retry, remove=True)

    def peek(
        self,
        prefix: str | None = None,
        default: Any = (None, None),
        side: str = "front",
        expire_time: bool = False,
        tag: bool = False,
        retry: bool = False,
    ) -> Any:
        """The key and the value of the item at a side of a queue; ``default`` if it is empty."""
        return self._at_end(prefix, default, side, expire_time, tag, retry, remove=False)

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

    def _at_end(
        self,
        prefix: str | None,
        default: Any,
        side: str,
        expire_time: bool,
        tag: bool,
        retry: bool,
        remove: bool,
    ) -> Any:
        def look(rows: Rows) -> tuple[str, Found] | None:
            name = _queue.end_of(rows.entries, prefix, side)
            found = name and rows.find(name)
            if name is None or not found:
                return None
            if remove:
                rows.remove(name)
            return name, found

        seen = self._write(look, retry)
        if seen is None:
            return self._told(None, default, expire_time, tag)
        name, found = seen
        item = _names.original(name, self._codec), self._codec.decode(found.stored)
        return self._told(found, item, expire_time, tag)

    def _keys(self, reverse: bool) -> Iterator[Any]:
        """The keys that are there now, in the order in which they were added, or from the last one on."""
        order = self._rows().order
        last = order.list(limit=1, reverse=True)
        names = order.items(reverse=reverse)
        return (_names.original(name, self._codec) for place, name in names if last and place <= last[0])

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
        self._until_look = LOOK_AFTER
        # The file does not shrink by itself, so that beyond the limit its size alone says little.
        if self.store.path.stat().st_size > self._options["size_limit"]:
            self._until_look = max(LOOK_AFTER, self.cull(retry=True) // 2)
