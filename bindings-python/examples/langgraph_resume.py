"""A graph that waits for a human, whose process is killed, and that another process goes on with.

The first process writes a draft and stops at an interrupt for approval. There it is killed with SIGKILL.
The second process opens the same file, finds the thread where it was, and answers. The draft is not written
again.

Run it with ``python langgraph_resume.py``. It needs ``langgraph``, and leaves nothing behind.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt

import statehold
from statehold.integrations.langgraph import StateholdSaver

THREAD: RunnableConfig = {"configurable": {"thread_id": "letter-1"}}


class Letter(TypedDict, total=False):
    to: str
    draft: str
    sent: bool


def letters(store: statehold.Store) -> CompiledStateGraph[Letter]:
    def write(state: Letter) -> Letter:
        # Costly work, of which one wants to know how often it was done.
        store.namespace("work").increment("drafts")
        return {"draft": f"Dear {state['to']}, it works."}

    def approve(state: Letter) -> Letter:
        return {"sent": interrupt({"send this?": state["draft"]}) == "yes"}

    graph = StateGraph(Letter)
    graph.add_node("write", write)
    graph.add_node("approve", approve)
    graph.add_edge(START, "write")
    graph.add_edge("write", "approve")
    graph.add_edge("approve", END)
    return graph.compile(checkpointer=StateholdSaver(store))


def begin(path: Path) -> None:
    """The first process: as far as the interrupt, and then it waits for an answer that never comes."""
    with statehold.open(path) as store:
        stopped = letters(store).invoke({"to": "Ada"}, THREAD)
        print(stopped["__interrupt__"][0].value, flush=True)
        sys.stdin.read()


def go_on(path: Path) -> None:
    """The second process: it finds the thread, answers, and lets the graph end."""
    with statehold.open(path) as store:
        graph = letters(store)
        assert graph.get_state(THREAD).next == ("approve",)
        letter = graph.invoke(Command(resume="yes"), THREAD)
        assert letter == {"to": "Ada", "draft": "Dear Ada, it works.", "sent": True}
        assert store.namespace("work").get("drafts") == 1
        print(f"sent: {letter['draft']}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letters.db"
        first = [sys.executable, __file__, "begin", str(path)]
        with subprocess.Popen(first, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            print(f"the first process asks: {process.stdout.readline().strip()}")
            process.kill()
        print(f"it was killed: {process.returncode}")
        second = [sys.executable, __file__, "go_on", str(path)]
        print(subprocess.run(second, check=True, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"begin": begin, "go_on": go_on}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
