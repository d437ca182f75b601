"""The keys and values of every workload, made before anything is timed."""

from __future__ import annotations

import bisect
import itertools
import json
import random
from typing import Any

Value = dict[str, Any]
MILLION = 1_000_000


def key(number: int) -> str:
    return f"key:{number:06}"


def value(number: int, version: int, size: int = 100) -> Value:
    """An object whose JSON text has so many bytes; another version is another value of the same length."""
    made: Value = {"id": 100_000 + number % 900_000, "name": f"user {100_000 + number % 900_000}", "on": True}
    made |= {"version": 100_000 + version % 900_000, "pad": ""}
    made["pad"] = "x" * (size - len(json.dumps(made, separators=(",", ":"))))
    return made


def size_of_values(keys: int) -> int:
    """100 bytes, but 96 in a store of a million keys, whose size is a goal of its own."""
    return 96 if keys >= MILLION else 100


def changes(keys: int, count: int, version: int, chance: random.Random) -> list[tuple[str, Value]]:
    """So many overwrites in random order, of different keys if there are enough."""
    size = size_of_values(keys)
    numbers = (
        chance.sample(range(keys), count) if count <= keys else [chance.randrange(keys) for _ in range(count)]
    )
    return [(key(number), value(number, version, size)) for number in numbers]


class Zipf:
    """Numbers below `count`, of which few are frequent: YCSB's distribution, with its constant of 0.99."""

    def __init__(self, count: int, chance: random.Random) -> None:
        self._chance = chance
        self._sums = list(itertools.accumulate(1 / (rank + 1) ** 0.99 for rank in range(count)))
        # Which numbers are the frequent ones is random too, so that they are not neighbours.
        self._scattered = chance.sample(range(count), count)

    def rank(self) -> int:
        """0 is the most frequent one."""
        return bisect.bisect_left(self._sums, self._chance.random() * self._sums[-1])

    def number(self) -> int:
        return self._scattered[self.rank()]


READ, WRITE, MODIFY = range(3)
Step = tuple[int, str, Value]

# What part of the steps are reads; the others are writes, in d of new keys, in f of what was just read.
READS = {"a": 0.5, "b": 0.95, "c": 1.0, "d": 0.95, "f": 0.5}


def ycsb(mix: str, keys: int, count: int, chance: random.Random) -> list[Step]:
    """The steps of one of YCSB's mixes."""
    zipf = Zipf(keys, chance)
    steps: list[Step] = []
    newest = keys
    for version in range(1, count + 1):
        reads = chance.random() < READS[mix]
        if mix == "d" and reads:
            # The latest ones are the frequent ones.
            number = newest - 1 - zipf.rank()
        elif mix == "d":
            number, newest = newest, newest + 1
        else:
            number = zipf.number()
        kind = READ if reads else MODIFY if mix == "f" else WRITE
        steps.append((kind, key(number), {} if reads else value(number, version)))
    return steps
