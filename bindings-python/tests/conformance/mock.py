"""The steps that work on mock clouds and their scenarios."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, RaisedError, decode

from .steps import check_fields, check_list, check_same, settle

if TYPE_CHECKING:
    from .executor import Executor

WITHOUT_NAME = ("mock_clouds", "delete_mock_cloud", "open_mock_cloud", "write_file", "read_file", "files")
# What the mode `transaction` does past its transactions.
PAST_TRANSACTIONS = ("with_lock", "with_lock_and_persist", "persist_now")
LOCKING = ("with_lock", "with_lock_and_persist")
# What may give nothing.
MAYBE = ("get_public_ip", "get_parameter", "current")
# What is compared whole, though it is an object.
WHOLE = ("get_all_parameters",)


class MockSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        # What the function of `with_lock` was given, while it runs.
        self.locked: Any = None

    def has(self, step: dict[str, Any]) -> bool:
        return "mock" in step or "scenarios" in step or step["op"] in WITHOUT_NAME

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return "mock" in step and "on" not in step and step["op"] not in PAST_TRANSACTIONS

    async def reopened(self) -> None:
        return None

    async def dump(self) -> Any:
        """What the store holds, but for the ids of commands, which are others in each run."""
        content = {}
        for name in await settle(self.run.store.mock_clouds()):
            state = await settle(self.run.store.mock_cloud(name).get_state())
            content[name] = {**state, "commands": [{**one, "command_id": ""} for one in state["commands"]]}
        return content

    def cloud(self, target: Any, step: dict[str, Any]) -> Any:
        if self.locked is not None:
            return self.locked
        if "on" in step:
            return self.run.saved[step["on"]]
        return target.mock_cloud(decode(step["mock"], self.run.saved))

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op = step["op"]
        if op in WITHOUT_NAME:
            return await self.on_all(op, step, args, options)
        if "scenarios" in step:
            owner = self.run.store.mock_cloud(step["scenarios"]).scenarios
        else:
            owner = self.cloud(target, step)
        match op:
            case "close_mock":
                return await settle(owner.close())
            case "mock_closed":
                return owner.is_closed
            case "with_lock" | "with_lock_and_persist":
                return await self.lock(getattr(owner, op), step)
        result = await settle(getattr(owner, op)(*args, **options))
        return ABSENT if result is None and op in MAYBE else result

    async def lock(self, with_lock: Any, step: dict[str, Any]) -> None:
        async def body(cloud: Any) -> None:
            self.locked = cloud
            try:
                for part in step["steps"]:
                    await self.run.step(self.run.store, part)
            finally:
                self.locked = None
            if step.get("abort"):
                raise RaisedError("the function ends by an error")

        try:
            await settle(with_lock(self.run.callable(body)))
        except RaisedError:
            if not step.get("abort"):
                raise
        else:
            assert not step.get("abort"), "the error of the function was swallowed"

    async def on_all(self, op: str, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        match op:
            case "open_mock_cloud":
                if "persist_to" in options:
                    options["persist_to"] = self.run.file(options["persist_to"])
                return await settle(self.run.api.open_mock_cloud(clock=self.run.clock, **options))
            case "write_file":
                file, text = args
                self.run.file(file).write_text(text, encoding="utf-8")
                return None
            case "read_file":
                return json.loads(self.run.file(*args).read_text(encoding="utf-8"))
            case "files":
                (part,) = args
                own = [file.name for file in self.run.path.parent.iterdir()]
                return sum(name.startswith(self.run.path.name) and part in name for name in own)
        return await settle(getattr(self.run.store, op)(*args, **options))

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        if step["op"] == "get_state":
            for name, value in expected.items():
                if isinstance(value, dict):
                    check_fields(result[name], value, step)
                else:
                    check_same(result[name], value, step)
        elif isinstance(expected, dict) and step["op"] not in WHOLE:
            check_fields(result, expected, step)
        elif isinstance(expected, list) and all(isinstance(item, dict) for item in expected):
            check_list(result, expected, step)
        else:
            check_same(result, expected, step)
