"""LangGraph's checkpoints and its long-term memory in a store.

>>> import statehold
>>> from statehold.integrations.langgraph import StateholdSaver, StateholdStore
>>> with statehold.open(":memory:") as store:
...     saver, memory = StateholdSaver(store), StateholdStore(store)
...     memory.put(("users", "ada"), "theme", {"dark": True})
...     memory.get(("users", "ada"), "theme").value
{'dark': True}
"""

from __future__ import annotations

from .._extra import needing

with needing("langgraph"):
    from ._async_saver import AsyncStateholdSaver
    from ._saver import StateholdSaver
    from ._store import StateholdStore

__all__ = ["AsyncStateholdSaver", "StateholdSaver", "StateholdStore"]
