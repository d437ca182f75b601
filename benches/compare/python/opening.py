"""Times loading the library, opening a store and one get, in a process that has loaded nothing else.

    python opening.py PEER FOLDER

Prints the seconds of all three, and of the last two.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Not loaded here, so that who needs it pays for it.
    from collections.abc import Iterator
    from typing import Any


def statehold(folder: str) -> Iterator[object]:
    import statehold

    yield None
    found = statehold.open(folder + "/store.db", durability="normal").namespace("bench").get("key:000007")
    yield found["on"]


def sqlite(folder: str) -> Iterator[object]:
    import sqlite3

    import orjson

    yield None
    connection = sqlite3.connect(folder + "/store.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = normal")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    row = connection.execute("SELECT value FROM entry WHERE key = ?", ("key:000007",)).fetchone()
    yield orjson.loads(row[0])["on"]


def diskcache(folder: str) -> Iterator[object]:
    import diskcache

    yield None
    cache = diskcache.Cache(folder, eviction_policy="none", sqlite_synchronous=1)
    yield cache.get("key:000007")["on"]


def lmdb(folder: str) -> Iterator[object]:
    import lmdb
    import orjson

    yield None
    with lmdb.open(folder, map_size=1 << 32, sync=False).begin() as transaction:
        found: Any = transaction.get(b"key:000007")
        yield orjson.loads(found)["on"]


def rocksdict(folder: str) -> Iterator[object]:
    import orjson
    from rocksdict import Options, Rdict

    yield None
    found: Any = Rdict(folder + "/rocks", Options(raw_mode=True)).get(b"key:000007")
    yield orjson.loads(found)["on"]


PEERS = {
    "statehold": statehold,
    "sqlite3 + orjson": sqlite,
    "diskcache": diskcache,
    "py-lmdb": lmdb,
    "rocksdict": rocksdict,
}

if __name__ == "__main__":
    steps = PEERS[sys.argv[1]](sys.argv[2])
    start = time.perf_counter()
    next(steps)
    loaded = time.perf_counter()
    found = next(steps)
    end = time.perf_counter()
    assert found is True
    print(end - start, end - loaded)
