"""Workflow cases for asyncio: what is buffered may be coroutine functions, and so may be effects."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from .. import _statehold
from .._statehold import (
    CaseMetadata,
    CaseReceipt,
    CaseScope,
    Committing,
    EffectResult,
    PendingEffect,
    Token,
)
from .._types import CaseStatus, OnDoubt
from ._threads import Run, quick, reading, settle, writing

if TYPE_CHECKING:
    from ._store import Store
    from ._transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")
Native = TypeVar("Native")


def _at_once(
    method: Callable[Concatenate[_statehold.Case, P], T],
) -> Callable[Concatenate[Case, P], T]:
    """A method that looks at no file."""

    @functools.wraps(method)
    def call(self: Case, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self._native, *args, **kwargs)

    return call


class Case:
    """As :class:`statehold.Case`."""

    def __init__(self, native: _statehold.Case, write: Run) -> None:
        self._native = native
        self._read, self._write = quick, write

    @property
    def id(self) -> str:
        """The case's id."""
        return self._native.id

    @property
    def status(self) -> CaseStatus:
        """How it stands; one that isn't running is closed."""
        return self._native.status

    @property
    def ctx(self) -> dict[str, Any]:
        """The context."""
        return self._native.ctx

    @property
    def tokens(self) -> dict[str, Token]:
        """The tokens by their ids."""
        return self._native.tokens

    @property
    def scopes(self) -> dict[str, CaseScope]:
        """The scopes by their ids, ``root`` among them."""
        return self._native.scopes

    @property
    def metadata(self) -> CaseMetadata:
        """What else is known of the case."""
        return self._native.metadata

    @property
    def revision(self) -> int:
        """The store's revision of the last commit; 0 inside the transaction that makes it."""
        return self._native.revision

    @property
    def sequence(self) -> int:
        """How many commits there were."""
        return self._native.sequence

    @property
    def pending(self) -> list[dict[str, Any]]:
        """What is buffered."""
        return self._native.pending

    token = _at_once(_statehold.Case.token)
    scope = _at_once(_statehold.Case.scope)
    is_cancelled = _at_once(_statehold.Case.is_cancelled)
    buffer = _at_once(_statehold.Case.buffer)
    put_ctx = _at_once(_statehold.Case.put_ctx)
    set_ctx = _at_once(_statehold.Case.set_ctx)
    update_ctx = _at_once(_statehold.Case.update_ctx)
    add_token = _at_once(_statehold.Case.add_token)
    remove_token = _at_once(_statehold.Case.remove_token)
    update_token = _at_once(_statehold.Case.update_token)
    enter_scope = _at_once(_statehold.Case.enter_scope)
    exit_scope = _at_once(_statehold.Case.exit_scope)
    cancel_scope = _at_once(_statehold.Case.cancel_scope)
    cancel_case = _at_once(_statehold.Case.cancel_case)
    increment_step_count = _at_once(_statehold.Case.increment_step_count)
    set_metadata = _at_once(_statehold.Case.set_metadata)
    set_status = _at_once(_statehold.Case.set_status)
    rollback = _at_once(_statehold.Case.rollback)
    snapshot = _at_once(_statehold.Case.snapshot)
    reload = reading(_statehold.Case.reload)
    receipts = reading(_statehold.Case.receipts)
    verify = reading(_statehold.Case.verify)
    at = reading(_statehold.Case.at)
    restore = writing(_statehold.Case.restore)
    rotate_receipts = writing(_statehold.Case.rotate_receipts)
    delete = writing(_statehold.Case.delete)
    resolve_effect = writing(_statehold.Case.resolve_effect)
    effects = reading(_statehold.Case.effects)
    lookup = reading(_statehold.Case.lookup)
    lookup_by_key = reading(_statehold.Case.lookup_by_key)

    async def commit(self, *, retry: int = 0) -> CaseReceipt | None:
        """Commits what is buffered, all or nothing; its functions may be coroutine functions."""
        return await self._commit(self._native._begin_commit(retry))

    async def close(self, outcome: CaseStatus = "done") -> CaseReceipt:
        """Sets the status to ``done``, ``failed`` or ``cancelled`` and commits it with what is buffered."""
        receipt = await self._commit(self._native._begin_close(outcome))
        assert receipt is not None, "the status was buffered"
        return receipt

    async def _commit(self, committing: Committing) -> CaseReceipt | None:
        try:
            while True:
                while (call := await self._read(committing.next)) is not None:
                    function, given = call
                    await self._read(committing.done, await settle(function(given)))
                done, receipt = await self._write(committing.finish)
                if done:
                    return receipt
        except BaseException:
            # Whoever looks at the exception keeps the commit, too, and so what was buffered.
            committing.abandon()
            raise

    async def effect(
        self,
        effect_id: str,
        spec: Any,
        function: Callable[[], Any],
        *,
        key: str | None = None,
        on_doubt: OnDoubt = "raise",
    ) -> EffectResult:
        """Runs a side effect that should happen once; the function may be a coroutine function. If it is
        cancelled, the effect is in doubt."""
        begin = self._native._begin_effect
        found = await self._write(begin, effect_id, spec, key=key, on_doubt=on_doubt)
        if not isinstance(found, PendingEffect):
            result: EffectResult = found
            return result
        try:
            value = await settle(function())
        except Exception as cause:
            return await self._write(found.failed, cause)
        return await self._write(found.done, value)

    def __repr__(self) -> str:
        return f"<aio.Case {self.id!r} ({self.status})>"


def creating(
    method: Callable[Concatenate[Native, P], _statehold.Case],
) -> Callable[Concatenate[Store | Transaction, P], Coroutine[Any, Any, Case]]:
    """A method that creates a case."""

    @functools.wraps(method)
    async def call(self: Store | Transaction, /, *args: P.args, **kwargs: P.kwargs) -> Case:
        native: Any = self._native
        return Case(await self._write(method, native, *args, **kwargs), self._write)

    return call


def loading(
    method: Callable[Concatenate[Native, P], _statehold.Case],
) -> Callable[Concatenate[Store | Transaction, P], Coroutine[Any, Any, Case]]:
    """A method that loads a case."""

    @functools.wraps(method)
    async def call(self: Store | Transaction, /, *args: P.args, **kwargs: P.kwargs) -> Case:
        native: Any = self._native
        return Case(await self._read(method, native, *args, **kwargs), self._write)

    return call
