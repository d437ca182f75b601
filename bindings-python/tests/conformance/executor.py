"""The executor. It is written once, as coroutines: for the sync API nothing in them ever waits, so that
`drive` can run them to their end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from spec_format import ABSENT, START, RaisedError, compute, decode, milliseconds, mutate

import statehold
import statehold.aio

from .case import CaseSteps
from .environment import EnvironmentSteps
from .fault import FaultSteps
from .mock import MockSteps
from .namespace import NamespaceSteps
from .plugin import PluginSteps
from .steps import (
    TIMES,
    attribute,
    brief,
    by_path,
    check_fields,
    check_list,
    check_same,
    drive,
    gave,
    settle,
)
from .watch import WatchSteps

BY_FIELDS = ("transaction", "atomic", "verify_journal", "verify")


class Executor:
    """One run of one case in one mode."""

    def __init__(self, api: Any, case: dict[str, Any], mode: str, path: Path) -> None:
        self.api, self.case, self.mode, self.path = api, case, mode, path
        self.waits = api is statehold.aio
        self.clock = statehold.ManualClock(START)
        self.saved: dict[str, Any] = {}
        self.last_revision = 0
        # In a transaction a revision exists only after the commit.
        self.unknown = ("revision", "hash", "previous") if mode == "transaction" else ()
        self.facets: list[Any] = [
            WatchSteps(self),
            PluginSteps(self),
            CaseSteps(self),
            EnvironmentSteps(self),
            FaultSteps(self),
            MockSteps(self),
            NamespaceSteps(self),
        ]

    async def run(self) -> Any:
        """Runs the steps and gives everything that the store holds in the end."""
        await self.open()
        try:
            group: list[dict[str, Any]] = []
            for step in self.case["steps"]:
                facet = self.facet(step)
                if self.mode == "transaction" and facet is not None and facet.is_grouped(step):
                    group.append(step)
                    continue
                await self.transact(group)
                group = []
                await self.step(self.store, step)
                if self.mode == "reopen":
                    await self.reopen()
            await self.transact(group)
            return None if self.store.is_closed else [await facet.dump() for facet in self.facets]
        finally:
            await settle(self.store.close())

    def facet(self, step: dict[str, Any]) -> Any:
        """The facet that a step works on, if it works on one."""
        return next((facet for facet in self.facets if facet.has(step)), None)

    async def open(self) -> None:
        options = {
            "clock": self.clock,
            "background": False,
            "durability": "normal",
            **self.case.get("options", {}),
        }
        self.store = await settle(self.api.open(self.path, **options))

    async def reopen(self) -> None:
        await settle(self.store.close())
        await self.open()
        for facet in self.facets:
            await facet.reopened()

    def callable(self, function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        return function if self.waits else lambda *args: drive(function(*args))

    async def transact(self, group: list[dict[str, Any]]) -> None:
        async def body(tx: Any) -> None:
            self.forget()
            for step in group:
                await self.step(tx, step)

        if group:
            await settle(self.store.transact(self.callable(body)))
            self.forget()

    def forget(self) -> None:
        """Handles of a transaction and of what was before it are not used any more."""
        for facet in self.facets:
            if isinstance(facet, (CaseSteps, EnvironmentSteps)):
                facet.forget()

    async def step(self, target: Any, step: dict[str, Any], run: int = 0) -> None:
        """Performs a step and compares its result or its error with what is expected."""
        self.calls = 0
        try:
            result = await self.perform(target, step)
        except (statehold.StateholdError, RaisedError) as error:
            if "error" not in step or step.get("throw"):
                raise
            self.check_error(error, step)
            return
        finally:
            assert self.calls == step.get("calls", self.calls), brief(step)
        assert "error" not in step, gave(step, result)
        if "save_as" in step:
            self.saved[step["save_as"]] = result
        if "expect_each_run" in step:
            self.check(step, result, decode(step["expect_each_run"][run], self.saved))
        elif "expect" in step:
            self.check(step, result, decode(step["expect"], self.saved))

    def check_error(self, error: Exception, step: dict[str, Any]) -> None:
        expected = decode(step["error"], self.saved)
        if expected.pop("raised", False):
            assert isinstance(error, RaisedError), repr(error)
        for name, value in expected.items():
            found = attribute(error, name)
            if name in TIMES and value is not None:
                found, value = milliseconds(found - START), milliseconds(value)
            if name == "violations":
                check_list(by_path(found), by_path(value), step)
            else:
                assert found == value, f"{brief(step)}: {error!r} has another {name}"

    def check_revision(self, revision: int, target: Any, step: dict[str, Any]) -> None:
        """A write gives 0 in a transaction, and outside of one a revision above all before."""
        in_transaction = target is not self.store
        assert revision == 0 if in_transaction else revision > self.last_revision, gave(step, revision)
        self.last_revision = max(self.last_revision, revision)

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        op, facet = step["op"], self.facet(step)
        if facet is not None:
            facet.check(step, result, expected)
        elif self.mode == "transaction" and op == "revision":
            return
        elif op in BY_FIELDS and expected is not ABSENT:
            check_fields(result, expected, step, *self.unknown)
        elif op == "journal":
            check_list(result, expected, step, *self.unknown)
        else:
            check_same(result, expected, step)

    def given(self, data: Any) -> Any:
        """What a piece of a case's data stands for, which may be a function."""
        return self.function(data) if isinstance(data, dict) and "$fn" in data else decode(data, self.saved)

    async def perform(self, target: Any, step: dict[str, Any]) -> Any:
        op, facet = step["op"], self.facet(step)
        args = step.get("args", [])
        if facet is not None:
            # Functions are for the facet to make.
            args = [arg if has_function(arg) else decode(arg, self.saved) for arg in args]
            options = step.get("with", {})
            options = {name: o if has_function(o) else decode(o, self.saved) for name, o in options.items()}
            return await facet.perform(target, step, args, options)
        args, options = decode(args, self.saved), decode(step.get("with", {}), self.saved)
        match op:
            case "advance":
                return self.clock.advance(*args)
            case "set_clock":
                (seconds,) = args
                return self.clock.set(START + seconds)
            case "clock":
                return self.clock.now() - START
            case "reopen":
                return await self.reopen()
            case "is_closed":
                return self.store.is_closed
            case "transaction" | "savepoint":
                return await self.transaction(target, step, options)
            case "outside":
                for part in step["steps"] if self.first_run else []:
                    await self.step(self.store, part)
                return None
            case "atomic":
                return await self.atomic(step)
            case "snapshot_revision":
                return self.saved[step["on"]].revision
            case "close_snapshot":
                return await settle(self.saved[step["on"]].close())
        return await settle(getattr(self.store, op)(*args, **options))

    async def atomic(self, step: dict[str, Any]) -> Any:
        atomic = self.store.atomic()
        for part in step["steps"]:
            owner = decode(part.get("plugin", part.get("ns", "app")), self.saved)
            args, options = decode(part["args"], self.saved), decode(part.get("with", {}), self.saved)
            getattr(atomic, part["op"])(owner, *args, **options)
        return await settle(atomic.commit())

    async def beside(self, step: dict[str, Any]) -> None:
        """Performs a step as somebody else would, with handles of his own."""
        other = Executor(self.api, self.case, "direct", self.path)
        other.store, other.saved, other.clock = self.store, self.saved, self.clock
        await other.step(self.store, step)

    def file(self, given: dict[str, str]) -> Path:
        """A file that this run alone has, or one of the store's own."""
        match given:
            case {"$path": name}:
                return self.path.with_name(f"{self.path.name}.{name}")
            case {"$store_path": ending}:
                return self.path.with_name(f"{self.path.name}{ending}")
        raise AssertionError(f"{given} is no file")

    def moment(self, seconds: float) -> float:
        """Moments are told from the start of the clock on."""
        return START + seconds

    def function(self, spec: dict[str, Any]) -> Callable[..., Any]:
        runs = 0

        async def body(found: Any = None, version: int | None = None) -> Any:
            nonlocal runs
            self.calls, runs = self.calls + 1, runs + 1
            inner = spec
            if spec["$fn"] == "interfere":
                inner = spec["then"]
                if runs == 1 or spec.get("always"):
                    await self.beside(spec["step"])
            elif spec["$fn"] == "spoil":
                mutate(found)
                inner = spec["then"]
            return compute(inner, found, decode(inner.get("value"), self.saved), version)

        return self.callable(body)

    async def transaction(self, target: Any, step: dict[str, Any], options: dict[str, Any]) -> Any:
        runs = 0
        opened: Any = None

        async def body(tx: Any) -> None:
            nonlocal runs, opened
            opened, runs = tx, runs + 1
            self.forget()
            for part in step["steps"]:
                self.first_run = runs == 1
                await self.step(tx, part, run=runs - 1)
            if step.get("abort"):
                raise RaisedError("the transaction ends by an error")

        run = target.savepoint if step["op"] == "savepoint" else target.transact
        try:
            await settle(run(self.callable(body), **options))
        except RaisedError:
            if not step.get("abort"):
                raise
            return None
        finally:
            self.forget()
        assert runs == step.get("runs", runs), f"{brief(step)} ran {runs} times"
        return getattr(opened, "receipt", None)


def has_function(data: Any) -> bool:
    """Whether a piece of a case's data has a function in it."""
    if isinstance(data, dict):
        return "$fn" in data or any(has_function(value) for value in data.values())
    return isinstance(data, list) and any(has_function(value) for value in data)
