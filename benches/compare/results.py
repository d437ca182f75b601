"""The lines that the comparisons wrote, their medians and ratios, and the tables made of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

OWN = "statehold"
Line = dict[str, Any]

PEERS = {
    "python": ("sqlite3 + orjson", "diskcache", "py-lmdb", "rocksdict", "redis", "dict + orjson"),
    "node": ("better-sqlite3", "lmdb-js", "keyv + sqlite"),
    "rust": ("rusqlite", "rusqlite, one connection", "redb", "fjall", "heed", "HashMap"),
}
"""In the order of the tables; others come after them."""
WORKLOADS = (
    *(
        "get cached",
        "get cold",
        "get missing",
        "batch get",
        "list 100",
        "set normal",
        "set full",
        "batch set",
    ),
    *(f"ycsb {mix}" for mix in "abcdf"),
    *(
        "durable sets",
        "counter",
        "readers beside a writer",
        "get beside commits",
        "import and open",
        "open",
        "fill",
    ),
)
MOMENTS = ("import and open", "open")
"""Workloads whose figure is a time."""


class Case(NamedTuple):
    """What is compared: everything but the peer and the round."""

    language: str
    workload: str
    keys: int
    workers: int

    def __str__(self) -> str:
        return self.workload + self.suffix()

    def suffix(self) -> str:
        if self.workload == "readers beside a writer":
            return f", {self.workers} processes"
        by = {"counter": "processes", "durable sets": "in flight" if self.language == "node" else "threads"}
        workers = f", {self.workers} {by[self.workload]}" if self.workload in by else ""
        return f"{workers}, a million keys" if self.keys >= 1_000_000 else workers


def case_of(line: Line) -> Case:
    return Case(line["language"], line["workload"], line.get("keys", 10_000), line.get("workers", 1))


def place(word: str, order: tuple[str, ...]) -> int:
    return order.index(word) if word in order else len(order)


class Results:
    """Every measurement, by what was compared, peer and round."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.machines: dict[str, Any] = {}
        self._found: dict[Case, dict[str, dict[int, Line]]] = {}
        for line in lines:
            if "machine" in line:
                self.machines[line["language"]] = line["machine"]
            else:
                self._found.setdefault(case_of(line), {}).setdefault(line["peer"], {})[line["round"]] = line

    @classmethod
    def read(cls, files: Iterable[Path]) -> Results:
        lines = [line for file in files for line in file.read_text().splitlines() if line.startswith("{")]
        return cls(json.loads(line) for line in lines)

    def languages(self) -> list[str]:
        return [language for language in PEERS if any(case.language == language for case in self._found)]

    def cases(self, language: str) -> list[Case]:
        cases = [case for case in self._found if case.language == language]
        return sorted(cases, key=lambda case: (case.keys >= 1_000_000, place(case.workload, WORKLOADS), case))

    def peers(self, language: str, cases: Iterable[Case] | None = None) -> list[str]:
        """Those that were measured at all, ours first."""
        chosen = self.cases(language) if cases is None else cases
        names = {peer for case in chosen for peer in self._found.get(case, {})}
        return sorted(names, key=lambda peer: (peer != OWN, place(peer, PEERS[language]), peer))

    def median(self, case: Case, peer: str, member: str = "per_second") -> float | None:
        lines = self._found.get(case, {}).get(peer, {}).values()
        values = [line[member] for line in lines if line.get(member) is not None]
        return statistics.median(values) if values else None

    def ratio(
        self, case: Case, peer: str, *, of: Case | None = None, own: str = OWN, member: str = "per_second"
    ) -> float | None:
        """How many times as much ours has as a peer, in the case `of` if given: the median over rounds."""
        mine = self._found.get(case, {}).get(own, {})
        theirs = self._found.get(of or case, {}).get(peer, {})
        ratios = [
            line[member] / theirs[round_][member]
            for round_, line in mine.items()
            if line.get(member) and theirs.get(round_, {}).get(member)
        ]
        return statistics.median(ratios) if ratios else None

    def table(self, language: str) -> str:
        """All that was measured in a language, as Markdown."""
        parts = [self._rates(language), self._latencies(language), self._sizes(language)]
        return "\n\n".join(part for part in parts if part)

    def _rates(self, language: str) -> str:
        peers = self.peers(language)
        lines = [header("operations a second", peers)]
        for case in self.cases(language):
            cells = []
            for peer in peers:
                rate = self.median(case, peer)
                ratio = None if peer == OWN else self.ratio(case, peer)
                if rate is None:
                    cells.append("")
                    continue
                shown = f"{1e6 / rate:,.0f} us" if case.workload in MOMENTS else f"{rate:,.0f}"
                cells.append(shown if ratio is None else f"{shown} ({times(ratio)})")
            lines.append(row(str(case), cells))
        return "\n".join(lines)

    def _latencies(self, language: str) -> str:
        peers = self.peers(language)
        lines = [header("one call, us: median / p99", peers)]
        for case in self.cases(language):
            both = [(self.median(case, peer, "p50_us"), self.median(case, peer, "p99_us")) for peer in peers]
            if any(p99 is not None for _, p99 in both):
                lines.append(
                    row(str(case), [f"{short(p50)} / {short(p99)}" if p50 else "" for p50, p99 in both])
                )
        worst = [case for case in self.cases(language) if case.workload == "counter"]
        for case in worst:
            cells = [short(self.median(case, peer, "max_us")) for peer in peers]
            lines.append(row(f"{case}: longest", cells))
        return "\n".join(lines) if len(lines) > 1 else ""

    def _sizes(self, language: str) -> str:
        peers = self.peers(language)
        lines = [header("MB", peers)]
        for case in self.cases(language):
            if case.workload not in ("get cached", "set normal", "fill"):
                continue
            for member, name in (("rss_bytes", "memory"), ("file_bytes", "file")):
                sizes = [self.median(case, peer, member) for peer in peers]
                if any(size is not None for size in sizes):
                    cells = ["" if size is None else f"{size / 1e6:,.1f}" for size in sizes]
                    lines.append(row(f"{name} after {case}", cells))
        return "\n".join(lines) if len(lines) > 1 else ""


def header(first: str, others: list[str]) -> str:
    return f"{row(first, others)}\n|---|{'---|' * len(others)}"


def row(first: str, cells: list[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def times(ratio: float) -> str:
    """Two digits or three are what a ratio is worth."""
    return f"{ratio:,.0f}x" if ratio >= 20 else f"{ratio:.1f}x" if ratio >= 5 else f"{ratio:.2f}x"


def short(microseconds: float | None) -> str:
    if microseconds is None:
        return ""
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.3g}"
