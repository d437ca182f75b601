"""A cache as a whole: queues, transactions, calls that are kept, statistics, closing, pickling."""

from __future__ import annotations

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import diskcache
import pytest

from statehold.integrations.diskcache import Cache, Index

from .shared import KINDS, Clock, same


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
