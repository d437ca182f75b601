"""The caches of diskcache.

Goal: what the documentation calls the same is the same. Method: one set of tests over this Cache and
Index and over diskcache's own; each says which methods it shows to be the same, and the table in the
documentation must say so of exactly those, and something of every public method of diskcache. Then what
differs, and the import of a folder.
"""

from __future__ import annotations

import io
import pickle
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import diskcache
import pytest

import statehold
from statehold.integrations.diskcache import Cache, Index, Timeout, import_folder

PAGE = Path(__file__).parents[2] / "docs" / "integrations" / "diskcache.md"
Test = TypeVar("Test", bound=Callable[..., None])
SHOWN: set[str] = set()
KINDS = pytest.mark.parametrize("kind", ["statehold", "diskcache"])


def same(*names: str) -> Callable[[Test], Test]:
    """What a test shows to be the same in both."""
    SHOWN.update(names)
    return lambda test: test


class Clock:
    """Moves the time of either library."""

    def __init__(self) -> None:
        self.manual = statehold.ManualClock()
        self.ahead = 0.0

    def advance(self, seconds: float) -> None:
        self.manual.advance(seconds)
        self.ahead += seconds


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    now = time.time
    with mock.patch("time.time", side_effect=lambda: now() + clock.ahead):
        yield clock


@pytest.fixture(params=["statehold", "diskcache"])
def cache(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Any]:
    folder = tmp_path / "cache"
    ours = request.param == "statehold"
    with Cache(folder, clock=clock.manual) if ours else diskcache.Cache(folder) as made:
        yield made


