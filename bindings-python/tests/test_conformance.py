"""Goal: Python does what every language does. Method: the cases of `tests/spec/cases`, each in every mode,
through the sync API and again through `statehold.aio`. The format is described in `tests/spec/README.md`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
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


@pytest.mark.parametrize("api", [statehold, statehold.aio], ids=["sync", "aio"])
@pytest.mark.parametrize(("case", "mode"), RUNS)
def test_case(case: dict[str, Any], mode: str, api: Any, tmp_path: Path) -> None:
    for need in case.get("needs", []):
        if need in LACKS:
            pytest.skip(f"{need}: {LACKS[need]}")

    def run(mode: str) -> Any:
        coroutine = Executor(api, case, mode, tmp_path / f"{mode}.db").run()
        return asyncio.run(coroutine) if api is statehold.aio else drive(coroutine)

    content = run(mode)
    if mode != "direct" and "direct" in case.get("modes", MODES):
        assert same(content, run("direct"), ordered=False), "it leaves something else than direct"
