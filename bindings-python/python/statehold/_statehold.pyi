"""
The native half of the package `statehold`. Import `statehold` instead.
"""

from _typeshed import SupportsGetItem
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from statehold.mock import Backup, CloudState, Command, Costs, Instance, Parameter, Scenario, ScenarioInfo, Stack
from typing import Any, List, Literal, SupportsFloat, SupportsIndex, final

__all__ = ["Atomic", "Attempts", "BackupReport", "Case", "CaseCheck", "CaseMetadata", "CaseProblem", "CaseReceipt", "CaseScope", "CaseState", "CaseSummary", "Change", "Claim", "CommandProgress", "Committing", "CopyProgress", "EffectResult", "Entry", "EnvironmentCommand", "EnvironmentLock", "EnvironmentRecord", "Environments", "Exclusive", "ExportReport", "FacetInfo", "Failure", "FaultCall", "FaultRule", "Faults", "Finding", "HistoryEntry", "ImportReport", "InterruptedEnvironment", "Items", "Joined", "JournalCheck", "JournalRow", "Keys", "Lifecycle", "LockInfo", "ManualClock", "MemoryBackend", "MemoryTransaction", "Migration", "MigrationPreview", "MockCloud", "Namespace", "OperationFailure", "Orchestrator", "Patience", "PendingEffect", "Plugin", "PluginBackup", "PluginMetadata", "PluginState", "PluginStates", "Receipt", "ReceiptMutation", "RecoveryGuide", "RestoreReport", "Savepoint", "Scenarios", "Snapshot", "SnapshotNamespace", "StateDiff", "Stats", "Store", "StoreCheck", "StoreInfo", "StoreProblem", "Token", "Transaction", "TransferProgress", "Update", "UpgradeReport", "Values", "Watch", "Write", "error_codes", "from_json", "get_mock_cloud", "open", "open_mock_cloud", "reset_mock_cloud", "run", "to_json"]

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
    def save_plugin(self, /, name: str, data: Any, version: int | None = None, *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> Atomic:
        """
        Saves a plugin's state, as `Plugin.save`; what it replaces is kept as a backup. Its conditions count as checks of
        the whole commit.
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
class BackupReport:
    """
    A backup that was made and checked.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, path: str | PathLike[str], revision: SupportsIndex, hash: str, bytes: SupportsIndex) -> BackupReport: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int:
        """
        Its size.
        """
    @property
    def hash(self, /) -> str:
        """
        The journal's hash up to it, as hexadecimal digits.
        """
    @property
    def path(self, /) -> Path:
        """
        Where it is.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision whose state it holds.
        """

@final
class Case:
    """
    A workflow's state: a context, tokens in a tree of scopes, and metadata, with a receipt for each commit. Mutations
    are buffered, and `commit` makes all of them or none. What the getters give is as of the last commit or `reload`
    of this handle, without what is buffered; it is the caller's own.
    """
    def __repr__(self, /) -> str: ...
    def _begin_close(self, /, outcome: Literal["running", "cancelled", "done", "failed"]) -> Committing:
        """
        The commit of `close`, for asyncio.
        """
    def _begin_commit(self, /, retry: SupportsIndex) -> Committing:
        """
        A commit, for asyncio.
        """
    def _begin_effect(self, /, effect_id: str, spec: Any, *, key: str | None = None, on_doubt: Literal["raise", "retry"] = ...) -> Any:
        """
        The stored result of an effect, or the one to be run, for asyncio.
        """
    def add_token(self, /, id: str, ip: str, *, scope: str = ..., value: Any | None = None, status: Literal["active", "complete", "cancelled"] = ...) -> None:
        """
        Adds a token at an instruction or node `ip`, in an active scope.
        """
    def at(self, /, sequence: SupportsIndex) -> CaseState:
        """
        The state as it was after a receipt. Raises `NotFoundError` unless the case was created with
        `history="full"` and its receipts reach back so far.
        """
    def buffer(self, /, mutation: Any) -> None:
        """
        Buffers a mutation: a `dict` with its `name`, which is that of a method here, and the members that the method
        takes.
        """
    def cancel_case(self, /) -> None:
        """
        Cancels all scopes and tokens, which closes the case.
        """
    def cancel_scope(self, /, id: str) -> None:
        """
        Cancels a scope, all beneath it and their tokens.
        """
    def close(self, /, outcome: Literal["running", "cancelled", "done", "failed"] = ...) -> CaseReceipt:
        """
        Sets the status to `done`, `failed` or `cancelled` and commits it with what is buffered.
        """
    def commit(self, /, *, retry: SupportsIndex = 0) -> CaseReceipt | None:
        """
        Commits what is buffered, all or nothing, and returns the receipt; None if nothing is buffered. Raises
        `ValidationError` with everything that breaks a rule, and `ConflictError` if the case was changed since it was
        loaded; with `retry`, the mutations are then tried on the new state up to so many times. What fails leaves the
        buffer as it was.
        """
    @property
    def ctx(self, /) -> dict[str, Any]:
        """
        The context, a `dict`.
        """
    def delete(self, /) -> None:
        """
        Deletes the case with its receipts and effects, whatever its state.
        """
    def effect(self, /, effect_id: str, spec: Any, function: Callable[..., Any], *, key: str | None = None, on_doubt: Literal["raise", "retry"] = ...) -> EffectResult:
        """
        Runs a side effect that should happen once: its intent is committed, `function` is called, its result is
        committed. A second call with the same key, by default the id, gives the stored result, also if that is an
        error, and calls nothing. What the function raises is not raised but stored, as `error` of the result. If it
        was begun and has no result: raises `EffectInDoubtError`, or with `on_doubt="retry"` runs it again. Raises
        `ConflictError` for another spec under the same key.
        """
    def effects(self, /) -> List[EffectResult]:
        """
        All effects of the case, in the order in which they were first begun.
        """
    def enter_scope(self, /, id: str, parent: str = ...) -> None:
        """
        Adds a scope under an active one.
        """
    def exit_scope(self, /, id: str) -> None:
        """
        Leaves a scope in which no token is active.
        """
    @property
    def id(self, /) -> str:
        """
        The case's id.
        """
    def increment_step_count(self, /) -> None:
        """
        Adds 1 to the step count.
        """
    def is_cancelled(self, /, scope: str) -> bool:
        """
        Whether a scope was cancelled, by itself or with one around it. Raises `NotFoundError` if there is none.
        """
    def lookup(self, /, effect_id: str) -> List[EffectResult]:
        """
        The effects of an id, which may have several keys.
        """
    def lookup_by_key(self, /, key: str) -> EffectResult | None:
        """
        The effect under a key; None if none was begun.
        """
    @property
    def metadata(self, /) -> CaseMetadata:
        """
        What else is known of the case.
        """
    @property
    def pending(self, /) -> list[dict[str, Any]]:
        """
        What is buffered: a `dict` for each mutation, as `buffer` takes them. Of a function it tells only that there
        is one.
        """
    def put_ctx(self, /, ctx: Any) -> None:
        """
        As `set_ctx`.
        """
    def receipts(self, /, *, after: SupportsIndex = 0, limit: SupportsIndex | None = None) -> List[CaseReceipt]:
        """
        The receipts after a sequence number, at most `limit`.
        """
    def reload(self, /) -> None:
        """
        Loads what was committed last, by anybody; the buffer stays.
        """
    def remove_token(self, /, id: str) -> None:
        """
        Removes a token.
        """
    def resolve_effect(self, /, key: str, status: Literal["pending", "ok", "error", "cancelled"], value: Any | None = None) -> EffectResult:
        """
        Settles an effect that is in doubt: `ok` with what it gave, or `error` or `cancelled` with the reason.
        """
    def restore(self, /, snapshot: str) -> CaseReceipt:
        """
        Replaces the state by that of a snapshot, in one commit. Nothing may be buffered.
        """
    @property
    def revision(self, /) -> int:
        """
        The store's revision of the last commit; 0 inside the transaction that makes it.
        """
    def rollback(self, /) -> None:
        """
        Discards what is buffered.
        """
    def rotate_receipts(self, /, *, keep: SupportsIndex | None = None, before: float | timedelta | None = None, archive: str | PathLike[str] | None = None) -> int:
        """
        Moves old receipts into an archive file, by default `NAME-receipts.jsonl` beside the store, and returns how many:
        all but the last `keep`, or those before a moment in seconds since 1970; with both, what neither keeps. The
        last one stays in any case.
        """
    def scope(self, /, id: str) -> CaseScope | None:
        """
        A scope; None if there is none of this id.
        """
    @property
    def scopes(self, /) -> dict[str, CaseScope]:
        """
        The scopes by their ids, `root` among them.
        """
    @property
    def sequence(self, /) -> int:
        """
        How many commits there were.
        """
    def set_ctx(self, /, ctx: Any) -> None:
        """
        Replaces the context by another one, an object.
        """
    def set_metadata(self, /, term: Any) -> None:
        """
        Sets the term of the metadata.
        """
    def set_status(self, /, status: Literal["running", "cancelled", "done", "failed"]) -> None:
        """
        Sets the status; any but `running` closes the case.
        """
    def snapshot(self, /) -> str:
        """
        The state as a text that `restore` reads, in this case or another.
        """
    @property
    def status(self, /) -> Literal["running", "cancelled", "done", "failed"]:
        """
        How it stands; one that isn't running is closed.
        """
    def token(self, /, id: str) -> Token | None:
        """
        A token; None if there is none of this id.
        """
    @property
    def tokens(self, /) -> dict[str, Token]:
        """
        The tokens by their ids.
        """
    def update_ctx(self, /, function: Callable[..., Any]) -> None:
        """
        Replaces the context by a function of it, which is called by the commit, and again if that is tried again, so it
        should do nothing else. What it raises, the commit raises.
        """
    def update_token(self, /, id: str, function: Callable[..., Any]) -> None:
        """
        Replaces a token by a function of it, as `update_ctx` does: `lambda token: token.replace(ip="next")`. Its id
        stays.
        """
    def verify(self, /, *, archive: str | PathLike[str] | None = None) -> CaseCheck:
        """
        Recomputes the chain of the receipts and the digest of the state: a changed byte anywhere in them is found. With
        the file that receipts were moved to, from the first receipt on.
        """

@final
class CaseCheck:
    """
    What a look through the receipts of a case found.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, receipts: SupportsIndex, archived: SupportsIndex, sequence: SupportsIndex, problems: SupportsGetItem[int, CaseProblem]) -> CaseCheck: ...
    def __repr__(self, /) -> str: ...
    @property
    def archived(self, /) -> int:
        """
        How many were found in the archive; 0 without one.
        """
    @property
    def problems(self, /) -> list[CaseProblem]:
        """
        What is wrong, in the order of the receipts; empty when all fits.
        """
    @property
    def receipts(self, /) -> int:
        """
        How many receipts the store has.
        """
    @property
    def sequence(self, /) -> int:
        """
        The sequence number of the last receipt.
        """

@final
class CaseMetadata:
    """
    What is known of a case besides its context, tokens and scopes.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, step_count: SupportsIndex, started_at: SupportsFloat | SupportsIndex, last_commit: SupportsFloat | SupportsIndex, term: Any) -> CaseMetadata: ...
    def __repr__(self, /) -> str: ...
    @property
    def last_commit(self, /) -> float:
        """
        When the last commit was made, in seconds since 1970.
        """
    @property
    def started_at(self, /) -> float:
        """
        When the case was created, in seconds since 1970.
        """
    @property
    def step_count(self, /) -> int:
        """
        How often `increment_step_count` was committed.
        """
    @property
    def term(self, /) -> Any:
        """
        What `set_metadata` has set; None before.
        """

