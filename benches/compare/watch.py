"""How soon a watch in one language tells what a process in another has committed, and what waiting costs.

    python benches/compare/watch.py [--commits 300] [--idle 10] [--programs target/release] [--quick]

On one store: a watcher in Rust (the program `statehold`), in Python, in Python under asyncio and in Node,
each a process of its own that prints the key of each change; and a writer in each language (those of
`tests/workers`) that commits what this program asks it for, at durability `normal`, after pauses of random
length. Both times are taken here: when a writer is asked, and when a watcher's line is there. So the figures
hold the commit and two pipes besides the watch; the column "answered" shows how much that is: it ends when
the writer has said that it committed. Every watcher must tell every commit, once and in order. Then the
writers end, and what CPU time each watcher takes of an idle store is read from /proc, on Linux, which counts
in hundredths of a second. Prints two tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORKERS = ROOT / "tests" / "workers"
WRITERS = ("Rust", "Python", "Node")
WATCHERS = ("Rust", "Python", "asyncio", "Node")
# The longest pause between two commits; the shortest is none, so that a watcher is also met while it is busy.
PAUSE_S = 0.05
PATIENCE_S = 30.0


def start(stack: ExitStack, command: list[str]) -> subprocess.Popen[str]:
    """Starts a process that ends with the stack."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


class Writer:
    """A process that commits what it is asked for."""

    def __init__(self, stack: ExitStack, language: str, programs: Path, path: Path) -> None:
        command = {
            "Rust": [str(programs / "statehold-test-worker")],
            "Python": [sys.executable, "-B", str(WORKERS / "worker.py")],
            "Node": ["node", str(WORKERS / "worker.mjs")],
        }
        self.language = language
        self._process = start(stack, command[language])
        self._ask(do="open", path=str(path), durability="normal")

    def put(self, key: str) -> None:
        self._ask(do="put", ns="bench", key=key, value=1)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, **asked: Any) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '"it ended without an answer"')
        assert "ok" in answer, f"the writer in {self.language}: {answer}"


class Watcher:
    """A process that prints the keys of changes, and when each of them was there."""

    def __init__(self, stack: ExitStack, kind: str, programs: Path, path: Path) -> None:
        command = {
            "Rust": [str(programs / "statehold"), "--store", str(path), "--json", "watch", "bench"],
            "Python": [sys.executable, "-B", __file__, "--child", "Python", str(path)],
            "asyncio": [sys.executable, "-B", __file__, "--child", "asyncio", str(path)],
            "Node": ["node", str(HERE / "watch.mjs"), str(path)],
        }
        self.kind = kind
        self.told: list[tuple[str, float]] = []
        self._key: Callable[[str], str] = (
            (lambda line: json.loads(line)["key"]) if kind == "Rust" else str.strip
        )
        self._process = start(stack, command[kind])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            now = time.perf_counter()
            self.told.append((self._key(line), now))

    def wait_for(self, key: str, patience_s: float) -> bool:
        """Whether the last change that it told is this one, in so many seconds."""
        end = time.perf_counter() + patience_s
        while time.perf_counter() < end:
            if self.told and self.told[-1][0] == key:
                return True
            assert self._process.poll() is None, f"the watcher in {self.kind} has ended"
            time.sleep(0.01)
        return False

    def cpu_s(self) -> float:
        """The CPU time that it has taken so far, user and system, of all its threads."""
        # After the name, which may hold anything and ends with the last bracket; proc(5) counts from 1.
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[14 - 3]) + int(fields[15 - 3])) / os.sysconf("SC_CLK_TCK")


class Commit(NamedTuple):
    """What a writer was asked for, when, and when it said that it was done."""

    language: str
    key: str
    asked: float
    answered: float


def commit_until_all_watch(writer: Writer, watchers: list[Watcher]) -> None:
    """Returns when each watcher has begun, and has told the last commit."""
    for number in range(int(PATIENCE_S / 0.5)):
        writer.put(f"begin:{number}")
        if all(watcher.wait_for(f"begin:{number}", 0.5) for watcher in watchers):
            break
    else:
        raise TimeoutError("not all watchers tell what is committed")
    for watcher in watchers:
        watcher.told.clear()


