"""The checkpointer for LangGraph.

Goal: it does what LangGraph asks of a checkpointer, whole. Method: LangGraph's own conformance suite, over
both savers; then what the suite leaves open: names with any characters, channels of deltas after pruning,
types of metadata, encryption, and graphs that run on it.
"""

from __future__ import annotations

import asyncio
import operator
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

import statehold
from statehold.integrations.langgraph import AsyncStateholdSaver, StateholdSaver

# How many tests the suite has for each capability: fewer would mean that it has changed, or was not run.
SUITE = {
    "put": 17,
    "put_writes": 10,
    "get_tuple": 10,
    "list": 16,
    "delete_thread": 5,
    "delete_for_runs": 7,
    "copy_thread": 8,
    "prune": 8,
}


class OverSync(AsyncStateholdSaver):
    """The suite calls coroutines alone: these run the saver's own methods in the event loop's thread."""

    async def aget_tuple(self, *args: Any, **kwargs: Any) -> Any:
        return self.get_tuple(*args, **kwargs)

    async def alist(self, *args: Any, **kwargs: Any) -> Any:
        for found in self.list(*args, **kwargs):
            yield found

    async def aput(self, *args: Any, **kwargs: Any) -> Any:
        return self.put(*args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        self.put_writes(*args, **kwargs)


@pytest.fixture
def saver(store: statehold.Store) -> StateholdSaver:
    return StateholdSaver(store)


@pytest.fixture
def both(store: statehold.Store) -> AsyncStateholdSaver:
    return AsyncStateholdSaver(store)


def config(thread_id: str, checkpoint_ns: str = "", checkpoint_id: str | None = None) -> RunnableConfig:
    named = {"thread_id": thread_id, "checkpoint_ns": checkpoint_ns}
    return {"configurable": named if checkpoint_id is None else {**named, "checkpoint_id": checkpoint_id}}


@pytest.mark.parametrize("kind", [AsyncStateholdSaver, OverSync])
def test_conformance(kind: type[AsyncStateholdSaver], tmp_path: Path) -> None:
    @checkpointer_test(name=kind.__name__)
    async def made() -> AsyncGenerator[BaseCheckpointSaver[Any], None]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        with statehold.open(path, durability="normal") as store:
            yield kind(store)

    report = asyncio.run(validate(made))
    failures = [failure for result in report.results.values() for failure in result.failures]
    assert failures == []
    assert {name: result.tests_passed for name, result in report.results.items()} == SUITE


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "*", "?", "[a]", "a\\", "é", "a b", "\0", ""])
def test_names_may_have_any_characters(saver: StateholdSaver, name: str) -> None:
    for other in ("a", "ab", "a/", "x"):
        saver.put(config(other, other), empty_checkpoint(), {}, {})
    checkpoint = empty_checkpoint()
    stored = saver.put(config(name, name), checkpoint, {"step": 7}, {})
    saver.put_writes(stored, [(name, name)], task_id=name, task_path=name)

    for asked in (config(name, name), stored):
        found = saver.get_tuple(asked)
        assert found is not None
        assert (found.config, found.checkpoint["id"]) == (stored, checkpoint["id"])
        assert found.pending_writes == [(name, name, name)]
    assert [found.config for found in saver.list({"configurable": {"thread_id": name}})] == [stored]
    assert [found.config for found in saver.list(stored)] == [stored]

    saver.copy_thread(name, "copy")
    saver.delete_thread(name)
    assert saver.get_tuple(stored) is None
    assert [found.pending_writes for found in saver.list(config("copy", name))] == [[(name, name, name)]]
    assert len(list(saver.list(None))) == 5


def test_a_checkpoint_can_be_listed_by_its_id_alone(saver: StateholdSaver) -> None:
    stored = [saver.put(config("t", ns), empty_checkpoint(), {}, {}) for ns in ("", "child:1", "child:1|x")]
    wanted = stored[1]["configurable"]["checkpoint_id"]
    listed = saver.list({"configurable": {"thread_id": "t", "checkpoint_id": wanted}})
    assert [found.config for found in listed] == [stored[1]]
    everything = [found.config for found in saver.list({"configurable": {"thread_id": "t"}})]
    assert everything == stored[::-1]


