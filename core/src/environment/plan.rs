//! The rules: from what is there and what is asked for to what is to be written. Nothing here reads or writes.

use std::sync::Arc;

use super::failure::{Failure, FailureKind};
use super::history::HistoryOperation;
use super::home::{After, Change, LockCheck, Locking, RecordCheck, Seen, Write};
use super::lifecycle::Lifecycle;
use super::lock::Standing;
use super::options::TransitionOptions;
use super::record::{EnvironmentRecord, Made};
use crate::clock::{from_ms, to_ms};
use crate::engine::request::{Expected, OWN};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::limits::{TEXT_BYTES, check_text};

/// How the lock of a name allows a caller to write, and what becomes of it.
pub(super) struct Access {
    pub(super) check: LockCheck,
    pub(super) locking: Locking,
    /// What the history says of a lock that is taken from its holder.
    pub(super) note: Option<String>,
}

impl Access {
    /// Decides whether a caller may write: with the token of the lock, or because nobody holds it. A lock whose holder
    /// has lost it is freed by the same commit, so that this holder can't write any more.
    pub(super) fn of(name: &str, seen: &Seen, token: Option<&str>, now_ms: i64) -> Result<Self> {
        let free = Self { check: LockCheck::Held(0), locking: Locking::Keep, note: None };
        let lock = seen.lock.as_ref().filter(|lock| lock.token.is_some());
        let Some(lock) = lock else { return token.map_or(Ok(free), |_| Err(lost(name, None))) };
        if lock.token.as_deref() == token {
            return Ok(Self { check: LockCheck::Held(lock.fencing), ..free });
        }
        let standing = lock.standing(now_ms);
        let check = match standing {
            Standing::Free | Standing::Held => return Err(lock.locked(name)),
            Standing::Expired => LockCheck::Expired(lock.fencing),
            Standing::Gone => LockCheck::Held(lock.fencing),
        };
        if token.is_some() {
            return Err(lost(name, Some(lock.fencing)));
        }
        let token = lock.token.clone().expect("a free lock was sorted out above");
        Ok(Self { check, locking: Locking::Free { token }, note: Some(lock.taken_because(standing)) })
    }

    /// What is written with this access.
    pub(super) fn write(
        self,
        name: &Arc<str>,
        record: RecordCheck,
        seen: &Seen,
        changes: Vec<Change>,
    ) -> Write {
        let taken = self.note.map(|note| Change {
            operation: HistoryOperation::TakeOver,
            from: None,
            note: Some(note),
            after: After::Unchanged,
        });
        Write {
            name: name.clone(),
            record,
            lock: self.check,
            lifecycle: None,
            locking: self.locking,
            changes: taken.into_iter().chain(changes).collect(),
            entered_ms: seen.record.as_ref().map(|record| to_ms(record.entered_at)),
        }
    }
}

/// That a holder has lost its lock; `found` is the number of the grant that is there instead.
fn lost(name: &str, found: Option<u64>) -> Error {
    Error::Conflict {
        check: format!(
            "the lock of environment {name:?} is no longer held by this token: it was released, or taken over"
        ),
        expected: None,
        found,
    }
}

/// That a name is expected to be absent, present, or at a revision.
pub(super) fn expect(name: &str, expected: u64, found: Option<&EnvironmentRecord>) -> Result<()> {
    let found = match found {
        None => 0,
        // A value that the transaction itself has written is known by that.
        Some(record) if record.revision == 0 && expected == 0 => return Ok(()),
        Some(record) if record.revision == 0 => OWN,
        Some(record) => record.revision,
    };
    Expected::Exactly(expected).check(found, &format!("environment {name:?}"))
}

/// The record that a creation makes.
pub(super) fn create(name: &str, data: Json, lifecycle: &Lifecycle, now_ms: i64) -> Change {
    let initial = &lifecycle.initial;
    let mut record = EnvironmentRecord::unsaved(name, &lifecycle.name, initial, data, from_ms(now_ms));
    record.last_success = lifecycle.is_settled(initial).then(|| initial.clone());
    Change {
        operation: HistoryOperation::Create,
        from: None,
        note: None,
        after: After::Record(Box::new(record)),
    }
}

