"""Goal: `statehold.aio` under asyncio: many tasks, cancellation, locks. Method: real event loops.
That it does what the sync API does is in the conformance cases.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import aio


def running(function: Callable[[aio.Store], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """A test as a coroutine that gets an open store."""

    def test(path: Path) -> None:
        async def main() -> None:
            # The cache that is on by default, whatever the tests are run with.
            async with aio.open(path, durability="normal", cache_bytes=32 << 20) as store:
                await asyncio.wait_for(function(store), 60)

        asyncio.run(main())

    return test


@running
async def test_many_tasks_at_once(store: aio.Store) -> None:
    ns = store.namespace("a")
    await asyncio.gather(*(ns.set(f"{number:03}", number) for number in range(300)))
    assert await asyncio.gather(*(ns.get(f"{number:03}") for number in range(300))) == list(range(300))
    assert [key async for key in ns] == [f"{number:03}" for number in range(300)]
    assert [value async for _, value in ns.items("29*")] == list(range(290, 300))
    assert [value async for value in ns.values()] == list(range(300))
    await asyncio.gather(*(ns.increment("n") for _ in range(100)))
    assert await ns.get("n") == 100


@running
async def test_transactions_conflict_and_run_again(store: aio.Store) -> None:
    async def change(tx: aio.Transaction) -> None:
        found = await tx.get("a", "k", 0)
        await asyncio.sleep(0.001)
        await tx.set("a", "k", found + 1)

    await asyncio.gather(*(store.transact(change, max_retries=1000) for _ in range(30)))
    assert await store.get("a", "k") == 30
    await asyncio.gather(*(store.namespace("a").update("m", lambda old: old + 1, 0) for _ in range(20)))
    assert await store.get("a", "m") == 20


@running
async def test_locks_are_had_by_one_after_another(store: aio.Store) -> None:
    # More waiters than threads: the one that has the lock must get on all the same.
    async def change() -> None:
        async with store.transaction(lock=True) as tx:
            ns = tx.namespace("a")
            found = await ns.get("k", 0)
            await asyncio.sleep(0)
            await ns.set("k", found + 1)

    await asyncio.gather(*(change() for _ in range(100)), *(store.set("a", f"m{n}", n) for n in range(50)))
    assert await store.get("a", "k") == 100


@running
async def test_the_event_loop_goes_on_while_one_waits(store: aio.Store) -> None:
    async with store.transaction(lock=True):
        waiter = asyncio.create_task(store.set("a", "k", 1))
        turns, deadline = 0, time.monotonic() + 0.2
        while time.monotonic() < deadline:
            turns += 1
            await asyncio.sleep(0)
        assert turns > 100
        assert not waiter.done()
    await waiter


@running
async def test_cancelling_a_transaction_leaves_nothing(store: aio.Store) -> None:
    entered = asyncio.Event()

    async def hang(tx: aio.Transaction) -> None:
        await tx.set("a", "k", 1)
        entered.set()
        await asyncio.sleep(60)

    async def in_with() -> None:
        async with store.transaction(lock=True) as tx:
            await hang(tx)

    for start in (lambda: store.transact(hang), in_with):
        entered.clear()
        task = asyncio.create_task(start())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await store.revision() == 0
    before = time.monotonic()
    await store.set("a", "k", 2)
    assert time.monotonic() - before < 2, "the lock was given back"


@running
async def test_cancelling_who_waits_for_the_lock(store: aio.Store) -> None:
    async def change() -> None:
        async with store.transaction(lock=True):
            pass

    async with store.transaction(lock=True):
        waiter = asyncio.create_task(change())
        await asyncio.sleep(0.05)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    before = time.monotonic()
    await store.set("a", "k", 1)
    assert time.monotonic() - before < 2


@running
async def test_many_tasks_make_a_value_once(store: aio.Store) -> None:
    ns = store.namespace("a")
    made = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0.05)
        return 7

    assert await asyncio.gather(*(ns.get_or_set("k", make) for _ in range(50))) == [7] * 50
    assert len(made) == 1

    async def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ns.get_or_set("m", fail)
    hanging = asyncio.create_task(ns.get_or_set("m", lambda: asyncio.sleep(60)))
    await asyncio.sleep(0.05)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await ns.get_or_set("m", lambda: 8) == 8


@running
async def test_savepoints_and_joining(store: aio.Store) -> None:
    async def fail(tx: aio.Transaction) -> None:
        await tx.set("a", "inside", 1)
        raise ZeroDivisionError

    async with store.transaction() as tx:
        await tx.set("a", "k", 1)
        with pytest.raises(ZeroDivisionError):
            await tx.savepoint(fail)
        with pytest.raises(ZeroDivisionError):
            async with tx.savepoint() as same:
                await fail(same)
        async with tx.transaction() as joined:
            await joined.set("a", "m", 1)
    assert await store.list("a") == ["k", "m"]
    assert tx.receipt is not None


@running
async def test_a_decorator_and_a_snapshot(store: aio.Store) -> None:
    @store.transact(max_retries=3)  # type: ignore[untyped-decorator]
    async def add(tx: aio.Transaction, amount: int) -> int:
        return await tx.namespace("a").update("k", lambda old: old + amount, 0)  # type: ignore[no-any-return]

    assert await add(5) == 5
    async with store.snapshot() as snapshot:
        assert await add(amount=5) == 10
        assert await snapshot.namespace("a").get("k") == 5
    taken = await store.snapshot()
    assert await taken.namespace("a").get("k") == 10
    await taken.close()
    with pytest.raises(statehold.ClosedError):
        await taken.namespace("a").get("k")


def test_several_event_loops_share_the_threads(path: Path) -> None:
    async def work() -> None:
        async with aio.open(path, durability="normal") as store:
            for _ in range(20):
                await store.namespace("a").increment("k")

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with statehold.open(path) as store:
        assert store.get("a", "k") == 80


def test_the_backend_in_memory() -> None:
    async def main() -> None:
        backend: aio.StateBackend = aio.MemoryBackend()
        assert isinstance(backend, aio.StateBackend)

        async def change(tx: aio.StateBackend) -> str:
            await tx.set("a", "k", await tx.get("a", "k", 0) + 1)
            await asyncio.sleep(0)
            return "done"

        assert await asyncio.gather(*(backend.transact(change) for _ in range(10))) == ["done"] * 10
        assert await backend.batch_get("a", ["k"]) == {"k": 10}

    asyncio.run(main())


@running
async def test_what_one_turn_writes_is_one_transaction_of_many_commits(store: aio.Store) -> None:
    ns = store.namespace("a")
    await ns.set("n", 0)
    before = store.stats()
    revisions = await asyncio.gather(*(ns.set(f"{number:03}", number) for number in range(200)))
    counts = store.stats()
    assert counts.commits - before.commits == 200
    assert counts.batches - before.batches == 1
    assert revisions == list(range(2, 202)), "each has a revision of its own, in the order of the calls"
    assert await asyncio.gather(ns.delete("000"), ns.delete("none"), ns.increment("n", 2)) == [True, False, 2]
    assert await ns.get("199") == 199


@running
async def test_each_write_of_a_turn_fails_alone(store: aio.Store) -> None:
    ns = store.namespace("a")
    outcomes = await asyncio.gather(
        ns.set("a", 1, only_if_absent=True),
        ns.set("a", 2, only_if_absent=True),
        ns.set("", 3),
        ns.set("b", object()),
        store.set("b", "c", 4),
        ns.increment("a", 10),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        int,
        statehold.ConflictError,
        statehold.InvalidNameError,
        statehold.InvalidValueError,
        int,
        int,
    ]
    assert (await ns.get("a"), await store.get("b", "c"), await ns.list()) == (11, 4, ["a"])


@running
async def test_a_write_is_what_its_value_was_when_it_was_asked_for(store: aio.Store) -> None:
    ns = store.namespace("a")
    value = [1]
    task = asyncio.create_task(ns.set("k", value))
    await asyncio.sleep(0)
    value.append(2)
    await task
    assert await ns.get("k") == [1]


@running
async def test_who_is_cancelled_before_the_turn_ends_writes_nothing(store: aio.Store) -> None:
    ns = store.namespace("a")
    given_up = asyncio.create_task(ns.set("given up", 1))
    kept = asyncio.create_task(ns.set("kept", 1))

    async def cancel() -> None:
        given_up.cancel()

    await cancel()
    await kept
    with pytest.raises(asyncio.CancelledError):
        await given_up
    # Begun this time, and cancelled in the same turn.
    given_up = asyncio.create_task(ns.set("given up", 1))
    canceller = asyncio.create_task(cancel())
    await asyncio.gather(given_up, canceller, ns.set("too", 1), return_exceptions=True)
    assert await ns.list() == ["kept", "too"]


@running
async def test_what_comes_while_others_are_written_goes_over_together(store: aio.Store) -> None:
    ns = store.namespace("a")
    async with store.transaction(lock=True):
        first = asyncio.create_task(ns.set("first", 1))
        await asyncio.sleep(0.05)
        later = []
        for number in range(50):
            later.append(asyncio.create_task(ns.set(f"{number:02}", number)))
            await asyncio.sleep(0)
        before = store.stats().batches
        assert not first.done()
    await asyncio.gather(first, *later)
    assert store.stats().batches - before == 2, "the first, which waited for the lock, and all others"


def test_what_was_asked_for_before_is_written_before_the_store_is_closed(path: Path) -> None:
    async def main() -> None:
        store = await aio.open(path)
        ns = store.namespace("a")
        await asyncio.gather(*(ns.set(f"{number}", number) for number in range(10)), store.close())

    asyncio.run(main())
    with statehold.open(path) as store:
        assert store.namespace("a").count() == 10


def test_several_event_loops_share_a_store(path: Path) -> None:
    opened = asyncio.run(opening(path))
    ns = opened.namespace("a")

    async def work() -> None:
        for _ in range(20):
            await asyncio.gather(*(ns.increment("n") for _ in range(5)))
            await ns.get("n")

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert asyncio.run(ns.get("n")) == 400
    asyncio.run(opened.close())


async def opening(path: Path) -> aio.Store:
    return await aio.open(path, durability="normal")


def test_what_is_in_memory_is_given_without_a_thread(path: Path) -> None:
    async def main() -> None:
        # Whatever the tests are run with.
        async with aio.open(path, durability="normal", cache_bytes=1 << 20) as store:
            ns = store.namespace("a")
            await ns.set("k", {"a": [1]})
            assert await ns.get("k") == {"a": [1]}
            assert await ns.get("none", 5) == 5
            for read, value in [
                (ns.get("k"), {"a": [1]}),
                (ns.get("none", 7), 7),
                (ns.exists("k"), True),
                (ns.exists("none"), False),
                (store.get("a", "k"), {"a": [1]}),
                (store.get("a", "none", 8), 8),
                (store.exists("a", "k"), True),
                (ns.entry("k"), await ns.entry("k")),
            ]:
                with pytest.raises(StopIteration) as ended:
                    read.send(None)
                assert ended.value.value == value

    asyncio.run(main())


@running
async def test_a_task_that_only_reads_what_is_in_memory_lets_others_go_on(store: aio.Store) -> None:
    ns = store.namespace("a")
    assert await ns.get("ready") is None
    setter = asyncio.create_task(ns.set("ready", True))
    turns = 0
    while not await ns.get("ready"):
        turns += 1
        assert turns < 1_000_000
    await setter


def test_faults_are_had_by_each_write_and_each_read_of_what_is_in_memory(path: Path) -> None:
    async def main() -> None:
        async with aio.open(path, durability="normal", faults=True) as store:
            ns = store.namespace("a")
            await ns.set("k", 1)
            assert await ns.get("k") == 1
            await store.faults.set_operation_failure("namespace.get", fail_next=True)
            with pytest.raises(statehold.FaultError):
                await ns.get("k")
            await store.faults.set_operation_failure("namespace.set", fail_next=True)
            outcomes = await asyncio.gather(ns.set("k", 2), ns.set("k", 3), return_exceptions=True)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["FaultError", "int"]

    asyncio.run(main())
