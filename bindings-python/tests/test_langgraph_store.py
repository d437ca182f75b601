"""The long-term memory of LangGraph.

Goal: it does what LangGraph's own stores do. Method: one set of tests over it and over LangGraph's store in
memory, by the methods that BaseStore has; then what only one in a file can show: the TTL and the commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.base import BaseStore, GetOp, InvalidNamespaceError, ListNamespacesOp, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

import statehold
from statehold.integrations.langgraph import StateholdStore


@pytest.fixture(params=["statehold", "LangGraph's own"])
def memory(request: pytest.FixtureRequest, store: statehold.Store) -> BaseStore:
    return StateholdStore(store) if request.param == "statehold" else InMemoryStore()


def test_an_item_comes_back_as_it_went_in(memory: BaseStore) -> None:
    value = {"text": "é", "list": [1, {"a": None}], "float": -0.5, "big": 2**63}
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    memory.put(("users", "ada"), "k", value)
    item = memory.get(("users", "ada"), "k")
    assert item is not None
    assert (item.namespace, item.key, item.value) == (("users", "ada"), "k", value)
    assert before <= item.created_at <= item.updated_at <= datetime.now(timezone.utc)
    assert memory.get(("users",), "k") is None
    memory.delete(("users", "ada"), "k")
    memory.delete(("users", "ada"), "k")
    assert memory.get(("users", "ada"), "k") is None


@pytest.mark.parametrize("label", ["a/b", "a%2Fb", "*", "?", "[a]", "a\\", "é", " ", "a"])
def test_names_may_have_any_characters(memory: BaseStore, label: str) -> None:
    namespaces = [(label,), (label, label), ("x", label), ("ab",), ("a", "a0")]
    for namespace in dict.fromkeys(namespaces):
        for key in (label, "k.k", "k/k", "*"):
            memory.put(namespace, key, {"at": [*namespace, key]})
    for namespace in namespaces:
        for key in (label, "k.k", "k/k", "*"):
            item = memory.get(namespace, key)
            assert item is not None
            assert (item.namespace, item.key) == (namespace, key)
            assert item.value == {"at": [*namespace, key]}
    assert memory.list_namespaces() == sorted(set(namespaces))
    found = memory.search((label,), limit=100)
    assert {(item.namespace, item.key) for item in found} == {
        (namespace, key)
        for namespace in namespaces
        for key in (label, "k.k", "k/k", "*")
        if namespace[0] == label
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda memory: memory.put((), "k", {}),
        lambda memory: memory.put(("langgraph",), "k", {}),
        lambda memory: memory.put(("a.b",), "k", {}),
        lambda memory: memory.put(("",), "k", {}),
        lambda memory: memory.get(("a.b",), "k"),
        lambda memory: memory.search(("a", "")),
    ],
)
def test_what_is_no_namespace_is_refused(memory: BaseStore, call: Callable[[BaseStore], Any]) -> None:
    with pytest.raises(InvalidNamespaceError):
        call(memory)


@pytest.mark.parametrize(
    ("filter", "keys"),
    [
        (None, "abcd"),
        ({}, "abcd"),
        ({"kind": "x"}, "ab"),
        ({"kind": "x", "n": 1}, "a"),
        ({"kind": {"$eq": "x"}}, "ab"),
        ({"kind": {"$ne": "x"}}, "cd"),
        ({"n": {"$gt": 1}}, "bc"),
        ({"n": {"$gte": 2, "$lt": 3}}, "b"),
        ({"n": {"$lte": 2.0}}, "abd"),
        ({"in": {"a": 1}}, "c"),
        ({"in": {"a": {"$gt": 0}}}, "c"),
        ({"list": [1, 2]}, "d"),
        ({"list": [1]}, ""),
        ({"absent": None}, "abcd"),
        ({"n": "1"}, ""),
    ],
)
def test_searches_filter_by_members(memory: BaseStore, filter: dict[str, Any] | None, keys: str) -> None:
    memory.put(("s",), "a", {"kind": "x", "n": 1, "in": {"a": -1}})
    memory.put(("s",), "b", {"kind": "x", "n": 2, "in": {"a": 0}})
    memory.put(("s", "t"), "c", {"kind": "y", "n": 3.5, "in": {"a": 1, "b": 2}})
    memory.put(("s",), "d", {"n": 0, "list": [1, 2], "in": {"a": -1}})
    memory.put(("other",), "e", {"kind": "x", "n": 1})
    assert {item.key for item in memory.search(("s",), filter=filter)} == set(keys)


def test_what_has_no_order_matches_no_comparison(store: statehold.Store) -> None:
    memory = StateholdStore(store)
    memory.put(("s",), "a", {"n": None, "date": "2026-01-31"})
    for filter in ({"n": {"$gt": 0}}, {"absent": {"$lt": 1}}, {"date": {"$gt": 1}}):
        assert memory.search(("s",), filter=filter) == []
    assert len(memory.search(("s",), filter={"date": {"$gte": "2026-01-01", "$lt": "2026-02-01"}})) == 1


def test_an_unknown_operator_is_refused(memory: BaseStore) -> None:
    memory.put(("s",), "a", {"n": 1})
    with pytest.raises(ValueError, match=r"\$near"):
        memory.search(("s",), filter={"n": {"$near": 1}})


def test_searches_have_pages(memory: BaseStore) -> None:
    for number in range(25):
        memory.put(("s", str(number % 3)), str(number), {"n": number})
    assert len(memory.search(("s",))) == 10
    pages = [memory.search((), limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert {item.value["n"] for page in pages for item in page} == set(range(25))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["a", "a.b", "a.b.c", "a.x.c", "b.c"]),
        ({"prefix": ("a",)}, ["a", "a.b", "a.b.c", "a.x.c"]),
        ({"prefix": ("a", "*", "c")}, ["a.b.c", "a.x.c"]),
        ({"suffix": ("c",)}, ["a.b.c", "a.x.c", "b.c"]),
        ({"suffix": ("*", "c")}, ["a.b.c", "a.x.c", "b.c"]),
        ({"prefix": ("a",), "suffix": ("b", "c")}, ["a.b.c"]),
        ({"max_depth": 2}, ["a", "a.b", "a.x", "b.c"]),
        ({"max_depth": 1, "suffix": ("c",)}, ["a", "b"]),
        ({"limit": 2, "offset": 1}, ["a.b", "a.b.c"]),
        ({"prefix": ("c",)}, []),
    ],
)
def test_namespaces_are_listed(memory: BaseStore, asked: dict[str, Any], found: list[str]) -> None:
    for path in ["a", "a.b", "a.b.c", "a.x.c", "b.c"]:
        for key in ("1", "2"):
            memory.put(tuple(path.split(".")), key, {})
    assert [".".join(namespace) for namespace in memory.list_namespaces(**asked)] == found


def test_a_batch_reads_before_it_writes(memory: BaseStore) -> None:
    memory.put(("a",), "k", {"n": 1})
    results: list[Any] = memory.batch(
        [
            PutOp(("a",), "k", {"n": 2}),
            GetOp(("a",), "k"),
            PutOp(("a",), "new", {"n": 0}),
            PutOp(("a",), "new", {"n": 3}),
            SearchOp(("a",)),
            ListNamespacesOp(),
        ]
    )
    assert results[1].value == {"n": 1}
    assert [item.value for item in results[4]] == [{"n": 1}]
    assert results[5] == [("a",)]
    assert [results[index] for index in (0, 2, 3)] == [None] * 3
    assert {item.key: item.value["n"] for item in memory.search(("a",))} == {"k": 2, "new": 3}


def test_coroutines_do_the_same(memory: BaseStore) -> None:
    async def main() -> None:
        await asyncio.gather(*(memory.aput(("a", str(n % 2)), str(n), {"n": n}) for n in range(50)))
        item = await memory.aget(("a", "1"), "7")
        assert item is not None
        assert item.value == {"n": 7}
        assert len(await memory.asearch(("a", "0"), limit=100)) == 25
        assert await memory.alist_namespaces(prefix=("a",)) == [("a", "0"), ("a", "1")]
        await memory.adelete(("a", "1"), "7")
        assert await memory.aget(("a", "1"), "7") is None

    asyncio.run(main())


@pytest.fixture
def clock() -> statehold.ManualClock:
    return statehold.ManualClock()


@pytest.fixture
def timed(path: Path, clock: statehold.ManualClock) -> StateholdStore:
    return StateholdStore(statehold.open(path, clock=clock), ttl={"default_ttl": 10})


def test_reads_renew_an_item(timed: StateholdStore, clock: statehold.ManualClock) -> None:
    timed.put(("a",), "k", {})
    timed.put(("a",), "other", {}, ttl=None)
    for read in (timed.get, lambda at, key: timed.search(at)):
        clock.advance(9 * 60)
        assert read(("a",), "k")
    clock.advance(10 * 60)
    assert timed.get(("a",), "k") is None
    assert [item.key for item in timed.search(("a",))] == ["other"]


def test_reads_that_shall_not_renew_do_not(timed: StateholdStore, clock: statehold.ManualClock) -> None:
    timed.put(("a", "b"), "k", {}, ttl=1)
    before = timed.store.revision()
    clock.advance(30)
    assert timed.get(("a", "b"), "k", refresh_ttl=False)
    assert timed.search((), refresh_ttl=False)
    assert timed.list_namespaces() == [("a", "b")]
    assert timed.store.revision() == before
    clock.advance(30)
    assert timed.get(("a", "b"), "k") is None
    assert timed.list_namespaces() == []


def test_the_configuration_says_whether_reads_renew(path: Path, clock: statehold.ManualClock) -> None:
    with statehold.open(path, clock=clock) as store:
        memory = StateholdStore(store, ttl={"default_ttl": 1, "refresh_on_read": False})
        memory.put(("a",), "k", {})
        clock.advance(59)
        assert memory.get(("a",), "k")
        clock.advance(1)
        assert memory.get(("a",), "k") is None


def test_only_what_a_search_gives_is_renewed(timed: StateholdStore, clock: statehold.ManualClock) -> None:
    for key in "abc":
        timed.put(("s",), key, {"key": key})
        clock.advance(1)
    clock.advance(300)
    assert [item.key for item in timed.search(("s",), limit=1)] == ["c"]
    assert [item.key for item in timed.search(("s",), filter={"key": "a"})] == ["a"]
    clock.advance(300)
    assert {item.key for item in timed.search(("s",))} == {"a", "c"}


def test_the_item_last_written_comes_first(timed: StateholdStore, clock: statehold.ManualClock) -> None:
    for key in ("b", "a", "c", "b"):
        clock.advance(1)
        timed.put(("s",), key, {})
    found = timed.search(("s",))
    assert [item.key for item in found] == ["b", "c", "a"]
    assert found[0].updated_at - found[0].created_at == timedelta(seconds=3)


def test_a_batch_is_one_commit(store: statehold.Store) -> None:
    memory = StateholdStore(store)
    memory.batch([PutOp(("a",), str(number), {"n": number}) for number in range(100)])
    assert store.revision() == 1
    with pytest.raises(statehold.InvalidValueError):
        memory.batch([PutOp(("a",), "0", None), PutOp(("a",), "k", {"n": object()})])
    assert store.revision() == 1
    assert store.namespace("langgraph.items").get("a/0") == {"n": 0}


def test_it_opens_by_a_path_and_closes(path: Path) -> None:
    with StateholdStore.from_conn_string(str(path)) as memory:
        memory.put(("a",), "k", {}, ttl=5)
    assert memory.store.is_closed
    with StateholdStore.from_conn_string(str(path), ttl={"default_ttl": 1}) as memory:
        assert memory.get(("a",), "k") is not None
