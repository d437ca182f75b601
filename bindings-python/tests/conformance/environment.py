"""The steps that work on environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, START, decode, milliseconds, operations

import statehold

from .steps import check_fields, check_list, check_same, settle

if TYPE_CHECKING:
    from .executor import Executor

OPS = ("environments", "interrupted", "register_lifecycle", "lifecycle", "lifecycles")
OF_LOCK = operations("EnvironmentLock")
OUTSIDE = ("lock", "lock_info", "force_unlock", "interrupted", "register_lifecycle", "run")
LISTS = ("environments", "history", "interrupted", "lifecycles")
PLAIN = ("exists", "delete", "release", "is_held", "force_unlock", "register_lifecycle")


class EnvironmentSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        # The record of each name, as the steps have seen it last, and those that a closed store has given.
        self.records: dict[str, Any] = {}
        self.left: set[str] = set()

    def has(self, step: dict[str, Any]) -> bool:
        on_lock = hasattr(self.run.saved.get(step.get("on", "")), "fencing")
        return "env" in step or step["op"] in OPS or (on_lock and step["op"] in OF_LOCK)

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return "on" not in step and step["op"] not in OUTSIDE

    def forget(self) -> None:
        self.records = {}

    async def reopened(self) -> None:
        self.left = set(self.records)

    async def dump(self) -> Any:
        environments = self.run.store.environments()
        content = {}
        for record in await settle(environments.list()):
            history = await settle(environments.history(record.name))
            content[record.name] = [
                [record.lifecycle, record.state, record.data, record.last_success, record.step],
                None if record.failure is None else [record.failure.kind, record.failure.summary],
                [milliseconds(time) for time in (record.created_at, record.updated_at, record.entered_at)],
                [[entry.operation, entry.from_, entry.to, entry.note] for entry in history],
            ]
        return content

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op, name = step["op"], decode(step.get("env"), self.run.saved)
        if "failure" in options:
            options["failure"] = failure(options["failure"])
        if "time" in options:
            options["time"] += START
        if "on" in step:
            lock = self.run.saved[step["on"]]
            if op == "save":
                args = [await self.changed(lock.environments(), lock.name, *args)]
            return self.seen(await settle(getattr(lock, op)(*args, **options)))
        environments = target.environments()
        match op:
            case "environments":
                return await settle(environments.list(**options))
            case "interrupted" | "register_lifecycle" | "lifecycle" | "lifecycles":
                return await settle(getattr(environments, op)(*args, **options))
            case "find" | "at" | "lock_info":
                found = await settle(getattr(environments, op)(name, *args, **options))
                return ABSENT if found is None else found
            case "save":
                record = await self.changed(environments, name, *args)
                return self.seen(await settle(environments.save(record)))
            case "method":
                return await self.method(environments, name, *args, **options)
            case "recovery":
                guide = (await settle(environments.load(name))).recovery()
                return ABSENT if guide is None else guide
            case "run":
                return await self.command(environments, name, args, **options)
            case "delete":
                self.records.pop(name, None)
        return self.seen(await settle(getattr(environments, op)(name, *args, **options)))

    def seen(self, result: Any) -> Any:
        if hasattr(result, "entered_at"):
            self.records[result.name] = result
            self.left.discard(result.name)
        return result

    async def changed(self, environments: Any, name: str, *data: Any) -> Any:
        """The record, with other data."""
        if name not in self.records:
            self.seen(await settle(environments.load(name)))
        record = self.records[name]
        if data:
            (record.data,) = data
        return record

    async def method(self, environments: Any, name: str, method: str, *args: Any, **options: Any) -> Any:
        if name not in self.records or name in self.left:
            self.seen(await settle(environments.load(name)))
        if args and method.endswith("failed"):
            args = (failure(args[0]),)
        return self.seen(await settle(getattr(self.records[name], method)(*args, **options)))

    async def command(
        self,
        environments: Any,
        name: str,
        args: list[Any],
        *,
        in_progress: str,
        success: str,
        error: str,
        fn: Any = None,
        steps: tuple[str, ...] = (),
        data: Any = ABSENT,
    ) -> Any:
        """Runs a command that tells its steps, sets the data, and then calls the function of the case."""

        async def work(progress: Any) -> None:
            for told in steps:
                await settle(progress.step(told))
            if data is not ABSENT:
                progress.set_data(data)
            if fn is not None:
                await settle(self.run.function(fn)(progress.record.data))

        orchestrator = self.run.api.Orchestrator(environments)
        command = statehold.EnvironmentCommand(in_progress, success, error)
        self.records.pop(name, None)
        return self.seen(await settle(orchestrator.run(name, command, self.run.callable(work))))

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        op, unknown = step["op"], self.run.unknown
        if op in LISTS:
            check_list([described(one) for one in result], expected, step, *unknown)
        elif op in PLAIN or expected is ABSENT:
            check_same(result, expected, step)
        else:
            check_fields(described(result), expected, step, *unknown)


def failure(given: dict[str, Any]) -> statehold.Failure:
    times: dict[str, Any] = {
        name: START + given[name] for name in ("started_at", "failed_at") if name in given
    }
    return statehold.Failure(**{**given, **times})


def described(result: Any) -> Any:
    """A lifecycle has pairs where the cases have lists of two."""
    if not isinstance(result, statehold.Lifecycle):
        return result
    names = ("name", "states", "initial", "terminal", "errors", "in_progress")
    fields = {name: getattr(result, name) for name in names}
    return {**fields, "transitions": [list(pair) for pair in result.transitions]}
