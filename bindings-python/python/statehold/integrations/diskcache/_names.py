"""Keys of any type as keys of a store.

A key is text that tells its type: ``s:ada``, ``i:7``, ``f:0.5``, ``b:00ff`` (hexadecimal), ``t:('f', 1)``
for tuples of such, and ``p:…`` for what is pickled. As in diskcache, 1 and 1.0 are one key, and True is
another. A key that would be too long for a store is cut to its digest.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import math
import pickle
import pickletools
from typing import Any

import statehold

from .._pickling import Codec

# The most bytes of a key in a store.
_LONGEST = 1024
_WILD = str.maketrans({sign: f"\\{sign}" for sign in "*?[\\"})
_SCALARS = (str, int, float, bytes, bool, type(None))


def name(key: Any, codec: Codec) -> str:
    """The whole text for a key. Raises ``InvalidValueError`` for one that needs pickling, if that is off."""
    kind = type(key)
    if kind is str and "\0" not in key and _is_unicode(key):
        return f"s:{key}"
    if kind is int or (kind is float and key.is_integer()):
        return f"i:{int(key)}"
    if kind is float and not math.isnan(key):
        return f"f:{key!r}"
    if kind is bytes:
        return f"b:{key.hex()}"
    if _is_literal(key):
        return f"t:{key!r}"
    if codec.allow_pickle:
        dumped = pickletools.optimize(pickle.dumps(key, pickle.HIGHEST_PROTOCOL))
        return f"p:{base64.b64encode(dumped).decode()}"
    reason = f"a {kind.__module__}.{kind.__qualname__} as a key needs pickling, and that is off"
    raise statehold.InvalidValueError(
        f"the key can't be stored: {reason}; use text, a number, bytes or a tuple of such, or "
        f"{codec.how_to_allow} if nobody else can write to the file",
        path="key",
        reason=reason,
    )


def original(name: str, codec: Codec) -> Any:
    """The key that a text stands for."""
    kind, _, text = name.partition(":")
    match kind:
        case "s":
            return text
        case "i":
            return int(text)
        case "f":
            return float(text)
        case "b":
            return bytes.fromhex(text)
        case "t":
            return ast.literal_eval(text)
        case _:
            return codec.load(base64.b64decode(text))


def short(name: str, spare: int = 0) -> str:
    """The text, or its digest where that leaves less than ``spare`` bytes of the most that a key may have."""
    data = name.encode()
    return name if len(data) <= _LONGEST - spare else f"h:{hashlib.blake2b(data, digest_size=32).hexdigest()}"


def literally(text: str) -> str:
    """The pattern that matches a text alone."""
    return text.translate(_WILD)


def rank(key: Any) -> tuple[int, Any]:
    """Sorts keys: numbers, then text, then bytes, then all others by what they look like."""
    if type(key) in (int, float):
        return 0, key
    if type(key) is str:
        return 1, key
    return (2, key) if type(key) is bytes else (3, repr(key))


def _is_literal(key: Any) -> bool:
    """Whether ``repr`` tells all of a key."""
    if type(key) is tuple:
        return all(map(_is_literal, key))
    return type(key) in _SCALARS and not (type(key) is float and not math.isfinite(key))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
