"""Goal: all backends do what a backend must. Method: the package's own suite, over each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import statehold
from statehold.testing import StateBackendSuite


class TestStore(StateBackendSuite):
    def make_backend(self, clock: statehold.ManualClock) -> statehold.StateBackend:
        return statehold.open(":memory:", clock=clock)


class TestMemory(StateBackendSuite):
    def make_backend(self, clock: statehold.ManualClock) -> statehold.StateBackend:
        return statehold.MemoryBackend(clock=clock)


class TestTransaction(StateBackendSuite):
    """As far as a transaction can be one: its time stands still, and it joins, so it undoes nothing."""

    test_expired_keys_are_gone_at_the_millisecond = None  # type: ignore[assignment]
    test_a_ttl_can_be_asked_for_and_changed = None  # type: ignore[assignment]
    test_failed_transactions_leave_nothing = None  # type: ignore[assignment]
    test_a_conflict_runs_the_function_again = None  # type: ignore[assignment]

    @pytest.fixture
    def backend(self, clock: statehold.ManualClock) -> Iterator[Any]:
        with statehold.open(":memory:", clock=clock) as store, store.transaction() as tx:
            yield tx


class Broken:
    """A backend that forgets the TTL."""

    def __init__(self, clock: statehold.ManualClock) -> None:
        self._inner = statehold.MemoryBackend(clock=clock)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def set(self, namespace: str, key: str, value: Any, ttl: Any = None) -> int:
        return self._inner.set(namespace, key, value)


def test_the_suite_finds_a_broken_backend() -> None:
    clock = statehold.ManualClock()
    suite: Any = StateBackendSuite()
    with pytest.raises(AssertionError):
        suite.test_expired_keys_are_gone_at_the_millisecond(Broken(clock), clock)
    suite.test_deleting_says_whether_there_was_something(Broken(clock))


def test_what_is_none_is_told_apart() -> None:
    assert isinstance(statehold.MemoryBackend(), statehold.StateBackend)
    assert not isinstance({}, statehold.StateBackend)
