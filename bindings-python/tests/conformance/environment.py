"""The steps that work on environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec_format import ABSENT, START, RaisedError, decode, milliseconds, operations

import statehold

from .steps import check_fields, check_list, check_same, settle

if TYPE_CHECKING:
    from .executor import Executor

WITHOUT_NAME = ("environments", "interrupted", "register_lifecycle", "lifecycle", "lifecycles", "transitions")
# What a transaction refuses, so that in that mode it is done past them.
PAST_TRANSACTIONS = ("lock", "force_unlock", "register_lifecycle", "run")
LISTS = ("environments", "history", "interrupted", "lifecycles")
PLAIN = (
    "exists",
    "delete",
    "release",
    "is_held",
    "force_unlock",
    "register_lifecycle",
    "kinds",
    "transitions",
)
KEPT = ("create", "load", "save", "transition", "method", "set_step", "recover", "run")
FOR_THE_TABLE = {"step": "step", "kind": "other", "summary": "for the table", "started_at": 0, "failed_at": 0}
OF_LOCK = operations("EnvironmentLock")


class CommandFailedError(Exception):
    """What the function of a command raises to say how it failed."""

    def __init__(self, summary: str, kind: str, trace_file: str | None = None, details: Any = None) -> None:
        super().__init__(summary)
        self.kind, self.trace_file, self.details = kind, trace_file, details


class EnvironmentSteps:
    """Those of one run of a case."""

    def __init__(self, run: Executor) -> None:
        self.run = run
        # By name and handle.
        self.records: dict[tuple[str, str], Any] = {}

    def has(self, step: dict[str, Any]) -> bool:
        return "env" in step or step["op"] in WITHOUT_NAME

    def is_grouped(self, step: dict[str, Any]) -> bool:
        """Whether neighbouring steps run in one transaction in that mode."""
        return "on" not in step and step["op"] not in PAST_TRANSACTIONS

    def forget(self) -> None:
        """Records are loaded anew."""
        self.records = {}

    async def reopened(self) -> None:
        self.forget()

    async def dump(self) -> Any:
        environments = self.run.store.environments()
        content = {}
        for record in await settle(environments.list()):
            history = await settle(environments.history(record.name))
            content[record.name] = [
                [record.lifecycle, record.state, record.data, record.last_success, record.step],
                [milliseconds(time) for time in (record.created_at, record.updated_at, record.entered_at)],
                failure_without_id(record),
                [told(entry) for entry in history],
            ]
        return content

    async def perform(self, target: Any, step: dict[str, Any], args: list[Any], options: Any) -> Any:
        op = step["op"]
        lock = self.run.saved[step["on"]] if "on" in step else None
        environments = target.environments() if lock is None else lock.environments()
        if "token" in options:
            environments = environments.with_token(options.pop("token"))
        if op in WITHOUT_NAME:
            return await self.on_all(environments, op, args, options)
        name = decode(step["env"], self.run.saved)
        key = (name, step.get("handle", ""))
        result = await self.on_one(environments, lock, step, key, args, options)
        if op in KEPT:
            self.records[key] = result
        return result

    async def on_all(self, environments: Any, op: str, args: list[Any], options: Any) -> Any:
        match op:
            case "environments":
                return await settle(environments.list(**options))
            case "transitions":
                return await self.table(environments, *args)
        return await settle(getattr(environments, op)(*args, **options))

    async def on_one(
        self,
        environments: Any,
        lock: Any,
        step: dict[str, Any],
        key: tuple[str, str],
        args: list[Any],
        options: Any,
    ) -> Any:
        op, (name, _) = step["op"], key
        if "failure" in options:
            options["failure"] = failure(options["failure"])
        match op:
            case "create":
                return await settle(environments.create(name, *(args or [{}]), **options))
            case "save":
                record = await self.kept(environments, key)
                (record.data,) = args
                return await settle((lock or environments).save(record))
            case "method":
                method, *failures = args
                record = await self.kept(environments, key)
                return await settle(getattr(record, method)(*map(failure, failures)))
            case "kinds":
                record = await self.kept(environments, key)
                lifecycle, state = await settle(environments.lifecycle(record.lifecycle)), record.state
                kinds = (lifecycle.is_success_state, lifecycle.is_error_state, lifecycle.is_terminal_state)
                return [kind(state) for kind in kinds]
            case "recovery":
                guide = (await self.kept(environments, key)).recovery()
                return ABSENT if guide is None else guide
            case "find" | "at" | "lock_info":
                if "time" in options:
                    options["time"] += START
                found = await settle(getattr(environments, op)(name, *args, **options))
                return ABSENT if found is None else found
            case "run":
                return await self.command(environments, name, step, options)
        if lock is not None and op in OF_LOCK:
            return await settle(getattr(lock, op)(*args, **options))
        return await settle(getattr(environments, op)(name, *args, **options))

    async def kept(self, environments: Any, key: tuple[str, str]) -> Any:
        """The record that the case has got last, or the one that there is."""
        return self.records.get(key) or await settle(environments.load(key[0]))

    async def command(self, environments: Any, name: str, step: dict[str, Any], options: Any) -> Any:
        states, actions = step["args"]
        command = (
            getattr(statehold.EnvironmentCommand, states)()
            if isinstance(states, str)
            else statehold.EnvironmentCommand(**states)
        )

        async def work(progress: Any) -> None:
            self.run.calls += 1
            for action in actions:
                await self.act(progress, name, step, action)

        orchestrator = self.run.api.Orchestrator(environments, **options)
        try:
            return await settle(orchestrator.run(name, command, self.run.callable(work)))
        except (CommandFailedError, RaisedError):
            return await settle(environments.load(name))

    async def act(self, progress: Any, name: str, step: dict[str, Any], action: dict[str, Any]) -> None:
        """One of the things that the function of a command does."""
        ((kind, what),) = action.items()
        match kind:
            case "step":
                await settle(progress.step(what))
            case "set_data":
                progress.set_data(decode(what, self.run.saved))
            case "record":
                check_fields(progress.record, decode(what, self.run.saved), step)
            case "fencing":
                assert progress.fencing == what
            case "perform":
                await self.run.beside(what)
            case "lose_lock":
                environments = self.run.store.environments()
                info = await settle(environments.lock_info(name))
                await settle(environments.force_unlock(name, info.token))
            case "fail":
                raise CommandFailedError(**decode(what, self.run.saved))
            case "raise":
                raise RaisedError("raised by the function")
            case _:
                raise AssertionError(f"a command's function can't {kind}")

    async def table(self, environments: Any, states: list[str]) -> list[list[str]]:
        """Asks for every transition between states; gives those that were not refused."""
        lifecycle = await settle(environments.lifecycle("deployment"))
        found = []
        for start in states:
            refusals = []
            for to in states:
                name = f"{start}-{to}"
                await settle(environments.create(name, {}))
                before = await settle(environments.recover(name, start, "for the table"))
                history = await settle(environments.history(name))
                fails = lifecycle.is_error_state(to)
                given = {"failure": failure(FOR_THE_TABLE)} if fails else {}
                refused: Any = None
                try:
                    after = await settle(environments.transition(name, to, **given))
                except statehold.InvalidTransitionError as error:
                    refused = error
                if refused is None:
                    assert (after.state, after.data) == (to, {})
                    found.append([start, to])
                    continue
                assert (refused.name, refused.from_, refused.to) == (name, start, to)
                assert await settle(environments.load(name)) == before
                assert await settle(environments.history(name)) == history
                refusals.append(refused.allowed)
            allowed = sorted(to for one, to in found if one == start)
            assert [sorted(told) for told in refusals] == [allowed] * len(refusals), start
        return found

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


def failure_without_id(owner: Any) -> Any:
    if owner.failure is None:
        return None
    names = ("step", "kind", "summary", "started_at", "failed_at", "duration", "trace_file", "details")
    return [getattr(owner.failure, name) for name in names]


def told(entry: Any) -> Any:
    """What the history says that is the same in every mode."""
    names = ("sequence", "time", "operation", "from_", "to", "process", "host", "user", "note", "spent")
    return [*(getattr(entry, name) for name in names), failure_without_id(entry)]


def described(result: Any) -> Any:
    """A lifecycle has pairs where the cases have lists of two."""
    if not isinstance(result, statehold.Lifecycle):
        return result
    names = ("name", "states", "initial", "terminal", "errors", "in_progress")
    fields = {name: getattr(result, name) for name in names}
    return {**fields, "transitions": [list(pair) for pair in result.transitions]}
