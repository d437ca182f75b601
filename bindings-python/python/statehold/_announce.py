"""Logging what is always logged."""

from __future__ import annotations

import logging
from typing import Any


def transition(event: dict[str, Any]) -> None:
    """Leaves a line for an environment that went to another state, with the event as ``transition``."""
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
