"""Goal: faults do in Python what they do in Rust: they strike exactly, draw the same calls, take their time
by the store's clock, and hold up neither other threads nor the event loop. Method: rules on stores with a
manual clock; the draws are worked out again from the description in `docs/file-format.md`.
"""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

import statehold
import statehold.aio


@pytest.fixture
def clock() -> statehold.ManualClock:
    return statehold.ManualClock(1_700_000_000)


@pytest.fixture
def store(clock: statehold.ManualClock) -> Any:
    with statehold.open(":memory:", faults=True, clock=clock) as store:
        yield store


def failing(store: statehold.Store, calls: int) -> list[int]:
    """Which of so many calls of `namespace.set` fail."""
    found = []
    for number in range(1, calls + 1):
        try:
            store.set("a", "k", number)
        except statehold.FaultError:
            found.append(number)
    return found


def drawn(probability: float, seed: int, calls: int) -> list[int]:
    def lot(number: int) -> float:
        digest = blake3(seed.to_bytes(8, "little") + number.to_bytes(8, "little") + b"\0").digest()
        return float((int.from_bytes(digest[:8], "little") >> 11) / 2**53)

    return [number for number in range(1, calls + 1) if lot(number) < probability]


def test_what_is_set_is_what_the_error_says(store: statehold.Store) -> None:
    store.faults.set_operation_failure(
        "namespace.set", fail_next=True, error_code="Slow", error_message="down"
    )
    with pytest.raises(
        statehold.FaultError, match=r"injected fault: namespace\.set failed with Slow: down"
    ) as caught:
        store.set("a", "k", 1)
    error = caught.value
    assert (error.code, error.operation, error.error_code, error.error_message) == (
        "FAULT",
        "namespace.set",
        "Slow",
        "down",
    )
    assert not error.committed
    assert error.is_retryable
    assert not store.exists("a", "k")
    store.faults.set_operation_failure("namespace.set", times=1, after_commit=True)
    with pytest.raises(statehold.FaultError) as caught:
        store.set("a", "k", 1)
    assert caught.value.committed
    assert not caught.value.is_retryable
    assert store.get("a", "k") == 1


@pytest.mark.parametrize(("probability", "seed"), [(0.3, 7), (0.5, 2**64 - 1), (0.0, 0), (1.0, 0)])
def test_a_probability_draws_as_it_is_described(
    store: statehold.Store, probability: float, seed: int
) -> None:
    store.faults.set_operation_failure("namespace.*", probability=probability, seed=seed)
    found = failing(store, 40)
    assert found == drawn(probability, seed, 40)
    if (probability, seed) == (0.3, 7):
        assert found == [4, 6, 7, 9, 10, 25, 29, 31, 33, 34, 35, 37]


@pytest.mark.parametrize(("fault", "expected"), [({"fail_next": True}, 1), ({"times": 5}, 5)])
def test_in_32_threads_exactly_so_many_fail(
    store: statehold.Store, fault: dict[str, Any], expected: int
) -> None:
    store.faults.set_operation_failure("namespace.set", **fault)
    with ThreadPoolExecutor(32) as pool:
        failed = sum(pool.map(lambda _: len(failing(store, 1)), range(32)))
    assert failed == expected
    store.faults.verify("namespace.set", 32)


def test_a_latency_is_time_that_a_manual_clock_lets_pass(
    store: statehold.Store, clock: statehold.ManualClock
) -> None:
    faults = store.faults
    faults.set_operation_failure("namespace.set", latency=1.5)
    faults.set_global_latency(timedelta(seconds=10))
    assert faults.get_global_latency() == 10
    store.set("a", "k", 1)
    store.get("a", "k")
    assert repr(clock) == "ManualClock(1700000011.5)"
    slow, other = faults.calls()
    assert (slow.operation, slow.latency, slow.time) == ("namespace.set", 1.5, 1_700_000_000.0)
    assert (other.operation, other.latency, other.time) == ("namespace.get", 10.0, 1_700_000_001.5)


