"""LangGraph's checkpoints and its long-term memory in a store.

>>> import statehold
>>> from statehold.integrations.langgraph import StateholdSaver
>>> with statehold.open(":memory:") as store:
...     saver = StateholdSaver(store)
...     saver.get_tuple({"configurable": {"thread_id": "1"}}) is None
True
"""

from __future__ import annotations

from .._extra import needing

with needing("langgraph"):
    from ._async_saver import AsyncStateholdSaver
    from ._saver import StateholdSaver

__all__ = ["AsyncStateholdSaver", "StateholdSaver"]
