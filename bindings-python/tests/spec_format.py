"""The data format of the conformance cases (`tests/spec/README.md`): decoding, comparing, functions."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SPEC = Path(__file__).resolve().parents[2] / "tests" / "spec"
START = 1_700_000_000
"""Where every case's clock starts, in seconds since 1970."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()
"""No value, as opposed to null."""


class Contains(str):
    """Any text that contains this one."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in other


class RaisedError(Exception):
    """What the functions and transactions of a case raise; never an error of the package."""


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case, with the name of its file."""
    for file in sorted((SPEC / "cases").glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
            yield file.stem, case


def operations(name: str) -> list[str]:
    """The methods of a type, by the API manifest."""
    types = json.loads((SPEC / "api.json").read_text(encoding="utf-8"))["types"]
    return [method["name"] for kind in types if kind["name"] == name for method in kind["methods"]]


def decode(data: Any, saved: dict[str, Any]) -> Any:
    """The value that a piece of a case's data stands for."""
    if isinstance(data, list):
        return [decode(item, saved) for item in data]
    if not isinstance(data, dict):
        return data
    match next(iter(data.items()), None):
        case ("$absent", _):
            return ABSENT
        case ("$bytes", digits):
            return bytes.fromhex(digits)
        case ("$float", text):
            named = text in ("nan", "inf", "-inf", "-0.0")
            return float(text) if named else struct.unpack(">d", bytes.fromhex(text))[0]
        case ("$int", digits):
            return int(digits)
        case ("$repeat", [text, times]):
            return text * times
        case ("$concat", parts):
            return "".join(decode(part, saved) for part in parts)
        case ("$contains", text):
            return Contains(text)
        case ("$surrogate", digits):
            return chr(int(digits, 16))
        case ("$nest", [depth, kind]):
            value: Any = [] if kind == "array" else {}
            for _ in range(depth - 1):
                value = [value] if kind == "array" else {"a": value}
            return value
        case ("$cycle", kind):
            cycle: Any = [] if kind == "array" else {}
            cycle.append(cycle) if kind == "array" else cycle.update(a=cycle)
            return cycle
        case ("$object", pairs):
            return {decode(name, saved): decode(value, saved) for name, value in pairs}
        case ("$keys", [prefix, start, stop]):
            return [key for key, _ in filled(prefix, start, stop)]
        case ("$items", [prefix, start, stop]):
            return [[key, value] for key, value in filled(prefix, start, stop)]
        case ("$filled", [prefix, start, stop]):
            return dict(filled(prefix, start, stop))
        case ("$saved", name):
            return getattr(saved[name], data["field"]) if "field" in data else saved[name]
    return {name: decode(value, saved) for name, value in data.items()}


def filled(prefix: str, start: int, stop: int) -> list[tuple[str, int]]:
    """The keys and values that `fill` writes, from `start` up to `stop`, or backwards."""
    numbers = range(start, stop) if start <= stop else range(start - 1, stop - 1, -1)
    return [(f"{prefix}{number:05}", number) for number in numbers]


def same(left: Any, right: Any, *, ordered: bool = True) -> bool:
    """Equality without mercy: types, bits of floats, order of members."""
    if isinstance(right, Contains):
        return bool(right == left)
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack(">d", left) == struct.pack(">d", right)
    if isinstance(left, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        names = list(left) == list(right) if ordered else left.keys() == right.keys()
        return names and all(same(left[name], right[name]) for name in left)
    return bool(left == right)


def milliseconds(seconds: float | None) -> int | None:
    """Times and durations are compared as whole milliseconds."""
    return None if seconds is None else round(seconds * 1000)


def compute(spec: dict[str, Any], found: Any, value: Any, version: int | None = None) -> Any:
    """The result of a named function, given what it found under the key (None: nothing), and the version of
    that where there is one."""
    match spec["$fn"]:
        case "return":
            return value
        case "same":
            return found
        case "wrap":
            return [found]
        case "append":
            return [*(found or []), value]
        case "add":
            return (found or 0) + value
        case "member":
            return {**found, spec["name"]: value}
        case "version":
            return {**found, "saw": [*found.get("saw", []), version]}
        case "raise":
            raise RaisedError("raised by the function")
        case name:
            raise AssertionError(f"the function {name} must not run")


def mutate(value: Any) -> None:
    """Changes a value in place, outside and inside, as far as it can be changed."""
    parts = [getattr(value, name) for name in ("data", "value", "ctx", "tokens") if hasattr(value, name)]
    if parts:  # a record
        for part in parts:
            mutate(part)
    elif isinstance(value, (list, tuple)):
        for item in value:
            mutate(item)
        if isinstance(value, list):
            value.append("changed")
    elif isinstance(value, dict):
        for item in value.values():
            mutate(item)
        value["changed"] = True
