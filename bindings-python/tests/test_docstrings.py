"""Goal: the examples in the docstrings work. Method: doctest."""

from __future__ import annotations

import doctest

import statehold
import statehold.aio
import statehold.integrations.diskcache
import statehold.integrations.langgraph


def test_the_docstrings() -> None:
    integrations = (statehold.integrations.diskcache, statehold.integrations.langgraph)
    for module in (statehold, statehold.aio, *integrations):
        result = doctest.testmod(module)
        assert (result.failed, result.attempted >= 2) == (0, True)
