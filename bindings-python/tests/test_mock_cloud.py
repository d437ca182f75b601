"""What mock clouds are in Python, beside the conformance cases.

Goal: whoever wants a cloud for himself comes in the order of arrival, among threads and among tasks; a
latency holds up its own call alone; files, and the cloud of the process, are used as Python uses them.
Method: each rule with what it must refuse.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import statehold
import statehold.aio

PLAYERS = "/minecraft/player-count"
WAITING = 32


@pytest.fixture
def clock() -> statehold.ManualClock:
    return statehold.ManualClock(1_700_000_000)


@pytest.fixture
def cloud(clock: statehold.ManualClock) -> Iterator[statehold.MockCloud]:
    cloud = statehold.open_mock_cloud(clock=clock)
    yield cloud
    cloud.close()


def count_in(locked: statehold.MockCloud) -> int:
    players = int(locked.get_parameter(PLAYERS) or 0) + 1
    locked.set_parameter(PLAYERS, str(players))
    return players


def test_32_threads_come_one_at_a_time_in_the_order_of_arrival(path: Path) -> None:
    with statehold.open(path, faults=True, durability="normal", lock_timeout=60) as store:
        cloud = store.mock_cloud()
        arrived, inside, leave = store.faults, threading.Lock(), threading.Event()

        def hold(_: statehold.MockCloud) -> None:
            assert leave.wait(30)

        def join(locked: statehold.MockCloud) -> int:
            assert inside.acquire(blocking=False), "one at a time"
            players = count_in(locked)
            inside.release()
            return players

        with ThreadPoolExecutor(WAITING + 1) as threads:
            turns: list[Future[Any]] = []
            for function in [hold] + [join] * WAITING:
                turns.append(threads.submit(cloud.with_lock, function))
                # A call passes the faults once it is in line.
                while arrived.count("mock.with_lock") < len(turns):
                    time.sleep(0.001)
            leave.set()
            assert [turn.result() for turn in turns] == [None, *range(1, WAITING + 1)]
        assert cloud.get_parameter(PLAYERS) == str(WAITING)


@pytest.mark.parametrize("faults", [False, True])
def test_32_tasks_come_one_at_a_time_in_the_order_of_their_calls(path: Path, faults: bool) -> None:
    async def main() -> None:
        async with statehold.aio.open(path, faults=faults, durability="normal") as store:
            cloud = store.mock_cloud()
            if faults:
                # The first one is delayed before its turn, and nobody passes it.
                await cloud.faults.set_operation_failure("withLock", times=1, probability=0, latency=0.05)
            order: list[int] = []
            inside: set[int] = set()

            async def join(number: int) -> int:
                async def body(locked: statehold.aio.MockCloud) -> int:
                    inside.add(number)
                    assert inside == {number}, "one at a time"
                    order.append(number)
                    players = int(await locked.get_parameter(PLAYERS) or 0)
                    await asyncio.sleep(0)
                    await locked.set_parameter(PLAYERS, str(players + 1))
                    inside.remove(number)
                    return number

                given = await cloud.with_lock(body)
                assert isinstance(given, int)
                return given

            expected = list(range(WAITING))
            assert await asyncio.gather(*map(join, expected)) == expected
            assert order == expected
            assert await cloud.get_parameter(PLAYERS) == str(WAITING)

    asyncio.run(main())


def test_a_task_that_is_cancelled_lets_the_next_one_in() -> None:
    async def main() -> None:
        async with statehold.aio.open(":memory:") as store:
            cloud = store.mock_cloud()
            entered, leave = asyncio.Event(), asyncio.Event()

            async def hold(locked: statehold.aio.MockCloud) -> None:
                await locked.set_parameter("mine", "1")
                entered.set()
                await leave.wait()

            holding = asyncio.create_task(cloud.with_lock(hold))
            await entered.wait()
            waiting = asyncio.create_task(cloud.with_lock(lambda _: None))
            last = asyncio.create_task(cloud.with_lock(lambda locked: locked.get_parameter("mine")))
            await asyncio.sleep(0)
            waiting.cancel()
            holding.cancel()
            for cancelled in (waiting, holding):
                with pytest.raises(asyncio.CancelledError):
                    await cancelled
            assert await asyncio.wait_for(last, 30) is None, "what was done is undone"

    asyncio.run(main())


class OwnError(Exception):
    """An error of the function's."""


