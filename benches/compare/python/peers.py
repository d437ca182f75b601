"""The stores, each opened and used as its own documentation does. All take an object and give one.

| peer | how it keeps an object | normal | full |
|---|---|---|---|
| statehold | JSON text in SQLite, and a journal row for each commit | its `normal` | its `full` |
| sqlite3 + orjson | JSON text, a table `WITHOUT ROWID`, WAL | `synchronous=NORMAL` | `synchronous=FULL` |
| diskcache | a pickle in SQLite, WAL; nothing is evicted | `sqlite_synchronous=1` | `sqlite_synchronous=2` |
| py-lmdb | JSON text | `sync=False` | synced, its default |
| rocksdict | JSON text in RocksDB, with its log | not synced, its default | `sync = True` at each write |
| redis | JSON text in a server, over a Unix socket; its log | `appendfsync everysec` | `appendfsync always` |
| dict + orjson | JSON text in the memory of the process, gone with it | | |

`normal` survives a crash of the process; after one of the machine the last commits may be missing, and with
`sync=False` LMDB does not promise that the rest is whole. All parse at each get what they have stored.
statehold alone gives each commit a revision, and keeps a journal of them with a chain of hashes.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stores import Durability, Peer, Store

# Longer than any measurement: whoever waits for a lock is to wait, not to fail.
PATIENCE_S = 60


def after(prefix: str) -> str:
    """The first text after all that begin with a prefix, whose last character has a successor."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def open_statehold(folder: Path, durability: Durability, cold: bool) -> Store:
    import statehold

    options: Any = {"cache_bytes": 0} if cold else {}
    store = statehold.open(folder / "store.db", durability=durability, busy_timeout=PATIENCE_S, **options)
    namespace = store.namespace("bench")
    # The methods themselves, as a program has them at hand.
    return Store(
        get=namespace.get,
        set=namespace.set,
        close=store.close,
        batch_get=namespace.batch_get,
        batch_set=namespace.batch_set,
        list=lambda prefix: namespace.list(prefix + "*"),
        increment=namespace.increment,
    )


GET = "SELECT value FROM entry WHERE key = ?"
SET = "INSERT INTO entry VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2"
LIST = "SELECT key FROM entry WHERE key >= ? AND key < ? ORDER BY key"
ADD = "INSERT INTO entry VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1"


