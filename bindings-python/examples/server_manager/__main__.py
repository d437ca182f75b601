"""The command line of the server manager."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import statehold

from .manager import ManagerError, ServerManager
from .provider import MockProvider, ProviderError

USAGE = "what to do: start, stop, status, backup, backups, costs, run COMMAND, scenario NAME, reset"


def main(arguments: list[str]) -> str:
    cloud = statehold.open_mock_cloud(persist_to=Path(tempfile.gettempdir()) / "server-manager.json")
    manager = ServerManager(MockProvider(cloud), time)

    def stop() -> str:
        manager.stop()
        return "It is stopped"

    def scenario(name: str) -> str:
        cloud.scenarios.apply(name)
        return f"The provider is in the scenario {name}"

    def reset() -> str:
        cloud.scenarios.reset()
        return "The provider is as in the beginning"

    commands: dict[str, Callable[..., str]] = {
        "start": lambda: f"It runs at {manager.start()}",
        "stop": stop,
        "status": manager.status,
        "backup": lambda: f"It is kept as {manager.back_up()}",
        "backups": lambda: "\n".join(manager.backups()),
        "costs": manager.costs,
        # What the provider's side of it is in, for trying the application out.
        "reset": reset,
    }
    with_a_word: dict[str, Callable[[str], str]] = {"run": manager.run, "scenario": scenario}
    try:
        match arguments:
            case [command] if command in commands:
                return commands[command]()
            case [command, word] if command in with_a_word:
                return with_a_word[command](word)
        sys.exit(USAGE)
    except (ManagerError, ProviderError, statehold.StateholdError) as error:
        sys.exit(str(error))
    finally:
        cloud.close()


if __name__ == "__main__":
    print(main(sys.argv[1:]))
