"""What a worker does in the test of coherence: it commits numbered steps, or checks reads against those."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Iterator
from typing import Any

import statehold

#: What was seen of a key besides its value, a step's number: nothing, or that something is there.
NOTHING, SOMETHING = 0, -1


def holds(step: int) -> tuple[int, bool]:
    """The value that a key has after a step, or NOTHING, and whether it expires soon."""
    kind = step % 10
    if step == 0 or kind == 7:
        return NOTHING, False
    # The sixth sets the same once more.
    return (step - 1 if kind == 6 else step), kind == 8


def fits(seen: int, step: int) -> bool:
    held, fleeting = holds(step)
    if seen == NOTHING:
        return held == NOTHING or fleeting
    return held != NOTHING if seen == SOMETHING else seen == held


class Steps:
    """Which steps of each key were begun and which were acknowledged, in a file that all workers share.

    A number of 32 bits stands beside its complement, so that one that is being written is not read half.
    """

    def __init__(self, path: str, keys: int) -> None:
        self.file, self.keys = os.open(path, os.O_RDWR), keys

    def tell(self, at: int, step: int) -> None:
        os.pwrite(self.file, array("I", (step, step ^ 0xFFFFFFFF)).tobytes(), at * 8)

    def begin(self, at: int, step: int) -> None:
        self.tell(at, step)

    def acknowledge(self, at: int, step: int) -> None:
        self.tell(self.keys + at, step)

    def numbers(self, first: int) -> array[int]:
        while True:
            words = array("I", os.pread(self.file, self.keys * 8, first * 8))
            steps = words[::2]
            if all(step ^ other == 0xFFFFFFFF for step, other in zip(steps, words[1::2], strict=True)):
                return steps

    def begun(self) -> array[int]:
        return self.numbers(0)

    def acknowledged(self) -> array[int]:
        return self.numbers(self.keys)


def chances(seed: int) -> Iterator[int]:
    """Random numbers, by Marsaglia's generator of 32 bits."""
    state = seed
    while True:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        yield state


def take(ns: statehold.Namespace, steps: Steps, at: int, step: int) -> None:
    """Takes the next step of a key."""
    steps.begin(at, step)
    held, fleeting = holds(step)
    if held == NOTHING:
        ns.delete(f"key {at}")
    else:
        ns.set(f"key {at}", held, ttl=0.003 if fleeting else None)
    steps.acknowledge(at, step)


def take_together(ns: statehold.Namespace, steps: Steps, taken: dict[int, int]) -> None:
    """Takes the next steps of several keys in one commit."""
    for at, step in taken.items():
        steps.begin(at, step)
    ns.batch_set({f"key {at}": holds(step)[0] for at, step in taken.items()})
    for at, step in taken.items():
        steps.acknowledge(at, step)


def look(ns: statehold.Namespace, key: str, way: int) -> int:
    """Reads a key in one of all ways."""
    if way == 0:
        before = time.time()
        entry = ns.entry(key)
        if entry is None:
            return NOTHING
        # The store tells time by milliseconds.
        assert entry.expires_at is None or entry.expires_at > before - 0.001, f"{key} had expired"
        return int(entry.value)
    if way == 1:
        return SOMETHING if ns.exists(key) else NOTHING
    if way == 2:
        try:
            ns.get_ttl(key)
        except statehold.KeyNotFoundError:
            return NOTHING
        return SOMETHING
    return int(ns.get(key, NOTHING))


class Coherence:
    """The part of the worker that has to do with it."""

    store: statehold.Store

    def churn(self, steps: str, keys: int, first: int, each: int, seed: int) -> None:
        """Commits to its keys, and to a pair that it keeps the same, until this is killed."""
        ns, pair = self.store.namespace("a"), self.store.namespace(f"pair {first}")
        told, random = Steps(steps, keys), chances(seed)
        numbers = told.begun()
        for chance in random:
            at = first + chance % each
            numbers[at] += 1
            take(ns, told, at, numbers[at])
            what = next(random) % 10
            if what == 0:
                time.sleep(next(random) % 3 / 1000)
            elif what == 1:
                # It is not there, so this is a commit that writes nothing.
                assert not ns.delete("never")
            elif what == 2:
                both = pair.get("left", 0) + 1
                pair.batch_set({"left": both, "right": both})
            elif what == 3:
                mine = range(first, first + each)
                lasting = [at for at in mine if (numbers[at] + 1) % 10 < 6]
                for at in lasting:
                    numbers[at] += 1
                take_together(ns, told, {at: numbers[at] for at in lasting})

    def look(
        self, steps: str, keys: int, first: int, each: int, seed: int, times: int, pairs: list[int]
    ) -> dict[str, Any]:
        """Reads so often, checks each read, and commits to its own keys in between."""
        ns, told, random = self.store.namespace("a"), Steps(steps, keys), chances(seed)
        kept = {pair: (self.store.namespace(f"pair {pair}"), 0) for pair in pairs}
        names = [f"key {at}" for at in range(keys)]
        own, reads = told.begun(), 0
        # What is known to have been reached, by what was read.
        reached = [0] * keys
        while reads < times:
            acknowledged = told.acknowledged()
            if next(random) % 8 == 0:
                batch = ns.batch_get(names)
                found = {at: int(batch.get(name, NOTHING)) for at, name in enumerate(names)}
            else:
                ats = {next(random) % keys for _ in range(keys)}
                found = {at: look(ns, names[at], next(random) % 8) for at in ats}
            begun = told.begun()
            reads += len(found)
            for at, seen in found.items():
                least = max(reached[at], acknowledged[at])
                fitting = next((step for step in range(least, begun[at] + 1) if fits(seen, step)), None)
                assert fitting is not None, (
                    f"{names[at]} gave {seen}: step {acknowledged[at]} was acknowledged,"
                    f" {reached[at]} was read before, {begun[at]} has begun"
                )
                reached[at] = fitting
            for pair, (side, last) in kept.items():
                both = side.batch_get(["left", "right"])
                left, right = both.get("left", 0), both.get("right", 0)
                assert left == right >= last, f"{left} and {right} after {last}"
                kept[pair] = side, left
            if next(random) % 6 == 0:
                at = first + next(random) % each
                own[at] += 1
                take(ns, told, at, own[at])
        stats = self.store.stats()
        return {"reads": reads, "hits": stats.cache_hits, "misses": stats.cache_misses}
