"""The workloads of several processes: each opens the store itself, and all begin when the last is ready."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import timing
from inputs import changes, key
from peers import PEERS
from stores import Store
from timing import Measured
from workloads import Task, fill

HERE = Path(__file__).parent
COUNTER = "counter"
COMMITS_A_SECOND = 100
OPENINGS = 5


class Worker:
    """A process of a measurement, which this one starts, and has ended before it goes on."""

    def __init__(self, task: Task, role: str, number: int) -> None:
        given: dict[str, Any] = {"role": role, "folder": str(task.folder), "keys": task.keys}
        given |= {"workload": task.workload, "peer": name_of(task), "seconds": task.seconds}
        given |= {"seed": task.chance.randrange(1 << 30) + number}
        command = [sys.executable, str(HERE), "--worker", json.dumps(given)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ready(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "a worker has failed"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> Measured:
        output, _ = self._process.communicate()
        assert self._process.returncode == 0, "a worker has failed"
        return cast(Measured, json.loads(output))

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def name_of(task: Task) -> str:
    return next(name for name, peer in PEERS.items() if peer is task.peer)


def together(task: Task, roles: list[str]) -> list[Measured]:
    """What each worker has measured."""
    workers = [Worker(task, role, number) for number, role in enumerate(roles)]
    try:
        for worker in workers:
            worker.ready()
        for worker in workers:
            worker.go()
        return [worker.result() for worker in workers]
    finally:
        for worker in workers:
            worker.end()


def prepared(task: Task) -> Store:
    store = task.open()
    fill(store, task.keys)
    return store


def counter(task: Task) -> Measured:
    """Increments of one key, each timed: beside a sync to the disk that is nothing."""
    with task.peer.server(task.folder, task.durability):
        prepared(task).close()
        found = together(task, ["count"] * task.workers)
        store = task.open()
        counted, total = store.get(COUNTER), sum(each["count"] for each in found)
        store.close()
    assert counted == total, f"{counted} counted of {total} increments"
    taken = [nanoseconds for each in found for nanoseconds in each["taken"]]
    return {"per_second": sum(each["per_second"] for each in found), **timing.latencies(taken)}


def readers(task: Task) -> Measured:
    with task.peer.server(task.folder, task.durability):
        prepared(task).close()
        *found, writer = together(task, ["read"] * task.workers + ["write"])
    rate = sum(each["per_second"] for each in found)
    return {"per_second": rate, "commits_per_second": writer["per_second"]}


def openings(task: Task) -> Measured:
    """Of a store that is there, in fresh processes one after the other: their median."""
    prepared(task).close()
    command = [sys.executable, str(HERE / "opening.py"), name_of(task), str(task.folder)]
    column = 0 if task.workload == "import and open" else 1
    seconds = []
    for _ in range(OPENINGS):
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds.append(float(output.split()[column]))
    median = statistics.median(seconds)
    return {"per_second": 1 / median, "p50_us": median * 1e6, "max_us": max(seconds) * 1e6}


WORKLOADS: dict[str, Callable[[Task], Measured]] = {
    "counter": counter,
    "readers beside a writer": readers,
    "open": openings,
    "import and open": openings,
}


def begin() -> None:
    """A worker is ready, and waits for the others."""
    print("ready", flush=True)
    assert sys.stdin.readline() == "go\n"


def count(task: Task, seconds: float) -> Measured:
    store = task.open()
    increment, clock = store.increment, time.perf_counter_ns
    assert increment is not None
    begin()
    taken: list[int] = []
    first = clock()
    end = first + round(seconds * 1e9)
    while clock() < end:
        start = clock()
        increment(COUNTER)
        taken.append(clock() - start)
    rate = len(taken) / (clock() - first) * 1e9
    store.close()
    return {"count": len(taken), "per_second": rate, "taken": taken}


def read(task: Task, seconds: float) -> Measured:
    names = [key(number) for number in task.chance.sample(range(task.keys), task.keys)]
    store = task.open()
    get = store.get
    found = [get(name) for name in names]
    assert None not in found
    # Few at a time, so that the end is met.
    parts = [names[at : at + 100] for at in range(0, len(names), 100)]
    at = 0

    def some() -> int:
        nonlocal at
        at += 1
        for name in parts[at % len(parts)]:
            get(name)
        return 100

    begin()
    rate = timing.repeated(some, seconds)
    store.close()
    return {"per_second": rate}


def write(task: Task, seconds: float) -> Measured:
    count = math.ceil(seconds * COMMITS_A_SECOND)
    pairs = changes(task.keys, count, 1, task.chance)
    store = task.open()
    begin()
    start = time.perf_counter()
    for number, (name, changed) in enumerate(pairs):
        time.sleep(max(0, start + number / COMMITS_A_SECOND - time.perf_counter()))
        store.set(name, changed)
    rate = len(pairs) / (time.perf_counter() - start)
    store.close()
    return {"per_second": rate}


ROLES = {"count": count, "read": read, "write": write}


def work(role: str, task: Task) -> None:
    """What a worker does, four times as long as a rate is taken elsewhere, so that all are under way."""
    print(json.dumps(ROLES[role](task, 4 * task.seconds)))
