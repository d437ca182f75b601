//! From rows to values.

use super::history::{HistoryEntry, HistoryOperation};
use super::home::Seen;
use super::lock::{Holder, LockRow};
use super::record::EnvironmentRecord;
use crate::clock::from_ms;
use crate::engine::reader::Row;
use crate::engine::sys::ProcessIdentity;
use crate::error::{Error, Result};
use crate::json::Json;

/// How many columns of [`super::sql::SEE`] come before those of the lock.
const LOCK: usize = 11;

/// Which of a lock's columns is its name.
pub(super) const LOCK_NAME: usize = 13;

/// A row of [`super::sql::SEE`].
pub(super) fn seen(row: &Row<'_>) -> Result<Seen> {
    let Some(name) = row.maybe_text(LOCK - 1)? else {
        return Ok(Seen { record: None, lock: lock(row, LOCK)? });
    };
    let record = EnvironmentRecord {
        name: name.to_owned(),
        lifecycle: row.text(0)?.to_owned(),
        state: row.text(1)?.to_owned(),
        data: Json::trusted(row.text(2)?.to_owned()),
        failure: failure(name, row.maybe_text(3)?)?,
        last_success: row.maybe_text(4)?.map(str::to_owned),
        step: row.maybe_text(5)?.map(str::to_owned),
        revision: row.int(6)?.unsigned_abs(),
        created_at: from_ms(row.int(7)?),
        updated_at: from_ms(row.int(8)?),
        entered_at: from_ms(row.int(9)?),
        made: Vec::new(),
    };
    Ok(Seen { record: Some(record), lock: lock(row, LOCK)? })
}

/// The columns of a lock from `first` on; none if it was never taken.
pub(super) fn lock(row: &Row<'_>, first: usize) -> Result<Option<LockRow>> {
    if row.maybe_text(first + LOCK_NAME)?.is_none() {
        return Ok(None);
    }
    let text = |at: usize| row.text(first + at).map(str::to_owned);
    Ok(Some(LockRow {
        fencing: row.int(first)?.unsigned_abs(),
        token: row.maybe_text(first + 1)?.map(str::to_owned),
        purpose: row.maybe_text(first + 2)?.map(str::to_owned),
        holder: Holder {
            process: ProcessIdentity {
                pid: process(row.int(first + 3)?),
                start: row.int(first + 4)?,
                boot: text(5)?,
                machine: text(6)?,
                namespace: text(7)?,
            },
            host: text(8)?,
            user: text(9)?,
        },
        taken_ms: row.int(first + 10)?,
        ttl_ms: row.maybe_int(first + 11)?,
        expires_ms: row.maybe_int(first + 12)?,
    }))
}

/// A row of [`super::sql::HISTORY`].
pub(super) fn entry(name: &str, row: &Row<'_>) -> Result<HistoryEntry> {
    let text = |at: usize| Ok::<_, Error>(row.maybe_text(at)?.map(str::to_owned));
    let (revision, time) = (row.int(1)?.unsigned_abs(), from_ms(row.int(2)?));
    let operation = HistoryOperation::named(row.text(3)?).ok_or_else(|| Error::Serialization {
        what: format!("the history of environment {name:?}"),
        reason: "it has an operation that this version does not know; upgrade statehold".to_owned(),
    })?;
    let failure = failure(name, row.maybe_text(13)?)?;
    let record = match row.maybe_text(11)? {
        None => None,
        Some(state) => Some(EnvironmentRecord {
            name: name.to_owned(),
            lifecycle: row.text(10)?.to_owned(),
            state: state.to_owned(),
            data: Json::trusted(row.text(12)?.to_owned()),
            failure: failure.clone(),
            last_success: text(14)?,
            step: text(15)?,
            revision,
            created_at: from_ms(row.int(16)?),
            updated_at: time,
            entered_at: from_ms(row.int(17)?),
            made: Vec::new(),
        }),
    };
    Ok(HistoryEntry {
        sequence: row.int(0)?.unsigned_abs(),
        revision,
        time,
        operation,
        from: text(4)?,
        to: record.as_ref().filter(|_| operation.enters()).map(|record| record.state.clone()),
        process: process(row.int(5)?),
        host: row.text(6)?.to_owned(),
        user: row.text(7)?.to_owned(),
        note: text(8)?,
        failure,
        spent: row.maybe_int(9)?.map(|ms| std::time::Duration::from_millis(ms.unsigned_abs())),
        record,
    })
}

/// A process id, which fits; a damaged one is none.
fn process(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(0)
}

fn failure(name: &str, stored: Option<&str>) -> Result<Option<super::Failure>> {
    stored
        .map(|text| {
            serde_json::from_str(text).map_err(|error| Error::Serialization {
                what: format!("the failure of environment {name:?}"),
                reason: error.to_string(),
            })
        })
        .transpose()
}
