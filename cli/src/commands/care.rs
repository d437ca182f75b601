//! The care of a store: `verify`, `doctor`, `vacuum`, `purge`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use statehold::{Level, Store, StoreProblem, VerifyOptions};

use super::Run;
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
        let mut options = VerifyOptions::new();
        options.head = self.head;
        let check = run.output.waiting("verifying", || store.verify_with(&options))?;
        let problem = |problem: &StoreProblem| {
            json!({
                "facet": problem.facet,
                "subject": problem.subject,
                "reason": problem.reason,
                "advice": problem.advice,
            })
        };
        let document = json!({
            "revision": check.revision,
            "hash": check.hash,
            "commits": check.commits,
            "cases": check.cases,
            "receipts": check.receipts,
            "problems": check.problems.iter().map(problem).collect::<Vec<_>>(),
        });
        run.output.answer(&document, |output| {
            for StoreProblem { facet, subject, reason, advice, .. } in &check.problems {
                let about = if subject.is_empty() { facet.clone() } else { format!("{facet}, {subject}") };
                let told = shown(&format!("{about}: {reason}")).into_owned();
                output.line(format_args!("{} {told}", paint("problem:", BAD)))?;
                output.line(format_args!("  {}", shown(advice)))?;
            }
            let looked_at = format!(
                "{}, {}, {}",
                count(check.commits, "commit"),
                count(check.cases, "case"),
                count(check.receipts, "receipt"),
            );
            if check.problems.is_empty() {
                output.line(format_args!("{}: {looked_at}", paint("all is well", GOOD)))?;
            } else {
                let found = count(check.problems.len() as u64, "problem");
                output.line(format_args!("{found} in {looked_at}"))?;
            }
            output.line(format_args!("head {}:{}", check.revision, check.hash))
        })?;
        Ok(if check.problems.is_empty() { exit::OK } else { exit::NO })
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
