"""Reads what the comparisons of all languages have measured; prints tables and goals, and draws the charts.

    python benches/compare/report.py python.jsonl node.jsonl rust.jsonl [--charts benches/charts]

Each comparison writes JSON lines. This is the format, the same for all languages:

    {"language": "python", "workload": "get cached", "peer": "statehold", "keys": 10000, "workers": 1,
     "round": 0, "per_second": 1460000, "p50_us": 0.6, "p99_us": 1.1, "max_us": 90.2,
     "rss_bytes": 3000000, "file_bytes": 1900000}

| member | what it is |
|---|---|
| `language` | `python`, `node` or `rust` |
| `workload` | one of those below |
| `peer` | `statehold`, or the peer's name as the tables show it |
| `keys` | how many keys the store holds; for `fill`: in the end |
| `workers` | threads, processes or calls that are under way at a time |
| `round` | from 0 on; ratios are taken within a round, and of those the median |
| `per_second` | operations a second, of all workers together |
| `p50_us`, `p99_us`, `max_us` | how long a call took, by another pass, as a look at the clock costs time |
| `rss_bytes` | the most memory that was resident, less what was so before the store was opened |
| `file_bytes` | what the files take on the disk, once the store is closed |

All but the first seven members may be missing, or null. A peer that can't do a workload has no line. One line
of each run says where it was measured:

    {"language": "rust", "machine": {"cores": 2, "kernel": "Linux 6.1", "versions": {"redb": "3.1.0"}}}

A key is `key:` with a number of six digits, a value an object whose JSON text has 100 bytes, 96 in a store of
a million keys, and changed whenever it is overwritten. Durability is `normal` (survives a crash of the
process) unless said otherwise; `full` also survives power loss.

| workload | an operation |
|---|---|
| `get cached` | one key, in random order, all of which were read before |
| `get cold` | the same with statehold's own cache turned off (`cache_bytes=0`); the peers as before |
| `get missing` | a key that is not there, and was asked for before |
| `set normal`, `set full` | one key is overwritten, at that durability |
| `batch get`, `batch set` | 1,000 keys in one call or transaction |
| `list 100` | the 100 keys with a prefix, sorted |
| `counter` | adds 1 to the one key, at `full`; by 1, 2 and 4 processes; none may be lost |
| `durable sets` | one key is overwritten at `full`, by so many threads, or in Node calls, at a time |
| `ycsb a`, `ycsb b`, `ycsb c`, `ycsb d`, `ycsb f` | the mixes of YCSB, keys by a Zipf distribution of 0.99 |
| `open` | open and first get, in a fresh process |
| `import and open` | the same with loading the library |
| `fill` | 1,000 new keys in one transaction, until the store holds a million |
| `readers beside a writer` | reads of 3 processes while a fourth makes 100 commits a second |
| `get beside commits` | `get cached` while another process makes 1,000 commits a second |

The peers of Rust are `rusqlite` (for `durable sets` a connection for each thread), `rusqlite, one connection`
(only for `durable sets`, behind a mutex), `redb`, `fjall`, `heed` and `HashMap`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import goals
from results import Results


def machines(results: Results) -> str:
    lines = []
    for language, machine in results.machines.items():
        versions = ", ".join(f"{name} {version}" for name, version in machine.get("versions", {}).items())
        lines.append(f"- {language}: {machine.get('cores')} cores, {machine.get('kernel')}; {versions}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benches/compare/report.py", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the JSON lines of a comparison")
    parser.add_argument("--charts", type=Path, metavar="FOLDER", help="where to draw the charts, as SVG")
    given = parser.parse_args()
    results = Results.read(given.files)
    print(machines(results))
    for language in results.languages():
        print(f"\n## {language.capitalize()}\n\n{results.table(language)}")
    print(f"\n## Goals\n\n{goals.table(results)}")
    if given.charts is not None:
        # It takes a second to load, and is not needed for the tables.
        import charts

        for file in charts.draw(results, given.charts):
            print(f"\n{file} was drawn")


if __name__ == "__main__":
    main()
