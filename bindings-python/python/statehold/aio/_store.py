"""A store for asyncio."""

from __future__ import annotations

import builtins
import functools
import itertools
from collections.abc import Callable, Coroutine, Generator, Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, ParamSpec, TypeVar

from .. import _open, _statehold
from .._statehold import (
    BackupReport,
    CopyProgress,
    ExportReport,
    Finding,
    ImportReport,
    RestoreReport,
    TransferProgress,
    UpgradeReport,
)
from ._at_hand import at_hand
from ._atomic import Atomic
from ._case import creating, loading
from ._environments import Environments
from ._events import Relay
from ._faults import Faults
from ._gathered import Gathering, gathered
from ._mock import MockCloud
from ._namespace import Namespace
from ._plugin import Plugin, PluginStates
from ._snapshot import Snapshot
from ._threads import patient, quick, reading, settle, widen, writing
from ._transaction import Begun, Transaction
from ._watch import Watching

P = ParamSpec("P")
T = TypeVar("T")


def _known(store: _statehold.Store, namespace: str, key: str, default: Any = None) -> tuple[Any] | None:
    return store.namespace(namespace)._known(key, default)


def _known_to_exist(store: _statehold.Store, namespace: str, key: str) -> tuple[bool] | None:
    return store.namespace(namespace)._known_to_exist(key)


def _to_set(
    store: _statehold.Store, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None
) -> _statehold.Write:
    return store.namespace(namespace)._to_set(key, value, ttl)


def _to_delete(store: _statehold.Store, namespace: str, key: str) -> _statehold.Write:
    return store.namespace(namespace)._to_delete(key)


