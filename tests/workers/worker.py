"""Does in Python what a test of several languages asks for: one JSON object a line in, one a line out.

``worker.rs`` and ``worker.mjs`` do the same in their languages; ``tests/README.md`` lists what they do.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from typing import Any

import mistakes
from cases import Cases
from coherence import Coherence
from environments import Environments
from plugins import Plugins
from spelling import build, spell

import statehold


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Worker(Cases, Coherence, Environments, Plugins):
    """An open store, and what can be asked to be done with it."""

    clock: statehold.ManualClock | None = None

    def open(
        self,
        path: str,
        durability: str = "full",
        start_ms: int | None = None,
        max_backups: int = 3,
        cache_bytes: int = 32 << 20,
    ) -> tuple[int, int] | None:
        """Opens a store, and gives the commits that it is said to have lost."""
        self.clock = None if start_ms is None else statehold.ManualClock(start_ms / 1000)
        self.store = statehold.open(
            path,
            durability=durability,
            clock=self.clock,
            max_backups=max_backups,
            cache_bytes=cache_bytes,
            label="python",
        )
        return self.store.lost_commits

    def close(self) -> None:
        self.store.close()

    def put(self, ns: str, key: str, value: Any, ttl_ms: int | None = None) -> str:
        built = build(value)
        self.store.namespace(ns).set(key, built, ttl=None if ttl_ms is None else ttl_ms / 1000)
        return spell(built)

    def read(self, ns: str, key: str) -> str | None:
        entry = self.store.namespace(ns).entry(key)
        return None if entry is None else spell(entry.value)

    def append(self, ns: str, key: str, word: str) -> None:
        self.store.namespace(ns).update(key, lambda words: [*words, word], default=[])

    def increment(self, ns: str, key: str, times: int) -> int:
        namespace, total = self.store.namespace(ns), 0
        for _ in range(times):
            total = namespace.increment(key)
        return total

    def expiry(self, ns: str, key: str) -> dict[str, Any]:
        """All that the time to live of a key has to do with."""
        namespace = self.store.namespace(ns)
        entry = namespace.entry(key)
        try:
            ttl = namespace.get_ttl(key)
            ttl_ms = None if ttl is None else ttl * 1000
        except statehold.KeyNotFoundError:
            ttl_ms = "missing"
        expires_at = entry.expires_at if entry else None
        return {
            "value": spell(namespace.get(key)),
            "exists": namespace.exists(key),
            "ttl_ms": round(ttl_ms) if isinstance(ttl_ms, float) else ttl_ms,
            "expires_at_ms": None if expires_at is None else round(expires_at * 1000),
            "listed": namespace.list(key),
            "counted": namespace.count(key),
        }

    def advance(self, ms: int) -> None:
        assert self.clock is not None
        self.clock.advance(ms / 1000)

    def steps(self, who: str) -> None:
        """Transactions over three namespaces, each reported after it returned, until this is killed."""
        for round_ in itertools.count():
            name = f"{who}:{round_}"

            def step(tx: statehold.Transaction, name: str = name) -> int:
                number = tx.namespace("left").get("n", 0) + 1
                tx.namespace("left").set("n", number)
                tx.namespace("steps").set(name, number)
                tx.namespace("right").set("n", number)
                return number

            say(step=name, n=self.store.transact(step))

    def watch(self, ms: int) -> dict[str, Any]:
        """Reads both ends of what ``steps`` keeps equal; gives how often, and what was torn.

        A snapshot that the store ends, because the log had outgrown its limit, is counted and taken anew.
        """
        end, reads, ended, torn, last = time.monotonic() + ms / 1000, 0, 0, [], 0
        while time.monotonic() < end:
            snapshot = self.store.snapshot()
            try:
                left, right = (snapshot.namespace(side).get("n", 0) for side in ("left", "right"))
            except statehold.ClosedError as error:
                if error.what != "the snapshot":
                    raise
                ended += 1
                continue
            finally:
                snapshot.close()
            if left != right or left < last:
                torn.append([last, left, right])
            last, reads = left, reads + 1
        return {"reads": reads, "ended": ended, "torn": torn}

    def make(self, ns: str, key: str, ms: int) -> Any:
        def slowly() -> str:
            run = self.store.namespace("runs").increment(key)
            time.sleep(ms / 1000)
            return f"made by run {run}"

        return self.store.namespace(ns).get_or_set(key, slowly)

    def compete(self, ns: str, key: str, ms: int) -> dict[str, int]:
        namespace, commits, worst, busy = self.store.namespace(ns), 0, 0.0, 0
        end = time.monotonic() + ms / 1000
        while (start := time.monotonic()) < end:
            try:
                namespace.set(key, commits)
                commits += 1
            except statehold.BusyError:
                busy += 1
            worst = max(worst, time.monotonic() - start)
        return {"commits": commits, "worst_us": round(worst * 1e6), "busy": busy}

    def journal(self) -> dict[str, Any]:
        check = self.store.verify_journal()
        return {name: getattr(check, name) for name in ("rows", "revision", "problems", "hash")}

    def mistake(self, name: str, folder: str) -> dict[str, Any] | None:
        """Makes a mistake, and gives the error that it led to."""
        try:
            mistakes.make(name, folder)
        except statehold.StateholdError as error:
            path = error.fields.get("path", "")
            return {
                "name": type(error).__name__,
                "code": error.code,
                "is_retryable": error.is_retryable,
                "path": path if path.startswith("$") else None,
                "found": error.fields.get("found"),
                "expected": error.fields.get("expected"),
            }
        return None


def main() -> None:
    worker = Worker()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            say(ok=getattr(worker, asked.pop("do"))(**asked))
        except Exception as error:  # the test is to see it, whatever it is
            say(error=f"{type(error).__name__}: {error}")


main()
