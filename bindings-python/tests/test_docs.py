"""The snippets of the README and of the documentation.

Goal: each does what it says, and links lead somewhere. Method: the Python snippets of a file, in their
order, are one program, which runs in a new folder. Then its SQL snippets run on the store that bears the
file's name, in another process and by Python's own SQLite, as a reader would look at it. A snippet keeps
its line numbers, so that a traceback points into the file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "README.md", ROOT / "bindings-python" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SQL = """
import pathlib, sqlite3, sys
store = sqlite3.connect(pathlib.Path(sys.argv[1]).absolute().as_uri() + "?mode=ro", uri=True)
for statement in sys.stdin.read().split(";"):
    if statement.strip():
        rows = store.execute(statement).fetchall()
        print(len(rows), statement.strip().splitlines()[0])
"""

# A store for a file that has SQL alone.
SAMPLE = """
import statehold
with statehold.open("{}.db") as store:
    store.namespace("a").set("k", 1)
"""


def blocks(path: Path, language: str) -> list[tuple[int, str]]:
    """The fenced snippets of a language, each with the number of its first line, from 0 on."""
    found: list[tuple[int, str]] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    start: int | None = None
    for number, line in enumerate(lines):
        if start is None and line == f"```{language}":
            start = number + 1
        elif start is not None and line == "```":
            found.append((start, "\n".join(lines[start:number])))
            start = None
    return found


def program(path: Path, language: str) -> str:
    lines: list[str] = []
    for start, text in blocks(path, language):
        lines += [""] * (start - len(lines)) + text.splitlines()
    return "\n".join(lines) + "\n"


def run(arguments: list[str], folder: Path, text: str = "") -> str:
    done = subprocess.run(
        arguments, cwd=folder, input=text, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


RUN = [path for path in FILES if blocks(path, "python") or blocks(path, "sql")]


@pytest.mark.parametrize("path", RUN, ids=name)
def test_snippets(path: Path, tmp_path: Path) -> None:
    # Not under the plain name: a page may be called as a library that its snippets import.
    script = tmp_path / path.with_suffix(".md.py").name
    made = program(path, "python") if blocks(path, "python") else SAMPLE.format(path.stem)
    script.write_text(made, encoding="utf-8")
    run([sys.executable, script.name], tmp_path)

    for _, text in blocks(path, "sql"):
        output = run([sys.executable, "-c", SQL, f"{path.stem}.db"], tmp_path, text)
        assert all(int(line.split()[0]) > 0 for line in output.splitlines()), output


def test_the_program_of_the_readme_counts(tmp_path: Path) -> None:
    text = program(ROOT / "README.md", "python")
    for number in (1, 2):
        assert run([sys.executable, "-c", text], tmp_path) == f"run {number}: {{'theme': 'dark'}}\n"


def anchors(path: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_links(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{name(path)} links to {link}"
        assert not anchor or anchor in anchors(target), f"{name(path)} links to {link}"
