"""The integrations beside the backends that they take the place of: LangGraph's, Django's, diskcache.

python benches/compare/integrations.py [--rounds 9] [--quick]

Each measurement runs in a process of its own. In each round every backend is measured once at everything,
those that are compared one right after the other, in a shuffled order. Prints one JSON line a
measurement, then for each group a table of medians, with the ratio of statehold to each peer. All are
opened as their documentation opens them. So LangGraph's savers and both stores of items sync each commit,
as a saver on a store does; Django's database cache does too, while its file cache, diskcache, and the two
that take their places here, do not.
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


def child(group: str, peer: str, seconds: float) -> None:
    """Prints the calls a second of each measure, for so many seconds each."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        rates = {}
        for what, work in GROUPS[group][0](peer, Path(folder)).items():
            start, number = time.perf_counter(), 0
            while time.perf_counter() - start < seconds:
                work(number)
                number += 1
            rates[what] = number / (time.perf_counter() - start)
        print(json.dumps(rates))


def in_child(group: str, peer: str, seconds: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", group, peer, "--seconds", str(seconds)]
    found: dict[str, float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    return found


def compare(
    rounds: int, seconds: float, chance: random.Random
) -> dict[tuple[str, str], list[dict[str, float]]]:
    found: dict[tuple[str, str], list[dict[str, float]]] = {
        (group, peer): [] for group, (_, peers) in GROUPS.items() for peer in peers
    }
    for round_ in range(rounds):
        turns = [
            (group, peer)
            for group in chance.sample(list(GROUPS), len(GROUPS))
            for peer in chance.sample(GROUPS[group][1], len(GROUPS[group][1]))
        ]
        for group, peer in turns:
            rates = in_child(group, peer, seconds)
            found[group, peer].append(rates)
            told = {what: round(rate) for what, rate in rates.items()}
            print(json.dumps({"round": round_, "group": group, "peer": peer, **told}), flush=True)
    return found


def table(group: str, found: dict[tuple[str, str], list[dict[str, float]]]) -> str:
    """Medians; in brackets how many times as fast statehold is, as the median over the rounds."""
    _, peers = GROUPS[group]
    lines = [f"| {group}, calls a second | " + " | ".join(peers) + " |", "|---|" + "---|" * len(peers)]
    for what in found[group, "statehold"][0]:
        own = [rates[what] for rates in found[group, "statehold"]]
        cells = []
        for peer in peers:
            theirs = [rates[what] for rates in found[group, peer]]
            ratio = statistics.median(mine / other for mine, other in zip(own, theirs, strict=True))
            cells.append(
                f"{statistics.median(theirs):,.0f}" + ("" if peer == "statehold" else f" ({ratio:.2g}x)")
            )
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="the integrations beside the backends that they replace")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2, help="for how long each measure is taken")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--quick", action="store_true", help="1 round of short measures, to see that it runs")
    parser.add_argument("--child", nargs=2, metavar=("GROUP", "PEER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child, given.seconds)
        return
    rounds, seconds = (1, 0.05) if given.quick else (given.rounds, given.seconds)
    print(f"seed {given.seed}, {rounds} rounds, {seconds} s, Python {sys.version.split()[0]}", flush=True)
    found = compare(rounds, seconds, random.Random(given.seed))
    for group in GROUPS:
        print(f"\n{table(group, found)}")


main()
