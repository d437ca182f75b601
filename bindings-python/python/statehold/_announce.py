"""Logging what is always logged."""

from __future__ import annotations

# Only for type checkers: loading it takes longer than opening a store does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def transition(event: dict[str, Any]) -> None:
    """Leaves a line for an environment that went to another state, with the event as ``transition``."""
    # Loading it takes longer than opening a store does, so only who has something to log pays for it.
    import logging

    logging.getLogger("statehold.environment").info(
        "environment %s %s from %s to %s at %s (revision %d)",
        event["environment"],
        "was set by hand" if event["recovery"] else "went",
        event["from"],
        event["to"],
        event["time"],
        event["revision"],
        extra={"transition": event},
    )
