"""The steps that work on the state of a plugin, and on events."""

from __future__ import annotations

import asyncio
import functools
import json
from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, RaisedError, decode, operations

from .steps import by_path, check_fields, check_list, check_same, settle

if TYPE_CHECKING:
    from .executor import Executor

OPS = ("plugin_names", "listen", "listen_raising", "unlisten", "events")
METHODS = {*operations("Plugin")} - {"register"}
REVISIONS = ("save", "restore", "import", "import_file")
LISTS = ("list_backups", "events")
BY_FIELDS = ("load", "diff", "dry_run_migrate", "export", "export_file")


class PluginSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        self.registered: dict[str, dict[str, Any]] = {}
        self.listened: list[tuple[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def has(self, step: dict[str, Any]) -> bool:
        return "plugin" in step or step["op"] in OPS

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return step["op"] == "plugin_names" or step["op"] in METHODS

    async def reopened(self) -> None:
        """Tells the store anew what it knows for as long as it is open."""
        for plugin, registration in self.registered.items():
            self.run.store.plugin(plugin).register(**registration)
        for event, callback in self.listened:
            self.run.store.on(event, callback)

    async def dump(self) -> Any:
        content = {}
        for name in await settle(self.run.store.plugin_states().names()):
            plugin = self.run.store.plugin(name)
            # Loading might migrate.
            document = json.loads(await settle(plugin.export()))
            backups = await settle(plugin.list_backups())
            content[name] = [document, [[b.version, b.size, b.created_at] for b in backups]]
        return content

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op = step["op"]
        match op:
            case "plugin_names":
                return await settle(target.plugin_states().names(*args))
            case "listen" | "listen_raising":
                return self.listen(args, self.hear if op == "listen" else self.raise_at)
            case "unlisten":
                return self.unlisten()
            case "events":
                return await self.heard(len(step.get("expect", [])))
        name = decode(step["plugin"], self.run.saved)
        options = self.prepared(options)
        if self.run.mode == "reopen":
            states = target.plugin_states()
            call = functools.partial(getattr(states, "import_" if op == "import" else op), name)
        else:
            call = getattr(target.plugin(name), "import_" if op == "import" else op)
        result = await self.perform_on_plugin(op, call, args, options)
        if op == "register":
            self.registered[name] = options
        elif op in REVISIONS:
            self.run.check_revision(result, target, step)
        return result

    async def perform_on_plugin(self, op: str, call: Any, args: list[Any], options: Any) -> Any:
        match op:
            case "migrate" | "dry_run_migrate":
                result = await settle(call(args[0], *(self.functions(given) for given in args[1:])))
                return list(result) if op == "migrate" else result
            case "validate":
                return await settle(call(*(self.run.given(given) for given in args)))
            case "load":
                found = await settle(call(**options))
                return ABSENT if found is None else found
            case "export":
                return json.loads(await settle(call()))
            case "import":
                text = args[0] if isinstance(args[0], str) else json.dumps(args[0])
                return await settle(call(text, **options))
            case "export_file" | "import_file":
                path = self.run.file(args[0])
                result = await settle(call(path, **options))
                return json.loads(path.read_text(encoding="utf-8")) if op == "export_file" else result
        return await settle(call(*args, **options))

    def prepared(self, options: dict[str, Any]) -> dict[str, Any]:
        """What is given by version has text for keys in the cases."""
        made = dict(options)
        if "schemas" in made:
            made["schemas"] = {int(version): schema for version, schema in made["schemas"].items()}
        if "migrations" in made:
            made["migrations"] = self.functions(made["migrations"])
        return made

    def functions(self, given: dict[str, Any]) -> dict[int, Any]:
        return {int(version): self.run.function(spec) for version, spec in given.items()}

    def listen(self, events: list[str], callback: Any) -> None:
        for event in events:
            # One of its own, so that listening twice is heard twice, and ended one by one.
            own = functools.partial(callback)
            self.run.store.on(event, own)
            self.listened.append((event, own))

    def unlisten(self) -> None:
        for event, callback in self.listened:
            assert self.run.store.off(event, callback)
            assert not self.run.store.off(event, callback)
        self.listened = []

    def hear(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def raise_at(self, event: dict[str, Any]) -> None:
        raise RaisedError(event["event"])

    async def heard(self, expected: int) -> list[dict[str, Any]]:
        """What has come since the last time. On an event loop it may come a moment later."""
        if self.run.waits:
            for _ in range(1000):
                if len(self.events) >= expected:
                    break
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.005)
        heard, self.events = self.events, []
        return heard

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        op, unknown = step["op"], self.run.unknown
        if self.run.mode == "transaction" and op in REVISIONS:
            return
        if op == "violations":
            check_list(by_path(result), by_path(expected), step)
        elif op in LISTS:
            check_list(result, expected, step, *unknown)
        elif op in BY_FIELDS and expected is not ABSENT:
            check_fields(result, expected, step, *unknown)
        else:
            check_same(result, expected, step)
