"""The integrations beside the backends that they take the place of: LangGraph's, Django's, diskcache.

    python benches/compare/integrations.py [--rounds 60] [--quick]

Each backend runs in a process of its own. Of each measure there are many short rounds, in which those that
are compared take turns in a shuffled order, so that what else the machine does befalls all of them. Prints
one JSON line a measure, then for each group a table of medians, with the ratio of statehold to each peer,
which is the median of the ratios of the rounds. All are opened as their documentation opens them. So
LangGraph's savers and both stores of items sync each commit, as a saver on a store does; Django's database
cache does too, while its file cache, diskcache, and the two that take their places here, do not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

VALUE = {"id": 123_456, "name": "user 123456", "on": True, "tags": ["a", "b"], "text": "x" * 100}
Work = Callable[[int], Any]
"""What is measured, as a function of the number of the call."""
THREAD: Any = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}


class Steps(TypedDict):
    count: int


def savers(peer: str, folder: Path) -> dict[str, Work]:
    """Checkpoints of about 3 KB in a thread of 200."""
    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.checkpoint.base.id import uuid6
    from langgraph.graph import START, StateGraph

    if peer == "statehold":
        import statehold
        from statehold.integrations.langgraph import StateholdSaver

        saver: Any = StateholdSaver(statehold.open(folder / "a.db"))
    else:
        import sqlite3

        from langgraph.checkpoint.sqlite import SqliteSaver

        saver = SqliteSaver(sqlite3.connect(folder / "a.db", check_same_thread=False))
    values = {"messages": [{"role": "user", "content": "x" * 250}] * 10, "count": 1, "user": VALUE}

    def put(number: int) -> Any:
        checkpoint = {**empty_checkpoint(), "id": str(uuid6()), "channel_values": values}
        return saver.put(THREAD, checkpoint, {"source": "loop", "step": number}, {})

    stored = [put(number) for number in range(200)][-1]
    graph: Any = StateGraph(Steps)
    for name, after in (("a", START), ("b", "a"), ("c", "b")):
        graph.add_node(name, lambda state: {"count": state["count"] + 1})
        graph.add_edge(after, name)
    compiled = graph.compile(checkpointer=saver)
    return {
        "put": put,
        "put_writes": lambda number: saver.put_writes(
            stored, [("a", VALUE), ("b", number)], f"task {number}"
        ),
        "get_tuple, the last": lambda number: saver.get_tuple(THREAD),
        "list, the last 10": lambda number: list(saver.list(THREAD, limit=10)),
        "invoke, three nodes": lambda number: compiled.invoke(
            {"count": 0}, {"configurable": {"thread_id": f"run {number}"}}
        ),
    }


def memories(peer: str, folder: Path) -> dict[str, Work]:
    """500 items in ten namespaces."""
    if peer == "statehold":
        import statehold
        from statehold.integrations.langgraph import StateholdStore

        memory: Any = StateholdStore(statehold.open(folder / "a.db"))
    else:
        import sqlite3

        from langgraph.store.sqlite import SqliteStore

        memory = SqliteStore(sqlite3.connect(folder / "a.db", check_same_thread=False, isolation_level=None))
        memory.setup()
    for number in range(500):
        memory.put(("users", str(number % 10)), str(number), {**VALUE, "number": number})
    return {
        "put": lambda number: memory.put(("users", "1"), f"new {number}", VALUE),
        "get": lambda number: memory.get(("users", "1"), str(number % 50 * 10 + 1)),
        "search, 10 of 50": lambda number: memory.search(("users", "2"), filter={"on": True}),
        "list_namespaces": lambda number: memory.list_namespaces(),
    }


def caches(peer: str, folder: Path) -> dict[str, Work]:
    """500 entries, and room for many more."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    backend, location = {
        "statehold": ("statehold.integrations.django.StateholdCache", str(folder / "a.db")),
        "database": ("django.core.cache.backends.db.DatabaseCache", "entries"),
        "files": ("django.core.cache.backends.filebased.FileBasedCache", str(folder / "files")),
    }[peer]
    settings.configure(
        CACHES={"default": {"BACKEND": backend, "LOCATION": location, "OPTIONS": {"MAX_ENTRIES": 100_000}}},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.db")}},
    )
    django.setup()
    if peer == "database":
        call_command("createcachetable", verbosity=0)
    from django.core.cache import cache

    for number in range(500):
        cache.set(f"key:{number}", VALUE, 3600)
    cache.set("n", 0)
    return {
        "get": lambda number: cache.get(f"key:{number % 500}"),
        "get, missing": lambda number: cache.get(f"none:{number}"),
        "get_many, 20": lambda number: cache.get_many([f"key:{number % 25 * 20 + at}" for at in range(20)]),
        "set": lambda number: cache.set(f"key:{number % 500}", {**VALUE, "id": number}, 3600),
        "set_many, 20": lambda number: cache.set_many(
            {f"key:{at}": {**VALUE, "id": number} for at in range(20)}
        ),
        "incr": lambda number: cache.incr("n"),
    }


