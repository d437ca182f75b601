"""Checkpoints of LangGraph."""

from __future__ import annotations

import builtins
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

import statehold

from . import _layout
from ._layout import pack, unpack

# Channels of DeltaChannel whose value isn't in the checkpoint: LangGraph counts there how far back it was.
_DELTAS = "counters_since_delta_snapshot"
# How many checkpoints a list reads at once at most. It begins with one, or with as many as are wanted.
_MOST_AT_ONCE = 32


class StateholdSaver(BaseCheckpointSaver[str]):
    """A checkpointer on a store. Threads and processes may share the file.

    What a call has returned from is committed, as durable as the store was opened to be, and each call is one
    commit: a checkpoint is there whole or not at all. Under asyncio use :class:`AsyncStateholdSaver`.
    """

    def __init__(
        self,
        store: statehold.Store,
        *,
        namespace: str = "langgraph",
        serde: SerializerProtocol | None = None,
    ) -> None:
        """:param namespace: what the names of the namespaces begin with that hold the checkpoints.
        :param serde: LangGraph's serializer for values and metadata; it can encrypt them. Ids stay readable.
        """
        super().__init__(serde=serde)
        self.store = store
        self._spaces = _layout.spaces(namespace)

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> Iterator[StateholdSaver]:
        """A saver on the store at a path, which is closed at the end of the body."""
        with statehold.open(conn_string) as store:
            yield cls(store)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint of this id, else the last one of the thread and checkpoint namespace, if any."""
        thread = _thread(config)
        with self.store.snapshot() as snapshot:
            if checkpoint_id := get_checkpoint_id(config):
                return self._load(snapshot, _layout.key(*thread, checkpoint_id))
            checkpoints = snapshot.namespace(self._spaces.checkpoints)
            last = checkpoints.list(_layout.under(_layout.key(*thread)), reverse=True, limit=1)
            return self._load(snapshot, last[0]) if last else None

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, the newest first. They are read a few at a time, each time as of one moment.

        :param config: the thread, and if it says so the checkpoint namespace and the checkpoint; None: all.
        :param filter: metadata that a checkpoint must have.
        :param before: only checkpoints with a smaller id than this one's.
        :param limit: how many at most.
        """
        keys = self._keys(config, get_checkpoint_id(before) if before else None)
        left = math.inf if limit is None else limit
        at_once = int(min(left, _MOST_AT_ONCE)) if limit else 1
        while left > 0 and (page := builtins.list(itertools.islice(keys, at_once))):
            with self.store.snapshot() as snapshot:
                found = [self._load(snapshot, key, filter) for key in page]
            for item in found:
                if item is not None and left > 0:
                    left -= 1
                    yield item
            at_once = min(at_once * 2, _MOST_AT_ONCE)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Stores a checkpoint, a child of the one that ``config`` names; returns the config that names it."""
        thread = _thread(config)
        key = _layout.key(*thread, checkpoint["id"])
        described = pack(
            self.serde, get_checkpoint_metadata(config, metadata), get_checkpoint_id(config) or ""
        )
        commit = self.store.atomic()
        commit.set(self._spaces.checkpoints, key, described)
        commit.set(self._spaces.states, key, pack(self.serde, checkpoint))
        commit.commit()
        return _config(*thread, checkpoint["id"])

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Stores what a task has written. A write that is there stays; errors and interrupts are replaced."""
        task = (*_thread(config), config["configurable"]["checkpoint_id"], task_id)
        packed = {
            _layout.key(*task, WRITES_IDX_MAP.get(channel, index)): (
                channel in WRITES_IDX_MAP,
                pack(self.serde, value, task_path, channel),
            )
            for index, (channel, value) in enumerate(writes)
        }

        def put(tx: statehold.Transaction) -> None:
            stored = tx.namespace(self._spaces.writes)
            there = stored.batch_get(key for key, (replaces, _) in packed.items() if not replaces)
            stored.batch_set((key, value) for key, (_, value) in packed.items() if key not in there)

        self.store.transact(put)

    def delete_thread(self, thread_id: str) -> None:
        """Deletes a thread: its checkpoints in all checkpoint namespaces, and their writes."""
        pattern = _layout.under(_layout.key(thread_id))

        def delete(tx: statehold.Transaction) -> None:
            for space in self._spaces:
                tx.namespace(space).delete_matching(pattern)

        self.store.transact(delete)

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Deletes the checkpoints that these runs have made, in any thread, and their writes, in one commit.

        It looks at the metadata of every checkpoint in the store. What a run that still goes on adds after
        that stays. A ``DeltaChannel`` that was built on what is deleted loses it.
        """
        runs = set(run_ids)
        checkpoints = self.store.namespace(self._spaces.checkpoints)
        keys = [
            key for key, found in checkpoints.items() if unpack(self.serde, found)[0].get("run_id") in runs
        ]
        if keys:
            self.store.transact(lambda tx: self._delete(tx, keys))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copies a thread, with all of its checkpoints and writes, in one commit. What the target has stays,
        but for checkpoints of the same id."""
        source, target = _layout.key(source_thread_id), _layout.key(target_thread_id)

        def copy(tx: statehold.Transaction) -> None:
            for space in self._spaces:
                namespace = tx.namespace(space)
                found = builtins.list(namespace.items(_layout.under(source)))
                namespace.batch_set((target + key[len(source) :], value) for key, value in found)

        self.store.transact(copy)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Deletes checkpoints of threads, each thread in one commit.

        :param strategy: ``keep_latest`` keeps the last checkpoint of every checkpoint namespace, and of its
            ancestors those that its ``DeltaChannel`` channels are rebuilt from; ``delete`` keeps none.
        """
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"unknown strategy {strategy!r}: it is 'keep_latest' or 'delete'")
        for thread_id in thread_ids:
            if strategy == "delete":
                self.delete_thread(thread_id)
            else:
                self.store.transact(functools.partial(self._keep_latest, thread_id=thread_id))

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The version after this one. Versions of other savers, which may be integers, are gone on from."""
        number = 0 if current is None else int(str(current).partition(".")[0])
        return f"{number + 1:032}"

    def _load(
        self, snapshot: statehold.Snapshot, key: str, filter: dict[str, Any] | None = None
    ) -> CheckpointTuple | None:
        """The checkpoint of a key, if it is there and has this in its metadata."""
        described = snapshot.namespace(self._spaces.checkpoints).get(key)
        if described is None:
            return None
        metadata, (parent,) = unpack(self.serde, described)
        if filter and any(metadata.get(name) != value for name, value in filter.items()):
            return None
        thread_id, checkpoint_ns, checkpoint_id = _layout.parts(key)
        checkpoint, _ = unpack(self.serde, snapshot.namespace(self._spaces.states).get(key))
        return CheckpointTuple(
            config=_config(thread_id, checkpoint_ns, checkpoint_id),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=_config(thread_id, checkpoint_ns, parent) if parent else None,
            pending_writes=self._writes(snapshot, key),
        )

    def _writes(self, snapshot: statehold.Snapshot, key: str) -> builtins.list[PendingWrite]:
        """The writes of a checkpoint, in the order in which LangGraph applies them."""
        found = []
        for name, packed in snapshot.namespace(self._spaces.writes).items(_layout.under(key)):
            *_, task_id, index = _layout.parts(name)
            value, (task_path, channel) = unpack(self.serde, packed)
            found.append((writes_sort_key(task_path, task_id, int(index)), (task_id, channel, value)))
        return [write for _, write in sorted(found, key=lambda write: write[0])]

    def _delete(self, tx: statehold.Transaction, keys: Sequence[str]) -> None:
        tx.namespace(self._spaces.checkpoints).batch_delete(keys)
        tx.namespace(self._spaces.states).batch_delete(keys)
        for key in keys:
            tx.namespace(self._spaces.writes).delete_matching(_layout.under(key))

    def _keep_latest(self, tx: statehold.Transaction, thread_id: str) -> None:
        keys = tx.namespace(self._spaces.checkpoints).list(_layout.under(_layout.key(thread_id)))
        latest = {key.rpartition("/")[0]: key for key in keys}
        kept = {needed for key in latest.values() for needed in self._needed(tx, key)}
        self._delete(tx, [key for key in keys if key not in kept])

    def _needed(self, tx: statehold.Transaction, key: str) -> Iterator[str]:
        """A checkpoint, and the ancestors on which its channels of deltas are built."""
        checkpoints, states = tx.namespace(self._spaces.checkpoints), tx.namespace(self._spaces.states)
        missing: set[str] | None = None
        walked: set[str] = set()
        while key not in walked and (described := checkpoints.get(key)) is not None:
            walked.add(key)
            yield key
            metadata, (parent,) = unpack(self.serde, described)
            if missing is None:
                missing = set(metadata.get(_DELTAS) or ())
            if missing:
                checkpoint, _ = unpack(self.serde, states[key])
                missing.difference_update(checkpoint["channel_values"])
            if not missing or not parent:
                return
            key = f"{key.rpartition('/')[0]}/{_layout.key(parent)}"

    def _keys(self, config: RunnableConfig | None, before: str | None) -> Iterator[str]:
        """The keys of the checkpoints that a config speaks of, the newest first."""
        checkpoints = self.store.namespace(self._spaces.checkpoints)
        pattern = _pattern(config)
        if config is not None and config["configurable"].get("checkpoint_ns") is not None:
            # In one checkpoint namespace the keys are sorted as they are.
            after = None if before is None else _layout.key(*_thread(config), before)
            while page := checkpoints.list(pattern, limit=_MOST_AT_ONCE, start_after=after, reverse=True):
                yield from page
                after = page[-1]
            return
        found = sorted(((_layout.parts(key)[2], key) for key in checkpoints.list(pattern)), reverse=True)
        yield from (key for checkpoint_id, key in found if before is None or checkpoint_id < before)


def _thread(config: RunnableConfig) -> tuple[str, str]:
    """The thread and the checkpoint namespace."""
    configurable = config["configurable"]
    return str(configurable["thread_id"]), configurable.get("checkpoint_ns") or ""


def _pattern(config: RunnableConfig | None) -> str:
    """What the keys of the checkpoints match that a config speaks of."""
    if config is None:
        return "*"
    thread_id, checkpoint_ns = _thread(config)
    checkpoint_id = get_checkpoint_id(config)
    if config["configurable"].get("checkpoint_ns") is None:
        everything = _layout.under(_layout.key(thread_id))
        return f"{everything}/{_layout.only(_layout.key(checkpoint_id))}" if checkpoint_id else everything
    if checkpoint_id:
        return _layout.only(_layout.key(thread_id, checkpoint_ns, checkpoint_id))
    return _layout.under(_layout.key(thread_id, checkpoint_ns))


def _config(thread_id: str, checkpoint_ns: str, checkpoint_id: str) -> RunnableConfig:
    """The config that names a checkpoint."""
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": checkpoint_ns,
            "checkpoint_id": checkpoint_id,
        }
    }
