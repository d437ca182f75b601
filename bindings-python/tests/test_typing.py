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


def the_rest_of(store: statehold.Store) -> None:
    for change in store.watch(facet="case"):
        assert_type(change, statehold.Change)
    state = store.plugin("lint").load()
    assert_type(state, statehold.PluginState | None)
    assert_type(store.plugin("lint").migrate(2, {2: lambda data, version: data}), tuple[int, int])
    case = store.create_case()
    assert_type(case.token("t"), statehold.Token | None)
    assert_type(case.commit(retry=1), statehold.CaseReceipt | None)
    assert_type(case.close("failed"), statehold.CaseReceipt)
    case.close("over")  # type: ignore[arg-type]
    case.status = "done"  # type: ignore[misc]
    case.effect("mail", None, dict, on_doubt="ignore")  # type: ignore[arg-type]
    assert_type(statehold.Store.doctor("app.db"), list[statehold.Finding])


async def the_rest_for_asyncio(store: aio.Store) -> None:
    async for change in store.watch():
        assert_type(change, statehold.Change)
    assert_type(await store.watch(), aio.Watch)
    assert_type(await store.plugin("lint").migrate(2), tuple[int, int])
    assert_type(await store.plugin_states().load("lint"), statehold.PluginState | None)
    case = await store.create_case()
    assert_type(case, aio.Case)
    assert_type(await case.commit(), statehold.CaseReceipt | None)
    await case.close("over")  # type: ignore[arg-type]


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
    assert callable(the_rest_of)
    assert callable(the_rest_for_asyncio)
