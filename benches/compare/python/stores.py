"""What a store under test can do, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

Durability = Literal["normal", "full"]


@dataclass(frozen=True)
class Store:
    """A store that is open; what it has no means for is None."""

    get: Callable[[str], Any]
    set: Callable[[str, Any], Any]
    close: Callable[[], None]
    batch_get: Callable[[list[str]], dict[str, Any]] | None = None
    batch_set: Callable[[dict[str, Any]], Any] | None = None
    list: Callable[[str], list[str]] | None = None
    """The keys with a prefix, in order."""
    increment: Callable[[str], Any] | None = None
    """Adds 1 to a number, atomically over processes."""


@contextmanager
def no_server(_folder: Path, _durability: Durability) -> Iterator[None]:
    yield


class Peer(NamedTuple):
    """How a store is opened: in a folder, at a durability; if `cold`, with a cache turned off."""

    open: Callable[[Path, Durability, bool], Store]
    per_thread: bool = False
    """Whether each thread opens it for itself."""
    server: Callable[[Path, Durability], AbstractContextManager[None]] = no_server
    """What has to run meanwhile."""
    missing: Callable[[], str | None] = lambda: None
    """Why it can't be measured here."""
    without: tuple[str, ...] = ()
    """The workloads that it has no means for."""
    only: tuple[str, ...] | None = None
    """The only workloads that make sense; None: all others."""
