"""What a worker does with cases."""

from __future__ import annotations

from typing import Any

from spelling import build, spell

import statehold


class Cases:
    """The part of the worker that has to do with them."""

    store: statehold.Store

    def case_make(self, case: str, value: Any) -> None:
        """A case with a bit of everything in it: scopes, one of them cancelled, tokens, a term."""
        made = self.store.create_case({"value": build(value), "steps": []}, case_id=case, history="full")
        made.enter_scope("a")
        made.enter_scope("b", parent="a")
        made.add_token("t1", "start")
        made.add_token("t2", "wait", scope="b", value=build(value))
        made.set_metadata(build(value))
        made.commit()
        made.cancel_scope("a")
        made.increment_step_count()
        made.commit()

    def case_state(self, case: str) -> dict[str, Any]:
        """All that is to be seen of a case, but for times."""
        seen = self.store.case(case)
        return {
            "status": seen.status,
            "ctx": spell(seen.ctx),
            "tokens": [[it.id, it.ip, it.scope, it.status, spell(it.value)] for it in seen.tokens.values()],
            "scopes": [[it.id, it.parent, it.status, it.tokens] for it in seen.scopes.values()],
            "steps": seen.metadata.step_count,
            "term": spell(seen.metadata.term),
        }

    def case_snapshot(self, case: str) -> str:
        return self.store.case(case).snapshot()

    def case_restore(self, case: str, snapshot: str) -> None:
        """Restores into a new case."""
        self.store.create_case(case_id=case).restore(snapshot)

    def case_steps(self, case: str, who: str, times: int) -> None:
        """Commits so often: a word more in the context, a token more in the root, a step more."""
        held = self.store.case(case)
        for n in range(times):
            held.update_ctx(lambda ctx: {**ctx, "steps": [*ctx["steps"], who]})
            held.add_token(f"{who}-{n}", "done", status="complete")
            held.increment_step_count()
            held.commit(retry=10_000)

    def case_effect(self, case: str, spec: Any) -> list[Any]:
        """Has an effect done that tells who has done it; gives what is stored of it."""
        done = self.store.case(case).effect("greet", build(spec), lambda: "by python")
        return [done.status, done.value, done.spec_digest, done.attempts]

    def case_check(self, case: str) -> dict[str, Any]:
        """The chain of a case, and what verifying the store says."""
        chain = [
            [it.sequence, [one.name for one in it.mutations], it.after, it.previous, it.hash]
            for it in self.store.case(case).receipts()
        ]
        found = self.store.verify()
        problems = [it.reason for it in found.problems]
        return {"chain": chain, "problems": problems, "receipts": found.receipts}