@pytest.fixture(params=["statehold", "diskcache"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = (Index if request.param == "statehold" else diskcache.Index)(str(tmp_path / "index"))
    yield made
    made.cache.close()


@same(
    "Cache.set",
    "Cache.get",
    "Cache.__getitem__",
    "Cache.__setitem__",
    "Cache.__contains__",
    "Cache.directory",
)
def test_values_come_back(cache: Any, tmp_path: Path) -> None:
    values: list[Any] = [
        None,
        True,
        0,
        -(2**63),
        1.5,
        "é",
        "",
        b"",
        b"\x00\xff",
        [],
        {},
        {"a": [1, {"b": None}]},
        "x" * 50_000,
    ]
    for number, value in enumerate(values):
        assert cache.set(number, value) is True
        cache[f"k{number}"] = value
    for number, value in enumerate(values):
        found = [cache.get(number), cache[f"k{number}"], cache.get(number, "default")]
        assert [(type(one), one) for one in found] == [(type(value), value)] * 3
        assert number in cache
    assert "absent" not in cache
    assert (cache.get("absent"), cache.get("absent", 7)) == (None, 7)
    with pytest.raises(KeyError, match="absent"):
        cache["absent"]
    assert cache.directory == str(tmp_path / "cache")


KEYS = [
    "a",
    "é",
    "",
    0,
    -1,
    2**63,
    0.5,
    float("inf"),
    b"",
    b"a",
    None,
    True,
    (),
    ("f", 1, None, (2.5, b"x")),
    "k" * 5000,
]


@same("Cache.__iter__", "Cache.__reversed__", "Cache.__len__")
def test_keys_have_many_types_and_keep_their_order(cache: Any) -> None:
    for number, key in enumerate(KEYS):
        cache[key] = number
    cache[KEYS[3]] = "again"
    assert [(type(key), key) for key in cache] == [(type(key), key) for key in KEYS]
    assert list(reversed(cache)) == KEYS[::-1]
    assert len(cache) == len(KEYS)
    del cache["a"]
    cache["a"] = "at the end"
    assert list(cache) == [*KEYS[1:], "a"]
    assert [cache[key] for key in KEYS[4:]] == list(range(4, len(KEYS)))


def test_equal_numbers_are_one_key(cache: Any) -> None:
    cache[1] = "int"
    cache[1.0] = "float"
    cache[True] = "bool"
    cache["1"] = "text"
    assert (cache[1], cache[1.0], cache[True], cache["1"], len(cache)) == (
        "float",
        "float",
        "bool",
        "text",
        3,
    )


def test_an_iteration_goes_over_what_was_there(cache: Any) -> None:
    cache["a"] = cache["b"] = 1
    keys = []
    for key in cache:
        keys.append(key)
        cache[f"{key}{key}"] = 1
    assert keys == ["a", "b"]
    iterator = iter(cache)
    next(iterator)
    cache.clear()
    assert list(iterator) in ([], ["b", "aa", "bb"])


@same("Cache.iterkeys")
def test_keys_can_be_had_sorted(cache: Any) -> None:
    for key in ["b", 10, "a", 9, b"b", 9.5, b"a", "é", -1]:
        cache[key] = 0
    ordered = [-1, 9, 9.5, 10, "a", "b", "é", b"a", b"b"]
    assert list(cache.iterkeys()) == ordered
    assert list(cache.iterkeys(reverse=True)) == ordered[::-1]


@same("Cache.set", "Cache.get", "Cache.touch", "Cache.__len__")
def test_items_expire(cache: Any, clock: Clock) -> None:
    cache.set("a", 1, expire=10)
    cache.set("b", 2, expire=20)
    cache.set("c", 3, expire=10)
    assert cache.touch("c", expire=None) is True
    assert cache.touch("b", expire=40) is True
    clock.advance(10.1)
    assert [cache.get(key) for key in "abc"] == [None, 2, 3]
    assert ("a" in cache, cache.touch("a", 5), cache.pop("a"), cache.delete("a")) == (
        False,
        False,
        None,
        False,
    )
    clock.advance(30)
    assert [cache.get(key) for key in "abc"] == [None, None, 3]
    cache.set("c", 4, expire=10)
    cache.set("c", 5)
    clock.advance(10.1)
    assert cache["c"] == 5
    assert cache.touch("c", 0) is True
    assert cache.get("c") is None
    assert cache.set("c", 1, expire=0) is True
    assert cache.get("c") is None


@same("Cache.get", "Cache.pop", "Cache.peekitem")
def test_expiry_and_tag_are_told(cache: Any, clock: Clock) -> None:
    now = time.time()
    cache.set("a", 1, expire=60, tag="t")
    cache.set("b", 2)
    value, expires, tag = cache.get("a", expire_time=True, tag=True)
    assert (value, tag) == (1, "t")
    assert expires == pytest.approx(now + 60, abs=5)
    assert cache.get("a", tag=True) == (1, "t")
    assert cache.get("a", expire_time=True) == (1, expires)
    assert cache.get("b", expire_time=True, tag=True) == (2, None, None)
    assert cache.get("x", 0, expire_time=True, tag=True) == (0, None, None)
    assert cache.get("x", 0, tag=True) == (0, None)
    assert cache.peekitem(last=False, expire_time=True, tag=True) == (("a", 1), expires, "t")
    assert cache.pop("a", expire_time=True, tag=True) == (1, expires, "t")
    assert cache.pop("a", 0, expire_time=True, tag=True) == (0, None, None)


@same("Cache.add")
def test_only_what_is_not_there_is_added(cache: Any, clock: Clock) -> None:
    assert cache.add("a", 1, expire=10) is True
    assert cache.add("a", 2) is False
    assert cache["a"] == 1
    clock.advance(10.1)
    assert cache.add("a", 3) is True
    assert cache["a"] == 3


@same("Cache.incr", "Cache.decr")
def test_numbers_are_counted(cache: Any, clock: Clock) -> None:
    assert (cache.incr("a"), cache.incr("a", 5), cache.decr("a", 2), cache.incr("b", default=10)) == (
        1,
        6,
        4,
        11,
    )
    assert (cache.incr("f", 0.5), cache.decr("g", default=-1)) == (0.5, -2)
    with pytest.raises(KeyError):
        cache.incr("x", default=None)
    cache.set("t", 1, expire=10, tag="kept")
    cache.incr("t")
    assert cache.get("t", tag=True) == (2, "kept")
    clock.advance(10.1)
    assert cache.incr("t") == 1
    cache["text"] = "a"
    with pytest.raises(TypeError):
        cache.incr("text")


@same("Cache.pop", "Cache.delete", "Cache.__delitem__", "Cache.clear")
def test_items_are_deleted(cache: Any) -> None:
    for key in "abcd":
        cache[key] = key
    assert (cache.pop("a"), cache.pop("a"), cache.pop("a", 7)) == ("a", None, 7)
    assert (cache.delete("b"), cache.delete("b")) == (True, False)
    del cache["c"]
    with pytest.raises(KeyError, match="c"):
        del cache["c"]
    assert list(cache) == ["d"]
    cache["e"] = 1
    assert cache.clear() == 2
    assert (len(cache), list(cache), cache.clear()) == (0, [], 0)


@same("Cache.evict")
@pytest.mark.parametrize("tag", ["t", "a/b", "*", "", 7, b"\x00", "t" * 5000])
def test_items_are_evicted_by_their_tag(cache: Any, clock: Clock, tag: Any) -> None:
    for number in range(20):
        cache.set(number, number, tag=tag if number % 2 else "other", expire=10 if number > 15 else None)
    cache.set(1, "moved", tag="other")
    cache.set(3, "none")
    cache.set(0, "joined", tag=tag)
    clock.advance(10.1)
    cache.expire()
    assert cache.evict("absent") == 0
    assert cache.evict(tag) == 7
    assert list(cache) == [1, 2, 3, 4, 6, 8, 10, 12, 14]
    assert cache.evict(tag) == 0
    assert cache.evict("other") == 8


@same("Cache.read", "Cache.set", "Cache.get", "Cache.add")
def test_bytes_go_through_files(cache: Any) -> None:
    cache.set("a", io.BytesIO(b"some bytes"), read=True)
    cache.add("b", io.BytesIO(b"x" * 100_000), read=True)
    assert cache["a"] == b"some bytes"
    with cache.read("a") as handle:
        assert (handle.read(4), handle.read()) == (b"some", b" bytes")
    with cache.get("b", read=True) as handle:
        assert len(handle.read()) == 100_000
    with pytest.raises(KeyError):
        cache.read("x")


@same("Cache.peekitem")
def test_either_end_can_be_looked_at(cache: Any) -> None:
    with pytest.raises(KeyError):
        cache.peekitem()
    for key in "abc":
        cache[key] = key * 2
    assert (cache.peekitem(), cache.peekitem(last=False)) == (("c", "cc"), ("a", "aa"))


@same("Cache.push", "Cache.pull", "Cache.peek")
@pytest.mark.parametrize("prefix", [None, "jobs", "a-b", "*", "é"])
def test_a_cache_has_queues(cache: Any, clock: Clock, prefix: str | None) -> None:
    assert (cache.pull(prefix), cache.peek(prefix, "none")) == ((None, None), "none")
    assert cache.pull(prefix, expire_time=True, tag=True) == ((None, None), None, None)
    cache["other"] = cache["jobs"] = 1
    cache.push("elsewhere", prefix="another")
    keys = [cache.push(letter, prefix) for letter in "abc"]
    keys.insert(0, cache.push("front", prefix, side="front"))
    numbers = range(499_999_999_999_999, 500_000_000_000_003)
    assert keys == [number if prefix is None else f"{prefix}-{number}" for number in numbers]
    assert [cache[key] for key in keys] == ["front", "a", "b", "c"]
    assert (cache.peek(prefix), cache.peek(prefix, side="back")) == ((keys[0], "front"), (keys[3], "c"))
    assert cache.pull(prefix, side="back", tag=True) == ((keys[3], "c"), None)
    assert [cache.pull(prefix)[1] for _ in range(4)] == ["front", "a", "b", None]
    cache.push("late", prefix, expire=10, tag="t")
    assert cache.peek(prefix, tag=True)[1] == "t"
    clock.advance(10.1)
    assert cache.peek(prefix) == (None, None)
    with pytest.raises((ValueError, KeyError)):
        cache.push(1, prefix, side="left")
    assert len(cache) == 3


@same("Cache.push", "Cache.pull")
def test_each_item_of_a_queue_is_pulled_once(cache: Any) -> None:
    for number in range(60):
        cache.push(number)
    with ThreadPoolExecutor(4) as threads:
        pulled = list(threads.map(lambda _: cache.pull(retry=True)[1], range(60)))
    assert sorted(pulled) == list(range(60))


class ExpectedError(Exception):
    pass


@same("Cache.transact")
def test_transactions_are_whole(cache: Any) -> None:
    cache["a"] = 1
    with cache.transact():
        cache["a"] += 1
        with cache.transact(retry=True):
            cache["b"] = cache["a"]
            assert list(cache) == ["a", "b"]
            cache["c"] = 0
        assert cache.incr("b") == 3
        cache.delete("c")
    assert (list(cache), cache["b"]) == (["a", "b"], 3)

    def fail() -> None:
        with cache.transact():
            cache["a"] = 7
            cache.clear()
            raise ExpectedError

    with pytest.raises(ExpectedError):
        fail()
    assert dict.fromkeys(cache) == {"a": None, "b": None}
    assert cache["a"] == 2
    cache["c"] = 4
    assert list(cache) == ["a", "b", "c"]


@same("Cache.transact", "Cache.incr")
def test_threads_take_turns(cache: Any) -> None:
    def work(_: int) -> None:
        cache.incr("n")
        with cache.transact(retry=True):
            cache["m"] = cache.get("m", 0) + 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(40)))
    assert (cache["n"], cache["m"]) == (40, 40)