def test_metadata_keep_their_types(saver: StateholdSaver) -> None:
    metadata: Any = {"infinite": float("inf"), "big": 2**64 - 1, "set": {1}}
    stored = saver.put(config("t"), empty_checkpoint(), metadata, {})
    found = saver.get_tuple(stored)
    assert found is not None
    assert found.metadata == metadata


def test_regular_writes_stay_and_special_ones_are_replaced(saver: StateholdSaver) -> None:
    stored = saver.put(config("t"), empty_checkpoint(), {}, {})
    saver.put_writes(stored, [("a", 1), ("__error__", "first")], "task")
    saver.put_writes(stored, [("a", 2), ("__error__", "second"), ("b", 3)], "task")
    found = saver.get_tuple(stored)
    assert found is not None
    assert found.pending_writes == [("task", "__error__", "second"), ("task", "a", 1), ("task", "b", 3)]


def test_a_write_is_ordered_by_the_path_of_its_task(saver: StateholdSaver) -> None:
    stored = saver.put(config("t"), empty_checkpoint(), {}, {})
    saver.put_writes(stored, [("c", n) for n in range(12)], "a", "~2")
    saver.put_writes(stored, [("c", -1)], "b", "~1")
    found = saver.get_tuple(stored)
    assert found is not None
    assert [value for _, _, value in found.pending_writes or ()] == [-1, *range(12)]


@pytest.mark.parametrize("asked", [None, {"configurable": {"thread_id": "t"}}, config("t")])
def test_a_list_goes_on_over_what_is_left(saver: StateholdSaver, asked: RunnableConfig | None) -> None:
    stored = [saver.put(config("t"), empty_checkpoint(), {"step": step}, {}) for step in range(100)]
    assert [found.config for found in saver.list(asked)] == stored[::-1]
    assert [found.config for found in saver.list(asked, limit=70)] == stored[:29:-1]
    odd = saver.list(asked, before=stored[90], filter={"step": 51}, limit=3)
    assert [found.config for found in odd] == [stored[51]]
    assert list(saver.list(asked, limit=0)) == []
    listed = saver.list(asked)
    assert next(listed).config == stored[99]
    saver.delete_thread("t")
    saver.put(config("t"), empty_checkpoint(), {}, {})
    assert list(listed) == []


def test_a_call_is_one_commit(store: statehold.Store, saver: StateholdSaver) -> None:
    stored = saver.put(config("t"), empty_checkpoint(), {"run_id": "r"}, {})
    saver.put_writes(stored, [("a", 1), ("b", 2)], "task")
    assert store.revision() == 2
    saver.copy_thread("t", "u")
    saver.delete_for_runs(["r"])
    assert store.revision() == 4
    assert (list(saver.list(None)), store.namespaces()) == ([], [])
    saver.delete_for_runs(["r"])
    assert store.revision() == 4


def test_savers_with_other_namespaces_are_apart(store: statehold.Store) -> None:
    one, other = StateholdSaver(store), StateholdSaver(store, namespace="other")
    stored = one.put(config("t"), empty_checkpoint(), {}, {})
    assert other.get_tuple(stored) is None
    assert list(other.list(None)) == []


def test_an_unknown_strategy_is_refused(saver: StateholdSaver) -> None:
    with pytest.raises(ValueError, match="unknown strategy 'keep_all'"):
        saver.prune(["t"], strategy="keep_all")


def test_versions_of_other_savers_are_gone_on_from(saver: StateholdSaver, tmp_path: Path) -> None:
    with SqliteSaver.from_conn_string(":memory:") as other:
        theirs = other.get_next_version(None, None)
    after = saver.get_next_version(theirs, None)
    assert theirs < after < saver.get_next_version(after, None)
    assert saver.get_next_version(9, None) > after  # type: ignore[arg-type]  # as of a saver with integers


