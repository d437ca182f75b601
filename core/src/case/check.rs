//! Whether a case is what its receipts say: the chain, the state, and the columns that repeat parts of it.

use std::path::Path;

use super::archive::Archived;
use super::create::missing;
use super::loaded::History;
use super::receipt::{ReceiptRow, genesis};
use super::state::CaseState;
use super::{Case, sql};
use crate::clock::from_ms;
use crate::engine::journal::hash_of;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::error::{Error, Result};
use crate::fault::Operation;

/// What a look through the receipts of a case found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseCheck {
    /// How many receipts the store has.
    pub receipts: u64,
    /// How many were found in the archive; 0 without one.
    pub archived: u64,
    /// The sequence number of the last receipt.
    pub sequence: u64,
    /// What is wrong, in the order of the receipts; empty when all fits.
    pub problems: Vec<CaseProblem>,
}

/// Something about a case that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseProblem {
    /// The case.
    pub case_id: String,
    /// The receipt that does not fit, if it is one.
    pub sequence: Option<u64>,
    /// The id of that receipt.
    pub receipt_id: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl CaseProblem {
    pub(super) fn of_case(case_id: &str, reason: impl Into<String>) -> Self {
        Self { case_id: case_id.to_owned(), sequence: None, receipt_id: None, reason: reason.into() }
    }

    pub(super) fn of_receipt(case_id: &str, receipt: &ReceiptRow<'_>, reason: impl Into<String>) -> Self {
        Self {
            case_id: case_id.to_owned(),
            sequence: Some(receipt.sequence),
            receipt_id: Some(receipt.id.to_owned()),
            reason: reason.into(),
        }
    }

    /// What is wrong, in the words of a look through the whole store, which tells of whose case it is by itself.
    pub(super) fn in_the_store(self) -> String {
        let Self { reason, sequence, receipt_id, .. } = self;
        match (sequence, receipt_id) {
            (Some(sequence), Some(id)) => format!("receipt {sequence} ({id}): {reason}"),
            _ => reason,
        }
    }
}

impl Case {
    /// Recomputes the chain of the receipts and the digest of the state. A changed byte anywhere in them is
    /// found, unless by somebody who rebuilt the whole chain. With the file to which receipts were rotated, the
    /// chain is followed from the first receipt on.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the case was deleted; [`Error::Io`] for an archive that can't be read;
    /// [`Error::InvalidValue`] inside a transaction. What does not fit is in the result.
    pub fn verify(&self, archive: Option<&Path>) -> Result<CaseCheck> {
        self.operation(Operation::CaseVerify, || {
            let store = self.store("verify()")?;
            let archived = archive.map(|path| Archived::read(path, self.id())).transpose()?;
            let snapshot = store.shared().engine.snapshot()?;
            snapshot.read(|reader| check(reader, self.id(), archived)?.ok_or_else(|| missing(self.id())))
        })
    }
}

/// Where the chain stands after a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) sequence: u64,
    pub(super) hash: [u8; 32],
    /// The digest of the state, if it is known.
    pub(super) after: Option<[u8; 32]>,
}

impl Link {
    /// What the first receipt follows.
    pub(super) fn first(case_id: &str) -> Self {
        Self { sequence: 0, hash: genesis(case_id), after: Some([0; 32]) }
    }

    /// What is wrong with a receipt that should follow, if anything is.
    pub(super) fn problem(&self, case_id: &str, receipt: &ReceiptRow<'_>) -> Option<String> {
        if receipt.sequence != self.sequence + 1 {
            return Some(format!("receipt {} is followed by {}", self.sequence, receipt.sequence));
        }
        if receipt.expected_hash(case_id) != receipt.hash {
            return Some("it was changed: its hash does not fit what it says".to_owned());
        }
        if receipt.previous != self.hash {
            return Some("it does not follow from the receipt before it".to_owned());
        }
        if self.after.is_some_and(|after| after != receipt.before) {
            return Some("the state before it is not the one after the receipt before it".to_owned());
        }
        if receipt
            .content
            .is_some_and(|content| *blake3::hash(content.as_bytes()).as_bytes() != receipt.digest)
        {
            return Some("its content was changed: the digest does not fit".to_owned());
        }
        None
    }
}

/// A row of the table of cases, as far as it is compared.
struct Stored {
    status: String,
    step_count: i64,
    active_tokens: i64,
    sequence: u64,
    committed_ms: i64,
    revision: u64,
    full: bool,
    anchor: Link,
    digest: [u8; 32],
    state: String,
    anchor_state: Option<String>,
}

/// The last of the receipts that were seen.
#[derive(Clone, Copy)]
struct Last {
    link: Link,
    revision: u64,
    time_ms: i64,
}

