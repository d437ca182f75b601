//! Migrations: the functions are JavaScript's, so they go step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Error, Json, Migrations, version_from_number};

use crate::error::envelope;
use crate::reply::{Lane, Reply};

/// Steps whose functions JavaScript has.
pub(crate) fn migrations(versions: &[f64]) -> statehold::Result<Migrations> {
    let mut migrations = Migrations::new();
    for version in versions {
        migrations = migrations.elsewhere(version_from_number(*version)?);
    }
    Ok(migrations)
}

/// A migration that is under way.
#[napi]
pub struct Migration {
    /// Until a preview has used it up.
    inner: Arc<Mutex<Option<statehold::Migration>>>,
    writes: Lane,
}

const USED: Error = Error::Closed { what: "the migration", advice: "begin another one" };

impl Migration {
    pub(crate) fn new(inner: statehold::Migration, writes: Lane) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), writes }
    }

    fn lock(&self) -> MutexGuard<'_, Option<statehold::Migration>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A step that is to be run.
#[napi(object)]
pub struct MigrationStep {
    /// The version that the data has.
    pub from_version: f64,
    /// The version that the step leads to.
    pub to_version: f64,
    /// JSON text.
    pub data: String,
}

/// What a migration did.
#[napi(object)]
pub struct Migrated {
    /// The version before.
    pub from_version: f64,
    /// The version now.
    pub to_version: f64,
}

/// What a migration would do.
#[napi(object)]
pub struct MigrationPreview {
    /// The version of the state.
    pub from_version: f64,
    /// The version that it would have.
    pub to_version: f64,
    /// JSON text.
    pub data: Option<String>,
    /// JSON text.
    pub patch: String,
}

#[napi]
impl Migration {
    /// The next step to run.
    #[napi]
    pub fn next_step(&self) -> Option<MigrationStep> {
        let step = self.lock().as_ref()?.next_step()?;
        Some(MigrationStep {
            from_version: f64::from(step.from_version),
            to_version: f64::from(step.to_version),
            data: step.data.into_string(),
        })
    }

    /// Hands in its result, as JSON text.
    #[napi]
    pub fn step_done(&self, data: String) -> Result<()> {
        let done = || self.lock().as_mut().ok_or(USED)?.step_done(Json::new(data)?);
        done().map_err(|error| envelope(&error))
    }

    /// Throws the error of a step that failed.
    #[napi]
    pub fn step_failed(&self, reason: String) -> Result<()> {
        Err(envelope(&self.lock().as_ref().map_or(USED, |migration| migration.step_failed(&reason))))
    }

    /// Commits the result. Null: the state was changed meanwhile; run the steps again.
    #[napi]
    pub fn commit<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Option<Migrated>>> {
        let inner = self.inner.clone();
        let work =
            move || inner.lock().unwrap_or_else(PoisonError::into_inner).as_mut().ok_or(USED)?.commit();
        self.writes.answer(env, later, work, |migrated| {
            migrated.map(|migrated| Migrated {
                from_version: f64::from(migrated.from_version),
                to_version: f64::from(migrated.to_version),
            })
        })
    }

    /// What committing it would do.
    #[napi]
    pub fn preview(&self) -> Result<MigrationPreview> {
        let preview = self.lock().take().ok_or(USED).and_then(statehold::Migration::preview);
        let preview = preview.map_err(|error| envelope(&error))?;
        Ok(MigrationPreview {
            from_version: f64::from(preview.from_version),
            to_version: f64::from(preview.to_version),
            data: preview.data.map(Json::into_string),
            patch: preview.patch.into_string(),
        })
    }
}
