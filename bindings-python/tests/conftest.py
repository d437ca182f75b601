from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import statehold


def pytest_configure() -> None:
    """Ctrl-C is heard here and in what is started here. Who is started in the background by a shell without
    job control ignores it, and tests would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
