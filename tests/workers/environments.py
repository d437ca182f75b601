"""What a worker does with environments."""

from __future__ import annotations

from typing import Any

from spelling import build, spell

import statehold


def ms(seconds: float) -> int:
    return round(seconds * 1000)


def seen(record: statehold.EnvironmentRecord) -> list[Any]:
    """All that is to be seen of a record."""
    return [
        [record.name, record.lifecycle, record.state, record.last_success, record.step, record.revision],
        [ms(record.created_at), ms(record.updated_at), ms(record.entered_at)],
        spell(record.data),
        record.failure and failed(record.failure),
    ]


def failed(failure: statehold.Failure) -> list[Any]:
    return [
        [failure.step, failure.kind, failure.summary, failure.trace_id, failure.trace_file],
        [ms(failure.started_at), ms(failure.failed_at), ms(failure.duration)],
        None if failure.details is None else spell(failure.details),
    ]


def entry(it: statehold.HistoryEntry) -> dict[str, Any]:
    return {
        "place": [it.sequence, it.revision, ms(it.time)],
        "what": [it.operation, it.from_, it.to, it.note],
        "process": it.process,
        "of": [it.host, it.user],
        "spent_ms": None if it.spent is None else ms(it.spent),
        "failure": it.failure and failed(it.failure),
        "record": it.record and seen(it.record),
    }


def refused(error: statehold.StateholdError) -> dict[str, Any]:
    """Why something was not written."""
    revisions = [error.expected, error.found] if isinstance(error, statehold.ConflictError) else []
    return {"refused": [error.code, *revisions]}


class Environments:
    """The part of the worker that has to do with them."""

    store: statehold.Store
    record: statehold.EnvironmentRecord
    lock: statehold.EnvironmentLock

    def env_create(self, env: str, data: Any) -> None:
        self.store.environments().create(env, build(data))

    def env_load(self, env: str) -> list[Any]:
        self.record = self.store.environments().load(env)
        return seen(self.record)

    def env_save(self, data: Any) -> dict[str, Any]:
        """Saves over what was loaded; gives the revision, or why it was refused."""
        self.record.data = build(data)
        try:
            return {"written": self.store.environments().save(self.record).revision}
        except statehold.ConflictError as error:
            return refused(error)

    def env_move(self, env: str, to: str, failed: str | None = None, details: Any = None) -> str:
        """Loads it and takes it to another state, if it is as it was loaded."""
        failure = None
        if failed is not None:
            failure = statehold.Failure(
                failed, "timeout", "by python", trace_file="python.log", details=build(details)
            )
        record = self.store.environments().load(env)
        return record.transition(to, failure=failure, note="by python").state

    def env_history(self, env: str) -> list[Any]:
        return [entry(it) for it in self.store.environments().history(env)]

    def env_lock(self, env: str, ttl_ms: int | None = None) -> dict[str, Any]:
        ttl = None if ttl_ms is None else ttl_ms / 1000
        self.lock = self.store.environments().lock(env, timeout=60, ttl=ttl)
        return {"fencing": self.lock.fencing, "token": self.lock.token}

    def env_write(self, step: str) -> dict[str, Any]:
        """Writes as the holder; gives the revision, or why it was refused."""
        try:
            return {"written": self.lock.set_step(step).revision}
        except (statehold.LockedError, statehold.ConflictError) as error:
            return refused(error)

    def env_unlock(self) -> dict[str, bool]:
        return {"unlocked": self.lock.release()}