def test_what_the_function_raises_undoes_all_and_comes_out_as_it_is(cloud: statehold.MockCloud) -> None:
    own = OwnError()
    given: list[statehold.MockCloud] = []

    def body(locked: statehold.MockCloud) -> None:
        given.append(locked)
        assert locked.start_instance()["state"] == "pending"
        locked.add_backup({"name": "mine", "size": 1})
        raise own

    before = cloud.get_state()
    with pytest.raises(OwnError) as caught:
        cloud.with_lock(body)
    assert caught.value is own
    assert cloud.get_state() == before
    with pytest.raises(statehold.ClosedError):
        given[0].get_instance()
    assert cloud.with_lock_and_persist(lambda locked: locked.start_instance())["state"] == "pending"


def test_the_same_under_asyncio() -> None:
    async def main() -> None:
        own = OwnError()
        cloud = await statehold.aio.open_mock_cloud()

        async def body(locked: statehold.aio.MockCloud) -> None:
            await locked.start_instance()
            raise own

        with pytest.raises(OwnError) as caught:
            await cloud.with_lock(body)
        assert caught.value is own
        assert (await cloud.get_instance())["state"] == "stopped"
        await cloud.with_lock_and_persist(lambda locked: locked.start_instance())
        assert (await cloud.get_instance())["state"] == "pending"
        await cloud.close()

    asyncio.run(main())


def test_a_function_runs_inside_of_a_transaction_too() -> None:
    with statehold.open(":memory:") as store:
        with store.transaction() as tx:
            cloud = tx.mock_cloud("a")
            cloud.set_parameter("kept", "1")

            def body(locked: statehold.MockCloud) -> None:
                locked.set_parameter("undone", "1")
                raise OwnError

            with pytest.raises(OwnError):
                cloud.with_lock(body)
            with pytest.raises(statehold.InvalidValueError):
                cloud.persist_now()
            assert store.mock_clouds() == [], "nothing is written yet"
        cloud = store.mock_cloud("a")
        assert (cloud.get_parameter("kept"), cloud.get_parameter("undone")) == ("1", None)


def test_latency_delays_its_own_call_alone() -> None:
    async def main() -> None:
        cloud = await statehold.aio.open_mock_cloud()
        await cloud.faults.set_operation_failure("startInstance", latency=1, times=1, probability=0)
        slow = asyncio.create_task(cloud.start_instance())
        while await cloud.faults.count("startInstance") < 1:
            await asyncio.sleep(0.001)
        # More calls than there are threads to begin with.
        found = await asyncio.gather(*(cloud.get_instance() for _ in range(64)))
        assert {instance["state"] for instance in found} == {"stopped"}
        await cloud.set_parameter("mine", "1")
        assert not slow.done()
        assert (await slow)["state"] == "pending"
        await cloud.close()

    asyncio.run(main())


def test_the_time_of_a_transition_is_a_word_or_seconds(
    cloud: statehold.MockCloud, clock: statehold.ManualClock
) -> None:
    assert cloud.get_transition() == 2.5
    cloud.set_transition(timedelta(minutes=1))
    assert cloud.get_transition() == cloud.get_state()["settings"]["transition"] == 60
    assert cloud.start_instance()["state"] == "pending"
    clock.advance(60)
    assert cloud.get_instance()["state"] == "running"
    cloud.set_transition("immediate")
    assert cloud.stop_instance()["state"] == "stopped"
    assert cloud.get_transition() == "immediate"
    for wrong in ("slow", -1, float("nan")):
        with pytest.raises(statehold.InvalidValueError):
            cloud.set_transition(wrong)  # type: ignore[arg-type]


def test_what_is_given_is_a_copy(cloud: statehold.MockCloud) -> None:
    before = cloud.get_state()
    state = cloud.get_state()
    state["instance"]["state"] = "running"
    state["parameters"].clear()
    cloud.get_instance()["block_device_mappings"].clear()
    cloud.get_backups().clear()
    cloud.get_costs("last-month")["breakdown"].append({"service": "mine", "cost": 1.0})
    cloud.get_all_parameters().clear()
    assert cloud.get_state() == before
    assert before["backups"]
    assert before["parameters"]


