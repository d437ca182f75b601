"""What the steps of all facets share: waiting, and comparing what came out with what is expected."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Coroutine
from typing import Any

from spec_format import ABSENT, START, milliseconds, same

TIMES = (
    "created_at",
    "updated_at",
    "expires_at",
    "time",
    "last_modified",
    "entered_at",
    "started_at",
    "failed_at",
    "taken_at",
    "since",
    "last_commit",
)
SPANS = ("duration", "spent", "ttl")
# The fields that are records, lists of them, and records by their names.
RECORDS = ("metadata", "journal", "failure", "holder", "record")
LISTS = ("problems",)
BY_NAME = ("tokens", "scopes")


def drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the sync API gave something to wait for")


async def settle(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def attribute(record: Any, name: str) -> Any:
    """A field of a record or an error by its name in the cases."""
    return getattr(record, f"{name}_" if keyword.iskeyword(name) else name)


def brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 500 else f"{text[:400]} … {text[-100:]}"


def gave(step: dict[str, Any], result: Any) -> str:
    return f"{brief(step)} gave {brief(result)}"


def check_same(result: Any, expected: Any, step: dict[str, Any], *, ordered: bool = True) -> None:
    assert same(result, expected, ordered=ordered), gave(step, result)


def check_fields(result: Any, expected: dict[str, Any], step: dict[str, Any], *skipped: str) -> None:
    """Compares the fields that are named in `expected`, of records within a record, too."""
    for name, value in expected.items():
        found = result.get(name, ABSENT) if isinstance(result, dict) else attribute(result, name)
        if name in skipped:
            continue
        if name in RECORDS and isinstance(value, dict):
            check_fields(found, value, step, *skipped)
            continue
        if name in LISTS and step["op"] == "verify":
            check_list(found, value, step, *skipped)
            continue
        if name in BY_NAME and isinstance(value, dict):
            assert list(found) == list(value), gave(step, result)
            check_list(list(found.values()), list(value.values()), step, *skipped)
            continue
        # Events tell their time as a text.
        if name in TIMES and isinstance(found, float):
            found, value = milliseconds(found - START), milliseconds(value)
        elif name in SPANS and value is not None:
            found, value = milliseconds(found), milliseconds(value)
        elif name == "changes":
            found = sorted([row.facet, row.name, row.key, row.operation] for row in found)
            value = sorted(value)
        elif name == "mutations":
            found = [[mutation.name, mutation.id] for mutation in found]
        assert same(found, value), f"{brief(step)}: {name} is {brief(found)}"


def by_path(violations: list[dict[str, str]]) -> list[dict[str, str]]:
    """Which of them is told first does not matter."""
    return sorted(violations, key=lambda violation: violation["path"])


def check_list(result: Any, expected: list[Any], step: dict[str, Any], *skipped: str) -> None:
    """Compares records one by one."""
    assert len(result) == len(expected), gave(step, result)
    for record, fields in zip(result, expected, strict=True):
        check_fields(record, fields, step, *skipped)
