"""Goal: what is Python's own about values, times and numbers. Method: examples, and what must be refused."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import InvalidNameError, InvalidValueError, ManualClock, Namespace


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    "value", [datetime.datetime.now(), Point(1), Level.LOW, {1}, object()], ids=lambda v: type(v).__name__
)
def test_other_types_are_refused_with_a_hint(ns: Namespace, value: Any) -> None:
    with pytest.raises(InvalidValueError, match="default=") as caught:
        ns.set("k", {"users": [0, value]})
    assert caught.value.path == "$.users[1]"
    assert not ns.exists("k")


def test_the_hook_makes_json_of_other_types() -> None:
    def default(value: Any) -> Any:
        if isinstance(value, datetime.date):
            return value.isoformat()
        return dataclasses.asdict(value)

    with statehold.open(":memory:", default=default) as store:
        ns = store.namespace("a")
        ns["k"] = [datetime.date(2024, 2, 29), Point(1)]
        assert ns["k"] == ["2024-02-29", {"x": 1}]
        with pytest.raises(TypeError, match="dataclass"):
            ns["k"] = [object()]
        assert store.atomic().set("a", "m", Point(2)).commit().revision == 2
        assert store.transact(lambda tx: tx.set("a", "n", Point(3))) == 0
        assert (ns["m"], ns["n"]) == ({"x": 2}, {"x": 3})


def test_a_tuple_is_an_array(ns: Namespace) -> None:
    ns["k"] = (1, (2,))
    assert ns["k"] == [1, [2]]
    assert ns.update("k", lambda old: tuple(old)) == [1, [2]]
    assert ns.get_or_set("m", lambda: (1,)) == [1]


@pytest.mark.parametrize("value", [b"\x00", bytearray(b"\x00"), memoryview(b"\x00")])
def test_bytes_are_bytes(ns: Namespace, value: Any) -> None:
    ns["k"] = value
    assert ns["k"] == b"\x00"
    assert type(ns["k"]) is bytes


def test_times_are_seconds_or_timedelta(ns: Namespace) -> None:
    ns.set("k", 1, ttl=timedelta(minutes=1))
    assert ns.get_ttl("k") == pytest.approx(60, abs=5)
    ns.set_ttl("k", 0.5)
    assert ns.get_ttl("k") == pytest.approx(0.5, abs=0.5)
    for ttl in (True, "60", [1]):
        with pytest.raises(TypeError):
            ns.set("k", 1, ttl=ttl)  # type: ignore[arg-type]
    for wrong in (timedelta(0), -1, 10**400):
        with pytest.raises(InvalidValueError) as caught:
            ns.set("k", 1, ttl=wrong)
        assert caught.value.path == "ttl"


def test_the_clock_is_the_tests_own(path: Path) -> None:
    clock = ManualClock(1_700_000_000)
    with statehold.open(path, clock=clock) as store:
        ns = store.namespace("a")
        ns.set("k", 1, ttl=10)
        entry = ns.entry("k")
        assert entry is not None
        assert (entry.created_at, entry.expires_at) == (1_700_000_000, 1_700_000_010)
        clock.advance(timedelta(seconds=9.999))
        assert ns.get_ttl("k") == 0.001
        clock.advance(0.001)
        assert "k" not in ns
        with pytest.raises(InvalidValueError):
            clock.advance(-1)


def test_a_bool_is_no_number_to_count_by(ns: Namespace) -> None:
    for wrong in (True, "1", None):
        with pytest.raises(TypeError):
            ns.increment("k", wrong)  # type: ignore[arg-type]
    assert ns.increment("k", 2, initial=5) == 7
    assert type(ns.increment("k", 0.5)) is float
    with pytest.raises(InvalidValueError):
        ns.increment("m", 10**30)
    with pytest.raises(InvalidValueError):
        ns.increment("m", float("nan"))
    assert "m" not in ns


def test_lone_surrogates_are_refused_everywhere(ns: Namespace) -> None:
    for call in (ns.get, ns.delete, ns.list, lambda key: ns.set(key, 1), lambda key: ns.batch_get([key])):
        with pytest.raises(InvalidNameError, match="surrogate"):
            call("\ud800")
    with pytest.raises(InvalidValueError, match="surrogate"):
        ns["k"] = "\udfff"


def test_the_largest_value(path: Path) -> None:
    with statehold.open(path, durability="normal") as store:
        ns = store.namespace("a")
        ns["k"] = b"\xff" * (64 << 20)
        assert len(ns["k"]) == 64 << 20
        with pytest.raises(InvalidValueError, match="max_value_bytes"):
            ns["k"] = b"\xff" * ((64 << 20) + 1)
        with pytest.raises(InvalidValueError):
            ns["m"] = "x" * (64 << 20)
        assert list(ns) == ["k"]


def test_what_a_function_raises_is_raised(ns: Namespace) -> None:
    error = RuntimeError("the function's own")

    def fail(*_: Any) -> Any:
        raise error

    ns["k"] = 1
    calls: list[Callable[[], Any]] = [lambda: ns.update("k", fail), lambda: ns.get_or_set("m", fail)]
    for call in calls:
        with pytest.raises(RuntimeError) as caught:
            call()
        assert caught.value is error
    assert dict(ns) == {"k": 1}
    assert ns.get_or_set("m", lambda: 2) == 2, "the claim was given up"


def test_records_can_be_compared_and_pickled(ns: Namespace, store: statehold.Store) -> None:
    ns["k"] = [1]
    for record in (ns.entry("k"), store.journal()[0], store.verify_journal(), store.atomic().commit()):
        assert pickle.loads(pickle.dumps(record)) == record
    told = "facet='namespace', name='a', key='k', operation='set', is_last=True)]"
    assert repr(store.journal()[0].changes).endswith(told)
    assert ns.entry("k") != store.journal()[0]