def test_what_a_serializer_encrypts_is_not_in_the_file(tmp_path: Path) -> None:
    class Reversing:
        """A cipher of the kind that LangGraph takes."""

        def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
            return "reversed", plaintext[::-1]

        def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
            assert ciphername == "reversed"
            return ciphertext[::-1]

    path = tmp_path / "a.db"
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"]["c"] = "a secret"
    with statehold.open(path) as store:
        saver = StateholdSaver(store, serde=EncryptedSerializer(Reversing()))
        stored = saver.put(config("t"), checkpoint, {"run_id": "a secret"}, {})
        saver.put_writes(stored, [("c", "a secret")], "task")
        assert len(list(saver.list(None, filter={"run_id": "a secret"}))) == 1
    assert b"a secret" not in path.read_bytes()
    assert b"terces a" in path.read_bytes()


def test_threads_of_many_processes_share_a_file(path: Path) -> None:
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
from langgraph.checkpoint.base import empty_checkpoint
from statehold.integrations.langgraph import StateholdSaver

def work(number):
    at = {"configurable": {"thread_id": "shared", "checkpoint_ns": ""}}
    stored = saver.put(at, empty_checkpoint(), {"step": number, "run_id": sys.argv[2]}, {})
    saver.put_writes(stored, [("channel", number)], "task")
    assert saver.get_tuple(stored).pending_writes == [("task", "channel", number)]

with StateholdSaver.from_conn_string(sys.argv[1]) as saver, ThreadPoolExecutor(4) as threads:
    list(threads.map(work, range(40)))
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "abc"]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    with StateholdSaver.from_conn_string(str(path)) as saver:
        found = list(saver.list(config("shared")))
        assert sorted(one.metadata["step"] for one in found) == sorted([*range(40)] * 3)
        assert all(one.pending_writes == [("task", "channel", one.metadata["step"])] for one in found)
        saver.delete_for_runs(["a", "b"])
        assert {one.metadata["run_id"] for one in saver.list(None)} == {"c"}
        assert saver.store.verify_journal().problems == []


class Words(TypedDict):
    words: Annotated[list[str], operator.add]


def waiting(saver: BaseCheckpointSaver[str]) -> Any:
    """A graph that stops in its second node for an answer."""

    def ask(state: Words) -> Words:
        return {"words": [interrupt("who?")]}

    graph = StateGraph(Words)
    graph.add_node("greet", lambda state: {"words": ["hello"]})
    graph.add_node("ask", ask)
    graph.add_edge(START, "greet")
    graph.add_edge("greet", "ask")
    graph.add_edge("ask", END)
    return graph.compile(checkpointer=saver)


def test_a_graph_goes_on_after_an_interrupt(saver: StateholdSaver) -> None:
    at = config("t")
    stopped = waiting(saver).invoke({"words": []}, at)
    assert [stop.value for stop in stopped["__interrupt__"]] == ["who?"]
    assert waiting(saver).get_state(at).next == ("ask",)
    assert waiting(saver).invoke(Command(resume="ada"), at) == {"words": ["hello", "ada"]}
    steps = [snapshot.metadata["step"] for snapshot in waiting(saver).get_state_history(at)]
    assert steps == [2, 1, 0, -1]


def test_a_graph_goes_on_under_asyncio(both: AsyncStateholdSaver) -> None:
    async def run(thread_id: str) -> Any:
        at = config(thread_id)
        await waiting(both).ainvoke({"words": []}, at)
        done = await waiting(both).ainvoke(Command(resume=thread_id), at)
        return done["words"], [found.config async for found in both.alist(at, limit=2)]

    async def main() -> list[Any]:
        return await asyncio.gather(*(run(str(number)) for number in range(8)))

    for number, (words, listed) in enumerate(asyncio.run(main())):
        assert (words, len(listed)) == (["hello", str(number)], 2)