def disk_caches(peer: str, folder: Path) -> dict[str, Work]:
    """2,000 items."""
    if peer == "statehold":
        from statehold.integrations.diskcache import Cache

        cache: Any = Cache(folder)
    else:
        import diskcache

        cache = diskcache.Cache(folder)
    for number in range(2000):
        cache.set(f"key:{number}", VALUE)
    return {
        "get": lambda number: cache.get(f"key:{number % 2000}"),
        "get, missing": lambda number: cache.get(f"none:{number}"),
        "set": lambda number: cache.set(f"key:{number % 2000}", {**VALUE, "id": number}),
        "set, a new key": lambda number: cache.set(f"new:{number}", VALUE),
        "set, with tag and expiry": lambda number: cache.set(f"tag:{number}", VALUE, expire=60, tag="t"),
        "incr": lambda number: cache.incr("n"),
        "the first 100 keys": lambda number: list(itertools.islice(cache, 100)),
    }


GROUPS = {
    "LangGraph's checkpoints": (savers, ("statehold", "langgraph-checkpoint-sqlite")),
    "LangGraph's memory": (memories, ("statehold", "langgraph-checkpoint-sqlite")),
    "Django's caches": (caches, ("statehold", "database", "files")),
    "diskcache": (disk_caches, ("statehold", "diskcache")),
}


class Peer:
    """A backend in a process of its own, which works when it is told to."""

    def __init__(self, group: str, peer: str) -> None:
        command = [sys.executable, __file__, "--child", group, peer]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.measures: list[str] = self._read()

    def rate(self, what: str, seconds: float) -> float:
        """Calls a second, over so many seconds."""
        assert self._process.stdin is not None
        print(json.dumps([what, seconds]), file=self._process.stdin, flush=True)
        return float(self._read())

    def close(self) -> None:
        self._process.communicate()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def child(group: str, peer: str) -> None:
    """Says what it can measure, and then measures what it is asked for."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        measures = GROUPS[group][0](peer, Path(folder))
        print(json.dumps(list(measures)), flush=True)
        numbers = itertools.count()
        for line in sys.stdin:
            what, seconds = json.loads(line)
            work, calls, start = measures[what], 0, time.perf_counter()
            while time.perf_counter() - start < seconds:
                work(next(numbers))
                calls += 1
            print(calls / (time.perf_counter() - start), flush=True)


Rates = dict[str, dict[str, list[float]]]
"""For each measure and peer the rates of all rounds."""


def compare(group: str, rounds: int, seconds: float, chance: random.Random) -> Rates:
    peers = {name: Peer(group, name) for name in GROUPS[group][1]}
    found: Rates = {}
    for what in peers["statehold"].measures:
        found[what] = {name: [] for name in peers}
        for _ in range(rounds):
            for name in chance.sample(list(peers), len(peers)):
                found[what][name].append(peers[name].rate(what, seconds))
        medians = {name: round(statistics.median(rates)) for name, rates in found[what].items()}
        print(json.dumps({"group": group, "what": what, **medians}), flush=True)
    for peer in peers.values():
        peer.close()
    return found


def table(group: str, found: Rates) -> str:
    """Medians; in brackets how many times as fast statehold is, as the median over the rounds."""
    _, peers = GROUPS[group]
    lines = ["| calls a second | " + " | ".join(peers) + " |", "|---|" + "---|" * len(peers)]
    for what, rates in found.items():
        cells = [f"{statistics.median(rates['statehold']):,.0f}"]
        for peer in peers[1:]:
            ratios = [mine / theirs for mine, theirs in zip(rates["statehold"], rates[peer], strict=True)]
            ratio = statistics.median(ratios)
            shown = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 2 else f"{ratio:.2f}"
            cells.append(f"{statistics.median(rates[peer]):,.0f} ({shown}x)")
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="the integrations beside the backends that they replace")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=0.03, help="for how long a round measures")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--quick", action="store_true", help="2 rounds, to see that it runs")
    parser.add_argument("--child", nargs=2, metavar=("GROUP", "PEER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    rounds = 2 if given.quick else given.rounds
    python = sys.version.split()[0]
    print(f"seed {given.seed}, {rounds} rounds of {given.seconds} s, Python {python}", flush=True)
    chance = random.Random(given.seed)
    tables = [table(group, compare(group, rounds, given.seconds, chance)) for group in GROUPS]
    for group, text in zip(GROUPS, tables, strict=True):
        print(f"\n{group}:\n\n{text}")


main()