/// The changes that saving `given` over `stored` makes: its transitions, or its data alone.
pub(super) fn save(
    stored: &EnvironmentRecord,
    given: &EnvironmentRecord,
    lifecycle: &Lifecycle,
) -> Result<Vec<Change>> {
    if given.lifecycle != stored.lifecycle {
        let reason = format!("an environment keeps its lifecycle, which is {:?}", stored.lifecycle);
        return Err(Error::value("lifecycle", reason));
    }
    let mut made = given.made.clone();
    let ends_at = made.last().map_or(&stored.state, |last| &last.to);
    if *ends_at != given.state {
        // A record whose state was set by hand: as one transition to it.
        made.push(Made { to: given.state.clone(), failure: given.failure.clone() });
    }
    let mut record = EnvironmentRecord { data: given.data.clone(), made: Vec::new(), ..stored.clone() };
    if made.is_empty() {
        return Ok(vec![Change {
            operation: HistoryOperation::Save,
            from: None,
            note: None,
            after: After::Record(Box::new(record)),
        }]);
    }
    let mut changes = Vec::new();
    for Made { to, failure } in made {
        let options = TransitionOptions { failure, ..TransitionOptions::default() };
        let change = transition(&record, &to, options, lifecycle)?;
        let After::Record(after) = &change.after else { unreachable!("a transition leaves a record") };
        record = EnvironmentRecord::clone(after);
        changes.push(change);
    }
    Ok(changes)
}

/// A transition of a record.
pub(super) fn transition(
    record: &EnvironmentRecord,
    to: &str,
    options: TransitionOptions,
    lifecycle: &Lifecycle,
) -> Result<Change> {
    lifecycle.check_transition(&record.name, &record.state, to)?;
    check_text("note", options.note.as_deref(), TEXT_BYTES)?;
    check_text("step", options.step.as_deref(), TEXT_BYTES)?;
    match (&options.failure, lifecycle.is_error_state(to)) {
        (None, true) => {
            let reason = format!("{to} is an error state; say what failed");
            return Err(Error::value("failure", reason));
        }
        (Some(_), false) => {
            let reason = format!("{to} is no error state, so there is no failure to keep");
            return Err(Error::value("failure", reason));
        }
        _ => {}
    }
    let failure = options.failure.map(|failure| failure.into_kept(record.entered_at));
    if let Some(failure) = &failure {
        failure.check()?;
    }
    Ok(Change {
        operation: HistoryOperation::Transition,
        from: Some(record.state.clone()),
        note: options.note,
        after: After::Record(Box::new(entered(record, to, failure, options.step, lifecycle))),
    })
}

/// A record set right by hand, to any state of its lifecycle.
pub(super) fn recover(
    record: &EnvironmentRecord,
    to: &str,
    note: &str,
    lifecycle: &Lifecycle,
    now_ms: i64,
) -> Result<Change> {
    lifecycle.check_state(&record.name, &record.state, to)?;
    if note.trim().is_empty() {
        return Err(Error::value("note", "it is empty; say why the state is set right by hand"));
    }
    check_text("note", Some(note), TEXT_BYTES)?;
    let failure = lifecycle.is_error_state(to).then(|| {
        record.failure.clone().unwrap_or_else(|| {
            let step = record.step.clone().unwrap_or_else(|| record.state.clone());
            Failure::new(step, FailureKind::Other, note).between(record.entered_at, from_ms(now_ms))
        })
    });
    Ok(Change {
        operation: HistoryOperation::Recover,
        from: Some(record.state.clone()),
        note: Some(note.to_owned()),
        after: After::Record(Box::new(entered(record, to, failure, None, lifecycle))),
    })
}

/// A step of the command under way.
pub(super) fn step(record: &EnvironmentRecord, step: &str) -> Result<Change> {
    check_text("step", Some(step), TEXT_BYTES)?;
    let record = EnvironmentRecord { step: Some(step.to_owned()), ..record.clone() };
    Ok(Change {
        operation: HistoryOperation::Step,
        from: None,
        note: None,
        after: After::Record(Box::new(record)),
    })
}

/// The record in another state.
fn entered(
    record: &EnvironmentRecord,
    to: &str,
    failure: Option<Failure>,
    step: Option<String>,
    lifecycle: &Lifecycle,
) -> EnvironmentRecord {
    let last_success =
        if lifecycle.is_settled(to) { Some(to.to_owned()) } else { record.last_success.clone() };
    EnvironmentRecord { state: to.to_owned(), failure, step, last_success, ..record.clone() }
}
