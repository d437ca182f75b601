from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import diskcache
import pytest

from statehold.integrations.diskcache import Cache, Index

from .shared import Clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    now = time.time
    with mock.patch("time.time", side_effect=lambda: now() + clock.ahead):
        yield clock


@pytest.fixture(params=["statehold", "diskcache"])
def cache(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Any]:
    folder = tmp_path / "cache"
    ours = request.param == "statehold"
    with Cache(folder, clock=clock.manual) if ours else diskcache.Cache(folder) as made:
        yield made


@pytest.fixture(params=["statehold", "diskcache"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = (Index if request.param == "statehold" else diskcache.Index)(str(tmp_path / "index"))
    yield made
    made.cache.close()
