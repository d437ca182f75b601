"""Long-term memory of LangGraph."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

import statehold

from . import _filter, _layout

# The character after the slash: what is sorted behind all keys of a namespace.
_AFTER = chr(ord("/") + 1)


class StateholdStore(BaseStore):
    """The items of LangGraph's agents in a store. Threads and processes may share the file.

    Namespaces are tuples, searches filter by members of the items, and items may have a TTL, which reads
    renew. An item that has expired is gone at that moment. There is no search by meaning: a ``query`` is
    ignored, as by LangGraph's own stores without an index.

    An item lies in the namespace ``langgraph.items`` under the labels of its namespace and its key,
    ``users.ada/theme``, as the JSON that it is.
    """

    supports_ttl = True

    def __init__(
        self, store: statehold.Store, *, namespace: str = "langgraph", ttl: TTLConfig | None = None
    ) -> None:
        """:param namespace: what the name of the namespace begins with that holds the items.
        :param ttl: the TTL of items that are put without one, in minutes, and whether reads renew.
        """
        self.store = store
        self.ttl_config = ttl
        self._space = f"{namespace}.items"

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str, *, ttl: TTLConfig | None = None) -> Iterator[StateholdStore]:
        """A store of items on the store at a path, which is closed at the end of the body."""
        with statehold.open(conn_string) as store:
            yield cls(store, ttl=ttl)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carries out operations: first all that read, as of one moment, then all that write, in one commit.
        Of two writes of one item the last one counts."""
        results: builtins.list[Result] = []
        renewed: set[str] = set()
        puts: dict[str, PutOp] = {}
        with self.store.snapshot() as snapshot:
            items = snapshot.namespace(self._space)
            for op in ops:
                validate_op_namespace(op)
                if isinstance(op, PutOp):
                    puts[_key(op.namespace, op.key)] = op
                    results.append(None)
                elif isinstance(op, GetOp):
                    results.append(_get(items, op, renewed))
                elif isinstance(op, SearchOp):
                    results.append(_search(items, op, renewed))
                elif isinstance(op, ListNamespacesOp):
                    results.append(_list_namespaces(items, op))
                else:
                    raise TypeError(f"unknown operation {type(op).__name__}")
        self._write(puts, renewed - puts.keys())
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As :meth:`batch`, in another thread."""
        return await asyncio.to_thread(self.batch, ops)

    def _write(self, puts: dict[str, PutOp], renewed: set[str]) -> None:
        def write(tx: statehold.Transaction) -> None:
            items = tx.namespace(self._space)
            for key in renewed:
                items.touch(key)
            for key, op in puts.items():
                if op.value is None:
                    items.delete(key)
                else:
                    items.set(key, op.value, None if op.ttl is None else op.ttl * 60)

        if puts or renewed:
            # A power failure may take back a renewal: that each read waited for the disk would be worse.
            self.store.transact(write, durability=None if puts else "normal")


def _key(namespace: tuple[str, ...], key: str) -> str:
    return _layout.key(".".join(namespace), key)


def _fields(key: str, entry: statehold.Entry) -> dict[str, Any]:
    """What LangGraph's items are made of."""
    path, name = _layout.parts(key)
    return {
        "namespace": tuple(path.split(".")),
        "key": name,
        "value": entry.value,
        "created_at": datetime.fromtimestamp(entry.created_at, timezone.utc),
        "updated_at": datetime.fromtimestamp(entry.updated_at, timezone.utc),
    }


def _get(items: statehold.SnapshotNamespace, op: GetOp, renewed: set[str]) -> Item | None:
    key = _key(op.namespace, op.key)
    entry = items.entry(key)
    if entry is None:
        return None
    if op.refresh_ttl and entry.expires_at is not None:
        renewed.add(key)
    return Item(**_fields(key, entry))


def _search(items: statehold.SnapshotNamespace, op: SearchOp, renewed: set[str]) -> list[SearchItem]:
    """The items of a namespace and of those beneath it, the one last written first."""
    found: builtins.list[tuple[str, statehold.Entry]] = []
    for pattern in _patterns(op.namespace_prefix):
        for key in items.list(pattern):
            entry = items.entry(key)
            if entry is not None and _filter.has(entry.value, op.filter or {}):
                found.append((key, entry))
    found.sort(key=lambda item: item[1].updated_at, reverse=True)
    page = found[op.offset : op.offset + op.limit]
    if op.refresh_ttl:
        renewed.update(key for key, entry in page if entry.expires_at is not None)
    return [SearchItem(**_fields(key, entry)) for key, entry in page]


def _patterns(prefix: tuple[str, ...]) -> tuple[str, ...]:
    """What the keys match of the items in a namespace and in those beneath it."""
    path = _layout.key(".".join(prefix))
    return (_layout.under(path), f"{_layout.only(path)}.*") if prefix else ("*",)


def _list_namespaces(items: statehold.SnapshotNamespace, op: ListNamespacesOp) -> list[tuple[str, ...]]:
    found = {
        namespace[: op.max_depth]
        for namespace in _namespaces(items)
        if all(_filter.matches(namespace, condition) for condition in op.match_conditions or ())
    }
    return sorted(found)[op.offset : op.offset + op.limit]


def _namespaces(items: statehold.SnapshotNamespace) -> Iterator[tuple[str, ...]]:
    """All namespaces. From one it goes straight to the next, however many items it has."""
    after: str | None = None
    while found := items.list(limit=1, start_after=after):
        path = found[0].partition("/")[0]
        yield tuple(_layout.parts(path)[0].split("."))
        after = path + _AFTER
