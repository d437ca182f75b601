"""What a worker does with plugin state."""

from __future__ import annotations

from typing import Any

from spelling import build, spell

import statehold


def filled(who: str, n: int) -> list[tuple[str, int]]:
    """A state that says in many places whose it is, over several pages of the file."""
    return [(who, n)] * 300


def wrap(data: Any, version: int) -> dict[str, Any]:
    """A migration's step, which shows that it has run, where, and from what."""
    return {"was": data, "from": version, "by": "python"}


class Plugins:
    """The part of the worker that has to do with it."""

    store: statehold.Store

    def save(self, plugin: str, value: Any, version: int) -> int:
        return self.store.plugin(plugin).save(build(value), version)

    def migrate(self, plugin: str, target: int) -> tuple[int, int]:
        return self.store.plugin(plugin).migrate(target, dict.fromkeys(range(1, target + 1), wrap))

    def restore(self, plugin: str) -> int:
        return self.store.plugin(plugin).restore()

    def state(self, plugin: str) -> dict[str, Any]:
        """All that is to be seen of a plugin that has a state and a backup."""
        handle = self.store.plugin(plugin)
        state, diff = handle.load(), handle.diff()
        assert state is not None
        return {
            "version": state.version,
            "revision": state.revision,
            "data": spell(state.data),
            "backups": [[it.index, it.version, it.size, it.revision] for it in handle.list_backups()],
            "diff": [diff.from_version, diff.to_version, spell(diff.patch)],
        }

    def fill(self, plugin: str, who: str, times: int) -> dict[str, Any]:
        """Saves so often; gives the revisions, and what of the states read in between was mixed."""
        handle, revisions, mixed = self.store.plugin(plugin), [], []
        for n in range(times):
            revisions.append(handle.save(filled(who, n)))
            state = handle.load()
            assert state is not None
            if any(part != state.data[0] for part in state.data):
                mixed.append(state.revision)
        return {"revisions": revisions, "mixed": mixed}

    def climb(self, plugin: str, times: int) -> dict[str, Any]:
        """Adds one so often, each time over the revision that was seen; gives those, and the conflicts."""
        handle, won, lost = self.store.plugin(plugin), [], 0
        while len(won) < times:
            state = handle.load()
            seen, n = (state.revision, state.data) if state else (0, 0)
            try:
                handle.save(n + 1, if_revision=seen)
                won.append(seen)
            except statehold.ConflictError:
                lost += 1
        return {"won": won, "lost": lost}
