"""Goal: what is read from memory, with the GIL held, is what the store holds, waits for nobody, and leaks
nothing. Method: threads, another process, finalizers that run in the midst of a read, and a look at the
process's memory.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import Namespace, Store


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    # Whatever the tests are run with.
    with statehold.open(path, durability="normal", cache_bytes=1 << 20) as store:
        yield store


def test_threads_that_read_and_write_see_no_value_go_back(ns: Namespace) -> None:
    keys = [f"{number}" for number in range(8)]
    ns.update({key: {"key": key, "count": 0} for key in keys})
    broken: list[Any] = []

    def work(own: str) -> None:
        seen = dict.fromkeys(keys, 0)
        for count in range(1, 201):
            ns[own] = {"key": own, "count": count}
            if ns[own]["count"] != count:
                broken.append((own, count))
            for key in keys:
                found = ns.get(key)
                if found["key"] != key or found["count"] < seen[key]:
                    broken.append((key, seen[key], found))
                seen[key] = found["count"]

    threads = [threading.Thread(target=work, args=(key,), daemon=True) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it waits for a lock that another keeps while it waits for the GIL"
    assert broken == []
    assert {key: found["count"] for key, found in ns.items()} == dict.fromkeys(keys, 200)


def test_a_read_in_the_midst_of_a_read(ns: Namespace) -> None:
    # To make an object can start the collector, which runs whatever finalizers there are.
    ns["k"] = {"rows": [{"n": number} for number in range(50)]}
    found: list[Any] = []

    class Reading:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            found.append(ns.get("k"))

    def work() -> None:
        for _ in range(200):
            Reading()
            assert ns["k"]["rows"][49] == {"n": 49}

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert len(found) == 200
    assert all(value["rows"][49] == {"n": 49} for value in found)


def test_what_another_process_sets_is_seen_at_once(path: Path, store: Store, ns: Namespace) -> None:
    ns["k"] = 0
    code = (
        "import sys, statehold\n"
        "with statehold.open(sys.argv[1], durability='normal') as store:\n"
        "    for line in sys.stdin:\n"
        "        store.set('a', 'k', int(line))\n"
        "        print('done', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for number in range(1, 30):
            assert ns["k"] == ns["k"] == number - 1
            print(number, file=other.stdin, flush=True)
            assert other.stdout.readline() == "done\n"
            assert ns["k"] == number
            assert store.get("a", "k") == number
        other.stdin.close()


def test_reads_from_memory_are_counted_as_hits(store: Store, ns: Namespace) -> None:
    ns["k"] = 1
    ns.get("k")
    before = store.stats()
    for _ in range(10):
        assert ns.get("k") == 1
        assert ns.exists("k")
        assert ns.entry("k") is not None
    after = store.stats()
    assert (after.cache_hits - before.cache_hits, after.cache_misses - before.cache_misses) == (30, 0)


@pytest.mark.parametrize("sliding", [False, True])
def test_what_is_in_memory_expires_and_slides(path: Path, sliding: bool) -> None:
    clock = statehold.ManualClock(1_700_000_000)
    with statehold.open(path, clock=clock, cache_bytes=1 << 20) as store:
        ns = store.namespace("a", ttl=10, sliding=sliding)
        ns["k"] = 1
        for _ in range(3):
            clock.advance(4)
            assert ns.get("k") == (1 if sliding or clock.now() < 1_700_000_010 else None)
        clock.advance(11)
        assert ns.get("k") is None
        assert not ns.exists("k")
        assert ns.entry("k") is None


def test_each_read_gives_an_object_of_its_own(ns: Namespace) -> None:
    ns["k"] = {"a": [1]}
    ns.get("k")["a"].append(2)
    ns["k"]["a"].append(3)
    assert ns["k"] == {"a": [1]}
    ns["b"] = bytes(range(256)) * 8
    assert ns["b"] == ns["b"] == bytes(range(256)) * 8
    long = {"text": "é" * 10_000}
    ns["long"] = long
    assert ns["long"] == ns["long"] == long


def test_a_batch_is_given_by_plain_strings_each_once(ns: Namespace) -> None:
    class Name(str):
        __slots__ = ()

    ns.batch_set({"a": 1, "b": 2})
    for _ in range(2):
        found = ns.batch_get(iter(["b", Name("a"), "none", "b", "a"]))
        assert found == {"b": 2, "a": 1}
        assert [type(key) for key in found] == [str, str]
    with pytest.raises(TypeError):
        ns.batch_get([1])  # type: ignore[list-item]
    with pytest.raises(statehold.InvalidNameError):
        ns.batch_get(["a", "\ud800"])


def test_a_closed_store_is_closed_also_to_what_was_in_memory(store: Store, ns: Namespace) -> None:
    ns["k"] = 1
    assert ns["k"] == ns["k"] == 1
    store.close()
    for read in (lambda: ns["k"], lambda: ns.get("k"), lambda: ns.exists("k"), lambda: store.get("a", "k")):
        with pytest.raises(statehold.ClosedError):
            read()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells nothing of its memory")
def test_reads_leak_nothing(ns: Namespace) -> None:
    keys = [f"{number:03}" for number in range(100)]
    ns.batch_set({key: {"key": key, "pad": "x" * 80, "list": [1, 2.5, None]} for key in keys})

    def resident() -> int:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def read(times: int) -> None:
        for _ in range(times):
            for key in keys:
                ns.get(key)
                ns.get("none")
                ns.exists(key)
            ns.batch_get(keys)
            ns.list("0*")

    read(100)
    before = resident()
    read(1000)
    # Should each read lose its object, or its copy of the text, these would be 20 MB and more.
    assert resident() - before < 4 << 20
