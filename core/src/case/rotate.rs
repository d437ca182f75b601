//! Rotation: old receipts leave the store for an archive file. An anchor stays, so that the chain still verifies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::archive::{Archive, line};
use super::create::missing;
use super::loaded::History;
use super::plan::subject;
use super::receipt::ReceiptRow;
use super::replay::state_at;
use super::{Case, FACET, sql};
use crate::clock::to_ms;
use crate::engine::journal::hash_of;
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{Check, Commit, Effect, Expected, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::store::Shared;

/// How many bytes of lines are gathered before they are written.
const CHUNK: usize = 1 << 20;
/// How often a rotation is tried anew because another one came first.
const TRIES: u32 = 10;

/// Which receipts are rotated, and where to. With neither `keep` nor `before` all are but the last one, which
/// always stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RotateOptions {
    /// So many stay, at least.
    pub keep: Option<u64>,
    /// Only those that are older.
    pub before: Option<SystemTime>,
    /// The file that they are appended to; `NAME-receipts.jsonl` beside the store if none.
    pub archive: Option<PathBuf>,
}

impl RotateOptions {
    /// All but the last, to the file beside the store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`keep`](Self::keep).
    pub fn keep(mut self, keep: u64) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Sets [`before`](Self::before).
    pub fn before(mut self, before: SystemTime) -> Self {
        self.before = Some(before);
        self
    }

    /// Sets [`archive`](Self::archive).
    pub fn archive(mut self, path: impl Into<PathBuf>) -> Self {
        self.archive = Some(path.into());
        self
    }
}

/// Where the receipts of a case begin and end.
struct Reach {
    sequence: u64,
    full: bool,
    anchor: u64,
    anchor_hash: [u8; 32],
}

impl Case {
    /// Moves old receipts into an archive file and returns how many. They are on the disk there before they leave
    /// the store, in one commit; a crash in between leaves no gap, and no double after the next rotation.
    ///
    /// ```
    /// use statehold::RotateOptions;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = statehold::open(folder.path().join("store.db"))?;
    /// let case = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// for _ in 0..9 {
    ///     case.increment_step_count();
    ///     case.commit(0)?;
    /// }
    /// let archive = folder.path().join("receipts.jsonl");
    /// assert_eq!(case.rotate_receipts(&RotateOptions::new().keep(3).archive(&archive))?, 7);
    /// assert_eq!(case.receipts(0, None)?[0].sequence, 8);
    /// assert!(case.verify(None)?.problems.is_empty());
    /// assert_eq!(case.verify(Some(&archive))?.archived, 7);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when the archive can't be written, and then the receipts stay; [`Error::NotFound`] if the case
    /// was deleted; [`Error::InvalidValue`] inside a transaction.
    pub fn rotate_receipts(&self, options: &RotateOptions) -> Result<u64> {
        self.operation(Operation::CaseRotateReceipts, || {
            let store = self.store("rotate_receipts()")?;
            let mut tries = 0;
            loop {
                tries += 1;
                match rotate(store.shared(), &self.inner.id, options) {
                    Err(Error::Conflict { .. }) if tries < TRIES => {}
                    result => return result,
                }
            }
        })
    }
}

/// Rotates what the store's own limit asks for, after a commit. What was committed stays committed if that fails.
pub(crate) fn bound(shared: &Arc<Shared>, ids: &[Arc<str>]) {
    let Some(most) = shared.max_receipts else { return };
    for id in ids {
        let result = shared.engine.read(|reader| reach(reader, id)).and_then(|reach| {
            // A little more may pile up, so that not every commit has to rotate.
            let full = reach.is_some_and(|reach| reach.sequence - reach.anchor > most + (most / 10).max(1));
            if full { rotate(shared, id, &RotateOptions::new().keep(most)).map(|_| ()) } else { Ok(()) }
        });
        match result {
            // Another is at it.
            Ok(()) | Err(Error::Conflict { .. }) => {}
            Err(error) => {
                tracing::warn!(target: "statehold", case = %id, %error, "receipts could not be rotated; the next commit tries again");
            }
        }
    }
}

fn reach(reader: &Reader<'_>, id: &str) -> Result<Option<Reach>> {
    reader.one(sql::BASE, &[Arg::Text(id)], |row| {
        Ok(Reach {
            sequence: row.int(0)?.unsigned_abs(),
            full: row.text(1)? == History::Full.as_str(),
            anchor: row.int(2)?.unsigned_abs(),
            anchor_hash: hash_of(row.bytes(3)?),
        })
    })
}

