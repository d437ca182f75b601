"""Values of any type in a store: JSON as it is, others pickled, if that is allowed.

Who can write a pickle that is then loaded runs code in the process that loads it. So pickling is off unless
somebody decides that nobody else writes to the file; and then too, what is JSON is stored as JSON, for other
languages to read.

What is not JSON is stored as bytes, of which the first tells what the rest is.
"""

from __future__ import annotations

import math
import pickle
from typing import Any

import statehold

RAW, PICKLED = b"b", b"p"
# As the store has it: arrays and objects nested deeper are refused.
_DEEPEST = 100


class Codec:
    """Turns values into those that a store takes, and back into equal ones of the same type."""

    def __init__(self, allow_pickle: bool, how_to_allow: str) -> None:
        """:param how_to_allow: what to set, for the messages of errors."""
        self.allow_pickle = allow_pickle
        self.how_to_allow = how_to_allow

    def encode(self, value: Any) -> Any:
        """What to store. Raises ``InvalidValueError`` for what needs pickling, if that is off."""
        found = foreign(value)
        if found is None:
            return value
        if type(value) is bytes:
            return RAW + value
        if not self.allow_pickle:
            path, kind = found
            reason = f"{kind} is not JSON, and pickling is off"
            raise statehold.InvalidValueError(
                f"the value can't be stored: {path}: {reason}; store JSON, or {self.how_to_allow} if nobody "
                "else can write to the file",
                path=path,
                reason=reason,
            )
        return PICKLED + pickle.dumps(value, pickle.HIGHEST_PROTOCOL)

    def decode(self, stored: Any) -> Any:
        """The value of what was stored. Raises ``SerializationError`` for a pickle, if pickling is off."""
        if type(stored) is not bytes:
            return stored
        kind, rest = stored[:1], stored[1:]
        if kind == RAW:
            return rest
        if kind == PICKLED:
            return self.load(rest)
        raise self._unreadable(f"it begins with {kind!r}")

    def load(self, pickled: bytes) -> Any:
        """What a pickle holds. Raises ``SerializationError`` if pickling is off."""
        if not self.allow_pickle:
            raise self._unreadable("it is a pickle, and pickling is off")
        return pickle.loads(pickled)

    def _unreadable(self, reason: str) -> statehold.SerializationError:
        return statehold.SerializationError(
            f"the stored value can't be read: {reason}; delete it, or {self.how_to_allow} if nobody "
            "else can write to the file",
            what="value",
            reason=reason,
        )


def foreign(value: Any, depth: int = 0) -> tuple[str, str] | None:
    """Where in a value is something that JSON would not give back the same, and what; None: nowhere."""
    kind = type(value)
    if kind is str:
        return None if value.isascii() or _is_unicode(value) else ("$", "a str with a lone surrogate")
    if kind is bool or value is None:
        return None
    if kind is int:
        return None if -(2**63) <= value < 2**64 else ("$", "an int of more than 64 bits")
    if kind is float:
        return None if math.isfinite(value) else ("$", str(value))
    if kind is not dict and kind is not list:
        return "$", f"a {kind.__module__}.{kind.__qualname__}"
    if depth == _DEEPEST:
        return "$", f"a {kind.__name__} nested deeper than {_DEEPEST}"
    for name, item in value.items() if kind is dict else enumerate(value):
        if kind is dict and (type(name) is not str or foreign(name)):
            return "$", f"a dict with the key {name!r}"
        if found := foreign(item, depth + 1):
            where, what = found
            return (f"$.{name}" if kind is dict else f"$[{name}]") + where[1:], what
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
