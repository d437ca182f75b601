"""The steps that work on a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, decode, filled, milliseconds, mutate, operations

from .steps import check_fields, check_same, gave, settle

if TYPE_CHECKING:
    from .executor import Executor

OPS = {*operations("Namespace"), "fill", "mutate", "value", "saved"}
REVISIONS = ("set", "batch_set")


class NamespaceSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run

    def has(self, step: dict[str, Any]) -> bool:
        return step["op"] in OPS and not {"plugin", "case", "env"} & step.keys()

    def is_grouped(self, step: dict[str, Any]) -> bool:
        """Whether neighbouring steps run in one transaction in that mode."""
        return "on" not in step

    async def reopened(self) -> None:
        """Nothing has to be told to the store anew."""

    async def dump(self) -> Any:
        content = {}
        for name in await settle(self.run.store.namespaces()):
            namespace = self.run.store.namespace(name)
            for key, value in await self.items(namespace):
                content[name, key] = [value, milliseconds(await settle(namespace.get_ttl(key)))]
        return content

    async def items(self, namespace: Any, *args: Any, **options: Any) -> list[list[Any]]:
        found = namespace.items(*args, **options)
        if hasattr(found, "__aiter__"):
            return [list(pair) async for pair in found]
        return [list(pair) for pair in found]

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op, saved = step["op"], self.run.saved
        match op:
            case "value":
                return args[0]
            case "saved":
                return saved[args[0]]
            case "mutate":
                (found,) = args
                return mutate(saved[found] if isinstance(found, str) else found)
        owner = saved[step["on"]] if "on" in step else target
        name = decode(step.get("ns", "app"), saved)
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
                return await settle(getattr(namespace, op)(args[0], self.run.function(args[1]), **options))
            case "set":
                revision = await settle(namespace.set(*args, **options))
                self.run.check_revision(revision, target, step)
                return revision
        return await settle(getattr(namespace, op)(*args, **options))

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        op = step["op"]
        if self.run.mode == "transaction" and op in REVISIONS:
            return
        if op == "entry" and expected is not ABSENT:
            check_fields(result, expected, step, *self.run.unknown)
        elif op == "get_ttl":
            assert milliseconds(result) == milliseconds(expected), gave(step, result)
        else:
            check_same(result, expected, step, ordered=op != "batch_get")
