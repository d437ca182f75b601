"""What differs from diskcache, and the table that says so."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import diskcache
import pytest

import statehold
from statehold.integrations.diskcache import Cache, Index, Timeout

# Imported, they say what they show.
from . import test_cache, test_index, test_items  # noqa: F401
from .shared import SHOWN, Clock

PAGE = Path(__file__).parents[3] / "docs" / "integrations" / "diskcache.md"


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
