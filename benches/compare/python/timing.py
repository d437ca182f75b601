"""How a measurement is taken: a rate over many calls without a look at the clock, then single calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Measured = dict[str, Any]
"""The members of a line that depend on what was measured."""


def latencies(nanoseconds: list[int]) -> Measured:
    """The quantiles by nearest rank."""
    ordered = sorted(nanoseconds)

    def at(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] / 1000

    return {"p50_us": at(0.5), "p99_us": at(0.99), "max_us": at(1)}


def of_calls(call: Callable[[Any], Any], inputs: Iterable[Any]) -> Measured:
    """Times each call. That costs some 60 ns, which is why a rate is never worked out of it."""
    clock, taken = time.perf_counter_ns, []
    for given in inputs:
        start = clock()
        call(given)
        taken.append(clock() - start)
    return latencies(taken)


def repeated(work: Callable[[], int], seconds: float) -> float:
    """Operations a second of work that can be done again and gives how many operations it was."""
    done, start = 0, time.perf_counter()
    while True:
        done += work()
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return done / elapsed


def once(work: Callable[[], int]) -> float:
    """Operations a second of work that is done only once."""
    return repeated(work, 0)


def resident_bytes(highest: bool) -> int | None:
    """The memory of this process that is resident, or was at most; None where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    wanted = "VmHWM:" if highest else "VmRSS:"
    kibibytes = next((line.split()[1] for line in status.splitlines() if line.startswith(wanted)), None)
    return None if kibibytes is None else int(kibibytes) * 1024


def file_bytes(folder: Path) -> int:
    """What the files in a folder take on the disk: a file with holes less than its length says."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
