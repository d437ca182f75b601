"""The texts that stand for one of a few things, as types."""

from __future__ import annotations

from typing import Literal, TypeAlias

DeploymentState: TypeAlias = Literal[
    "created",
    "provisioning",
    "provisioned",
    "configuring",
    "configured",
    "releasing",
    "released",
    "running",
    "destroyed",
    "provision_failed",
    "configure_failed",
    "release_failed",
    "run_failed",
]
"""A state of the lifecycle that is built in."""

FailureKind: TypeAlias = Literal[
    "template_rendering",
    "infrastructure_operation",
    "network_connectivity",
    "command_execution",
    "timeout",
    "file_system",
    "configuration",
    "state_persistence",
    "other",
]
"""What kind of thing went wrong."""

HistoryOperation: TypeAlias = Literal[
    "create", "save", "transition", "step", "recover", "delete", "take_over", "force_unlock"
]
"""What was done to an environment."""

CaseStatus: TypeAlias = Literal["running", "cancelled", "done", "failed"]
"""How a case stands."""

OnDoubt: TypeAlias = Literal["raise", "retry"]
"""What to do with an effect that was begun and has no result."""