def test_rules_and_calls_are_records(store: statehold.Store) -> None:
    faults = store.faults
    faults.set_operation_failure(
        "namespace.set", times=2, latency=timedelta(milliseconds=1), jitter=0.001, seed=3
    )
    failing(store, 3)
    (rule,) = faults.list()
    assert rule == faults.get_operation_failure("namespace.set")
    assert (rule.operation, rule.scope, rule.calls, rule.hits, rule.remaining) == (
        "namespace.set",
        None,
        3,
        2,
        0,
    )
    failure = rule.failure
    assert (failure.times, failure.latency, failure.jitter, failure.seed) == (2, 0.001, 0.001, 3)
    assert (failure.fail_next, failure.probability, failure.error_code) == (False, None, "InternalError")
    assert pickle.loads(pickle.dumps(rule)) == rule
    codes = [call.error_code for call in faults.calls("namespace.*")]
    assert codes == ["InternalError", "InternalError", None]
    assert faults.count() == faults.count("namespace.set") == 3
    with pytest.raises(statehold.ValidationError, match="2 calls were expected and 3 were made"):
        faults.verify("namespace.set", 2)
    faults.clear_calls()
    assert faults.calls() == []
    assert faults.clear_operation_failure("namespace.set")
    assert faults.clear_all_failures() == 0
    assert "environment.transition" in statehold.Faults.operations()


def test_what_is_wrong_is_said(store: statehold.Store) -> None:
    for operation, fault, hint in [
        ("namespace.sett", {"fail_next": True}, "did you mean `namespace.set`"),
        ("startInstanc", {"fail_next": True}, "did you mean `mock.start_instance`"),
        ("namespace.set", {}, "it does nothing"),
        ("namespace.set", {"probability": 2.0}, "from 0 to 1"),
        ("namespace.set", {"latency": -1}, "0 or more"),
    ]:
        with pytest.raises(statehold.InvalidValueError, match=hint):
            store.faults.set_operation_failure(operation, **fault)  # type: ignore[arg-type]
    with (
        statehold.open(":memory:") as plain,
        pytest.raises(statehold.InvalidValueError, match="faults are off"),
    ):
        plain.faults.list()


