"""Goal: Python does what every language does. Method: the cases of `tests/spec/cases`, each in every mode,
through the sync API and again through `statehold.aio`. The format is described in `tests/spec/README.md`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conformance.executor import Executor
from conformance.steps import drive
from spec_format import cases, same

import statehold
import statehold.aio

# Capabilities that Python lacks, with the reason. None: it can express every case.
LACKS: dict[str, str] = {}

MODES = ("direct", "reopen", "transaction")
RUNS = [
    pytest.param(case, mode, id=f"{file}: {case['name']} ({mode})")
    for file, case in cases()
    for mode in case.get("modes", MODES)
]

# In memory where the system has a folder for that: no case is about the disk, and waiting for it would take
# half of the time.
MEMORY = "/dev/shm"
FOLDER = MEMORY if os.access(MEMORY, os.W_OK) else None


def run(api: Any, case: dict[str, Any], mode: str) -> Any:
    """What the case leaves in a store of its own."""
    with TemporaryDirectory(dir=FOLDER, ignore_cleanup_errors=True) as folder:
        coroutine = Executor(api, case, mode, Path(folder, "store.db")).run()
        return asyncio.run(coroutine) if api is statehold.aio else drive(coroutine)


@pytest.fixture(scope="module")
def left_by_direct() -> Callable[[Any, dict[str, Any]], Any]:
    """What the mode `direct` leaves of a case, which is run once; the other modes are compared with it."""
    left: dict[tuple[str, int], Any] = {}

    def look_up(api: Any, case: dict[str, Any]) -> Any:
        known = (api.__name__, id(case))
        if known not in left:
            left[known] = run(api, case, "direct")
        return left[known]

    return look_up


@pytest.mark.parametrize("api", [statehold, statehold.aio], ids=["sync", "aio"])
@pytest.mark.parametrize(("case", "mode"), RUNS)
def test_case(
    case: dict[str, Any], mode: str, api: Any, left_by_direct: Callable[[Any, dict[str, Any]], Any]
) -> None:
    for need in case.get("needs", []):
        if need in LACKS:
            pytest.skip(f"{need}: {LACKS[need]}")

    if mode == "direct":
        left_by_direct(api, case)
        return
    content = run(api, case, mode)
    if "direct" in case.get("modes", MODES):
        assert same(content, left_by_direct(api, case), ordered=False), "it leaves something else than direct"
