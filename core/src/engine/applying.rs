//! Applying one commit inside an open write transaction.

use std::path::PathBuf;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::digest::Digest;
use super::failure::explain;
use super::journal::{self, Content, Head, Record};
use super::reader::{Arg, Next, Reader};
use super::request::{
    Cell, Check, Commit, Done, EXPIRE, Effect, Footprint, Outcome, Param, STORE, Statement, Touch, Written,
};
use super::sys::Session;
use crate::error::{Error, Result};

/// What every commit of a batch shares.
pub(crate) struct Context<'a> {
    pub(crate) session: &'a Session,
    pub(crate) path: &'a PathBuf,
    pub(crate) actor: &'a str,
    pub(crate) now_ms: i64,
    pub(crate) keep_content: bool,
}

/// A parameter with what only the commit's turn decides.
struct Bound<'a> {
    param: &'a Param,
    revision: u64,
    now_ms: i64,
    actor: &'a str,
    done: &'a [Done],
}

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.param {
            Param::Digest(parts) => ToSqlOutput::Owned(Value::Blob(self.digest(parts).to_vec())),
            param => ToSqlOutput::Borrowed(self.value(param)),
        })
    }
}

impl<'a> Bound<'a> {
    /// What a parameter stands for; that of a digest is worked out apart, since it is not lying anywhere.
    fn value(&self, param: &'a Param) -> ValueRef<'a> {
        match param {
            Param::Null | Param::Digest(_) => ValueRef::Null,
            Param::Int(number) => ValueRef::Integer(*number),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Blob(bytes) => ValueRef::Blob(bytes),
            Param::Revision => ValueRef::Integer(self.revision.cast_signed()),
            Param::Now => ValueRef::Integer(self.now_ms),
            Param::After(span) => ValueRef::Integer(self.now_ms.saturating_add(*span)),
            Param::Actor => ValueRef::Text(self.actor.as_bytes()),
            Param::Result(of) => match self.done.get(*of).and_then(|done| done.rows.first()?.first()) {
                Some(Cell::Int(number)) => ValueRef::Integer(*number),
                Some(Cell::Text(text)) => ValueRef::Text(text.as_bytes()),
                Some(Cell::Blob(bytes)) => ValueRef::Blob(bytes),
                Some(Cell::Null) | None => ValueRef::Null,
            },
        }
    }

    fn digest(&self, parts: &'a [Param]) -> [u8; 32] {
        let mut digest = Digest::default();
        for part in parts {
            match part {
                Param::Digest(parts) => digest.bytes(&self.digest(parts)),
                part => match self.value(part) {
                    ValueRef::Integer(number) => digest.int(number),
                    ValueRef::Text(text) => digest.text(text),
                    ValueRef::Blob(bytes) => digest.bytes(bytes),
                    ValueRef::Null | ValueRef::Real(_) => digest.null(),
                },
            }
        }
        digest.finish()
    }

    fn number(&self, param: &'a Param) -> i64 {
        if let ValueRef::Integer(number) = self.value(param) { number } else { 0 }
    }
}

impl Context<'_> {
    /// Applies the commit on top of `head` and leaves its row in the journal. When this fails the
    /// caller undoes what was done so far.
    pub(crate) fn apply(&self, commit: &Commit, head: &Head) -> Result<Outcome> {
        for check in &commit.checks {
            self.check(check)?;
        }
        let revision = head.revision + 1;
        let mut record = Record::new(self.keep_content);
        let mut done = Vec::with_capacity(commit.statements.len());
        for run in commit.statements.chunk_by(Statement::continues) {
            self.run(run, revision, &mut done, &mut record)?;
        }
        if record.is_empty() {
            return Ok(Outcome { revision: head.revision, time_ms: self.now_ms, hash: head.hash, done });
        }
        let hash = self.append(record, head)?;
        Ok(Outcome { revision, time_ms: self.now_ms, hash, done })
    }

