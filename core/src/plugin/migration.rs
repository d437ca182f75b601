//! A migration step by step: the functions run wherever the caller runs them, outside of all locks, and only the
//! result is handed in. The optimistic way of a transaction: if the state is another by then, it begins anew.

use std::sync::Arc;

use super::Plugin;
use super::backups::patch;
use super::change::{Change, Conditions, MIGRATE, Planned, subject};
use super::migrate::Migrations;
use super::record::Stored;
use super::scope::{Mark, Scope};
use crate::engine::request::Commit;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::{Operation, Owed};
use crate::json::Json;
use crate::value::check_size;
use crate::violation;

/// How often a migration begins anew because somebody has saved in between. It never takes the write lock
/// for the last time, as a transaction does: its functions may take long, and may save themselves.
const RETRIES: u32 = 10;

/// What a migration did. If nothing was to be done, both are the version that the state has, or the target
/// where there is no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The version before.
    pub from_version: u32,
    /// The version now.
    pub to_version: u32,
}

/// What a migration would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationPreview {
    /// The version of the state.
    pub from_version: u32,
    /// The version that it would have.
    pub to_version: u32,
    /// The data that it would have; none if there is no state.
    pub data: Option<Json>,
    /// The JSON Patch (RFC 6902) that makes it of the present data.
    pub patch: Json,
}

/// A step that is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStep {
    /// The version that the data has.
    pub from_version: u32,
    /// The version that the step leads to.
    pub to_version: u32,
    /// The data.
    pub data: Json,
}

/// A migration for callers that run its functions themselves, as the bindings' asynchronous faces do.
///
/// ```
/// use statehold::Json;
///
/// let store = statehold::open(":memory:")?;
/// let lint = store.plugin("lint");
/// lint.save("strict")?;
/// let mut migration = lint.begin_migration(3, &[2, 3])?;
/// let migrated = loop {
///     while let Some(step) = migration.next_step() {
///         migration.step_done(Json::from_serialize(&[step.data])?)?;
///     }
///     if let Some(migrated) = migration.commit()? {
///         break migrated;
///     }
/// };
/// assert_eq!((migrated.from_version, migrated.to_version), (1, 3));
/// assert_eq!(lint.load()?.unwrap().data.as_str(), r#"[["strict"]]"#);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug)]
pub struct Migration {
    plugin: Plugin,
    operation: &'static str,
    target: u32,
    /// The versions that the caller has functions for, besides the registered ones.
    versions: Vec<u32>,
    work: Option<Work>,
    begun_anew: u32,
    /// What its commit owes, once it has passed the faults; one that a load asks for passes none.
    passed: Option<Owed>,
}

/// A state on its way.
#[derive(Debug)]
struct Work {
    mark: Mark,
    from: u32,
    original: Arc<Json>,
    version: u32,
    data: Json,
}

impl Plugin {
    /// Begins a migration to version `target`, with functions of the caller's that lead to `versions`.
    ///
    /// # Errors
    /// [`Error::Migration`] if a step is neither among them nor registered.
    pub fn begin_migration(&self, target: u32, versions: &[u32]) -> Result<Migration> {
        self.run("migrate", || {
            let mut migration = Migration {
                plugin: self.clone(),
                operation: "migrate",
                target,
                versions: versions.to_vec(),
                work: None,
                begun_anew: 0,
                passed: None,
            };
            migration.begin()?;
            Ok(migration)
        })
    }
}

impl Migration {
    /// A migration of a state that was read just now.
    pub(super) fn of_state(
        plugin: &Plugin,
        operation: &'static str,
        target: u32,
        mark: Mark,
        state: Stored,
    ) -> Result<Self> {
        let mut migration = Self {
            plugin: plugin.clone(),
            operation,
            target,
            versions: Vec::new(),
            work: None,
            begun_anew: 0,
            passed: Some(None),
        };
        migration.begin_with(mark, state)?;
        Ok(migration)
    }

