//! Putting a backup back into the store that it was made of, while that is open: all pages of an earlier moment, by
//! SQLite's backup API, in one transaction. The journal is not put back with them. It goes on, with a row that says what
//! was done, so that revisions never mean two things: who has read the state before sees that it was changed.

use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::applying::Context;
use super::batch::Terms;
use super::companion::Witnessed;
use super::connection::connect;
use super::failure::explain;
use super::journal::{self, Head};
use super::reader::{Arg, Next, Reader};
use super::request::{Commit, Statement};
use super::schema::Steps;
use super::sys::Session;
use super::{busy, copy, open};
use crate::error::{Error, Result};
use crate::ids::hex;

const AFTER: &str = "
SELECT revision, time_ms, actor, touched, content, digest, previous, hash
FROM journal WHERE revision > ?1 ORDER BY revision";
const EMPTY: &str = "DELETE FROM journal";
const ANCHOR: &str = "UPDATE meta SET value = ?2 WHERE key = ?1";

/// What the store must keep over it: statements for the copy, made from the store as it is.
pub(crate) type Keep = fn(&Reader<'_>) -> Result<Vec<Statement>>;

/// A copy of an earlier moment that is to be put back; it is changed on the way.
pub(crate) struct PutBack<'a> {
    pub(crate) copy: &'a PathBuf,
    /// The formats of the file.
    pub(crate) steps: Steps,
    pub(crate) keep: &'a [Keep],
    pub(crate) progress: &'a mut dyn FnMut(copy::CopyProgress),
}

/// Puts a copy back and gives the head then. The caller sees to it that nobody else of this handle writes.
pub(super) fn put_back(terms: &Terms, task: &mut PutBack<'_>) -> Result<Head> {
    let source = Session::new(connect(task.copy)?);
    open::initialise(&source, task.copy, task.steps)?;
    overwrite(terms, &source, task.progress, |live| carry_over(terms, &source, live, task.copy, task.keep))
}

/// What the store is to go on as: made from a copy of it, in which its journal goes on.
pub(crate) struct Successor<'a> {
    pub(crate) copy: &'a PathBuf,
    /// The head of the store when it was copied.
    pub(crate) of: Witnessed,
    pub(crate) progress: &'a mut dyn FnMut(copy::CopyProgress),
}

/// Puts a successor in the place of the store, and gives the head then, unless the store has been written to since it was
/// copied.
pub(super) fn succeed(terms: &Terms, task: &mut Successor<'_>) -> Result<Head> {
    let source = Session::new(connect(task.copy)?);
    let head = journal::head(&Reader::new(&source, task.copy))?;
    let of = task.of;
    let head = overwrite(terms, &source, task.progress, |live| {
        let found = journal::head(live)?;
        if (found.revision, found.hash) != (of.revision, of.hash) {
            let check =
                format!("the store was expected at revision {}, and was written to meanwhile", of.revision);
            return Err(Error::Conflict { check, expected: Some(of.revision), found: Some(found.revision) });
        }
        Ok(head)
    })?;
    terms.timeline.observe(head.time_ms);
    Ok(head)
}

/// Writes all pages of `source` over the store in one transaction. `settle` is asked for the head then, when nobody else
/// can write any more, and may still change the source.
fn overwrite(
    terms: &Terms,
    source: &Session,
    progress: &mut dyn FnMut(copy::CopyProgress),
    settle: impl Fn(&Reader<'_>) -> Result<Head>,
) -> Result<Head> {
    if !terms.witness.holds() {
        return Err(Error::LocksLost { path: terms.path.clone() });
    }
    let mut target = connect(&terms.path)?;
    let live = Session::new(connect(&terms.path)?);
    let head = busy::with_patience(terms.busy_timeout, || {
        target.pragma_update(None, "synchronous", "FULL").map_err(|error| explain(&terms.path, error))?;
        let backup = Backup::new(source, &mut target).map_err(|error| explain(&terms.path, error))?;
        // From here on nobody else writes to the store, so what is read of it now is the last word.
        copy::begin(&backup, &terms.path, terms.busy_timeout)?;
        let head = settle(&Reader::new(&live, &terms.path))?;
        copy::finish(&backup, &terms.path, progress).map_err(|error| match error {
            Error::Io { reason, .. } => Error::CommitUnknown { revision: head.revision, reason },
            other => other,
        })?;
        Ok(head)
    })?;
    terms.companion.write(&Witnessed { store_id: terms.store_id, revision: head.revision, hash: head.hash });
    Ok(head)
}

/// Whether a store's history goes through the state of a copy, as far as its journal still tells.
pub(crate) fn descends(live: &Reader<'_>, from: &Witnessed) -> Result<bool> {
    if from.revision < journal::anchor(live)?.revision {
        return Ok(true);
    }
    Ok(journal::hash_at(live, from.revision)? == Some(from.hash))
}

/// Makes the copy what the store is to become: it gets what must be kept, the journal since, and the row that tells that
/// it was put back.
fn carry_over(
    terms: &Terms,
    source: &Session,
    live: &Reader<'_>,
    copy: &PathBuf,
    keep: &[Keep],
) -> Result<Head> {
    let explain = |error| explain(copy, error);
    let from = journal::head(&Reader::new(source, copy))?;
    let state = Witnessed { store_id: terms.store_id, revision: from.revision, hash: from.hash };
    if !descends(live, &state)? {
        let check = format!(
            "the store is not what revision {} of it has become: it was replaced meanwhile",
            from.revision
        );
        return Err(Error::Conflict { check, expected: Some(from.revision), found: None });
    }
    source.execute_batch("BEGIN").map_err(explain)?;
    append_since(source, &from, live, &explain)?;
    let mut statements = Vec::new();
    for keep in keep {
        statements.extend(keep(live)?);
    }
    let from_where = format!("{{\"revision\":{},\"hash\":\"{}\"}}", from.revision, hex(&from.hash));
    statements.push(Statement::restored(from_where));
    let context = Context {
        session: source,
        path: copy,
        actor: &terms.actor,
        now_ms: terms.companion.agree(&terms.timeline).max(journal::head(live)?.time_ms),
        keep_content: terms.keep_content,
    };
    let outcome = context.apply(&Commit { statements, ..Commit::default() }, &journal::head(live)?)?;
    source.execute_batch("COMMIT").map_err(explain)?;
    Ok(Head { revision: outcome.revision, hash: outcome.hash, time_ms: outcome.time_ms })
}

/// Appends what was committed since the copy was made. If the journal does not reach back so far, it takes the place of
/// the copy's.
fn append_since(
    source: &Connection,
    from: &Head,
    live: &Reader<'_>,
    explain: &impl Fn(rusqlite::Error) -> Error,
) -> Result<()> {
    let anchor = journal::anchor(live)?;
    if anchor.revision > from.revision {
        source.execute(EMPTY, []).map_err(explain)?;
        source.execute(ANCHOR, ("anchor_revision", anchor.revision.cast_signed())).map_err(explain)?;
        source.execute(ANCHOR, ("anchor_hash", &anchor.hash[..])).map_err(explain)?;
    }
    let mut append = source.prepare(journal::APPEND).map_err(explain)?;
    live.each(AFTER, &[Arg::Int(from.revision.cast_signed())], |row| {
        let values = (
            row.int(0)?,
            row.int(1)?,
            row.text(2)?,
            row.text(3)?,
            row.maybe_text(4)?,
            row.bytes(5)?,
            row.bytes(6)?,
            row.bytes(7)?,
        );
        append.execute(values).map_err(explain)?;
        Ok(Next::Row)
    })
}
