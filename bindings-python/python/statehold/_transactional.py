"""Transactions as a decorator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._statehold import Store


def transactional(
    store: Store, max_retries: int, durability: str | None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What ``store.transact()`` returns: each call of the decorated function is a transaction of its own."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return store.transact(
                lambda tx: function(tx, *args, **kwargs), max_retries=max_retries, durability=durability
            )

        return call

    return decorate
