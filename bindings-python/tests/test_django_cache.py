"""The cache backend of Django.

Goal: it is what Django asks of a backend, and what it says of itself. Method: the tests that Django runs
over its own backends, from its source distribution; then what is beyond them: pickling off, atomic over
threads, options.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tarfile
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import SafeString, mark_safe

import statehold
from statehold.integrations.django import StateholdCache

ROOT = Path(__file__).parents[2]


def source_of_django() -> Path:
    """The source distribution of the Django that is installed, from the registry, kept under ``target/``."""
    name = f"django-{django.__version__}"
    kept = ROOT / "target" / "registries"
    if not (kept / name).exists():
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            wanted = ["--no-deps", "--no-binary", "django", "--dest", folder, f"django=={django.__version__}"]
            subprocess.run([*pip, *wanted], check=True)
            with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as archive:
                archive.extractall(folder, filter="data")
            # Only what is whole gets the name.
            next(Path(folder).glob("[Dd]jango-*/")).rename(kept / name)
    return kept / name


def test_the_suite_of_django(tmp_path: Path) -> None:
    suite = Path(__file__).with_name("django_suite.py")
    tests = source_of_django() / "tests"
    done = subprocess.run(
        [sys.executable, str(suite), str(tests), str(tmp_path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"run": 54, "failed": 0, "skipped": 0}, done.stderr


def made(path: Path, **options: Any) -> StateholdCache:
    return StateholdCache(str(path), {"TIMEOUT": 300, "OPTIONS": options})


@pytest.fixture
def clock() -> statehold.ManualClock:
    return statehold.ManualClock()


@pytest.fixture
def cache(path: Path, clock: statehold.ManualClock) -> StateholdCache:
    return made(path, clock=clock)


@pytest.mark.parametrize(
    "value", [None, True, 0, 2**64 - 1, -0.5, "é", [], {}, {"a": [1, {"b": None}]}, [[[]]]], ids=repr
)
def test_json_is_stored_as_it_is(cache: StateholdCache, value: Any) -> None:
    cache.set("k", value)
    assert cache.store.namespace("django").get(":1:k", "absent") == value
    assert repr(cache.get("k")) == repr(value)


@pytest.mark.parametrize("value", [b"", b"b", b"p\x80", b"\x00\xff", mark_safe("<b>é</b>"), mark_safe("")])
def test_bytes_and_safe_strings_need_no_pickle(cache: StateholdCache, value: Any) -> None:
    cache.set("k", value)
    found = cache.get("k")
    assert (type(found), found) == (type(value), value)


class Text(str):
    pass


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ((1, 2), "$"),
        ({"a": [0, (1,)]}, "$.a[1]"),
        ({"a": {1: 2}}, "$.a"),
        ([SafeString("a")], "$[0]"),
        ([b"a"], "$[0]"),
        (Text("a"), "$"),
        (float("nan"), "$"),
        (2**64, "$"),
        ("\ud800", "$"),
        ({"\ud800": 1}, "$"),
        (object(), "$"),
    ],
    ids=ascii,
)
def test_what_json_would_change_is_refused_while_pickling_is_off(
    cache: StateholdCache, value: Any, where: str
) -> None:
    with pytest.raises(statehold.InvalidValueError, match="allow_pickle") as raised:
        cache.set_many({"a": 1, "k": value})
    assert raised.value.path == where
    assert (cache.get("a"), cache.get("k")) == (None, None)


def test_what_contains_itself_is_refused(cache: StateholdCache) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(statehold.InvalidValueError, match="nested deeper than 100"):
        cache.set("k", value)
    deepest: list[Any] = []
    for _ in range(99):
        deepest = [deepest]
    cache.set("k", deepest)
    assert cache.get("k") == deepest


def test_a_pickle_is_not_loaded_while_pickling_is_off(path: Path) -> None:
    allowed = made(path, allow_pickle=True)
    allowed.set_many({"pickled": (1, 2), "json": [1, 2]})
    assert allowed.get_many(["pickled", "json"]) == {"pickled": (1, 2), "json": [1, 2]}
    strict = made(path)
    assert strict.get("json") == [1, 2]
    with pytest.raises(statehold.SerializationError, match="it is a pickle, and pickling is off"):
        strict.get("pickled")


def test_a_misspelt_option_is_refused(path: Path) -> None:
    with pytest.raises(statehold.InvalidValueError, match="did you mean `durability`"):
        made(path, durabilty="full").get("k")


@pytest.mark.parametrize("location", ["", ":memory:"])
def test_a_location_must_be_a_file(location: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="LOCATION"):
        StateholdCache(location, {})


def test_caches_in_one_file_share_a_store_and_must_agree_on_it(path: Path) -> None:
    one, other = made(path), made(path, namespace="other", MAX_ENTRIES=1)
    assert one.store is other.store
    one.set("k", 1)
    assert other.get("k") is None
    with pytest.raises(ImproperlyConfigured, match="different OPTIONS"):
        made(path, durability="full").get("k")


def test_a_closed_store_is_opened_again(path: Path) -> None:
    one, other = made(path), made(path)
    one.set("k", 1)
    assert other.get("k") == 1
    one.store.close()
    assert (one.get("k"), other.get("k")) == (1, 1)
    assert one.store is other.store


def test_incr_is_atomic_and_keeps_the_expiry(cache: StateholdCache, clock: statehold.ManualClock) -> None:
    cache.set("n", 0, timeout=60)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: cache.incr("n"), range(200)))
    assert cache.get("n") == 200
    clock.advance(60)
    assert cache.get("n") is None
    with pytest.raises(ValueError, match="'n' not found"):
        cache.incr("n")


def test_one_caller_makes_a_value_and_the_others_wait(cache: StateholdCache) -> None:
    all_ask = threading.Barrier(8)
    calls: list[int] = []

    def ask(number: int) -> Any:
        all_ask.wait()

        def make() -> int:
            calls.append(number)
            return number

        return cache.get_or_set("slow", make)

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(ask, range(8)))
    assert len(calls) == 1
    assert found == set(calls)


def test_a_value_that_is_not_to_be_kept_is_made_each_time(cache: StateholdCache) -> None:
    assert [cache.get_or_set("k", made, 0) for made in (lambda: 1, lambda: 2, 3)] == [1, 2, 3]
    cache.set("k", 4)
    assert cache.get_or_set("k", 5, 0) == 4


def test_a_version_moves_in_one_commit(cache: StateholdCache) -> None:
    cache.set("k", 1)
    before = cache.store.revision()
    assert cache.incr_version("k") == 2
    assert cache.store.revision() == before + 1
    assert (cache.get("k"), cache.get("k", version=2)) == (None, 1)


def test_long_timeouts_are_cut(cache: StateholdCache) -> None:
    cache.set("k", 1, timeout=sys.maxsize)
    assert cache.store.namespace("django").get_ttl(":1:k") == 100 * 365 * 86_400


def test_other_processes_are_counted_in(path: Path) -> None:
    one, other = made(path, MAX_ENTRIES=10, CULL_FREQUENCY=2), made(path, MAX_ENTRIES=10, CULL_FREQUENCY=2)
    one.set("a", 1)
    other.set_many({str(number): number for number in range(9)})
    for number in range(9):
        one.set(f"b{number}", number)
    # `one` had room for nine when it counted; with the next one it counts again, and deletes a half.
    assert one.store.namespace("django").count() == 19
    one.set("c", 1)
    assert one.store.namespace("django").count() == 11


def test_overwriting_deletes_nothing(path: Path) -> None:
    cache = made(path, MAX_ENTRIES=3)
    for _ in range(3):
        cache.set_many({"a": 1, "b": 2, "c": 3})
    assert cache.get_many("abc") == {"a": 1, "b": 2, "c": 3}


def test_the_coroutines_do_the_same(cache: StateholdCache) -> None:
    async def main() -> None:
        await cache.aset("a", 1)
        assert await cache.aset_many({"b": 2, "c": 3}) == []
        assert await cache.aget_many(["a", "b", "x"]) == {"a": 1, "b": 2}
        assert await cache.aincr("a", 4) == 5
        assert await cache.adecr("a", 2) == 3
        assert await cache.ahas_key("c")
        assert await cache.aget_or_set("d", lambda: 7) == 7
        assert await cache.aincr_version("d") == 2
        await cache.adelete_many(["b", "c"])
        assert not await cache.ahas_key("c")
        await cache.aclear()
        assert await cache.aget("a") is None

    before = cache.store.revision()
    asyncio.run(main())
    # Two sets, two additions, the value that was made and moved, a deletion of many, and the end of all.
    assert cache.store.revision() - before == 8
