"""A commit without reading, for asyncio."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from .. import _statehold
from ._threads import patient, writing

P = ParamSpec("P")


def _step(
    method: Callable[Concatenate[_statehold.Atomic, P], _statehold.Atomic],
) -> Callable[Concatenate[Atomic, P], Atomic]:
    @functools.wraps(method)
    def call(self: Atomic, /, *args: P.args, **kwargs: P.kwargs) -> Atomic:
        method(self._native, *args, **kwargs)
        return self

    return call


class Atomic:
    """As :class:`statehold.Atomic`."""

    _read = patient
    _write = patient

    def __init__(self, native: _statehold.Atomic) -> None:
        self._native = native

    check = _step(_statehold.Atomic.check)
    set = _step(_statehold.Atomic.set)
    delete = _step(_statehold.Atomic.delete)
    save_plugin = _step(_statehold.Atomic.save_plugin)
    commit = writing(_statehold.Atomic.commit)
