"""What a cache is open on: the store, and the transaction that a thread is in."""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import statehold

from .._pickling import Codec
from . import _names
from ._rows import Found, Item, Rows

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

Timeout = statehold.BusyError
"""What is raised when others hold the write lock for longer than a cache's timeout."""

# After how many writes the size is looked at.
LOOK_AFTER = 100


class Opened:
    """A folder with a store in it, and the ways to read and to write the rows of its items."""

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        timeout: float = 60,
        *,
        allow_pickle: bool = False,
        size_limit: int = 2**30,
        eviction_policy: str = "least-recently-stored",
        statistics: bool | None = None,
        namespace: str = "diskcache",
        durability: str = "normal",
        **options: Any,
    ) -> None:
        """:param directory: where the file is, ``statehold.db``; a new temporary folder if None.
        :param timeout: how many seconds to wait for another process's write lock.
        :param allow_pickle: whether to pickle what is not JSON, and to load pickles that are in the file.
        :param size_limit: how many bytes the file may use before those items are deleted that came first.
        :param eviction_policy: ``none`` to delete nothing for the sake of the limit.
        :param statistics: whether hits and misses are counted, by whoever opens it from now on.
        :param namespace: what the names of the namespaces begin with that hold the items.
        :param durability: what a write survives, as of :func:`statehold.open`.
        :param options: others of :func:`statehold.open`.
        """
        if eviction_policy not in ("least-recently-stored", "none"):
            raise ValueError(
                f"the eviction policy {eviction_policy!r} isn't supported: it is 'least-recently-stored' or "
                "'none'"
            )
        if directory is None:
            directory = tempfile.mkdtemp(prefix="statehold-")
        self._directory = str(Path(os.path.expandvars(directory)).expanduser())
        self._timeout = timeout
        self._options: dict[str, Any] = {
            "allow_pickle": allow_pickle,
            "size_limit": size_limit,
            "eviction_policy": eviction_policy,
            "namespace": namespace,
            "durability": durability,
            **options,
        }
        self._to_open = {"busy_timeout": timeout, "durability": durability, **options}
        self._codec = Codec(allow_pickle, "make the cache with allow_pickle=True")
        self._local = threading.local()
        self._opening = threading.Lock()
        self._count = itertools.count()
        # With the revision and a count, this makes places in the order unique over processes.
        self._nonce = uuid.uuid4().hex[:8]
        self._until_look = LOOK_AFTER
        self._opened = self._open()
        counters = self._rows().counters
        if statistics is not None:
            counters.set("enabled", statistics)
        self._statistics = bool(counters.get("enabled"))

    @property
    def directory(self) -> str:
        """The folder that the file is in."""
        return self._directory

    @property
    def timeout(self) -> float:
        """How many seconds a write waits for another process's."""
        return self._timeout

    @property
    def allow_pickle(self) -> bool:
        """Whether what is not JSON is pickled."""
        return self._codec.allow_pickle

    @property
    def store(self) -> statehold.Store:
        """The store. It is opened again if it was closed."""
        if self._opened.is_closed:
            with self._opening:
                if self._opened.is_closed:
                    self._opened = self._open()
        return self._opened

    @contextmanager
    def transact(self, retry: bool = False) -> Iterator[None]:
        """What this thread does to the cache in the body is one commit, or nothing if the body raises.
        Others can't write meanwhile, for at most 5 seconds; a body that takes longer may raise
        ``ConflictError`` at its end."""
        if self._transaction is not None:
            yield
            return
        with self._begin(retry) as tx:
            self._local.transaction = tx
            try:
                yield
            finally:
                self._local.transaction = None

    def close(self) -> None:
        """Closes the store. Using the cache again opens it again."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()

    def __getstate__(self) -> tuple[str, float, dict[str, Any]]:
        return self._directory, self._timeout, self._options

    def __setstate__(self, state: tuple[str, float, dict[str, Any]]) -> None:
        directory, timeout, options = state
        Opened.__init__(self, directory, timeout, **options)

    @property
    def _transaction(self) -> statehold.Transaction | None:
        """The transaction that this thread is in."""
        return getattr(self._local, "transaction", None)

    def _open(self) -> statehold.Store:
        Path(self._directory).mkdir(parents=True, exist_ok=True)
        return statehold.open(Path(self._directory) / "statehold.db", **self._to_open)

    def _entries(self) -> statehold.Namespace:
        return (self._transaction or self.store).namespace(self._options["namespace"])

    def _rows(self) -> Rows:
        return Rows.of(self._transaction or self.store, self._options["namespace"])

    def _write(self, function: Callable[[Rows], T], retry: bool) -> T:
        """Calls the function in this thread's transaction, or in one of its own."""
        if self._transaction is not None:
            return function(self._rows())
        while True:
            try:
                done: T = self.store.transact(lambda tx: function(Rows.of(tx, self._options["namespace"])))
            except Timeout:
                if not retry:
                    raise
            else:
                return done

    def _begin(self, retry: bool) -> statehold.Transaction:
        while True:
            try:
                return self.store.transaction(lock=True)
            except Timeout:
                if not retry:
                    raise

    def _name(self, key: Any) -> str:
        return _names.name(key, self._codec)

    def _item(self, key: Any, value: Any, expire: float | None, tag: Any) -> Item:
        tagged = None if tag is None else self._name(tag)
        return Item(self._name(key), self._codec.encode(value), expire, tagged)

    def _next_place(self) -> str:
        # The revision orders what is added one after the other, by whichever process, and the count what one
        # transaction adds. Of what processes add at the same time, neither is the first.
        return f"{self.store.revision():016x}{next(self._count):012x}{self._nonce}"

    def _told(self, found: Found | None, value: Any, expire_time: bool, tag: bool) -> Any:
        """A value, with when it expires and its tag as they were asked for."""
        about: list[Any] = [found and found.expires_at] if expire_time else []
        if tag:
            name = found and found.tag
            about.append(None if name is None else _names.original(name, self._codec))
        return (value, *about) if about else value
