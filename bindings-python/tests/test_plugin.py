"""Goal: the states of plugins as Python has them: exceptions of functions, events, coroutines, records.
Method: real functions and loops. What the operations do is in the conformance cases.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import signal
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import MigrationError, Plugin, Store, ValidationError, aio


@pytest.fixture
def lint(store: Store) -> Plugin:
    return store.plugin("lint")


def fail(*args: Any) -> Any:
    raise ZeroDivisionError("the step's own")


def test_what_a_step_raises_is_the_cause(lint: Plugin) -> None:
    lint.save("a")
    for migrate in (lint.migrate, lint.dry_run_migrate):
        with pytest.raises(MigrationError, match="the step's own") as caught:
            migrate(2, {2: fail})
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert (caught.value.from_version, caught.value.to_version, caught.value.step) == (1, 2, 2)
    with pytest.raises(MigrationError, match="not JSON") as caught:
        lint.migrate(2, {2: lambda data, version: {1, 2}})
    assert isinstance(caught.value.__cause__, statehold.InvalidValueError)
    lint.register(migrations={2: fail})
    with pytest.raises(MigrationError) as caught:
        lint.load()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_what_a_validator_raises_is_the_cause(lint: Plugin) -> None:
    assert lint.validate(fail)
    lint.save("a")
    assert lint.validate(lambda data: data == "a")
    assert not lint.validate(lambda data: [])
    with pytest.raises(ValidationError) as caught:
        lint.validate(fail)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "the step's own" in caught.value.violations[0]["message"]


def test_ctrl_c_goes_through_a_step(lint: Plugin) -> None:
    def interrupt(*args: Any) -> Any:
        raise KeyboardInterrupt

    lint.save("a")
    with pytest.raises(KeyboardInterrupt):
        lint.migrate(2, {2: interrupt})
    with pytest.raises(KeyboardInterrupt):
        lint.validate(interrupt)
    state = lint.load()
    assert state is not None
    assert state.version == 1


def test_steps_may_use_the_store(store: Store, lint: Plugin) -> None:
    def step(data: Any, version: int) -> Any:
        store.set("log", str(version), data)
        return [data]

    lint.save("a")
    assert lint.migrate(3, {2: step, 3: step}) == (1, 3)
    assert store.get("log", "2") == ["a"]


@pytest.mark.parametrize("migrations", [{2: None}, [], {"2": fail}, {True: fail}])
def test_what_is_no_map_of_functions(lint: Plugin, migrations: Any) -> None:
    with pytest.raises(TypeError):
        lint.migrate(2, migrations)


def test_records_can_be_compared_and_pickled(store: Store, lint: Plugin) -> None:
    lint.save({"level": 1})
    lint.save({"level": 2}, 3)
    states = store.plugin_states()
    records: list[Any] = [
        lint.load(),
        *lint.list_backups(),
        lint.diff(),
        lint.dry_run_migrate(4, {4: lambda data, version: [data]}),
    ]
    for record in records:
        assert pickle.loads(pickle.dumps(record)) == record
    assert records[0] == states.load("lint")
    assert states.diff("lint", index=0) == records[2]
    assert records[2].patch == [{"op": "replace", "path": "/level", "value": 1}]


def test_callbacks_are_told_and_logged_when_they_raise(
    store: Store, lint: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[dict[str, Any]] = []

    @store.on("state.saved")  # type: ignore[untyped-decorator]
    def saved(event: dict[str, Any]) -> None:
        seen.append(event)

    assert store.on("state.saved", fail) is fail
    lint.save("abc", 2)
    assert seen == [{"event": "state.saved", "plugin": "lint", "version": 2, "size": 5}]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("statehold", logging.ERROR)
    assert record.getMessage() == "a callback of state.saved raised"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError

    assert store.off("state.saved", fail)
    assert not store.off("state.saved", fail)
    assert not store.off("state.loaded", saved)
    lint.save("d", 2)
    assert (len(seen), len(caplog.records)) == (2, 1)


def test_a_bound_method_can_be_taken_off_again(store: Store, lint: Plugin) -> None:
    seen: list[Any] = []
    store.on("state.saved", seen.append)
    lint.save(1)
    assert store.off("state.saved", seen.append)
    lint.save(2)
    assert len(seen) == 1


def test_ctrl_c_in_a_callback_comes_after_the_operation(store: Store, lint: Plugin) -> None:
    @store.on("state.saved")  # type: ignore[untyped-decorator]
    def saved(event: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    def save_and_wait() -> None:
        lint.save("a")
        signal.sigtimedwait([], 5)

    with pytest.raises(KeyboardInterrupt):
        save_and_wait()
    assert lint.exists()


def test_callbacks_do_not_keep_a_closed_store(path: Path) -> None:
    class Host:
        def __init__(self) -> None:
            self.store = statehold.open(path)
            self.store.on("state.saved", self.saved)
            self.store.plugin("lint").register(migrations={2: self.migrate})

        def saved(self, event: dict[str, Any]) -> None: ...
        def migrate(self, data: Any, version: int) -> Any: ...

    host = Host()
    host.store.close()
    alive = weakref.ref(host)
    del host
    gc.collect()
    assert alive() is None


def running(function: Callable[[aio.Store], Any]) -> Callable[[Path], None]:
    def test(path: Path) -> None:
        async def main() -> None:
            async with aio.open(path, durability="normal") as store:
                await asyncio.wait_for(function(store), 60)

        asyncio.run(main())

    return test


@running
async def test_steps_and_validators_may_be_coroutine_functions(store: aio.Store) -> None:
    async def step(data: Any, version: int) -> Any:
        await asyncio.sleep(0.001)
        return [data, version]

    async def wrong(*args: Any) -> Any:
        await asyncio.sleep(0)
        return fail()

    lint = store.plugin("lint")
    await lint.save("a")
    assert (await lint.dry_run_migrate(2, {2: step})).data == ["a", 1]
    assert await lint.migrate(3, {2: step, 3: step}) == (1, 3)
    lint.register(migrations={4: step})
    state = await lint.load()
    assert state is not None
    assert (state.version, state.data) == (4, [[["a", 1], 2], 3])

    async def is_list(data: Any) -> bool:
        await asyncio.sleep(0)
        return isinstance(data, list)

    assert await lint.validate(is_list)
    for run in (lint.migrate(5, {5: wrong}), lint.validate(wrong)):
        with pytest.raises(statehold.StateholdError) as caught:
            await run
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


@running
async def test_migrations_of_many_tasks_meet(store: aio.Store) -> None:
    async def step(data: int, version: int) -> int:
        await asyncio.sleep(0.001)
        return data + 1

    lint = store.plugin("lint")
    await lint.save(0)
    done = await asyncio.gather(*(lint.migrate(2, {2: step}) for _ in range(5)))
    assert sorted(done) == [(1, 2)] + [(2, 2)] * 4
    state = await lint.load()
    assert state is not None
    assert (state.version, state.data) == (2, 1)


@running
async def test_callbacks_come_to_the_loop(store: aio.Store) -> None:
    loop = asyncio.get_running_loop()
    seen: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()

    @store.on("state.saved")  # type: ignore[untyped-decorator]
    def plain(event: dict[str, Any]) -> None:
        seen.put_nowait((event["plugin"], asyncio.get_running_loop() is loop))

    async def awaited(event: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        seen.put_nowait((event["plugin"], asyncio.get_running_loop() is loop))

    store.on("state.saved", awaited)
    await store.plugin("lint").save(1)
    assert [await seen.get(), await seen.get()] == [("lint", True)] * 2
    assert store.off("state.saved", plain)
    assert store.off("state.saved", awaited)
    assert not store.off("state.saved", plain)


def test_a_coroutine_callback_that_raises_is_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with aio.open(path) as store:

            async def wrong(event: dict[str, Any]) -> None:
                fail()

            store.on("state.saved", wrong)
            await store.plugin("lint").save(1)
            while not caplog.records:
                await asyncio.sleep(0.001)

    asyncio.run(main())
    assert [(r.name, r.getMessage()) for r in caplog.records] == [
        ("statehold", "a callback of state.saved raised")
    ]
