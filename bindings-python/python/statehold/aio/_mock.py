"""Mock clouds, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .. import _statehold
from ._faults import Faults
from ._threads import Run, patient, quick, reading, settle, widen, writing

# How often somebody who waits for a cloud looks whether it is his turn, in seconds.
LOOK = 0.001


class Scenarios:
    """As :class:`statehold.Scenarios`."""

    _read = patient
    _write = patient

    def __init__(self, native: _statehold.Scenarios) -> None:
        self._native = native

    list = reading(_statehold.Scenarios.list)
    get = reading(_statehold.Scenarios.get)
    apply = writing(_statehold.Scenarios.apply)
    save = writing(_statehold.Scenarios.save)
    delete = writing(_statehold.Scenarios.delete)
    current = reading(_statehold.Scenarios.current)
    reset = writing(_statehold.Scenarios.reset)


class MockCloud:
    """As :class:`statehold.MockCloud`."""

    def __init__(self, native: _statehold.MockCloud, threads: Run = patient) -> None:
        self._native = native
        # Reading may be what lets something happen that is due, and then it writes.
        self._read = self._write = threads

    @property
    def name(self) -> str:
        """The cloud's name."""
        return self._native.name

    @property
    def is_closed(self) -> bool:
        """Whether the cloud, or the store that it is of, was closed."""
        return self._native.is_closed

    @property
    def faults(self) -> Faults:
        """What makes the operations of this cloud alone slow, or fail, on demand."""
        return Faults(self._native.faults)

    @property
    def scenarios(self) -> Scenarios:
        """The scenarios that the cloud can be put into."""
        return Scenarios(self._native.scenarios)

    close = writing(_statehold.MockCloud.close)
    get_instance = reading(_statehold.MockCloud.get_instance)
    set_instance = writing(_statehold.MockCloud.set_instance)
    update_instance_state = writing(_statehold.MockCloud.update_instance_state)
    get_public_ip = reading(_statehold.MockCloud.get_public_ip)
    set_public_ip = writing(_statehold.MockCloud.set_public_ip)
    has_volume = reading(_statehold.MockCloud.has_volume)
    set_has_volume = writing(_statehold.MockCloud.set_has_volume)
    start_instance = writing(_statehold.MockCloud.start_instance)
    stop_instance = writing(_statehold.MockCloud.stop_instance)
    complete_transition = writing(_statehold.MockCloud.complete_transition)
    get_transition = reading(_statehold.MockCloud.get_transition)
    set_transition = writing(_statehold.MockCloud.set_transition)
    get_parameter = reading(_statehold.MockCloud.get_parameter)
    set_parameter = writing(_statehold.MockCloud.set_parameter)
    delete_parameter = writing(_statehold.MockCloud.delete_parameter)
    get_all_parameters = reading(_statehold.MockCloud.get_all_parameters)
    get_commands = reading(_statehold.MockCloud.get_commands)
    add_command = writing(_statehold.MockCloud.add_command)
    update_command = writing(_statehold.MockCloud.update_command)
    clear_commands = writing(_statehold.MockCloud.clear_commands)
    get_backups = reading(_statehold.MockCloud.get_backups)
    add_backup = writing(_statehold.MockCloud.add_backup)
    remove_backup = writing(_statehold.MockCloud.remove_backup)
    clear_backups = writing(_statehold.MockCloud.clear_backups)
    get_costs = reading(_statehold.MockCloud.get_costs)
    set_costs = writing(_statehold.MockCloud.set_costs)
    get_stack_status = reading(_statehold.MockCloud.get_stack_status)
    set_stack_status = writing(_statehold.MockCloud.set_stack_status)
    get_state = reading(_statehold.MockCloud.get_state)
    patch_state = writing(_statehold.MockCloud.patch_state)
    reset_state = writing(_statehold.MockCloud.reset_state)
    persist_now = writing(_statehold.MockCloud.persist_now)

    async def with_lock(self, function: Callable[[MockCloud], Any]) -> Any:
        """Calls ``function(cloud)``, which may be a coroutine function, with nobody else in between: in this
        process in the order of arrival. All that it does with the cloud that it is given is one commit; what it
        raises undoes all. Returns what it returned."""
        return await self._exclusively(function, persist=False)

    async def with_lock_and_persist(self, function: Callable[[MockCloud], Any]) -> Any:
        """As :meth:`with_lock`, and what was done survives a power loss when it returns."""
        return await self._exclusively(function, persist=True)

    async def _exclusively(self, function: Callable[[MockCloud], Any], *, persist: bool) -> Any:
        exclusive = await self._write(self._native._exclusive, persist)
        try:
            while not exclusive.is_first():
                await asyncio.sleep(LOOK)
            while True:
                # Whoever holds the lock must not wait for the threads of those who wait for it.
                cloud = MockCloud(await patient(exclusive.begin), quick)
                try:
                    result = await settle(function(cloud))
                except BaseException:
                    if exclusive.rollback():
                        continue
                    raise
                if await quick(exclusive.commit):
                    return result
        finally:
            exclusive.leave()


async def open_mock_cloud(**options: Any) -> MockCloud:
    """As :func:`statehold.open_mock_cloud`."""
    # Its faults are on.
    widen()
    return MockCloud(await patient(_statehold.open_mock_cloud, **options))


async def get_mock_cloud() -> MockCloud:
    """As :func:`statehold.get_mock_cloud`."""
    widen()
    return MockCloud(await patient(_statehold.get_mock_cloud))


async def reset_mock_cloud() -> None:
    """As :func:`statehold.reset_mock_cloud`."""
    await patient(_statehold.reset_mock_cloud)
