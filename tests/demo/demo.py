"""The Python part of the demo: the distributions of this environment and their files, put into the store.

``demo.py load FILE`` waits for a line on its standard input, so that all languages start together; ``demo.py
check FILE`` looks at what all of them wrote. Both report one JSON object a line. ``demo.rs`` and ``demo.mjs``
do the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import statehold

sys.path.insert(0, str(Path(__file__).parents[1] / "workers"))
from spelling import digest

BATCH = 25
LANGUAGES = ("rust", "python", "node")


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


class Item(NamedTuple):
    """Something to be stored."""

    namespace: str
    key: str
    value: Any
    digest: str


def collect() -> Iterator[tuple[str, str, Any]]:
    """What there is to be stored: namespace, key, value."""
    for distribution in metadata.distributions():
        name = f"{distribution.metadata['Name']}@{distribution.version}"
        yield "python:distributions", name, distribution.metadata.json
        for file in distribution.files or ():
            value = {"size": file.size, "hash": file.hash and f"{file.hash.mode}={file.hash.value}"}
            yield "python:files", f"{name}/{file}", value


def load(store: statehold.Store) -> None:
    # The same file can be listed twice; the later one counts.
    items = list({item[:2]: Item(*item, digest(item[2])) for item in collect()}.values())
    say(ready=len(items))
    sys.stdin.readline()
    heartbeat = store.namespace("heartbeat", ttl=60)
    heartbeat.set("starting:python", True, ttl=0.02)
    batches = [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
    for number, batch in enumerate(batches, 1):
        store.transact(lambda tx, batch=batch: store_batch(tx, batch))  # may be run again: does nothing else
        store.namespace("counters").increment("batches")
        heartbeat.set("python", {"pid": os.getpid(), "batch": number})
        say(done=min(number * BATCH, len(items)))
    store.namespace("reports").set("python", {"items": len(items), "batches": len(batches)})


def store_batch(tx: statehold.Transaction, batch: list[Item]) -> None:
    """One commit over four namespaces: the values, where they are, and how many there are by now."""
    for namespace in {item.namespace for item in batch}:
        own = {item.key: item.value for item in batch if item.namespace == namespace}
        tx.namespace(namespace).batch_set(own)
    index = {
        f"{item.namespace}/{item.key}": {"namespace": item.namespace, "key": item.key, "digest": item.digest}
        for item in batch
    }
    tx.namespace("index").batch_set(index)
    tx.namespace("totals").increment("python", len(batch))
    tx.namespace("totals").increment("all", len(batch))


def check(store: statehold.Store) -> int:
    """Compares what every language wrote with what it said that it wrote."""
    wrong: list[str] = []

    def expect(what: str, found: Any, expected: Any) -> None:
        if found != expected:
            wrong.append(f"{what}: {found!r} instead of {expected!r}")

    snapshot = store.snapshot()
    index, totals, reports = (snapshot.namespace(name) for name in ("index", "totals", "reports"))
    checked = 0
    for language in LANGUAGES:
        total = totals.get(language)
        expect(f"report of {language}", reports.get(language, {}).get("items"), total)
        keys = index.list(f"{language}:*")
        expect(f"index of {language}", len(keys), total)
        counts = [snapshot.namespace(name).count() for name in store.namespaces(f"{language}:*")]
        expect(f"keys of {language}", sum(counts), total)
        for key, entry in index.items(f"{language}:*"):
            value = snapshot.namespace(entry["namespace"]).get(entry["key"])
            expect(key, digest(value), entry["digest"])
            checked += 1
        ttl = store.namespace("heartbeat").get_ttl(language)
        expect(f"heartbeat of {language}", ttl is not None and 0 < ttl <= 60, True)
        expect(f"starting:{language}", store.namespace("heartbeat").exists(f"starting:{language}"), False)
    expect("total", totals.get("all"), sum(totals.get(language) for language in LANGUAGES))
    batches = sum(reports.get(language, {}).get("batches", 0) for language in LANGUAGES)
    expect("counter", snapshot.namespace("counters").get("batches"), batches)
    expect("problems of the journal", store.verify_journal().problems, [])
    snapshot.close()
    say(checked=checked, wrong=wrong)
    return 1 if wrong else 0


def main() -> int:
    _, part, file = sys.argv
    with statehold.open(file, label="python") as store:
        if part == "check":
            return check(store)
        load(store)
        return 0


sys.exit(main())