class Store:
    """As :class:`statehold.Store`."""

    _read = quick
    _write = patient

    def __init__(self, native: _statehold.Store, faults: bool) -> None:
        self._native = native
        # With faults each write is a call of its own, which may take its time.
        self._gathering = None if faults else Gathering(native)

    @property
    def path(self) -> Path:
        """The absolute path of the file."""
        return self._native.path

    @property
    def is_closed(self) -> bool:
        """Whether the store was closed."""
        return self._native.is_closed

    @property
    def lost_commits(self) -> tuple[int, int] | None:
        """The revisions expected and found when this store was opened, if commits had been lost."""
        return self._native.lost_commits

    get = at_hand(_statehold.Store.get, _known)
    set = gathered(_statehold.Store.set, _to_set)
    delete = gathered(_statehold.Store.delete, _to_delete)
    list = reading(_statehold.Store.list)
    exists = at_hand(_statehold.Store.exists, _known_to_exist)
    get_ttl = reading(_statehold.Store.get_ttl)
    set_ttl = writing(_statehold.Store.set_ttl)
    batch_get = reading(_statehold.Store.batch_get)
    batch_set = writing(_statehold.Store.batch_set)
    clear_namespace = writing(_statehold.Store.clear_namespace)
    namespaces = reading(_statehold.Store.namespaces)
    purge_expired = writing(_statehold.Store.purge_expired)
    flush = writing(_statehold.Store.flush)
    revision = reading(_statehold.Store.revision)
    journal = reading(_statehold.Store.journal)
    verify_journal = reading(_statehold.Store.verify_journal)
    verify = reading(_statehold.Store.verify)
    info = reading(_statehold.Store.info)
    vacuum = writing(_statehold.Store.vacuum)
    create_case = creating(_statehold.Store.create_case)
    case = loading(_statehold.Store.case)
    cases = reading(_statehold.Store.cases)
    mock_clouds = reading(_statehold.Store.mock_clouds)
    delete_mock_cloud = writing(_statehold.Store.delete_mock_cloud)

    def namespace(
        self, name: str, *, ttl: float | timedelta | None = None, sliding: bool = False
    ) -> Namespace:
        """A namespace, with a default ``ttl``, which reads renew if it is ``sliding``. Creates nothing."""
        return Namespace(self, name, ttl, sliding)

    def plugin(self, name: str) -> Plugin:
        """The state of one plugin."""
        return Plugin(self, name)

    def plugin_states(self) -> PluginStates:
        """The states of all plugins."""
        return PluginStates(self)

    def environments(self) -> Environments:
        """The environments: deployments, machines, tenants, with their lifecycles, histories and locks."""
        return Environments(self._native.environments(), self._write)

    def mock_cloud(
        self,
        name: str = "default",
        *,
        fixtures: Mapping[str, Any] | None = None,
        transition: Literal["immediate", "manual"] | float | timedelta | None = None,
    ) -> MockCloud:
        """A mock cloud, by its name; several names are isolated from each other. With a partial state as
        ``fixtures`` and the time that starting and stopping take, it begins with them, and is reset to them.
        Creates nothing."""
        native = self._native.mock_cloud(name, fixtures=fixtures, transition=transition)
        return MockCloud(native, self._write)

    @property
    def faults(self) -> Faults:
        """What makes the operations of the store slow, or fail, if it was opened with ``faults``."""
        return Faults(self._native.faults)

    def on(self, event: str, callback: Callable[[dict[str, Any]], Any] | None = None) -> Any:
        """Calls ``callback``, which may be a coroutine function, on this event loop whenever this happens."""
        if callback is None:
            return functools.partial(self.on, event)
        self._native.on(event, Relay(event, callback))
        return callback

    def off(self, event: str, callback: Callable[[dict[str, Any]], Any]) -> bool:
        """Ends that, and returns whether there was one."""
        return self._native.off(event, callback)

    def transact(
        self,
        function: Callable[..., Any] | None = None,
        *,
        max_retries: int = 10,
        durability: str | None = None,
    ) -> Any:
        """As the sync one; the function may be a coroutine function."""
        if function is not None:
            return self._transact(function, max_retries, durability)

        def decorate(function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
            @functools.wraps(function)
            async def call(*args: Any, **kwargs: Any) -> Any:
                return await self._transact(lambda tx: function(tx, *args, **kwargs), max_retries, durability)

            return call

        return decorate

    async def _transact(
        self, function: Callable[[Transaction], Any], max_retries: int, durability: str | None
    ) -> Any:
        attempts = self._native._attempts(max_retries, durability)
        for attempt in itertools.count():
            # The last try holds the lock, and must not queue behind those that wait for it.
            locked = 0 < attempt >= max_retries
            native = await (patient if locked else quick)(attempts.begin)
            try:
                result = await settle(function(Transaction(native)))
            except BaseException:
                native.rollback()
                raise
            if await (quick if locked else patient)(attempts.commit, native):
                break
        return result

    def transaction(
        self,
        *,
        lock: bool = False,
        lock_timeout: float | timedelta | None = None,
        durability: str | None = None,
    ) -> Begun:
        """As the sync one, with ``async with``."""
        return Begun(self._native, lock, {"lock_timeout": lock_timeout, "durability": durability})

    def atomic(self) -> Atomic:
        """A list of checks and mutations to be committed together, without reading."""
        return Atomic(self._native.atomic())

    def snapshot(self) -> Taken:
        """The store as of this moment, to be awaited or used by ``async with``."""
        return Taken(self._native)

    def watch(
        self,
        *,
        facet: str | None = None,
        namespace: str | None = None,
        pattern: str | None = None,
        after: int | None = None,
    ) -> Watching:
        """Watches for what is committed: to be awaited, or used by ``async with`` or ``async for``."""
        options: dict[str, Any] = {
            "facet": facet,
            "namespace": namespace,
            "pattern": pattern,
            "after": after,
        }
        return Watching(functools.partial(self._native.watch, **options))

    async def close(self) -> None:
        """Ends the use of the store, once what was asked for before on this event loop is written."""
        if self._gathering is not None:
            await self._gathering.end()
        await self._write(self._native.close)

    def stats(self) -> _statehold.Stats:
        """What this handle has done since it was opened."""
        return self._native.stats()

    async def backup(
        self,
        path: str | PathLike[str],
        *,
        overwrite: bool = False,
        progress: Callable[[CopyProgress], Any] | None = None,
    ) -> BackupReport:
        """Makes a copy as of one revision. ``progress``, which may be a coroutine function, is called on this
        event loop."""
        tell = _progress(progress)
        return await patient(self._native.backup, path, overwrite=overwrite, progress=tell)

    @staticmethod
    async def restore(
        source: str | PathLike[str],
        into: str | PathLike[str],
        *,
        force: bool = False,
        progress: Callable[[CopyProgress], Any] | None = None,
    ) -> RestoreReport:
        """Puts a backup where no store is, or with ``force`` into the store that is there."""
        tell = _progress(progress)
        return await patient(_statehold.Store.restore, source, into, force=force, progress=tell)

    async def export_file(
        self,
        path: str | PathLike[str],
        *,
        namespace: str | None = None,
        since: int | None = None,
        overwrite: bool = False,
        progress: Callable[[TransferProgress], Any] | None = None,
    ) -> ExportReport:
        """Writes the store as of one moment to a file, as JSON lines; ``progress`` as in :meth:`backup`."""
        tell = _progress(progress)
        options: dict[str, Any] = {"namespace": namespace, "since": since, "overwrite": overwrite}
        return await patient(self._native.export_file, path, **options, progress=tell)

    async def import_file(
        self,
        path: str | PathLike[str],
        *,
        merge: bool = False,
        progress: Callable[[TransferProgress], Any] | None = None,
    ) -> ImportReport:
        """Reads an export into a store that it fits, or with ``merge`` over what is there."""
        tell = _progress(progress)
        return await patient(self._native.import_file, path, merge=merge, progress=tell)

    @staticmethod
    async def upgrade(
        path: str | PathLike[str],
        *,
        backup: str | PathLike[str] | None = None,
        progress: Callable[[CopyProgress], Any] | None = None,
    ) -> UpgradeReport:
        """Brings the store at ``path`` to the present format, after a ``backup`` in the old one."""
        tell = _progress(progress)
        return await patient(_statehold.Store.upgrade, path, backup=backup, progress=tell)

    @staticmethod
    async def doctor(path: str | PathLike[str]) -> builtins.list[Finding]:
        """Looks for trouble with the store at ``path`` and around it, and says what to do."""
        return await patient(_statehold.Store.doctor, path)

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        await self.close()


def _progress(callback: Callable[[T], Any] | None) -> Relay[T] | None:
    return None if callback is None else Relay("the progress", callback)


class Taken:
    """A snapshot to come."""

    def __init__(self, store: _statehold.Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None

    def __await__(self) -> Generator[Any, Any, Snapshot]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Snapshot:
        self._snapshot = Snapshot(await quick(self._store.snapshot))
        return self._snapshot

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if self._snapshot is not None:
            await self._snapshot.close()


class Opening:
    """A store to come."""

    def __init__(self, function: Callable[[], _statehold.Store], faults: bool) -> None:
        self._function, self._faults = function, faults
        self._store: Store | None = None

    def __await__(self) -> Generator[Any, Any, Store]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Store:
        self._store = Store(await patient(self._function), self._faults)
        return self._store

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if self._store is not None:
            await self._store.close()


def _opening(function: Callable[P, _statehold.Store]) -> Callable[P, Opening]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> Opening:
        faults = bool(kwargs.get("faults"))
        if faults:
            widen()
        return Opening(functools.partial(function, *args, **kwargs), faults)

    return call


open = _opening(_open.open)
