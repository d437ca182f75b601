"""A `package-lock.json` as one plugin's state, over the three forms that npm has given it.

The document of `lockfileVersion` 1 is saved and migrated twice, 1 to 2 to 3; each result must be the document
that stands in `tests/data/lockfiles`. Then the middle one is restored, and told what that changes.

Run it with ``python bindings-python/examples/plugin_lockfile.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import statehold

LOCKFILES = Path(__file__).parents[2] / "tests" / "data" / "lockfiles"

Members = dict[str, Any]


def document(version: int) -> Members:
    parsed: Members = json.loads((LOCKFILES / f"v{version}.json").read_text(encoding="utf-8"))
    return parsed


def list_packages(old: Members, version: int) -> Members:
    """Version 1 nests what is installed; version 2 also lists it by its place in ``node_modules``."""
    packages: Members = {"": {"name": old["name"], "version": old["version"]}}
    collect(old.get("dependencies", {}), "", packages)
    return {**old, "lockfileVersion": 2, "packages": dict(sorted(packages.items()))}


def collect(dependencies: Members, inside: str, packages: Members) -> None:
    """Adds dependencies and those nested in them, each under the folder that it lies in."""
    for name, dependency in dependencies.items():
        place = f"{inside}node_modules/{name}"
        renamed = {"requires": "dependencies"}
        packages[place] = {
            renamed.get(member, member): value
            for member, value in dependency.items()
            if member != "dependencies"
        }
        collect(dependency.get("dependencies", {}), f"{place}/", packages)


def drop_dependencies(old: Members, version: int) -> Members:
    """Version 3 keeps the list alone."""
    kept = {member: value for member, value in old.items() if member != "dependencies"}
    return {**kept, "lockfileVersion": 3}


def main() -> None:
    with statehold.open(":memory:") as store:
        lockfile = store.plugin("npm/lockfile")
        lockfile.register(migrations={2: list_packages, 3: drop_dependencies})
        lockfile.save(document(1), version=1)

        for target in (2, 3):
            before, after = lockfile.migrate(target)
            print(f"migrated from version {before} to {after}")
            state = lockfile.load(version=target)
            assert state is not None
            assert (state.version, state.data) == (target, document(target))

        for backup in lockfile.list_backups():
            print(f"backup {backup.index}: version {backup.version}, {backup.size} bytes")
        diff = lockfile.diff(0)
        print(f"restoring backup 0 leads from version {diff.from_version} to {diff.to_version}:")
        for change in diff.patch:
            print(f"  {change['op']} {change['path']}")
        lockfile.restore(0)
        # Without the version that is asked for, a load would migrate it to version 3 again.
        state = lockfile.load(version=2)
        assert state is not None
        assert (state.version, state.data) == (2, document(2))
        print(f"the state has version {state.version} again")


if __name__ == "__main__":
    main()