    fn begin(&mut self) -> Result<()> {
        let found =
            self.plugin.view_once(|view| Ok(view.state()?.map(|state| (view.mark(&state), state))))?;
        self.work = None;
        found.map_or(Ok(()), |(mark, state)| self.begin_with(mark, state))
    }

    fn begin_with(&mut self, mark: Mark, state: Stored) -> Result<()> {
        let registered = self.plugin.shared().registrations.of(&self.plugin.name);
        let is_known = |version: &u32| {
            self.versions.contains(version)
                || registered.as_ref().is_some_and(|registered| registered.migrations.has(*version))
        };
        let missing = (state.version..self.target).map(|version| version + 1).find(|step| !is_known(step));
        let data = (*state.data).clone();
        self.work =
            Some(Work { mark, from: state.version, original: state.data, version: state.version, data });
        missing.map_or(Ok(()), |step| Err(self.error(step, "there is no function that leads to it")))
    }

    /// The next step to run; none when all are done. The same one until its result is handed in.
    pub fn next_step(&self) -> Option<MigrationStep> {
        let work = self.work.as_ref().filter(|work| work.version < self.target)?;
        let (from_version, data) = (work.version, work.data.clone());
        Some(MigrationStep { from_version, to_version: from_version + 1, data })
    }

    /// Hands in the result of the step.
    ///
    /// # Errors
    /// [`Error::Migration`] if it can't be stored, or breaks the schema that is registered for its version.
    pub fn step_done(&mut self, result: Json) -> Result<()> {
        let Some(step) = self.next_step() else { return Ok(()) };
        let shared = self.plugin.shared();
        let checked = check_size(result.as_str().len(), shared.max_value_bytes).and_then(|()| {
            let registered = shared.registrations.of(&self.plugin.name);
            let schema = registered.as_ref().and_then(|registered| registered.schemas.get(&step.to_version));
            schema.map(|schema| schema.violations(&result)).transpose()
        });
        let reason = match checked {
            Ok(violations) => match violations.unwrap_or_default() {
                violations if violations.is_empty() => {
                    let work = self.work.as_mut().expect("there is a next step only if there is a state");
                    (work.version, work.data) = (step.to_version, result);
                    return Ok(());
                }
                violations => format!("its result is not valid: {}", violation::list(&violations)),
            },
            Err(error) => format!("its result can't be stored: {error}"),
        };
        self.fail(self.error(step.to_version, &reason))
    }

    /// The error of a step that failed. Nothing is to be done after it: the stored state is unchanged.
    pub fn step_failed(&self, reason: &str) -> Error {
        let step = self.next_step().map_or(self.target, |step| step.to_version);
        let error = self.error(step, reason);
        self.plugin.tell_error(self.operation, &error);
        error
    }

    /// Commits the result. None if the state was changed since the migration has begun: then it has begun
    /// anew, and its steps are to be run again.
    ///
    /// # Errors
    /// [`Error::Migration`] if a step was not run, or is missing now; [`Error::Conflict`] when the state was
    /// changed in between each time; those of a commit.
    pub fn commit(&mut self) -> Result<Option<Migrated>> {
        let result = self.pass().and_then(|()| self.try_commit());
        let result = match result {
            // It is not over yet.
            Ok(None) => Ok(None),
            over => {
                let owed = self.passed.as_mut().and_then(Option::take);
                self.plugin.scope.gate().settle(Operation::PluginMigrate, owed, over)
            }
        };
        if let Err(error) = &result {
            self.plugin.tell_error(self.operation, error);
        }
        result
    }

    fn pass(&mut self) -> Result<()> {
        if self.passed.is_none() {
            self.passed = Some(self.plugin.scope.gate().enter(Operation::PluginMigrate)?);
        }
        Ok(())
    }

