"""Goal: Python does what every language does. Method: the cases of `tests/spec/cases`, each in every mode,
through the sync API and again through `statehold.aio`. The format is described in `tests/spec/README.md`.

The executor is written once, as coroutines: for the sync API nothing in them ever waits, so that `drive` can
run them to their end.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from spec_format import (
    ABSENT,
    START,
    RaisedError,
    cases,
    compute,
    decode,
    filled,
    milliseconds,
    mutate,
    operations,
    same,
)

import statehold
import statehold.aio

# Capabilities that Python lacks, with the reason. None: it can express every case.
LACKS: dict[str, str] = {}

MODES = ("direct", "reopen", "transaction")
NAMESPACE_OPS = {*operations("Namespace"), "fill", "mutate", "value", "saved"}
REVISIONS = ("set", "batch_set", "revision")
TIMES = ("created_at", "updated_at", "expires_at", "time")
UNORDERED = ("batch_get",)
BY_FIELDS = ("entry", "transaction", "atomic", "verify_journal")


def drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the sync API gave something to wait for")


async def settle(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 500 else f"{text[:400]} … {text[-100:]}"


def gave(step: dict[str, Any], result: Any) -> str:
    return f"{brief(step)} gave {brief(result)}"


class Executor:
    """One run of one case in one mode."""

    def __init__(self, api: Any, case: dict[str, Any], mode: str, path: Path) -> None:
        self.api, self.case, self.mode, self.path = api, case, mode, path
        self.clock = statehold.ManualClock(START)
        self.saved: dict[str, Any] = {}
        self.last_revision = 0

    async def run(self) -> Any:
        """Runs the steps and gives everything that the store holds in the end."""
        await self.open()
        try:
            group: list[dict[str, Any]] = []
            for step in self.case["steps"]:
                if self.mode == "transaction" and step["op"] in NAMESPACE_OPS and "on" not in step:
                    group.append(step)
                    continue
                await self.transact(group)
                group = []
                await self.step(self.store, step)
                if self.mode == "reopen":
                    await self.reopen()
            await self.transact(group)
            return None if self.store.is_closed else await self.dump()
        finally:
            await settle(self.store.close())

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

    async def dump(self) -> Any:
        content = {}
        for name in await settle(self.store.namespaces()):
            namespace = self.store.namespace(name)
            for key, value in await self.items(namespace):
                content[name, key] = [value, milliseconds(await settle(namespace.get_ttl(key)))]
        return content

    async def items(self, namespace: Any, *args: Any, **options: Any) -> list[list[Any]]:
        found = namespace.items(*args, **options)
        if hasattr(found, "__aiter__"):
            return [list(pair) async for pair in found]
        return [list(pair) for pair in found]

    def callable(self, function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        return function if self.api is statehold.aio else lambda *args: drive(function(*args))

    async def transact(self, group: list[dict[str, Any]]) -> None:
        async def body(tx: Any) -> None:
            for step in group:
                await self.step(tx, step)

        if group:
            await settle(self.store.transact(self.callable(body)))

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
        if step["op"] == "set":
            in_transaction = target is not self.store
            assert result == 0 if in_transaction else result > self.last_revision, brief(step)
            self.last_revision = max(self.last_revision, result)
        if "expect_each_run" in step:
            self.check(step["op"], result, decode(step["expect_each_run"][run], self.saved), step)
        elif "expect" in step:
            self.check(step["op"], result, decode(step["expect"], self.saved), step)

    def check_error(self, error: Exception, step: dict[str, Any]) -> None:
        expected = decode(step["error"], self.saved)
        if expected.pop("raised", False):
            assert isinstance(error, RaisedError), repr(error)
        for name, value in expected.items():
            assert getattr(error, name) == value, f"{brief(step)}: {error!r} has another {name}"

    def check(self, op: str, result: Any, expected: Any, step: dict[str, Any]) -> None:
        if self.mode == "transaction" and op in REVISIONS:
            return
        if op in BY_FIELDS and expected is not ABSENT:
            self.check_fields(result, expected, step)
        elif op == "journal":
            assert len(result) == len(expected), gave(step, result)
            for row, fields in zip(result, expected, strict=True):
                self.check_fields(row, fields, step)
        elif op == "get_ttl":
            assert milliseconds(result) == milliseconds(expected), gave(step, result)
        else:
            assert same(result, expected, ordered=op not in UNORDERED), gave(step, result)

    def check_fields(self, result: Any, expected: dict[str, Any], step: dict[str, Any]) -> None:
        for name, value in expected.items():
            found = getattr(result, name)
            if name == "revision" and self.mode == "transaction":
                continue
            if name in TIMES and value is not None:
                found, value = milliseconds(found - START), milliseconds(value)
            elif name == "changes":
                found = sorted([row.facet, row.name, row.key, row.operation] for row in found)
                value = sorted(value)
            assert same(found, value), f"{brief(step)}: {name} is {brief(found)}"

    async def perform(self, target: Any, step: dict[str, Any]) -> Any:
        op, steps = step["op"], step.get("steps", [])
        args: list[Any] = [
            a if isinstance(a, dict) and "$fn" in a else decode(a, self.saved) for a in step.get("args", [])
        ]
        options = decode(step.get("with", {}), self.saved)
        if op in NAMESPACE_OPS or op == "outside":
            return await self.perform_in_namespace(target, step, op, args, options)
        match op:
            case "advance":
                return self.clock.advance(*args)
            case "set_clock":
                (seconds,) = args
                return self.clock.set(START + seconds)
            case "reopen":
                return await self.reopen()
            case "is_closed":
                return self.store.is_closed
            case "transaction" | "savepoint":
                return await self.transaction(target, step, options)
            case "atomic":
                atomic = self.store.atomic()
                for part in steps:
                    key, *rest = decode(part["args"], self.saved)
                    method = getattr(atomic, part["op"])
                    method(part.get("ns", "app"), key, *rest, **decode(part.get("with", {}), self.saved))
                return await settle(atomic.commit())
            case "snapshot_revision":
                return self.saved[step["on"]].revision
            case "close_snapshot":
                return await settle(self.saved[step["on"]].close())
        return await settle(getattr(self.store, op)(*args, **options))

    async def perform_in_namespace(
        self, target: Any, step: dict[str, Any], op: str, args: list[Any], options: dict[str, Any]
    ) -> Any:
        match op:
            case "value":
                return args[0]
            case "saved":
                return self.saved[args[0]]
            case "mutate":
                return mutate(self.saved[args[0]])
            case "outside":
                for part in step["steps"] if self.first_run else []:
                    await self.step(self.store, part)
                return None
        owner = self.saved[step["on"]] if "on" in step else target
        name = decode(step.get("ns", "app"), self.saved)
        namespace = owner.namespace(**name) if isinstance(name, dict) else owner.namespace(name)
        match op:
            case "get" | "pop":
                return await settle(getattr(namespace, op)(args[0], options.get("default", ABSENT)))
            case "entry":
                found = await settle(namespace.entry(*args))
                return ABSENT if found is None else found
            case "items":
                return await self.items(namespace, *args, **options)
            case "fill":
                return await settle(namespace.batch_set(dict(filled(args[0], 0, args[1])), **options))
            case "update" | "get_or_set":
                return await settle(getattr(namespace, op)(args[0], self.function(args[1]), **options))
        return await settle(getattr(namespace, op)(*args, **options))

    def function(self, spec: dict[str, Any]) -> Callable[..., Any]:
        async def body(found: Any = None) -> Any:
            self.calls += 1
            inner = spec
            if spec["$fn"] == "interfere":
                calls, inner = self.calls, spec["then"]
                if calls == 1:
                    await self.step(self.store, spec["step"])
                self.calls = calls
            return compute(inner, found, decode(inner.get("value"), self.saved))

        return self.callable(body)

    async def transaction(self, target: Any, step: dict[str, Any], options: dict[str, Any]) -> Any:
        runs = 0
        opened: Any = None

        async def body(tx: Any) -> None:
            nonlocal runs, opened
            opened, runs = tx, runs + 1
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
        assert runs == step.get("runs", runs), f"{brief(step)} ran {runs} times"
        return getattr(opened, "receipt", None)


RUNS = [
    pytest.param(case, mode, id=f"{file}: {case['name']} ({mode})")
    for file, case in cases()
    for mode in case.get("modes", MODES)
]


@pytest.mark.parametrize("api", [statehold, statehold.aio], ids=["sync", "aio"])
@pytest.mark.parametrize(("case", "mode"), RUNS)
def test_case(case: dict[str, Any], mode: str, api: Any, tmp_path: Path) -> None:
    for need in case.get("needs", []):
        if need in LACKS:
            pytest.skip(f"{need}: {LACKS[need]}")

    def run(mode: str) -> Any:
        coroutine = Executor(api, case, mode, tmp_path / f"{mode}.db").run()
        return asyncio.run(coroutine) if api is statehold.aio else drive(coroutine)

    content = run(mode)
    if mode != "direct" and "direct" in case.get("modes", MODES):
        assert same(content, run("direct"), ordered=False), "it leaves something else than direct"