def open_sqlite(folder: Path, durability: Durability, _cold: bool) -> Store:
    """What one would write by hand; Python's module keeps the statements prepared."""
    import sqlite3

    import orjson

    connection = sqlite3.connect(folder / "store.db", isolation_level=None, timeout=PATIENCE_S)
    execute = connection.execute
    execute("PRAGMA journal_mode = WAL")
    execute(f"PRAGMA synchronous = {durability}")
    execute("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def get(key: str) -> Any:
        row = execute(GET, (key,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def batch_get(keys: list[str]) -> dict[str, Any]:
        execute("BEGIN")
        rows = {key: execute(GET, (key,)).fetchone() for key in keys}
        execute("COMMIT")
        return {key: orjson.loads(row[0]) for key, row in rows.items() if row is not None}

    def batch_set(entries: dict[str, Any]) -> None:
        execute("BEGIN IMMEDIATE")
        connection.executemany(SET, [(key, orjson.dumps(value).decode()) for key, value in entries.items()])
        execute("COMMIT")

    return Store(
        get=get,
        set=lambda key, value: execute(SET, (key, orjson.dumps(value).decode())),
        close=connection.close,
        batch_get=batch_get,
        batch_set=batch_set,
        list=lambda prefix: [row[0] for row in execute(LIST, (prefix, after(prefix)))],
        increment=lambda key: execute(ADD, (key,)),
    )


def open_diskcache(folder: Path, durability: Durability, _cold: bool) -> Store:
    """With nothing ever evicted, so that it does no more than the others."""
    import diskcache

    synchronous = {"normal": 1, "full": 2}[durability]
    cache = diskcache.Cache(
        str(folder), timeout=PATIENCE_S, eviction_policy="none", sqlite_synchronous=synchronous
    )

    def batch_get(keys: list[str]) -> dict[str, Any]:
        with cache.transact():
            return {key: cache.get(key) for key in keys}

    def batch_set(entries: dict[str, Any]) -> None:
        with cache.transact():
            for key, value in entries.items():
                cache.set(key, value)

    return Store(
        get=cache.get,
        set=cache.set,
        close=cache.close,
        batch_get=batch_get,
        batch_set=batch_set,
        # It knows no ranges: all keys in order, and those with the prefix are taken.
        list=lambda prefix: [key for key in cache.iterkeys() if key.startswith(prefix)],
        increment=cache.incr,
    )


def open_lmdb(folder: Path, durability: Durability, _cold: bool) -> Store:
    import lmdb
    import orjson

    environment = lmdb.open(str(folder), map_size=1 << 32, sync=durability == "full")

    def get(key: str) -> Any:
        with environment.begin() as transaction:
            found = transaction.get(key.encode())
        return None if found is None else orjson.loads(found)

    def set_(key: str, value: Any) -> None:
        with environment.begin(write=True) as transaction:
            transaction.put(key.encode(), orjson.dumps(value))

    def batch_get(keys: list[str]) -> dict[str, Any]:
        with environment.begin() as transaction:
            found = {key: transaction.get(key.encode()) for key in keys}
        return {key: orjson.loads(value) for key, value in found.items() if value is not None}

    def batch_set(entries: dict[str, Any]) -> None:
        with environment.begin(write=True) as transaction:
            for key, value in entries.items():
                transaction.put(key.encode(), orjson.dumps(value))

    def list_(prefix: str) -> list[str]:
        encoded, keys = prefix.encode(), []
        with environment.begin() as transaction, transaction.cursor() as cursor:
            cursor.set_range(encoded)
            for key in cursor.iternext(keys=True, values=False):
                if not key.startswith(encoded):
                    break
                keys.append(key.decode())
        return keys

    def increment(key: str) -> None:
        with environment.begin(write=True) as transaction:
            transaction.put(
                key.encode(), orjson.dumps(orjson.loads(transaction.get(key.encode()) or b"0") + 1)
            )

    return Store(get, set_, environment.close, batch_get, batch_set, list_, increment)


def open_rocksdict(folder: Path, durability: Durability, _cold: bool) -> Store:
    """By one process only, and without a counter that is atomic."""
    import orjson
    from rocksdict import Options, Rdict, WriteBatch, WriteOptions

    rocks = Rdict(str(folder / "rocks"), Options(raw_mode=True))
    options = WriteOptions()
    options.sync = durability == "full"
    rocks.set_write_options(options)

    def get(key: str) -> Any:
        found = rocks.get(key.encode())
        return None if found is None else orjson.loads(found)

    def batch_get(keys: list[str]) -> dict[str, Any]:
        found: Any = rocks.get([key.encode() for key in keys])
        return {key: orjson.loads(value) for key, value in zip(keys, found, strict=True) if value is not None}

    def batch_set(entries: dict[str, Any]) -> None:
        batch = WriteBatch(raw_mode=True)
        for key, value in entries.items():
            batch.put(key.encode(), orjson.dumps(value))
        rocks.write(batch)

    def list_(prefix: str) -> list[str]:
        encoded, keys = prefix.encode(), []
        key: Any
        for key in rocks.keys(from_key=encoded):
            if not key.startswith(encoded):
                break
            keys.append(key.decode())
        return keys

    def set_(key: str, value: Any) -> None:
        rocks[key.encode()] = orjson.dumps(value)

    return Store(get, set_, rocks.close, batch_get, batch_set, list_)


def open_redis(folder: Path, _durability: Durability, _cold: bool) -> Store:
    """Through the client of redis-py; the server is the one that `redis_server` has started."""
    import orjson
    import redis

    client = redis.Redis(unix_socket_path=str(folder / "socket"))

    def get(key: str) -> Any:
        found: Any = client.get(key)
        return None if found is None else orjson.loads(found)

    def batch_get(keys: list[str]) -> dict[str, Any]:
        found: Any = client.mget(keys)
        return {key: orjson.loads(value) for key, value in zip(keys, found, strict=True) if value is not None}

    return Store(
        get=get,
        set=lambda key, value: client.set(key, orjson.dumps(value)),
        close=client.close,
        batch_get=batch_get,
        batch_set=lambda entries: client.mset({key: orjson.dumps(value) for key, value in entries.items()}),
        # It knows no ranges: all keys are looked through.
        list=lambda prefix: sorted(key.decode() for key in client.scan_iter(prefix + "*", count=1_000)),
        increment=client.incr,
    )


@contextmanager
def redis_server(folder: Path, durability: Durability) -> Iterator[None]:
    fsync = {"normal": "everysec", "full": "always"}[durability]
    options = {"--port": "0", "--unixsocket": "socket", "--dir": ".", "--save": "", "--appendonly": "yes"}
    options |= {"--appendfsync": fsync, "--loglevel": "warning"}
    server = subprocess.Popen(
        ["redis-server", *sum(options.items(), ())], cwd=folder, stdout=subprocess.DEVNULL
    )
    try:
        while not (folder / "socket").exists():
            assert server.poll() is None, "redis-server ended at once"
            time.sleep(0.01)
        yield
    finally:
        server.terminate()
        server.wait()


def no_redis() -> str | None:
    if shutil.which("redis-server") is None:
        return "no redis-server on the path"
    if importlib.util.find_spec("redis") is None:
        return "the module redis is not installed"
    return None


def open_dict(_folder: Path, _durability: Durability, _cold: bool) -> Store:
    """What a get costs at least, if what it gives is to be the caller's own."""
    import orjson

    texts: dict[str, bytes] = {}

    def get(key: str) -> Any:
        found = texts.get(key)
        return None if found is None else orjson.loads(found)

    def set_(key: str, value: Any) -> None:
        texts[key] = orjson.dumps(value)

    def batch_set(entries: dict[str, Any]) -> None:
        for key, value in entries.items():
            set_(key, value)

    return Store(get, set_, texts.clear, batch_set=batch_set)


OWN = "statehold"
PEERS = {
    OWN: Peer(open_statehold),
    "sqlite3 + orjson": Peer(open_sqlite, per_thread=True),
    "diskcache": Peer(open_diskcache),
    "py-lmdb": Peer(open_lmdb),
    "rocksdict": Peer(open_rocksdict, without=("counter", "readers beside a writer")),
    # A server is not opened.
    "redis": Peer(open_redis, server=redis_server, missing=no_redis, without=("open", "import and open")),
    "dict + orjson": Peer(open_dict, only=("get cached",)),
}
