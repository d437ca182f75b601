//! Whole stores as lines of JSON: `export`, `import`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use statehold::{Durability, ExportOptions, ImportOptions, ImportReport, Store};

use super::{Run, options};
use crate::arguments::examples;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::output::{bytes, count};

/// The argument that stands for the standard input or output.
const STANDARD: &str = "-";

/// Write the store as lines of JSON, to a file or the standard output
///
/// `import` makes the very same store of it: all facets, revisions and journal. Others may read and write meanwhile.
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db export app.jsonl",
    "statehold -s app.db export --namespace config | gzip > config.jsonl.gz",
    "statehold -s app.db export --since 7 changes.jsonl",
))]
pub(crate) struct Export {
    /// The file; - or nothing is the standard output
    #[arg(default_value = STANDARD, hide_default_value = true)]
    file: PathBuf,
    /// Only the keys of this namespace
    #[arg(long)]
    namespace: Option<String>,
    /// Only what was changed after this revision
    #[arg(long, value_name = "REVISION")]
    since: Option<u64>,
    /// Take the place of a file that is there
    #[arg(long)]
    overwrite: bool,
}

impl Export {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let mut options = ExportOptions::new().overwrite(self.overwrite);
        options.namespace = self.namespace;
        options.since = self.since;
        let mut progress = run.output.progress("exporting");
        if is_standard(&self.file) {
            let mut output = Output { to: &mut run.output.streams.out.to, failed: None };
            let exported = store.export(&mut output, &options, |at| progress.records(at.records, at.total));
            // What the stream itself has said tells more: that its reader has gone is no error.
            if let Some(error) = output.failed {
                return Err(Failure::Output(error));
            }
            exported?;
            return Ok(exit::OK);
        }
        let report = store.export_file(&self.file, &options, |at| progress.records(at.records, at.total))?;
        drop(progress);
        let document = json!({
            "path": self.file.display().to_string(),
            "revision": report.revision,
            "hash": report.hash,
            "records": report.records,
            "bytes": report.bytes,
        });
        run.output.answer(&document, |output| {
            let (records, size) = (count(report.records, "record"), bytes(report.bytes));
            output.line(format_args!("exported revision {}: {records}, {size}", report.revision))
        })?;
        Ok(exit::OK)
    }
}

/// Passes on what is written, and keeps why it could not be.
struct Output<'a> {
    to: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl Output<'_> {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.note(flushed)
    }
}

/// Read what `export` has written, from a file or the standard input; the store is created if it isn't there
///
/// A new store becomes the exported one. All of it is checked before anything is changed.
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s copy.db import app.jsonl",
    "statehold -s app.db export | statehold -s copy.db import",
    "statehold -s app.db import config.jsonl --merge",
))]
pub(crate) struct Import {
    /// The file; - or nothing is the standard input
    #[arg(default_value = STANDARD, hide_default_value = true)]
    file: PathBuf,
    /// Set its keys and plugin states over those that are there
    #[arg(long)]
    merge: bool,
}

impl Import {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        // Without it no store is to be created.
        if let (false, Err(error)) = (is_standard(&self.file), self.file.metadata()) {
            return Err(Failure::Input { what: self.file.display().to_string(), error });
        }
        let path = run.path()?.to_owned();
        let report = if path.try_exists().is_ok_and(|exists| !exists) {
            self.import_new(&path, run)?
        } else {
            let store = run.open_or_create()?;
            self.import_into(&store, run)?
        };
        let document = json!({
            "revision": report.revision,
            "exported": report.exported,
            "records": report.records,
            "is_merged": report.merged,
        });
        run.output.answer(&document, |output| {
            let (records, revision) = (count(report.records, "record"), report.revision);
            output.line(format_args!("imported {records}; the store is at revision {revision}"))
        })?;
        Ok(exit::OK)
    }

    /// Imports into a store that isn't there yet. It is made in a folder beside its place and gets its name when it is
    /// whole, so that what is no export leaves nothing behind.
    fn import_new(&self, path: &Path, run: &mut Run) -> Result<ImportReport, Failure> {
        let beside = std::path::absolute(path)?;
        let beside = beside.parent().unwrap_or(&beside);
        let folder = tempfile::Builder::new()
            .prefix(".statehold-")
            .suffix(".importing")
            .tempdir_in(beside)
            .map_err(|error| Failure::Folder { path: beside.to_owned(), error })?;
        // Nothing of the draft is to survive; the copy of it is synced.
        let draft = options().durability(Durability::Normal).open(folder.path().join("draft.db"))?;
        let report = self.import_into(&draft, run)?;
        draft.backup(path)?;
        draft.close()?;
        Ok(report)
    }

    fn import_into(&self, store: &Store, run: &mut Run) -> Result<ImportReport, Failure> {
        let options = ImportOptions::new().merge(self.merge);
        let mut progress = run.output.progress("importing");
        let tell = |at: statehold::TransferProgress| progress.records(at.records, at.total);
        Ok(if is_standard(&self.file) {
            store.import(&mut run.output.streams.input, &options, tell)?
        } else {
            store.import_file(&self.file, &options, tell)?
        })
    }
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == STANDARD
}
