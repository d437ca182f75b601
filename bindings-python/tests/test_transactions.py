"""Goal: transactions as Python writes them. Method: context managers, decorators, exceptions, savepoints."""

from __future__ import annotations

import pytest

import statehold
from statehold import ClosedError, ConflictError, Store, Transaction


def test_with_commits_at_its_end(store: Store) -> None:
    with store.transaction() as tx:
        tx.namespace("a")["k"] = 1
        tx.set("b", "m", 2)
        assert store.get("a", "k") is None
        assert tx.receipt is None
    assert tx.receipt is not None
    assert tx.receipt.revision == store.revision() == 1
    assert (store.get("a", "k"), store.get("b", "m")) == (1, 2)
    with pytest.raises(ClosedError):
        tx.get("a", "k")


def test_an_exception_discards_everything(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.set("a", "k", 1 // 0)
    assert store.revision() == 0


def test_a_body_can_end_it_itself(store: Store) -> None:
    with store.transaction() as tx:
        tx.set("a", "k", 1)
        assert tx.commit().revision == 1
    with store.transaction() as tx:
        tx.set("a", "k", 2)
        tx.rollback()
    assert store.get("a", "k") == 1


def test_a_body_is_not_run_again(store: Store) -> None:
    store.set("a", "k", 1)
    with pytest.raises(ConflictError), store.transaction() as tx:  # noqa: PT012
        tx.get("a", "k")
        store.set("a", "k", 2)
        tx.set("a", "m", 3)
    assert store.list("a") == ["k"]


def test_a_function_is_run_again(store: Store) -> None:
    runs = []

    def change(tx: Transaction) -> int:
        runs.append(tx.get("a", "k", 0))
        if len(runs) < 3:
            store.set("a", "k", len(runs))
        tx.set("a", "k", 10)
        return len(runs)

    assert store.transact(change) == 3
    assert (runs, store.get("a", "k")) == ([0, 1, 2], 10)
    runs.clear()
    with pytest.raises(ConflictError):
        store.transact(change, max_retries=0)


def test_transact_is_a_decorator(store: Store) -> None:
    @store.transact(max_retries=3, durability="normal")  # type: ignore[untyped-decorator]
    def transfer(tx: Transaction, amount: int, *, to: str) -> int:
        """Moves money."""
        accounts = tx.namespace("accounts")
        return accounts.update(to, lambda old: old + amount, 0)  # type: ignore[no-any-return]

    assert (transfer.__name__, transfer.__doc__) == ("transfer", "Moves money.")
    assert transfer(5, to="ada") == 5
    assert transfer(amount=6, to="ada") == 11
    with pytest.raises(statehold.InvalidValueError):
        store.transact(durability="fast")


def test_what_the_function_raises_is_raised(store: Store) -> None:
    error = KeyboardInterrupt()

    def fail(tx: Transaction) -> None:
        tx.set("a", "k", 1)
        raise error

    with pytest.raises(KeyboardInterrupt) as caught:
        store.transact(fail)
    assert caught.value is error
    assert store.revision() == 0


def test_a_savepoint_undoes_a_part(store: Store) -> None:
    with store.transaction() as tx:
        tx.set("a", "before", 1)
        with pytest.raises(ZeroDivisionError), tx.savepoint() as same:  # noqa: PT012
            assert same is tx
            tx.set("a", "inside", 1)
            tx.set("a", "before", 1 // 0)
        with pytest.raises(ZeroDivisionError):
            tx.savepoint(lambda tx: tx.set("a", "inside", 1) / 0)
        assert tx.savepoint(lambda tx: tx.set("a", "kept", 1)) == 0
        with tx.savepoint():
            tx.set("a", "also", 1)
    assert store.list("a") == ["also", "before", "kept"]


def test_nested_calls_join(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:  # noqa: PT012
        with tx.transaction() as joined:
            assert joined is tx
            joined.set("a", "k", 1)
        tx.transact(lambda tx: tx.set("a", "m", 1))
        assert tx.list("a") == ["k", "m"]
        assert tx.receipt is None
        raise ZeroDivisionError
    assert store.list("a") == []


def test_a_lock_keeps_others_out(store: Store) -> None:
    with store.transaction(lock=True, lock_timeout=5) as tx:
        tx.namespace("a").increment("k")
        assert tx.receipt is None
    assert store.get("a", "k") == 1


def test_atomic_is_a_chain(store: Store) -> None:
    seen = store.set("a", "k", 1)
    receipt = store.atomic().check("a", "k", seen).set("a", "k", 2, ttl=60).delete("a", "m").commit()
    assert (receipt.revision, len(receipt.hash)) == (seen + 1, 64)
    stale = store.atomic().check("a", "k", seen).delete("a", "k")
    with pytest.raises(ConflictError) as caught:
        stale.commit()
    assert (caught.value.expected, caught.value.found) == (seen, seen + 1)
    with pytest.raises(ClosedError):
        stale.commit()
