//! What goes over the whole store.

use std::path::Path;
use std::time::{Duration, Instant};

use statehold::{BackupOptions, ExportOptions, ImportOptions, Result};

use crate::sample::Sample;
use crate::{namespace, options};

/// How often each is done; they take up to tens of seconds.
const TIMES: usize = 3;

pub(crate) fn operations(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = options().open(path)?;
    namespace::filled(&store, records)?;
    let export = path.with_extension("jsonl");
    Ok(vec![
        Sample::of("verify, a record", TIMES, |_| {
            store.verify().map(|checked| assert!(checked.problems.is_empty()))
        })?
        .per(records),
        Sample::of("backup, a record", TIMES, |_| {
            let overwrite = BackupOptions::new().overwrite(true);
            store.backup_with(path.with_extension("backup"), overwrite, |_| ()).map(|_| ())
        })?
        .per(records),
        Sample::of("export, a record", TIMES, |_| {
            store.export_file(&export, &ExportOptions::new().overwrite(true), |_| ()).map(|_| ())
        })?
        .per(records),
        Sample::timed("import, a record", TIMES, |number| {
            import(&path.with_extension(number.to_string()), &export)
        })?
        .per(records),
        Sample::of("open, first get", 20, |_| {
            options().open(path)?.namespace("bench").get_value("key:000000").map(|_| ())
        })?,
    ])
}

/// Into a store that is new.
fn import(path: &Path, export: &Path) -> Result<Duration> {
    let store = options().open(path)?;
    let start = Instant::now();
    store.import_file(export, &ImportOptions::new(), |_| ())?;
    Ok(start.elapsed())
}