fn rotate(shared: &Arc<Shared>, id: &Arc<str>, options: &RotateOptions) -> Result<u64> {
    let engine = &shared.engine;
    let beside = || {
        let mut name = engine.path().as_os_str().to_owned();
        name.push("-receipts.jsonl");
        PathBuf::from(name)
    };
    let path = options.archive.clone().unwrap_or_else(beside);
    let range = |reader: &Reader<'_>| {
        let reach = reach(reader, id)?.ok_or_else(|| missing(id))?;
        let end = end(reader, id, &reach, options)?;
        Ok((end > reach.anchor).then_some((reach, end)))
    };
    if engine.snapshot()?.read(range)?.is_none() {
        return Ok(0);
    }
    // The archive is locked from here on, so that of two rotations the second sees what the first has written, and
    // begins where that has ended.
    let mut archive = Archive::open(&path)?;
    let read = engine.snapshot()?.read(|reader| {
        let Some((reach, end)) = range(reader)? else { return Ok(None) };
        let last = fill(reader, id, &mut archive, &reach, end)?;
        let state = if reach.full { Some(state_at(reader, id, end)?.text()) } else { None };
        Ok(Some((reach, end, last, state)))
    })?;
    let Some((reach, end, last, state)) = read else { return Ok(0) };
    archive.sync()?;
    let commit = Commit {
        checks: vec![
            Check::Number {
                sql: sql::ANCHOR,
                params: vec![Param::text(&**id)],
                expected: Expected::Exactly(reach.anchor + 1),
                subject: format!("the anchor of {}", subject(id)),
            },
            // If the case was deleted and its id used again, these are not its receipts.
            Check::Number {
                sql: sql::RECEIPT_REVISION,
                params: vec![Param::text(&**id), Param::Int(end.cast_signed())],
                expected: Expected::Exactly(last.revision),
                subject: format!("receipt {end} of {}", subject(id)),
            },
        ],
        statements: vec![
            Statement {
                sql: sql::SET_ANCHOR,
                params: vec![
                    Param::text(&**id),
                    Param::Int(end.cast_signed()),
                    Param::blob(last.hash),
                    state.map_or(Param::Null, Param::text),
                ],
                effect: Effect::Whole {
                    facet: FACET,
                    name: id.clone(),
                    operation: "rotate",
                    value: Written::Nothing,
                },
            },
            Statement { sql: sql::DELETE_RECEIPTS, params: vec![Param::text(&**id)], effect: Effect::Silent },
        ],
        durability: None,
    };
    engine.commit(commit)?;
    Ok(end - reach.anchor)
}

/// The last receipt that is to leave.
fn end(reader: &Reader<'_>, id: &str, reach: &Reach, options: &RotateOptions) -> Result<u64> {
    let keep = options.keep.unwrap_or(1).max(1);
    let end = reach.sequence.saturating_sub(keep);
    let Some(before) = options.before else { return Ok(end) };
    let args = [Arg::Text(id), Arg::Int(end.cast_signed()), Arg::Int(to_ms(before))];
    let last = reader.one(sql::LAST_BEFORE, &args, |row| row.int(0))?;
    Ok(last.unwrap_or(0).unsigned_abs())
}

/// The last receipt that leaves.
struct Last {
    revision: u64,
    hash: [u8; 32],
}

/// Appends the receipts up to `end` that the archive does not have yet.
fn fill(reader: &Reader<'_>, id: &str, archive: &mut Archive, reach: &Reach, end: u64) -> Result<Last> {
    // A crash may have left some of them there. An archive's last line of another life of the id is none of them.
    let there = archive.last_of(id)?;
    let (mut lines, mut skipping, mut last) = (String::new(), there.is_some(), None);
    if let Some((sequence, hash)) = there {
        let mut same = sequence == reach.anchor && hash == reach.anchor_hash;
        reader.each(
            sql::RECEIPTS,
            &[Arg::Text(id), Arg::Int(sequence.saturating_sub(1).cast_signed())],
            |row| {
                let receipt = ReceiptRow::read(row)?;
                same |= receipt.sequence == sequence && receipt.hash == hash;
                Ok(Next::Stop)
            },
        )?;
        skipping = same;
    }
    let skip_to = there.filter(|_| skipping).map_or(0, |(sequence, _)| sequence);
    reader.each(sql::RECEIPTS, &[Arg::Text(id), Arg::Int(reach.anchor.cast_signed())], |row| {
        let receipt = ReceiptRow::read(row)?;
        if receipt.sequence > end {
            return Ok(Next::Stop);
        }
        if receipt.sequence == end {
            last = Some(Last { revision: receipt.revision, hash: receipt.hash });
        }
        if receipt.sequence > skip_to {
            lines.push_str(&line(id, &receipt));
        }
        if lines.len() >= CHUNK {
            archive.append(&lines)?;
            lines.clear();
        }
        Ok(Next::Row)
    })?;
    archive.append(&lines)?;
    last.ok_or_else(|| Error::Conflict {
        check: format!("receipt {end} of {} was expected to be there", subject(id)),
        expected: None,
        found: None,
    })
}