@same("Cache.memoize")
def test_calls_are_kept(cache: Any, clock: Clock) -> None:
    calls: list[Any] = []

    @cache.memoize(expire=10, tag="calls", ignore={"log", 2})  # type: ignore[untyped-decorator]
    def add(a: int, b: int = 0, c: int = 0, *, log: str = "") -> int:
        """Adds."""
        calls.append((a, b))
        return a + b

    assert [add(1, 2), add(1, 2, 9), add(1, 2, log="x"), add(1, b=2), add(1, b=2)] == [3] * 5
    assert calls == [(1, 2), (1, 2)]
    assert (add.__doc__, add.__wrapped__(2, 2)) == ("Adds.", 4)
    assert cache[add.__cache_key__(1, 2)] == 3
    assert add.__cache_key__(1, b=2)[1:] == (1, None, "b", 2)
    clock.advance(10.1)
    assert add(1, 2) == 3
    assert len(calls) == 4
    assert cache.evict("calls") >= 1

    @cache.memoize(name="n", expire=0)  # type: ignore[untyped-decorator]
    def never() -> int:
        calls.append("never")
        return 1

    assert (never(), never(), never.__cache_key__()) == (1, 1, ("n", None))
    assert calls[-2:] == ["never", "never"]
    with pytest.raises(TypeError, match="name cannot be callable"):
        cache.memoize(never)


