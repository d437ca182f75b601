"""The workloads of one process: each makes its inputs, opens the store, and measures."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import timing
from inputs import MILLION, MODIFY, READ, Step, Value, changes, key, size_of_values, value, ycsb
from stores import Durability, Peer, Store, no_server
from timing import Measured

BATCH = 1_000


class Task(NamedTuple):
    """One measurement."""

    workload: str
    peer: Peer
    folder: Path
    keys: int
    workers: int
    seconds: float
    """For how long a rate is taken, where that is up to the bench; the fixed counts go with it."""
    chance: random.Random

    @property
    def durability(self) -> Durability:
        return "full" if self.workload in ("set full", "durable sets", "counter") else "normal"

    def open(self) -> Store:
        return self.peer.open(self.folder, self.durability, self.workload == "get cold")

    def some(self, of_default: int) -> int:
        """A count that fits to how long is measured, which is 0.25 s by default."""
        return max(100, round(of_default * self.seconds / 0.25))


def fill(store: Store, keys: int) -> None:
    """Puts the keys in, in their order, in transactions of 1,000."""
    assert store.batch_set is not None
    for start in range(0, keys, BATCH):
        numbers = range(start, min(start + BATCH, keys))
        store.batch_set({key(number): value(number, 0, size_of_values(keys)) for number in numbers})


def reads(task: Task) -> Callable[[Store], Measured]:
    """Over keys in random order, all of which have been asked for once."""
    absent = task.workload == "get missing"
    numbers = task.chance.sample(range(task.keys), min(task.keys, task.some(20_000)))
    names = [f"none:{number:06}" if absent else key(number) for number in numbers]
    expected = None if absent else value(numbers[-1], 0, size_of_values(task.keys))

    def measure(store: Store) -> Measured:
        get = store.get

        def once() -> int:
            for name in names:
                get(name)
            return len(names)

        once()
        rate = timing.repeated(once, task.seconds)
        assert get(names[-1]) == expected, f"{get(names[-1])} instead of {expected}"
        return {"per_second": rate, **timing.of_calls(get, names[: task.some(10_000)])}

    return measure


def writes(task: Task) -> Callable[[Store], Measured]:
    """Overwrites; those at `full` wait for the disk, and fewer of them show it."""
    count = task.some(1_000 if task.workload == "set full" else 20_000)
    first = changes(task.keys, count, 1, task.chance)
    second = changes(task.keys, max(100, count // 4), 2, task.chance)

    def measure(store: Store) -> Measured:
        set_ = store.set

        def once() -> int:
            for name, changed in first:
                set_(name, changed)
            return len(first)

        rate = timing.once(once)
        found = timing.of_calls(lambda pair: set_(*pair), second)
        assert store.get(second[-1][0]) == second[-1][1]
        return {"per_second": rate, **found}

    return measure


def batch_reads(task: Task) -> Callable[[Store], Measured]:
    names = [[key(number) for number in task.chance.sample(range(task.keys), BATCH)] for _ in range(10)]

    def measure(store: Store) -> Measured:
        batch_get = store.batch_get
        assert batch_get is not None

        def once() -> int:
            for some in names:
                batch_get(some)
            return len(names)

        once()
        rate = timing.repeated(once, task.seconds)
        assert len(batch_get(names[0])) == BATCH
        return {"per_second": rate, **timing.of_calls(batch_get, names * 5)}

    return measure


def batch_writes(task: Task) -> Callable[[Store], Measured]:
    # None has the same value for a key as one before, nor as the one that is there.
    many = [dict(changes(task.keys, BATCH, version, task.chance)) for version in range(1, task.some(60) + 1)]
    half = len(many) // 2

    def measure(store: Store) -> Measured:
        batch_set = store.batch_set
        assert batch_set is not None

        def once() -> int:
            for entries in many[:half]:
                batch_set(entries)
            return half

        return {"per_second": timing.once(once), **timing.of_calls(batch_set, many[half:])}

    return measure


def lists(task: Task) -> Callable[[Store], Measured]:
    prefixes = [f"key:{task.chance.randrange(task.keys // 100):04}" for _ in range(100)]

    def measure(store: Store) -> Measured:
        list_ = store.list
        assert list_ is not None

        def some() -> int:
            # In steps of ten, as some take a tenth of a second for one.
            for prefix in task.chance.sample(prefixes, 10):
                list_(prefix)
            return 10

        expected = [f"{prefixes[0]}{number:02}" for number in range(100)]
        assert list_(prefixes[0]) == expected
        rate = timing.repeated(some, task.seconds)
        return {"per_second": rate, **timing.of_calls(list_, prefixes[: 100 if rate > 1_000 else 10])}

    return measure


def mixes(task: Task) -> Callable[[Store], Measured]:
    steps = ycsb(task.workload[-1], task.keys, task.some(25_000), task.chance)
    warm = [key(number) for number in range(task.keys)]
    rated, rest = steps[: len(steps) * 4 // 5], steps[len(steps) * 4 // 5 :]

    def measure(store: Store) -> Measured:
        get, set_ = store.get, store.set

        def play(steps: Iterable[Step]) -> None:
            for kind, name, changed in steps:
                if kind == READ:
                    get(name)
                elif kind == MODIFY:
                    found = get(name)
                    found["version"] = changed["version"]
                    set_(name, found)
                else:
                    set_(name, changed)

        def once() -> int:
            play(rated)
            return len(rated)

        for name in warm:
            get(name)
        return {"per_second": timing.once(once), **timing.of_calls(lambda step: play((step,)), rest)}

    return measure


def durable_sets(task: Task) -> Callable[[Store], Measured]:
    """By threads, each of which sets keys of its own choice, one after the other."""
    count = task.some(100)
    work = [changes(task.keys, count, 1 + number, task.chance) for number in range(task.workers)]

    def measure(store: Store) -> Measured:
        def thread(pairs: list[tuple[str, Value]]) -> list[int]:
            own = task.open() if task.peer.per_thread else store
            taken: list[int] = []
            clock = time.perf_counter_ns
            for name, changed in pairs:
                start = clock()
                own.set(name, changed)
                taken.append(clock() - start)
            if own is not store:
                own.close()
            return taken

        taken: list[int] = []

        def once() -> int:
            with ThreadPoolExecutor(task.workers) as pool:
                for some in pool.map(thread, work):
                    taken.extend(some)
            return len(taken)

        return {"per_second": timing.once(once), **timing.latencies(taken)}

    return measure


def fills(task: Task) -> Callable[[Store], Measured]:
    def measure(store: Store) -> Measured:
        def once() -> int:
            fill(store, task.keys)
            return task.keys // BATCH

        return {"per_second": timing.once(once)}

    return measure


WORKLOADS: dict[str, Callable[[Task], Callable[[Store], Measured]]] = {
    "get cached": reads,
    "get cold": reads,
    "get missing": reads,
    "set normal": writes,
    "set full": writes,
    "batch get": batch_reads,
    "batch set": batch_writes,
    "list 100": lists,
    **{f"ycsb {mix}": mixes for mix in "abcdf"},
    "durable sets": durable_sets,
    "fill": fills,
}


def run(task: Task) -> Measured:
    """Measures in this process. A store of a million keys is there already, or is what is made."""
    measure = WORKLOADS[task.workload](task)
    before = timing.resident_bytes(highest=False)
    with task.peer.server(task.folder, task.durability):
        store = task.open()
        if task.keys < MILLION and task.workload != "fill":
            fill(store, task.keys)
        measured = measure(store)
        after = timing.resident_bytes(highest=True)
        store.close()
        files = timing.file_bytes(task.folder)
    # The server of one that has a server is another process.
    served = task.peer.server is not no_server
    memory = None if before is None or after is None or served else max(0, after - before)
    return {**measured, "rss_bytes": memory, "file_bytes": files}
