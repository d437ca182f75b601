"""The rows that an item of a cache has.

- ``diskcache``: the text of the key to the value, as it is, for other languages to read;
- ``diskcache.about``: the text of the key to its place in the order and its tag;
- ``diskcache.order``: the place to the whole text of the key;
- ``diskcache.tags``: the tag and the place to the whole text of the key, if there is a tag;
- ``diskcache.counters``: hits, misses, and whether they are counted.

The rows of an item are written in one commit and expire at the same millisecond. A place is a number that is
greater than those of all items that were there before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import statehold

from . import _names

MISSING = object()

# How many items are deleted in one commit when there are too many.
_AT_ONCE = 500


class Found(NamedTuple):
    """What is known of an item."""

    stored: Any
    expires_at: float | None
    tag: str | None


class Item(NamedTuple):
    """What is to be stored."""

    name: str
    """The whole text of the key."""
    stored: Any
    expire: float | None
    """In how many seconds."""
    tag: str | None


class Rows(NamedTuple):
    """The namespaces of a cache, of its store or of a transaction."""

    entries: statehold.Namespace
    about: statehold.Namespace
    order: statehold.Namespace
    tags: statehold.Namespace
    counters: statehold.Namespace

    @classmethod
    def of(cls, owner: statehold.Store | statehold.Transaction, name: str) -> Rows:
        """Those whose names begin with this one."""
        others = (owner.namespace(f"{name}.{field}") for field in cls._fields[1:])
        return cls(owner.namespace(name), *others)

    def find(self, key: str) -> Found | None:
        """The item of a key."""
        entry = self.entries.entry(key)
        if entry is None:
            return None
        _, tag = self.about.get(key) or (None, None)
        return Found(entry.value, entry.expires_at, tag)

    def put(self, item: Item, next_place: Callable[[], str]) -> None:
        """Stores an item. One that is there keeps its place."""
        key = _names.short(item.name)
        if item.expire is not None and item.expire <= 0:
            self.remove(key)
            return
        self.entries.set(key, item.stored, item.expire)
        about = self.about.entry(key)
        place, tag = about.value if about else (next_place(), None)
        if about and tag == item.tag and item.expire is None and about.expires_at is None:
            return
        if tag not in (None, item.tag):
            self.tags.delete(_under(tag, place))
        self.about.set(key, [place, item.tag], item.expire)
        self.order.set(place, item.name, item.expire)
        if item.tag is not None:
            self.tags.set(_under(item.tag, place), item.name, item.expire)

    def touch(self, key: str, expire: float | None) -> bool:
        """Changes when an item expires, and returns whether it was there."""
        if expire is not None and expire <= 0:
            return self.remove(key)
        if about := self.about.get(key):
            place, tag = about
            self.about.set_ttl(key, expire)
            self.order.set_ttl(place, expire)
            if tag is not None:
                self.tags.set_ttl(_under(tag, place), expire)
        return self.entries.set_ttl(key, expire)

    def remove(self, key: str) -> bool:
        """Deletes an item, and returns whether it was there."""
        if about := self.about.pop(key, None):
            place, tag = about
            self.order.delete(place)
            if tag is not None:
                self.tags.delete(_under(tag, place))
        return self.entries.delete(key)

    def tagged(self, tag: str) -> list[str]:
        """The keys of the items that have a tag."""
        return [_names.short(name) for _, name in self.tags.items(f"{_names.literally(_label(tag))}/*")]

    def clear(self) -> int:
        """Deletes all items, and returns how many there were."""
        for space in (self.about, self.order, self.tags):
            space.clear()
        return self.entries.clear()

    def remove_oldest(self) -> int:
        """Deletes some of the items that were added first, and returns how many."""
        places = self.order.list(limit=_AT_ONCE)
        return sum(self.remove(_names.short(self.order[place])) for place in places)

    def remove_due(self, until: float) -> int:
        """Deletes the items that expire before a moment, and returns how many."""
        due = [key for key in self.entries.list() if self._expires(key) < until]
        return sum(map(self.remove, due))

    def unplaced(self) -> list[str]:
        """The keys whose values have no place in the order, since something else has set them."""
        return sorted(set(self.entries.list()) - set(self.about.list()))

    def orphaned(self) -> list[str]:
        """The keys that have a place in the order and no value, since something else has deleted it."""
        return sorted(set(self.about.list()) - set(self.entries.list()))

    def place(self, key: str, place: str) -> None:
        """Gives a value that something else has set a place in the order."""
        ttl = self.entries.get_ttl(key)
        self.about.set(key, [place, None], ttl)
        self.order.set(place, key, ttl)

    def _expires(self, key: str) -> float:
        entry = self.entries.entry(key)
        return float("inf") if entry is None or entry.expires_at is None else entry.expires_at


def _label(tag: str) -> str:
    """A tag as the first part of a key, which a slash ends."""
    # Room is left for the place.
    return _names.short(tag, spare=64).replace("%", "%25").replace("/", "%2F")


def _under(tag: str, place: str) -> str:
    return f"{_label(tag)}/{place}"