@same("Cache.stats")
def test_hits_and_misses_are_counted(cache: Any) -> None:
    assert cache.stats(enable=True) == (0, 0)
    cache["a"] = 1
    for key in ("a", "a", "b"):
        cache.get(key)
    with pytest.raises(KeyError):
        cache["b"]
    assert cache.stats() == (2, 2)
    assert type(cache)(cache.directory).stats(enable=False, reset=True) == (2, 2)
    assert cache.stats(enable=False) == (0, 0)
    cache.get("a")
    assert cache.stats() == (0, 0)


@same("Cache.close", "Cache.__enter__", "Cache.__exit__", "Cache.timeout")
def test_a_closed_cache_opens_again(cache: Any) -> None:
    with cache as entered:
        assert entered is cache
        cache["a"] = 1
    cache.close()
    cache.close()
    assert cache["a"] == 1
    assert cache.timeout == 60


@KINDS
def test_a_cache_can_be_pickled(kind: str, tmp_path: Path) -> None:
    cache: Any = (Cache if kind == "statehold" else diskcache.Cache)(tmp_path / "c", timeout=7)
    cache["a"] = 1
    again = pickle.loads(pickle.dumps(cache))
    assert (again["a"], again.timeout, again.directory) == (1, 7, cache.directory)
    made: Any = (Index if kind == "statehold" else diskcache.Index)(cache.directory)
    assert pickle.loads(pickle.dumps(made))["a"] == 1


