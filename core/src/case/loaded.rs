//! A case as it was committed, with what the next commit is built on.

use std::sync::Arc;

use super::sql;
use super::state::CaseState;
use crate::clock::from_ms;
use crate::engine::journal::hash_of;
use crate::engine::reader::{Arg, Reader};
use crate::error::{Error, Result};

/// What is kept of the mutations of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum History {
    /// Their names, and a digest of what they hold. The default.
    #[default]
    Names,
    /// What they hold as well, so that the state at any receipt can be rebuilt.
    Full,
}

impl History {
    /// The word for it, the same in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Full => "full",
        }
    }
}

impl std::str::FromStr for History {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "names" => Ok(Self::Names),
            "full" => Ok(Self::Full),
            _ => Err(Error::value("history", format!("{text:?} is none; there are names and full"))),
        }
    }
}

/// A committed state.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// 0 if the transaction that reads it has written it itself.
    pub(super) revision: u64,
    pub(super) sequence: u64,
    pub(super) history: History,
    pub(super) anchor_sequence: u64,
    pub(super) digest: [u8; 32],
    pub(super) state: CaseState,
    /// The last receipt. It tells two commits of one number apart, of which one was undone.
    pub(super) receipt_id: String,
    /// Of the last receipt; none until the transaction that has written it commits.
    pub(super) hash: Option<[u8; 32]>,
}

/// The case in a store, if it is there.
pub(super) fn load(reader: &Reader<'_>, id: &str) -> Result<Option<Arc<Loaded>>> {
    let loaded = reader.one(sql::LOAD, &[Arg::Text(id)], |row| {
        let (digest, text) = (hash_of(row.bytes(5)?), row.text(6)?);
        let Some(receipt_id) = row.maybe_text(7)? else {
            return Err(row.corrupt(format!("case {id:?} has no last receipt; ask verify()")));
        };
        // Nothing must be built on a state that was changed behind the back of its receipts.
        if *blake3::hash(text.as_bytes()).as_bytes() != digest || hash_of(row.bytes(8)?) != digest {
            return Err(row.corrupt(format!(
                "the state of case {id:?} is not the one of its last receipt; ask verify()"
            )));
        }
        let state = CaseState::parse(text, from_ms(row.int(2)?))
            .map_err(|error| row.corrupt(format!("the state of case {id:?} can't be read: {error}")))?;
        Ok(Arc::new(Loaded {
            revision: row.int(0)?.unsigned_abs(),
            sequence: row.int(1)?.unsigned_abs(),
            history: row.text(3)?.parse().map_err(|error| row.corrupt(format!("case {id:?}: {error}")))?,
            anchor_sequence: row.int(4)?.unsigned_abs(),
            digest,
            state,
            receipt_id: receipt_id.to_owned(),
            hash: Some(hash_of(row.bytes(9)?)),
        }))
    })?;
    Ok(loaded)
}
