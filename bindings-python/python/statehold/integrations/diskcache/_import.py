"""Taking over a folder of diskcache."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import statehold

from .._extra import needing
from ._cache import Cache

# How many items are taken over in one commit.
_AT_ONCE = 500
_PICKLED = "SELECT count(*) FROM Cache WHERE raw = 0 OR mode = ?"
_ALL = "SELECT key, raw, expire_time, tag, mode, filename, value FROM Cache ORDER BY rowid"


def import_folder(folder: str | os.PathLike[str], into: Cache) -> int:
    """Takes over the items of a diskcache, in their order and with their tags, for as long as they still
    live, and returns how many. The folder is not changed, and must not be written meanwhile. Needs
    ``diskcache``.

    Raises ``InvalidValueError``, before anything is taken over, if there are pickles in the folder and
    ``into`` may not pickle: loading a pickle runs what code is in it, so allow that only for a folder
    that nobody else could write.
    """
    with needing("diskcache"):
        from diskcache import Disk
        from diskcache.core import MODE_PICKLE

    path = Path(folder) / "cache.db"
    disk = Disk(str(folder))
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as source:
        (pickled,) = source.execute(_PICKLED, (MODE_PICKLE,)).fetchone()
        if pickled and not into.allow_pickle:
            reason = f"{pickled} items in {path} are pickled, and pickling is off"
            raise statehold.InvalidValueError(
                f"the folder can't be taken over: {reason}; make the cache with allow_pickle=True if nobody "
                "else could write to the folder",
                path="folder",
                reason=reason,
            )
        rows = source.execute(_ALL)
        count = 0
        while page := list(islice(rows, _AT_ONCE)):
            with into.transact(retry=True):
                count += sum(_take(disk, into, *row) for row in page)
    return count


def _take(
    disk: Any, into: Cache, key: Any, raw: int, expire_time: float | None, tag: Any, mode: int, *stored: Any
) -> bool:
    expire = None if expire_time is None else expire_time - time.time()
    if expire is not None and expire <= 0:
        return False
    value = disk.fetch(mode, *stored, False)
    return into.set(disk.get(key, raw), value, expire, tag=tag)
