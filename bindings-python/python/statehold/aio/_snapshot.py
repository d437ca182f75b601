"""The store as of one moment, for asyncio."""

from __future__ import annotations

from types import TracebackType

from .. import _statehold
from ._threads import quick, reading, streaming


class SnapshotNamespace:
    """As :class:`statehold.SnapshotNamespace`."""

    _read = quick
    _write = quick

    def __init__(self, native: _statehold.SnapshotNamespace) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """The namespace's name."""
        return self._native.name

    get = reading(_statehold.SnapshotNamespace.get)
    entry = reading(_statehold.SnapshotNamespace.entry)
    exists = reading(_statehold.SnapshotNamespace.exists)
    get_ttl = reading(_statehold.SnapshotNamespace.get_ttl)
    list = reading(_statehold.SnapshotNamespace.list)
    items = streaming(_statehold.SnapshotNamespace.items)
    count = reading(_statehold.SnapshotNamespace.count)
    batch_get = reading(_statehold.SnapshotNamespace.batch_get)


class Snapshot:
    """As :class:`statehold.Snapshot`."""

    _read = quick
    _write = quick

    def __init__(self, native: _statehold.Snapshot) -> None:
        self._native = native

    @property
    def revision(self) -> int:
        """The last revision that it shows."""
        return self._native.revision

    def namespace(self, name: str) -> SnapshotNamespace:
        """A namespace as of the moment."""
        return SnapshotNamespace(self._native.namespace(name))

    close = reading(_statehold.Snapshot.close)

    async def __aenter__(self) -> Snapshot:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        await self.close()
