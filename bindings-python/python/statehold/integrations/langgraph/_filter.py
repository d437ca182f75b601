"""What LangGraph's searches ask of an item or of a namespace."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.store.base import MatchCondition

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def has(value: Any, wanted: Any) -> bool:
    """Whether a value is the one that is wanted, or, where an object is wanted, has its members.

    Names that begin with ``$`` are operators instead: ``$eq``, ``$ne``, ``$gt``, ``$gte``, ``$lt``, ``$lte``.
    """
    if isinstance(wanted, Mapping):
        if any(name.startswith("$") for name in wanted):
            return all(_compares(value, name, to) for name, to in wanted.items())
        return isinstance(value, Mapping) and all(has(value.get(name), item) for name, item in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(has, value, wanted))
    return bool(value == wanted)


def _compares(value: Any, name: str, to: Any) -> bool:
    if name in ("$eq", "$ne"):
        return bool(value == to) is (name == "$eq")
    if name not in _ORDERS:
        raise ValueError(f"unknown operator {name!r}: it is one of $eq, $ne, {', '.join(_ORDERS)}")
    comparable = all(isinstance(side, (int, float)) for side in (value, to)) or (
        isinstance(value, str) and isinstance(to, str)
    )
    return comparable and _ORDERS[name](value, to)


def matches(namespace: tuple[str, ...], condition: MatchCondition) -> bool:
    """Whether a namespace begins or ends with a path, in which ``*`` stands for any one label."""
    path = condition.path
    if condition.match_type not in ("prefix", "suffix"):
        raise ValueError(f"unknown match type {condition.match_type!r}: it is 'prefix' or 'suffix'")
    if len(path) > len(namespace):
        return False
    labels = (
        namespace[: len(path)]
        if condition.match_type == "prefix"
        else namespace[len(namespace) - len(path) :]
    )
    return all(label in ("*", found) for label, found in zip(path, labels, strict=True))
