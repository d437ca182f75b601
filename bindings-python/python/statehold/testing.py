"""Does it do what a backend must? A pytest class to inherit, for any implementation of ``StateBackend``.

>>> from statehold.testing import StateBackendSuite
>>> class TestMine(StateBackendSuite):
...     def make_backend(self, clock):
...         return MyBackend(clock=clock)
"""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from . import InvalidNameError, InvalidValueError, KeyNotFoundError, ManualClock
from .backend import StateBackend

__all__ = ["StateBackendSuite"]


class RaisedError(Exception):
    """What the functions of the suite raise."""


class StateBackendSuite:
    """Inherit it and say how a backend is made. Each test gets one of its own."""

    def make_backend(self, clock: ManualClock) -> StateBackend:
        """A new, empty backend that takes its time from ``clock``."""
        raise NotImplementedError("say how a backend is made")

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The clock of the test's backend."""
        return ManualClock()

    @pytest.fixture
    def backend(self, clock: ManualClock) -> StateBackend:
        """The test's backend."""
        return self.make_backend(clock)

    def test_it_has_the_interface(self, backend: StateBackend) -> None:
        assert isinstance(backend, StateBackend)

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            0,
            -(2**63),
            2**64 - 1,
            1.0,
            -0.0,
            5e-324,
            "",
            "\0 ünïcode \U0001f600",
            b"",
            b"\x00\xff",
            [],
            {},
            {"z": [1, {"a": None}], "a": "the order of members stays"},
        ],
        ids=repr,
    )
    def test_values_come_back_as_they_went_in(self, backend: StateBackend, value: Any) -> None:
        backend.set("a", "k", value)
        found = backend.get("a", "k", "absent")
        assert (type(found), repr(found)) == (type(value), repr(value))

    def test_a_missing_key_gives_the_default(self, backend: StateBackend) -> None:
        assert backend.get("a", "k") is None
        assert backend.get("a", "k", 7) == 7
        backend.set("a", "k", None)
        assert backend.get("a", "k", 7) is None

    def test_returned_values_are_the_callers_own(self, backend: StateBackend) -> None:
        given = {"a": [1]}
        backend.set("a", "k", given)
        given["a"].append(2)
        backend.get("a", "k")["a"].append(3)
        assert backend.get("a", "k") == {"a": [1]}

    @pytest.mark.parametrize(
        "value", [float("nan"), 2**64, {1: 2}, {"a": b""}, object(), "\ud800"], ids=ascii
    )
    def test_what_is_no_value_is_refused(self, backend: StateBackend, value: Any) -> None:
        backend.set("a", "k", 1)
        with pytest.raises(InvalidValueError):
            backend.set("a", "k", value)
        with pytest.raises(InvalidValueError):
            backend.batch_set("a", {"m": 1, "k": value})
        assert (backend.get("a", "k"), backend.exists("a", "m")) == (1, False)

    def test_namespaces_are_isolated(self, backend: StateBackend) -> None:
        backend.set("a", "k", 1)
        backend.set("b", "k", 2)
        assert (backend.get("a", "k"), backend.get("b", "k")) == (1, 2)
        assert backend.clear_namespace("a") == 1
        assert backend.clear_namespace("a") == 0
        assert (backend.list("a"), backend.list("b")) == ([], ["k"])

    def test_deleting_says_whether_there_was_something(self, backend: StateBackend) -> None:
        backend.set("a", "k", 1)
        assert backend.delete("a", "k") is True
        assert backend.delete("a", "k") is False
        assert backend.exists("a", "k") is False

    def test_lists_are_sorted_by_bytes_and_match_globs(self, backend: StateBackend) -> None:
        for key in ["b", "a", "ä", "B", "a/1", "a/2", "a*"]:
            backend.set("a", key, 0)
        assert backend.list("a") == ["B", "a", "a*", "a/1", "a/2", "b", "ä"]
        assert backend.list("a", "a/*") == ["a/1", "a/2"]
        assert backend.list("a", "?") == ["B", "a", "b", "ä"]
        assert backend.list("a", "[!a-z]") == ["B", "ä"]
        assert backend.list("a", "a\\*") == ["a*"]

    def test_expired_keys_are_gone_at_the_millisecond(
        self, backend: StateBackend, clock: ManualClock
    ) -> None:
        backend.set("a", "k", 1, ttl=1)
        backend.batch_set("a", {"m": 2}, ttl=1)
        clock.advance(0.999)
        assert backend.batch_get("a", ["k", "m"]) == {"k": 1, "m": 2}
        clock.advance(0.001)
        assert (backend.get("a", "k"), backend.exists("a", "k")) == (None, False)
        assert (backend.list("a"), backend.batch_get("a", ["k", "m"])) == ([], {})
        assert backend.delete("a", "k") is False
        assert backend.set_ttl("a", "k", 5) is False
        assert backend.clear_namespace("a") == 0

    def test_a_ttl_can_be_asked_for_and_changed(self, backend: StateBackend, clock: ManualClock) -> None:
        backend.set("a", "k", 1, ttl=60)
        clock.advance(20)
        assert backend.get_ttl("a", "k") == pytest.approx(40, abs=0.001)
        assert backend.set_ttl("a", "k", 5) is True
        assert backend.get_ttl("a", "k") == pytest.approx(5, abs=0.001)
        assert backend.set_ttl("a", "k", None) is True
        assert backend.get_ttl("a", "k") is None
        backend.set("a", "k", 2, ttl=60)
        backend.set("a", "k", 3)
        assert backend.get_ttl("a", "k") is None, "setting without a TTL clears the earlier one"
        with pytest.raises(KeyNotFoundError):
            backend.get_ttl("a", "missing")

    @pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
    def test_what_is_no_ttl_is_refused(self, backend: StateBackend, ttl: float) -> None:
        with pytest.raises(InvalidValueError):
            backend.set("a", "k", 1, ttl=ttl)
        assert backend.exists("a", "k") is False

    def test_batches_are_all_or_nothing(self, backend: StateBackend) -> None:
        backend.batch_set("a", {"k": 1, "m": 2})
        assert backend.batch_get("a", ["m", "missing", "k"]) == {"k": 1, "m": 2}
        with pytest.raises(InvalidNameError):
            backend.batch_set("a", {"n": 3, "": 4})
        assert backend.list("a") == ["k", "m"]

    @pytest.mark.parametrize(
        ("namespace", "key"), [("", "k"), ("a", ""), ("a", "k\0"), ("n" * 256, "k"), ("a", "k" * 1025)]
    )
    def test_names_are_checked(self, backend: StateBackend, namespace: str, key: str) -> None:
        with pytest.raises(InvalidNameError):
            backend.set(namespace, key, 1)
        with pytest.raises(InvalidNameError):
            backend.get(namespace, key)

    def test_transactions_see_what_they_wrote(self, backend: StateBackend) -> None:
        backend.set("a", "k", 1)

        def change(tx: StateBackend) -> str:
            tx.set("a", "k", tx.get("a", "k") + 1)
            tx.set("b", "m", 5)
            tx.transact(lambda inner: inner.set("b", "n", 6))
            assert (tx.get("a", "k"), tx.list("b")) == (2, ["m", "n"])
            return "what the function gives"

        assert backend.transact(change) == "what the function gives"
        assert (backend.get("a", "k"), backend.list("b")) == (2, ["m", "n"])

    def test_failed_transactions_leave_nothing(self, backend: StateBackend) -> None:
        def fail(tx: StateBackend) -> NoReturn:
            tx.set("a", "k", 1)
            tx.clear_namespace("b")
            raise RaisedError

        backend.set("b", "m", 2)
        with pytest.raises(RaisedError):
            backend.transact(fail)
        assert (backend.exists("a", "k"), backend.get("b", "m")) == (False, 2)

    def test_a_conflict_runs_the_function_again(self, backend: StateBackend) -> None:
        backend.set("a", "k", 1)
        seen: list[int] = []

        def change(tx: StateBackend) -> None:
            seen.append(tx.get("a", "k"))
            if len(seen) == 1:
                backend.set("a", "k", 10)
            tx.set("a", "k", seen[-1] + 1)

        backend.transact(change)
        assert (seen, backend.get("a", "k")) == ([1, 10], 11)
