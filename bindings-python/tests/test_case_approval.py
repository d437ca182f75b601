"""The example of an approval.

Goal: it prints what the one in Node prints, and leaves in its store what it says. Method: it runs in another
process, in which warnings are errors.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import statehold

EXAMPLE = Path(__file__).parents[1] / "examples" / "case_approval.py"

# What the example prints here and in Node.
PRINTED = Path(__file__).parents[2] / "tests" / "data" / "case-approval.txt"


def test_case_approval(path: Path) -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", str(EXAMPLE), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PRINTED.read_text(encoding="utf-8")
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
