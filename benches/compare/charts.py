"""Draws the charts of the README files, the same bytes for the same figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure
from results import OWN, Case, Results

KEYS = 10_000
# Told apart, and read, on white and on the black of GitHub's dark mode, and so is the text.
OURS, THEIRS = "#2f81f7", "#9aa4b2"
INK = "#848d97"
SHADES = ("#9aa4b2", "#c2813c", "#4f9d69", "#a371c7", "#c65d6e", "#b0a23c")


class Chart(NamedTuple):
    """Panels beside each other, each of one case, with a bar for each peer."""

    name: str
    title: str
    language: str
    cases: tuple[tuple[str, int, int], ...]
    """Workload, keys and workers."""


def alone(*workloads: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((workload, KEYS, 1) for workload in workloads)


READS = alone("get cached", "get cold", "get missing", "batch get", "list 100")
WRITES = alone("set normal", "set full", "batch set")
MIXES = alone(*(f"ycsb {mix}" for mix in "abcdf"))
CHARTS = (
    Chart("python-reads", "Python: reads a second", "python", READS),
    Chart("python-writes", "Python: writes a second", "python", (*WRITES, ("durable sets", KEYS, 32))),
    Chart("python-ycsb", "Python: YCSB, operations a second", "python", MIXES),
    Chart(
        "python-processes",
        "Python: several processes, operations a second",
        "python",
        (("readers beside a writer", KEYS, 3), *(("counter", KEYS, workers) for workers in (1, 2, 4))),
    ),
    Chart("node-reads", "Node: reads a second", "node", READS),
    Chart("node-writes", "Node: writes a second", "node", (*WRITES, ("durable sets", KEYS, 32))),
    Chart("node-ycsb", "Node: YCSB, operations a second", "node", MIXES),
    Chart("rust-reads", "Rust: reads a second", "rust", (*READS, ("get beside commits", KEYS, 1))),
    Chart("rust-writes", "Rust: writes a second", "rust", WRITES),
    Chart("rust-ycsb", "Rust: YCSB, operations a second", "rust", MIXES),
)


def draw(results: Results, folder: Path) -> list[Path]:
    """Draws what there are figures for, and gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    matplotlib.rcParams.update(
        {
            # Else its ids are random.
            "svg.hashsalt": "statehold",
            # As text, which is small and can be searched.
            "svg.fonttype": "none",
            "font.size": 9,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    drawn = [(folder / f"{chart.name}.svg", bars(results, chart)) for chart in CHARTS]
    drawn.append((folder / "rust-threads.svg", threads(results)))
    files = []
    for file, figure in drawn:
        if figure is not None:
            figure.savefig(file, transparent=True, metadata={"Date": None})
            # Without the spaces that it leaves at the ends of lines.
            lines = [line.rstrip() for line in file.read_text().splitlines()]
            file.write_text("\n".join(lines) + "\n")
            files.append(file)
    return files


def compact(rate: float) -> str:
    """Three digits at most."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if rate >= size * 0.9995:
            scaled = rate / size
            return f"{scaled:.0f}{unit}" if scaled >= 100 else f"{scaled:.3g}{unit}"
    return f"{rate:.3g}"


def bars(results: Results, chart: Chart) -> Figure | None:
    """One panel a case. On a logarithmic axis: peers are up to a thousand times apart."""
    cases = [Case(chart.language, *case) for case in chart.cases]
    cases = [case for case in cases if results.median(case, OWN) is not None]
    if not cases:
        return None
    peers = results.peers(chart.language, cases)
    height = 0.2 * len(peers) + 0.35
    figure = Figure(figsize=(8, height * len(cases) + 0.5), layout="constrained")
    panels: Any = figure.subplots(len(cases), 1, sharex=True, squeeze=False)
    for panel, case in zip(panels[:, 0], cases, strict=True):
        measured = [(peer, results.median(case, peer)) for peer in peers]
        found = [(peer, rate) for peer, rate in measured if rate is not None]
        names, rates = [peer for peer, _ in found], [rate for _, rate in found]
        drawn = panel.barh(names, rates, color=[OURS if name == OWN else THEIRS for name in names])
        panel.bar_label(drawn, [compact(rate) for rate in rates], padding=3, color=INK, fontsize=8)
        panel.set_title(str(case), loc="left", fontsize=9, color=INK)
        # From the top down, and as thick in each panel, whoever is missing.
        panel.set_ylim(len(peers) - 0.5, -0.5)
        panel.set_xscale("log")
        plain(panel)
        for label in panel.get_yticklabels():
            label.set_fontweight("bold" if label.get_text() == OWN else "normal")
    lowest, highest = limits(results, cases, peers)
    panels[0, 0].set_xlim(lowest, highest)
    figure.suptitle(f"{chart.title} (longer is better, logarithmic)", fontsize=10, color=INK)
    return figure


def limits(results: Results, cases: list[Case], peers: list[str]) -> tuple[float, float]:
    """With room for the figures at the ends of the bars."""
    rates = [rate for case in cases for peer in peers if (rate := results.median(case, peer)) is not None]
    return min(rates) / 3, max(rates) * 4


def threads(results: Results) -> Figure | None:
    """How durable sets grow with the threads that make them."""
    cases = [case for case in results.cases("rust") if case.workload == "durable sets"]
    if not cases:
        return None
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    panel: Any = figure.subplots()
    for number, peer in enumerate(results.peers("rust", cases)):
        measured = [(case.workers, results.median(case, peer)) for case in cases]
        points = [(workers, rate) for workers, rate in measured if rate is not None]
        colour, width = (OURS, 2.5) if peer == OWN else (SHADES[number % len(SHADES)], 1.5)
        at, rates = [workers for workers, _ in points], [rate for _, rate in points]
        panel.plot(at, rates, marker="o", color=colour, linewidth=width, label=peer)
        panel.annotate(compact(rates[-1]), (at[-1], rates[-1]), xytext=(6, -3), textcoords="offset points")
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    counts = sorted({case.workers for case in cases})
    panel.set_xticks(counts, [str(count) for count in counts])
    panel.set_xlabel("threads")
    panel.legend(frameon=False, labelcolor=INK)
    plain(panel)
    figure.suptitle("Rust: durable sets a second, by threads (logarithmic)", fontsize=10, color=INK)
    return figure


def plain(panel: Any) -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.minorticks_off()
    panel.patch.set_alpha(0)
