"""The examples.

Goal: each runs as its first lines say. Method: it runs in another process, in which warnings are errors; what
it prints and what is in its store is compared.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import statehold

EXAMPLES = Path(__file__).parents[1] / "examples"

# What the example prints here and in Node.
APPROVAL = Path(__file__).parents[2] / "tests" / "data" / "case-approval.txt"


def run(name: str, *arguments: Path) -> list[str]:
    command = [sys.executable, "-B", "-X", "dev", "-W", "error", str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_example_is_run_here() -> None:
    assert [file.name for file in EXAMPLES.iterdir() if file.suffix == ".py"] == ["case_approval.py"]


def test_case_approval(path: Path) -> None:
    assert run("case_approval.py", path) == APPROVAL.read_text(encoding="utf-8").splitlines()
    with statehold.open(path) as store:
        case = store.case("order-7")
        assert (case.status, case.metadata.step_count, case.sequence) == ("done", 2, 4)
        assert case.ctx == {
            "item": "microscope",
            "cents": 480_000,
            "approved_by": "finance",
            "confirmation": "M-1066",
        }
        assert [(scope.id, scope.status) for scope in case.scopes.values()] == [
            ("quotes", "cancelled"),
            ("reviews", "cancelled"),
            ("root", "active"),
        ]
        [placed] = case.effects()
        assert (placed.key, placed.status, placed.attempts) == ("place", "ok", 1)
        assert store.verify().problems == []
