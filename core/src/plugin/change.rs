//! A change of one plugin's state, and the statements that carry it out: the same ones in a commit of its own and
//! at the end of a transaction.

use std::ops::Range;
use std::sync::Arc;

use super::record::version;
use super::{FACET, sql};
use crate::engine::request::{Check, Commit, Effect, Expected, Outcome, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::event::{Bus, Event};
use crate::json::Json;

/// What becomes of a state.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// It is replaced, and kept as a backup.
    Put { operation: &'static str, version: u32, data: Arc<Json> },
    /// It becomes a backup, and nothing takes its place.
    Clear,
    /// It goes, and its backups with it.
    ClearAll,
    /// It changes places with a backup.
    Restore { number: i64 },
}

/// The operation of a [`Change::Put`] in the journal.
pub(super) const SAVE: &str = "save";
pub(super) const MIGRATE: &str = "migrate";

impl Change {
    /// Adds the statements that do it, after which at most `keep` backups are left; gives the place of the one
    /// that keeps the state, if any, and of those that change something.
    pub(super) fn push(
        self,
        plugin: &Arc<str>,
        keep: u32,
        statements: &mut Vec<Statement>,
    ) -> (Option<usize>, Range<usize>) {
        let name = || Param::text(&**plugin);
        let silent = |sql, params| Statement { sql, params, effect: Effect::Silent };
        let whole = |operation, value| Effect::Whole { facet: FACET, name: plugin.clone(), operation, value };
        let keep_state = || silent(sql::BACK_UP, vec![name(), Param::Now]);
        let start = statements.len();
        if matches!(self, Self::Put { .. } | Self::Clear) {
            if keep > 0 {
                statements.push(keep_state());
            }
            statements.push(silent(sql::ROTATE, vec![name(), Param::Int(i64::from(keep))]));
        }
        let backup = (keep > 0).then_some(start);
        match self {
            Self::Put { operation, version, data } => {
                let data = Arc::unwrap_or_clone(data).into_string();
                statements.push(Statement {
                    sql: sql::PUT,
                    params: vec![
                        name(),
                        Param::Int(i64::from(version)),
                        Param::Now,
                        Param::Revision,
                        Param::text(data),
                    ],
                    effect: whole(operation, Written::Param(4)),
                });
                (backup, statements.len() - 1..statements.len())
            }
            Self::Clear => {
                let effect = whole("clear", Written::Nothing);
                statements.push(Statement { sql: sql::DELETE, params: vec![name()], effect });
                (backup, statements.len() - 1..statements.len())
            }
            Self::ClearAll => {
                let effect = whole("clear", Written::Nothing);
                statements.push(Statement { sql: sql::DELETE, params: vec![name()], effect });
                let effect = whole("clear_backups", Written::Nothing);
                statements.push(Statement { sql: sql::DELETE_BACKUPS, params: vec![name()], effect });
                (None, start..start + 2)
            }
            Self::Restore { number } => {
                // The two change places, so no more backups are kept than before.
                statements.push(keep_state());
                statements.push(Statement {
                    sql: sql::RESTORE,
                    params: vec![name(), Param::Int(number), Param::Now, Param::Revision],
                    effect: whole("restore", Written::Returned),
                });
                statements.push(silent(sql::DELETE_BACKUP, vec![name(), Param::Int(number)]));
                (Some(start), start + 1..start + 2)
            }
        }
    }
}

/// What must hold of a state for a change of it to be made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Conditions {
    /// It is at this revision; 0: it is absent.
    pub(super) revision: Option<u64>,
    /// It has at most this version.
    pub(super) known: Option<u32>,
}

impl Conditions {
    /// Adds the checks that a commit makes of it.
    fn push(self, plugin: &str, checks: &mut Vec<Check>) {
        if let Some(known) = self.known {
            checks.push(Check::Number {
                sql: sql::NEWER,
                params: vec![Param::text(plugin), Param::Int(i64::from(known))],
                expected: Expected::Exactly(0),
                subject: newer(plugin, known),
            });
        }
        if let Some(revision) = self.revision {
            checks.push(Check::Number {
                sql: sql::REVISION,
                params: vec![Param::text(plugin)],
                expected: Expected::Exactly(revision),
                subject: subject(plugin),
            });
        }
    }

    /// The same, of a state that a transaction sees: its version and revision, if there is one.
    pub(super) fn check(self, plugin: &str, found: Option<(u32, u64)>) -> Result<()> {
        if let (Some(known), Some((version, _))) = (self.known, found)
            && version > known
        {
            return Err(too_new(plugin, version, known));
        }
        self.revision.map_or(Ok(()), |expected| {
            Expected::Exactly(expected).check(found.map_or(0, |(_, revision)| revision), &subject(plugin))
        })
    }
}

/// What an error calls a plugin's state.
pub(super) fn subject(plugin: &str) -> String {
    format!("the state of plugin {plugin:?}")
}

/// What the check is called that a state is not newer than what is known.
fn newer(plugin: &str, known: u32) -> String {
    format!("a state of plugin {plugin:?} that is newer than version {known}")
}

/// Whether a check that failed is the one of this subject. The engine knows no other error of a check than a
/// conflict, and says what was checked first.
fn is_about(check: &str, subject: &str) -> bool {
    check.strip_prefix(subject).is_some_and(|rest| rest.starts_with(" was expected"))
}

pub(super) fn too_new(plugin: &str, found: u32, supported: u32) -> Error {
    Error::StateTooNew { plugin: plugin.to_owned(), found, supported }
}

/// A change that is part of a commit without a transaction.
pub(crate) struct Planned {
    plugin: Arc<str>,
    known: Option<u32>,
    backup: Option<usize>,
    changes: Range<usize>,
    event: Event,
}

impl Planned {
    /// Adds a change to a commit; `event` is what it will be told as.
    pub(super) fn push(
        plugin: &Arc<str>,
        conditions: Conditions,
        change: Change,
        keep: u32,
        event: Event,
        commit: &mut Commit,
    ) -> Self {
        conditions.push(plugin, &mut commit.checks);
        let (backup, changes) = change.push(plugin, keep, &mut commit.statements);
        Self { plugin: plugin.clone(), known: conditions.known, backup, changes, event }
    }

    /// The error of a commit, by what it means: the check of the version has one of its own.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let Some(known) = self.known else { return error };
        match &error {
            Error::Conflict { check, found: Some(found), .. }
                if is_about(check, &newer(&self.plugin, known)) =>
            {
                too_new(&self.plugin, u32::try_from(*found).unwrap_or(u32::MAX), known)
            }
            _ => error,
        }
    }

    /// Whether the commit has changed anything.
    pub(super) fn has_changed(&self, outcome: &Outcome) -> bool {
        outcome.done[self.changes.clone()].iter().any(|done| done.changed > 0)
    }

    /// Tells what the commit has done.
    pub(crate) fn tell(self, outcome: &Outcome, bus: &Bus) {
        let kept = self.backup.and_then(|at| outcome.done[at].rows.first());
        if let Some([kept_version, size, ..]) = kept.map(Vec::as_slice) {
            let number = |cell: &crate::engine::request::Cell| cell.int().unwrap_or_default();
            bus.tell(|| Event::StateBackupCreated {
                plugin: self.plugin.to_string(),
                version: version(number(kept_version)),
                size: number(size).unsigned_abs(),
            });
        }
        if self.has_changed(outcome) {
            bus.tell(|| self.event);
        }
    }
}
