from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import statehold


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def store(path: Path) -> Iterator[statehold.Store]:
    with statehold.open(path, durability="normal") as store:
        yield store


@pytest.fixture
def ns(store: statehold.Store) -> statehold.Namespace:
    return store.namespace("a")
