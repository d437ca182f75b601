"""Goal: a type checker knows what the package's functions take and give. Method: `mypy` reads this file with
the rest of the tests; what it must refuse bears an ignore, which it reports should it not be needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import statehold
from statehold import DeploymentState, EnvironmentRecord, Failure, FailureKind, HistoryOperation, aio

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value: Any, kind: Any) -> Any:
        return value


def environments_of(store: statehold.Store) -> None:
    environments = store.environments()
    web = environments.create("web", {"size": 2})
    assert_type(web, EnvironmentRecord)
    assert_type(web.state, DeploymentState | str)
    assert_type(web.start_provisioning().retry(), EnvironmentRecord)
    assert_type(environments.find("web"), EnvironmentRecord | None)
    assert_type(environments.list(state="created"), list[EnvironmentRecord])
    assert_type(environments.history("web")[0].operation, HistoryOperation)
    assert_type(environments.lock_info("web"), statehold.LockInfo | None)
    with environments.lock("web", timeout=1) as lock:
        assert_type(lock, statehold.EnvironmentLock)
    kind: FailureKind = "timeout"
    assert_type(Failure("step", kind, "summary").kind, FailureKind)
    Failure("step", "no such kind", "summary")  # type: ignore[arg-type]
    web.provision_failed()  # type: ignore[call-arg]
    web.provision_failed("what failed")  # type: ignore[arg-type]
    web.state = "running"  # type: ignore[misc]
    environments.at("web", revision="1")  # type: ignore[arg-type]

    def work(progress: statehold.CommandProgress) -> None:
        assert_type(progress.record, EnvironmentRecord)

    orchestrator = statehold.Orchestrator(environments, ttl=30)
    assert_type(
        orchestrator.run("web", statehold.EnvironmentCommand.provision(), work), statehold.EnvironmentRecord
    )


async def environments_for_asyncio(store: aio.Store) -> None:
    environments = store.environments()
    web = await environments.create("web", {"size": 2})
    assert_type(web, aio.EnvironmentRecord)
    assert_type(await web.start_provisioning(), aio.EnvironmentRecord)
    assert_type((await environments.history("web"))[0].record, aio.EnvironmentRecord | None)
    async with environments.lock("web", timeout=1) as lock:
        assert_type(lock, aio.EnvironmentLock)
        assert_type(await lock.release(), bool)
    await web.transition("provisioned", failure="why")  # type: ignore[arg-type]


def test_that_it_can_be_imported() -> None:
    assert callable(environments_of)
    assert callable(environments_for_asyncio)