@final
class CaseProblem:
    """
    Something about a case that does not fit.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, case_id: str, sequence: SupportsIndex | None, receipt_id: str | None, reason: str) -> CaseProblem: ...
    def __repr__(self, /) -> str: ...
    @property
    def case_id(self, /) -> str:
        """
        The case.
        """
    @property
    def reason(self, /) -> str:
        """
        What is wrong.
        """
    @property
    def receipt_id(self, /) -> str | None:
        """
        The id of that receipt.
        """
    @property
    def sequence(self, /) -> int | None:
        """
        The receipt that does not fit, if it is one.
        """

@final
class CaseReceipt:
    """
    Proof of a commit of a case. It never changes. The digests and hashes are hexadecimal digits.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, id: str, case_id: str, sequence: SupportsIndex, revision: SupportsIndex, time: SupportsFloat | SupportsIndex, actor: str, mutations: SupportsGetItem[int, ReceiptMutation], digest: str, before: str, after: str, previous: str, hash: str) -> CaseReceipt: ...
    def __repr__(self, /) -> str: ...
    @property
    def actor(self, /) -> str:
        """
        Who: `host/process` or `host/process/label`.
        """
    @property
    def after(self, /) -> str:
        """
        The digest of the state after.
        """
    @property
    def before(self, /) -> str:
        """
        The digest of the state before; zeroes for the first receipt.
        """
    @property
    def case_id(self, /) -> str:
        """
        The case.
        """
    @property
    def digest(self, /) -> str:
        """
        A digest of the mutations with all that they hold.
        """
    @property
    def hash(self, /) -> str:
        """
        The hash of this one, over all that it says; empty inside the transaction that makes the commit.
        """
    @property
    def id(self, /) -> str:
        """
        Its id, a UUID of version 7.
        """
    @property
    def mutations(self, /) -> list[ReceiptMutation]:
        """
        What was done.
        """
    @property
    def previous(self, /) -> str:
        """
        The hash of the receipt before.
        """
    @property
    def revision(self, /) -> int:
        """
        The store's revision; 0 inside the transaction that makes the commit.
        """
    @property
    def sequence(self, /) -> int:
        """
        1, 2, 3, … over the commits of the case.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970.
        """

@final
class CaseScope:
    """
    A part of a case, with tokens in it, that can be cancelled as a whole.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, id: str, parent: str | None, status: Literal["active", "exited", "cancelled"], entered_at: SupportsFloat | SupportsIndex, tokens: SupportsGetItem[int, str]) -> CaseScope: ...
    def __repr__(self, /) -> str: ...
    @property
    def entered_at(self, /) -> float:
        """
        When it was entered, in seconds since 1970.
        """
    @property
    def id(self, /) -> str:
        """
        Which scope.
        """
    @property
    def parent(self, /) -> str | None:
        """
        The scope around it; None for `root`.
        """
    @property
    def status(self, /) -> Literal["active", "exited", "cancelled"]:
        """
        How it stands.
        """
    @property
    def tokens(self, /) -> list[str]:
        """
        The ids of the tokens directly in it, in the order in which they came.
        """

@final
class CaseState:
    """
    The state of a case at some receipt.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, status: Literal["running", "cancelled", "done", "failed"], ctx: Any, tokens: dict[str, Token], scopes: dict[str, CaseScope], metadata: CaseMetadata) -> CaseState: ...
    def __repr__(self, /) -> str: ...
    @property
    def ctx(self, /) -> Any:
        """
        The context, a `dict`.
        """
    @property
    def metadata(self, /) -> CaseMetadata:
        """
        What else is known of the case.
        """
    @property
    def scopes(self, /) -> dict[str, CaseScope]:
        """
        The scopes by their ids, `root` among them.
        """
    @property
    def status(self, /) -> Literal["running", "cancelled", "done", "failed"]:
        """
        How the case stands.
        """
    @property
    def tokens(self, /) -> dict[str, Token]:
        """
        The tokens by their ids.
        """

@final
class CaseSummary:
    """
    What a list of cases tells of each.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, id: str, status: Literal["running", "cancelled", "done", "failed"], step_count: SupportsIndex, tokens: SupportsIndex, revision: SupportsIndex, last_commit: SupportsFloat | SupportsIndex) -> CaseSummary: ...
    def __repr__(self, /) -> str: ...
    @property
    def id(self, /) -> str:
        """
        The case's id.
        """
    @property
    def last_commit(self, /) -> float:
        """
        When that was, in seconds since 1970.
        """
    @property
    def revision(self, /) -> int:
        """
        The store's revision of its last commit; 0 inside the transaction that makes it.
        """
    @property
    def status(self, /) -> Literal["running", "cancelled", "done", "failed"]:
        """
        How it stands.
        """
    @property
    def step_count(self, /) -> int:
        """
        How often `increment_step_count` was committed.
        """
    @property
    def tokens(self, /) -> int:
        """
        How many of its tokens are active.
        """

@final
class Change:
    """
    Something that a commit changed.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, time: SupportsFloat | SupportsIndex, actor: str, facet: str, name: str, key: str, operation: str, is_last: bool) -> Change: ...
    def __repr__(self, /) -> str: ...
    @property
    def actor(self, /) -> str:
        """
        Who: `host/process` or `host/process/label`.
        """
    @property
    def facet(self, /) -> str:
        """
        `namespace`, `plugin`, `case`, `environment` or `lifecycle`; `store` for the store as a whole.
        """
    @property
    def is_last(self, /) -> bool:
        """
        Whether it is the last of its commit: of those that a watch lets through, in a row of the journal of all.
        """
    @property
    def key(self, /) -> str:
        """
        The key; empty where a name has none.
        """
    @property
    def name(self, /) -> str:
        """
        The name of the namespace, of the plugin, …
        """
    @property
    def operation(self, /) -> str:
        """
        What was done: in a namespace `set`, `set_ttl`, `touch`, `delete` or `expire`; in other facets words of theirs.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision of its commit.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970.
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
class CommandProgress:
    """
    What a command tells while it goes on.
    """
    def _abandon(self, /) -> None:
        """
        Leaves the command as an interrupted one, if it has not ended.
        """
    def _fail(self, /, raised: Any) -> EnvironmentRecord:
        """
        Ends the command as one that has failed by an exception. Raises what kept that from being kept.
        """
    def _succeed(self, /) -> EnvironmentRecord:
        """
        Ends the command as one that has succeeded.
        """
    @property
    def fencing(self, /) -> int:
        """
        The number of the lock's grant, for what else the command writes to.
        """
    @property
    def record(self, /) -> EnvironmentRecord:
        """
        The record, as it was when the command began, with the last step.
        """
    def set_data(self, /, data: Any) -> None:
        """
        Sets what the environment's data is to be, which is saved with the end of the command, however it ends.
        """
    def step(self, /, step: str) -> None:
        """
        Notes what the command is about to do, for those who find it interrupted. Once it returns, the store has it.
        Raises `ConflictError` or `LockedError` if the lock was lost: stop working.
        """

@final
class Committing:
    """
    A commit under way.
    """
    def abandon(self, /) -> None:
        """
        Puts what was not committed back into the buffer.
        """
    def done(self, /, made: Any) -> None:
        """
        Hands in what the function returned.
        """
    def finish(self, /) -> tuple[bool, CaseReceipt | None]:
        """
        Commits; False: the functions are to be called again.
        """
    def next(self, /) -> tuple[Any, Any] | None:
        """
        The next function to call; None when all were called.
        """

@final
class CopyProgress:
    """
    How far copying a store has come, in pages.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, done: SupportsIndex, total: SupportsIndex) -> CopyProgress: ...
    def __repr__(self, /) -> str: ...
    @property
    def done(self, /) -> int:
        """
        How many are copied.
        """
    @property
    def total(self, /) -> int:
        """
        How many there are.
        """

