"""What the application needs of a provider, and a mock cloud that gives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from statehold import FaultError, MockCloud, StateholdError

ServerState: TypeAlias = Literal["stopped", "starting", "running", "stopping", "other"]
"""The server as the provider sees it; ``other`` is nothing that the application can deal with."""


class ProviderError(Exception):
    """It was refused."""


class ThrottledError(ProviderError):
    """Nothing was done, for now: the same call may succeed later."""


class UnansweredError(ProviderError):
    """It is not known whether it was done: the answer did not come."""


@dataclass(frozen=True)
class Backup:
    name: str
    made_at: datetime
    size: int


@dataclass(frozen=True)
class Progress:
    """How a command that was sent is doing: what it printed, or why it has failed, once it has ended."""

    output: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Bill:
    """What a month costs."""

    total: float
    currency: str
    services: list[tuple[str, float]]


class Provider(Protocol):
    """A provider of servers. Of a real one this would be written on its client library."""

    def state(self) -> ServerState: ...
    def address(self) -> str | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def backups(self) -> list[Backup]: ...
    def add_backup(self, name: str, size: int) -> None: ...
    def bill(self) -> Bill: ...
    def send(self, command: str) -> str:
        """Sends a command and returns its id."""

    def progress(self, command_id: str) -> Progress: ...


# The codes by which the provider says that there were too many calls.
THROTTLING = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "LimitExceededException"}

STATES: dict[str, ServerState] = {
    "stopped": "stopped",
    "pending": "starting",
    "running": "running",
    "stopping": "stopping",
}


@contextmanager
def answering() -> Iterator[None]:
    """The code of an injected failure tells what the provider would mean by it, as the codes of its own
    errors do."""
    try:
        yield
    except FaultError as error:
        if error.committed:
            raise UnansweredError(f"no answer: {error}") from error
        if error.error_code in THROTTLING:
            raise ThrottledError(f"too many calls: {error}") from error
        raise ProviderError(str(error)) from error
    except StateholdError as error:
        raise ProviderError(str(error)) from error


class MockProvider:
    """A provider that is a mock cloud."""

    def __init__(self, cloud: MockCloud) -> None:
        self._cloud = cloud

    @answering()
    def state(self) -> ServerState:
        return STATES.get(self._cloud.get_instance()["state"], "other")

    @answering()
    def address(self) -> str | None:
        return self._cloud.get_public_ip()

    @answering()
    def start(self) -> None:
        self._cloud.start_instance()

    @answering()
    def stop(self) -> None:
        self._cloud.stop_instance()

    @answering()
    def backups(self) -> list[Backup]:
        return [
            # Before Python 3.11 a `Z` is no time zone.
            Backup(one["name"], datetime.fromisoformat(one["date"].replace("Z", "+00:00")), one["size"])
            for one in self._cloud.get_backups()
        ]

    @answering()
    def add_backup(self, name: str, size: int) -> None:
        self._cloud.add_backup({"name": name, "size": size})

    @answering()
    def bill(self) -> Bill:
        costs = self._cloud.get_costs("current-month")
        services = [(part["service"], part["cost"]) for part in costs["breakdown"]]
        return Bill(costs["total_cost"], costs["currency"], services)

    @answering()
    def send(self, command: str) -> str:
        return self._cloud.add_command([command])

    @answering()
    def progress(self, command_id: str) -> Progress:
        for command in self._cloud.get_commands():
            if command["command_id"] != command_id:
                continue
            match command["status"]:
                case "Success":
                    return Progress(output=command.get("output", ""))
                case "Failed":
                    return Progress(error=command.get("error", ""))
                case _:
                    return Progress()
        raise ProviderError(f"there is no command {command_id}")
