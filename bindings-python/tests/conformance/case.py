"""The steps that work on a workflow case."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, decode

from statehold import Token

from .steps import check_fields, check_list, check_same, gave, settle

if TYPE_CHECKING:
    from .executor import Executor

OPS = ("create_case", "case", "cases")
# What a transaction refuses, so that in that mode it is done past them.
PAST_TRANSACTIONS = ("at", "verify", "rotate_receipts", "effect", "crash_effect", "resolve_effect")
LISTS = ("cases", "receipts", "effects", "lookup")
PLAIN = ("pending", "is_cancelled", "create_case", "rotate_receipts")
FIELDS = ("status", "ctx", "tokens", "scopes", "metadata", "sequence", "revision")


class CaseSteps:
    """Those of one run of a case of the suite."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        self.handles: dict[Any, Any] = {}

    def has(self, step: dict[str, Any]) -> bool:
        return "case" in step or step["op"] in OPS

    def is_grouped(self, step: dict[str, Any]) -> bool:
        return step["op"] not in PAST_TRANSACTIONS

    async def reopened(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Cases are loaded anew."""
        self.handles = {}

    async def dump(self) -> Any:
        content = {}
        for summary in await settle(self.run.store.cases()):
            case = await settle(self.run.store.case(summary.id))
            receipts = [
                [r.sequence, [[m.name, m.id] for m in r.mutations], r.digest, r.before, r.after]
                for r in await settle(case.receipts())
            ]
            content[summary.id] = [json.loads(case.snapshot()), receipts]
        return content

    async def handle(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op, handle = step["op"], step.get("handle", "")
        case_id = decode(step["case"], self.run.saved) if "case" in step else None
        inside = target is not self.run.store
        if op not in ("create_case", "case") and (case_id, handle, inside) in self.handles:
            return self.handles[case_id, handle, inside]
        if op == "create_case":
            case = await settle(target.create_case(*args, case_id=case_id, **options))
        else:
            case = await settle(target.case(case_id))
        self.handles[case.id, handle, inside] = case
        return case

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op = step["op"]
        if op == "cases":
            return await settle(target.cases(**options))
        case = await self.handle(target, step, args, options)
        match op:
            case "create_case":
                return case.id
            case "case":
                return ABSENT
            case "state":
                return {name: getattr(case, name) for name in FIELDS}
            case "pending":
                return case.pending
            case "snapshot":
                return json.loads(case.snapshot())
            case "buffer":
                return self.buffer(case, args[0], by_method="function" in args[0])
            case "quantum":
                return await self.quantum(case, args, options)
            case "restore":
                text = args[0] if isinstance(args[0], str) else json.dumps(args[0])
                return await settle(case.restore(text))
            case "effect":
                function = self.run.function(args[2])
                return await settle(case.effect(*args[:2], function, **options))
            case "crash_effect":
                # Nobody hands in a result for what this gives.
                begun = case._native if self.run.waits else case
                begun._begin_effect(*args, **options)
                return None
            case "verify" | "rotate_receipts":
                return await settle(getattr(case, op)(**self.prepared(options)))
        result = await settle(getattr(case, op)(*args, **options))
        if op == "receipts":
            for before, after in itertools.pairwise(result):
                assert after.sequence == before.sequence + 1, gave(step, result)
                assert after.before == before.after, gave(step, result)
                assert after.previous == before.hash or target is not self.run.store, gave(step, result)
        return ABSENT if result is None else result

    async def quantum(self, case: Any, mutations: list[dict[str, Any]], options: dict[str, Any]) -> Any:
        """Buffers and commits; in the mode `reopen` as objects, else by the methods."""
        for mutation in mutations:
            self.buffer(case, mutation, by_method=self.run.mode != "reopen" or "function" in mutation)
        try:
            receipt = await settle(case.commit(**options))
        except BaseException:
            case.rollback()
            raise
        return ABSENT if receipt is None else receipt

    def buffer(self, case: Any, mutation: dict[str, Any], *, by_method: bool) -> None:
        mutation = {name: value for name, value in mutation.items() if name != "function"} | (
            {"function": self.function(mutation)} if "function" in mutation else {}
        )
        if not by_method:
            case.buffer(mutation)
            return
        name, *arguments = mutation.values()
        method = getattr(case, name)
        if name == "add_token":
            method(*arguments[:2], **dict(list(mutation.items())[3:]))
        else:
            method(*arguments)

    def function(self, mutation: dict[str, Any]) -> Any:
        """That of `update_token` gets and gives a token, as data to the functions of the suite."""
        function = self.run.function(mutation["function"])
        if mutation["name"] == "update_ctx":
            return function

        async def change(token: Token) -> Any:
            names = ("id", "ip", "scope", "value", "status")
            made = await settle(function({name: getattr(token, name) for name in names}))
            return Token(**made)

        return self.run.callable(change)

    def prepared(self, options: dict[str, Any]) -> dict[str, Any]:
        made = dict(options)
        if "archive" in made:
            made["archive"] = self.run.file(made["archive"])
        if "before" in made:
            made["before"] = self.run.moment(made["before"])
        return made

    def check(self, step: dict[str, Any], result: Any, expected: Any) -> None:
        op, unknown = step["op"], self.run.unknown
        if expected is ABSENT or op in PLAIN:
            check_same(result, expected, step)
        elif op in LISTS:
            check_list(result, expected, step, *unknown)
        else:
            check_fields(result, expected, step, *unknown)
