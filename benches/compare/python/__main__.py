"""statehold beside sqlite3 + orjson, diskcache, py-lmdb, rocksdict and redis, from Python.

    python benches/compare/python [--json FILE] [--only get,set] [--peers redis] [--quick]

Each measurement runs in a process of its own, which has ended, with all that it started, before the next one
begins. In each round every peer is measured once at every workload, in a shuffled order. The rate comes from
calls that are not timed one by one, the quantiles from a pass that does. Prints a table; the JSON lines go to
FILE. What is measured is in ../report.py, what each peer stores and how durable that is in peers.py.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import processes
import workloads
from inputs import MILLION
from peers import OWN, PEERS
from timing import Measured

HERE = Path(__file__).resolve().parent
PACKAGES = ("statehold", "orjson", "diskcache", "lmdb", "rocksdict", "redis")
FEW_ROUNDS = 3
"""So often a store of a million keys is made, which takes its time."""
AT_A_MILLION = ("get cold", "list 100", "set normal")
"""In this order, as the last one changes what the others look for."""
FILLED = (OWN, "sqlite3 + orjson", "py-lmdb", "rocksdict")
WORKERS = {"counter": (1, 2, 4), "readers beside a writer": (3,), "durable sets": (32,)}
ALL = (*(name for name in workloads.WORKLOADS if name != "fill"), *processes.WORKLOADS)


class Turn(NamedTuple):
    """A measurement that is to be made."""

    workload: str
    peer: str
    keys: int
    workers: int

    def run(self, folder: Path, seconds: float, seed: int) -> Measured:
        """In a process of its own."""
        given = {**self._asdict(), "folder": str(folder), "seconds": seconds, "seed": seed}
        command = [sys.executable, str(HERE), "--child", json.dumps(given)]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return cast(Measured, json.loads(output))


def task(given: dict[str, Any]) -> workloads.Task:
    chance = random.Random(given["seed"])
    folder, workers = Path(given["folder"]), given.get("workers", 1)
    peer = PEERS[given["peer"]]
    return workloads.Task(given["workload"], peer, folder, given["keys"], workers, given["seconds"], chance)


def child(given: dict[str, Any]) -> None:
    ours = task(given)
    several = processes.WORKLOADS.get(ours.workload)
    print(json.dumps(workloads.run(ours) if several is None else several(ours)))


def turns(given: argparse.Namespace, peers: list[str]) -> list[Turn]:
    found = []
    for workload in ALL:
        if not wanted(workload, given):
            continue
        for name in peers:
            peer = PEERS[name]
            if workload in peer.without or (peer.only is not None and workload not in peer.only):
                continue
            found += [Turn(workload, name, given.keys, workers) for workers in WORKERS.get(workload, (1,))]
    return found


def wanted(workload: str, given: argparse.Namespace) -> bool:
    return given.only is None or any(workload.startswith(word) for word in given.only.split(","))


def rounds(given: argparse.Namespace, peers: list[str]) -> Iterator[tuple[Turn, int, Measured]]:
    chance = random.Random(given.seed)
    for round_ in range(given.rounds):
        order = turns(given, peers)
        chance.shuffle(order)
        for turn in order:
            with tempfile.TemporaryDirectory(dir=given.folder, ignore_cleanup_errors=True) as folder:
                yield turn, round_, turn.run(Path(folder), given.seconds, given.seed + round_)
        if round_ < FEW_ROUNDS and given.many_keys:
            filled = [peer for peer in FILLED if peer in peers]
            for peer in chance.sample(filled, len(filled)):
                yield from at_a_million(given, peer, round_)


def at_a_million(given: argparse.Namespace, peer: str, round_: int) -> Iterator[tuple[Turn, int, Measured]]:
    """One store, which each measurement opens anew."""
    chosen = [workload for workload in AT_A_MILLION if wanted(workload, given)]
    if not chosen:
        return
    with tempfile.TemporaryDirectory(dir=given.folder, ignore_cleanup_errors=True) as folder:
        for workload in ("fill", *chosen):
            turn = Turn(workload, peer, given.many_keys, 1)
            yield turn, round_, turn.run(Path(folder), given.seconds, given.seed + round_)


def machine() -> dict[str, Any]:
    versions = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": versions,
    }


def write(output: TextIO | None, line: dict[str, Any]) -> None:
    if output is not None:
        print(json.dumps({"language": "python", **line}), file=output, flush=True)


def compare(given: argparse.Namespace, output: TextIO | None) -> None:
    # What reads the lines of all languages makes the table too.
    sys.path.append(str(HERE.parent))
    from results import Results

    peers = []
    for name, peer in PEERS.items():
        why = peer.missing()
        if why is not None:
            print(f"without {name}: {why}", file=sys.stderr)
        elif given.peers is None or name == OWN or name in given.peers.split(","):
            peers.append(name)
    here = machine()
    write(output, {"machine": here})
    lines = []
    for turn, round_, measured in rounds(given, peers):
        rounded = {name: round(value, 2) for name, value in measured.items() if value is not None}
        line = {"language": "python", **turn._asdict(), "round": round_, **rounded}
        write(output, line)
        lines.append(line)
        if sys.stderr.isatty():
            print(f"\r{len(lines)} measured", end="", file=sys.stderr)
    print(f"\nseed {given.seed}, {given.rounds} rounds, {json.dumps(here)}\n")
    print(Results(lines).table("python"))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python benches/compare/python", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--many-keys", type=int, default=MILLION, help="of the large store; 0: none")
    parser.add_argument("--seconds", type=float, default=0.25, help="for how long a rate is taken, about")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the JSON lines go")
    parser.add_argument("--only", metavar="WORDS", help="workloads that begin with one of them: get,set")
    parser.add_argument("--peers", metavar="NAMES", help="statehold and these: sqlite3 + orjson,py-lmdb")
    parser.add_argument("--folder", type=Path, help="where the stores are made, on the disk that is meant")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child)
        return
    if given.worker is not None:
        processes.work(given.worker["role"], task(given.worker))
        return
    if given.quick:
        given.rounds, given.keys, given.many_keys, given.seconds = 1, 2_000, 0, 0.02
    if given.json is None:
        compare(given, None)
    else:
        with given.json.open("w") as output:
            compare(given, output)


main()