/// Checks a case; none if it is not there.
pub(super) fn check(
    reader: &Reader<'_>,
    case_id: &str,
    archived: Option<Archived>,
) -> Result<Option<CaseCheck>> {
    let mut problems = Vec::new();
    let stored = match reader.one(sql::CHECKED, &[Arg::Text(case_id)], stored) {
        Ok(Some(stored)) => stored,
        Ok(None) => return Ok(None),
        Err(Error::Corrupt { reason, .. }) => {
            problems.push(CaseProblem::of_case(case_id, format!("its row can't be read: {reason}")));
            return Ok(Some(CaseCheck { receipts: 0, archived: 0, sequence: 0, problems }));
        }
        Err(other) => return Err(other),
    };
    let anchor = stored.anchor.sequence;
    let start = if anchor == 0 { Link::first(case_id) } else { stored.anchor };
    if anchor == 0 && stored.anchor.hash != start.hash {
        problems.push(CaseProblem::of_case(case_id, "the hash of its anchor was changed"));
    }
    let mut count = 0;
    let mut last = Last { link: start, revision: 0, time_ms: i64::MIN };
    reader.each(sql::RECEIPTS, &[Arg::Text(case_id), Arg::Int(i64::MIN)], |row| {
        count += 1;
        let receipt = match ReceiptRow::read(row) {
            Ok(receipt) => receipt,
            Err(Error::Corrupt { reason, .. }) => {
                problems.push(CaseProblem::of_case(case_id, format!("a receipt can't be read: {reason}")));
                return Ok(Next::Row);
            }
            Err(other) => return Err(other),
        };
        let reason = last.link.problem(case_id, &receipt).or_else(|| {
            (receipt.content.is_some() != stored.full)
                .then(|| "whether it has content does not fit the history that the case keeps".to_owned())
        });
        problems.extend(reason.map(|reason| CaseProblem::of_receipt(case_id, &receipt, reason)));
        let link = Link { sequence: receipt.sequence, hash: receipt.hash, after: Some(receipt.after) };
        if let Some(archived) = &archived {
            problems.extend(
                archived.differs(&link).map(|reason| CaseProblem::of_receipt(case_id, &receipt, reason)),
            );
        }
        last = Last { link, revision: receipt.revision, time_ms: receipt.time_ms };
        Ok(Next::Row)
    })?;
    let archived_count = archived.as_ref().map_or(0, |archived| archived.count);
    if let Some(archived) = archived {
        problems.extend(archived.problems_up_to(case_id, &stored.anchor));
    }
    let wrong = stored.compare(&last, reader, case_id)?;
    problems.extend(wrong.into_iter().map(|reason| CaseProblem::of_case(case_id, reason)));
    let sequence = stored.sequence;
    Ok(Some(CaseCheck { receipts: count, archived: archived_count, sequence, problems }))
}

fn stored(row: &Row<'_>) -> Result<Stored> {
    let history: History = row.text(6)?.parse().map_err(|error: Error| row.corrupt(error.to_string()))?;
    Ok(Stored {
        status: row.text(0)?.to_owned(),
        step_count: row.int(1)?,
        active_tokens: row.int(2)?,
        sequence: row.int(3)?.unsigned_abs(),
        committed_ms: row.int(4)?,
        revision: row.int(5)?.unsigned_abs(),
        full: history == History::Full,
        anchor: Link { sequence: row.int(7)?.unsigned_abs(), hash: hash_of(row.bytes(8)?), after: None },
        digest: hash_of(row.bytes(9)?),
        state: row.text(10)?.to_owned(),
        anchor_state: row.maybe_text(11)?.map(str::to_owned),
    })
}

impl Stored {
    /// What of the row is not what the last receipt and the state say.
    fn compare(&self, last: &Last, reader: &Reader<'_>, case_id: &str) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let mut expect = |holds: bool, reason: &str| {
            if !holds {
                wrong.push(reason.to_owned());
            }
        };
        let digest = *blake3::hash(self.state.as_bytes()).as_bytes();
        expect(self.sequence == last.link.sequence, "its number of receipts is not that of the last one");
        expect(Some(digest) == last.link.after, "its state is not the one after its last receipt");
        expect(digest == self.digest, "the digest of its state was changed");
        expect(self.revision == last.revision, "its revision is not that of its last receipt");
        expect(
            self.committed_ms == last.time_ms,
            "the time of its last commit is not that of its last receipt",
        );
        let kept = self.full && self.anchor.sequence > 0;
        expect(self.anchor_state.is_some() == kept, "the state at its anchor does not fit its history");
        if let Some(text) = self.anchor_state.as_ref().filter(|_| kept) {
            let before = reader
                .one(
                    sql::RECEIPTS,
                    &[Arg::Text(case_id), Arg::Int(self.anchor.sequence.cast_signed())],
                    |row| Ok(ReceiptRow::read(row).map(|receipt| receipt.before).ok()),
                )?
                .flatten();
            let digest = *blake3::hash(text.as_bytes()).as_bytes();
            expect(before == Some(digest), "the state at its anchor is not the one before its first receipt");
        }
        match CaseState::parse(&self.state, from_ms(0)).and_then(|state| state.check().map(|()| state)) {
            Err(error) => wrong.push(format!("its state is none: {error}")),
            Ok(state) => {
                let fits = self.status == state.status.as_str()
                    && self.step_count.unsigned_abs() == state.metadata.step_count
                    && self.active_tokens.unsigned_abs() == state.active_tokens();
                if !fits {
                    wrong.push(
                        "its status, step count or active tokens are not those of its state".to_owned(),
                    );
                }
            }
        }
        Ok(wrong)
    }
}