@final
class EffectResult:
    """
    An effect, as the store has it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, effect_id: str, key: str, status: Literal["pending", "ok", "error", "cancelled"], value: Any, error: str | None, spec_digest: str, actor: str, started_at: SupportsFloat | SupportsIndex, duration: SupportsFloat | SupportsIndex | None, attempts: SupportsIndex) -> EffectResult: ...
    def __repr__(self, /) -> str: ...
    @property
    def actor(self, /) -> str:
        """
        Who began it last: `host/process` or `host/process/label`.
        """
    @property
    def attempts(self, /) -> int:
        """
        How often it was begun.
        """
    @property
    def duration(self, /) -> float | None:
        """
        How many seconds it took, if that is known.
        """
    @property
    def effect_id(self, /) -> str:
        """
        The effect.
        """
    @property
    def error(self, /) -> str | None:
        """
        Why it failed or was called off.
        """
    @property
    def key(self, /) -> str:
        """
        The key under which it happens once.
        """
    @property
    def spec_digest(self, /) -> str:
        """
        The digest of its spec, as hexadecimal digits.
        """
    @property
    def started_at(self, /) -> float:
        """
        When, in seconds since 1970.
        """
    @property
    def status(self, /) -> Literal["pending", "ok", "error", "cancelled"]:
        """
        How it stands.
        """
    @property
    def value(self, /) -> Any:
        """
        What it gave; None unless it happened.
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
class EnvironmentCommand:
    """
    A command by the states that it goes through.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, in_progress: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, success: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, error: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str) -> EnvironmentCommand: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def configure() -> EnvironmentCommand:
        """
        Configuring it: from `provisioned` or `configure_failed` to `configured`.
        """
    @property
    def error(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str:
        """
        The state once it has failed.
        """
    @property
    def in_progress(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str:
        """
        The state while it is under way.
        """
    @staticmethod
    def provision() -> EnvironmentCommand:
        """
        Making the infrastructure: from `created` or `provision_failed` to `provisioned`.
        """
    @staticmethod
    def release() -> EnvironmentCommand:
        """
        Putting the software on it: from `configured` or `release_failed` to `released`.
        """
    @staticmethod
    def run() -> EnvironmentCommand:
        """
        Starting the software: from `released` to `running`.
        """
    @property
    def success(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str:
        """
        The state once it has succeeded. The same as while it is under way: there is no further transition.
        """

@final
class EnvironmentLock:
    """
    The lock of an environment, held: nobody else can write its record. A context manager that releases it.

    It is also released when the object is no longer used, when the store is closed, and when the process ends in
    whatever way. With a `ttl` a thread renews the lease meanwhile. A child made by `fork` inherits no lock.
    """
    def __enter__(self, /) -> EnvironmentLock: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...
    def __repr__(self, /) -> str: ...
    def environments(self, /) -> Environments:
        """
        The environments, for the holder: what is written to this one is written only while the lock is held.
        """
    @property
    def fencing(self, /) -> int:
        """
        The number of this grant, greater than that of any before. Hand it to whatever else the holder writes to, so
        that it can refuse one that comes late.
        """
    def is_held(self, /) -> bool:
        """
        Whether the lock is still held under this grant.
        """
    def load(self, /) -> EnvironmentRecord:
        """
        As `Environments.load`. What the record's methods write is written for the holder.
        """
    @property
    def name(self, /) -> str:
        """
        The environment that is locked.
        """
    def release(self, /) -> bool:
        """
        Releases the lock, and returns whether it was still held. Doing it twice is no error. A guard that shares a lock
        gives up its share; the last one releases it.
        """
    def save(self, /, environment: EnvironmentRecord) -> EnvironmentRecord:
        """
        As `Environments.save`. Raises `ConflictError` or `LockedError` if the lock was lost.
        """
    def set_step(self, /, step: str) -> EnvironmentRecord:
        """
        As `Environments.set_step`. Raises `ConflictError` or `LockedError` if the lock was lost.
        """
    @property
    def token(self, /) -> str:
        """
        Names this grant. Whoever has it can write as the holder does, by `Environments.with_token`.
        """
    def transition(self, /, to: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, *, failure: Failure | None = None, note: str | None = None, step: str | None = None, if_revision: SupportsIndex | None = None) -> EnvironmentRecord:
        """
        As `Environments.transition`. Raises `ConflictError` or `LockedError` if the lock was lost.
        """

@final
class EnvironmentRecord:
    """
    One environment as the store has it: a deployment, a machine, a tenant.

    Change its `data` as you like and `Environments.save` it. The methods that lead to another state commit at once,
    and return the record as it is then; they take nothing along of what was changed in `data` and isn't saved.
    """
    def __copy__(self, /) -> EnvironmentRecord: ...
    def __deepcopy__(self, /, memo: Any) -> EnvironmentRecord: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[str]]: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _restore(text: str) -> EnvironmentRecord:
        """
        One that was pickled.
        """
    def configure_failed(self, /, failure: Failure) -> EnvironmentRecord:
        """
        From `configuring` to `configure_failed`.
        """
    def configured(self, /) -> EnvironmentRecord:
        """
        From `configuring` to `configured`.
        """
    @property
    def created_at(self, /) -> float:
        """
        When it was created, in seconds since 1970.
        """
    @property
    def data(self, /) -> Any:
        """
        What the application keeps of it: the caller's own, to be changed and saved.
        """
    @data.setter
    def data(self, /, data: Any) -> None: ...
    def destroy(self, /) -> EnvironmentRecord:
        """
        To `destroyed`, from any other state.
        """
    @property
    def entered_at(self, /) -> float:
        """
        When it came to its state, in seconds since 1970.
        """
    @property
    def failure(self, /) -> Failure | None:
        """
        Why it failed, in an error state; None otherwise.
        """
    @property
    def last_success(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None:
        """
        The last state that it has reached in which no command is under way and none has failed.
        """
    @property
    def lifecycle(self, /) -> str:
        """
        The lifecycle that it follows: `deployment`, or one that was registered.
        """
    @property
    def name(self, /) -> str:
        """
        Its name.
        """
    def provision_failed(self, /, failure: Failure) -> EnvironmentRecord:
        """
        From `provisioning` to `provision_failed`.
        """
    def provisioned(self, /) -> EnvironmentRecord:
        """
        From `provisioning` to `provisioned`.
        """
    def recovery(self, /) -> RecoveryGuide | None:
        """
        How to get it out of its state by hand, after a failure or an interruption; None if nothing needs to be done,
        and for lifecycles of one's own.
        """
    def release_failed(self, /, failure: Failure) -> EnvironmentRecord:
        """
        From `releasing` to `release_failed`.
        """
    def released(self, /) -> EnvironmentRecord:
        """
        From `releasing` to `released`.
        """
    def retry(self, /) -> EnvironmentRecord:
        """
        From an error state to the state in which the command is under way again; from `run_failed` to `released`.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision that wrote it; 0 if the transaction that reads it has written it itself.
        """
    def run_failed(self, /, failure: Failure) -> EnvironmentRecord:
        """
        From `running` to `run_failed`.
        """
    def start_configuring(self, /) -> EnvironmentRecord:
        """
        From `provisioned` to `configuring`.
        """
    def start_provisioning(self, /) -> EnvironmentRecord:
        """
        From `created` to `provisioning`.
        """
    def start_releasing(self, /) -> EnvironmentRecord:
        """
        From `configured` to `releasing`.
        """
    def start_running(self, /) -> EnvironmentRecord:
        """
        From `released` to `running`.
        """
    @property
    def state(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str:
        """
        Where it stands in that.
        """
    @property
    def step(self, /) -> str | None:
        """
        The last step that the command under way has told.
        """
    def transition(self, /, to: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, *, failure: Failure | None = None, note: str | None = None, step: str | None = None) -> EnvironmentRecord:
        """
        Takes it to another state of its lifecycle, if the store still has it at its revision; raises `ConflictError`
        otherwise, `InvalidTransitionError` for what its lifecycle does not allow, `LockedError` while somebody else
        holds its lock. An error state needs a `failure`.
        """
    @property
    def updated_at(self, /) -> float:
        """
        When it was last written, in seconds since 1970.
        """

@final
class Environments:
    """
    The environments of a store or of a transaction: a record each, with a history and a lock. What writes raises
    `LockedError` while somebody else holds the lock.
    """
    def _try_lock(self, /, name: str, ttl: float | timedelta | None, purpose: str | None, reentrant: bool) -> EnvironmentLock:
        """
        Takes the lock if nobody holds it now, for asyncio.
        """
    def at(self, /, name: str, *, revision: SupportsIndex | None = None, time: float | timedelta | None = None) -> EnvironmentRecord | None:
        """
        The record of an environment as it was after a revision or at a time, in seconds since 1970; None if there was
        none then.
        """
    def create(self, /, name: str, data: Any, lifecycle: str = ...) -> EnvironmentRecord:
        """
        Creates an environment in the initial state of a lifecycle. Once it returns, it is visible to everyone, and
        durable as the store demands. Raises `ConflictError` if the name is taken.
        """
    def delete(self, /, name: str) -> bool:
        """
        Deletes the record of an environment, frees its lock, and returns whether there was one. Its history stays.
        """
    def exists(self, /, name: str) -> bool:
        """
        Whether there is an environment of this name.
        """
    def find(self, /, name: str) -> EnvironmentRecord | None:
        """
        The record of an environment; None if there is none.
        """
    def force_unlock(self, /, name: str, token: str) -> None:
        """
        Frees the lock of an environment, whoever holds it: for a holder that is known to be gone where the store can't
        know. The token, from `lock_info`, says which grant is meant. The history has it.
        """
    def history(self, /, name: str) -> List[HistoryEntry]:
        """
        All that has happened to a name, in order, also from before it was deleted. Raises `NotFoundError` if nothing
        has.
        """
    def interrupted(self, /) -> List[InterruptedEnvironment]:
        """
        The environments in a state in which a command is under way, while nobody who lives holds their lock: each was
        interrupted.
        """
    def lifecycle(self, /, name: str) -> Lifecycle:
        """
        A lifecycle by its name. Raises `NotFoundError` if none of this name is registered.
        """
    def lifecycles(self, /) -> List[Lifecycle]:
        """
        Every lifecycle: the one that is built in, and those that were registered, in the order of their names.
        """
    def list(self, /, *, state: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None = None, lifecycle: str | None = None) -> List[EnvironmentRecord]:
        """
        The environments, in the order of their names: all, or those in a state, or of a lifecycle.
        """
    def load(self, /, name: str) -> EnvironmentRecord:
        """
        The record of an environment. Raises `NotFoundError` if there is none.
        """
    def lock(self, /, name: str, *, timeout: float | timedelta = ..., ttl: float | timedelta | None = None, purpose: str | None = None, reentrant: bool = False) -> EnvironmentLock:
        """
        Takes the lock of an environment; waits for another holder for `timeout` seconds, then raises `LockedError` with
        who holds it. Once it returns, what others write is refused until the lock is released or its lease, `ttl`, is
        over without having been renewed. A lock whose holder is gone is taken over. If `reentrant`, it may be shared with
        who holds it through the same store object.
        """
    def lock_info(self, /, name: str) -> LockInfo | None:
        """
        Who has the lock of an environment, or had it last; None if it was never taken.
        """
    def recover(self, /, name: str, to: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, note: str) -> EnvironmentRecord:
        """
        Sets the state of an environment right by hand, to any state of its lifecycle, and returns the record. The history
        has it as a recovery, with who did it and, as the `note` says, why. Raises `LockedError` while a holder that lives
        has the lock.
        """
    def register_lifecycle(self, /, lifecycle: Lifecycle | Mapping[str, Any]) -> None:
        """
        Registers a lifecycle, given as a `Lifecycle` or as a mapping of what it consists of, so that every process and
        language checks by it. The same once more is no error. Raises `ValidationError` with every rule that it breaks,
        `ConflictError` if environments follow another one of this name.
        """
    def save(self, /, environment: EnvironmentRecord) -> EnvironmentRecord:
        """
        Saves the data of a record over the record that it was loaded as, and returns it with the new revision. Raises
        `ConflictError` with both revisions if somebody else has written it since: load it again.
        """
    def set_step(self, /, name: str, step: str) -> EnvironmentRecord:
        """
        Notes a step of the command under way, for those who find it interrupted, and returns the record.
        """
    def transition(self, /, name: str, to: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, *, failure: Failure | None = None, note: str | None = None, step: str | None = None, if_revision: SupportsIndex | None = None) -> EnvironmentRecord:
        """
        Takes an environment to another state of its lifecycle, and returns its record. The history has it, and the log:
        `statehold.environment`, at level info. Raises `InvalidTransitionError` with what is allowed. An error state
        needs a `failure`. `note` is for the history, `step` the first one of the command that begins; with
        `if_revision`: raises `ConflictError` if it is at another one.
        """
    def with_token(self, /, token: str) -> Environments:
        """
        The same environments for the holder of a lock: what it writes is written only while the lock has this token.
        """

@final
class Exclusive:
    """
    A place in the line of those who want the cloud for themselves, and what is done when it is the first.
    """
    def begin(self, /) -> MockCloud:
        """
        Takes the write lock and returns the cloud to work on.
        """
    def commit(self, /) -> bool:
        """
        Commits, and returns whether that is done; False: begin again.
        """
    def enter(self, /) -> None:
        """
        Passes the faults, which may take time.
        """
    def leave(self, /) -> None:
        """
        Leaves the line, and undoes what was not committed.
        """
    def rollback(self, /) -> bool:
        """
        Undoes what was done, and returns whether to begin again.
        """
    def when_first(self, /, callback: Callable[..., Any]) -> None:
        """
        Calls `callback` once all who came before have left, by the thread of the last of them; at once if they have.
        """

@final
class ExportReport:
    """
    An export that was written.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, hash: str, records: SupportsIndex, bytes: SupportsIndex) -> ExportReport: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int:
        """
        Its size.
        """
    @property
    def hash(self, /) -> str:
        """
        The journal's hash up to it, as hexadecimal digits.
        """
    @property
    def records(self, /) -> int:
        """
        How many records it has.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision whose state it holds.
        """

@final
class FacetInfo:
    """
    What a facet holds.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, facet: str, records: SupportsIndex, bytes: SupportsIndex) -> FacetInfo: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int:
        """
        The bytes of their names and values.
        """
    @property
    def facet(self, /) -> str:
        """
        `namespace`, `plugin`, `case` or `environment`.
        """
    @property
    def records(self, /) -> int:
        """
        How many records.
        """

@final
class Failure:
    """
    Why a command failed, as the record of the environment keeps it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __new__(cls, /, step: str, kind: Literal["template_rendering", "infrastructure_operation", "network_connectivity", "command_execution", "timeout", "file_system", "configuration", "state_persistence", "other"], summary: str, *, started_at: float | timedelta | None = None, failed_at: float | timedelta | None = None, trace_id: str | None = None, trace_file: str | None = None, details: Any | None = None) -> Failure: ...
    def __reduce__(self, /) -> tuple[Any, Any]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str:
        """
        The step, the kind and the summary.
        """
    @staticmethod
    def _restore(step: str, kind: Literal["template_rendering", "infrastructure_operation", "network_connectivity", "command_execution", "timeout", "file_system", "configuration", "state_persistence", "other"], summary: str, started_at: SupportsFloat | SupportsIndex, failed_at: SupportsFloat | SupportsIndex, duration: SupportsFloat | SupportsIndex, trace_id: str, trace_file: str | None, details: Any) -> Failure:
        """
        One that was pickled.
        """
    @property
    def details(self, /) -> Any:
        """
        Anything else worth keeping.
        """
    @property
    def duration(self, /) -> float:
        """
        How long it ran, in seconds.
        """
    @property
    def failed_at(self, /) -> float:
        """
        When it failed, in seconds since 1970.
        """
    @property
    def kind(self, /) -> Literal["template_rendering", "infrastructure_operation", "network_connectivity", "command_execution", "timeout", "file_system", "configuration", "state_persistence", "other"]:
        """
        What kind of thing went wrong.
        """
    @property
    def started_at(self, /) -> float:
        """
        When the command was started, in seconds since 1970. A failure that doesn't say gets the time at which its state
        was entered.
        """
    @property
    def step(self, /) -> str:
        """
        The step that failed.
        """
    @property
    def summary(self, /) -> str:
        """
        What happened, in a sentence.
        """
    @property
    def trace_file(self, /) -> str | None:
        """
        The file with the whole story, if there is one.
        """
    @property
    def trace_id(self, /) -> str:
        """
        Finds it in logs: random unless given.
        """

