"""Goal: what the README and the docstrings show works. Method: run it."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import statehold
import statehold.aio

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_readme(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    assert (tmp_path / "app.db").exists()


def test_there_are_blocks() -> None:
    assert len(BLOCKS) == 2


def test_the_docstrings() -> None:
    for module in (statehold, statehold.aio):
        result = doctest.testmod(module)
        assert (result.failed, result.attempted >= 2) == (0, True)
