//! Reading the journal back: what was committed, what is new since, and whether the chain of hashes is whole.

use std::time::SystemTime;

use super::journal::{APPEND, Head, anchor, chain, hash_of, touches};
use super::reader::{Arg, Column, Next, Reader};
use super::request::Touch;
use crate::clock::from_ms;
use crate::error::Result;
use crate::ids::hex;
use crate::transfer::{Column as Member, Kind, Table};

/// The rows for export and import: verbatim, since they are chained by hashes of their texts.
pub(crate) const COMMITS: Table = Table {
    record: "commit",
    columns: &[
        Member::new("revision", Kind::Int),
        Member::new("time_ms", Kind::Int),
        Member::new("actor", Kind::Text),
        Member::new("touched", Kind::Json),
        Member::new("content", Kind::MaybeJson),
        Member::new("digest", Kind::Hash),
        Member::new("previous", Kind::Hash),
        Member::new("hash", Kind::Hash),
    ],
    key: 1,
    count: "SELECT count(*) FROM journal",
    page: ROWS,
    of: ROWS,
    put: &[APPEND],
};

const ROWS: &str = "
SELECT revision, time_ms, actor, touched, content, digest, previous, hash
FROM journal WHERE revision > ?1 ORDER BY revision";

const FOLLOW: &str = "
SELECT revision, time_ms, actor, touched, previous, hash
FROM journal WHERE revision >= ?1 ORDER BY revision";

/// Something that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision of the commit.
    pub revision: u64,
    /// When it was committed, by the store's effective clock.
    pub time: SystemTime,
    /// Who committed: `host/process` or `host/process/label`.
    pub actor: String,
    /// The facet: `namespace` or `plugin`.
    pub facet: String,
    /// The name in the facet: of the namespace or the plugin.
    pub name: String,
    /// The key; empty where a name has none, as of a plugin.
    pub key: String,
    /// What happened: `set`, `set_ttl`, `touch`, `delete`, `expire` to a key; `save`, `migrate`, `restore`,
    /// `clear`, `clear_backups` to a plugin's state.
    pub operation: String,
    /// Whether it is the last change of its commit: of those that a watch lets through, or in a row of the journal of
    /// all.
    pub is_last: bool,
}

/// One commit, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// 1, 2, 3, … over the whole store.
    pub revision: u64,
    /// When, by the store's effective clock.
    pub time: SystemTime,
    /// Who: `host/process` or `host/process/label`.
    pub actor: String,
    /// What it changed.
    pub changes: Vec<Change>,
    /// The hash that chains it to the row before, as hexadecimal digits.
    pub hash: String,
}

/// A row of the journal, as those need it who ask what was changed.
pub(crate) struct Committed<'a> {
    pub(crate) revision: u64,
    time: SystemTime,
    actor: &'a str,
    touched: &'a str,
}

impl Committed<'_> {
    /// What it changed, as far as `wanted` has it.
    pub(crate) fn changes(&self, wanted: impl Fn(&Touch<'_>) -> bool) -> Vec<Change> {
        let mut changes: Vec<Change> = touches(self.touched)
            .into_iter()
            .filter(|(facet, name, key, operation)| wanted(&Touch { facet, name, key, operation }))
            .map(|(facet, name, key, operation)| Change {
                revision: self.revision,
                time: self.time,
                actor: self.actor.to_owned(),
                facet: facet.into_owned(),
                name: name.into_owned(),
                key: key.into_owned(),
                operation: operation.into_owned(),
                is_last: false,
            })
            .collect();
        if let Some(last) = changes.last_mut() {
            last.is_last = true;
        }
        changes
    }
}

/// Where somebody who follows the journal has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) revision: u64,
    /// The hash of that row, once it is known: what comes after must follow from it.
    pub(crate) hash: Option<[u8; 32]>,
}

