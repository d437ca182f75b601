"""Mistakes, by the names that all three languages know them by."""

from __future__ import annotations

from pathlib import Path

from spelling import nested

import statehold


def make(name: str, folder: str) -> None:
    """Makes a mistake; the folder holds a file that is no store and one of a newer format."""
    match name:
        case "not a store":
            statehold.open(Path(folder) / "notes.txt")
        case "newer format":
            statehold.open(Path(folder) / "newer.db")
        case "folder":
            statehold.open(folder)
        case "missing":
            statehold.open(Path(folder) / "missing.db", create=False)
        case "misspelt option":
            statehold.open(":memory:", **{"durabilty": "full"})
        case "option out of range":
            statehold.open(":memory:", durability="sometimes")
        case _:
            _make_in_store(name)


def _make_in_store(name: str) -> None:
    store = statehold.open(":memory:", max_value_bytes=1000)
    ns = store.namespace("a")
    ns.set("text", "t")
    ns.set("bytes", b"b")
    ns.set("largest", 2**64 - 1)
    match name:
        case "empty key":
            ns.set("", 1)
        case "key with NUL":
            ns.get("a\0b")
        case "long key":
            ns.exists("k" * 1025)
        case "long namespace":
            store.namespace("n" * 256).set("k", 1)
        case "unclosed range":
            ns.list("a[b")
        case "not a number":
            ns.set("k", {"users": [1, {"age": float("nan")}]})
        case "integer out of range":
            ns.set("k", [2**64])
        case "nested too deep":
            ns.set("k", nested(101))
        case "value too large":
            ns.set("k", "v" * 1000)
        case "no time to live":
            ns.set("k", 1, ttl=0)
        case "ttl and keep_ttl":
            ns.set("k", 1, ttl=1, keep_ttl=True)
        case "increment of a text":
            ns.increment("text")
        case "increment out of range":
            ns.increment("largest")
        case "merge into bytes":
            ns.merge("bytes", {"a": 1})
        case "ttl of a missing key":
            ns.get_ttl("missing")
        case "absent but there":
            ns.set("text", 1, only_if_absent=True)
        case "present but missing":
            ns.set("missing", 1, only_if_present=True)
        case "other revision":
            ns.set("bytes", 1, if_revision=99)
        case "check of an atomic commit":
            store.atomic().check("a", "text", None).set("a", "k", 1).commit()
        case "closed":
            store.close()
            ns.get("text")
        case "ended transaction":
            with store.transaction() as tx:
                inside = tx.namespace("a")
            inside.set("k", 1)
        case _:
            raise ValueError(f"{name} is not known")
