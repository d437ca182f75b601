//! Copies of whole stores: `backup`, `snapshot`, `restore`, `upgrade`.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use serde_json::json;
use statehold::{BackupOptions, BackupReport, RestoreOptions, Store, UpgradeOptions};

use super::Run;
use crate::arguments::examples;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::output::{bytes, shown};

/// Copy the store to a file while others write, and check the copy
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db backup monday.db"))]
pub(crate) struct Backup {
    /// The copy; it is a store itself
    file: PathBuf,
    /// Take the place of a file that is there
    #[arg(long)]
    overwrite: bool,
}

impl Backup {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let report = copy(run, &store, &self.file, self.overwrite)?;
        tell(run, &report)
    }
}

/// Back the store up into a folder, under its name and the time: app-20260131T120000Z.db
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db snapshot snapshots"))]
pub(crate) struct Snapshot {
    /// The folder, created if it isn't there; that of the store unless given
    folder: Option<PathBuf>,
}

impl Snapshot {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let path = store.path();
        let name = named(&path, &stamp());
        let file = match self.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder)
                    .map_err(|error| Failure::Folder { path: folder.clone(), error })?;
                folder.join(name)
            }
            None => path.with_file_name(name),
        };
        let report = copy(run, &store, &file, false)?;
        tell(run, &report)
    }
}

fn copy(run: &mut Run, store: &Store, file: &Path, overwrite: bool) -> Result<BackupReport, Failure> {
    let mut progress = run.output.progress("backing up");
    let options = BackupOptions::new().overwrite(overwrite);
    Ok(store.backup_with(file, options, |at| progress.at(at.done, at.total))?)
}

fn tell(run: &mut Run, report: &BackupReport) -> Outcome {
    let BackupReport { path, revision, hash, bytes: size } = report;
    let path = path.display().to_string();
    let document = json!({ "path": path, "revision": revision, "hash": hash, "bytes": size });
    run.output.answer(&document, |output| {
        output.line(format_args!("{}: revision {revision}, {}, checked", shown(&path), bytes(*size)))?;
        output.line(format_args!("head {revision}:{hash}"))
    })?;
    Ok(exit::OK)
}

/// Put a backup in the place of the store
///
/// Where nothing is, the backup becomes the store. With --force it is put into the store that is there: who has it open
/// goes on, with the state of the backup.
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db restore monday.db --force"))]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
    /// Replace what the store holds
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let path = run.path()?.to_owned();
        let mut progress = run.output.progress("restoring");
        let options = RestoreOptions::new().force(self.force);
        let report = Store::restore_with(&self.file, path, options, |at| progress.at(at.done, at.total))?;
        drop(progress);
        let path = report.path.display().to_string();
        let document = json!({ "path": path, "restored": report.restored, "revision": report.revision });
        run.output.answer(&document, |output| {
            let (restored, revision) = (report.restored, report.revision);
            output.line(format_args!("{} has the state of revision {restored} again", shown(&path)))?;
            if revision == restored {
                Ok(())
            } else {
                output.line(format_args!("it is at revision {revision}"))
            }
        })?;
        Ok(exit::OK)
    }
}

/// Bring the file to the present format, after a backup
///
/// Opening a store of an older format does the same, without the backup.
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db upgrade"))]
pub(crate) struct Upgrade {
    /// The backup; unless given it stands beside the store: app.db.format-1
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
}

impl Upgrade {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut options = UpgradeOptions::new();
        options.backup = self.backup;
        let mut progress = run.output.progress("backing up");
        let report = Store::upgrade_with(run.path()?, &options, |at| progress.at(at.done, at.total))?;
        drop(progress);
        let backup = report.backup.map(|path| path.display().to_string());
        let document = json!({
            "path": report.path.display().to_string(),
            "from_format": report.from_format,
            "to_format": report.to_format,
            "backup": backup,
        });
        run.output.answer(&document, |output| {
            let (from, to) = (report.from_format, report.to_format);
            match &backup {
                Some(backup) => {
                    output.line(format_args!("format {from} -> {to}; the backup is {}", shown(backup)))
                }
                None => output.line(format_args!("format {to} is the present one, nothing was done")),
            }
        })?;
        Ok(exit::OK)
    }
}

/// The name of a copy: that of the store with something added before its ending.
fn named(store: &Path, what: &str) -> PathBuf {
    let mut name = store.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{what}"));
    if let Some(ending) = store.extension() {
        name.push(".");
        name.push(ending);
    }
    name.into()
}

/// The time, as a part of a file's name.
fn stamp() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_named_after_its_store() {
        assert_eq!(named(Path::new("/a/app.db"), "x"), Path::new("app-x.db"));
        assert_eq!(named(Path::new("app"), "x"), Path::new("app-x"));
        assert_eq!(stamp().len(), "20260131T120000Z".len());
    }
}
