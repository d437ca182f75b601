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
            async with aio.open(path, durability="normal") as store:
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
