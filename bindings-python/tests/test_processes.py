"""Goal: what happens around the interpreter: threads, forks, other users of the file, exit, import.
Method: real threads and real processes.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import ForkedError, InvalidValueError, LocksLostError, Namespace, Store

posix = pytest.mark.skipif(os.name != "posix", reason="has no fork")


def python(code: str, *args: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_threads_share_a_store(ns: Namespace) -> None:
    def work() -> None:
        for _ in range(200):
            ns.increment("k")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ns["k"] == 1600


def test_a_wait_for_the_lock_does_not_hold_the_interpreter(store: Store, ns: Namespace) -> None:
    released: list[float] = []
    with store.transaction(lock=True) as tx:

        def wait() -> None:
            ns.set("k", 1)
            released.append(time.monotonic())

        waiter = threading.Thread(target=wait)
        waiter.start()
        deadline = time.monotonic() + 0.3
        turns = 0
        while time.monotonic() < deadline:
            turns += 1
            time.sleep(0)
        assert turns > 1000, "another thread waits in the store, and this one goes on all the same"
        assert released == []
        tx.set("a", "k", 0)
        ended = time.monotonic()
    waiter.join(10)
    assert released[0] >= ended
    assert ns["k"] == 1


def test_a_function_under_the_lock_and_writers_do_not_block_each_other(store: Store, ns: Namespace) -> None:
    def change(tx: statehold.Transaction) -> int:
        found: int = tx.get("a", "k", 0)
        time.sleep(0.005)
        tx.set("a", "k", found + 1)
        return found

    def work() -> None:
        for _ in range(10):
            store.transact(change, max_retries=1000)
            ns.increment("other")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert dict(ns) == {"k": 40, "other": 40}


def test_many_callers_make_a_value_once(ns: Namespace) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        time.sleep(0.1)
        return 7

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(ns.get_or_set("k", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), found) == (1, [7] * 8)


@posix
def test_an_interrupt_ends_the_wait_for_another_ones_value(ns: Namespace) -> None:
    started, ended = threading.Event(), threading.Event()

    def make() -> int:
        started.set()
        ended.wait(20)
        return 7

    maker = threading.Thread(target=lambda: ns.get_or_set("k", make))
    maker.start()
    started.wait(10)
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ns.get_or_set("k", lambda: 8)
    assert time.monotonic() - before < 5
    ended.set()
    maker.join()
    assert ns["k"] == 7


@posix
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_is_refused_and_the_parent_unharmed(store: Store, ns: Namespace, path: Path) -> None:
    ns["k"] = 1
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told: list[Any] = []
            uses = (lambda: ns["k"], lambda: ns.set("k", 2), store.revision, lambda: statehold.open(path))
            for call in uses:
                try:
                    call()
                except ForkedError as error:
                    told.append(error.opened_by)
            with statehold.open(path.with_suffix(".own")) as own:
                told.append(own.namespace("a").increment("k"))
            os.write(write, pickle.dumps(told))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert pickle.loads(os.read(read, 10_000)) == [os.getpid()] * 4 + [1]
    assert ns.increment("k") == 2, "the parent is unharmed"


def count(path: Path, times: int) -> None:
    with statehold.open(path, durability="normal") as store:
        for _ in range(times):
            store.namespace("a").increment("k")


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_lose_no_update(path: Path, method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    children = [context.Process(target=count, args=(path, 100)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    with statehold.open(path) as store:
        assert store.namespace("a")["k"] == 300


def test_errors_travel_between_processes(ns: Namespace) -> None:
    ns["k"] = 1
    with pytest.raises(statehold.ConflictError) as caught:
        ns.set("k", 2, only_if_absent=True)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is statehold.ConflictError
    assert (str(copy), copy.fields, copy.found) == (str(caught.value), caught.value.fields, 1)


@posix
def test_another_sqlite_in_the_process_is_noticed(store: Store, ns: Namespace, path: Path) -> None:
    ns["k"] = 1
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    other.close()
    with pytest.raises(LocksLostError):
        ns["k"] = 2
    store.close()
    with statehold.open(path) as again:
        assert again.namespace("a")["k"] == 1


def test_another_process_may_look_with_sqlite(ns: Namespace, path: Path) -> None:
    ns["k"] = 1
    code = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone())
"""
    assert python(code, path).stdout == "('ok',)\n"
    ns["k"] = 2


def test_the_interpreter_ends_with_a_store_open(path: Path) -> None:
    code = """
import statehold, sys, threading
store = statehold.open(sys.argv[1])
ns = store.namespace("a")
ns["k"] = 1
items, tx = iter(ns.items()), store.transaction()
threading.Thread(target=lambda: [ns.increment("n") for _ in range(50)]).start()
print("end")
"""
    done = python(code, path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
    with statehold.open(path) as store:
        assert dict(store.namespace("a").items()) == {"k": 1, "n": 50}


def test_the_interpreter_ends_with_an_asynchronous_store_open(path: Path) -> None:
    code = """
import asyncio, statehold.aio, sys
async def main():
    store = await statehold.aio.open(sys.argv[1])
    await store.set("a", "k", 1)
asyncio.run(main())
print("end")
"""
    done = python(code, path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_importing_has_no_effects(tmp_path: Path) -> None:
    code = """
import os, sys, threading
before = set(os.listdir("."))
import statehold, statehold.aio
unneeded = {"pytest", "sqlite3"} & set(sys.modules)
print(threading.active_count(), set(os.listdir(".")) - before, unneeded)
"""
    done = python(code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("1 set() set()\n", "")


def test_opening_a_store_and_reading_a_key_load_little(path: Path) -> None:
    code = """
import sys
before = set(sys.modules)
import statehold
with statehold.open(sys.argv[1]) as store:
    store.get("a", "k")
print({"asyncio", "datetime", "enum", "logging", "re", "traceback", "typing"} & (set(sys.modules) - before))
"""
    done = python(code, path)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_misspelt_options_are_refused_with_a_hint(path: Path) -> None:
    with pytest.raises(InvalidValueError, match="did you mean `durability`") as caught:
        statehold.open(path, durabilty="full")  # type: ignore[arg-type]
    assert caught.value.path == "durabilty"
    assert not path.exists()
    wrong = {"durability": "fast", "busy_timeout": -1, "background": 1, "journal_max_rows": 0.5}
    for name, value in wrong.items():
        options: Any = {name: value}
        with pytest.raises(InvalidValueError) as caught:
            statehold.open(path, **options)
        assert caught.value.path == name


def test_a_store_closes_with_its_body(path: Path) -> None:
    with statehold.open(str(path)) as store:
        ns = store.namespace("a")
        assert (store.path, store.is_closed) == (path.resolve(), False)
    assert store.is_closed
    store.close()
    with pytest.raises(statehold.ClosedError):
        ns.get("k")
    assert "closed" in repr(store)


def test_lost_commits_are_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with statehold.open(path) as store:
        assert store.lost_commits is None
        store.set("a", "k", 1)
    older = path.read_bytes()
    with statehold.open(path) as store:
        store.set("a", "k", 2)
    assert caplog.records == []
    path.write_bytes(older)
    with caplog.at_level(logging.WARNING, "statehold"), statehold.open(path) as store:
        assert store.lost_commits == (2, 1)
    (record,) = caplog.records
    assert (record.name, "revision 1" in record.message) == ("statehold", True)