/// Visits the commits after `place`, in order and without a gap, until `visit` has seen enough, and returns where it has
/// come to. None when the journal does not go on from there: it was trimmed beyond the place, or the store was replaced
/// by one with another history.
pub(crate) fn follow(
    reader: &Reader<'_>,
    place: Place,
    mut visit: impl FnMut(&Committed<'_>) -> Result<Next>,
) -> Result<Option<Place>> {
    // The row at the place itself is read with those after it, as of one moment: that it is there, or the one after it,
    // shows that none is missing in between.
    let (mut at, mut found, mut lost) = (place, place.revision == 0, false);
    reader.each(FOLLOW, &[Arg::Int(i64::try_from(place.revision).unwrap_or(i64::MAX))], |row| {
        let (revision, hash) = (row.int(0)?.unsigned_abs(), hash_of(row.bytes(5)?));
        if revision == place.revision {
            lost = place.hash.is_some_and(|known| known != hash);
            (found, at.hash) = (true, Some(hash));
            return Ok(if lost { Next::Stop } else { Next::Row });
        }
        let previous = hash_of(row.bytes(4)?);
        if revision != at.revision + 1 || at.hash.is_some_and(|known| known != previous) {
            // Before the first row that follows it may have been trimmed, but not between two rows.
            if found && at.revision > 0 {
                return Err(reader.corrupt(format!("no row of the journal follows revision {}", at.revision)));
            }
            lost = true;
            return Ok(Next::Stop);
        }
        found = true;
        at = Place { revision, hash: Some(hash) };
        let time = from_ms(row.int(1)?);
        visit(&Committed { revision, time, actor: row.text(2)?, touched: row.text(3)? })
    })?;
    Ok((found && !lost).then_some(at))
}

/// Up to `limit` rows after revision `after`.
pub(crate) fn rows(reader: &Reader<'_>, after: u64, limit: usize) -> Result<Vec<JournalRow>> {
    let mut rows = Vec::new();
    if limit == 0 {
        return Ok(rows);
    }
    reader.each(ROWS, &[Arg::Int(i64::try_from(after).unwrap_or(i64::MAX))], |row| {
        let commit = Committed {
            revision: row.int(0)?.unsigned_abs(),
            time: from_ms(row.int(1)?),
            actor: row.text(2)?,
            touched: row.text(3)?,
        };
        let changes = commit.changes(|_| true);
        rows.push(JournalRow {
            revision: commit.revision,
            time: commit.time,
            actor: commit.actor.to_owned(),
            changes,
            hash: hex(row.bytes(7)?),
        });
        Ok(if rows.len() < limit { Next::Row } else { Next::Stop })
    })?;
    Ok(rows)
}

/// What a look through the whole journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalCheck {
    /// How many rows there are.
    pub rows: u64,
    /// The last revision.
    pub revision: u64,
    /// The hash of the last row, as hexadecimal digits. Keep it elsewhere to prove later that the
    /// journal up to here was not rewritten.
    pub hash: String,
    /// What is wrong; empty when the journal is whole.
    pub problems: Vec<String>,
}

const EXTENT: &str = "SELECT count(*), min(revision), min(time_ms) FROM journal";

/// How many rows the journal has, and of what revision and time the oldest is, if there is one.
pub(crate) fn extent(reader: &Reader<'_>) -> Result<(u64, Option<(u64, SystemTime)>)> {
    let found = reader.one(EXTENT, &[], |row| {
        let oldest = match (row.maybe_int(1)?, row.maybe_int(2)?) {
            (Some(revision), Some(time_ms)) => Some((revision.unsigned_abs(), from_ms(time_ms))),
            _ => None,
        };
        Ok((row.int(0)?.unsigned_abs(), oldest))
    })?;
    Ok(found.unwrap_or_default())
}

/// Recomputes the chain. The first row that does not fit is named, and the check goes on from it.
pub(crate) fn verify(reader: &Reader<'_>) -> Result<JournalCheck> {
    let mut head = anchor(reader)?;
    let mut rows = 0;
    let mut problems = Vec::new();
    reader.each(ROWS, &[Arg::Int(-1)], |row| {
        let revision = row.int(0)?.unsigned_abs();
        let hash = hash_of(row.bytes(7)?);
        let digest = hash_of(row.bytes(5)?);
        if revision != head.revision + 1 {
            problems.push(format!("revision {} is followed by {revision}", head.revision));
        } else if hash_of(row.bytes(6)?) != head.hash {
            problems.push(format!("revision {revision} does not follow from the row before it"));
        } else if chain(&head.hash, revision, row.int(1)?, row.text(2)?, row.text(3)?, &digest) != hash {
            problems.push(format!("revision {revision} was changed: its hash does not fit what it says"));
        } else if let Ok(Column::Text(content)) = row.column(4)
            && *blake3::hash(content.as_bytes()).as_bytes() != digest
        {
            problems.push(format!("the content of revision {revision} was changed: its digest does not fit"));
        }
        head = Head { revision, hash, time_ms: 0 };
        rows += 1;
        Ok(Next::Row)
    })?;
    Ok(JournalCheck { rows, revision: head.revision, hash: hex(&head.hash), problems })
}