def test_items_that_expire_until_then_go(cache: Any, clock: Clock) -> None:
    cache.set("a", 1, expire=10)
    cache.set("b", 2, expire=20)
    cache["c"] = 3
    assert cache.expire(now=time.time() + 15) == 1
    assert list(cache) == ["b", "c"]


@same("Index.__getitem__", "Index.__setitem__", "Index.__delitem__", "Index.__contains__", "Index.__len__")
@same("Index.__iter__", "Index.__reversed__", "Index.keys", "Index.values", "Index.items", "Index.clear")
@same("Index.get", "Index.update", "Index.cache", "Index.directory", "Index.__eq__", "Index.__repr__")
def test_an_index_is_an_ordered_dict(index: Any, tmp_path: Path) -> None:
    index.update({"b": 1, "a": 2}, c=3)
    index["b"] = 4
    index[0] = None
    pairs = [("b", 4), ("a", 2), ("c", 3), (0, None)]
    assert list(index) == ["b", "a", "c", 0]
    assert list(reversed(index)) == [0, "c", "a", "b"]
    assert (list(index.items()), list(index.values())) == (pairs, [4, 2, 3, None])
    keys, items, values = index.keys(), index.items(), index.values()
    assert ("a" in keys, ("a", 2) in items, 9 in values) == (True, True, False)
    assert (index.get("b"), index.get("x", 7), "x" in index, len(index)) == (4, 7, False, 4)
    assert index == dict(pairs[::-1])
    assert index == OrderedDict(pairs)
    assert index != OrderedDict(pairs[::-1])
    assert index != {"b": 4}
    assert index.directory == index.cache.directory == str(tmp_path / "index")
    assert repr(index) == f"Index({index.directory!r})"
    del index["a"]
    with pytest.raises(KeyError, match="a"):
        index["a"]
    with pytest.raises(KeyError, match="a"):
        del index["a"]
    index.clear()
    assert len(index) == 0
    with pytest.raises(TypeError, match="unhashable"):
        hash(index)


@same("Index.peekitem", "Index.popitem", "Index.pop", "Index.setdefault")
def test_an_index_is_a_stack_and_a_queue(index: Any) -> None:
    index.update([(letter, letter * 2) for letter in "abcde"])
    assert (index.peekitem(), index.peekitem(last=False)) == (("e", "ee"), ("a", "aa"))
    assert (index.popitem(), index.popitem(last=False), index.pop("c")) == (("e", "ee"), ("a", "aa"), "cc")
    assert (index.pop("x", 1), index.pop("x", None)) == (1, None)
    with pytest.raises(KeyError, match="x"):
        index.pop("x")
    assert (index.setdefault("b", 1), index.setdefault("x"), index.setdefault("y", 2)) == ("bb", None, 2)
    assert list(index) == ["b", "d", "x", "y"]
    index.clear()
    for call in (index.peekitem, index.popitem):
        with pytest.raises(KeyError):
            call()


@same("Index.push", "Index.pull")
def test_an_index_has_queues(index: Any) -> None:
    assert [index.push(letter, "q") for letter in "ab"] == ["q-500000000000000", "q-500000000000001"]
    key = index.push("front", "q", "front")
    assert (key, index.pull("q")) == ("q-499999999999999", (key, "front"))
    assert index.pull("q", side="back") == ("q-500000000000001", "b")
    assert (index.pull("q")[1], index.pull("q"), index.pull(None, 7)) == ("a", (None, None), 7)


@same("Index.transact", "Index.memoize", "Index.fromcache")
def test_an_index_of_a_cache(cache: Any) -> None:
    kind: Any = Index if isinstance(cache, Cache) else diskcache.Index
    index = kind.fromcache(cache, {"a": 1}, b=2)
    assert index.cache is cache
    with index.transact():
        index["a"] += 1
        index["b"] += 1
    assert dict(index) == {"a": 2, "b": 3}

    @index.memoize(name="square")  # type: ignore[untyped-decorator]
    def square(number: int) -> int:
        return number * number

    assert (square(3), index[square.__cache_key__(3)]) == (9, 9)


