"""An order that needs an approval, worked through by hand.

Finance and law are asked at the same time, law asks for a second quote; finance decides first, so what is
left of the reviews is cancelled. Then the order is placed, which is an effect: it happens once, however often
it is asked for.

Run it with ``python case_approval.py [STORE]``.
"""

from __future__ import annotations

import sys
from typing import Any

import statehold
from statehold import Case, Store, ValidationError


def main(path: str) -> None:
    with statehold.open(path) as store:
        order = {"item": "microscope", "cents": 480_000}
        case = store.create_case(order, case_id="order-7", history="full")
        ask(case)
        decide(case)
        refuse_latecomers(case)
        place(store)
        look_back(store)


def ask(case: Case) -> None:
    """One quantum: two reviewers, and a scope within the reviews for what law asks for."""
    case.enter_scope("reviews")
    case.add_token("finance", "review", scope="reviews")
    case.add_token("law", "review", scope="reviews")
    case.enter_scope("quotes", parent="reviews")
    case.add_token("quote-2", "wait for the supplier", scope="quotes")
    case.increment_step_count()
    assert case.tokens == {}, "nothing is applied before the commit"
    case.commit()
    print("asked:", ", ".join(sorted(case.tokens)))


def decide(case: Case) -> None:
    """Finance approves, which makes the other reviews pointless: both in one commit, or neither."""
    case.update_token("finance", lambda token: token.replace(status="complete", value={"approved": True}))
    case.update_ctx(lambda ctx: {**ctx, "approved_by": "finance"})
    case.cancel_scope("reviews")
    case.increment_step_count()
    # Somebody else may have committed to the case meanwhile; then this is tried anew on what they left.
    case.commit(retry=3)
    assert case.is_cancelled("quotes"), "what is beneath a cancelled scope is cancelled too"
    print("decided:", ", ".join(f"{token.id} {token.status}" for token in case.tokens.values()))


def refuse_latecomers(case: Case) -> None:
    """All mistakes of a quantum are told at once, and nothing of it is applied."""
    case.add_token("board", "review", scope="reviews")
    case.remove_token("nobody")
    case.increment_step_count()
    try:
        case.commit()
    except ValidationError as error:
        print("refused:", "; ".join(f"{one['path']} {one['message']}" for one in error.violations))
        case.rollback()
    else:
        raise AssertionError("a cancelled scope has taken a token")


def place(store: Store) -> None:
    """Places the order, as a process would that may have been here before and picks the case up again."""
    calls: list[dict[str, Any]] = []

    def send() -> dict[str, Any]:
        calls.append(spec)
        return {"confirmation": "M-1066"}

    for _ in range(2):
        case = store.case("order-7")
        spec = {"item": case.ctx["item"], "cents": case.ctx["cents"]}
        placed = case.effect("place", spec, send)
    print(f"placed: {placed.value['confirmation']}, sent {len(calls)} time")
    case.put_ctx({**case.ctx, **placed.value})
    case.close("done")


def look_back(store: Store) -> None:
    case = store.case("order-7")
    assert case.verify().problems == []
    for receipt in case.receipts():
        state = case.at(receipt.sequence)
        active = [token.id for token in state.tokens.values() if token.status == "active"]
        names = ", ".join(mutation.name for mutation in receipt.mutations)
        print(f"receipt {receipt.sequence}: {names}; {state.status}, active: {' '.join(active) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ":memory:")
