"""
The native half of the package `statehold`. Import `statehold` instead.
"""

from _typeshed import SupportsGetItem
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, List, SupportsFloat, SupportsIndex, final

__all__ = ["Atomic", "Attempts", "Change", "Claim", "Entry", "Items", "Joined", "JournalCheck", "JournalRow", "Keys", "ManualClock", "MemoryBackend", "MemoryTransaction", "Namespace", "Receipt", "Savepoint", "Snapshot", "SnapshotNamespace", "Store", "Transaction", "Values", "error_codes", "from_json", "open", "to_json"]

@final
class Atomic:
    """
    Checks and mutations that are committed together, or not at all. Each method returns the object itself.
    """
    def check(self, /, namespace: str, key: str, revision: SupportsIndex | None) -> Atomic:
        """
        The key must be at this revision; absent if None or 0.
        """
    def commit(self, /) -> Receipt:
        """
        Commits all of it. Raises `ConflictError` with the check that failed, and then nothing was written.
        """
    def delete(self, /, namespace: str, key: str) -> Atomic:
        """
        Deletes a key, if it is there.
        """
    def set(self, /, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None, *, keep_ttl: bool = False, only_if_absent: bool = False, only_if_present: bool = False, if_revision: SupportsIndex | None = None) -> Atomic:
        """
        Sets a key, with a TTL or on a condition, which counts as a check of the whole commit.
        """

@final
class Attempts:
    """
    The tries of one transaction, for asyncio, which can't hand over a function.
    """
    def begin(self, /) -> Transaction:
        """
        Begins the next try.
        """
    def commit(self, /, tx: Transaction) -> bool:
        """
        Commits a try and returns whether that is done; False: begin another one.
        """

@final
class Change:
    """
    Something that a commit changed.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, facet: str, name: str, key: str, operation: str) -> Change: ...
    def __repr__(self, /) -> str: ...
    @property
    def facet(self, /) -> str:
        """
        `namespace`.
        """
    @property
    def key(self, /) -> str:
        """
        The key.
        """
    @property
    def name(self, /) -> str:
        """
        The name of the namespace.
        """
    @property
    def operation(self, /) -> str:
        """
        `set`, `set_ttl`, `touch`, `delete` or `expire`.
        """

@final
class Claim:
    """
    The right to set a missing key.
    """
    def give_up(self, /) -> None:
        """
        Lets the next caller have it.
        """
    def set(self, /, value: Any) -> Any:
        """
        Sets the key, gives up the claim, and returns the value as it is stored.
        """

@final
class Entry:
    """
    A value with what `get` hides. Times are in seconds since 1970.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, value: Any, revision: SupportsIndex, created_at: SupportsFloat | SupportsIndex, updated_at: SupportsFloat | SupportsIndex, expires_at: SupportsFloat | SupportsIndex | None) -> Entry: ...
    def __repr__(self, /) -> str: ...
    @property
    def created_at(self, /) -> float:
        """
        When the key came to be.
        """
    @property
    def expires_at(self, /) -> float | None:
        """
        When the key expires; None: never.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision that wrote it; 0 if the transaction that reads it has written it itself.
        """
    @property
    def updated_at(self, /) -> float:
        """
        When the value was last written.
        """
    @property
    def value(self, /) -> Any:
        """
        The value.
        """

@final
class Items:
    """
    Pairs of key and value.
    """
    def __iter__(self, /) -> Items: ...
    def __next__(self, /) -> tuple[str, Any]: ...
    def page(self, /) -> list[tuple[str, Any]]:
        """
        The next pairs at once; none at the end.
        """

@final
class Joined:
    """
    Gives the transaction that it is part of.
    """
    def __enter__(self, /) -> Transaction: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...

