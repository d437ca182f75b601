"""Goal: a namespace is a `MutableMapping`. Method: the idioms of `dict`, and what is added."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest

import statehold
from statehold import KeyNotFoundError, Namespace, Store


def test_it_is_a_mutable_mapping(ns: Namespace) -> None:
    assert isinstance(ns, MutableMapping)
    ns["k"] = {"x": 1}
    assert ns["k"] == {"x": 1}
    assert "k" in ns
    assert "m" not in ns
    del ns["k"]
    assert (len(ns), bool(ns), list(ns)) == (0, False, [])


def test_what_is_missing_is_a_key_error(ns: Namespace) -> None:
    with pytest.raises(KeyError):
        ns["k"]
    with pytest.raises(KeyNotFoundError) as caught:
        del ns["k"]
    assert (caught.value.namespace, caught.value.key) == ("a", "k")
    with pytest.raises(KeyNotFoundError):
        ns.pop("k")
    assert ns.pop("k", None) is None
    assert ns.pop("k", 7) == 7
    with pytest.raises(KeyError):
        ns.popitem()


def test_a_null_is_no_missing_key(ns: Namespace) -> None:
    ns["k"] = None
    assert "k" in ns
    assert ns.get("k", 7) is None
    assert ns.setdefault("k", 7) is None
    assert ns.pop("k", 7) is None
    assert ns.setdefault("k", 7) == 7
    assert ns["k"] == 7


def test_update_takes_a_mapping_pairs_or_a_function(ns: Namespace, store: Store) -> None:
    before = store.revision()
    assert ns.update({"k": 1, "m": 2}) is None
    assert store.revision() == before + 1, "one commit for all"
    ns.update([("n", 3)])
    assert dict(ns) == {"k": 1, "m": 2, "n": 3}
    assert ns.update("k", lambda old: old + 1) == 2
    assert ns.update("new", lambda old: [*old, 1], []) == [1]
    with pytest.raises(TypeError, match="needs a function"):
        ns.update("k")


def test_keys_values_and_items_are_in_order(ns: Namespace) -> None:
    ns.batch_set({f"{number:04}": number for number in range(2500)})
    keys = [f"{number:04}" for number in range(2500)]
    assert list(ns) == list(ns.keys()) == keys
    assert list(ns.values()) == list(range(2500))
    assert list(ns.items()) == [(key, int(key)) for key in keys]
    assert list(ns.items("00*", limit=3, start_after="0001", reverse=False)) == [
        ("0002", 2),
        ("0003", 3),
        ("0004", 4),
    ]
    assert len(ns) == 2500
    assert ns.popitem() == ("0000", 0)


def test_iterating_while_changing_goes_on(ns: Namespace) -> None:
    ns.batch_set({f"{number:04}": number for number in range(2000)})
    for key in ns:
        del ns[key]
    assert len(ns) == 0


def test_a_snapshot_is_a_mapping_that_stays(ns: Namespace, store: Store) -> None:
    ns["k"] = 1
    with store.snapshot() as snapshot:
        ns["k"] = 2
        frozen = snapshot.namespace("a")
        assert isinstance(frozen, Mapping)
        assert not isinstance(frozen, MutableMapping)
        assert (frozen["k"], dict(frozen.items()), list(frozen), len(frozen)) == (1, {"k": 1}, ["k"], 1)
    with pytest.raises(statehold.ClosedError):
        frozen.get("k")


@pytest.mark.parametrize("key", [1, None, b"k", ("k",)])
def test_keys_are_text(ns: Namespace, key: Any) -> None:
    for call in (ns.get, ns.delete, ns.exists, lambda key: ns.set(key, 1)):
        with pytest.raises(TypeError):
            call(key)


def test_one_str_is_not_several_keys(ns: Namespace) -> None:
    with pytest.raises(TypeError, match="several"):
        ns.batch_get("keys")
    assert ns.batch_get(iter(["k"])) == {}
