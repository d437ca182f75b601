"""A transaction for asyncio."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from types import TracebackType
from typing import Any

from .. import _statehold
from .._statehold import Receipt
from ._case import creating, loading
from ._environments import Environments
from ._mock import MockCloud
from ._namespace import Namespace
from ._plugin import Plugin, PluginStates
from ._threads import patient, quick, reading, settle


class Transaction:
    """As :class:`statehold.Transaction`."""

    _read = quick
    _write = quick
    # What is written here is committed with the transaction.
    _gathering = None

    def __init__(self, native: _statehold.Transaction) -> None:
        self._native = native

    @property
    def receipt(self) -> Receipt | None:
        """The receipt, once it is committed; None before."""
        return self._native.receipt

    get = reading(_statehold.Transaction.get)
    set = reading(_statehold.Transaction.set)
    delete = reading(_statehold.Transaction.delete)
    list = reading(_statehold.Transaction.list)
    exists = reading(_statehold.Transaction.exists)
    get_ttl = reading(_statehold.Transaction.get_ttl)
    set_ttl = reading(_statehold.Transaction.set_ttl)
    batch_get = reading(_statehold.Transaction.batch_get)
    batch_set = reading(_statehold.Transaction.batch_set)
    clear_namespace = reading(_statehold.Transaction.clear_namespace)
    create_case = creating(_statehold.Transaction.create_case)
    case = loading(_statehold.Transaction.case)
    cases = reading(_statehold.Transaction.cases)
    rollback = reading(_statehold.Transaction.rollback)

    async def commit(self) -> Receipt:
        """Commits. Raises ``ConflictError`` when something that was read has changed since."""
        return await patient(self._native.commit)

    def namespace(
        self, name: str, *, ttl: float | timedelta | None = None, sliding: bool = False
    ) -> Namespace:
        """A namespace inside the transaction: the same operations as on the store."""
        return Namespace(self, name, ttl, sliding)

    def plugin(self, name: str) -> Plugin:
        """The state of one plugin inside the transaction."""
        return Plugin(self, name)

    def plugin_states(self) -> PluginStates:
        """The states of all plugins inside the transaction."""
        return PluginStates(self)

    def environments(self) -> Environments:
        """The environments inside the transaction. A lock can't be taken there."""
        return Environments(self._native.environments(), self._write)

    def mock_cloud(self, name: str = "default") -> MockCloud:
        """A mock cloud inside the transaction."""
        return MockCloud(self._native.mock_cloud(name), self._write)

    def savepoint(self, function: Callable[[Transaction], Any] | None = None) -> Any:
        """Calls ``function(tx)``, which may be a coroutine function; if it raises, only what it wrote is
        undone. Without a function, an asynchronous context manager that does the same with its body."""
        return Savepoint(self) if function is None else self._in_savepoint(function)

    async def _in_savepoint(self, function: Callable[[Transaction], Any]) -> Any:
        async with Savepoint(self):
            return await settle(function(self))

    async def transact(self, function: Callable[[Transaction], Any]) -> Any:
        """Calls ``function(tx)``: what it does is part of this transaction."""
        return await settle(function(self))

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A context manager that gives this transaction and does nothing at its end."""
        return contextlib.nullcontext(self)


class Savepoint:
    """Undoes what its body wrote if the body raises."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._native: _statehold.Savepoint = tx._native.savepoint()

    async def __aenter__(self) -> Transaction:
        await quick(self._native.__enter__)
        return self._tx

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        # Not in a thread: a task that is cancelled again while it waits must undo its writes all the same.
        self._native.__exit__(kind, error, trace)


class Begun:
    """What ``store.transaction()`` gives: begins a transaction and ends it with its body."""

    def __init__(self, store: _statehold.Store, lock: bool, options: dict[str, Any]) -> None:
        self._store, self._lock, self._options = store, lock, options

    async def __aenter__(self) -> Transaction:
        begin = patient if self._lock else quick
        self._native = await begin(self._store.transaction, lock=self._lock, **self._options)
        return Transaction(self._native)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if kind is not None:
            self._native.rollback()
        else:
            # Who holds the lock must not queue behind those that wait for it.
            await (quick if self._lock else patient)(self._native.__exit__, None, None, None)
