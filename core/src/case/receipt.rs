//! The receipt that every commit of a case leaves, chained to the one before.

use std::time::SystemTime;

use serde::Deserialize;

use super::sql;
use crate::clock::from_ms;
use crate::engine::digest::Digest;
use crate::engine::journal::hash_of;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::error::Result;
use crate::ids::hex;

/// Proof of a commit of a case. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseReceipt {
    /// Its id, a UUID of version 7.
    pub id: String,
    /// The case.
    pub case_id: String,
    /// 1, 2, 3, … over the commits of the case.
    pub sequence: u64,
    /// The store's revision; 0 inside the transaction that makes the commit.
    pub revision: u64,
    /// When, by the store's effective clock.
    pub time: SystemTime,
    /// Who: `host/process` or `host/process/label`.
    pub actor: String,
    /// What was done.
    pub mutations: Vec<ReceiptMutation>,
    /// A digest of the mutations with all that they hold. This and the hashes are hexadecimal digits.
    pub digest: String,
    /// The digest of the state before; zeroes for the first receipt.
    pub before: String,
    /// The digest of the state after.
    pub after: String,
    /// The hash of the receipt before.
    pub previous: String,
    /// The hash of this one, over all that it says; empty inside the transaction that makes the commit.
    pub hash: String,
}

/// A mutation, as a receipt tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptMutation {
    /// Which: `add_token`, …, or `create` or `restore`.
    pub name: String,
    /// The token or the scope that it is about.
    pub id: Option<String>,
}

/// A row of the table, borrowed.
pub(super) struct ReceiptRow<'a> {
    pub(super) sequence: u64,
    pub(super) id: &'a str,
    pub(super) revision: u64,
    pub(super) time_ms: i64,
    pub(super) actor: &'a str,
    pub(super) mutations: &'a str,
    pub(super) content: Option<&'a str>,
    pub(super) digest: [u8; 32],
    pub(super) before: [u8; 32],
    pub(super) after: [u8; 32],
    pub(super) previous: [u8; 32],
    pub(super) hash: [u8; 32],
}

impl<'a> ReceiptRow<'a> {
    pub(super) fn read(row: &Row<'a>) -> Result<Self> {
        Ok(Self {
            sequence: row.int(0)?.unsigned_abs(),
            id: row.text(1)?,
            revision: row.int(2)?.unsigned_abs(),
            time_ms: row.int(3)?,
            actor: row.text(4)?,
            mutations: row.text(5)?,
            content: row.maybe_text(6)?,
            digest: hash_of(row.bytes(7)?),
            before: hash_of(row.bytes(8)?),
            after: hash_of(row.bytes(9)?),
            previous: hash_of(row.bytes(10)?),
            hash: hash_of(row.bytes(11)?),
        })
    }

    /// The hash that it must have. The columns are those that [`plan`](super::plan) has the engine hash.
    pub(super) fn expected_hash(&self, case_id: &str) -> [u8; 32] {
        let mut digest = Digest::default();
        digest.text(case_id.as_bytes());
        digest.int(self.sequence.cast_signed());
        digest.text(self.id.as_bytes());
        digest.int(self.revision.cast_signed());
        digest.int(self.time_ms);
        digest.text(self.actor.as_bytes());
        digest.text(self.mutations.as_bytes());
        for bytes in [&self.digest, &self.before, &self.after, &self.previous] {
            digest.bytes(bytes);
        }
        digest.finish()
    }

    pub(super) fn receipt(&self, case_id: &str) -> CaseReceipt {
        CaseReceipt {
            id: self.id.to_owned(),
            case_id: case_id.to_owned(),
            sequence: self.sequence,
            revision: self.revision,
            time: from_ms(self.time_ms),
            actor: self.actor.to_owned(),
            mutations: read_names(self.mutations),
            digest: hex(&self.digest),
            before: hex(&self.before),
            after: hex(&self.after),
            previous: hex(&self.previous),
            hash: hex(&self.hash),
        }
    }
}

/// What the first receipt of a case is chained to.
pub(super) fn genesis(case_id: &str) -> [u8; 32] {
    *blake3::hash(case_id.as_bytes()).as_bytes()
}

/// Reads the names and ids of a receipt's mutations; what can't be read is left out, and found by a check.
pub(super) fn read_names(text: &str) -> Vec<ReceiptMutation> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Named {
        Alone((String,)),
        Of(String, String),
    }
    let named: Vec<Named> = serde_json::from_str(text).unwrap_or_default();
    named
        .into_iter()
        .map(|named| match named {
            Named::Alone((name,)) => ReceiptMutation { name, id: None },
            Named::Of(name, id) => ReceiptMutation { name, id: Some(id) },
        })
        .collect()
}

/// Up to `limit` receipts after a sequence number.
pub(super) fn list(
    reader: &Reader<'_>,
    case_id: &str,
    after: u64,
    limit: Option<usize>,
) -> Result<Vec<CaseReceipt>> {
    let mut receipts = Vec::new();
    if limit == Some(0) {
        return Ok(receipts);
    }
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    reader.each(sql::RECEIPTS, &[Arg::Text(case_id), Arg::Int(after)], |row| {
        receipts.push(ReceiptRow::read(row)?.receipt(case_id));
        Ok(if limit == Some(receipts.len()) { Next::Stop } else { Next::Row })
    })?;
    Ok(receipts)
}
