//! How long the journal is kept. It is trimmed from its old end in small steps, as part of commits;
//! an anchor, the last row that was removed, keeps the chain verifiable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::OptionalExtension;

use super::journal::Head;
use super::sys::Session;
use crate::clock::duration_ms;

const ANCHOR: &str = "SELECT value FROM meta WHERE key = 'anchor_revision'";
/// Times never decrease, so what comes before it has outlived its time.
const FIRST_YOUNG: &str =
    "SELECT revision FROM journal WHERE time_ms >= ?1 AND revision <= ?2 ORDER BY revision LIMIT 1";
const HASH_AT: &str = "SELECT hash FROM journal WHERE revision = ?1";
const REMOVE: &str = "DELETE FROM journal WHERE revision <= ?1";
const SET_REVISION: &str = "UPDATE meta SET value = ?1 WHERE key = 'anchor_revision'";
const SET_HASH: &str = "UPDATE meta SET value = ?1 WHERE key = 'anchor_hash'";

/// The most rows that one commit removes, so that none is slow.
const STEP: u64 = 1024;
/// How many commits pass between two looks at the rows' age.
const AGE_EVERY: u64 = 256;

/// What the journal is trimmed by.
pub(crate) struct Retention {
    most_rows: u64,
    most_age_ms: i64,
    /// Up to where the journal was trimmed when it was last looked at.
    anchor: AtomicU64,
    /// The revisions that open transactions of this handle have read, with how many of them.
    needed: Mutex<BTreeMap<u64, usize>>,
}

impl Retention {
    pub(crate) fn new(most_rows: u64, most_age: Duration) -> Self {
        Self {
            most_rows,
            most_age_ms: duration_ms(most_age),
            anchor: AtomicU64::new(0),
            needed: Mutex::new(BTreeMap::new()),
        }
    }

    /// Keeps the journal after `revision` until the guard is dropped.
    pub(crate) fn need(self: &Arc<Self>, revision: u64) -> Needed {
        *self.needed.lock().entry(revision).or_insert(0) += 1;
        Needed { retention: self.clone(), revision }
    }

    /// Removes a few rows that are too many or too old, in the transaction that is under way.
    pub(crate) fn trim(&self, session: &Session, head: &Head) -> rusqlite::Result<()> {
        // A little more than the limit may pile up, so that not every commit has to remove a row.
        let slack = (self.most_rows / 64).clamp(1, AGE_EVERY);
        let count = head.revision - self.anchor.load(Ordering::Relaxed).min(head.revision);
        let too_many = count > self.most_rows + slack;
        let look_at_age = head.revision.is_multiple_of(AGE_EVERY);
        if !too_many && !look_at_age {
            return Ok(());
        }
        let anchor: u64 = session.with(ANCHOR, |anchor| anchor.query_row([], |row| row.get(0))).flatten()?;
        let reach = anchor + STEP;
        let mut end = head.revision.saturating_sub(self.most_rows).min(reach);
        if look_at_age {
            let oldest = head.time_ms.saturating_sub(self.most_age_ms);
            let young: Option<u64> = session
                .with(FIRST_YOUNG, |first| first.query_row((oldest, reach), |row| row.get(0)).optional())
                .flatten()?;
            end = end.max(young.map_or(reach, |young| young - 1));
        }
        let needed = self.needed.lock().keys().next().copied().unwrap_or(u64::MAX);
        // The last row always stays: it says where the store stands.
        let end = end.min(needed).min(head.revision - 1);
        if end > anchor {
            let hash: Option<Vec<u8>> =
                session.with(HASH_AT, |at| at.query_row([end], |row| row.get(0)).optional()).flatten()?;
            if let Some(hash) = hash {
                session.with(REMOVE, |remove| remove.execute([end])).flatten()?;
                session.with(SET_REVISION, |set| set.execute([end])).flatten()?;
                session.with(SET_HASH, |set| set.execute([hash])).flatten()?;
            }
        }
        self.anchor.store(end.max(anchor), Ordering::Relaxed);
        Ok(())
    }
}

/// Keeps a part of the journal for as long as it lives.
pub(crate) struct Needed {
    retention: Arc<Retention>,
    revision: u64,
}

impl Drop for Needed {
    fn drop(&mut self) {
        let mut needed = self.retention.needed.lock();
        if let Some(count) = needed.get_mut(&self.revision) {
            *count -= 1;
            if *count == 0 {
                needed.remove(&self.revision);
            }
        }
    }
}
