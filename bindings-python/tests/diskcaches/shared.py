"""What the tests have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

import statehold

Test = TypeVar("Test", bound=Callable[..., None])
SHOWN: set[str] = set()
KINDS = pytest.mark.parametrize("kind", ["statehold", "diskcache"])


def same(*names: str) -> Callable[[Test], Test]:
    """What a test shows to be the same in both."""
    SHOWN.update(names)
    return lambda test: test


class Clock:
    """Moves the time of either library."""

    def __init__(self) -> None:
        self.manual = statehold.ManualClock()
        self.ahead = 0.0

    def advance(self, seconds: float) -> None:
        self.manual.advance(seconds)
        self.ahead += seconds
