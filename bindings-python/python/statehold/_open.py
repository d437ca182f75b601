"""Opening a store."""

from __future__ import annotations

from . import _announce, _statehold

# Only for type checkers: loading these takes longer than opening a store does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from datetime import timedelta
    from typing import Any, NoReturn

    from ._statehold import ManualClock, Store


def open(
    path: str | os.PathLike[str],
    *,
    durability: str = "full",
    busy_timeout: float | timedelta = 5,
    lock_timeout: float | timedelta = 5,
    journal: str = "keys",
    journal_max_rows: int = 100_000,
    journal_max_age: float | timedelta = 2_592_000,
    max_value_bytes: int = 67_108_864,
    max_receipts: int | None = None,
    max_wal_bytes: int = 50_331_648,
    cache_bytes: int = 33_554_432,
    max_backups: int = 3,
    clock: ManualClock | None = None,
    background: bool = True,
    label: str | None = None,
    follow_symlinks: bool = True,
    allow_network: bool = False,
    create: bool = True,
    faults: bool = False,
    default: Callable[[Any], Any] | None = None,
    **unknown: NoReturn,
) -> Store:
    """Opens the store at ``path``, or creates it; ``":memory:"`` makes a private one, gone when closed.

    :param durability: what a commit survives: ``full`` (power loss; synced before it returns), ``normal`` (a
        crash of the process), ``deferred(ms)`` (as ``normal``, and synced within that time).
    :param busy_timeout: how many seconds to wait for another process's write lock.
    :param lock_timeout: for how many seconds a transaction may hold the write lock.
    :param journal: what the journal keeps of a commit: ``keys``, or ``full`` with the values.
    :param journal_max_rows: how many commits the journal keeps.
    :param journal_max_age: for how many seconds it keeps them.
    :param max_value_bytes: the most bytes that a value may have.
    :param max_receipts: how many receipts of each case are kept, all if None; older ones go to the archive.
    :param max_wal_bytes: how long SQLite's log may grow because a snapshot or a transaction is held; those
        that keep it from starting anew are then ended.
    :param cache_bytes: how much memory may be taken to keep what was read of keys, so that it is not read
        again until somebody changes it; 0 keeps nothing.
    :param max_backups: how many backups of each plugin's state are kept, unless it registers a number itself.
    :param clock: where the store takes its time from; the machine's clock if None.
    :param background: whether a thread purges expired keys and moves the log into the file.
    :param label: a word that the journal adds to who committed.
    :param follow_symlinks: whether the path may be a symbolic link.
    :param allow_network: whether to open a store on a network file system.
    :param create: whether to create a store that isn't there.
    :param faults: whether calls can be delayed and made to fail by ``store.faults``, for tests.
    :param default: a function that makes JSON of an object of another type, as in ``json.dumps``.
    """
    options: dict[str, Any] = {
        "durability": durability,
        "busy_timeout": busy_timeout,
        "lock_timeout": lock_timeout,
        "journal": journal,
        "journal_max_rows": journal_max_rows,
        "journal_max_age": journal_max_age,
        "max_value_bytes": max_value_bytes,
        "max_receipts": max_receipts,
        "max_wal_bytes": max_wal_bytes,
        "cache_bytes": cache_bytes,
        "max_backups": max_backups,
        "background": background,
        "label": label,
        "follow_symlinks": follow_symlinks,
        "allow_network": allow_network,
        "create": create,
        "faults": faults,
        **unknown,
    }
    store = _statehold.open(path, default=default, clock=clock, **options)
    store.on("environment.transition", _announce.transition)
    if store.lost_commits is not None:
        # As in `_announce`: loaded only when it is needed.
        import logging

        expected, found = store.lost_commits
        logging.getLogger("statehold").warning(
            "%s is at revision %d, but it had reached %d: the commits in between are lost, as after a power "
            "failure without durability='full', or because an older copy was put in its place",
            store.path,
            found,
            expected,
        )
    return store
