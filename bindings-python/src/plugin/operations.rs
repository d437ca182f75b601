//! The operations on a plugin's state, the same with the name and without.

/// Makes them for a class that has `terms`, and `of`, which gives the core's plugin; for one of all plugins `name` is
/// the first parameter of each.
macro_rules! operations {
    ($type:ty $(, $name:ident)?) => {
        #[pyo3::pymethods]
        impl $type {
            /// Saves data as the state and returns the revision; inside a transaction that is 0. What it replaces is
            /// kept as a backup by the same commit. `version` is the registered one if it isn't given, and 1 without
            /// that. With `if_revision`: raises `ConflictError` if the state is at another revision (0: none).
            /// Raises `StateTooNewError` over a newer state, unless `allow_newer`, and `ValidationError` for what
            /// breaks the schema that is registered for the version.
            #[pyo3(signature = ($($name,)? data, version = None, *, if_revision = None, allow_newer = false))]
            fn save(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                data: &Bound<'_, PyAny>,
                version: Option<Version>,
                if_revision: Option<u64>,
                allow_newer: bool,
            ) -> Result<u64> {
                let options = save_options(version, if_revision, allow_newer);
                let (plugin, data) = (self.of($($name)?), self.terms.json(data)?);
                Ok(py.detach(|| plugin.save_with(data, &options))?)
            }

            /// The state; None if there is none. One that is older than the registered version is migrated first,
            /// with the registered migrations, and committed. Raises `StateTooNewError` if it is newer than
            /// `version`, or without that than the registered one, unless `allow_newer`.
            #[pyo3(signature = ($($name,)? *, version = None, allow_newer = false))]
            fn load(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                version: Option<Version>,
                allow_newer: bool,
            ) -> Result<Option<PluginState>> {
                migration::load(py, &self.of($($name)?), &self.terms, version, allow_newer)
            }

            /// As `load`, for asyncio: the state, if there is one, or the migration to be run before.
            #[pyo3(name = "_begin_load", signature = ($($name,)? *, version = None, allow_newer = false))]
            fn begin_load<'py>(
                &self,
                py: Python<'py>,
                $($name: PluginName<'_>,)?
                version: Option<Version>,
                allow_newer: bool,
            ) -> Result<Bound<'py, PyAny>> {
                migration::begin_load(py, &self.of($($name)?), &self.terms, version, allow_newer)
            }

            /// Whether there is a state.
            #[pyo3(signature = ($($name)?))]
            fn exists(&self, py: Python<'_> $(, $name: PluginName<'_>)?) -> Result<bool> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| plugin.exists())?)
            }

            /// Removes the state, which becomes a backup; with `backups` these are removed, too. Returns whether
            /// there was anything to remove.
            #[pyo3(signature = ($($name,)? *, backups = false))]
            fn clear(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                backups: bool,
            ) -> Result<bool> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| if backups { plugin.clear_all() } else { plugin.clear() })?)
            }

            /// Brings the state to version `target`, step by step on a copy, and commits the result; the old state is
            /// kept as a backup. `migrations` has for each version the function that leads *to* it: of the data and
            /// of the version that these have, it returns the new data. Where it has none, the registered one is
            /// taken. If somebody saves in between, all of it is run again, so the functions should do nothing else.
            /// Returns the version before and the version now. A state that is at the target or past it stays as it
            /// is. Raises `MigrationError`, caused by what a step raised.
            #[pyo3(signature = ($($name,)? target, migrations = None))]
            fn migrate(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                target: Version,
                migrations: Option<Functions>,
            ) -> Result<(u32, u32)> {
                Migration::begin(py, &self.of($($name)?), &self.terms, target, migrations)?.run(py)
            }

            /// What `migrate` would change. Runs the functions and writes nothing.
            #[pyo3(signature = ($($name,)? target, migrations = None))]
            fn dry_run_migrate(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                target: Version,
                migrations: Option<Functions>,
            ) -> Result<MigrationPreview> {
                let migration =
                    Migration::begin(py, &self.of($($name)?), &self.terms, target, migrations)?;
                migration.run_steps(py)?;
                migration.preview(py)
            }

            /// A migration, for asyncio.
            #[pyo3(name = "_begin_migration", signature = ($($name,)? target, migrations = None))]
            fn begin_migration(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                target: Version,
                migrations: Option<Functions>,
            ) -> Result<Migration> {
                Migration::begin(py, &self.of($($name)?), &self.terms, target, migrations)
            }

            /// Whether the state satisfies a function of its data, or a JSON Schema; without one, the schema that is
            /// registered for its version. Without a state it does, and no function is called. Raises
            /// `ValidationError`, caused by what the function raised.
            #[pyo3(signature = ($($name,)? validator = None))]
            fn validate(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                validator: Option<&Bound<'_, PyAny>>,
            ) -> Result<bool> {
                validation::validate(py, &self.of($($name)?), &self.terms, validator)
            }

            /// The data that a validator gets, as a tuple of one, for asyncio; None without a state.
            #[pyo3(name = "_begin_validation", signature = ($($name)?))]
            fn begin_validation<'py>(
                &self,
                py: Python<'py>
                $(, $name: PluginName<'_>)?
            ) -> Result<Option<(Bound<'py, PyAny>,)>> {
                validation::begin(py, &self.of($($name)?))
            }

            /// What is to be raised when a validator has raised, for asyncio.
            #[pyo3(name = "_validation_failed", signature = ($($name,)? cause))]
            fn validation_failed<'py>(
                &self,
                py: Python<'py>,
                $($name: PluginName<'_>,)?
                cause: &Bound<'py, PyAny>,
            ) -> Bound<'py, PyAny> {
                let cause = PyErr::from_value(cause.clone());
                validation::failed(py, &self.of($($name)?), cause).into_value(py).into_bound(py).into_any()
            }

            /// Everything in the state that breaks a JSON Schema, each with its `path` and a `message`; without one,
            /// the schema that is registered for its version. Empty if it is valid, or there is no state.
            #[pyo3(signature = ($($name,)? schema = None))]
            fn violations(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                schema: Option<&Bound<'_, PyAny>>,
            ) -> Result<validation::Violations> {
                validation::violations(py, &self.of($($name)?), &self.terms, schema)
            }

            /// The backups, the newest first: index 0 is the state that was replaced last.
            #[pyo3(signature = ($($name)?))]
            fn list_backups(
                &self,
                py: Python<'_>
                $(, $name: PluginName<'_>)?
            ) -> Result<Vec<PluginBackup>> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| plugin.list_backups())?.into_iter().map(Into::into).collect())
            }

            /// Makes a backup the state again and returns the revision; inside a transaction that is 0. The two
            /// change places, so nothing is lost, and restoring 0 undoes it.
            #[pyo3(signature = ($($name,)? index = 0))]
            fn restore(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                index: usize,
            ) -> Result<u64> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| plugin.restore(index))?)
            }

            /// What restoring a backup would change. Writes nothing.
            #[pyo3(signature = ($($name,)? index = 0))]
            fn diff(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                index: usize,
            ) -> Result<StateDiff> {
                let plugin = self.of($($name)?);
                StateDiff::of(py, &py.detach(|| plugin.diff(index))?)
            }

            /// The state as a JSON document: `version`, `data`, and `metadata` with `plugin_name` and
            /// `last_modified` (RFC 3339, UTC).
            #[pyo3(signature = ($($name)?))]
            fn export(&self, py: Python<'_> $(, $name: PluginName<'_>)?) -> Result<String> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| plugin.export())?)
            }

            /// Writes the document of `export` to a file, which has either its old content or all of the new one at
            /// any time, and can be read by its owner alone.
            #[pyo3(signature = ($($name,)? path))]
            fn export_file(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                path: PathBuf,
            ) -> Result<()> {
                let plugin = self.of($($name)?);
                Ok(py.detach(|| plugin.export_file(path))?)
            }

            /// Saves the state that a document of `export` holds, of the version that it says, and returns the
            /// revision. All that holds for `save` holds here.
            #[pyo3(signature = ($($name,)? text, *, if_revision = None, allow_newer = false))]
            fn import_(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                text: &str,
                if_revision: Option<u64>,
                allow_newer: bool,
            ) -> Result<u64> {
                let (plugin, options) = (self.of($($name)?), save_options(None, if_revision, allow_newer));
                Ok(py.detach(|| plugin.import(text, &options))?)
            }

            /// As `import_`, from a file.
            #[pyo3(signature = ($($name,)? path, *, if_revision = None, allow_newer = false))]
            fn import_file(
                &self,
                py: Python<'_>,
                $($name: PluginName<'_>,)?
                path: PathBuf,
                if_revision: Option<u64>,
                allow_newer: bool,
            ) -> Result<u64> {
                let (plugin, options) = (self.of($($name)?), save_options(None, if_revision, allow_newer));
                Ok(py.detach(|| plugin.import_file(path, &options))?)
            }

            /// Tells what the program knows of the plugin's state, for as long as the store is open: the newest
            /// version (without it the highest that has a schema or a migration), the JSON Schema of each version,
            /// the function that leads *to* each version, and how many backups to keep. From now on `save` refuses
            /// data that breaks the schema of its version, `load` migrates older states first, and both refuse newer
            /// ones. It replaces what was registered before.
            #[pyo3(signature = ($($name,)? *, version = None, schemas = None, migrations = None, max_backups = None))]
            fn register(
                &self,
                $($name: PluginName<'_>,)?
                version: Option<Version>,
                schemas: Option<Versioned<'_>>,
                migrations: Option<Functions>,
                max_backups: Option<u32>,
            ) -> Result<()> {
                registered::register(
                    &self.of($($name)?), &self.terms, version, schemas, migrations, max_backups,
                )
            }
        }
    };
}

pub(crate) use operations;