def test_the_cloud_of_the_process_is_one_until_it_is_reset() -> None:
    async def from_asyncio() -> Any:
        cloud = await statehold.aio.get_mock_cloud()
        return await cloud.get_parameter("mine")

    statehold.reset_mock_cloud()
    try:
        cloud = statehold.get_mock_cloud()
        cloud.set_parameter("mine", "1")
        with ThreadPoolExecutor(1) as other:
            assert other.submit(lambda: statehold.get_mock_cloud().get_parameter("mine")).result() == "1"
        assert asyncio.run(from_asyncio()) == "1"
        statehold.reset_mock_cloud()
        assert cloud.is_closed
        with pytest.raises(statehold.ClosedError):
            cloud.get_parameter("mine")
        assert statehold.get_mock_cloud().get_parameter("mine") is None
    finally:
        statehold.reset_mock_cloud()


def test_a_file_is_written_at_the_end_and_read_in_the_beginning(tmp_path: Path) -> None:
    file = tmp_path / "cloud.json"
    cloud = statehold.open_mock_cloud(persist_to=file, debounce=timedelta(hours=1))
    cloud.set_parameter("mine", "1")
    cloud.persist_now()
    assert json.loads(file.read_text(encoding="utf-8"))["state"]["parameters"]["mine"]["value"] == "1"
    cloud.set_parameter("mine", "2")
    cloud.close()
    cloud.close()
    assert cloud.is_closed
    again = statehold.open_mock_cloud(persist_to=str(file))
    assert again.get_parameter("mine") == "2"
    again.set_parameter("mine", "3")
    # Forgetting it closes it.
    del again
    gc.collect()
    assert json.loads(file.read_text(encoding="utf-8"))["state"]["parameters"]["mine"]["value"] == "3"


def test_a_damaged_file_is_set_aside_and_told_of_once(tmp_path: Path) -> None:
    file = tmp_path / "cloud.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(statehold.CorruptError, match="damaged") as caught:
        statehold.open_mock_cloud(persist_to=file)
    assert Path(caught.value.path) == file
    [aside] = tmp_path.iterdir()
    assert aside.name != file.name
    assert aside.read_text(encoding="utf-8") == "{"
    cloud = statehold.open_mock_cloud(persist_to=file)
    assert cloud.get_instance()["state"] == "stopped"
    cloud.close()
    assert file.exists()


def test_options_that_are_wrong_are_refused() -> None:
    with pytest.raises(TypeError, match="persists_to"):
        statehold.open_mock_cloud(persists_to="a")  # type: ignore[call-arg]
    with pytest.raises(statehold.InvalidValueError) as caught:
        statehold.open_mock_cloud(fixtures={"instance": {"state": "on"}})
    assert caught.value.path == "$.instance.state"


def test_fixtures_of_a_cloud_of_a_store(clock: statehold.ManualClock) -> None:
    with statehold.open(":memory:", clock=clock) as store:
        cloud = store.mock_cloud(
            "mine", fixtures={"instance": {"instance_id": "i-1"}}, transition=timedelta(seconds=10)
        )
        assert store.mock_clouds() == []
        assert cloud.start_instance()["instance_id"] == "i-1"
        clock.advance(10)
        assert cloud.get_instance()["state"] == "running"
        cloud.reset_state()
        assert (cloud.get_instance()["instance_id"], cloud.get_transition()) == ("i-1", 10)
        wrong = store.mock_cloud("wrong", fixtures={"instance": {"state": "on"}})
        with pytest.raises(statehold.InvalidValueError) as caught:
            wrong.get_state()
        assert caught.value.path == "$.instance.state"


def test_fixtures_under_asyncio() -> None:
    async def main() -> None:
        fixtures = {"instance": {"instance_id": "i-1"}}
        alone = await statehold.aio.open_mock_cloud(fixtures=fixtures, transition="manual")
        async with statehold.aio.open(":memory:") as store:
            for cloud in (alone, store.mock_cloud("mine", fixtures=fixtures, transition="manual")):
                assert (await cloud.start_instance())["instance_id"] == "i-1"
                assert await cloud.get_transition() == "manual"
                assert await cloud.complete_transition()
        await alone.close()

    asyncio.run(main())


def test_a_cloud_that_is_left_open_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    file = tmp_path / "cloud.json"
    script = """
import sys, statehold
statehold.get_mock_cloud().start_instance()
cloud = statehold.open_mock_cloud(persist_to=sys.argv[1])
cloud.start_instance()
print("done")
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
