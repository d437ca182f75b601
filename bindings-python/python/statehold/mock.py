"""The documents of a mock cloud, as types. Times are RFC 3339 texts in UTC, spans of time seconds, sizes bytes."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

InstanceState: TypeAlias = Literal[
    "running", "stopped", "hibernating", "pending", "stopping", "terminated", "unknown"
]
"""What an instance is doing."""

AttachmentStatus: TypeAlias = Literal["attached", "detached", "detaching"]
"""How far a volume is attached."""

ParameterType: TypeAlias = Literal["String", "StringList", "SecureString"]
"""What kind of SSM parameter it is."""

CommandStatus: TypeAlias = Literal["Pending", "InProgress", "Success", "Failed"]
"""How far an SSM command has come."""

CostPeriod: TypeAlias = Literal["current-month", "last-month", "last-30-days"]
"""The time that costs are for."""


class BlockDeviceMapping(TypedDict):
    """A volume of an instance."""

    device_name: str
    volume_id: str
    status: AttachmentStatus
    delete_on_termination: bool


class _Instance(TypedDict):
    instance_id: str
    state: InstanceState
    has_volume: bool
    last_updated: str


class Instance(_Instance, total=False):
    """The instance. It has a public address only while it runs, unless one was set otherwise."""

    public_ip: str
    availability_zone: str
    block_device_mappings: list[BlockDeviceMapping]


class Parameter(TypedDict):
    """An SSM parameter."""

    value: str
    type: ParameterType
    version: int
    last_modified: str


class _Command(TypedDict):
    command_id: str
    commands: list[str]
    status: CommandStatus
    created_at: str


class Command(_Command, total=False):
    """An SSM command."""

    output: str
    error: str
    completed_at: str


class Backup(TypedDict):
    """A backup."""

    name: str
    date: str
    size: int


class CostDates(TypedDict):
    """From the first day up to, and without, the last."""

    start: str
    end: str


class ServiceCost(TypedDict):
    """What a service has cost."""

    service: str
    cost: float


class Costs(TypedDict):
    """What a period has cost."""

    period: CostDates
    total_cost: float
    currency: str
    breakdown: list[ServiceCost]
    fetched_at: str


class Stack(TypedDict):
    """The stack that the cloud was made by."""

    exists: bool
    status: str
    stack_id: str


class CloudSettings(TypedDict):
    """How a cloud behaves: the address of a running instance, and how long starting and stopping take."""

    public_ip: str
    transition: Literal["immediate", "manual"] | float


class _Timer(TypedDict):
    due: str


class Timer(_Timer, total=False):
    """Something that will happen by itself: to the instance, or as a step of a scenario."""

    instance: InstanceState
    step: dict[str, Any]


class _CurrentScenario(TypedDict):
    name: str


class CurrentScenario(_CurrentScenario, total=False):
    """The scenario that was applied last, and where its machine stands."""

    machine: dict[str, Any]


class CloudState(TypedDict):
    """All of a mock cloud."""

    instance: Instance
    parameters: dict[str, Parameter]
    commands: list[Command]
    backups: list[Backup]
    costs: dict[CostPeriod, Costs]
    stack: Stack
    settings: CloudSettings
    timers: list[Timer]
    scenario: CurrentScenario | None


class _Scenario(TypedDict):
    name: str
    description: str


class Scenario(_Scenario, total=False):
    """A scenario: a preset of a mock cloud."""

    state: dict[str, Any]
    latency: float
    faults: dict[str, dict[str, Any]]
    steps: list[dict[str, Any]]
    machine: dict[str, Any]


class ScenarioInfo(TypedDict):
    """What a scenario is for."""

    name: str
    description: str
    built_in: bool
