"""statehold beside sqlite3 + orjson and diskcache: get, set at two durabilities, get of a missing key.

    python benches/compare/python.py [--rounds 7] [--keys 10000] [--quick]

Each measurement runs in a process of its own, so that there are never two copies of SQLite in one process.
In each round every peer is measured once, in a shuffled order. Values are JSON objects of 100 bytes, another
one at each overwrite: an identical one would write nothing. Prints one JSON line a measurement, then a table
of medians, with the ratio of statehold to each peer. Every peer takes an object and gives one: statehold and
sqlite3 hold it as JSON, diskcache as a pickle. statehold also writes its journal; the others keep none.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

MEASURES = ("get", "missing", "set normal", "set full")
# A set at full durability waits for the disk; so many show it.
FULL_SETS = 2_000


class Peer(NamedTuple):
    """A store under test, open at one durability."""

    get: Callable[[str], Any]
    set: Callable[[str, Any], Any]


def open_statehold(path: Path, durability: str) -> Peer:
    import statehold

    namespace = statehold.open(path, durability=durability).namespace("bench")
    # The methods themselves, as a program has them at hand.
    return Peer(namespace.get, namespace.set)


def open_sqlite(path: Path, durability: str) -> Peer:
    """What one would write by hand: WAL, one table, statements that Python's module keeps prepared."""
    import orjson

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {durability}")
    connection.execute("CREATE TABLE entry (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def get(key: str) -> Any:
        row = connection.execute("SELECT value FROM entry WHERE key = ?", (key,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set_(key: str, value: Any) -> None:
        text = orjson.dumps(value).decode()
        connection.execute(
            "INSERT INTO entry VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2", (key, text)
        )

    return Peer(get, set_)


def open_diskcache(path: Path, durability: str) -> Peer:
    """With nothing ever evicted, so that it does no more than the others."""
    import diskcache

    synchronous = {"normal": 1, "full": 2}[durability]
    cache = diskcache.Cache(str(path), eviction_policy="none", sqlite_synchronous=synchronous)
    return Peer(cache.get, cache.set)


PEERS = {"statehold": open_statehold, "sqlite3 + orjson": open_sqlite, "diskcache": open_diskcache}


def value(number: int, version: int) -> dict[str, Any]:
    """An object whose JSON text has 100 bytes."""
    made: dict[str, Any] = {"id": 100_000 + number, "name": f"user {100_000 + number}", "on": True, "pad": ""}
    made["version"] = 100_000 + version
    room = 100 - len(json.dumps(made, separators=(",", ":")))
    made["pad"] = "x" * room
    return made


def measure(peer: Peer, what: str, keys: int, seed: int) -> float:
    """Operations a second, over every key once in random order."""
    chance = random.Random(seed)
    numbers = list(range(keys))
    for number in numbers:
        peer.set(f"key:{number:06}", value(number, 0))
    chance.shuffle(numbers)
    if what.startswith("set"):
        pairs = [(f"key:{number:06}", value(number, 1)) for number in numbers]
        pairs = pairs[:FULL_SETS] if what == "set full" else pairs
        start = time.perf_counter()
        for key, changed in pairs:
            peer.set(key, changed)
        return len(pairs) / (time.perf_counter() - start)
    prefix = "none" if what == "missing" else "key"
    names = [f"{prefix}:{number:06}" for number in numbers]
    expected = None if what == "missing" else value(numbers[-1], 0)
    start = time.perf_counter()
    for name in names:
        found = peer.get(name)
    seconds = time.perf_counter() - start
    assert found == expected, f"{found} instead of {expected}"
    return len(names) / seconds


def in_child(peer: str, what: str, keys: int, seed: int) -> float:
    """Measures in a process of its own, which has ended before the next one begins."""
    command = [sys.executable, __file__, "--child", peer, what, "--keys", str(keys), "--seed", str(seed)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def child(peer: str, what: str, keys: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        durability = "full" if what == "set full" else "normal"
        print(measure(PEERS[peer](Path(folder) / "bench", durability), what, keys, seed))


def compare(rounds: int, keys: int, seed: int) -> dict[tuple[str, str], list[float]]:
    chance = random.Random(seed)
    found: dict[tuple[str, str], list[float]] = {(what, peer): [] for what in MEASURES for peer in PEERS}
    for round_ in range(rounds):
        turns = list(found)
        chance.shuffle(turns)
        for what, peer in turns:
            per_second = in_child(peer, what, keys, seed + round_)
            found[what, peer].append(per_second)
            print(
                json.dumps({"round": round_, "what": what, "peer": peer, "per_second": round(per_second)}),
                flush=True,
            )
    return found


def table(found: dict[tuple[str, str], list[float]]) -> str:
    """Medians; in brackets how many times as fast statehold is, as the median over the rounds."""
    lines = ["| operations a second | " + " | ".join(PEERS) + " |", "|---|" + "---|" * len(PEERS)]
    for what in MEASURES:
        own = found[what, "statehold"]
        cells = []
        for peer in PEERS:
            rates = found[what, peer]
            ratio = statistics.median(mine / theirs for mine, theirs in zip(own, rates, strict=True))
            cells.append(
                f"{statistics.median(rates):,.0f}" + ("" if peer == "statehold" else f" ({ratio:.2f}x)")
            )
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="statehold beside other stores, from Python")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--quick", action="store_true", help="3 rounds of 2,000 keys, to see that it runs")
    parser.add_argument("--child", nargs=2, metavar=("PEER", "WHAT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child, given.keys, given.seed)
        return
    rounds, keys = (3, 2_000) if given.quick else (given.rounds, given.keys)
    print(f"seed {given.seed}, {rounds} rounds, {keys} keys, Python {sys.version.split()[0]}", flush=True)
    print(f"\n{table(compare(rounds, keys, given.seed))}")


main()
