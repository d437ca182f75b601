"""The steps of the change feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec_format import ABSENT

from .steps import check_fields, check_list, check_same, settle

if TYPE_CHECKING:
    from .executor import Executor

OPS = ("watch", "changes", "next", "watch_revision", "watch_closed", "close_watch")


class WatchSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        self.watches: dict[str, Any] = {}
        self.options: dict[str, dict[str, Any]] = {}

    def has(self, step: dict[str, Any]) -> bool:
        return step["op"] in OPS

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return False

    async def reopened(self) -> None:
        """Watches go on where they have come to."""
        for name, watch in self.watches.items():
            if not watch.is_closed:
                options = {**self.options[name], "after": watch.revision}
                self.watches[name] = await settle(self.run.store.watch(**options))

    async def dump(self) -> Any:
        return None

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        if step["op"] == "watch":
            return await self.watch(step, args, options)
        watch = self.watches[step["on"]]
        match step["op"]:
            case "watch_revision":
                return watch.revision
            case "watch_closed":
                return watch.is_closed
            case "close_watch":
                return watch.close()
            case "next":
                waiting = watch.next_within(options["timeout"]) if options else watch.try_next()
                change = await settle(waiting)
                return ABSENT if change is None else change
        changes = []
        while (change := await settle(watch.try_next())) is not None:
            changes.append(change)
        return changes

    async def watch(self, step: dict[str, Any], args: list[Any], options: dict[str, Any]) -> None:
        if "ns" in step:
            watch = await settle(self.run.store.namespace(step["ns"]).watch(*args))
            options = {"facet": "namespace", "namespace": step["ns"], "pattern": args[0] if args else "*"}
        else:
            watch = await settle(self.run.store.watch(**options))
        name = step.get("save_as", "")
        self.watches[name], self.options[name] = watch, options

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        if step["op"] == "changes":
            check_list(result, expected, step)
        elif step["op"] == "next" and expected is not ABSENT:
            check_fields(result, expected, step)
        else:
            check_same(result, expected, step)
