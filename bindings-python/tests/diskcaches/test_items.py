"""The items of a cache: values, keys, expiry, counters, tags, files."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest

from .shared import Clock, same


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
