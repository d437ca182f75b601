"""Goal: a program that works on and on stops growing. Method: a process of its own gets, sets, deletes and
does so in batches, over a thousand keys, and looks at its size all the time: once it has come to work at its
full size, it stays there. 200,000 operations in a normal run, 10 million with ``STATEHOLD_LONG=1``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how large a process is")

#: In each of the two ways.
OPERATIONS = 5_000_000 if os.environ.get("STATEHOLD_LONG") == "1" else 100_000

#: By how many bytes a process may grow while it does what it has done before: what comes and goes with
#: threads and caches.
SLACK = 8 << 20

SIZES = """
import asyncio, json, random, sys
from pathlib import Path

import statehold
import statehold.aio

path, operations = sys.argv[1], int(sys.argv[2])
sizes, chances = [], random.Random(7)
step = operations // 100


def note(done):
    if done >= operations // 4 and done // step > len(sizes) + 24:
        status = Path("/proc/self/status").read_text()
        sizes.append(int(status.split("VmRSS:")[1].split()[0]) << 10)


def next_one():
    number, what = chances.randrange(1000), chances.randrange(100)
    keys = [f"key {at}" for at in range(number, number + 10)]
    value = {"text": "v" * (number % 200), "list": [number, None, 0.5], "is": True}
    return what, keys, value
"""

WORK = f"""{SIZES}
# The journal is short, so that the file comes to its full size soon.
with statehold.open(path, durability="normal", journal_max_rows=1000) as store:
    ns, done = store.namespace("a"), 0
    while done < operations:
        what, keys, value = next_one()
        done += 10 if 15 <= what < 25 else 1
        if what < 10:
            ns.set(keys[0], value)
        elif what < 15:
            ns.delete(keys[0])
        elif what < 20:
            ns.batch_set(dict.fromkeys(keys, value))
        elif what < 25:
            ns.batch_get(keys)
        else:
            ns.get(keys[0])
        note(done)
print(json.dumps(sizes))
"""

AIO_WORK = f"""{SIZES}
async def work():
    async with await statehold.aio.open(path, durability="normal", journal_max_rows=1000) as store:
        ns, done = store.namespace("a"), 0
        while done < operations:
            what, keys, value = next_one()
            done += 10
            if what < 10:
                await asyncio.gather(*(ns.set(key, value) for key in keys))
            elif what < 15:
                await asyncio.gather(*(ns.delete(key) for key in keys))
            elif what < 20:
                await ns.batch_set(dict.fromkeys(keys, value))
            elif what < 25:
                await ns.batch_get(keys)
            else:
                await asyncio.gather(*(ns.get(key) for key in keys))
            note(done)

asyncio.run(work())
print(json.dumps(sizes))
"""


@pytest.mark.parametrize("script", [WORK, AIO_WORK], ids=["blocking", "asyncio"])
def test_a_process_that_works_on_and_on_stops_growing(path: Path, script: str) -> None:
    command = [sys.executable, "-c", script, str(path), str(OPERATIONS)]
    sizes = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(sizes) > 50
    print(f"{OPERATIONS} operations: {sizes[0]} bytes after a quarter of them, {max(sizes)} at the most")
    assert max(sizes) <= sizes[0] + SLACK