@final
class JournalCheck:
    """
    What a look through the whole journal found.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, rows: SupportsIndex, revision: SupportsIndex, hash: str, problems: SupportsGetItem[int, str]) -> JournalCheck: ...
    def __repr__(self, /) -> str: ...
    @property
    def hash(self, /) -> str:
        """
        The hash of the last row, as hexadecimal digits. Keep it elsewhere to prove later that the journal up
        to here was not rewritten.
        """
    @property
    def problems(self, /) -> list[str]:
        """
        What is wrong; empty when the journal is whole.
        """
    @property
    def revision(self, /) -> int:
        """
        The last revision.
        """
    @property
    def rows(self, /) -> int:
        """
        How many rows there are.
        """

@final
class JournalRow:
    """
    One commit, as the journal has it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, time: SupportsFloat | SupportsIndex, actor: str, changes: SupportsGetItem[int, Change], hash: str) -> JournalRow: ...
    def __repr__(self, /) -> str: ...
    @property
    def actor(self, /) -> str:
        """
        Who: `host/process` or `host/process/label`.
        """
    @property
    def changes(self, /) -> list[Change]:
        """
        What it changed.
        """
    @property
    def hash(self, /) -> str:
        """
        The hash that chains it to the row before, as hexadecimal digits.
        """
    @property
    def revision(self, /) -> int:
        """
        1, 2, 3, … over the whole store.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970.
        """

@final
class Keys:
    """
    Keys.
    """
    def __iter__(self, /) -> Keys: ...
    def __next__(self, /) -> str: ...
    def page(self, /) -> list[str]:
        """
        The next keys at once; none at the end.
        """

@final
class ManualClock:
    """
    A clock that moves only when it is told to, for tests of one's own TTL logic without sleeping: pass it as
    `clock=` when opening a store. Starts at `start`, in seconds since 1970, or at the machine's present time.
    """
    def __new__(cls, /, start: float | timedelta | None = None) -> ManualClock: ...
    def __repr__(self, /) -> str: ...
    def advance(self, /, seconds: float | timedelta) -> None:
        """
        Moves the clock forward by so many seconds (or a `timedelta`).
        """
    def set(self, /, seconds: float | timedelta) -> None:
        """
        Sets the clock to so many seconds since 1970, also backwards, as an administrator or a time server would.
        """