    fn try_commit(&mut self) -> Result<Option<Migrated>> {
        if let Some(step) = self.next_step() {
            return Err(self.error(step.to_version, "it was not run"));
        }
        let Some(work) = self.work.as_ref() else {
            return Ok(Some(Migrated { from_version: self.target, to_version: self.target }));
        };
        let migrated = Migrated { from_version: work.from, to_version: work.version };
        if work.from == work.version {
            return Ok(Some(migrated));
        }
        let conflict = match self.write(work) {
            Ok(true) => return Ok(Some(migrated)),
            Ok(false) => None,
            Err(error @ Error::Conflict { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        if self.begun_anew == RETRIES {
            let (check, found) = (format!("{} was changed during each of the tries", self.subject()), None);
            return Err(conflict.unwrap_or(Error::Conflict { check, expected: None, found }));
        }
        self.begun_anew += 1;
        self.begin()?;
        Ok(None)
    }

    /// Writes the result over the state that it was made of; says whether that was still there, if there was no
    /// need of a commit to find out.
    fn write(&self, work: &Work) -> Result<bool> {
        let plugin = &self.plugin;
        let change =
            Change::Put { operation: MIGRATE, version: work.version, data: Arc::new(work.data.clone()) };
        let (from, to) = (work.from, work.version);
        let event = Event::StateMigrated { plugin: plugin.name.to_string(), from, to };
        match &plugin.scope {
            Scope::Store(store) => {
                let shared = store.shared();
                let mut commit = Commit::default();
                let conditions = Conditions { revision: Some(work.mark.revision), known: None };
                let planned =
                    Planned::push(&plugin.name, conditions, change, plugin.keep(), event, &mut commit);
                let outcome = shared.engine.commit(commit)?;
                planned.tell(&outcome, &shared.bus);
                Ok(true)
            }
            Scope::Transaction(open) => {
                let seen = Some(work.mark);
                let done = plugin.change_in_transaction(open, Conditions::default(), seen, change, event)?;
                Ok(done.is_some())
            }
        }
    }

    /// What it would change, instead of committing it.
    ///
    /// # Errors
    /// [`Error::Migration`] if a step was not run.
    pub fn preview(self) -> Result<MigrationPreview> {
        let scope = self.plugin.scope.clone();
        scope.gate().operation(Operation::PluginDryRunMigrate, || self.outcome())
    }

    fn outcome(self) -> Result<MigrationPreview> {
        if let Some(step) = self.next_step() {
            return Err(self.error(step.to_version, "it was not run"));
        }
        let Some(work) = self.work else {
            let (version, patch) = (self.target, Json::trusted("[]".to_owned()));
            return Ok(MigrationPreview { from_version: version, to_version: version, data: None, patch });
        };
        Ok(MigrationPreview {
            from_version: work.from,
            to_version: work.version,
            patch: patch(Some(&work.original), &work.data)?,
            data: Some(work.data),
        })
    }

    /// Runs the steps with the functions at hand.
    pub(super) fn run_steps(&mut self, migrations: &Migrations) -> Result<()> {
        let registered = self.plugin.shared().registrations.of(&self.plugin.name);
        while let Some(step) = self.next_step() {
            let registered = registered.as_ref().and_then(|it| it.migrations.function(step.to_version));
            let function = migrations.function(step.to_version).or(registered);
            let function = function.ok_or_else(|| self.step_failed("its function is not at hand here"))?;
            match function(step.data, step.from_version) {
                Ok(result) => self.step_done(result)?,
                Err(error) => return Err(self.step_failed(&error.to_string())),
            }
        }
        Ok(())
    }

    /// Runs the steps and commits, until nobody has saved in between.
    pub(super) fn run(mut self, migrations: &Migrations) -> Result<Migrated> {
        loop {
            self.run_steps(migrations)?;
            if let Some(migrated) = self.commit()? {
                return Ok(migrated);
            }
        }
    }

    fn subject(&self) -> String {
        subject(&self.plugin.name)
    }

    fn error(&self, step: u32, reason: &str) -> Error {
        Error::Migration {
            plugin: self.plugin.name.to_string(),
            from_version: self.work.as_ref().map_or(self.target, |work| work.from),
            to_version: self.target,
            step,
            reason: reason.to_owned(),
        }
    }

    fn fail<T>(&self, error: Error) -> Result<T> {
        self.plugin.tell_error(self.operation, &error);
        Err(error)
    }
}
