"""The file, read by what `docs/file-format.md` says of it.

Goal: the document is enough to write another reader. Method: a process writes a store with every kind of
value and every operation, and reports what it did. Then this one reads it with plain SQL, Python's own
SQLite and another binding of BLAKE3, and never through the package.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

WRITE = """
import json, sys, statehold
clock = statehold.ManualClock(start=1_700_000_000)
options = {"journal": "full", "journal_max_rows": int(sys.argv[1]), "label": "writer", "background": False}
store = statehold.open("s.db", clock=clock, **options)
a, b = store.namespace("a"), store.namespace('quo"ted \\u00e9')
b.set("gone", 1, ttl=1)
a.set("json", {"b": [1, -0.0, 2**64 - 1, None], "a": "\\u00fc\\n"}, ttl=60)
a.set("bytes", b"\\x00\\xff")
b.increment("n", 5)
a.touch("json")
a.set_ttl("bytes", 3600)
a.set("short", "\\U0001f600")
a.delete("short")
store.transact(lambda tx: (tx.namespace("a").set("x", 1), tx.namespace("b").set("y", 2)))
clock.advance(2)
store.purge_expired()
store.namespace("b").clear()
for n in range(int(sys.argv[2])):
    b.increment("n")
row = store.journal(store.revision() - 1)[0]
print(json.dumps({"revision": row.revision, "hash": row.hash, "time": row.time, "actor": row.actor}))
store.close()
"""

MAKE = """
import statehold
with statehold.open("s.db") as store:
    store.namespace("a").get_or_set("k", lambda: print("making", flush=True) or input())