def commit(
    writers: list[Writer], watchers: list[Watcher], commits: int, chance: random.Random
) -> list[Commit]:
    """So many commits by each writer, in random order; returns when each watcher has told the last one."""
    turns = writers * commits
    chance.shuffle(turns)
    made = []
    for number, writer in enumerate(turns):
        time.sleep(chance.uniform(0, PAUSE_S))
        key, asked = f"{writer.language}:{number}", time.perf_counter()
        writer.put(key)
        made.append(Commit(writer.language, key, asked, time.perf_counter()))
    for watcher in watchers:
        watcher.wait_for(made[-1].key, PATIENCE_S)
        told = [key for key, _ in watcher.told]
        assert told == [one.key for one in made], (
            f"the watcher in {watcher.kind} left out or repeated something"
        )
    return made


def cell(seconds: list[float]) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    figures = (
        statistics.median(seconds),
        statistics.quantiles(seconds, n=100, method="inclusive")[98],
        max(seconds),
    )
    return " / ".join(f"{figure * 1000:.2f}" for figure in figures)


def delays(made: list[Commit], watchers: list[Watcher]) -> str:
    heads = [f"to {watcher.kind}" for watcher in watchers]
    lines = [f"| from | {' | '.join(heads)} | answered |", "|---|" + "---|" * (len(watchers) + 1)]
    for language in WRITERS:
        own = [(at, one) for at, one in enumerate(made) if one.language == language]
        cells = [cell([watcher.told[at][1] - one.asked for at, one in own]) for watcher in watchers]
        answered = cell([one.answered - one.asked for _, one in own])
        lines.append(f"| {language} | {' | '.join(cells)} | {answered} |")
    return "\n".join(lines)


def idleness(watchers: list[Watcher], seconds: float) -> str:
    before, start = [watcher.cpu_s() for watcher in watchers], time.perf_counter()
    time.sleep(seconds)
    spent = time.perf_counter() - start
    shares = [(watcher.cpu_s() - was) / spent for watcher, was in zip(watchers, before, strict=True)]
    heads = " | ".join(watcher.kind for watcher in watchers)
    return "\n".join(
        [
            f"| idle | {heads} |",
            "|---|" + "---|" * len(watchers),
            "| of a core | " + " | ".join(f"{share:.2%}" for share in shares) + " |",
        ]
    )


def measure(programs: Path, commits: int, idle_s: float, chance: random.Random) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        path = Path(folder) / "bench.db"
        # The first of them makes the store, which the program `statehold` wants to be there.
        writers = [Writer(stack, language, programs, path) for language in WRITERS]
        watchers = [Watcher(stack, kind, programs, path) for kind in WATCHERS]
        commit_until_all_watch(writers[0], watchers)
        made = commit(writers, watchers, commits, chance)
        print(f"milliseconds: median / p99 / longest\n\n{delays(made, watchers)}", flush=True)
        for writer in writers:
            writer.end()
        if sys.platform == "linux":
            # What is done after the last commits, as the move of the log into the file, is no idling.
            time.sleep(3)
            print(f"\n{idleness(watchers, idle_s)}")


def watch(path: str) -> None:
    """What the watcher in Python does."""
    import statehold

    for change in statehold.open(path).namespace("bench").watch():
        print(change.key, flush=True)


async def watch_async(path: str) -> None:
    """What the one under asyncio does."""
    from statehold import aio

    async with await aio.open(path) as store:
        async for change in store.namespace("bench").watch():
            print(change.key, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="watching from one language what another commits")
    parser.add_argument("--commits", type=int, default=300, help="by each writer")
    parser.add_argument(
        "--idle", type=float, default=10.0, metavar="SECONDS", help="how long idle watchers are observed"
    )
    parser.add_argument(
        "--programs",
        type=Path,
        default=ROOT / "target" / "release",
        metavar="FOLDER",
        help="where `statehold` and `statehold-test-worker` are",
    )
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--quick", action="store_true", help="20 commits and 2 s, to see that it runs")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "PATH"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        kind, path = given.child
        if kind == "asyncio":
            asyncio.run(watch_async(path))
        else:
            watch(path)
        return
    commits, idle_s = (20, 2.0) if given.quick else (given.commits, given.idle)
    print(f"seed {given.seed}, {commits} commits by each writer, Python {sys.version.split()[0]}", flush=True)
    measure(given.programs, commits, idle_s, random.Random(given.seed))


main()