    fn bound<'a>(&'a self, param: &'a Param, revision: u64, done: &'a [Done]) -> Bound<'a> {
        Bound { param, revision, now_ms: self.now_ms, actor: self.actor, done }
    }

    fn reader(&self) -> Reader<'_> {
        Reader::new(self.session, self.path)
    }

    fn check(&self, check: &Check) -> Result<()> {
        match check {
            Check::Number { sql, params, expected, subject } => {
                let args: Vec<_> = params
                    .iter()
                    .map(|param| match param {
                        Param::Text(text) => Arg::Text(text),
                        other => Arg::Int(self.bound(other, 0, &[]).number(other)),
                    })
                    .collect();
                let found = self.reader().one(sql, &args, |row| row.maybe_int(0))?.flatten();
                expected.check(found.unwrap_or(0).unsigned_abs(), subject)
            }
            Check::Unchanged { since, reads } => {
                unchanged(&self.reader(), *since, reads.as_ref(), self.now_ms).map(|_| ())
            }
        }
    }

    /// Runs statements of the same SQL, one after the other. What two of them share stays bound, and is not bound again:
    /// in a batch of sets that is most of it.
    fn run(&self, run: &[Statement], revision: u64, done: &mut Vec<Done>, record: &mut Record) -> Result<()> {
        let Some(first) = run.first() else { return Ok(()) };
        self.session
            .with(first.sql, |prepared| {
                let mut before: &[Param] = &[];
                for statement in run {
                    let result = self.run_prepared(prepared, statement, before, revision, done)?;
                    self.note(statement, &result, revision, record);
                    done.push(result);
                    before = &statement.params;
                }
                Ok(())
            })
            .flatten()
            .map_err(|error| explain(self.path, error))
    }

    /// `before` are the parameters that are bound already.
    fn run_prepared(
        &self,
        prepared: &mut rusqlite::Statement<'_>,
        statement: &Statement,
        before: &[Param],
        revision: u64,
        done: &[Done],
    ) -> rusqlite::Result<Done> {
        for (at, param) in statement.params.iter().enumerate() {
            if !before.get(at).is_some_and(|before| param.is_bound_as(before)) {
                prepared.raw_bind_parameter(at + 1, self.bound(param, revision, done))?;
            }
        }
        let columns = prepared.column_count();
        if columns == 0 {
            let changed = prepared.raw_execute()?;
            return Ok(Done { changed, rows: Vec::new() });
        }
        let mut rows = Vec::new();
        let mut query = prepared.raw_query();
        while let Some(row) = query.next()? {
            rows.push((0..columns).map(|at| row.get_ref(at).map(cell)).collect::<rusqlite::Result<_>>()?);
        }
        Ok(Done { changed: rows.len(), rows })
    }

    fn note(&self, statement: &Statement, done: &Done, revision: u64, record: &mut Record) {
        visit(statement, done, |touch, value, expires| {
            let expires = expires.map(|at| &statement.params[at]).filter(|param| **param != Param::Null);
            let expires = expires.map(|param| self.bound(param, revision, &[]).number(param));
            record.add(&touch, &content(value, statement, done), expires);
        });
    }

    fn append(&self, record: Record, head: &Head) -> Result<[u8; 32]> {
        let revision = head.revision + 1;
        let (touched, content, digest) = record.finish();
        let hash = journal::chain(&head.hash, revision, self.now_ms, self.actor, &touched, &digest);
        let row = (
            revision.cast_signed(),
            self.now_ms,
            self.actor,
            &touched,
            &content,
            &digest[..],
            &head.hash[..],
            &hash[..],
        );
        let appended = self.session.with(journal::APPEND, |append| append.execute(row)).flatten();
        appended.map_err(|error| explain(self.path, error))?;
        Ok(hash)
    }
}

/// Visits all that a commit has changed, as the journal tells it.
pub(crate) fn touched<'a>(commit: &'a Commit, outcome: &'a Outcome, visitor: &mut dyn FnMut(&Touch<'a>)) {
    for (statement, done) in commit.statements.iter().zip(&outcome.done) {
        visit(statement, done, |touch, _, _| visitor(&touch));
    }
}

/// Visits what a statement has changed, with what it wrote there, and the parameter that says when that expires.
fn visit<'a>(
    statement: &'a Statement,
    done: &'a Done,
    mut visitor: impl FnMut(Touch<'a>, Written, Option<usize>),
) {
    match &statement.effect {
        Effect::Silent => {}
        Effect::Key { .. } | Effect::Whole { .. } if done.changed == 0 => {}
        Effect::Key { facet, name, operation, key, value, expires } => {
            let Param::Text(key) = &statement.params[*key] else { return };
            visitor(Touch { facet, name, key, operation }, *value, *expires);
        }
        Effect::Whole { facet, name, operation, value } => {
            visitor(Touch { facet, name, key: "", operation }, *value, None);
        }
        Effect::Rows { facet, name, operation } => {
            for row in &done.rows {
                if let [Cell::Text(key), ..] = row.as_slice() {
                    visitor(Touch { facet, name, key, operation }, Written::Nothing, None);
                }
            }
        }
        Effect::NamedRows { facet, operation } => {
            for row in &done.rows {
                if let [Cell::Text(name), Cell::Text(key), ..] = row.as_slice() {
                    visitor(Touch { facet, name, key, operation }, Written::Nothing, None);
                }
            }
        }
    }
}

/// What a statement wrote.
fn content<'a>(value: Written, statement: &'a Statement, done: &'a Done) -> Content<'a> {
    match value {
        Written::Nothing => Content::Nothing,
        Written::Param(at) => match &statement.params[at] {
            Param::Text(json) => Content::Json(json),
            Param::Blob(bytes) => Content::Bytes(bytes),
            _ => Content::Nothing,
        },
        Written::Returned => match done.rows.first().and_then(|row| row.first()) {
            Some(Cell::Text(json)) => Content::Json(json),
            _ => Content::Nothing,
        },
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
        ValueRef::Null | ValueRef::Real(_) => Cell::Null,
    }
}

/// Checks what a transaction read against the commits after `since`, and returns up to which revision
/// it holds.
pub(crate) fn unchanged(reader: &Reader<'_>, since: u64, reads: &dyn Footprint, now_ms: i64) -> Result<u64> {
    let conflict =
        |check: String, found: Option<u64>| Error::Conflict { check, expected: Some(since), found };
    if reads.valid_until().is_some_and(|until| until <= now_ms) {
        return Err(conflict("a key that the transaction read has expired since".to_owned(), None));
    }
    let last = journal::visit_touches(reader, since, |revision, touch| {
        if touch.facet == STORE {
            let check = format!("the whole store was put back to an earlier state by revision {revision}");
            return Err(conflict(check, Some(revision)));
        }
        if touch.operation != EXPIRE && reads.meets(touch) {
            let check = format!(
                "{} {:?} key {:?}, which the transaction read at revision {since}, was changed by revision {revision}",
                touch.facet, touch.name, touch.key
            );
            return Err(conflict(check, Some(revision)));
        }
        Ok(Next::Row)
    })?;
    // Asked last: without the write lock another process may trim the journal while it is looked through.
    let anchor = journal::anchor(reader)?;
    if anchor.revision > since {
        let check = format!(
            "the transaction read revision {since}, and the journal reaches back only to revision {}",
            anchor.revision
        );
        return Err(conflict(check, Some(anchor.revision)));
    }
    Ok(last)
}