@final
class MemoryBackend:
    """
    A `StateBackend` in memory, for tests of code that depends on the interface.
    """
    def __new__(cls, /, *, clock: ManualClock | None = None) -> MemoryBackend: ...
    def _begin(self, /) -> MemoryTransaction:
        """
        Begins a transaction, for asyncio.
        """
    def batch_get(self, /, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, namespace: str, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, all or none, and returns the revision.
        """
    def clear_namespace(self, /, namespace: str) -> int:
        """
        Deletes every key of a namespace and returns how many there were.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def exists(self, /, namespace: str, key: str) -> bool:
        """
        Whether a key is there.
        """
    def get(self, /, namespace: str, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired.
        """
    def get_ttl(self, /, namespace: str, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    def list(self, /, namespace: str, pattern: str = ...) -> List[str]:
        """
        The keys that match a glob pattern, sorted by their UTF-8 bytes.
        """
    def set(self, /, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None) -> int:
        """
        Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
        """
    def set_ttl(self, /, namespace: str, key: str, ttl: float | timedelta | None) -> bool:
        """
        Changes when a key expires, and nothing else, and returns whether it was there; None: never.
        """
    def transact(self, /, function: Callable[..., Any]) -> Any:
        """
        Calls `function(tx)`, applies what it wrote at once, and returns what it returned. After a conflict it is
        called again. What it raises is raised, and nothing is written.
        """

@final
class MemoryTransaction:
    """
    What the function of `MemoryBackend.transact` gets.
    """
    def _commit(self, /) -> None:
        """
        Applies what was written, for asyncio. Raises `ConflictError` if others have committed since it began.
        """
    def batch_get(self, /, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, namespace: str, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, all or none, and returns the revision.
        """
    def clear_namespace(self, /, namespace: str) -> int:
        """
        Deletes every key of a namespace and returns how many there were.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def exists(self, /, namespace: str, key: str) -> bool:
        """
        Whether a key is there.
        """
    def get(self, /, namespace: str, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired.
        """
    def get_ttl(self, /, namespace: str, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    def list(self, /, namespace: str, pattern: str = ...) -> List[str]:
        """
        The keys that match a glob pattern, sorted by their UTF-8 bytes.
        """
    def set(self, /, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None) -> int:
        """
        Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
        """
    def set_ttl(self, /, namespace: str, key: str, ttl: float | timedelta | None) -> bool:
        """
        Changes when a key expires, and nothing else, and returns whether it was there; None: never.
        """
    def transact(self, /, function: Callable[..., Any]) -> Any:
        """
        Calls `function(tx)`: what it does is part of this transaction.
        """

@final
class Namespace:
    """
    An isolated set of keys, of a store or of a transaction, and a `MutableMapping` of them. Cheap to make and to
    keep, and it creates nothing: a namespace exists while it holds a live key.
    """
    def __bool__(self, /) -> bool: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __delitem__(self, key: str, /) -> None: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __iter__(self, /) -> Keys: ...
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def __setitem__(self, key: str, value: Any, /) -> None: ...
    def _get_or_claim(self, /, key: str, ttl: float | timedelta | None = None) -> Any | None:
        """
        As `get_or_set`, for asyncio: the value as a tuple of one, the claim to make it, or None while another does.
        """
    def batch_delete(self, /, keys: Iterable[str]) -> int:
        """
        Deletes many keys in one commit and returns how many were there.
        """
    def batch_get(self, /, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, in one commit, all or none, and returns its revision.
        """
    def clear(self, /) -> int:
        """
        Deletes every key and returns how many there were.
        """
    def count(self, /, pattern: str = ...) -> int:
        """
        How many keys match a glob pattern.
        """
    def delete(self, /, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def delete_matching(self, /, pattern: str) -> int:
        """
        Deletes every key that matches a glob pattern, in one commit, and returns how many there were.
        """
    def entry(self, /, key: str) -> Entry | None:
        """
        The value of a key with its revision and times; None if it is absent or has expired.
        """
    def exists(self, /, key: str) -> bool:
        """
        Whether a key is there.
        """
    def get(self, /, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired. What comes back is the caller's own:
        changing it changes nothing in the store.
        """
    def get_or_set(self, /, key: str, function: Callable[..., Any], ttl: float | timedelta | None = None) -> Any:
        """
        The value of a key; if it is absent, the one that `function` makes, which is set with `ttl`. Of many callers
        in many processes one runs the function and the others wait for what it sets. If it fails, or its process
        dies, the next one runs its own.
        """
    def get_ttl(self, /, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    def increment(self, /, key: str, by: float = ..., *, initial: float = ..., ttl: float | timedelta | None = None) -> int | float:
        """
        Adds to a number and returns the sum, atomically over threads and processes. Integers are exact; with a
        float on either side the sum is one. A missing key counts from `initial` and gets `ttl`; one that is there
        keeps its expiry.
        """
    def items(self, /, pattern: str = ..., *, limit: SupportsIndex | None = None, start_after: str | None = None, reverse: bool = False) -> Items:
        """
        Pairs of key and value that match a glob pattern, in the order of `list`. They are read page by page,
        so that memory does not grow with the namespace; outside of a transaction or a snapshot each page is
        as of its own moment.
        """
    def keys(self, /) -> Keys:
        """
        The keys, in order, read page by page.
        """
    def list(self, /, pattern: str = ..., *, limit: SupportsIndex | None = None, start_after: str | None = None, reverse: bool = False) -> List[str]:
        """
        The keys that match a glob pattern (`*`, `?`, `[a-z]`, `[!a]`, a backslash escapes), sorted by their
        UTF-8 bytes: at most `limit`, those after `start_after`, from the last one on if `reverse`.
        """
    def merge(self, /, key: str, patch: Any) -> Any:
        """
        Applies a JSON merge patch (RFC 7396) and returns the new value. A missing key counts as `{}`. The key keeps
        its expiry.
        """
    @property
    def name(self, /) -> str:
        """
        The namespace's name.
        """
    def pop(self, /, key: str, default: Any = ...) -> Any:
        """
        Removes a key and returns its value; `default`, or `KeyNotFoundError` without one, if it is absent.
        """
    def popitem(self, /) -> tuple[str, Any]:
        """
        Removes the first key and returns it with its value; raises `KeyError` if the namespace is empty.
        """
    def set(self, /, key: str, value: Any, ttl: float | timedelta | None = None, *, keep_ttl: bool = False, only_if_absent: bool = False, only_if_present: bool = False, if_revision: SupportsIndex | None = None) -> int:
        """
        Sets a key and returns the revision; inside a transaction that is 0, and the transaction's receipt has it.
        Without `ttl` an earlier TTL is cleared, unless `keep_ttl`. With `only_if_absent`, `only_if_present` or
        `if_revision`: raises `ConflictError` when that does not hold. Once it returns, the value is visible to
        everyone, and durable as the store demands.
        """
    def set_ttl(self, /, key: str, ttl: float | timedelta | None) -> bool:
        """
        Changes when a key expires, and nothing else, and returns whether it was there; None: never.
        """
    def setdefault(self, /, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; if it is absent, `default`, which is then set.
        """
    def touch(self, /, key: str) -> bool:
        """
        Renews a key by the TTL that it was given and returns whether it was there.
        """
    def update(self, /, key: Any, function: Callable[..., Any] | None = None, default: Any | None = None) -> Any:
        """
        Changes a value by a function of it, atomically, and returns the new value: when another writer got in
        between, the function is run again, so it should do nothing else. It gets `default` for a missing key. The
        key keeps its expiry. What the function raises is raised, and nothing is changed.

        `update(mapping)`, or pairs, sets all of them in one commit, as a `dict` does.
        """
    def values(self, /) -> Values:
        """
        The values, in the order of their keys, read page by page.
        """

@final
class Receipt:
    """
    Proof of a commit.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, time: SupportsFloat | SupportsIndex, hash: str) -> Receipt: ...
    def __repr__(self, /) -> str: ...
    @property
    def hash(self, /) -> str:
        """
        The hash that chains the journal up to this revision, as hexadecimal digits.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision that the commit got. If it changed nothing: the one at which its checks held.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970.
        """

@final
class Savepoint:
    """
    Undoes what its body wrote if the body raises.
    """
    def __enter__(self, /) -> Transaction: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...

@final
class Snapshot:
    """
    The store as of one moment, for reading. Others go on writing; none of it shows here. A context manager that ends
    it: while one is held under constant writing, SQLite's log grows.
    """
    def __enter__(self, /) -> Snapshot: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...
    def close(self, /) -> None:
        """
        Ends the snapshot; what was taken from it raises `ClosedError` from now on.
        """
    def namespace(self, /, name: str) -> SnapshotNamespace:
        """
        A namespace as of the moment.
        """
    @property
    def revision(self, /) -> int:
        """
        The last revision that it shows.
        """

@final
class SnapshotNamespace:
    """
    A namespace as it was at the moment of a snapshot; reading renews no TTL here.
    """
    def __bool__(self, /) -> bool: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __iter__(self, /) -> Keys: ...
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def batch_get(self, /, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def count(self, /, pattern: str = ...) -> int:
        """
        How many keys match a glob pattern.
        """
    def entry(self, /, key: str) -> Entry | None:
        """
        The value of a key with its revision and times; None if it is absent or has expired.
        """
    def exists(self, /, key: str) -> bool:
        """
        Whether a key is there.
        """
    def get(self, /, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired. What comes back is the caller's own:
        changing it changes nothing in the store.
        """
    def get_ttl(self, /, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    def items(self, /, pattern: str = ..., *, limit: SupportsIndex | None = None, start_after: str | None = None, reverse: bool = False) -> Items:
        """
        Pairs of key and value that match a glob pattern, in the order of `list`. They are read page by page,
        so that memory does not grow with the namespace; outside of a transaction or a snapshot each page is
        as of its own moment.
        """
    def list(self, /, pattern: str = ..., *, limit: SupportsIndex | None = None, start_after: str | None = None, reverse: bool = False) -> List[str]:
        """
        The keys that match a glob pattern (`*`, `?`, `[a-z]`, `[!a]`, a backslash escapes), sorted by their
        UTF-8 bytes: at most `limit`, those after `start_after`, from the last one on if `reverse`.
        """
    @property
    def name(self, /) -> str:
        """
        The namespace's name.
        """

@final
class Store:
    """
    An open store: one SQLite file with the state of an application. Threads may share it. A context manager that
    closes it.
    """
    def __enter__(self, /) -> Store: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...
    def __repr__(self, /) -> str: ...
    def _attempts(self, /, max_retries: SupportsIndex, durability: str | None = None) -> Attempts:
        """
        The tries of a transaction, for asyncio.
        """
    def atomic(self, /) -> Atomic:
        """
        A list of checks and mutations to be committed together, without reading.
        """
    def batch_get(self, /, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, namespace: str, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, all or none, and returns the revision.
        """
    def clear_namespace(self, /, namespace: str) -> int:
        """
        Deletes every key of a namespace and returns how many there were.
        """
    def close(self, /) -> None:
        """
        Ends the use of the store; what it is asked from now on raises `ClosedError`. Closing twice is no error.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def exists(self, /, namespace: str, key: str) -> bool:
        """
        Whether a key is there.
        """
    def flush(self, /) -> None:
        """
        Makes every commit so far survive a power loss, whatever durability it was made with.
        """
    def get(self, /, namespace: str, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired.
        """
    def get_ttl(self, /, namespace: str, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    @property
    def is_closed(self, /) -> bool:
        """
        Whether the store was closed.
        """
    def journal(self, /, after: SupportsIndex = 0, limit: SupportsIndex = 1000) -> List[JournalRow]:
        """
        Up to `limit` rows of the journal after revision `after`: who changed what, and when.
        """
    def list(self, /, namespace: str, pattern: str = ...) -> List[str]:
        """
        The keys that match a glob pattern, sorted by their UTF-8 bytes.
        """
    @property
    def lost_commits(self, /) -> tuple[int, int] | None:
        """
        The revisions expected and found when this store was opened, if commits had been lost, as far as the witness
        file knows; None if not.
        """
    def namespace(self, /, name: str, *, ttl: float | timedelta | None = None, sliding: bool = False) -> Namespace:
        """
        A namespace, with a default `ttl` for what is set without one, which reads renew if it is `sliding`. Creates
        nothing.
        """
    def namespaces(self, /, pattern: str = ...) -> List[str]:
        """
        The names of the namespaces that hold at least one live key and match a glob pattern, sorted by their UTF-8
        bytes.
        """
    @property
    def path(self, /) -> Path:
        """
        The absolute path of the file.
        """
    def purge_expired(self, /) -> int:
        """
        Removes all keys that have expired from the file and returns how many. They are invisible anyway; this gives
        their room back at once instead of step by step.
        """
    def revision(self, /) -> int:
        """
        The last revision; 0 for a store that nothing was committed to.
        """
    def set(self, /, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None) -> int:
        """
        Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
        """
    def set_ttl(self, /, namespace: str, key: str, ttl: float | timedelta | None) -> bool:
        """
        Changes when a key expires, and nothing else, and returns whether it was there; None: never.
        """
    def snapshot(self, /) -> Snapshot:
        """
        The store as of this moment, for many reads: a context manager that ends it.
        """
    def transact(self, /, function: Callable[..., Any] | None = None, *, max_retries: SupportsIndex = 10, durability: str | None = None) -> Any:
        """
        Calls `function(tx)` in a transaction, commits, and returns what it returned. If a commit of somebody else has
        changed what it read, it is called again, up to `max_retries` times, the last time holding the write lock; so it
        must have no other effects. What it raises is raised, and nothing is written.

        Without a function, a decorator: each call of what it decorates is such a transaction, with `tx` as the first
        argument.
        """
    def transaction(self, /, *, lock: bool = False, lock_timeout: float | timedelta | None = None, durability: str | None = None) -> Transaction:
        """
        Begins a transaction that commits when the body of its `with` ends, and discards everything when it raises. A
        body can't be run again, so a conflict is `ConflictError`, unless `lock` takes the write lock up front; others
        then wait, for `lock_timeout` seconds at most.
        """
    def verify_journal(self, /) -> JournalCheck:
        """
        Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in another order,
        unless by somebody who rebuilt the whole chain.
        """

@final
class Transaction:
    """
    Changes that become visible at once, or not at all. It reads from one snapshot and its own writes, and writes
    nothing until the end.

    As a context manager it commits when the body ends, and discards everything when the body raises. A body can't be
    run again, so it raises `ConflictError` when something that was read has changed since, unless it holds the lock.
    """
    def __enter__(self, /) -> Transaction: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...
    def batch_get(self, /, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, namespace: str, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, all or none, and returns the revision.
        """
    def clear_namespace(self, /, namespace: str) -> int:
        """
        Deletes every key of a namespace and returns how many there were.
        """
    def commit(self, /) -> Receipt:
        """
        Commits. Once it returns, all of it is visible, and durable as asked for. Raises `ConflictError` when
        something that was read has changed since.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def exists(self, /, namespace: str, key: str) -> bool:
        """
        Whether a key is there.
        """
    def get(self, /, namespace: str, key: str, default: Any | None = None) -> Any:
        """
        The value of a key; `default` if it is absent or has expired.
        """
    def get_ttl(self, /, namespace: str, key: str) -> float | None:
        """
        How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
        absent or has expired.
        """
    def list(self, /, namespace: str, pattern: str = ...) -> List[str]:
        """
        The keys that match a glob pattern, sorted by their UTF-8 bytes.
        """
    def namespace(self, /, name: str, *, ttl: float | timedelta | None = None, sliding: bool = False) -> Namespace:
        """
        A namespace inside the transaction: the same operations as on the store.
        """
    @property
    def receipt(self, /) -> Receipt | None:
        """
        The receipt, once it is committed; None before.
        """
    def rollback(self, /) -> None:
        """
        Discards all of it.
        """
    def savepoint(self, /, function: Callable[..., Any] | None = None) -> Any:
        """
        Calls `function(tx)`; if it raises, only what it has written is undone. Without a function, a context manager
        that does the same with its body.
        """
    def set(self, /, namespace: str, key: str, value: Any, ttl: float | timedelta | None = None) -> int:
        """
        Sets a key, to expire after `ttl` or never, and returns the revision; 0 inside a transaction.
        """
    def set_ttl(self, /, namespace: str, key: str, ttl: float | timedelta | None) -> bool:
        """
        Changes when a key expires, and nothing else, and returns whether it was there; None: never.
        """
    def transact(self, /, function: Callable[..., Any]) -> Any:
        """
        Calls `function(tx)`: what it does is part of this transaction.
        """
    def transaction(self, /) -> Joined:
        """
        A context manager that gives this transaction and does nothing at its end: what is done there is part of it.
        """

@final
class Values:
    """
    Values.
    """
    def __iter__(self, /) -> Values: ...
    def __next__(self, /) -> Any: ...
    def page(self, /) -> list[Any]:
        """
        The next values at once; none at the end.
        """

def error_codes() -> list[tuple[str, str]]:
    """
    Every error code with the name of its class in `statehold.errors`.
    """

def from_json(text: str) -> Any:
    """
    The value that a JSON text of the store stands for.
    """

def open(path: str | PathLike[str], *, default: Any | None = None, clock: ManualClock | None = None, **options: "Any") -> Store:
    """
    Opens a store; `statehold.open` is the function to call.
    """

def to_json(value: Any, default: Any | None = None, *, max_bytes: SupportsIndex | None = None) -> str:
    """
    The JSON text that a value is stored as.
    """
