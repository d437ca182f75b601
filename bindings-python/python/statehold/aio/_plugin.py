"""The states of plugins, for asyncio: migrations and validators may be coroutine functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from .. import _statehold
from .._statehold import Migration, MigrationPreview, PluginState
from ._threads import patient, quick, reading, settle, writing

if TYPE_CHECKING:
    from ._store import Store
    from ._transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")
Migrations = Mapping[int, Callable[[Any, int], Any]]


class Plugin:
    """As :class:`statehold.Plugin`."""

    def __init__(self, owner: Store | Transaction, name: str) -> None:
        self._native = owner._native.plugin(name)
        self._read, self._write = quick, owner._write

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self._native.name

    save = writing(_statehold.Plugin.save)
    exists = reading(_statehold.Plugin.exists)
    clear = writing(_statehold.Plugin.clear)
    violations = reading(_statehold.Plugin.violations)
    list_backups = reading(_statehold.Plugin.list_backups)
    restore = writing(_statehold.Plugin.restore)
    diff = reading(_statehold.Plugin.diff)
    export = reading(_statehold.Plugin.export)
    export_file = reading(_statehold.Plugin.export_file)
    import_ = writing(_statehold.Plugin.import_)
    import_file = writing(_statehold.Plugin.import_file)

    async def load(self, *, version: int | None = None, allow_newer: bool = False) -> PluginState | None:
        """The state; an older one than the registered version is migrated first."""
        begin = self._native._begin_load
        while isinstance(
            found := await self._read(begin, version=version, allow_newer=allow_newer), Migration
        ):
            await self._run(found)
        state: PluginState | None = found
        return state

    async def migrate(self, target: int, migrations: Migrations | None = None) -> tuple[int, int]:
        """Brings the state to version ``target``, by functions that may be coroutine functions."""
        return await self._run(await self._read(self._native._begin_migration, target, migrations))

    async def dry_run_migrate(self, target: int, migrations: Migrations | None = None) -> MigrationPreview:
        """What :meth:`migrate` would change. Runs the functions and writes nothing."""
        migration = await self._read(self._native._begin_migration, target, migrations)
        await self._run_steps(migration)
        return await self._read(migration.preview)

    async def validate(self, validator: Any = None) -> bool:
        """Whether the state satisfies a function, which may be a coroutine function, or a JSON Schema."""
        if not callable(validator):
            return await self._read(self._native.validate, validator)
        found = await self._read(self._native._begin_validation)
        if found is None:
            return True
        try:
            return bool(await settle(validator(found[0])))
        except Exception as cause:
            raise self._native._validation_failed(cause) from cause

    def register(
        self,
        *,
        version: int | None = None,
        schemas: Mapping[int, Any] | None = None,
        migrations: Migrations | None = None,
        max_backups: int | None = None,
    ) -> None:
        """Tells what the program knows of the state. The migrations may be coroutine functions."""
        self._native.register(
            version=version, schemas=schemas, migrations=migrations, max_backups=max_backups
        )

    async def _run(self, migration: Migration) -> tuple[int, int]:
        while True:
            await self._run_steps(migration)
            migrated = await self._write(migration.commit)
            if migrated is not None:
                return migrated

    async def _run_steps(self, migration: Migration) -> None:
        while (step := migration.next_step()) is not None:
            function, data, version = step
            try:
                made = await settle(function(data, version))
            except Exception as cause:
                raise migration.step_failed(cause) from cause
            await self._read(migration.step_done, made)

    def __repr__(self) -> str:
        return f"<aio.Plugin {self.name!r}>"


def _named(method: Callable[Concatenate[Plugin, P], T]) -> Callable[Concatenate[PluginStates, str, P], T]:
    """A method of a plugin with the plugin's name first."""

    @functools.wraps(method)
    def call(self: PluginStates, name: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self.plugin(name), *args, **kwargs)

    of_plugin = inspect.signature(method)
    itself, *others = of_plugin.parameters.values()
    name = inspect.Parameter("name", inspect.Parameter.POSITIONAL_ONLY)
    itself = itself.replace(kind=inspect.Parameter.POSITIONAL_ONLY)
    vars(call)["__signature__"] = of_plugin.replace(parameters=[itself, name, *others])
    return call


class PluginStates:
    """As :class:`statehold.PluginStates`."""

    _read = quick
    _write = patient

    def __init__(self, owner: Store | Transaction) -> None:
        self._owner = owner
        self._native = owner._native.plugin_states()

    def plugin(self, name: str) -> Plugin:
        """The state of one plugin."""
        return Plugin(self._owner, name)

    names = reading(_statehold.PluginStates.names)
    save = _named(Plugin.save)
    load = _named(Plugin.load)
    exists = _named(Plugin.exists)
    clear = _named(Plugin.clear)
    migrate = _named(Plugin.migrate)
    dry_run_migrate = _named(Plugin.dry_run_migrate)
    validate = _named(Plugin.validate)
    violations = _named(Plugin.violations)
    list_backups = _named(Plugin.list_backups)
    restore = _named(Plugin.restore)
    diff = _named(Plugin.diff)
    export = _named(Plugin.export)
    export_file = _named(Plugin.export_file)
    import_ = _named(Plugin.import_)
    import_file = _named(Plugin.import_file)
    register = _named(Plugin.register)
