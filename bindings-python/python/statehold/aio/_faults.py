"""The faults of a store, for asyncio."""

from __future__ import annotations

import builtins

from .. import _statehold
from ._threads import patient, reading, writing


class Faults:
    """As :class:`statehold.Faults`."""

    # Each looks at a file that others may be writing to.
    _read = patient
    _write = patient

    def __init__(self, native: _statehold.Faults) -> None:
        self._native = native

    @staticmethod
    def operations() -> builtins.list[str]:
        """The names of all operations that faults can be set on."""
        return _statehold.Faults.operations()

    set_global_latency = writing(_statehold.Faults.set_global_latency)
    get_global_latency = reading(_statehold.Faults.get_global_latency)
    set_operation_failure = writing(_statehold.Faults.set_operation_failure)
    get_operation_failure = reading(_statehold.Faults.get_operation_failure)
    clear_operation_failure = writing(_statehold.Faults.clear_operation_failure)
    clear_all_failures = writing(_statehold.Faults.clear_all_failures)
    list = reading(_statehold.Faults.list)
    calls = reading(_statehold.Faults.calls)
    count = reading(_statehold.Faults.count)
    verify = reading(_statehold.Faults.verify)
    clear_calls = writing(_statehold.Faults.clear_calls)
