"""The queues of diskcache: items whose keys are numbers of fifteen digits, alone or after a prefix."""

from __future__ import annotations

import statehold

from . import _names

_FIRST = 500_000_000_000_000
_DIGITS = "[0-9]" * 15
_SIDES = ("front", "back")


def next_key(entries: statehold.Namespace, prefix: str | None, side: str) -> int | str:
    """The key of the next item at this side."""
    end = end_of(entries, prefix, side)
    number = _FIRST if end is None else int(end[-15:]) + (1 if side == "back" else -1)
    return number if prefix is None else f"{prefix}-{number:015d}"


def end_of(entries: statehold.Namespace, prefix: str | None, side: str) -> str | None:
    """The text of the key of the item at this side; None if the queue is empty."""
    if side not in _SIDES:
        raise ValueError(f"unknown side {side!r}: it is 'front' or 'back'")
    start = "i:" if prefix is None else _names.literally(f"s:{prefix}-")
    found = entries.list(start + _DIGITS, limit=1, reverse=side == "back")
    return found[0] if found else None
