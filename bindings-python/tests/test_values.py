"""Values: what goes in comes out equal and of the same type, or is refused with the path. The codec alone."""

from __future__ import annotations

import collections
import datetime
import enum
import json
import math
from typing import Any

import pytest

from statehold import InvalidValueError, SerializationError
from statehold._statehold import from_json, to_json


class Name(str):
    __slots__ = ()


class Level(enum.IntEnum):
    LOW = 1


class Colour(str, enum.Enum):
    RED = "red"


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        2**64 - 1,
        -(2**63),
        1.0,
        1e300,
        5e-324,
        "",
        'a"b\\c\n\0\u2028 é 😀',
        [],
        {},
        [1, [2.5, {"a": None}]],
        {"b": 1, "a": {"x y": False}},
    ],
)
def test_values_come_back_equal_and_of_the_same_type(value: Any) -> None:
    text = to_json(value)
    again = from_json(text)
    assert again == value
    assert type(again) is type(value)
    assert json.loads(text) == value


def test_key_order_and_the_sign_of_zero_are_kept() -> None:
    assert list(from_json(to_json({"b": 1, "a": 2}))) == ["b", "a"]
    assert math.copysign(1, from_json(to_json(-0.0))) == -1


def test_subclasses_are_taken_as_their_base() -> None:
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    assert to_json(ordered) == '{"b":2,"a":1}'
    assert to_json({Name("k"): Name("v")}) == '{"k":"v"}'
    assert to_json(Point(1, (2,))) == "[1,[2]]"


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else 1


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (2**64, "$", "-2^63 and 2^64-1"),
        (-(2**200), "$", "-2^63 and 2^64-1"),
        ([0, math.nan], "$[1]", "NaN"),
        ({"a b": [-math.inf]}, '$["a b"][0]', "infinity"),
        ({"users": [{"name": "a\ud800"}]}, "$.users[0].name", "surrogates"),
        ({"users": [{"\udc00": 1}]}, "$.users[0]", "surrogates"),
        ({"a": {1: 2}}, "$.a", "type `int`"),
        ({Level.LOW: 2}, "$", "Level`"),
        ({"level": Level.LOW}, "$.level", "default="),
        ([Colour.RED], "$[0]", "default="),
        ({"a": [b"x"]}, "$.a[0]", "key of their own"),
        ({"at": datetime.date(2020, 1, 1)}, "$.at", "`datetime.date` is not JSON; pass default="),
        ({"s": {1, 2}}, "$.s", "`set`"),
        (nested(101), "$" + "[0]" * 100, "100 deep"),
    ],
)
def test_what_is_not_json_is_refused_with_the_path(value: Any, path: str, reason: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        to_json(value)
    assert caught.value.path == path
    assert reason in caught.value.reason


def test_100_levels_are_fine_and_a_cycle_is_refused() -> None:
    assert from_json(to_json(nested(100))) == nested(100)
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(InvalidValueError, match="100 deep"):
        to_json(cycle)


def test_the_hook_converts_other_types_and_its_errors_go_through() -> None:
    assert to_json({"at": datetime.date(2020, 1, 1)}, str) == '{"at":"2020-01-01"}'
    assert to_json([{1, 2}, Level.LOW], lambda made: [] if isinstance(made, set) else int(made)) == "[[],1]"
    with pytest.raises(ZeroDivisionError):
        to_json([object()], lambda _: 1 / 0)
    with pytest.raises(InvalidValueError, match="ever new"):
        to_json(object(), lambda _: object())


def test_a_hook_that_changes_the_dict_is_refused() -> None:
    value: dict[str, Any] = {"a": object(), "b": 1}

    def grow(_: object) -> int:
        value["c"] = 1
        return 1

    with pytest.raises(InvalidValueError, match="changed while"):
        to_json(value, grow)


def test_text_beyond_the_limit_is_refused() -> None:
    wide: Any = "x"
    for _ in range(60):
        wide = [wide, wide]
    with pytest.raises(InvalidValueError, match="at most 1000 bytes"):
        to_json(wide, max_bytes=1000)


def test_text_that_is_no_json_is_a_serialization_error() -> None:
    with pytest.raises(SerializationError):
        from_json("[1,")
