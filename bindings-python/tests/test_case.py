"""Goal: workflow cases as Python has them: exceptions of functions, coroutines, records. Method: real
functions and loops. What the mutations, receipts and effects are is in the conformance cases.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import Case, ConflictError, Store, Token, ValidationError, aio


@pytest.fixture
def case(store: Store) -> Case:
    return store.create_case({"n": 1}, case_id="c")


def fail(*args: Any) -> Any:
    raise ZeroDivisionError("the function's own")


def test_what_a_function_raises_the_commit_raises_and_the_buffer_stays(case: Case) -> None:
    case.increment_step_count()
    case.update_ctx(fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            case.commit()
        assert [mutation["name"] for mutation in case.pending] == ["increment_step_count", "update_ctx"]
    with pytest.raises(ZeroDivisionError):
        case.close()
    assert (len(case.pending), case.sequence) == (2, 1)
    case.rollback()
    assert case.commit() is None


def test_tokens_are_replaced_by_functions(case: Case) -> None:
    case.add_token("t", "start", value=[1])
    case.update_token("t", lambda token: token.replace(ip="next", value=[*token.value, 2]))
    case.commit()
    assert case.token("t") == Token("t", "next", "root", [1, 2], "active")
    case.update_token("t", lambda token: {"ip": "end"})
    with pytest.raises(TypeError, match="must return a Token, not dict"):
        case.commit()
    token = case.token("t")
    assert token is not None
    with pytest.raises(TypeError):
        token.replace(state="done")
    with pytest.raises(statehold.InvalidValueError):
        token.replace(status="done")


def test_what_getters_give_is_the_callers_own(case: Case) -> None:
    case.ctx["n"] = 2
    case.scopes.clear()
    assert (case.ctx, list(case.scopes)) == ({"n": 1}, ["root"])


def test_all_violations_are_told(case: Case) -> None:
    case.remove_token("nobody")
    case.buffer({"name": "exit_scope", "id": "root"})
    case.add_token("t", "start", scope="nowhere")
    with pytest.raises(ValidationError) as caught:
        case.commit()
    assert [violation["path"] for violation in caught.value.violations] == ["[0]", "[1]", "[2]"]


def test_functions_run_again_on_the_state_of_another(store: Store, case: Case) -> None:
    other = store.case("c")

    def add(ctx: dict[str, Any]) -> dict[str, Any]:
        if other.sequence == 1:
            other.put_ctx({"n": 10})
            other.commit()
        return {"n": ctx["n"] + 1}

    case.update_ctx(add)
    receipt = case.commit(retry=1)
    assert receipt is not None
    assert (receipt.sequence, case.ctx) == (3, {"n": 11})
    other.increment_step_count()
    with pytest.raises(ConflictError):
        other.commit()


def test_an_effect_that_raises_has_an_error_as_its_result(case: Case) -> None:
    result = case.effect("mail", {"to": "ada"}, fail)
    assert (result.status, result.value) == ("error", None)
    assert result.error == "ZeroDivisionError: the function's own"
    assert case.effect("mail", {"to": "ada"}, lambda: pytest.fail("it ran again")) == result


def test_ctrl_c_leaves_an_effect_in_doubt(case: Case) -> None:
    def interrupt() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.effect("mail", None, interrupt)
    with pytest.raises(statehold.EffectInDoubtError) as caught:
        case.effect("mail", None, dict)
    assert (caught.value.case_id, caught.value.key, caught.value.effect_id) == ("c", "mail", "mail")
    assert case.effect("mail", None, lambda: "sent", on_doubt="retry").value == "sent"
    with pytest.raises(ConflictError):
        case.resolve_effect("mail", "cancelled", "changed my mind")


def test_what_an_effect_gave_and_can_not_be_stored_leaves_it_in_doubt(case: Case) -> None:
    with pytest.raises(statehold.InvalidValueError, match="not JSON"):
        case.effect("mail", None, object)
    assert case.resolve_effect("mail", "error", "it gave an object").error == "it gave an object"
    case.effect("post", None, fail)
    with pytest.raises(statehold.InvalidValueError):
        case.resolve_effect("post", "pending")


def test_words_that_are_none_are_refused_with_those_there_are(store: Store, case: Case) -> None:
    wrong: Any = "over"
    with pytest.raises(statehold.InvalidValueError, match="done"):
        case.set_status(wrong)
    with pytest.raises(statehold.InvalidValueError):
        store.cases(status=wrong)
    with pytest.raises(statehold.InvalidValueError):
        store.create_case(history=wrong)


def test_records_can_be_compared_and_pickled(store: Store) -> None:
    case = store.create_case(case_id="d", history="full")
    case.enter_scope("s")
    case.add_token("t", "start", scope="s")
    case.commit()
    records: list[Any] = [
        *case.receipts(),
        *case.tokens.values(),
        *case.scopes.values(),
        *store.cases(),
        case.metadata,
        case.at(1),
        case.verify(),
        store.verify(),
        case.effect("mail", None, dict),
    ]
    for record in records:
        assert pickle.loads(pickle.dumps(record)) == record
    assert repr(case) == '<Case "d" (running)>'


def test_a_case_in_a_transaction(store: Store, case: Case) -> None:
    with store.transaction() as tx:
        inside = tx.case("c")
        inside.update_ctx(lambda ctx: {"n": ctx["n"] + 1})
        receipt = inside.commit()
        assert receipt is not None
        assert (receipt.revision, receipt.hash) == (0, "")
        tx.set("a", "k", tx.create_case(case_id="e").id)
    assert [summary.id for summary in store.cases()] == ["c", "e"]
    assert case.ctx == {"n": 1}
    case.reload()
    assert case.ctx == {"n": 2}


def running(function: Callable[[aio.Store], Any]) -> Callable[[Path], None]:
    def test(path: Path) -> None:
        async def main() -> None:
            async with aio.open(path, durability="normal") as store:
                await asyncio.wait_for(function(store), 60)

        asyncio.run(main())

    return test


@running
async def test_functions_may_be_coroutine_functions(store: aio.Store) -> None:
    async def add(ctx: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0.001)
        return {"n": ctx.get("n", 0) + 1}

    async def change() -> None:
        case = await store.case("c")
        case.update_ctx(add)
        await case.commit(retry=1000)

    case = await store.create_case(case_id="c")
    await asyncio.gather(*(change() for _ in range(20)))
    await case.reload()
    assert (case.ctx, case.sequence) == ({"n": 20}, 21)

    async def send() -> str:
        await asyncio.sleep(0)
        return "sent"

    assert (await case.effect("mail", None, send)).value == "sent"
    receipt = await case.close("failed")
    assert (receipt.sequence, case.status) == (22, "failed")


@running
async def test_a_commit_that_fails_or_is_cancelled_leaves_the_buffer(store: aio.Store) -> None:
    entered = asyncio.Event()

    async def hang(ctx: dict[str, Any]) -> Any:
        entered.set()
        await asyncio.sleep(60)

    case = await store.create_case(case_id="c")
    case.update_ctx(fail)
    with pytest.raises(ZeroDivisionError) as caught:
        await case.commit()
    # Also while the exception is held, with the frames that it came through.
    assert (len(case.pending), caught.value.args) == (1, ("the function's own",))
    case.rollback()

    case.update_ctx(hang)
    commit = asyncio.create_task(case.commit())
    await entered.wait()
    commit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await commit
    assert (len(case.pending), case.sequence) == (1, 1)


@running
async def test_cancelling_an_effect_leaves_it_in_doubt(store: aio.Store) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        entered.set()
        await asyncio.sleep(60)

    case = await store.create_case(case_id="c")
    effect = asyncio.create_task(case.effect("mail", None, hang))
    await entered.wait()
    effect.cancel()
    with pytest.raises(asyncio.CancelledError):
        await effect
    (found,) = await case.effects()
    assert found.status == "pending"
