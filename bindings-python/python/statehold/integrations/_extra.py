"""What to say when the library that an integration is made for isn't installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needing(library: str) -> Iterator[None]:
    """Imports in the body that miss ``library``, or what it brings along, say how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "statehold":
            raise
        raise ModuleNotFoundError(
            f"statehold.integrations.{library} needs {error.name}, which is not installed: "
            f"pip install 'statehold[{library}]'",
            name=error.name,
        ) from error
