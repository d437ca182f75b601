//! Removing what has expired. It is invisible from the millisecond on at which it expires; purging
//! only gives its room back, in small steps.

use std::time::Duration;

use super::{FACET, sql};
use crate::engine::Engine;
use crate::engine::request::{Commit, Effect, Param, Statement};
use crate::error::Result;
use std::sync::Arc;

/// How many keys one commit purges.
const STEP: i64 = 500;
/// How long the background waits after a step that has found something, so that the next finds more than one key.
const REST: Duration = Duration::from_secs(1);
/// How long it waits for the next key to expire, at least and at most.
const SOONEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_secs(60);

/// Purges one step, and says how soon the next is worth it.
pub(crate) fn purge_step(engine: &Arc<Engine>) -> Result<Option<Duration>> {
    let now = engine.shared_now();
    let Some(next) =
        engine.read(|reader| reader.one(sql::NEXT_EXPIRY, &[], |row| row.maybe_int(0)))?.flatten()
    else {
        return Ok(None);
    };
    if next > now || engine.purging_waits() {
        let wait = Duration::from_millis(next.saturating_sub(now).max(0).unsigned_abs());
        return Ok(Some(wait.clamp(SOONEST, LATEST)));
    }
    let purged = purge(engine)?;
    Ok(Some(if purged == STEP.unsigned_abs() { Duration::from_millis(10) } else { REST }))
}

/// Purges all that has expired, and returns how many keys that were.
pub(crate) fn purge_all(engine: &Arc<Engine>) -> Result<u64> {
    engine.shared_now();
    let mut total = 0;
    loop {
        let purged = purge(engine)?;
        total += purged;
        if purged < STEP.unsigned_abs() {
            return Ok(total);
        }
    }
}

fn purge(engine: &Arc<Engine>) -> Result<u64> {
    let statement = Statement {
        sql: sql::PURGE,
        params: vec![Param::Now, Param::Int(STEP)],
        effect: Effect::NamedRows { facet: FACET, operation: crate::engine::request::EXPIRE },
    };
    let outcome = engine.commit_quietly(Commit { statements: vec![statement], ..Commit::default() })?;
    Ok(outcome.done.first().map_or(0, |done| done.changed as u64))
}