def history(saver: BaseCheckpointSaver[str]) -> list[Any]:
    """What a graph with a graph inside leaves that fans out, stops, fails, goes on, and is gone back in."""
    failing = {"now": True}

    def count(state: Words) -> Words:
        if failing["now"] and len(state["words"]) > 4:
            failing["now"] = False
            raise ValueError("once")
        return {"words": [str(len(state["words"]))]}

    inner = StateGraph(Words)
    inner.add_node("ask", lambda state: {"words": [interrupt("inside?")]})
    inner.add_edge(START, "ask")
    graph = StateGraph(Words)
    for name in ("left", "right"):
        graph.add_node(name, lambda state, name=name: {"words": [name]})
        graph.add_edge(START, name)
        graph.add_edge(name, "inner")
    graph.add_node("inner", inner.compile())
    graph.add_node("count", count)
    graph.add_edge("inner", "count")
    compiled: Any = graph.compile(checkpointer=saver)

    at = config("t")
    compiled.invoke({"words": ["in"]}, at)
    with pytest.raises(ValueError, match="once"):
        compiled.invoke(Command(resume="answer"), at)
    compiled.invoke(None, at)
    earlier = [state for state in compiled.get_state_history(at) if state.next == ("inner",)][-1]
    changed = compiled.update_state(earlier.config, {"words": ["changed"]}, as_node="left")
    compiled.invoke(None, changed)
    compiled.invoke(Command(resume="other answer"), at)
    states = compiled.get_state_history(at, limit=50)
    within = saver.list({"configurable": {"thread_id": "t"}})
    return [
        *((state.values, state.next, state.metadata, len(state.tasks)) for state in states),
        *((len(found.checkpoint["channel_values"]), found.pending_writes is None) for found in within),
    ]


def test_a_history_is_that_of_the_other_savers(saver: StateholdSaver) -> None:
    ours = history(saver)
    with SqliteSaver.from_conn_string(":memory:") as other:
        assert ours == history(other)
    assert len(ours) > 20
    # Which goes through the checkpoint namespaces one by one, where they are not asked for by name.
    assert ours[:10] == history(InMemorySaver())[:10]


def test_a_pruned_thread_still_has_its_channels_of_deltas(saver: StateholdSaver) -> None:
    class Log(TypedDict):
        words: Annotated[list[str], DeltaChannel(lambda old, new: old + [w for ws in new for w in ws])]

    graph = StateGraph(Log)
    graph.add_node("say", lambda state: {"words": [f"w{len(state['words'])}"]})
    graph.add_edge(START, "say")
    graph.add_edge("say", END)
    compiled = graph.compile(checkpointer=saver)
    at = config("t")
    for _ in range(3):
        compiled.invoke({"words": ["in"]}, at)
    before = compiled.get_state(at).values
    assert len(before["words"]) == 6
    saver.prune(["t"])
    assert compiled.get_state(at).values == before
    assert compiled.invoke({"words": ["in"]}, at)["words"] == [*before["words"], "in", "w7"]


def test_a_thread_without_deltas_is_pruned_to_one_checkpoint(saver: StateholdSaver) -> None:
    at = config("t")
    waiting(saver).invoke({"words": []}, at)
    saver.prune(["t"])
    assert len(list(saver.list(at))) == 1
    assert waiting(saver).invoke(Command(resume="ada"), at) == {"words": ["hello", "ada"]}


@pytest.fixture
def conn_string(tmp_path: Path) -> str:
    return str(tmp_path / "checkpoints.db")


def test_savers_open_by_a_path_and_close(conn_string: str) -> None:
    with StateholdSaver.from_conn_string(conn_string) as saver:
        stored = saver.put(config("t"), empty_checkpoint(), {}, {})
        store = saver.store
    assert store.is_closed

    async def main() -> None:
        async with AsyncStateholdSaver.from_conn_string(conn_string) as saver:
            assert await saver.aget_tuple(stored) is not None
        assert saver.store.is_closed

    asyncio.run(main())
    with sqlite3.connect(conn_string) as connection:
        names = connection.execute("SELECT DISTINCT namespace FROM entries ORDER BY 1").fetchall()
    connection.close()
    assert names == [("langgraph.checkpoints",), ("langgraph.states",)]


@pytest.mark.parametrize("name", ["langgraph", "django"])
def test_a_missing_library_is_named(name: str) -> None:
    code = f"""
import sys
import statehold.integrations
sys.modules.update(dict.fromkeys(["langgraph", "langchain_core", "django"]))
try:
    import statehold.integrations.{name}
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"pip install 'statehold[{name}]'" in done.stdout
