"""The abstract interface: what code depends on that wants some store, not this one."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

__all__ = ["StateBackend"]


@runtime_checkable
class StateBackend(Protocol):
    """Keys with values in namespaces, with TTL and transactions.

    A :class:`statehold.Store` is one, so are its transactions and a :class:`statehold.MemoryBackend`, and
    :class:`statehold.testing.StateBackendSuite` tells whether something else is one, too.
    """

    def get(self, namespace: str, key: str, default: Any = None) -> Any:
        """The value of a key; ``default`` if it is absent or has expired."""

    def set(self, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None) -> int:
        """Sets a key, to expire after ``ttl`` or never, and returns the revision; 0 inside a transaction."""

    def delete(self, namespace: str, key: str) -> bool:
        """Deletes a key and returns whether it was there."""

    def list(self, namespace: str, pattern: str = "*") -> builtins.list[str]:
        """The keys that match a glob pattern, sorted by their UTF-8 bytes."""

    def exists(self, namespace: str, key: str) -> bool:
        """Whether a key is there."""

    def get_ttl(self, namespace: str, key: str) -> float | None:
        """How many seconds a key still lives; None: for ever. Raises ``KeyNotFoundError`` if it is absent."""

    def set_ttl(self, namespace: str, key: str, ttl: float | timedelta | None) -> bool:
        """Changes when a key expires, and nothing else, and returns whether it was there; None: never."""

    def batch_get(self, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there, as of one moment."""

    def batch_set(
        self,
        namespace: str,
        entries: Mapping[str, Any] | Iterable[tuple[str, Any]],
        ttl: float | timedelta | None = None,
    ) -> int:
        """Sets many keys, all or none, and returns the revision; 0 inside a transaction."""

    def clear_namespace(self, namespace: str) -> int:
        """Deletes every key of a namespace and returns how many there were."""

    def transact(self, function: Callable[[Any], Any]) -> Any:
        """Calls ``function`` with a backend that is isolated from others, applies what it wrote at once, and
        returns what it returned. After a conflict it is called again. What it raises is raised, and nothing
        is applied."""
