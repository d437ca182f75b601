"""A folder of diskcache is taken over."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import diskcache
import pytest

import statehold
from statehold.integrations.diskcache import Cache, import_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of diskcache, with values in the database and in files."""
    with diskcache.Cache(tmp_path / "old") as old:
        for key in ["b", "a", 7, b"raw", 0.5]:
            old[key] = f"value of {key!r}"
        old.set("bytes", b"\x00" * 100_000, tag="big")
        old.set("text", "é" * 50_000, expire=1000, tag=3)
        old.set("gone", 1, expire=-1)
    return tmp_path / "old"


def test_a_folder_is_taken_over(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.suffix in (".db", ".val")}
    cache = Cache(tmp_path / "new")
    assert import_folder(folder, cache) == 7
    assert list(cache) == ["b", "a", 7, b"raw", 0.5, "bytes", "text"]
    assert cache[b"raw"] == "value of b'raw'"
    assert cache.get("bytes", tag=True) == (b"\x00" * 100_000, "big")
    text, expires, tag = cache.get("text", expire_time=True, tag=True)
    assert (text, tag) == ("é" * 50_000, 3)
    assert expires == pytest.approx(time.time() + 1000, abs=60)
    assert import_folder(folder, cache) == 7
    assert len(cache) == 7
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_with_pickles_is_taken_over_if_that_is_allowed(folder: Path, tmp_path: Path) -> None:
    with diskcache.Cache(folder) as old:
        old["tuple"] = (1, 2)
        old["t", 1] = [1, 2]
    strict = Cache(tmp_path / "strict")
    with pytest.raises(statehold.InvalidValueError, match=r"2 items in .* are pickled, and pickling is off"):
        import_folder(folder, strict)
    assert len(strict) == 0
    allowed = Cache(tmp_path / "allowed", allow_pickle=True)
    assert import_folder(folder, allowed) == 9
    assert (allowed["tuple"], allowed["t", 1], list(allowed)[-1]) == ((1, 2), [1, 2], ("t", 1))


def test_taking_over_a_folder_needs_diskcache(tmp_path: Path) -> None:
    code = f"""
import sys
from statehold.integrations.diskcache import Cache, import_folder
assert "diskcache" not in sys.modules
sys.modules["diskcache"] = None
try:
    import_folder({str(tmp_path)!r}, Cache({str(tmp_path)!r}))
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'statehold[diskcache]'" in done.stdout


def test_what_is_no_folder_of_diskcache_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        import_folder(tmp_path, Cache(tmp_path / "new"))
    assert not (tmp_path / "cache.db").exists()
