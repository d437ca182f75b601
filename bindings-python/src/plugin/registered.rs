//! What plugins have registered. The core keeps it; the functions, which may be coroutine functions, are kept here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::{Migrations, Registration};

use super::validation;
use crate::arg::{Functions, Version, Versioned};
use crate::error::Result;
use crate::value::Terms;

/// The migrations that the plugins of a store have registered.
#[derive(Default)]
pub(crate) struct Registered(Mutex<HashMap<String, Functions>>);

impl Registered {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Functions>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The function that leads to a version.
    pub(super) fn function(&self, py: Python<'_>, plugin: &str, version: u32) -> Option<Py<PyAny>> {
        self.lock().get(plugin)?.0.get(&version).map(|function| function.clone_ref(py))
    }

    /// Forgets all, so that functions that hold the store do not keep it.
    pub(crate) fn clear(&self) {
        let functions = std::mem::take(&mut *self.lock());
        // Dropping them may run Python's code, which may come here again.
        drop(functions);
    }
}

pub(super) fn register(
    plugin: &statehold::Plugin,
    terms: &Terms,
    version: Option<Version>,
    schemas: Option<Versioned<'_>>,
    migrations: Option<Functions>,
    max_backups: Option<u32>,
) -> Result<()> {
    let mut registration = Registration::new();
    if let Some(version) = version {
        registration = registration.version(version.0);
    }
    for (version, schema) in schemas.map(|schemas| schemas.0).unwrap_or_default() {
        registration = registration.schema(version, validation::schema(terms, &schema)?);
    }
    let functions = migrations.unwrap_or_default();
    let versions = functions.0.keys();
    registration = registration.migrations(versions.fold(Migrations::new(), |all, one| all.elsewhere(*one)));
    if let Some(most) = max_backups {
        registration = registration.max_backups(most);
    }
    plugin.register(registration)?;
    let replaced = terms.registered.lock().insert(plugin.name().to_owned(), functions);
    drop(replaced);
    Ok(())
}
