"""The goals of the project for its speed, each as a ratio within one run, and whether they are met."""

from __future__ import annotations

from typing import NamedTuple

from results import OWN, Case, Results, row, times

KEYS, MILLION = 10_000, 1_000_000
SQLITE = "sqlite3 + orjson"


class Goal(NamedTuple):
    """`own` is to be so many times a peer (`least`), or to stay under that (`most`)."""

    number: str
    what: str
    case: Case
    peer: str
    least: float | None = None
    most: float | None = None
    of: Case | None = None
    """Where the peer is measured, if not in the same case."""
    member: str = "per_second"
    inverted: bool = False
    """Whether less is better, as for a time."""

    def measured(self, results: Results) -> float | None:
        ratio = results.ratio(self.case, self.peer, of=self.of, member=self.member)
        return None if ratio is None else 1 / ratio if self.inverted else ratio

    def wanted(self) -> str:
        return f"{times(self.least)}" if self.least is not None else f"at most {times(self.most or 0)}"

    def met(self, ratio: float) -> bool:
        return ratio >= self.least if self.least is not None else ratio <= (self.most or 0)


def python(workload: str, workers: int = 1, keys: int = KEYS) -> Case:
    return Case("python", workload, keys, workers)


def node(workload: str, workers: int = 1) -> Case:
    return Case("node", workload, KEYS, workers)


def rust(workload: str, workers: int = 1, keys: int = KEYS) -> Case:
    return Case("rust", workload, keys, workers)


def over(number: str, case: Case, **peers: float) -> list[Goal]:
    """Over several peers of one case, by their short names."""
    goals = []
    for short, least in peers.items():
        peer = PEERS[short]
        goals.append(Goal(number, f"{case.language}: {case} over {peer}", case, peer, least))
    return goals


PEERS = {
    "sqlite": SQLITE,
    "diskcache": "diskcache",
    "lmdb": "py-lmdb",
    "dict": "dict + orjson",
    "better": "better-sqlite3",
    "lmdb_js": "lmdb-js",
    "keyv": "keyv + sqlite",
    "rusqlite": "rusqlite",
    "mutex": "rusqlite, one connection",
    "heed": "heed",
    "redb": "redb",
}


def growth(number: str, make: str, workload: str, most: float) -> Goal:
    """What one operation costs at a million keys, over what it costs at ten thousand."""
    small, large = Case(make, workload, KEYS, 1), Case(make, workload, MILLION, 1)
    what = f"{make}: {workload}, from 10,000 to a million keys"
    return Goal(number, what, large, OWN, most=most, of=small, inverted=True)


GOALS: list[Goal] = [
    *over("P1", python("get cached"), diskcache=10, sqlite=5, lmdb=2, dict=0.9),
    *over("P2", python("get cold"), sqlite=2, diskcache=4),
    *over("P2", python("get missing"), sqlite=40),
    *over("P3", python("set normal"), sqlite=1.1, diskcache=3),
    *over("P3", python("set full"), sqlite=1.1, diskcache=1.3, lmdb=1.9),
    *over("P4", python("batch set"), sqlite=1.8, diskcache=5),
    *over("P4", python("batch get"), sqlite=2, diskcache=5, lmdb=2),
    *over("P5", python("list 100"), sqlite=3, lmdb=1.5),
    growth("P5", "python", "list 100", 1.2),
    *over("P6", python("ycsb a"), sqlite=1.5),
    *over("P6", python("ycsb b"), sqlite=3),
    *over("P6", python("ycsb c"), sqlite=5.5),
    *over("P6", python("ycsb d"), sqlite=3),
    *over("P6", python("ycsb f"), sqlite=1.6),
    *over("P7", rust("durable sets", 1), rusqlite=0.97),
    *over("P7", rust("durable sets", 8), rusqlite=8, mutex=5),
    *over("P7", rust("durable sets", 32), mutex=10),
    Goal(
        "P8",
        "python: counter, 4 processes: longest wait, sqlite3's over ours",
        python("counter", 4),
        SQLITE,
        20,
        member="max_us",
        inverted=True,
    ),
    *over("P9", python("readers beside a writer", 3), lmdb=1, sqlite=3),
    *over("P10", python("import and open"), sqlite=1, diskcache=5),
    *over("P10", node("import and open"), better=3),
    *over("N1", node("get cached"), better=4, lmdb_js=1.4, keyv=50),
    *over("N1", node("batch get"), better=3.5),
    *over("N2", node("durable sets", 32), better=12, lmdb_js=1.8),
    *over("N2", node("set normal"), better=0.9),
    *over("R1", rust("get cached"), rusqlite=20, heed=4, redb=10),
    Goal(
        "R1",
        "rust: get cached beside 1,000 commits a second, cost over the quiet one",
        rust("get beside commits"),
        OWN,
        most=2,
        of=rust("get cached"),
        inverted=True,
    ),
    growth("S1", "rust", "get cold", 2),
    growth("S1", "rust", "list 100", 1.2),
    growth("S1", "rust", "set normal", 2.5),
    growth("S1", "python", "get cold", 2),
    growth("S1", "python", "list 100", 1.2),
    growth("S1", "python", "set normal", 2.5),
]
FILE_MB = 135
"""S1: what a million keys of 96 bytes may take."""


def table(results: Results) -> str:
    """Each goal that was measured, as Markdown; those that were not are named beneath."""
    lines = ["| # | what | goal | measured | |", "|---|---|---|---|---|"]
    unmeasured = []
    for goal in GOALS:
        ratio = goal.measured(results)
        if ratio is None:
            unmeasured.append(f"{goal.number} {goal.what}")
        else:
            met = "met" if goal.met(ratio) else "missed"
            lines.append(row(goal.number, [goal.what, goal.wanted(), times(ratio), met]))
    for language in results.languages():
        size = results.median(Case(language, "fill", MILLION, 1), OWN, "file_bytes")
        if size is not None:
            met = "met" if size <= FILE_MB * 1e6 else "missed"
            what = f"{language}: the file of a million keys of 96 bytes"
            lines.append(row("S1", [what, f"{FILE_MB} MB", f"{size / 1e6:.1f} MB", met]))
    text = "\n".join(lines)
    return f"{text}\n\nNot measured here: {'; '.join(unmeasured)}." if unmeasured else text
