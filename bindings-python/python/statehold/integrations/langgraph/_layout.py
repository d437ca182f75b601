"""How checkpoints are laid out in namespaces.

Beside each other stand three namespaces, ``langgraph`` unless another name is given:

- ``langgraph.checkpoints``: ``thread/namespace/checkpoint`` to its metadata, labelled with its parent;
- ``langgraph.states``: the same key to the checkpoint itself, channels and all;
- ``langgraph.writes``: ``thread/namespace/checkpoint/task/index`` to a pending write, labelled with the path
  of its task and the channel.

A value is bytes: a line of JSON with its labels and the serializer's type, then what the serializer made.
Metadata stand apart, so that a search in them need not read the checkpoints. The ids of checkpoints sort by
time, and so do the keys.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from langgraph.checkpoint.serde.base import SerializerProtocol

# The slash separates the parts of a key; the percent sign begins an escape; a NUL can't be in a key.
_ESCAPES = str.maketrans({"%": "%25", "/": "%2F", "\0": "%00"})
_GLOB = str.maketrans({"*": "\\*", "?": "\\?", "[": "\\[", "\\": "\\\\"})


class Spaces(NamedTuple):
    """The names of the namespaces."""

    checkpoints: str
    states: str
    writes: str


def spaces(prefix: str) -> Spaces:
    """The namespaces with this prefix."""
    return Spaces(*(f"{prefix}.{name}" for name in Spaces._fields))


def key(*parts: object) -> str:
    """The key of these parts, whatever characters they have."""
    return "/".join(str(part).translate(_ESCAPES) for part in parts)


def parts(key: str) -> list[str]:
    """What a key was made of."""
    return [part.replace("%2F", "/").replace("%00", "\0").replace("%25", "%") for part in key.split("/")]


def only(key: str) -> str:
    """The pattern of this key alone."""
    return key.translate(_GLOB)


def under(key: str) -> str:
    """The pattern of all keys that have further parts."""
    return f"{only(key)}/*"


def pack(serde: SerializerProtocol, value: Any, *labels: str) -> bytes:
    """A value as it is stored."""
    kind, data = serde.dumps_typed(value)
    return b"%s\n%s" % (json.dumps([*labels, kind]).encode(), data)


def unpack(serde: SerializerProtocol, packed: bytes) -> tuple[Any, list[str]]:
    """A stored value, and its labels."""
    end = packed.index(b"\n")
    *labels, kind = json.loads(packed[:end])
    return serde.loads_typed((kind, packed[end + 1 :])), labels
