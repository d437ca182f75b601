"""An index."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import diskcache
import pytest

from statehold.integrations.diskcache import Cache, Index

from .shared import KINDS, same


@same("Index.__getitem__", "Index.__setitem__", "Index.__delitem__", "Index.__contains__", "Index.__len__")
@same("Index.__iter__", "Index.__reversed__", "Index.keys", "Index.values", "Index.items", "Index.clear")
@same("Index.get", "Index.update", "Index.cache", "Index.directory", "Index.__eq__", "Index.__repr__")
def test_an_index_is_an_ordered_dict(index: Any, tmp_path: Path) -> None:
    index.update({"b": 1, "a": 2}, c=3)
    index["b"] = 4
    index[0] = None
    pairs = [("b", 4), ("a", 2), ("c", 3), (0, None)]
    assert list(index) == ["b", "a", "c", 0]
    assert list(reversed(index)) == [0, "c", "a", "b"]
    assert (list(index.items()), list(index.values())) == (pairs, [4, 2, 3, None])
    keys, items, values = index.keys(), index.items(), index.values()
    assert ("a" in keys, ("a", 2) in items, 9 in values) == (True, True, False)
    assert (index.get("b"), index.get("x", 7), "x" in index, len(index)) == (4, 7, False, 4)
    assert index == dict(pairs[::-1])
    assert index == OrderedDict(pairs)
    assert index != OrderedDict(pairs[::-1])
    assert index != {"b": 4}
    assert index.directory == index.cache.directory == str(tmp_path / "index")
    assert repr(index) == f"Index({index.directory!r})"
    del index["a"]
    with pytest.raises(KeyError, match="a"):
        index["a"]
    with pytest.raises(KeyError, match="a"):
        del index["a"]
    index.clear()
    assert len(index) == 0
    with pytest.raises(TypeError, match="unhashable"):
        hash(index)


@same("Index.peekitem", "Index.popitem", "Index.pop", "Index.setdefault")
def test_an_index_is_a_stack_and_a_queue(index: Any) -> None:
    index.update([(letter, letter * 2) for letter in "abcde"])
    assert (index.peekitem(), index.peekitem(last=False)) == (("e", "ee"), ("a", "aa"))
    assert (index.popitem(), index.popitem(last=False), index.pop("c")) == (("e", "ee"), ("a", "aa"), "cc")
    assert (index.pop("x", 1), index.pop("x", None)) == (1, None)
    with pytest.raises(KeyError, match="x"):
        index.pop("x")
    assert (index.setdefault("b", 1), index.setdefault("x"), index.setdefault("y", 2)) == ("bb", None, 2)
    assert list(index) == ["b", "d", "x", "y"]
    index.clear()
    for call in (index.peekitem, index.popitem):
        with pytest.raises(KeyError):
            call()


@same("Index.push", "Index.pull")
def test_an_index_has_queues(index: Any) -> None:
    assert [index.push(letter, "q") for letter in "ab"] == ["q-500000000000000", "q-500000000000001"]
    key = index.push("front", "q", "front")
    assert (key, index.pull("q")) == ("q-499999999999999", (key, "front"))
    assert index.pull("q", side="back") == ("q-500000000000001", "b")
    assert (index.pull("q")[1], index.pull("q"), index.pull(None, 7)) == ("a", (None, None), 7)


@same("Index.transact", "Index.memoize", "Index.fromcache")
def test_an_index_of_a_cache(cache: Any) -> None:
    kind: Any = Index if isinstance(cache, Cache) else diskcache.Index
    index = kind.fromcache(cache, {"a": 1}, b=2)
    assert index.cache is cache
    with index.transact():
        index["a"] += 1
        index["b"] += 1
    assert dict(index) == {"a": 2, "b": 3}

    @index.memoize(name="square")  # type: ignore[untyped-decorator]
    def square(number: int) -> int:
        return number * number

    assert (square(3), index[square.__cache_key__(3)]) == (9, 9)


@KINDS
def test_an_index_is_made_as_a_dict(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: Any = Index if kind == "statehold" else diskcache.Index
    one = made({"a": 1}, b=2)
    assert dict(one) == {"a": 1, "b": 2}
    assert dict(made(one.directory, [("c", 3)], d=4)) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert dict(made(None, a=1)) == {"a": 1}
