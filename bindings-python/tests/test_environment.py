"""Goal: what is Python's own about environments: the log, locks and the GIL, Ctrl-C, exceptions in commands,
pickling, asyncio. Method: real threads, processes and event loops. What all languages share is in the
conformance cases.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import logging
import multiprocessing
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from test_aio import running

import statehold
from statehold import EnvironmentCommand, Environments, Failure, Orchestrator, aio


@pytest.fixture
def environments(store: statehold.Store) -> Environments:
    environments = store.environments()
    environments.create("web", {"size": 2})
    return environments


@pytest.fixture
def other(environments: Environments, path: Path) -> Iterator[Environments]:
    """Those of another handle on the same file."""
    with statehold.open(path, durability="normal") as store:
        yield store.environments()


def states(environments: Environments, name: str = "web") -> list[tuple[str | None, str | None]]:
    return [(entry.from_, entry.to) for entry in environments.history(name) if entry.to is not None]


def test_a_record_goes_through_its_lifecycle(environments: Environments) -> None:
    web = environments.load("web")
    web.data["size"] = 3
    web = environments.save(web)
    web = web.start_provisioning().provision_failed(Failure("apply", "timeout", "no answer", started_at=1))
    assert (web.state, web.last_success, web.data) == ("provision_failed", "created", {"size": 3})
    assert web.failure is not None
    assert (web.failure.step, web.failure.kind, web.failure.started_at) == ("apply", "timeout", 1.0)
    guide = web.recovery()
    assert guide is not None
    assert guide.state == "provision_failed"
    assert any("tofu" in step for step in guide.steps)
    web = web.retry().provisioned().start_configuring().configured().start_releasing().released()
    web = web.start_running().destroy()
    assert (web.state, web.failure, web.recovery()) == ("destroyed", None, None)
    with pytest.raises(statehold.InvalidTransitionError) as caught:
        web.retry()
    assert caught.value.from_ == "destroyed"
    assert [entry.operation for entry in environments.history("web")][:3] == ["create", "save", "transition"]


def test_a_record_that_is_not_the_latest_goes_nowhere(environments: Environments) -> None:
    old = environments.load("web")
    old.start_provisioning()
    with pytest.raises(statehold.ConflictError):
        old.destroy()
    with pytest.raises(statehold.ConflictError):
        environments.save(old)


def test_data_can_be_replaced(environments: Environments) -> None:
    web = environments.load("web")
    web.data = [1]
    assert environments.save(web).data == [1]
    web = environments.load("web")
    web.data = object()
    with pytest.raises(statehold.InvalidValueError):
        environments.save(web)


def test_the_names_that_type_checkers_know_are_those_of_the_core(environments: Environments) -> None:
    assert list(get_args(statehold.DeploymentState)) == environments.lifecycle("deployment").states
    for kind in get_args(statehold.FailureKind):
        assert Failure("step", kind, "summary").kind == kind
    with pytest.raises(statehold.InvalidValueError, match="must be one of") as caught:
        Failure("step", "no such kind", "summary")  # type: ignore[arg-type]
    assert str(caught.value).count(",") == len(get_args(statehold.FailureKind)) - 1


def test_a_lifecycle_of_ones_own(environments: Environments) -> None:
    door = statehold.Lifecycle("door", ["open", "closed"], "closed", [("closed", "open"), ("open", "closed")])
    environments.register_lifecycle(door)
    environments.register_lifecycle({"name": "lamp", "states": ["off"], "initial": "off", "transitions": []})
    assert environments.lifecycle("door") == door
    assert [one.name for one in environments.lifecycles()] == ["deployment", "door", "lamp"]
    front = environments.create("front", None, "door").transition("open", note="somebody rang")
    assert environments.list(lifecycle="door") == environments.list(state="open") == [front]
    with pytest.raises(statehold.ValidationError) as caught:
        environments.register_lifecycle(statehold.Lifecycle("gate", ["open"], "shut", [("open", "ajar")]))
    assert [one["path"] for one in caught.value.violations] == ["$.initial", "$.transitions[0][1]"]
    with pytest.raises(TypeError):
        environments.register_lifecycle(7)  # type: ignore[arg-type]


def test_records_copy_and_pickle(environments: Environments) -> None:
    web = environments.load("web").start_provisioning()
    web = web.provision_failed(Failure("apply", "other", "why", details={"a": [1]}, trace_file="t.log"))
    web.data["size"] = 5
    (lock,) = [environments.lock("web")]
    records: list[Any] = [web, web.failure, environments.lifecycle("deployment"), EnvironmentCommand.run()]
    records += [*environments.history("web"), environments.lock_info("web"), web.recovery()]
    lock.release()
    for record in records:
        for again in (pickle.loads(pickle.dumps(record)), copy.copy(record), copy.deepcopy(record)):
            assert again == record
            assert repr(again) == repr(record)
    assert copy.copy(web).data is web.data
    deep = copy.deepcopy(web)
    deep.data["size"] = 6
    assert web.data["size"] == 5
    assert environments.save(deep).data["size"] == 6
    strayed = pickle.loads(pickle.dumps(environments.load("web")))
    with pytest.raises(statehold.ClosedError):
        strayed.retry()
    strayed.data = "an unpickled record can be saved"
    environments.save(strayed)
    assert environments.load("web").data == strayed.data


def test_transitions_are_logged(
    environments: Environments, store: statehold.Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "statehold.environment"):
        web = environments.load("web").start_provisioning()
        environments.recover("web", "created", "it was nothing")
        with store.transaction() as tx:
            tx.environments().load("web").destroy()
            tx.rollback()
        with store.transaction() as tx:
            tx.environments().load("web").destroy()
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("statehold.environment", "INFO")
    ] * 3
    first, second, third = (record.getMessage() for record in caplog.records)
    assert first.startswith("environment web went from created to provisioning at 20")
    assert first.endswith(f"Z (revision {web.revision})")
    assert second.startswith("environment web was set by hand from provisioning to created at ")
    assert third.startswith("environment web went from created to destroyed at ")
    assert vars(caplog.records[0])["transition"]["to"] == "provisioning"


def test_listeners_hear_of_transitions(environments: Environments, store: statehold.Store) -> None:
    heard: list[dict[str, Any]] = []
    store.on("environment.transition", heard.append)
    environments.transition("web", "provisioning")
    assert [(event["environment"], event["from"], event["to"]) for event in heard] == [
        ("web", "created", "provisioning")
    ]


def test_who_waits_for_a_lock_does_not_hold_the_gil(environments: Environments, other: Environments) -> None:
    lock = environments.lock("web", purpose="deploy")
    taken: list[statehold.EnvironmentLock] = []
    waiter = threading.Thread(target=lambda: taken.append(other.lock("web", timeout=60)))
    waiter.start()
    turns, deadline = 0, time.monotonic() + 0.3
    while time.monotonic() < deadline:
        turns += 1
    assert turns > 1000
    assert not taken
    lock.release()
    waiter.join(60)
    assert [one.fencing for one in taken] == [lock.fencing + 1]
    taken[0].release()


def test_a_lock_names_its_holder(environments: Environments, other: Environments) -> None:
    with environments.lock("web", purpose="deploy") as lock:
        with pytest.raises(statehold.LockedError) as caught:
            other.lock("web", timeout=0)
        assert isinstance(caught.value, TimeoutError)
        assert (caught.value.name, caught.value.purpose) == ("web", "deploy")
        assert abs(caught.value.since - time.time()) < 60
        with pytest.raises(statehold.LockedError):
            other.load("web").start_provisioning()
        # Records of the guard write as the holder.
        assert lock.load().start_provisioning().state == "provisioning"
        assert lock.set_step("network").step == "network"
        assert other.with_token(lock.token).transition("web", "provisioned").state == "provisioned"
        info = other.lock_info("web")
        assert info is not None
        assert (info.is_held, info.fencing, info.token) == (True, lock.fencing, lock.token)
    assert not lock.is_held()
    assert not lock.release()
    with pytest.raises(statehold.ConflictError):
        lock.transition("configuring")


def test_a_guard_that_nobody_has_any_more_is_released(
    environments: Environments, other: Environments
) -> None:
    lock = environments.lock("web")
    del lock
    gc.collect()
    other.lock("web", timeout=0).release()


def test_a_guard_is_dropped_while_another_thread_holds_the_write_lock(
    environments: Environments, store: statehold.Store
) -> None:
    lock = [environments.lock("web")]
    with store.transaction(lock=True) as tx:
        dropper = threading.Thread(target=lock.clear)
        dropper.start()
        # Were the GIL kept by who waits for the write lock, this would not go on.
        for number in range(100):
            tx.set("a", str(number), number)
        time.sleep(0.05)
    dropper.join(60)
    assert not lock
    info = environments.lock_info("web")
    assert info is not None
    assert not info.is_held


def take_lock(path: Path, ready: Any) -> None:
    with statehold.open(path, durability="normal") as store, store.environments().lock("web"):
        ready.set()
        time.sleep(60)


def test_the_lock_of_a_process_that_was_killed_is_taken_over(environments: Environments, path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=take_lock, args=(path, ready))
    process.start()
    assert ready.wait(60)
    with pytest.raises(statehold.LockedError) as caught:
        environments.lock("web", timeout=0)
    assert caught.value.pid == process.pid
    process.kill()
    process.join(60)
    environments.lock("web", timeout=60).release()
    assert environments.history("web")[-1].operation == "take_over"


@pytest.mark.skipif(sys.platform == "win32", reason="no signal can be sent to a process")
def test_ctrl_c_ends_the_wait_for_a_lock(environments: Environments, path: Path) -> None:
    program = (
        "import statehold, sys\n"
        "with statehold.open(sys.argv[1]) as store:\n"
        "    print('waiting', flush=True)\n"
        "    store.environments().lock('web', timeout=300)\n"
    )
    with environments.lock("web"):
        arguments = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "waiting\n"
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors


class ToolError(Exception):
    kind = "infrastructure_operation"
    trace_file = Path("apply.log")

    def __init__(self, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.details = details


def test_a_command_that_succeeds(environments: Environments, other: Environments) -> None:
    def work(progress: statehold.CommandProgress) -> str:
        assert other.load("web").state == "provisioning"
        assert progress.record.data == {"size": 2}
        progress.step("network")
        assert other.load("web").step == "network"
        info = other.lock_info("web")
        assert info is not None
        assert (info.purpose, info.fencing) == ("provisioning", progress.fencing)
        progress.set_data({"address": "10.0.0.7"})
        kept.append(progress)
        return "what the function gives is not asked for"

    kept: list[statehold.CommandProgress] = []
    web = Orchestrator(environments).run("web", EnvironmentCommand.provision(), work)
    assert (web.state, web.data, web.step) == ("provisioned", {"address": "10.0.0.7"}, None)
    web.start_configuring()
    with pytest.raises(statehold.ClosedError):
        kept[0].step("too late")


def test_a_command_that_raises(environments: Environments) -> None:
    def fail(progress: statehold.CommandProgress) -> None:
        progress.step("apply")
        raise raised

    orchestrator = Orchestrator(environments, timeout=0)
    raised: Exception = ToolError("the quota is used up", {"quota": 3})
    with pytest.raises(ToolError) as caught:
        orchestrator.run("web", EnvironmentCommand.provision(), fail)
    assert caught.value is raised
    web = environments.load("web")
    assert (web.state, web.last_success) == ("provision_failed", "created")
    failure = web.failure
    assert failure is not None
    assert (failure.step, failure.kind, failure.summary) == (
        "apply",
        "infrastructure_operation",
        "the quota is used up",
    )
    assert (failure.trace_file, failure.details) == ("apply.log", {"quota": 3})
    # What can't be kept of an exception does not keep the failure from being kept.
    for raised in (ToolError("", object()), ZeroDivisionError()):
        with pytest.raises(type(raised)):
            orchestrator.run("web", EnvironmentCommand.provision(), fail)
        failure = environments.load("web").failure
        assert failure is not None
        assert (failure.summary, failure.details) == (type(raised).__name__, None)
    assert failure.kind == "other"


def test_an_interrupted_command_leaves_its_state(environments: Environments) -> None:
    def interrupt(progress: statehold.CommandProgress) -> None:
        progress.step("apply")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Orchestrator(environments).run("web", EnvironmentCommand.provision(), interrupt)
    (interrupted,) = environments.interrupted()
    assert (interrupted.record.state, interrupted.record.step) == ("provisioning", "apply")
    assert interrupted.holder is not None
    assert not interrupted.holder.is_held
    assert environments.recover("web", "created", "nothing was made").state == "created"
    assert environments.interrupted() == []


def test_a_command_whose_end_can_not_be_kept(environments: Environments, other: Environments) -> None:
    def lose_the_lock(progress: statehold.CommandProgress) -> None:
        info = other.lock_info("web")
        assert info is not None
        assert info.token is not None
        other.force_unlock("web", info.token)
        if fails:
            raise ZeroDivisionError

    for fails in (False, True):
        with pytest.raises(statehold.ConflictError) as caught:
            Orchestrator(environments).run("web", EnvironmentCommand.provision(), lose_the_lock)
        assert isinstance(caught.value.__cause__, ZeroDivisionError) is fails
        assert environments.load("web").state == "provisioning"
        environments.recover("web", "created", "once more")


def test_a_command_that_can_not_begin(environments: Environments, other: Environments) -> None:
    def never(progress: statehold.CommandProgress) -> None:
        raise AssertionError

    with other.lock("web"), pytest.raises(statehold.LockedError):
        Orchestrator(environments, timeout=0).run("web", EnvironmentCommand.provision(), never)
    with pytest.raises(statehold.InvalidTransitionError) as caught:
        Orchestrator(environments).run(
            "web", EnvironmentCommand("releasing", "released", "release_failed"), never
        )
    assert caught.value.allowed == ["provisioning", "destroyed"]
    assert states(environments) == [(None, "created")]


@running
async def test_asyncio_goes_through_the_lifecycle(store: aio.Store) -> None:
    environments = store.environments()
    web = await environments.create("web", {"size": 2})
    web.data["size"] = 3
    web = await environments.save(web)
    web = await web.start_provisioning()
    assert isinstance(web, aio.EnvironmentRecord)
    assert web == await environments.load("web") == pickle.loads(pickle.dumps(web))
    assert [entry.record for entry in await environments.history("web")][-1] == web
    (interrupted,) = await environments.interrupted()
    assert (await interrupted.record.provisioned()).data == {"size": 3}
    assert await environments.find("none") is None
    then = await environments.at("web", revision=web.revision)
    assert then is not None
    assert then.state == "provisioning"
    with pytest.raises(statehold.InvalidValueError):
        await environments.at("web")
    async with store.transaction() as tx:
        inside = await tx.environments().load("web")
        await inside.start_configuring()
    assert [record.name for record in await environments.list(state="configuring")] == ["web"]


@running
async def test_the_event_loop_goes_on_while_one_waits_for_a_lock(store: aio.Store) -> None:
    environments = store.environments()
    await environments.create("web", None)
    async with environments.lock("web") as lock:
        # More waiters than threads: the one that has the lock must get on all the same.
        waiters = [asyncio.create_task(enter(environments)) for _ in range(50)]
        turns, deadline = 0, time.monotonic() + 0.2
        while time.monotonic() < deadline:
            turns += 1
            await asyncio.sleep(0)
        assert turns > 20
        await lock.transition("provisioning")
        assert await lock.is_held()
        with pytest.raises(statehold.LockedError):
            await environments.lock("web", timeout=0.02)
    grants = await asyncio.gather(*waiters)
    assert sorted(grants) == list(range(lock.fencing + 1, lock.fencing + 51))


async def enter(environments: aio.Environments) -> int:
    async with environments.lock("web", timeout=60) as lock:
        return lock.fencing


@running
async def test_cancelling_who_waits_for_a_lock(store: aio.Store) -> None:
    environments = store.environments()
    await environments.create("web", None)
    for _ in range(20):
        async with environments.lock("web"):
            waiter = asyncio.create_task(enter(environments))
            await asyncio.sleep(0.004)
        waiter.cancel()
        await asyncio.wait([waiter])
        # Whether it had got it already or not: it is free, at the latest when its thread has seen that.
        await (await environments.lock("web", timeout=10)).release()


@running
async def test_asyncio_runs_commands(store: aio.Store) -> None:
    environments = store.environments()
    await environments.create("web", {})
    orchestrator = aio.Orchestrator(environments, purpose="deploy")

    async def work(progress: aio.CommandProgress) -> None:
        await progress.step("network")
        assert progress.record.step == "network"
        progress.set_data({"fencing": progress.fencing})
        await asyncio.sleep(0)

    web = await orchestrator.run("web", EnvironmentCommand.provision(), work)
    assert (web.state, web.data) == ("provisioned", {"fencing": 1})

    async def fail(progress: aio.CommandProgress) -> None:
        raise ToolError("no")

    with pytest.raises(ToolError):
        await orchestrator.run("web", EnvironmentCommand.configure(), fail)
    assert (await environments.load("web")).state == "configure_failed"

    started = asyncio.Event()

    async def hang(progress: aio.CommandProgress) -> None:
        started.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(orchestrator.run("web", EnvironmentCommand.configure(), hang))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (interrupted,) = await environments.interrupted()
    assert interrupted.record.state == "configuring"
    assert interrupted.holder is not None
    assert not interrupted.holder.is_held