@final
class FaultCall:
    """
    A call of an operation, and what was injected into it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, operation: str, scope: str | None, time: SupportsFloat | SupportsIndex, latency: SupportsFloat | SupportsIndex, error_code: str | None, after_commit: bool, process: SupportsIndex) -> FaultCall: ...
    def __repr__(self, /) -> str: ...
    @property
    def after_commit(self, /) -> bool:
        """
        Whether that failure came after the work instead of before.
        """
    @property
    def error_code(self, /) -> str | None:
        """
        The code of the failure that was injected; None if none was.
        """
    @property
    def latency(self, /) -> float:
        """
        How many seconds it was delayed.
        """
    @property
    def operation(self, /) -> str:
        """
        The operation's full name.
        """
    @property
    def process(self, /) -> int:
        """
        The process that called.
        """
    @property
    def scope(self, /) -> str | None:
        """
        The mock cloud that was called; None for other operations.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970, by the store's clock.
        """

@final
class FaultRule:
    """
    A fault that is set on an operation, and what it has done so far.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, operation: str, scope: str | None, failure: OperationFailure, calls: SupportsIndex, hits: SupportsIndex, remaining: SupportsIndex | None) -> FaultRule: ...
    def __repr__(self, /) -> str: ...
    @property
    def calls(self, /) -> int:
        """
        How many calls it has looked at since it was set.
        """
    @property
    def failure(self, /) -> OperationFailure:
        """
        What it does to a call.
        """
    @property
    def hits(self, /) -> int:
        """
        How many of them it has made fail.
        """
    @property
    def operation(self, /) -> str:
        """
        The operation's full name, or the pattern.
        """
    @property
    def remaining(self, /) -> int | None:
        """
        How many more it can make fail; None if there is no limit. At 0 it only delays.
        """
    @property
    def scope(self, /) -> str | None:
        """
        The mock cloud that it is for; None if it is for the whole store.
        """

@final
class Faults:
    """
    The faults of a store that was opened with `faults=True`, shared by all processes that opened it so: what one sets
    counts for the next call of any. An operation is named by its facet and itself (`namespace.set`, `plugin.migrate`,
    `case.commit`); a glob pattern (`plugin.*`) means all that match. Of the faults that are set one counts for a call: an
    exact name before patterns, and a longer pattern before a shorter one.
    """
    def calls(self, /, operation: str = "*") -> List[FaultCall]:
        """
        The calls of an operation, or of all that match a pattern, oldest first: of the last 10,000 calls of any operation,
        by any process.
        """
    def clear_all_failures(self, /) -> int:
        """
        Removes all faults and returns how many there were. The global latency stays, and so do the calls.
        """
    def clear_calls(self, /) -> None:
        """
        Forgets all calls, and how many there were. What faults have counted stays.
        """
    def clear_operation_failure(self, /, operation: str) -> bool:
        """
        Removes the fault that is set on just this operation or pattern, and returns whether there was one.
        """
    def count(self, /, operation: str = "*") -> int:
        """
        How often an operation was called, or all that match a pattern; without a limit.
        """
    def get_global_latency(self, /) -> float:
        """
        How many seconds every call waits.
        """
    def get_operation_failure(self, /, operation: str) -> FaultRule | None:
        """
        The fault that is set on just this operation or pattern, with what it has done; None if there is none.
        """
    def list(self, /) -> List[FaultRule]:
        """
        All faults that are set, in the order of their operations.
        """
    @staticmethod
    def operations() -> List[str]:
        """
        The names of all operations that faults can be set on.
        """
    def set_global_latency(self, /, latency: float | timedelta) -> None:
        """
        Has every call of every operation wait so many seconds (or a `timedelta`) before anything else; 0 for none. A
        fault with a latency of its own counts instead.
        """
    def set_operation_failure(self, /, operation: str, *, fail_next: bool = False, always_fail: bool = False, times: SupportsIndex | None = None, probability: SupportsFloat | SupportsIndex | None = None, seed: SupportsIndex = 0, error_code: str = "InternalError", error_message: str = "an injected failure", latency: float | timedelta | None = None, jitter: float | timedelta | None = None, after_commit: bool = False) -> None:
        """
        Sets a fault on an operation, or on all that match a glob pattern, in place of the one that was set on the same.
        The next call fails (`fail_next`), the next so many (`times`), or all of them (`always_fail`); or each with a
        `probability`, drawn from `seed` so that the same ones fail in every run, and with `times` at most so many. They
        raise `FaultError` with `error_code` and `error_message`, before they have done anything; with `after_commit`,
        after they have done all. Each call waits for `latency` seconds first, varied by `jitter`. Raises
        `InvalidValueError` for what is and matches no operation, and for a fault that does nothing.
        """
    def verify(self, /, operation: str, count: SupportsIndex) -> None:
        """
        Raises `ValidationError` if an operation was not called just so often.
        """

