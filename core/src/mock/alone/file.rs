//! The JSON file of a mock cloud that stands alone. At any time it is the whole old one or the whole new one.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NAME;
use crate::error::{Error, Result};
use crate::fault::{FaultRule, Faults, OperationFailure};
use crate::json::Json;
use crate::mock::document::read;
use crate::mock::faults::FaultPlan;
use crate::mock::scenario::Scenario;
use crate::mock::scope::{Scope, Write};
use crate::mock::seconds;
use crate::mock::state::CloudState;
use crate::mock::stored::Stored;
use crate::store::Store;

/// What the member `format` says.
const FORMAT: &str = "statehold-mock-cloud";
/// The newest version that is read, and the one that is written.
const VERSION: u32 = 1;

/// All that the file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    format: String,
    version: u32,
    state: CloudState,
    /// What is put over the built-in fixtures by a reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fixtures: Option<Json>,
    /// The scenarios that were saved.
    #[serde(default)]
    scenarios: Vec<Scenario>,
    /// The faults that are set on the cloud, as far as they are not spent.
    #[serde(default)]
    faults: BTreeMap<String, OperationFailure>,
    #[serde(default, with = "seconds")]
    latency: Duration,
}

impl Document {
    /// What a store holds of the cloud; none if it is not there.
    pub(super) fn of(store: &Store) -> Result<Option<Self>> {
        let scope = Scope::Store(store.clone());
        let Some(stored) = scope.see(&NAME.into())? else { return Ok(None) };
        let faults = Faults::of_store(store.shared()).scoped(NAME);
        let scenarios = scope.scenarios()?.into_values().map(|document| document.parse());
        let rules = faults.list()?.into_iter();
        Ok(Some(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            state: stored.state(NAME)?,
            fixtures: stored.fixtures,
            scenarios: scenarios.collect::<Result<_>>()?,
            faults: rules.filter_map(left).collect(),
            latency: faults.get_global_latency()?,
        }))
    }

    /// Puts all of it into a store that has nothing yet.
    pub(super) fn put_into(self, store: &Store) -> Result<()> {
        let scope = Scope::Store(store.clone());
        for scenario in self.scenarios {
            scope.put_scenario(&scenario.name, Some(scenario.to_json()))?;
        }
        let after = Some(Stored::of(&self.state, self.fixtures)?);
        let latency = Some(self.latency).filter(|latency| !latency.is_zero());
        let plans = vec![FaultPlan { afresh: false, faults: self.faults, latency }];
        let name: Arc<str> = NAME.into();
        scope.write(Write { name: &name, before: None, after, operation: "set", plans })?;
        Ok(())
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are texts, and numbers finite") + "\n"
    }
}

/// What a rule will still do; none if that is nothing.
fn left(rule: FaultRule) -> Option<(String, OperationFailure)> {
    let FaultRule { operation, mut failure, remaining, .. } = rule;
    if let Some(remaining) = remaining {
        failure.fail_next = false;
        failure.times = Some(remaining).filter(|remaining| *remaining > 0);
        if remaining == 0 {
            failure.probability = None;
        }
    }
    failure.check().is_ok().then_some((operation, failure))
}

/// Where a file is, whatever becomes of the working directory.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::io("finding", path, &error))
}

/// What a file holds; none if there is none. One that is damaged is set aside.
pub(super) fn load(path: &Path) -> Result<Option<Document>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("reading", path, &error)),
    };
    let value: Value = match serde_json::from_slice(&text) {
        Ok(value) => value,
        Err(error) => return Err(set_aside(path, &format!("it is not JSON: {error}"))),
    };
    if value["format"] != FORMAT {
        let reason = format!("it is JSON, but no mock cloud's (its `format` is not {FORMAT:?})");
        return Err(Error::NotAStore { path: path.to_owned(), reason });
    }
    if let Some(found) = value["version"].as_u64().filter(|version| *version > u64::from(VERSION)) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(Error::SchemaTooNew { path: path.to_owned(), found, supported: VERSION });
    }
    match read(value, "$") {
        Ok(document) => Ok(Some(document)),
        Err(error) => Err(set_aside(path, &error.to_string())),
    }
}

/// Gives a damaged file another name, so that nothing overwrites it, and says so.
fn set_aside(path: &Path, reason: &str) -> Error {
    let moved = (1_u32..).find_map(|number| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        let place = PathBuf::from(name);
        // Whoever makes the place has it for himself, and may replace what he has made.
        match OpenOptions::new().write(true).create_new(true).open(&place) {
            Ok(_) => Some(fs::rename(path, &place).map(|()| place)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
            Err(error) => Some(Err(error)),
        }
    });
    let fate = match moved.expect("numbers do not end before places do") {
        Ok(place) => {
            // Its old name must not be back after a power loss; if it is, it is set aside again.
            _ = sync_folder(path);
            format!("it is now {}, and the next opening begins with the fixtures", place.display())
        }
        Err(error) => format!("it could not be set aside ({error}), do that before opening it again"),
    };
    Error::Corrupt { path: path.to_owned(), reason: format!("{reason}; {fate}") }
}

/// Writes a file beside the old one, makes it durable, and gives it the name.
pub(super) fn write(path: &Path, document: &Document) -> Result<()> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::StorageFull { path: path.to_owned(), reason: error.to_string() }
        }
        _ => Error::io("writing", path, &error),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| Error::value("persist_to", "it names no file"))?;
    let prefix = format!(".{}-", name.to_string_lossy());
    let mut file =
        tempfile::Builder::new().prefix(&prefix).suffix(".partial").tempfile_in(folder).map_err(failed)?;
    // The owner alone can read a new one; who has given others the old one has given them the next.
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    file.write_all(document.text().as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(path).map_err(failed)
}

/// Removes what writers that were killed have left beside a file.
pub(super) fn clean_up(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let prefix = format!(".{}-", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(".partial") {
            // Somebody else may have removed it.
            _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a new name durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path.parent().unwrap_or(path))?.sync_all()
}

/// Elsewhere a folder can't be synced.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // on Unix it can fail
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
