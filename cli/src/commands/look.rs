//! What a store holds, and what has happened to it: `info`, `stats`.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::json;
use statehold::JournalRow;

use super::Run;
use crate::arguments::examples;
use crate::exit;
use crate::failure::Outcome;
use crate::output::{Output, Table, ago, bytes, moment, rfc3339};

/// How many rows of the journal are read at once.
const PAGE: usize = 1_000;
/// How many of the busiest are shown to people; programs get all.
const SHOWN: usize = 10;

/// Tell what the store holds: format, revision, sizes by facet, log, expired keys, journal
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db info", "statehold -s app.db info --json"))]
pub(crate) struct Info {}

impl Info {
    #[allow(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let info = run.open()?.info()?;
        let facets = info
            .facets
            .iter()
            .map(|facet| json!({ "facet": facet.facet, "records": facet.records, "bytes": facet.bytes }));
        let document = json!({
            "path": info.path.display().to_string(),
            "format": info.format,
            "revision": info.revision,
            "file_bytes": info.file_bytes,
            "wal_bytes": info.wal_bytes,
            "page_size": info.page_size,
            "pages": info.pages,
            "free_pages": info.free_pages,
            "journal_rows": info.journal_rows,
            "oldest_revision": info.oldest_revision,
            "oldest_time": info.oldest_time.map(rfc3339),
            "expired_keys": info.expired_keys,
            "facets": facets.collect::<Vec<_>>(),
        });
        run.output.answer(&document, |output| {
            let oldest = info.oldest_revision.zip(info.oldest_time);
            let reach = oldest.map(|(revision, time)| format!(", from revision {revision}, {}", ago(time)));
            let free = bytes(info.free_pages * info.page_size);
            let mut about = Table::properties();
            about
                .property("store", info.path.display())
                .property("format", info.format)
                .property("revision", info.revision)
                .property("file", format!("{}, {free} of it free", bytes(info.file_bytes)))
                .property("log", bytes(info.wal_bytes))
                .property("journal", format!("{} rows{}", info.journal_rows, reach.unwrap_or_default()))
                .property("expired keys", info.expired_keys);
            output.table(about)?;
            output.line("")?;
            let mut facets = Table::new(["facet", "records", "size"]);
            for facet in &info.facets {
                facets.row([facet.facet.clone(), facet.records.to_string(), bytes(facet.bytes)]);
            }
            output.table(facets.right(&[1, 2]))
        })?;
        Ok(exit::OK)
    }
}

/// Tell what the journal knows of the commits: how many, of what, and by whom
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db stats"))]
pub(crate) struct Stats {}

/// What is counted.
#[derive(Default)]
struct Counted {
    commits: u64,
    changes: u64,
    oldest: Option<SystemTime>,
    /// Commits of the last minute, hour and day.
    recent: [u64; 3],
    /// By facet and operation.
    operations: BTreeMap<(String, String), u64>,
    /// By facet and name.
    names: BTreeMap<(String, String), u64>,
    /// Commits by who made them.
    actors: BTreeMap<String, u64>,
}

const SPANS: [Duration; 3] =
    [Duration::from_secs(60), Duration::from_secs(3_600), Duration::from_secs(86_400)];

impl Stats {
    #[allow(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let revision = store.revision()?;
        let now = SystemTime::now();
        let mut counted = Counted::default();
        // The journal begins where it was trimmed, so the first page may lie beyond it.
        let mut after = 0;
        loop {
            let rows = store.journal(after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.revision;
            for row in &rows {
                counted.add(row, now);
            }
        }
        let [minute, hour, day] = counted.recent;
        let document = json!({
            "revision": revision,
            "commits": counted.commits,
            "changes": counted.changes,
            "since": counted.oldest.map(rfc3339),
            "last_minute": minute,
            "last_hour": hour,
            "last_day": day,
            "operations": ranked(&counted.operations).into_iter().map(|((facet, operation), changes)| {
                json!({ "facet": facet, "operation": operation, "changes": changes })
            }).collect::<Vec<_>>(),
            "names": ranked(&counted.names).into_iter().map(|((facet, name), changes)| {
                json!({ "facet": facet, "name": name, "changes": changes })
            }).collect::<Vec<_>>(),
            "actors": ranked(&counted.actors).into_iter().map(|(actor, commits)| {
                json!({ "actor": actor, "commits": commits })
            }).collect::<Vec<_>>(),
        });
        run.output.answer(&document, |output| counted.tell(revision, output))?;
        Ok(exit::OK)
    }
}

impl Counted {
    fn add(&mut self, row: &JournalRow, now: SystemTime) {
        self.commits += 1;
        self.changes += row.changes.len() as u64;
        self.oldest = self.oldest.or(Some(row.time));
        let age = now.duration_since(row.time).unwrap_or_default();
        for (recent, span) in self.recent.iter_mut().zip(SPANS) {
            *recent += u64::from(age <= span);
        }
        *self.actors.entry(row.actor.clone()).or_default() += 1;
        for change in &row.changes {
            let facet = || change.facet.clone();
            *self.operations.entry((facet(), change.operation.clone())).or_default() += 1;
            *self.names.entry((facet(), change.name.clone())).or_default() += 1;
        }
    }

    fn tell(&self, revision: u64, output: &mut Output) -> Result<(), crate::failure::Failure> {
        let [minute, hour, day] = self.recent;
        let mut about = Table::properties();
        about
            .property("revision", revision)
            .property_if("since", self.oldest.map(|time| format!("{} ({})", moment(time), ago(time))))
            .property("commits", self.commits)
            .property("changes", self.changes)
            .property("commits of the last minute, hour, day", format!("{minute}, {hour}, {day}"));
        output.table(about)?;
        if self.changes == 0 {
            return Ok(());
        }
        let mut operations = Table::new(["facet", "operation", "changes"]);
        for ((facet, operation), changes) in ranked(&self.operations) {
            operations.row([facet.clone(), operation.clone(), changes.to_string()]);
        }
        let mut names = Table::new(["facet", "busiest", "changes"]);
        for ((facet, name), changes) in ranked(&self.names).into_iter().take(SHOWN) {
            names.row([facet.clone(), name.clone(), changes.to_string()]);
        }
        let mut actors = Table::new(["by (host/process/label)", "commits"]);
        for (actor, commits) in ranked(&self.actors).into_iter().take(SHOWN) {
            actors.row([actor.clone(), commits.to_string()]);
        }
        for table in [operations.right(&[2]), names.right(&[2]), actors.right(&[1])] {
            output.line("")?;
            output.table(table)?;
        }
        Ok(())
    }
}

/// The largest first.
fn ranked<K: Ord>(counts: &BTreeMap<K, u64>) -> Vec<(&K, u64)> {
    let mut ranked: Vec<_> = counts.iter().map(|(name, count)| (name, *count)).collect();
    ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    ranked
}