@final
class Finding:
    """
    Something that was found about a store.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, what: str, level: Literal["note", "warning", "error"], detail: str, advice: str) -> Finding: ...
    def __repr__(self, /) -> str: ...
    @property
    def advice(self, /) -> str:
        """
        What to do.
        """
    @property
    def detail(self, /) -> str:
        """
        What was found.
        """
    @property
    def level(self, /) -> Literal["note", "warning", "error"]:
        """
        How bad it is.
        """
    @property
    def what(self, /) -> str:
        """
        A stable word for it: `damage`, `format`, `lost_commits`, `write_lock`, `log`, `permissions`, `network`,
        `disk`, `journal`, `expired`, `free_pages`.
        """

@final
class HistoryEntry:
    """
    Something that has happened to an environment.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, sequence: SupportsIndex, revision: SupportsIndex, time: SupportsFloat | SupportsIndex, operation: Literal["create", "save", "transition", "step", "recover", "delete", "take_over", "force_unlock"], from_: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None, to: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None, process: SupportsIndex, host: str, user: str, note: str | None, failure: Failure | None, spent: SupportsFloat | SupportsIndex | None, record: EnvironmentRecord | None) -> HistoryEntry: ...
    def __repr__(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure | None:
        """
        Why it failed, if the record is in an error state.
        """
    @property
    def from_(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None:
        """
        The state before, where it was left.
        """
    @property
    def host(self, /) -> str:
        """
        The name of its machine.
        """
    @property
    def note(self, /) -> str | None:
        """
        What they said about it.
        """
    @property
    def operation(self, /) -> Literal["create", "save", "transition", "step", "recover", "delete", "take_over", "force_unlock"]:
        """
        What was done.
        """
    @property
    def process(self, /) -> int:
        """
        Who did it: the id of the process.
        """
    @property
    def record(self, /) -> EnvironmentRecord | None:
        """
        The record as it was from then on; None if it was deleted, and where only its lock was concerned.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision of the commit; 0 if the transaction that reads it has written it itself.
        """
    @property
    def sequence(self, /) -> int:
        """
        1, 2, 3, … for each name.
        """
    @property
    def spent(self, /) -> float | None:
        """
        How many seconds it was in the state before, where it left one.
        """
    @property
    def time(self, /) -> float:
        """
        When, in seconds since 1970.
        """
    @property
    def to(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str | None:
        """
        The state after, where one was entered.
        """
    @property
    def user(self, /) -> str:
        """
        The name of the user that it ran for.
        """

@final
class ImportReport:
    """
    An export that was imported.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, exported: SupportsIndex, records: SupportsIndex, merged: bool) -> ImportReport: ...
    def __repr__(self, /) -> str: ...
    @property
    def exported(self, /) -> int:
        """
        The revision of the store of which the export is.
        """
    @property
    def merged(self, /) -> bool:
        """
        Whether the store goes on with revisions of its own, as it was merged.
        """
    @property
    def records(self, /) -> int:
        """
        How many records it has.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision of the store now.
        """

@final
class InterruptedEnvironment:
    """
    An environment that was left in a state in which a command is under way.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, record: EnvironmentRecord, holder: LockInfo | None) -> InterruptedEnvironment: ...
    def __repr__(self, /) -> str: ...
    @property
    def holder(self, /) -> LockInfo | None:
        """
        Who had the lock last; None if it was never taken.
        """
    @property
    def record(self, /) -> EnvironmentRecord:
        """
        The record: its state says what was under way, its step how far it got.
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
class Lifecycle:
    """
    The states of an environment and the transitions between them, to be registered by
    `Environments.register_lifecycle`, which checks it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __new__(cls, /, name: str, states: SupportsGetItem[int, str], initial: str, transitions: SupportsGetItem[int, tuple[str, str]], *, terminal: SupportsGetItem[int, str] = ..., errors: SupportsGetItem[int, str] = ..., in_progress: SupportsGetItem[int, str] = ...) -> Lifecycle: ...
    def __reduce__(self, /) -> tuple[Any, tuple[str]]: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _restore(text: str) -> Lifecycle:
        """
        One that was pickled.
        """
    def allowed(self, /, state: str) -> list[str]:
        """
        The states that a transition may lead to from `state`, in the order of the definition.
        """
    @property
    def errors(self, /) -> list[str]:
        """
        The states after a failure, which they keep.
        """
    @property
    def in_progress(self, /) -> list[str]:
        """
        The states in which a command is under way. An environment that is left in one was interrupted.
        """
    @property
    def initial(self, /) -> str:
        """
        The state of an environment that has just been created.
        """
    def is_error_state(self, /, state: str) -> bool:
        """
        Whether this is a state after a failure.
        """
    def is_in_progress(self, /, state: str) -> bool:
        """
        Whether a command is under way in this state.
        """
    def is_success_state(self, /, state: str) -> bool:
        """
        Whether this is a state of the lifecycle that is none after a failure.
        """
    def is_terminal_state(self, /, state: str) -> bool:
        """
        Whether no command is under way in this state and none follows by itself.
        """
    @property
    def name(self, /) -> str:
        """
        Its name.
        """
    @property
    def states(self, /) -> list[str]:
        """
        Every state.
        """
    @property
    def terminal(self, /) -> list[str]:
        """
        The states in which no command is under way and none follows by itself.
        """
    @property
    def transitions(self, /) -> list[tuple[str, str]]:
        """
        From which state to which.
        """

@final
class LockInfo:
    """
    Who has the lock of an environment, or had it last.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, name: str, is_held: bool, is_stale: bool, token: str | None, fencing: SupportsIndex, purpose: str | None, pid: SupportsIndex, host: str, user: str, taken_at: SupportsFloat | SupportsIndex, ttl: SupportsFloat | SupportsIndex | None, expires_at: SupportsFloat | SupportsIndex | None) -> LockInfo: ...
    def __repr__(self, /) -> str: ...
    @property
    def expires_at(self, /) -> float | None:
        """
        When the lease is over, unless it is renewed, in seconds since 1970.
        """
    @property
    def fencing(self, /) -> int:
        """
        The number of the grant. It only rises, also when the environment is deleted and created anew.
        """
    @property
    def host(self, /) -> str:
        """
        The name of its machine.
        """
    @property
    def is_held(self, /) -> bool:
        """
        Whether somebody has it. What follows is otherwise about the one who had it last.
        """
    @property
    def is_stale(self, /) -> bool:
        """
        Whether its holder is known to be gone, or its lease is over: the next who wants it gets it.
        """
    @property
    def name(self, /) -> str:
        """
        The environment.
        """
    @property
    def pid(self, /) -> int:
        """
        The id of the holder's process.
        """
    @property
    def purpose(self, /) -> str | None:
        """
        What the lock is for, if the holder said.
        """
    @property
    def taken_at(self, /) -> float:
        """
        When it got the lock, in seconds since 1970.
        """
    @property
    def token(self, /) -> str | None:
        """
        Names this grant; what `force_unlock` needs. None if nobody has the lock.
        """
    @property
    def ttl(self, /) -> float | None:
        """
        Its lease in seconds, if there is one.
        """
    @property
    def user(self, /) -> str:
        """
        The name of the user that it runs for.
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
    def now(self, /) -> float:
        """
        The time that it shows, in seconds since 1970.
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
class Migration:
    """
    A migration under way.
    """
    def commit(self, /) -> tuple[int, int] | None:
        """
        Commits and returns the version before and the version now; None: the steps are to be run again.
        """
    def next_step(self, /) -> tuple[Any, Any, int] | None:
        """
        The next step: its function, the data, and the version that these have; None when all are done.
        """
    def preview(self, /) -> MigrationPreview:
        """
        What it would change, instead of committing it.
        """
    def step_done(self, /, made: Any) -> None:
        """
        Hands in what the function returned.
        """
    def step_failed(self, /, cause: Any) -> Any:
        """
        What is to be raised when the function has raised.
        """

@final
class MigrationPreview:
    """
    What a migration would do.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, from_version: SupportsIndex, to_version: SupportsIndex, data: Any, patch: Any) -> MigrationPreview: ...
    def __repr__(self, /) -> str: ...
    @property
    def data(self, /) -> Any:
        """
        The data that it would have; None if there is no state.
        """
    @property
    def from_version(self, /) -> int:
        """
        The version of the state.
        """
    @property
    def patch(self, /) -> Any:
        """
        The JSON Patch (RFC 6902) that makes it of the present data.
        """
    @property
    def to_version(self, /) -> int:
        """
        The version that it would have.
        """

@final
class MockCloud:
    """
    A mock cloud: the state of a provider that is none, for local development and tests. One instance, SSM parameters and
    commands, backups, costs and a stack; all that it gives are copies. It comes to be with the first call, from its
    fixtures.
    """
    def __repr__(self, /) -> str: ...
    def _exclusive(self, /, persist: bool) -> Exclusive:
        """
        A place in the line for `with_lock`, taken without waiting, for asyncio.
        """
    def add_backup(self, /, backup: Mapping[str, Any]) -> Backup:
        """
        Adds a backup, of now unless it has a `date`, in place of the one of its name, and returns it.
        """
    def add_command(self, /, lines: SupportsGetItem[int, str]) -> str:
        """
        Adds an SSM command that is pending, and returns its id.
        """
    def clear_backups(self, /) -> int:
        """
        Removes all backups and returns how many there were.
        """
    def clear_commands(self, /) -> int:
        """
        Removes all commands and returns how many there were.
        """
    def close(self, /) -> None:
        """
        Ends the use of a cloud that stands alone: what is not written yet is written to its file. A cloud of a store is
        closed with the store, and not by this. Closing twice is no error.
        """
    def complete_transition(self, /) -> bool:
        """
        Ends the starting or stopping that is under way at once, and returns whether there was any.
        """
    def delete_parameter(self, /, name: str) -> bool:
        """
        Deletes an SSM parameter and returns whether there was one.
        """
    @property
    def faults(self, /) -> Faults:
        """
        What makes the operations of this cloud alone slow, or fail, on demand. Its store must have been opened with
        `faults=True`; that of a cloud that stands alone is.
        """
    def get_all_parameters(self, /) -> dict[str, Parameter]:
        """
        All SSM parameters by their names.
        """
    def get_backups(self, /) -> List[Backup]:
        """
        The backups, newest first.
        """
    def get_commands(self, /) -> List[Command]:
        """
        The SSM commands, in the order in which they were added.
        """
    def get_costs(self, /, period: Literal["current-month", "last-month", "last-30-days"]) -> Costs:
        """
        What a period has cost.
        """
    def get_instance(self, /) -> Instance:
        """
        The instance.
        """
    def get_parameter(self, /, name: str) -> str | None:
        """
        The value of an SSM parameter; None if there is none.
        """
    def get_public_ip(self, /) -> str | None:
        """
        The instance's public address; None if it has none.
        """
    def get_stack_status(self, /) -> Stack:
        """
        The stack that the cloud was made by.
        """
    def get_state(self, /) -> CloudState:
        """
        A copy of all of it.
        """
    def get_transition(self, /) -> Literal["immediate", "manual"] | float:
        """
        How many seconds starting and stopping take, or `immediate`, or `manual`.
        """
    def has_volume(self, /) -> bool:
        """
        Whether the instance has a volume.
        """
    @property
    def is_closed(self, /) -> bool:
        """
        Whether the cloud, or the store that it is of, was closed.
        """
    @property
    def name(self, /) -> str:
        """
        The cloud's name.
        """
    def patch_state(self, /, partial: Mapping[str, Any]) -> None:
        """
        Puts a part of a state over the state: parameters and costs are merged by name and period, commands and backups
        replaced, all else merged member by member.
        """
    def persist_now(self, /) -> None:
        """
        Has everything so far survive a power loss: written to the file of a cloud that stands alone, or flushed in the
        store.
        """
    def remove_backup(self, /, name: str) -> bool:
        """
        Removes a backup and returns whether there was one.
        """
    def reset_state(self, /) -> None:
        """
        Goes back to the fixtures. What would have happened by itself does not happen.
        """
    @property
    def scenarios(self, /) -> Scenarios:
        """
        The scenarios that the cloud can be put into.
        """
    def set_costs(self, /, period: Literal["current-month", "last-month", "last-30-days"], partial: Mapping[str, Any]) -> Costs:
        """
        Puts some members over what a period has cost, and returns all of it.
        """
    def set_has_volume(self, /, has_volume: bool) -> None:
        """
        Gives the instance a volume, attached as `/dev/sda1`, or takes all of them away.
        """
    def set_instance(self, /, partial: Mapping[str, Any]) -> Instance:
        """
        Puts some members over those of the instance, and returns all of it. A `state` is entered at once. Raises
        `InvalidValueError` with the path of what is wrong, and nothing is changed.
        """
    def set_parameter(self, /, name: str, value: str, type: Literal["String", "StringList", "SecureString"] = ...) -> Parameter:
        """
        Sets an SSM parameter, as a new version, and returns it.
        """
    def set_public_ip(self, /, address: str | None) -> None:
        """
        Sets the instance's public address, whatever its state, and has it given this one whenever it runs from now on.
        None takes the one away that it has.
        """
    def set_stack_status(self, /, partial: Mapping[str, Any]) -> Stack:
        """
        Puts some members over those of the stack, and returns all of it.
        """
    def set_transition(self, /, transition: Literal["immediate", "manual"] | float | timedelta) -> None:
        """
        Sets how many seconds starting and stopping take from now on, by the store's clock; or `immediate`; or `manual`,
        until `complete_transition`.
        """
    def start_instance(self, /) -> Instance:
        """
        Starts the instance, if it is stopped, and returns it; one that runs or is being started is left alone. Raises
        `InvalidTransitionError` with the state that it is in.
        """
    def stop_instance(self, /) -> Instance:
        """
        Stops the instance, if it runs, and returns it; one that is stopped or being stopped is left alone. Raises
        `InvalidTransitionError` with the state that it is in.
        """
    def update_command(self, /, id: str, partial: Mapping[str, Any]) -> Command:
        """
        Puts some members over those of a command, and returns all of it. With a status in which it has ended it gets the
        time at which it did. Raises `NotFoundError` if there is none of this id.
        """
    def update_instance_state(self, /, state: Literal["running", "stopped", "hibernating", "pending", "stopping", "terminated", "unknown"]) -> Instance:
        """
        Puts the instance into a state at once, and returns it. It is given a public address when it runs; any other state
        takes it away.
        """
    def with_lock(self, /, function: Callable[..., Any]) -> Any:
        """
        Calls `function(cloud)` with nobody else in between: in this process in the order of arrival, and of other
        processes nobody, since it holds the store's write lock. All that it does with the cloud that it is given is one
        commit; what it raises undoes all, and is raised. One that takes longer than `lock_timeout` lets others in, and is
        called again if they have changed the cloud. Returns what it returned.
        """
    def with_lock_and_persist(self, /, function: Callable[..., Any]) -> Any:
        """
        As `with_lock`, and what was done survives a power loss when it returns.
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
    def _begin_update(self, /, key: str) -> Update:
        """
        As `update`, for asyncio: begins one.
        """
    def _get_or_claim(self, /, key: str, ttl: float | timedelta | None = None) -> Any | None:
        """
        As `get_or_set`, for asyncio: the value as a tuple of one, the claim to make it, or None while another does.
        """
    def _known(self, /, key: str, default: Any | None = None) -> tuple[Any] | None:
        """
        As `get`, for asyncio: what it gives, as a tuple of one, if that can be told without waiting.
        """
    def _known_entry(self, /, key: str) -> tuple[Entry | None] | None:
        """
        As `entry`, in the same way.
        """
    def _known_to_exist(self, /, key: str) -> tuple[bool] | None:
        """
        As `exists`, in the same way.
        """
    def _to_delete(self, /, key: str) -> Write:
        """
        As `delete`, for asyncio: prepares one.
        """
    def _to_increment(self, /, key: str, by: float = ..., *, initial: float = ..., ttl: float | timedelta | None = None) -> Write:
        """
        As `increment`, for asyncio: prepares one.
        """
    def _to_set(self, /, key: str, value: Any, ttl: float | timedelta | None = None, *, keep_ttl: bool = False, only_if_absent: bool = False, only_if_present: bool = False, if_revision: SupportsIndex | None = None) -> Write:
        """
        As `set`, for asyncio: prepares one for `Store._write_together`.
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
    def watch(self, /, pattern: str = ...) -> Watch:
        """
        Watches for what is committed to the keys that match a glob pattern, from now on and by any process.
        `Store.watch` can also begin at an earlier revision.
        """

@final
class OperationFailure:
    """
    A fault: whether the calls of an operation fail and how, and how long they take.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, fail_next: bool, always_fail: bool, times: SupportsIndex | None, probability: SupportsFloat | SupportsIndex | None, seed: SupportsIndex, error_code: str, error_message: str, latency: SupportsFloat | SupportsIndex | None, jitter: SupportsFloat | SupportsIndex | None, after_commit: bool) -> OperationFailure: ...
    def __repr__(self, /) -> str: ...
    @property
    def after_commit(self, /) -> bool:
        """
        Whether a call fails after its work instead of before.
        """
    @property
    def always_fail(self, /) -> bool:
        """
        Whether all calls fail.
        """
    @property
    def error_code(self, /) -> str:
        """
        The code of the error.
        """
    @property
    def error_message(self, /) -> str:
        """
        The message of the error.
        """
    @property
    def fail_next(self, /) -> bool:
        """
        Whether the next call fails, and none after it.
        """
    @property
    def jitter(self, /) -> float | None:
        """
        By how many seconds that varies.
        """
    @property
    def latency(self, /) -> float | None:
        """
        How many seconds each call waits.
        """
    @property
    def probability(self, /) -> float | None:
        """
        How probable it is that a call fails.
        """
    @property
    def seed(self, /) -> int:
        """
        What the draws begin with.
        """
    @property
    def times(self, /) -> int | None:
        """
        How many calls fail.
        """

@final
class Orchestrator:
    """
    Runs commands on environments. A command is a function; what this adds is that only one runs on an environment at a
    time, that the store says what is under way and how it ended, and that a process that dies in between leaves what the
    next one needs to know. The options are those of the lock.
    """
    def __new__(cls, /, environments: Environments, *, timeout: float | timedelta = ..., ttl: float | timedelta | None = None, purpose: str | None = None) -> Orchestrator: ...
    def _try_begin(self, /, name: str, command: EnvironmentCommand) -> CommandProgress:
        """
        Begins a command if nobody holds the lock now, for asyncio.
        """
    def run(self, /, name: str, command: EnvironmentCommand, function: Callable[..., Any]) -> EnvironmentRecord:
        """
        Runs a command: takes the lock, goes to the state in which it is under way, calls `function(progress)`, goes to the
        state of its success, releases the lock, and returns the record. Each point is kept in the store at once.

        What the function raises is raised, after it was kept as the failure of the error state: with its message, and
        with the attributes `kind`, `trace_file` and `details` that the exception may have. What is no `Exception`, as
        Ctrl-C, interrupts the command: the state in which it is under way stays. If how it ended can't be kept, the error
        that says so is raised, and what the function had raised is its cause.
        """

@final
class Patience:
    """
    How long somebody waits; None: for ever.
    """
    def __new__(cls, /, timeout: float | timedelta | None = None) -> Patience: ...
    def is_over(self, /) -> bool:
        """
        Whether the time is up.
        """

@final
class PendingEffect:
    """
    An effect whose intent is committed and whose result is due.
    """
    def done(self, /, value: Any) -> EffectResult:
        """
        It happened, and gave this.
        """
    def failed(self, /, cause: Any) -> EffectResult:
        """
        It raised this. What is no error, as Ctrl-C, goes through and leaves it in doubt.
        """

@final
class Plugin:
    """
    The state of one plugin, of a store or of a transaction: a document with a version, and the ones that it replaced
    as backups. This is what a host hands to a plugin, since it reaches no other.
    """
    def __repr__(self, /) -> str: ...
    def _begin_load(self, /, *, version: int | None = None, allow_newer: bool = False) -> Any:
        """
        As `load`, for asyncio: the state, if there is one, or the migration to be run before.
        """
    def _begin_migration(self, /, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> Migration:
        """
        A migration, for asyncio.
        """
    def _begin_validation(self, /) -> tuple[Any] | None:
        """
        The data that a validator gets, as a tuple of one, for asyncio; None without a state.
        """
    def _validation_failed(self, /, cause: Any) -> Any:
        """
        What is to be raised when a validator has raised, for asyncio.
        """
    def clear(self, /, *, backups: bool = False) -> bool:
        """
        Removes the state, which becomes a backup; with `backups` these are removed, too. Returns whether
        there was anything to remove.
        """
    def diff(self, /, index: SupportsIndex = 0) -> StateDiff:
        """
        What restoring a backup would change. Writes nothing.
        """
    def dry_run_migrate(self, /, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> MigrationPreview:
        """
        What `migrate` would change. Runs the functions and writes nothing.
        """
    def exists(self, /) -> bool:
        """
        Whether there is a state.
        """
    def export(self, /) -> str:
        """
        The state as a JSON document: `version`, `data`, and `metadata` with `plugin_name` and
        `last_modified` (RFC 3339, UTC).
        """
    def export_file(self, /, path: str | PathLike[str]) -> None:
        """
        Writes the document of `export` to a file, which has either its old content or all of the new one at
        any time, and can be read by its owner alone.
        """
    def import_(self, /, text: str, *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        Saves the state that a document of `export` holds, of the version that it says, and returns the
        revision. All that holds for `save` holds here.
        """
    def import_file(self, /, path: str | PathLike[str], *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        As `import_`, from a file.
        """
    def list_backups(self, /) -> list[PluginBackup]:
        """
        The backups, the newest first: index 0 is the state that was replaced last.
        """
    def load(self, /, *, version: int | None = None, allow_newer: bool = False) -> PluginState | None:
        """
        The state; None if there is none. One that is older than the registered version is migrated first,
        with the registered migrations, and committed. Raises `StateTooNewError` if it is newer than
        `version`, or without that than the registered one, unless `allow_newer`.
        """
    def migrate(self, /, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> tuple[int, int]:
        """
        Brings the state to version `target`, step by step on a copy, and commits the result; the old state is
        kept as a backup. `migrations` has for each version the function that leads *to* it: of the data and
        of the version that these have, it returns the new data. Where it has none, the registered one is
        taken. If somebody saves in between, all of it is run again, so the functions should do nothing else.
        Returns the version before and the version now. A state that is at the target or past it stays as it
        is. Raises `MigrationError`, caused by what a step raised.
        """
    @property
    def name(self, /) -> str:
        """
        The plugin's name.
        """
    def register(self, /, *, version: int | None = None, schemas: Mapping[int, Any] | None = None, migrations: Mapping[int, Callable[..., Any]] | None = None, max_backups: SupportsIndex | None = None) -> None:
        """
        Tells what the program knows of the plugin's state, for as long as the store is open: the newest
        version (without it the highest that has a schema or a migration), the JSON Schema of each version,
        the function that leads *to* each version, and how many backups to keep. From now on `save` refuses
        data that breaks the schema of its version, `load` migrates older states first, and both refuse newer
        ones. It replaces what was registered before.
        """
    def restore(self, /, index: SupportsIndex = 0) -> int:
        """
        Makes a backup the state again and returns the revision; inside a transaction that is 0. The two
        change places, so nothing is lost, and restoring 0 undoes it.
        """
    def save(self, /, data: Any, version: int | None = None, *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        Saves data as the state and returns the revision; inside a transaction that is 0. What it replaces is
        kept as a backup by the same commit. `version` is the registered one if it isn't given, and 1 without
        that. With `if_revision`: raises `ConflictError` if the state is at another revision (0: none).
        Raises `StateTooNewError` over a newer state, unless `allow_newer`, and `ValidationError` for what
        breaks the schema that is registered for the version.
        """
    def validate(self, /, validator: Any | None = None) -> bool:
        """
        Whether the state satisfies a function of its data, or a JSON Schema; without one, the schema that is
        registered for its version. Without a state it does, and no function is called. Raises
        `ValidationError`, caused by what the function raised.
        """
    def violations(self, /, schema: Any | None = None) -> list[dict[str, str]]:
        """
        Everything in the state that breaks a JSON Schema, each with its `path` and a `message`; without one,
        the schema that is registered for its version. Empty if it is valid, or there is no state.
        """

@final
class PluginBackup:
    """
    A state that another one has replaced.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, index: SupportsIndex, version: SupportsIndex, size: SupportsIndex, created_at: SupportsFloat | SupportsIndex, revision: SupportsIndex) -> PluginBackup: ...
    def __repr__(self, /) -> str: ...
    @property
    def created_at(self, /) -> float:
        """
        When it was replaced, in seconds since 1970.
        """
    @property
    def index(self, /) -> int:
        """
        Its place in the list: 0 is the newest. It changes with the next save.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision that had written it; 0 if the transaction that asks has written it itself.
        """
    @property
    def size(self, /) -> int:
        """
        The bytes of its data's JSON.
        """
    @property
    def version(self, /) -> int:
        """
        The version of its data.
        """

@final
class PluginMetadata:
    """
    What the store knows of a plugin's state.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, plugin_name: str, last_modified: SupportsFloat | SupportsIndex) -> PluginMetadata: ...
    def __repr__(self, /) -> str: ...
    @property
    def last_modified(self, /) -> float:
        """
        When it was last saved, migrated or restored, in seconds since 1970.
        """
    @property
    def plugin_name(self, /) -> str:
        """
        The plugin whose state it is.
        """

@final
class PluginState:
    """
    A plugin's state.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, version: SupportsIndex, data: Any, revision: SupportsIndex, metadata: PluginMetadata) -> PluginState: ...
    def __repr__(self, /) -> str: ...
    @property
    def data(self, /) -> Any:
        """
        The data.
        """
    @property
    def metadata(self, /) -> PluginMetadata:
        """
        What the store knows of it.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision that wrote it; 0 if the transaction that reads it has written it itself.
        """
    @property
    def version(self, /) -> int:
        """
        The version of the data's form.
        """

@final
class PluginStates:
    """
    The states of all plugins, of a store or of a transaction: the operations of a `Plugin` with its name first.
    """
    def _begin_load(self, /, name: str, *, version: int | None = None, allow_newer: bool = False) -> Any:
        """
        As `load`, for asyncio: the state, if there is one, or the migration to be run before.
        """
    def _begin_migration(self, /, name: str, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> Migration:
        """
        A migration, for asyncio.
        """
    def _begin_validation(self, /, name: str) -> tuple[Any] | None:
        """
        The data that a validator gets, as a tuple of one, for asyncio; None without a state.
        """
    def _validation_failed(self, /, name: str, cause: Any) -> Any:
        """
        What is to be raised when a validator has raised, for asyncio.
        """
    def clear(self, /, name: str, *, backups: bool = False) -> bool:
        """
        Removes the state, which becomes a backup; with `backups` these are removed, too. Returns whether
        there was anything to remove.
        """
    def diff(self, /, name: str, index: SupportsIndex = 0) -> StateDiff:
        """
        What restoring a backup would change. Writes nothing.
        """
    def dry_run_migrate(self, /, name: str, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> MigrationPreview:
        """
        What `migrate` would change. Runs the functions and writes nothing.
        """
    def exists(self, /, name: str) -> bool:
        """
        Whether there is a state.
        """
    def export(self, /, name: str) -> str:
        """
        The state as a JSON document: `version`, `data`, and `metadata` with `plugin_name` and
        `last_modified` (RFC 3339, UTC).
        """
    def export_file(self, /, name: str, path: str | PathLike[str]) -> None:
        """
        Writes the document of `export` to a file, which has either its old content or all of the new one at
        any time, and can be read by its owner alone.
        """
    def import_(self, /, name: str, text: str, *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        Saves the state that a document of `export` holds, of the version that it says, and returns the
        revision. All that holds for `save` holds here.
        """
    def import_file(self, /, name: str, path: str | PathLike[str], *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        As `import_`, from a file.
        """
    def list_backups(self, /, name: str) -> list[PluginBackup]:
        """
        The backups, the newest first: index 0 is the state that was replaced last.
        """
    def load(self, /, name: str, *, version: int | None = None, allow_newer: bool = False) -> PluginState | None:
        """
        The state; None if there is none. One that is older than the registered version is migrated first,
        with the registered migrations, and committed. Raises `StateTooNewError` if it is newer than
        `version`, or without that than the registered one, unless `allow_newer`.
        """
    def migrate(self, /, name: str, target: int, migrations: Mapping[int, Callable[..., Any]] | None = None) -> tuple[int, int]:
        """
        Brings the state to version `target`, step by step on a copy, and commits the result; the old state is
        kept as a backup. `migrations` has for each version the function that leads *to* it: of the data and
        of the version that these have, it returns the new data. Where it has none, the registered one is
        taken. If somebody saves in between, all of it is run again, so the functions should do nothing else.
        Returns the version before and the version now. A state that is at the target or past it stays as it
        is. Raises `MigrationError`, caused by what a step raised.
        """
    def names(self, /, pattern: str = ...) -> List[str]:
        """
        The names of the plugins that have a state and match a glob pattern, sorted by their bytes.
        """
    def plugin(self, /, name: str) -> Plugin:
        """
        The state of one plugin.
        """
    def register(self, /, name: str, *, version: int | None = None, schemas: Mapping[int, Any] | None = None, migrations: Mapping[int, Callable[..., Any]] | None = None, max_backups: SupportsIndex | None = None) -> None:
        """
        Tells what the program knows of the plugin's state, for as long as the store is open: the newest
        version (without it the highest that has a schema or a migration), the JSON Schema of each version,
        the function that leads *to* each version, and how many backups to keep. From now on `save` refuses
        data that breaks the schema of its version, `load` migrates older states first, and both refuse newer
        ones. It replaces what was registered before.
        """
    def restore(self, /, name: str, index: SupportsIndex = 0) -> int:
        """
        Makes a backup the state again and returns the revision; inside a transaction that is 0. The two
        change places, so nothing is lost, and restoring 0 undoes it.
        """
    def save(self, /, name: str, data: Any, version: int | None = None, *, if_revision: SupportsIndex | None = None, allow_newer: bool = False) -> int:
        """
        Saves data as the state and returns the revision; inside a transaction that is 0. What it replaces is
        kept as a backup by the same commit. `version` is the registered one if it isn't given, and 1 without
        that. With `if_revision`: raises `ConflictError` if the state is at another revision (0: none).
        Raises `StateTooNewError` over a newer state, unless `allow_newer`, and `ValidationError` for what
        breaks the schema that is registered for the version.
        """
    def validate(self, /, name: str, validator: Any | None = None) -> bool:
        """
        Whether the state satisfies a function of its data, or a JSON Schema; without one, the schema that is
        registered for its version. Without a state it does, and no function is called. Raises
        `ValidationError`, caused by what the function raised.
        """
    def violations(self, /, name: str, schema: Any | None = None) -> list[dict[str, str]]:
        """
        Everything in the state that breaks a JSON Schema, each with its `path` and a `message`; without one,
        the schema that is registered for its version. Empty if it is valid, or there is no state.
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
class ReceiptMutation:
    """
    A mutation, as a receipt tells it.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, name: str, id: str | None) -> ReceiptMutation: ...
    def __repr__(self, /) -> str: ...
    @property
    def id(self, /) -> str | None:
        """
        The token or the scope that it is about.
        """
    @property
    def name(self, /) -> str:
        """
        Which: `add_token`, …, or `create` or `restore`.
        """

@final
class RecoveryGuide:
    """
    How to get an environment out of a state by hand.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, state: Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str, symptom: str, error_text: str, steps: SupportsGetItem[int, str]) -> RecoveryGuide: ...
    def __repr__(self, /) -> str: ...
    @property
    def error_text(self, /) -> str:
        """
        What an error or the record says.
        """
    @property
    def state(self, /) -> Literal["created", "provisioning", "provisioned", "configuring", "configured", "releasing", "released", "running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"] | str:
        """
        The state of the deployment lifecycle.
        """
    @property
    def steps(self, /) -> list[str]:
        """
        What to do, in order, with the commands to run.
        """
    @property
    def symptom(self, /) -> str:
        """
        How it shows.
        """

@final
class RestoreReport:
    """
    A backup that was restored.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, path: str | PathLike[str], restored: SupportsIndex, revision: SupportsIndex) -> RestoreReport: ...
    def __repr__(self, /) -> str: ...
    @property
    def path(self, /) -> Path:
        """
        The store that has its state now.
        """
    @property
    def restored(self, /) -> int:
        """
        The revision of the backup.
        """
    @property
    def revision(self, /) -> int:
        """
        The revision of the store now.
        """

@final
class Savepoint:
    """
    Undoes what its body wrote if the body raises.
    """
    def __enter__(self, /) -> Transaction: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...

@final
class Scenarios:
    """
    The scenarios that a mock cloud can be put into: those that are built in, and those that were saved in its store, for
    all of its clouds.
    """
    def apply(self, /, name: str) -> None:
        """
        Resets the cloud and its faults and puts it into a scenario. Raises `NotFoundError` with the names that there are
        if there is none of this name.
        """
    def current(self, /) -> str | None:
        """
        The name of the scenario that was applied last; None after a reset.
        """
    def delete(self, /, name: str) -> bool:
        """
        Deletes a saved scenario and returns whether there was one.
        """
    def get(self, /, name: str) -> Scenario:
        """
        A scenario as a document. Raises `NotFoundError` with the names that there are if there is none of this name.
        """
    def list(self, /) -> List[ScenarioInfo]:
        """
        Every scenario, with its name, description, and whether it is built in.
        """
    def reset(self, /) -> None:
        """
        Resets the cloud and its faults: no scenario.
        """
    def save(self, /, document: Mapping[str, Any]) -> None:
        """
        Saves a scenario in the store, in place of the one of its name. Raises `InvalidValueError` with the path of what is
        wrong in it.
        """

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
class StateDiff:
    """
    What restoring a backup would change.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, from_version: SupportsIndex | None, to_version: SupportsIndex, patch: Any) -> StateDiff: ...
    def __repr__(self, /) -> str: ...
    @property
    def from_version(self, /) -> int | None:
        """
        The version of the state; None if there is no state.
        """
    @property
    def patch(self, /) -> Any:
        """
        The JSON Patch (RFC 6902) that makes the backup's data of the state's.
        """
    @property
    def to_version(self, /) -> int:
        """
        The version of the backup.
        """

@final
class Stats:
    """
    What a handle has done since it was opened.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, commits: SupportsIndex, batches: SupportsIndex, conflicts: SupportsIndex, checkpoints: SupportsIndex, watches: SupportsIndex, cache_hits: SupportsIndex, cache_misses: SupportsIndex, cache_bytes: SupportsIndex) -> Stats: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int:
        """
        In how many transactions of SQLite they were written.
        """
    @property
    def cache_bytes(self, /) -> int:
        """
        How much memory what is known takes.
        """
    @property
    def cache_hits(self, /) -> int:
        """
        How many keys were asked for that were known from an earlier read.
        """
    @property
    def cache_misses(self, /) -> int:
        """
        How many had to be read from the store.
        """
    @property
    def checkpoints(self, /) -> int:
        """
        How often it moved the log into the file.
        """
    @property
    def commits(self, /) -> int:
        """
        How many commits it was asked for.
        """
    @property
    def conflicts(self, /) -> int:
        """
        How many were refused by a check.
        """
    @property
    def watches(self, /) -> int:
        """
        How many watches there are now.
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
    def _write_together(self, /, writes: SupportsGetItem[int, Write]) -> List[Any]:
        """
        For asyncio: carries out what was prepared, with one sync, and gives, in the same order, what each method would
        return, or the exception that it would raise.
        """
    def atomic(self, /) -> Atomic:
        """
        A list of checks and mutations to be committed together, without reading.
        """
    def backup(self, /, path: str | PathLike[str], *, overwrite: bool = False, progress: Callable[..., Any] | None = None) -> BackupReport:
        """
        Makes a copy as of one revision, checked and durable, while others go on writing. Raises `IoError` if there is a
        file already, unless `overwrite`. `progress` is called with a `CopyProgress` from time to time; what it raises
        is logged, to `statehold`, and disturbs nothing.
        """
    def batch_get(self, /, namespace: str, keys: Iterable[str]) -> dict[str, Any]:
        """
        The values of those keys that are there, as of one moment.
        """
    def batch_set(self, /, namespace: str, entries: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | timedelta | None = None) -> int:
        """
        Sets many keys, from a mapping or pairs, all or none, and returns the revision.
        """
    def case(self, /, case_id: str) -> Case:
        """
        A case as it is now. Raises `NotFoundError` if there is none of this id.
        """
    def cases(self, /, *, status: Literal["running", "cancelled", "done", "failed"] | None = None, pattern: str = ..., limit: SupportsIndex | None = None, start_after: str | None = None) -> List[CaseSummary]:
        """
        Summaries of the cases of a status whose ids match a glob pattern, sorted by their ids: at most
        `limit`, those after `start_after`.
        """
    def clear_namespace(self, /, namespace: str) -> int:
        """
        Deletes every key of a namespace and returns how many there were.
        """
    def close(self, /) -> None:
        """
        Ends the use of the store; what it is asked from now on raises `ClosedError`. Closing twice is no error.
        """
    def create_case(self, /, ctx: Any = ..., *, case_id: str | None = None, history: Literal["names", "full"] = ...) -> Case:
        """
        Creates a case, with a context that is an object; its id is a new one if none is given. With
        `history="full"` its receipts keep enough for `Case.at`. Raises `ConflictError` if there is one of this id.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def delete_mock_cloud(self, /, name: str) -> bool:
        """
        Deletes a mock cloud with its faults, and returns whether there was one.
        """
    @staticmethod
    def doctor(path: str | PathLike[str]) -> List[Finding]:
        """
        Looks for trouble with the store at `path` and around it, and says what to do. It changes nothing.
        """
    def environments(self, /) -> Environments:
        """
        The environments: deployments, machines, tenants, with their lifecycles, histories and locks.
        """
    def exists(self, /, namespace: str, key: str) -> bool:
        """
        Whether a key is there.
        """
    def export_file(self, /, path: str | PathLike[str], *, namespace: str | None = None, since: SupportsIndex | None = None, overwrite: bool = False, progress: Callable[..., Any] | None = None) -> ExportReport:
        """
        Writes the store as of one moment to a file, as lines of JSON, while others go on writing: all of it, or the keys of
        one `namespace`, or what has changed `since` a revision. Raises `IoError` if there is a file already, unless
        `overwrite`. `progress` is called with a `TransferProgress` from time to time, as that of `backup`.
        """
    @property
    def faults(self, /) -> Faults:
        """
        What makes the operations of the store slow, or fail, on demand, if it was opened with `faults=True`; otherwise each
        of its methods raises `InvalidValueError`.
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
    def import_file(self, /, path: str | PathLike[str], *, merge: bool = False, progress: Callable[..., Any] | None = None) -> ImportReport:
        """
        Reads an export. It is checked as a whole first. A new store becomes the one that was exported, with its revisions;
        an export of what has changed goes on top of the store as it was then; with `merge` keys and plugin states are set
        over what is there. Raises `InvalidValueError` with the line for what is no whole export, and `ConflictError` for a
        store that it does not fit; then nothing was changed.
        """
    def info(self, /) -> StoreInfo:
        """
        What the store holds and how large it is.
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
    def mock_cloud(self, /, name: str = "default", *, fixtures: Mapping[str, Any] | None = None, transition: Literal["immediate", "manual"] | float | timedelta | None = None) -> MockCloud:
        """
        A mock cloud, by its name; several names are isolated from each other. With a partial state as `fixtures` over the
        built-in ones, and the time that starting and stopping take, it begins with them if it is not there yet, and is
        reset to them; what is wrong with them, its operations raise. Creates nothing.
        """
    def mock_clouds(self, /, pattern: str = ...) -> List[str]:
        """
        The names of the mock clouds that match a glob pattern, sorted by their UTF-8 bytes.
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
    def off(self, /, event: str, callback: Callable[..., Any]) -> bool:
        """
        Ends that, and returns whether there was one.
        """
    def on(self, /, event: str, callback: Callable[..., Any] | None = None) -> Any:
        """
        Calls `callback` with a `dict` whenever this happens through this store: `state.saved`, `state.loaded`,
        `state.backup.created`, `state.migrated`, `state.cleared`, `state.restored`, `state.error`,
        `environment.transition`. It is called by the thread that did it, after the commit; what it raises is logged, to
        `statehold`, and disturbs nothing. Returns the callback; without one, a decorator.
        """
    @property
    def path(self, /) -> Path:
        """
        The absolute path of the file.
        """
    def plugin(self, /, name: str) -> Plugin:
        """
        The state of one plugin: what a host hands to it, since it reaches no other.
        """
    def plugin_states(self, /) -> PluginStates:
        """
        The states of all plugins.
        """
    def purge_expired(self, /) -> int:
        """
        Removes all keys that have expired from the file and returns how many. They are invisible anyway; this gives
        their room back at once instead of step by step.
        """
    @staticmethod
    def restore(source: str | PathLike[str], into: str | PathLike[str], *, force: bool = False, progress: Callable[..., Any] | None = None) -> RestoreReport:
        """
        Puts a backup where no store is; with `force` into the store that is there: who has it open goes on with the
        state of the backup, and its journal goes on, too. `progress` is as that of `backup`. Raises `CorruptError`,
        `NotAStoreError` or `SchemaTooNewError` if the backup can't be used, and then nothing was changed.
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
    def stats(self, /) -> Stats:
        """
        What this handle has done since it was opened.
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
    @staticmethod
    def upgrade(path: str | PathLike[str], *, backup: str | PathLike[str] | None = None, progress: Callable[..., Any] | None = None) -> UpgradeReport:
        """
        Brings the store at `path` to the present format, after a `backup` in the old one: `NAME.format-1` beside it, with
        the number of the old format, unless another place is named. Does nothing to a store that has the present format.
        `progress` is as that of `backup`.
        """
    def vacuum(self, /) -> int:
        """
        Gives the room of what was deleted back to the file system, and returns how many bytes.
        """
    def verify(self, /, *, head: tuple[SupportsIndex, str] | None = None) -> StoreCheck:
        """
        Looks through the whole store, as of one moment, for anything that is not as it must be: the file's structure, the
        journal's chain and the witness beside it, the receipts and the state of every case, what each facet says of its
        records. `head` is a revision with its hash, kept elsewhere, that must still be there.
        """
    def verify_journal(self, /) -> JournalCheck:
        """
        Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in another order,
        unless by somebody who rebuilt the whole chain.
        """
    def watch(self, /, *, facet: str | None = None, namespace: str | None = None, pattern: str | None = None, after: SupportsIndex | None = None) -> Watch:
        """
        Watches for what is committed, by any process: of a facet (`namespace`, `plugin`, `case`, `environment`), of one name in it (a
        namespace's, if no facet is given), of the keys that match a glob pattern (where there are no keys: of the
        names). From now on, or from after a revision, without a gap. Raises `FeedLaggedError` if the journal does
        not reach back so far.
        """

@final
class StoreCheck:
    """
    What a look through the whole store found.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, revision: SupportsIndex, hash: str, commits: SupportsIndex, cases: SupportsIndex, receipts: SupportsIndex, problems: SupportsGetItem[int, StoreProblem]) -> StoreCheck: ...
    def __repr__(self, /) -> str: ...
    @property
    def cases(self, /) -> int:
        """
        How many cases there are.
        """
    @property
    def commits(self, /) -> int:
        """
        How many commits the journal tells of.
        """
    @property
    def hash(self, /) -> str:
        """
        The journal's hash up to it, as hexadecimal digits. Keep both elsewhere, to verify against them later.
        """
    @property
    def problems(self, /) -> list[StoreProblem]:
        """
        What is wrong; empty when the store is whole.
        """
    @property
    def receipts(self, /) -> int:
        """
        How many receipts they have.
        """
    @property
    def revision(self, /) -> int:
        """
        The last revision.
        """

@final
class StoreInfo:
    """
    What a store holds and how large it is.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, path: str | PathLike[str], format: SupportsIndex, revision: SupportsIndex, file_bytes: SupportsIndex, wal_bytes: SupportsIndex, page_size: SupportsIndex, pages: SupportsIndex, free_pages: SupportsIndex, journal_rows: SupportsIndex, oldest_revision: SupportsIndex | None, oldest_time: SupportsFloat | SupportsIndex | None, expired_keys: SupportsIndex, facets: SupportsGetItem[int, FacetInfo]) -> StoreInfo: ...
    def __repr__(self, /) -> str: ...
    @property
    def expired_keys(self, /) -> int:
        """
        How many keys have expired and are still to be purged.
        """
    @property
    def facets(self, /) -> list[FacetInfo]:
        """
        What each facet holds.
        """
    @property
    def file_bytes(self, /) -> int:
        """
        The size of the file.
        """
    @property
    def format(self, /) -> int:
        """
        Its format.
        """
    @property
    def free_pages(self, /) -> int:
        """
        How many of them are free, for what is written next.
        """
    @property
    def journal_rows(self, /) -> int:
        """
        How many commits the journal tells of.
        """
    @property
    def oldest_revision(self, /) -> int | None:
        """
        The oldest of them; None if there is none.
        """
    @property
    def oldest_time(self, /) -> float | None:
        """
        When that was, in seconds since 1970.
        """
    @property
    def page_size(self, /) -> int:
        """
        The bytes of a page.
        """
    @property
    def pages(self, /) -> int:
        """
        How many pages the file has.
        """
    @property
    def path(self, /) -> Path:
        """
        The file.
        """
    @property
    def revision(self, /) -> int:
        """
        The last revision.
        """
    @property
    def wal_bytes(self, /) -> int:
        """
        The size of SQLite's log beside it.
        """

