//! The care of a store: `verify`, `doctor`, `vacuum`, `purge`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use statehold::{Level, Store};

use super::Run;
use super::case::problem_line;
use crate::arguments::examples;
use crate::failure::Outcome;
use crate::output::{BAD, DOUBTFUL, GOOD, bytes, count, paint, shown};
use crate::{exit, input};

/// Look through the whole store for damage: the file, the journal's chain, the receipts and states of the cases
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db verify"))]
pub(crate) struct Verify {
    /// A revision and its hash, from an earlier check or a backup, that must be in the journal still
    #[arg(long, value_name = "REVISION:HASH", value_parser = input::head)]
    head: Option<(u64, String)>,
}

impl Verify {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let head = self.head.as_ref().map(|(revision, hash)| (*revision, hash.as_str()));
        let (integrity, cases) = run.output.waiting("verifying", || {
            store.check_integrity(head).and_then(|integrity| Ok((integrity, store.verify()?)))
        })?;
        let mut problems = integrity.problems;
        problems.extend(cases.problems.iter().map(problem_line));
        let document = json!({
            "revision": integrity.revision,
            "hash": integrity.hash,
            "journal_rows": cases.journal.rows,
            "cases": cases.cases,
            "receipts": cases.receipts,
            "problems": problems,
        });
        run.output.answer(&document, |output| {
            for problem in &problems {
                output.line(format_args!("{} {}", paint("problem:", BAD), shown(problem)))?;
            }
            let looked_at = format!(
                "{}, {}, {} of the journal",
                count(cases.cases, "case"),
                count(cases.receipts, "receipt"),
                count(cases.journal.rows, "row"),
            );
            if problems.is_empty() {
                output.line(format_args!("{}: {looked_at}", paint("all is well", GOOD)))?;
            } else {
                let found = count(problems.len() as u64, "problem");
                output.line(format_args!("{found} in {looked_at}"))?;
                output.line(
                    "restore a backup with `statehold restore`, and keep the damaged file for analysis",
                )?;
            }
            output.line(format_args!("head {}:{}", integrity.revision, integrity.hash))
        })?;
        Ok(if problems.is_empty() { exit::OK } else { exit::NO })
    }
}

/// Look for trouble around the store and tell what to do: locks, log, permissions, disk, lost commits
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db doctor"))]
pub(crate) struct Doctor {}

impl Doctor {
    #[allow(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let path: PathBuf = run.path()?.to_owned();
        let findings = run.output.waiting("looking", || Store::doctor(&path))?;
        let document = json!({ "findings": findings.iter().map(|finding| json!({
            "what": finding.what,
            "level": finding.level.as_str(),
            "detail": finding.detail,
            "advice": finding.advice,
        })).collect::<Vec<_>>() });
        run.output.answer(&document, |output| {
            if findings.is_empty() {
                return output.line(paint("all is well", GOOD));
            }
            findings.iter().try_for_each(|finding| {
                let style = match finding.level {
                    Level::Error => BAD,
                    Level::Warning => DOUBTFUL,
                    Level::Note => GOOD,
                };
                let level = paint(format_args!("{}:", finding.level.as_str()), style);
                output.line(format_args!("{level} {}: {}", finding.what, shown(&finding.detail)))?;
                output.line(format_args!("  {}", shown(&finding.advice)))
            })
        })?;
        let is_bad = findings.iter().any(|finding| finding.level > Level::Note);
        Ok(if is_bad { exit::NO } else { exit::OK })
    }
}

/// Write the file anew, so that the room of what was deleted goes back to the system
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db vacuum"))]
pub(crate) struct Vacuum {}

impl Vacuum {
    #[allow(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let freed = run.output.waiting("vacuuming", || store.vacuum())?;
        let document = json!({ "freed_bytes": freed });
        run.output.answer(&document, |output| output.line(format_args!("gave back {}", bytes(freed))))?;
        Ok(exit::OK)
    }
}

/// Remove all keys that have expired from the file at once
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db purge"))]
pub(crate) struct Purge {}

impl Purge {
    #[allow(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let purged = run.output.waiting("purging", || store.purge_expired())?;
        let document = json!({ "purged": purged });
        run.output.answer(&document, |output| {
            output.line(format_args!("purged {}", count(purged, "expired key")))
        })?;
        Ok(exit::OK)
    }
}
