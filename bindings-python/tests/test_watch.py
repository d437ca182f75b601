"""Goal: the change feed as Python watches it: threads, Ctrl-C, event loops, exit. Method: real threads,
signals and loops. What is told, and in which order, is in the conformance cases.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

import statehold
from statehold import Change, ClosedError, InvalidValueError, Namespace, Store, aio

posix = pytest.mark.skipif(os.name != "posix", reason="its signals are others")


def test_iterating_waits_for_each_change(store: Store, ns: Namespace) -> None:
    def write() -> None:
        for number in range(20):
            ns.set(f"{number:02}", number)
        ns.set("end", 0)

    writer = threading.Thread(target=write)
    seen = []
    with store.watch(namespace="a") as watch:
        writer.start()
        for change in watch:
            if change.key == "end":
                break
            seen.append((change.revision, change.name, change.key, change.operation, change.is_last))
    writer.join()
    assert seen == [(number + 1, "a", f"{number:02}", "set", True) for number in range(20)]
    assert watch.is_closed
    with pytest.raises(ClosedError):
        watch.try_next()


def test_a_wait_lets_other_threads_run_and_ends_in_time(store: Store, ns: Namespace) -> None:
    watch = store.watch()
    turns, over = 0, threading.Event()

    def count() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    before = time.monotonic()
    assert watch.next_within(0.3) is None
    assert 0.29 < time.monotonic() - before < 5
    over.set()
    counter.join()
    assert turns > 1000
    assert watch.next_within(timedelta(milliseconds=1)) is None
    ns["k"] = 1
    change = watch.next_within(60)
    assert change is not None
    assert (change.key, watch.revision) == ("k", 1)
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(InvalidValueError):
            watch.next_within(wrong)


def test_closing_ends_the_iteration_of_another_thread(store: Store) -> None:
    watch = store.watch()
    seen: list[Change] = []
    waiter = threading.Thread(target=lambda: seen.extend(watch))
    waiter.start()
    time.sleep(0.05)
    watch.close()
    waiter.join(5)
    assert not waiter.is_alive()
    assert seen == []


def test_closing_the_store_is_raised_to_who_waits(store: Store) -> None:
    watch = store.watch()
    threading.Timer(0.05, store.close).start()
    with pytest.raises(ClosedError):
        next(watch)


def test_a_watch_goes_on_after_a_revision(store: Store, ns: Namespace) -> None:
    for key in ("a", "b", "c"):
        ns[key] = 1
    with store.watch(after=1) as watch:
        assert [next(watch).key, next(watch).key] == ["b", "c"]
        assert watch.try_next() is None


def test_changes_can_be_compared_and_pickled(store: Store, ns: Namespace) -> None:
    with ns.watch("k*") as watch:
        ns["k"] = 1
        change = next(watch)
    assert pickle.loads(pickle.dumps(change)) == change
    assert change == store.journal()[0].changes[0]
    assert repr(change).startswith("Change(revision=1, time=")


@posix
def test_ctrl_c_interrupts_the_iteration(store: Store) -> None:
    threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
    before = time.monotonic()
    with store.watch() as watch, pytest.raises(KeyboardInterrupt):
        next(watch)
    assert time.monotonic() - before < 5


def test_a_program_ends_while_others_of_its_threads_watch(path: Path) -> None:
    code = """if True:
        import asyncio, sys, threading, time
        import statehold
        from statehold import aio
        watch = statehold.open(sys.argv[1]).watch()
        threading.Thread(target=lambda: list(watch), daemon=True).start()
        async def main():
            async def forever():
                async for _ in (await aio.open(sys.argv[1])).watch():
                    pass
            task = asyncio.create_task(forever())
            await asyncio.sleep(0.1)
        asyncio.run(main())
        print("the end")
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "the end\n", "")


def test_many_watches_on_a_loop_hear_of_everything(path: Path) -> None:
    # More than there are threads for those that wait.
    async def main() -> None:
        async with aio.open(path, durability="normal") as store:
            ns = store.namespace("a")
            watches = [await ns.watch() for _ in range(300)]

            async def hear(watch: aio.Watch) -> list[str]:
                return [(await anext(watch)).key for _ in range(5)]

            waiting = [asyncio.create_task(hear(watch)) for watch in watches]
            await asyncio.sleep(0.05)
            for number in range(5):
                await ns.set(str(number), number)
            heard = await asyncio.wait_for(asyncio.gather(*waiting), 60)
            assert heard == [["0", "1", "2", "3", "4"]] * 300

    asyncio.run(main())


def test_who_gives_up_a_wait_loses_no_change(path: Path) -> None:
    async def main() -> None:
        async with aio.open(path, durability="normal") as store:
            ns = store.namespace("a")
            heard = []
            async with store.watch() as watch:
                for number in range(30):
                    waiter = asyncio.create_task(anext(watch))
                    await asyncio.sleep(0)
                    setter = asyncio.create_task(ns.set(f"{number:02}", number))
                    await asyncio.sleep(0.0005 * (number % 5))
                    waiter.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        heard.append((await waiter).key)
                    await setter
                while (change := await watch.try_next()) is not None:
                    heard.append(change.key)
            assert heard == [f"{number:02}" for number in range(30)]

    asyncio.run(main())


def test_a_loop_iterates_over_a_watch_that_is_not_begun_yet(path: Path) -> None:
    async def main() -> None:
        async with aio.open(path, durability="normal") as store:
            ns = store.namespace("a")
            await ns.set("k", 1)
            await ns.set("m", 2)
            seen = []
            async for change in store.watch(after=0):
                seen.append(change.key)
                if len(seen) == 2:
                    break
            assert seen == ["k", "m"]
            watch = await store.watch()
            assert await watch.next_within(0.01) is None
            assert await watch.next_within(timedelta(0)) is None
            with pytest.raises(InvalidValueError):
                await watch.next_within(-1)
            asyncio.get_running_loop().call_later(0.05, watch.close)
            assert [change async for change in watch] == []

    asyncio.run(main())


def test_a_journal_that_was_trimmed(path: Path) -> None:
    with statehold.open(path, journal_max_rows=10, durability="normal") as store:
        for number in range(2000):
            store.set("a", "k", number)
        with pytest.raises(statehold.FeedLaggedError) as caught:
            store.watch(after=0)
        assert caught.value.after == 0
        assert store.watch(after=caught.value.oldest).try_next() is not None
