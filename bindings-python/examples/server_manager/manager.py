"""The application: it waits, tries again, and finds out whether a call whose answer was lost was done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Protocol, TypeVar

from .provider import Provider, ServerState, ThrottledError, UnansweredError

T = TypeVar("T")

# How often a call is made at most that is throttled.
TRIES = 6
# The pause before the second try, in seconds; each one after is twice as long.
FIRST_PAUSE = 0.2
# How many seconds to wait between two looks.
LOOK_EVERY = 2.0
# How many seconds a server may take to start or stop, and a command to run.
PATIENCE = 120.0
# The size of what is backed up, in bytes.
WORLD_SIZE = 2_100_000_000


class ManagerError(Exception):
    """The application could not do what it was asked to, though the provider has refused nothing."""


class Clock(Protocol):
    """What the application waits by; the module ``time`` is one."""

    def time(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class ServerManager:
    """Manages one server."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock

    def start(self) -> str:
        """Starts the server, waits until it runs, and returns its address."""
        self._ask_for("running", "starting", self._provider.start)
        # The address may come a little later than the state.
        while not (address := self._patiently(self._provider.address)):
            self._clock.sleep(LOOK_EVERY)
        return address

    def stop(self) -> None:
        """Stops the server and waits until it has."""
        self._ask_for("stopped", "stopping", self._provider.stop)

    def _ask_for(self, wanted: ServerState, on_the_way: ServerState, ask: Callable[[], None]) -> None:
        """Has the provider take the server to a state, and waits until it is there."""
        state = self._patiently(self._provider.state)
        if state == "other":
            raise ManagerError("the server is in no state in which this can be done")
        if state not in (wanted, on_the_way):
            # If no answer comes, it may have been done: the state tells.
            with suppress(UnansweredError):
                self._patiently(ask)
        waited = 0.0
        while (found := self._patiently(self._provider.state)) != wanted:
            if waited >= PATIENCE:
                raise ManagerError(f"after {PATIENCE:g} s the server is {found} and not yet {wanted}")
            self._clock.sleep(LOOK_EVERY)
            waited += LOOK_EVERY

    def status(self) -> str:
        """One line on how the server is doing."""
        state = self._patiently(self._provider.state)
        address = self._patiently(self._provider.address)
        return f"{state} at {address}" if address else state

    def back_up(self) -> str:
        """Makes a backup and returns its name. One whose answer is lost is looked for, so that there are
        never two."""
        name = f"world-{int(self._clock.time())}.tar.gz"
        try:
            self._patiently(lambda: self._provider.add_backup(name, WORLD_SIZE))
        except UnansweredError:
            if all(backup.name != name for backup in self._patiently(self._provider.backups)):
                raise
        return name

    def backups(self) -> list[str]:
        """The backups, a line each, the newest first."""
        now = datetime.fromtimestamp(self._clock.time(), timezone.utc)
        return [
            f"{one.name}: {one.size / 1e9:.1f} GB, {(now - one.made_at) // timedelta(hours=1)} h old"
            for one in self._patiently(self._provider.backups)
        ]

    def costs(self) -> str:
        """What this month costs, a line for each service."""
        bill = self._patiently(self._provider.bill)
        lines = [f"  {cost:7.2f} {service}" for service, cost in bill.services]
        return "\n".join([f"{bill.total:.2f} {bill.currency}", *lines])

    def run(self, command: str) -> str:
        """Runs a command on the server, and returns what it prints."""
        command_id = self._patiently(lambda: self._provider.send(command))
        waited = 0.0
        while waited < PATIENCE:
            progress = self._patiently(lambda: self._provider.progress(command_id))
            if progress.error is not None:
                raise ManagerError(f"the command failed: {progress.error}")
            if progress.output is not None:
                return progress.output
            self._clock.sleep(LOOK_EVERY)
            waited += LOOK_EVERY
        raise ManagerError(f"the command still runs after {PATIENCE:g} s")

    def _patiently(self, call: Callable[[], T]) -> T:
        """Calls the provider, again and with growing pauses while there are too many calls."""
        pause = FIRST_PAUSE
        for _ in range(TRIES - 1):
            try:
                return call()
            except ThrottledError:
                self._clock.sleep(pause)
                pause *= 2
        return call()