@KINDS
def test_an_index_is_made_as_a_dict(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: Any = Index if kind == "statehold" else diskcache.Index
    one = made({"a": 1}, b=2)
    assert dict(one) == {"a": 1, "b": 2}
    assert dict(made(one.directory, [("c", 3)], d=4)) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert dict(made(None, a=1)) == {"a": 1}


def test_the_table_says_what_is_tested() -> None:
    """Every public method of diskcache is in it, and exactly those that a test shows to be the same are
    so called."""
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (same|differs: .+|absent: .+) \|$", PAGE.read_text("utf-8"), re.M)
    told = dict(rows)
    assert len(told) == len(rows)
    implied = {"__getstate__", "__setstate__", "__init__", "__ne__", "__hash__"}
    public = {
        f"{kind.__name__}.{name}"
        for kind in (diskcache.Cache, diskcache.Index)
        for name, value in vars(kind).items()
        if (callable(value) or isinstance(value, (property, classmethod)))
        and (not name.startswith("_") or (name.endswith("__") and name not in implied))
    }
    assert set(told) >= public
    assert {name for name, what in told.items() if what == "same"} == SHOWN
    for name, what in told.items():
        kind, method = name.split(".")
        assert hasattr({"Cache": Cache, "Index": Index}[kind], method) is not what.startswith("absent"), name


def test_what_json_would_change_needs_a_pickle(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for refused in (
        lambda: cache.set("k", (1, 2)),
        lambda: cache.set(frozenset(), 1),
        lambda: cache.get(int),
    ):
        with pytest.raises(statehold.InvalidValueError, match="allow_pickle=True"):
            refused()
    assert cache.store.revision() == 0
    with Cache(tmp_path, allow_pickle=True) as pickling:
        pickling.set("k", (1, 2), tag=frozenset("a"))
        pickling[frozenset("b")] = {1}
        assert (list(pickling), pickling["k"], pickling[frozenset("b")]) == (
            ["k", frozenset("b")],
            (1, 2),
            {1},
        )
        assert pickling.get("k", tag=True) == ((1, 2), frozenset("a"))
        assert pickling.evict(frozenset("a")) == 1
    with pytest.raises(statehold.SerializationError, match="pickling is off"):
        list(cache)


def test_other_languages_find_the_values(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache["ada"] = {"visits": 1}
    entries = cache.store.namespace("diskcache")
    assert entries["s:ada"] == {"visits": 1}
    entries.set("s:bob", {"visits": 2}, ttl=60)
    assert cache["bob"] == {"visits": 2}
    assert list(cache) == ["ada"]
    assert cache.check() == ["s:bob has a value and no place in the order"]
    assert cache.check(fix=True) == ["s:bob has a value and no place in the order"]
    assert (cache.check(), list(cache)) == ([], ["ada", "bob"])
    assert (cache.delete("bob"), list(cache)) == (True, ["ada"])
    cache["eve"] = 1
    entries.delete("s:eve")
    assert cache.check() == ["s:eve has a place in the order and no value"]
    assert (cache.peekitem(), cache.check()) == (("ada", {"visits": 1}), [])
    cache["eve"] = 1
    entries.delete("s:eve")
    assert cache.check(fix=True) == ["s:eve has a place in the order and no value"]
    assert (cache.check(), list(cache)) == ([], ["ada"])


def test_the_items_that_came_first_go_when_there_are_too_many(tmp_path: Path) -> None:
    cache = Cache(tmp_path, size_limit=2**21)
    for number in range(2000):
        cache[number] = "x" * 2000
    # It looks once in a hundred writes, of two kilobytes each, and some of the journal.
    assert cache.volume() < 2**21 + 400_000
    left = list(cache)
    assert left == list(range(left[0], 2000))
    assert cache.cull() >= 0
    assert cache.volume() <= 2**21
    kept = Cache(tmp_path / "kept", size_limit=0, eviction_policy="none")
    kept.set("a", 1)
    assert (kept.cull(), list(kept)) == (0, ["a"])
    with pytest.raises(ValueError, match="least-recently-used"):
        Cache(tmp_path, eviction_policy="least-recently-used")


def test_an_option_that_a_store_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(statehold.InvalidValueError, match="sqlite_mmap_size"):
        Cache(tmp_path, sqlite_mmap_size=0)


def test_expired_items_are_gone_at_once(tmp_path: Path, clock: Clock) -> None:
    cache = Cache(tmp_path, clock=clock.manual, background=False)
    cache.set("a", 1, expire=1, tag="t")
    clock.advance(1)
    assert (len(cache), list(cache), cache.evict("t")) == (0, [], 0)
    assert cache.expire() == 4
    assert cache.store.info().expired_keys == 0


def test_a_timeout_is_told_and_waited_out_on_demand(tmp_path: Path) -> None:
    cache, other = Cache(tmp_path, timeout=0.05), Cache(tmp_path)
    with other.transact():
        with pytest.raises(Timeout):
            cache.set("a", 1)
        waiting = threading.Thread(target=lambda: cache.set("a", 2, retry=True))
        waiting.start()
        other["b"] = 1
    waiting.join()
    assert (cache["a"], cache["b"]) == (2, 1)


def test_many_processes_add_in_one_order(tmp_path: Path) -> None:
    code = """
import sys
from statehold.integrations.diskcache import Cache
cache = Cache(sys.argv[1])
for number in range(50):
    cache.set(f"{sys.argv[2]}:{number:02}", number)
    cache.incr("all")
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    cache = Cache(tmp_path)
    keys = [key for key in cache if key != "all"]
    assert (cache["all"], len(keys), cache.check()) == (150, 150, [])
    for who in "abc":
        own = [key for key in keys if key.startswith(who)]
        assert own == sorted(own)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of diskcache, with values in the database and in files."""
    with diskcache.Cache(tmp_path / "old") as old:
        for key in ["b", "a", 7, b"raw", 0.5]:
            old[key] = f"value of {key!r}"
        old.set("bytes", b"\x00" * 100_000, tag="big")
        old.set("text", "é" * 50_000, expire=1000, tag=3)
        old.set("gone", 1, expire=-1)
    return tmp_path / "old"


def test_a_folder_is_taken_over(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.suffix in (".db", ".val")}
    cache = Cache(tmp_path / "new")
    assert import_folder(folder, cache) == 7
    assert list(cache) == ["b", "a", 7, b"raw", 0.5, "bytes", "text"]
    assert cache[b"raw"] == "value of b'raw'"
    assert cache.get("bytes", tag=True) == (b"\x00" * 100_000, "big")
    text, expires, tag = cache.get("text", expire_time=True, tag=True)
    assert (text, tag) == ("é" * 50_000, 3)
    assert expires == pytest.approx(time.time() + 1000, abs=60)
    assert import_folder(folder, cache) == 7
    assert len(cache) == 7
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_with_pickles_is_taken_over_if_that_is_allowed(folder: Path, tmp_path: Path) -> None:
    with diskcache.Cache(folder) as old:
        old["tuple"] = (1, 2)
        old["t", 1] = [1, 2]
    strict = Cache(tmp_path / "strict")
    with pytest.raises(statehold.InvalidValueError, match=r"2 items in .* are pickled, and pickling is off"):
        import_folder(folder, strict)
    assert len(strict) == 0
    allowed = Cache(tmp_path / "allowed", allow_pickle=True)
    assert import_folder(folder, allowed) == 9
    assert (allowed["tuple"], allowed["t", 1], list(allowed)[-1]) == ((1, 2), [1, 2], ("t", 1))


def test_taking_over_a_folder_needs_diskcache(tmp_path: Path) -> None:
    code = f"""
import sys
from statehold.integrations.diskcache import Cache, import_folder
assert "diskcache" not in sys.modules
sys.modules["diskcache"] = None
try:
    import_folder({str(tmp_path)!r}, Cache({str(tmp_path)!r}))
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'statehold[diskcache]'" in done.stdout


def test_what_is_no_folder_of_diskcache_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        import_folder(tmp_path, Cache(tmp_path / "new"))
    assert not (tmp_path / "cache.db").exists()