"""

# What each commit of `WRITE` touches, from revision 1 on.
OPERATIONS = [
    [["namespace", 'quo"ted \u00e9', "gone", "set"]],
    [["namespace", "a", "json", "set"]],
    [["namespace", "a", "bytes", "set"]],
    [["namespace", 'quo"ted \u00e9', "n", "set"]],
    [["namespace", "a", "json", "touch"]],
    [["namespace", "a", "bytes", "set_ttl"]],
    [["namespace", "a", "short", "set"]],
    [["namespace", "a", "short", "delete"]],
    [["namespace", "a", "x", "set"], ["namespace", "b", "y", "set"]],
    [["namespace", 'quo"ted \u00e9', "gone", "expire"]],
    [["namespace", "b", "y", "delete"]],
]
START_MS = 1_700_000_000_000


def write(folder: Path, most_rows: int, increments: int) -> dict[str, Any]:
    arguments = [sys.executable, "-c", WRITE, str(most_rows), str(increments)]
    done = subprocess.run(arguments, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    reported: dict[str, Any] = json.loads(done.stdout)
    return reported


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def meta(path: Path) -> dict[str, Any]:
    return {row["key"]: row["value"] for row in rows(path, "SELECT key, value FROM meta")}


def hash_of(row: Any) -> bytes:
    """The hash of a row of the journal."""
    hasher = blake3(row["previous"])
    hasher.update(struct.pack("<Qq", row["revision"], row["time_ms"]))
    for text in (row["actor"].encode(), row["touched"].encode()):
        hasher.update(struct.pack("<Q", len(text)) + text)
    return hasher.update(row["digest"]).digest()


def verified(path: Path) -> Iterator[Any]:
    """The journal, each row checked."""
    known = meta(path)
    revision, previous = known["anchor_revision"], known["anchor_hash"]
    for row in rows(path, "SELECT * FROM journal ORDER BY revision"):
        assert row["revision"] == revision + 1
        assert row["previous"] == previous
        assert row["hash"] == hash_of(row)
        if row["content"] is not None:
            assert row["digest"] == blake3(row["content"].encode()).digest()
        revision, previous = row["revision"], row["hash"]
        yield row


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("format")
    return folder / "s.db", write(folder, 100_000, 0)


def test_header(written: tuple[Path, dict[str, Any]]) -> None:
    header = written[0].read_bytes()[:100]
    assert header[:16] == b"SQLite format 3\0"
    assert struct.unpack_from(">I", header, 60) == (2,)
    assert struct.unpack_from(">I", header, 68) == (0x53686C64,)


def test_values_and_expiry(written: tuple[Path, dict[str, Any]]) -> None:
    sql = "SELECT namespace.name, entry.* FROM entry JOIN namespace ON namespace.id = entry.namespace"
    found = {(row["name"], row["key"]): row for row in rows(written[0], sql)}
    assert set(found) == {("a", "json"), ("a", "bytes"), ("a", "x"), ('quo"ted \u00e9', "n")}

    document = found["a", "json"]
    assert document["value"] == '{"b":[1,-0.0,18446744073709551615,null],"a":"\u00fc\\n"}'
    assert (document["revision"], document["created_ms"], document["updated_ms"]) == (2, START_MS, START_MS)
    assert (document["expires_ms"], document["ttl_ms"]) == (START_MS + 60_000, 60_000)
    assert found["a", "bytes"]["value"] == b"\x00\xff"
    assert found["a", "bytes"]["revision"] == 3, "another expiry is no other value"
    assert found['quo"ted \u00e9', "n"]["value"] == "5"
    assert (found["a", "x"]["revision"], found["a", "x"]["expires_ms"]) == (9, None)


def test_journal(written: tuple[Path, dict[str, Any]]) -> None:
    path, reported = written
    known = meta(path)
    assert known["anchor_revision"] == 0
    assert known["anchor_hash"] == blake3(known["store_id"]).digest()
    journal = list(verified(path))
    assert [json.loads(row["touched"]) for row in journal] == OPERATIONS
    last = journal[-1]
    assert (last["revision"], last["hash"].hex()) == (reported["revision"], reported["hash"])
    assert (last["time_ms"] / 1000, last["actor"]) == (reported["time"], reported["actor"])
    assert last["actor"].split("/")[-1] == "writer"


def test_content(written: tuple[Path, dict[str, Any]]) -> None:
    contents = [json.loads(row["content"]) for row in verified(written[0])]
    assert contents[0][0][4:] == [["json", 1], START_MS + 1000]
    document = {"b": [1, 0, 2**64 - 1, None], "a": "\u00fc\n"}
    assert contents[1][0][4:] == [["json", document], START_MS + 60_000]
    assert contents[2][0][4:] == [["bytes", "00ff"], None]
    assert contents[3][0][4:] == [["json", 5], None]
    assert contents[4][0][4:] == [None, None]
    assert contents[5][0][4:] == [None, START_MS + 3_600_000]
    assert contents[7][0][4:] == [None, None]


def test_views(written: tuple[Path, dict[str, Any]]) -> None:
    if sqlite3.sqlite_version_info < (3, 38):
        pytest.skip("the views need a newer SQLite than Python's own")
    entries = rows(written[0], "SELECT * FROM entries WHERE namespace = 'a' ORDER BY key")
    assert [row["key"] for row in entries] == ["bytes", "json", "x"]
    assert (entries[0]["json"], entries[0]["bytes"]) == (None, b"\x00\xff")
    assert entries[1]["expires_at"] == "2023-11-14T22:14:20.000Z"
    commits = rows(written[0], "SELECT facet, name, key, operation FROM commits ORDER BY revision")
    assert [list(row) for row in commits] == [change for step in OPERATIONS for change in step]


def test_a_trimmed_journal(tmp_path: Path) -> None:
    write(tmp_path, 20, 100)
    path = tmp_path / "s.db"
    journal = list(verified(path))
    assert meta(path)["anchor_revision"] == journal[0]["revision"] - 1 > 0
    assert 20 <= len(journal) <= 21
    assert journal[-1]["revision"] == len(OPERATIONS) + 100


def test_a_change_is_found(tmp_path: Path) -> None:
    write(tmp_path, 100_000, 0)
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE journal SET actor = 'nobody' WHERE revision = 5")
    with pytest.raises(AssertionError):
        list(verified(path))


def counter_of(*texts: str) -> int:
    """The counter in the companion of what has this facet, name and key."""
    total = 0

    def mix(word: int) -> None:
        nonlocal total
        rotated = (total << 23 | total >> 41) & (2**64 - 1)
        total = (rotated ^ word) * 0x9E3779B97F4A7C15 % 2**64

    for text in texts:
        content = text.encode()
        for at in range(0, len(content) + 1, 8):
            mix(int.from_bytes(content[at : at + 8], "little"))
        mix(len(content))
    return total >> 52


def test_companion(written: tuple[Path, dict[str, Any]]) -> None:
    path, reported = written
    companion = path.with_name("s.db-statehold").read_bytes()
    assert len(companion) == 36_864
    magic, store_id, revision, head, check = struct.unpack_from("<8s16sQ32s24s", companion)
    assert magic == b"stathld1"
    assert store_id == meta(path)["store_id"]
    assert (revision, head.hex()) == (reported["revision"], reported["hash"])
    assert check == blake3(companion[:64]).digest()[:24]
    (word,) = struct.unpack_from("<q", companion, 96)
    time_ms, parts = word >> 16, struct.unpack_from("<3H", companion, 98)
    assert time_ms == START_MS + 2000
    assert word & 0xFFFF == ~(parts[0] ^ parts[1] ^ parts[2]) & 0xFFFF
    known, epoch = struct.unpack_from("=QQ", companion, 4032)
    # The first commit found that nothing was known.
    assert (known != 0, epoch) == (True, 1)
    changed = Counter(counter_of(*key) for changes in OPERATIONS for *key, _ in changes)
    counters = struct.unpack_from("=4096Q", companion, 4096)
    assert {at: count for at, count in enumerate(counters) if count} == changed


@pytest.mark.skipif(sys.platform == "win32", reason="access lists instead of modes")
def test_files_are_private(written: tuple[Path, dict[str, Any]]) -> None:
    for file in written[0].parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no locks of open file descriptions")
def test_locks(tmp_path: Path) -> None:
    import fcntl

    def is_locked(file: Any, at: int) -> bool:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, at, 1, 0)
        answer = struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_OFD_GETLK, asked))
        return bool(answer[0] != fcntl.F_UNLCK)

    presence, claim = 2**20, 2**41 + int.from_bytes(blake3(b"a\0k").digest()[:5], "little")
    with subprocess.Popen(
        [sys.executable, "-c", MAKE], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "making\n"
        with (tmp_path / "s.db-statehold").open("rb+") as companion, (tmp_path / "s.db").open("rb+") as file:
            assert is_locked(companion, presence)
            assert is_locked(companion, claim)
            assert not is_locked(companion, claim + 1)
            assert is_locked(file, 2**40 + maker.pid)
            maker.communicate("made\n", timeout=30)
            assert not is_locked(companion, presence)
            assert not is_locked(companion, claim)
            assert not is_locked(file, 2**40 + maker.pid)
    assert maker.returncode == 0