@final
class StoreProblem:
    """
    Something in a store that is not as it must be.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, facet: str, subject: str, reason: str, advice: str) -> StoreProblem: ...
    def __repr__(self, /) -> str: ...
    @property
    def advice(self, /) -> str:
        """
        What to do.
        """
    @property
    def facet(self, /) -> str:
        """
        Where: `file`, `journal`, `witness` (the companion file has seen a later commit), `head` (that was asked for), or
        the facet.
        """
    @property
    def reason(self, /) -> str:
        """
        What is wrong.
        """
    @property
    def subject(self, /) -> str:
        """
        What it is about: a namespace and key, a plugin, a case, an environment, `revision 7`; empty for a whole facet.
        """

@final
class Token:
    """
    What is done next, and where: one of possibly many in a case.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, id: str, ip: str, scope: str, value: Any, status: Literal["active", "complete", "cancelled"]) -> Token: ...
    def __repr__(self, /) -> str: ...
    @property
    def id(self, /) -> str:
        """
        Which token: 1 to 255 bytes, no NUL.
        """
    @property
    def ip(self, /) -> str:
        """
        The instruction or node that it stands at.
        """
    def replace(self, /, **changes: "Any") -> Any:
        """
        A token that is as this one but for some fields.
        """
    @property
    def scope(self, /) -> str:
        """
        The scope that it is in.
        """
    @property
    def status(self, /) -> Literal["active", "complete", "cancelled"]:
        """
        How it stands.
        """
    @property
    def value(self, /) -> Any:
        """
        What it carries.
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
    def case(self, /, case_id: str) -> Case:
        """
        A case as it is now. Raises `NotFoundError` if there is none of this id.
        """
    def cases(self, /, *, status: Literal["running", "cancelled", "done", "failed"] | None = None, pattern: str = ..., limit: SupportsIndex | None = None, start_after: str | None = None) -> List[CaseSummary]:
        """
        Summaries of the cases of a status whose ids match a glob pattern, sorted by their ids: at most
        `limit`, those after `start_after`.
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
    def create_case(self, /, ctx: Any = ..., *, case_id: str | None = None, history: Literal["names", "full"] = ...) -> Case:
        """
        Creates a case, with a context that is an object; its id is a new one if none is given. With
        `history="full"` its receipts keep enough for `Case.at`. Raises `ConflictError` if there is one of this id.
        """
    def delete(self, /, namespace: str, key: str) -> bool:
        """
        Deletes a key and returns whether it was there.
        """
    def environments(self, /) -> Environments:
        """
        The environments inside the transaction. A lock can't be taken there.
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
    def mock_cloud(self, /, name: str = "default") -> MockCloud:
        """
        A mock cloud inside the transaction, by its name; several names are isolated from each other.
        """
    def namespace(self, /, name: str, *, ttl: float | timedelta | None = None, sliding: bool = False) -> Namespace:
        """
        A namespace inside the transaction: the same operations as on the store.
        """
    def plugin(self, /, name: str) -> Plugin:
        """
        The state of one plugin inside the transaction.
        """
    def plugin_states(self, /) -> PluginStates:
        """
        The states of all plugins inside the transaction.
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
class TransferProgress:
    """
    How far an export or an import has come.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, records: SupportsIndex, total: SupportsIndex | None, bytes: SupportsIndex) -> TransferProgress: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int:
        """
        How many bytes of text they had.
        """
    @property
    def records(self, /) -> int:
        """
        How many records are done.
        """
    @property
    def total(self, /) -> int | None:
        """
        How many there are; None where that is not known before.
        """

@final
class Update:
    """
    An update under way.
    """
    def done(self, /, value: Any) -> Any:
        """
        Sets what was made of it, and returns that as it is stored, as a tuple of one; an empty one if somebody else has
        changed it meanwhile.
        """
    def give_up(self, /) -> None:
        """
        Changes nothing, and lets others go on if it holds the write lock.
        """
    @property
    def holds_lock(self, /) -> bool:
        """
        Whether it holds the write lock, so that others wait for its end.
        """
    def next(self, /) -> Any:
        """
        The value that is to be changed, as a tuple of one; an empty one for a missing key.
        """

@final
class UpgradeReport:
    """
    A store that has the present format.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> Any: ...
    def __new__(cls, /, path: str | PathLike[str], from_format: SupportsIndex, to_format: SupportsIndex, backup: str | PathLike[str] | None) -> UpgradeReport: ...
    def __repr__(self, /) -> str: ...
    @property
    def backup(self, /) -> Path | None:
        """
        The backup in the old format; None if it had the present format already, and nothing was done.
        """
    @property
    def from_format(self, /) -> int:
        """
        The format that it had.
        """
    @property
    def path(self, /) -> Path:
        """
        The store.
        """
    @property
    def to_format(self, /) -> int:
        """
        The format that it has now.
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

@final
class Watch:
    """
    The changes of a store as they are committed, by any process: an iterator that waits for each of them, and that
    ends when it is closed. A context manager that closes it.

    Each change is given out once, in the order of the commits and without a gap. Threads may share a watch: each
    change goes to one of them. To go on later, also in another process, keep `revision` and watch after it.
    """
    def __enter__(self, /) -> Watch: ...
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> None: ...
    def __iter__(self, /) -> Watch: ...
    def __next__(self, /) -> Change: ...
    def _next_buffered(self, /) -> Change | None:
        """
        The next change, if it has been read already, for asyncio.
        """
    def _turn(self, /, patience: Patience) -> bool:
        """
        Waits for a turn, and takes nothing, for asyncio; False when there is nothing and the patience is over.
        """
    def close(self, /) -> None:
        """
        Ends the watch, also for those who wait for it in other threads. Closing twice is no error.
        """
    @property
    def is_closed(self, /) -> bool:
        """
        Whether it was closed.
        """
    def next_within(self, /, timeout: float | timedelta) -> Change | None:
        """
        The next change; waits for it for so many seconds, and gives None when the time is up. Raises
        `FeedLaggedError` when the journal no longer reaches back to what was given out last, `ClosedError` when the
        watch or its store has been closed, also while this waits.
        """
    @property
    def revision(self, /) -> int:
        """
        The last revision of which every change has been given out: the one to go on after.
        """
    def try_next(self, /) -> Change | None:
        """
        The next change, if there is one now.
        """

@final
class Write:
    """
    A write that is yet to be carried out.
    """

def error_codes() -> list[tuple[str, str]]:
    """
    Every error code with the name of its class in `statehold.errors`.
    """

def from_json(text: str) -> Any:
    """
    The value that a JSON text of the store stands for.
    """

def get_mock_cloud() -> MockCloud:
    """
    The mock cloud of the process, which stands alone; made at the first call.
    """

def open(path: str | PathLike[str], *, default: Any | None = None, clock: ManualClock | None = None, **options: "Any") -> Store:
    """
    Opens a store; `statehold.open` is the function to call.
    """

def open_mock_cloud(*, persist_to: str | PathLike[str] | None = None, debounce: float | timedelta = ..., fixtures: Mapping[str, Any] | None = None, transition: Literal["immediate", "manual"] | float | timedelta | None = None, clock: ManualClock | None = None) -> MockCloud:
    """
    Opens a mock cloud that stands alone, in memory, with faults on: with a partial state as `fixtures` over the built-in
    ones, and the time that starting and stopping take, 2.5 seconds if nothing is said. With `persist_to` it is loaded from
    that JSON file, if it is there, and written to it `debounce` seconds after a change, by `persist_now` and by `close`.
    Raises `CorruptError` for a damaged file, which it sets aside.
    """

def reset_mock_cloud() -> None:
    """
    Closes the mock cloud of the process and forgets it: `get_mock_cloud` makes a new one.
    """

def run(arguments: SupportsGetItem[int, str]) -> int:
    """
    Runs the command line, the program's own name first, on the streams of this process; gives its exit code.
    """

def to_json(value: Any, default: Any | None = None, *, max_bytes: SupportsIndex | None = None) -> str:
    """
    The JSON text that a value is stored as.
    """
