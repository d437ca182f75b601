"""The steps that work on faults, and those that show what faults do to many calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from spec_format import ABSENT

import statehold

from .steps import check_fields, check_list, check_same, drive, settle

if TYPE_CHECKING:
    from .executor import Executor

MANY = ("draws", "parallel")
LISTS = ("list", "calls")


class FaultSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run

    def has(self, step: dict[str, Any]) -> bool:
        return "faults" in step or step["op"] in MANY

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return False

    async def reopened(self) -> None:
        return None

    async def dump(self) -> Any:
        return None

    def faults(self, of: Any) -> Any:
        match of:
            case True:
                return self.run.store.faults
            case {"$saved": name}:
                return self.run.saved[name].faults
        return self.run.store.mock_cloud(of).faults

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        if step["op"] == "draws":
            return "".join([await self.draw(target, step["step"]) for _ in range(step["times"])])
        if step["op"] == "parallel":
            return await self.parallel(step)
        result = await settle(getattr(self.faults(step["faults"]), step["op"])(*args, **options))
        return ABSENT if result is None and step["op"] == "get_operation_failure" else result

    async def draw(self, target: Any, step: dict[str, Any]) -> str:
        try:
            await self.run.perform(target, step)
        except statehold.FaultError:
            return "x"
        return "."

    async def parallel(self, step: dict[str, Any]) -> dict[str, int]:
        async def one() -> str:
            try:
                await self.run.perform(self.run.store, step["step"])
            except statehold.StateholdError as error:
                return error.code
            return "ok"

        times = range(step["times"])
        if self.run.waits:
            ends = await asyncio.gather(*(one() for _ in times))
        else:
            with ThreadPoolExecutor(len(times)) as threads:
                ends = list(threads.map(lambda _: drive(one()), times))
        counted = Counter(ends)
        return {end: counted[end] for end in sorted(counted, key=lambda end: (end != "ok", end))}

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        if step["op"] in LISTS:
            check_list(result, expected, step)
        elif step["op"] == "get_operation_failure" and expected is not ABSENT:
            check_fields(result, expected, step)
        else:
            check_same(result, expected, step)