def test_what_another_handle_sets_counts(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with statehold.open(path, faults=True) as one, statehold.open(path, faults=True) as other:
        one.faults.set_operation_failure("plugin.*", fail_next=True)
        with pytest.raises(statehold.FaultError):
            other.plugin("lint").save({})
        other.plugin("lint").save({})
        one.faults.verify("plugin.save", 2)
    assert (tmp_path / "store.db-faults").exists()


def test_what_another_process_sets_counts(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    code = """
import sys

import statehold

with statehold.open(sys.argv[1], faults=True) as store:
    store.faults.set_operation_failure("namespace.set", times=2, error_code="Far")
    try:
        store.set("a", "k", 1)
    except statehold.FaultError as error:
        print(error.error_code)
"""
    with statehold.open(path, faults=True) as store:
        # It has looked, and found none, before there are any.
        store.set("a", "k", 0)
        command = [sys.executable, "-c", code, str(path)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "Far\n"
        # Of the two failures the other process had one, and it has ended.
        with pytest.raises(statehold.FaultError, match="Far"):
            store.set("a", "k", 2)
        store.set("a", "k", 3)
        store.faults.verify("namespace.set", 4)
        assert [call.error_code for call in store.faults.calls("namespace.set")] == [None, "Far", "Far", None]


# What each method enters: one call, whatever it is made of.
CALLS: list[tuple[str, Any]] = [
    ("namespace.get", lambda store: store.namespace("a").get("k")),
    ("namespace.set", lambda store: store.namespace("a").set("k", 2)),
    ("namespace.update", lambda store: store.namespace("a").update("k", lambda value: value + 1)),
    ("namespace.get_or_set", lambda store: store.namespace("a").get_or_set("new", lambda: 3)),
    ("namespace.get_or_set", lambda store: store.namespace("a").get_or_set("k", lambda: 3)),
    ("namespace.increment", lambda store: store.namespace("a").increment("k")),
    ("plugin.load", lambda store: store.plugin("lint").load()),
    ("plugin.save", lambda store: store.plugin("lint").save([2])),
    ("plugin.migrate", lambda store: store.plugin("lint").migrate(2, {2: lambda data, version: data})),
    (
        "plugin.dry_run_migrate",
        lambda store: store.plugin("lint").dry_run_migrate(2, {2: lambda data, version: data}),
    ),
    ("plugin.validate", lambda store: store.plugin("lint").validate(lambda data: True)),
    ("case.create", lambda store: store.create_case({})),
    ("case.open", lambda store: store.case("order")),
    ("environment.create", lambda store: store.environments().create("new", {})),
    ("environment.transition", lambda store: store.environments().transition("web", "provisioning")),
    ("store.revision", lambda store: store.revision()),
    ("store.commit", lambda store: store.atomic().set("a", "k", 1).commit()),
]


def furnish(store: statehold.Store) -> None:
    store.set("a", "k", 1)
    store.plugin("lint").save([1])
    store.create_case({}, case_id="order")
    store.environments().create("web", {})
    store.faults.clear_calls()


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_a_call_passes_once(store: statehold.Store, operation: str, call: Any) -> None:
    furnish(store)
    call(store)
    assert [call.operation for call in store.faults.calls()] == [operation]


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_a_call_passes_once_under_asyncio(operation: str, call: Any) -> None:
    async def main() -> None:
        async with statehold.aio.open(":memory:", faults=True) as store:
            furnish(store._native)
            await call(store)
            assert [call.operation for call in await store.faults.calls()] == [operation]

    asyncio.run(main())


def test_commits_of_a_case_pass_once_under_asyncio() -> None:
    async def main() -> None:
        async with statehold.aio.open(":memory:", faults=True) as store:
            case = await store.create_case({"paid": False})
            await store.faults.clear_calls()
            case.update_ctx(lambda ctx: {**ctx, "paid": True})
            await case.commit()
            await case.effect("mail", {}, lambda: "sent")
            await case.close("done")
            operations = [call.operation for call in await store.faults.calls()]
            assert operations == ["case.commit", "case.effect", "case.close"]

    asyncio.run(main())


def test_an_update_under_asyncio_is_atomic_and_gives_up_when_its_function_raises() -> None:
    async def main() -> None:
        async with statehold.aio.open(":memory:") as store:
            ns = store.namespace("a")

            async def add(value: int) -> int:
                await asyncio.sleep(0)
                return value + 1

            await asyncio.gather(*(ns.update("n", add, 0) for _ in range(40)))
            assert await ns.get("n") == 40
            with pytest.raises(ZeroDivisionError):
                await ns.update("n", lambda value: value // 0)
            async with store.transaction() as tx:
                assert await tx.namespace("a").update("n", add) == 41
            assert await ns.get("n") == 41

    asyncio.run(main())


def test_while_a_latency_is_waited_for_the_event_loop_and_other_calls_go_on() -> None:
    async def main() -> None:
        async with statehold.aio.open(":memory:", faults=True) as store:
            ns, lint = store.namespace("a"), store.plugin("lint")
            await store.faults.set_operation_failure("namespace.*", latency=1.0)
            begun = time.monotonic()
            slow = [asyncio.create_task(ns.get("k")) for _ in range(60)]
            slow += [asyncio.create_task(ns.set("k", number)) for number in range(60)]
            ticks = 0
            while await store.faults.count("namespace.*") < 120:
                await asyncio.sleep(0.001)
                ticks += 1
            await lint.save([1])
            assert ticks > 0
            assert not any(task.done() for task in slow[-30:])
            await asyncio.gather(*slow)
            assert time.monotonic() - begun < 30, "one after the other would take two minutes"

    asyncio.run(main())
