//! Reading the journal back: what was committed, and whether the chain of hashes is whole.

use std::time::SystemTime;

use super::journal::{Head, anchor, chain, hash_of, touches};
use super::reader::{Arg, Column, Next, Reader};
use crate::clock::from_ms;
use crate::error::Result;
use crate::ids::hex;

const ROWS: &str = "
SELECT revision, time_ms, actor, touched, content, digest, previous, hash
FROM journal WHERE revision > ?1 ORDER BY revision";

/// Something that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The facet: `namespace` or `plugin`.
    pub facet: String,
    /// The name in the facet: of the namespace or the plugin.
    pub name: String,
    /// The key; empty where a name has none, as of a plugin.
    pub key: String,
    /// What happened: `set`, `set_ttl`, `touch`, `delete`, `expire` to a key; `save`, `migrate`, `restore`,
    /// `clear`, `clear_backups` to a plugin's state.
    pub operation: String,
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

/// Up to `limit` rows after revision `after`.
pub(crate) fn rows(reader: &Reader<'_>, after: u64, limit: usize) -> Result<Vec<JournalRow>> {
    let mut rows = Vec::new();
    if limit == 0 {
        return Ok(rows);
    }
    reader.each(ROWS, &[Arg::Int(i64::try_from(after).unwrap_or(i64::MAX))], |row| {
        let changes = touches(row.text(3)?)
            .into_iter()
            .map(|(facet, name, key, operation)| Change {
                facet: facet.into_owned(),
                name: name.into_owned(),
                key: key.into_owned(),
                operation: operation.into_owned(),
            })
            .collect();
        rows.push(JournalRow {
            revision: row.int(0)?.unsigned_abs(),
            time: from_ms(row.int(1)?),
            actor: row.text(2)?.to_owned(),
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
