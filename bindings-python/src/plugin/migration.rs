//! Migrating a plugin's state by functions of the caller's, step by step: the core says which is next, and they are
//! called here, or under asyncio by the event loop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use statehold::{Error, LoadOptions, Loading, MigrationStep};

use super::{MigrationPreview, PluginState};
use crate::arg::{Functions, Version};
use crate::error::{Failure, Result, caused};
use crate::value::{self, Terms};

/// A migration under way.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Migration {
    /// None once it is over.
    inner: Mutex<Option<statehold::Migration>>,
    plugin: String,
    /// The caller's functions, besides those that are registered.
    given: Functions,
    terms: Arc<Terms>,
}

/// A function of the data and of their version.
type Step<'py> = (Py<PyAny>, Bound<'py, PyAny>, u32);

const OVER: Error = Error::Closed { what: "the migration", advice: "begin another one" };

/// The state, after the migration that it may need first.
pub(super) fn load(
    py: Python<'_>,
    plugin: &statehold::Plugin,
    terms: &Arc<Terms>,
    version: Option<Version>,
    allow_newer: bool,
) -> Result<Option<PluginState>> {
    let options = load_options(version, allow_newer);
    loop {
        match py.detach(|| plugin.begin_load(&options))? {
            Loading::Loaded(state) => return state.map(|state| PluginState::of(py, state)).transpose(),
            Loading::Migrate(inner) => Migration::new(plugin, terms, inner, Functions::default()).run(py)?,
        };
        py.check_signals()?;
    }
}

pub(super) fn begin_load<'py>(
    py: Python<'py>,
    plugin: &statehold::Plugin,
    terms: &Arc<Terms>,
    version: Option<Version>,
    allow_newer: bool,
) -> Result<Bound<'py, PyAny>> {
    let options = load_options(version, allow_newer);
    Ok(match py.detach(|| plugin.begin_load(&options))? {
        Loading::Loaded(None) => py.None().into_bound(py),
        Loading::Loaded(Some(state)) => Bound::new(py, PluginState::of(py, state)?)?.into_any(),
        Loading::Migrate(inner) => {
            Bound::new(py, Migration::new(plugin, terms, inner, Functions::default()))?.into_any()
        }
    })
}

fn load_options(version: Option<Version>, allow_newer: bool) -> LoadOptions {
    let mut options = LoadOptions::new().allow_newer(allow_newer);
    options.version = version.map(|version| version.0);
    options
}

impl Migration {
    fn new(
        plugin: &statehold::Plugin,
        terms: &Arc<Terms>,
        inner: statehold::Migration,
        given: Functions,
    ) -> Self {
        let plugin = plugin.name().to_owned();
        Self { inner: Mutex::new(Some(inner)), plugin, given, terms: terms.clone() }
    }

    pub(super) fn begin(
        py: Python<'_>,
        plugin: &statehold::Plugin,
        terms: &Arc<Terms>,
        target: Version,
        given: Option<Functions>,
    ) -> Result<Self> {
        let given = given.unwrap_or_default();
        let versions: Vec<u32> = given.0.keys().copied().collect();
        let inner = py.detach(|| plugin.begin_migration(target.0, &versions))?;
        Ok(Self::new(plugin, terms, inner, given))
    }

    /// Runs the steps and commits, until nobody has saved in between.
    pub(super) fn run(&self, py: Python<'_>) -> Result<(u32, u32)> {
        loop {
            self.run_steps(py)?;
            if let Some(migrated) = self.commit(py)? {
                return Ok(migrated);
            }
            py.check_signals()?;
        }
    }

    pub(super) fn run_steps(&self, py: Python<'_>) -> Result<()> {
        while let Some((function, data, version)) = self.next_step(py)? {
            match function.call1(py, (data, version)) {
                Ok(made) => self.step_done(py, made.bind(py))?,
                Err(cause) => return Err(self.failed(py, cause)),
            }
        }
        Ok(())
    }

    /// Taken detached, so that a thread that waits for it does not keep its holder from going on.
    fn lock(&self) -> MutexGuard<'_, Option<statehold::Migration>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of the step at hand. What is no error, as Ctrl-C, goes through.
    fn failed(&self, py: Python<'_>, cause: PyErr) -> Failure {
        if !cause.is_instance_of::<PyException>(py) {
            return cause.into();
        }
        let reason = cause.to_string();
        match py.detach(|| self.lock().as_ref().map(|migration| migration.step_failed(&reason))) {
            Some(error) => caused(py, error, cause).into(),
            None => OVER.into(),
        }
    }
}

#[pymethods]
impl Migration {
    /// The next step: its function, the data, and the version that these have; None when all are done.
    fn next_step<'py>(&self, py: Python<'py>) -> Result<Option<Step<'py>>> {
        let step = py.detach(|| Ok(self.lock().as_ref().ok_or(OVER)?.next_step()));
        let step: Result<_, Error> = step;
        let Some(MigrationStep { from_version, to_version, data, .. }) = step? else { return Ok(None) };
        let given = self.given.0.get(&to_version).map(|function| function.clone_ref(py));
        let function = given.or_else(|| self.terms.registered.function(py, &self.plugin, to_version));
        let Some(function) = function else {
            let reason = "its function is no longer registered";
            let error = py.detach(|| self.lock().as_ref().map_or(OVER, |it| it.step_failed(reason)));
            return Err(error.into());
        };
        Ok(Some((function, value::from_json(py, data.as_str())?, from_version)))
    }

    /// Hands in what the function returned.
    fn step_done(&self, py: Python<'_>, made: &Bound<'_, PyAny>) -> Result<()> {
        let made = match self.terms.json(made) {
            Ok(made) => made,
            Err(cause) => return Err(self.failed(py, cause.into())),
        };
        Ok(py.detach(|| self.lock().as_mut().ok_or(OVER)?.step_done(made))?)
    }

    /// What is to be raised when the function has raised.
    fn step_failed<'py>(&self, py: Python<'py>, cause: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        let error: PyErr = self.failed(py, PyErr::from_value(cause.clone())).into();
        error.into_value(py).into_bound(py).into_any()
    }

    /// Commits and returns the version before and the version now; None: the steps are to be run again.
    fn commit(&self, py: Python<'_>) -> Result<Option<(u32, u32)>> {
        let migrated = py.detach(|| self.lock().as_mut().ok_or(OVER)?.commit())?;
        Ok(migrated.map(|migrated| (migrated.from_version, migrated.to_version)))
    }

    /// What it would change, instead of committing it.
    pub(super) fn preview(&self, py: Python<'_>) -> Result<MigrationPreview> {
        let preview = py.detach(|| self.lock().take().ok_or(OVER)?.preview())?;
        MigrationPreview::of(py, &preview)
    }
}
