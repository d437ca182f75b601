"""Keeping what a function returns."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ._rows import MISSING

if TYPE_CHECKING:
    from ._cache import Cache

T = TypeVar("T")


def memoized(
    cache: Cache,
    function: Callable[..., T],
    name: str | None,
    typed: bool,
    expire: float | None,
    tag: Any,
    ignore: Iterable[int | str],
) -> Callable[..., T]:
    """The function, which is only called when what it returns for these arguments is not in the cache."""
    base = f"{function.__module__}.{function.__qualname__}" if name is None else name
    ignored = frozenset(ignore)

    def cache_key(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        return _key(base, args, kwargs, typed, ignored)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> T:
        key = cache_key(*args, **kwargs)
        found: T = cache.get(key, MISSING, retry=True)
        if found is MISSING:
            found = function(*args, **kwargs)
            if expire is None or expire > 0:
                cache.set(key, found, expire, tag=tag, retry=True)
        return found

    call.__cache_key__ = cache_key  # type: ignore[attr-defined]
    return call


def _key(
    base: str, args: tuple[Any, ...], kwargs: dict[str, Any], typed: bool, ignored: frozenset[int | str]
) -> tuple[Any, ...]:
    """The name, the arguments by position, None, those by name in the order of the names, and the types."""
    positional = [arg for position, arg in enumerate(args) if position not in ignored]
    named = sorted((name, kwargs[name]) for name in kwargs.keys() - ignored)
    key = (base, *positional, None, *(part for pair in named for part in pair))
    if typed:
        key += (*map(type, positional), *(type(arg) for _, arg in named))
    return key
