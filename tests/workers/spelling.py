"""Values as the tests describe and spell them; see ``tests/src/lib.rs``."""

from __future__ import annotations

import hashlib
import struct
from typing import Any


def build(described: Any) -> Any:
    """The value that a description stands for."""
    if not isinstance(described, dict):
        return described
    ((kind, what),) = described.items()
    match kind:
        case "int":
            return int(what)
        case "float":
            return struct.unpack(">d", bytes.fromhex(what))[0]
        case "text":
            return what
        case "bytes":
            return bytes.fromhex(what)
        case "list":
            return [build(item) for item in what]
        case "object":
            return {name: build(value) for name, value in what}
        case "nested":
            return nested(what)
    raise ValueError(f"{described} describes no value")


def nested(depth: int) -> Any:
    """So many arrays and objects in turn around a 0."""
    value: Any = 0
    for level in range(depth):
        value = [value] if level % 2 == 0 else {"o": value}
    return value


def spell(value: Any, *, sort_names: bool = False) -> str:
    """A text that is equal exactly if the values are."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return "f" + struct.pack(">d", value).hex()
        case str():
            return "s" + value.encode().hex()
        case bytes():
            return "b" + value.hex()
        case list():
            return "[" + ",".join(spell(item, sort_names=sort_names) for item in value) + "]"
        case dict():
            members = [
                f"s{name.encode().hex()}:{spell(inner, sort_names=sort_names)}"
                for name, inner in value.items()
            ]
            return "{" + ",".join(sorted(members) if sort_names else members) + "}"
    raise TypeError(f"a {type(value).__name__} came out of a store")


def digest(value: Any) -> str:
    """The SHA-256 of the spelling with sorted names."""
    return hashlib.sha256(spell(value, sort_names=True).encode()).hexdigest()
