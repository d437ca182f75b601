//! From what is to be written to the statements of a commit.

use std::sync::Arc;

use super::history::{Actor, HistoryOperation};
use super::home::{After, Change, LockCheck, Locking, RecordCheck, Write};
use super::lock::Holder;
use super::{FACET, LIFECYCLE_FACET, rows, sql};
use crate::clock::to_ms;
use crate::engine::reader::{Next, Reader};
use crate::engine::request::{Check, Effect, Expected, Param, Statement, Written};
use crate::error::Result;

/// The checks of a write.
pub(super) fn checks(write: &Write) -> Vec<Check> {
    let name = Param::text(&*write.name);
    let mut checks = vec![lock_check(&write.name, write.lock)];
    let expected = match write.record {
        RecordCheck::At(revision) => Some(Expected::Exactly(revision)),
        RecordCheck::Present => Some(Expected::Present),
        RecordCheck::Any => None,
    };
    if let Some(expected) = expected {
        let subject = format!("environment {:?}", write.name);
        checks.push(Check::Number { sql: sql::REVISION, params: vec![name], expected, subject });
    }
    if let Some((lifecycle, revision)) = &write.lifecycle {
        checks.push(Check::Number {
            sql: sql::LIFECYCLE_REVISION,
            params: vec![Param::text(&**lifecycle)],
            expected: Expected::Exactly(*revision),
            subject: format!("lifecycle {lifecycle:?}"),
        });
    }
    checks
}

/// That the lock stands as it was seen.
pub(super) fn lock_check(name: &str, lock: LockCheck) -> Check {
    let (sql, fencing) = match lock {
        LockCheck::Held(fencing) => (sql::HELD, fencing),
        LockCheck::Expired(fencing) => (sql::EXPIRED, fencing),
    };
    let mut params = vec![Param::text(name)];
    if let LockCheck::Expired(_) = lock {
        params.push(Param::Now);
    }
    let subject = format!("the lock of environment {name:?}");
    Check::Number { sql, params, expected: Expected::Exactly(fencing), subject }
}

/// Writes to one name, over all the writes of a commit.
pub(super) struct Statements<'a> {
    name: &'a Arc<str>,
    actor: Actor,
    /// When the record came to be, and to its state: stored times, or that of the commit.
    created: Option<Param>,
    entered: Option<Param>,
}

impl<'a> Statements<'a> {
    pub(super) fn of(name: &'a Arc<str>) -> Self {
        Self { name, actor: Actor::own(), created: None, entered: None }
    }

    /// Adds what a write does. The statement that takes the lock, if there is one, is the first of it.
    pub(super) fn add(&mut self, write: &Write, statements: &mut Vec<Statement>) {
        match &write.locking {
            Locking::Keep => {}
            Locking::Free { token } => statements.push(self.free(token)),
            Locking::Take { .. } => statements.push(self.take(&write.locking)),
        }
        for change in &write.changes {
            let left = match &change.from {
                None => Param::Null,
                Some(_) => self.entered.clone().or(write.entered_ms.map(Param::Int)).unwrap_or(Param::Null),
            };
            if change.operation == HistoryOperation::Create {
                self.created = Some(Param::Now);
            }
            if change.operation.enters() {
                self.entered = Some(Param::Now);
            }
            let touch = match &change.after {
                After::Record(record) => {
                    statements.push(self.put(record, change.operation));
                    Effect::Silent
                }
                After::Unchanged => self.touch(change.operation),
                After::Nothing => {
                    (self.created, self.entered) = (None, None);
                    statements.push(self.delete());
                    Effect::Silent
                }
            };
            statements.push(self.remember(change, left, touch));
        }
    }

    fn name(&self) -> Param {
        Param::text(&**self.name)
    }

    fn touch(&self, operation: HistoryOperation) -> Effect {
        self.effect(operation.as_str(), Written::Nothing)
    }

    fn effect(&self, operation: &'static str, value: Written) -> Effect {
        Effect::Whole { facet: FACET, name: self.name.clone(), operation, value }
    }

    fn put(&self, record: &super::EnvironmentRecord, operation: HistoryOperation) -> Statement {
        let text = |text: &Option<String>| text.as_deref().map_or(Param::Null, Param::text);
        let failure =
            record.failure.as_ref().map(|failure| failure.to_json().expect("the plan has checked it"));
        let params = vec![
            self.name(),
            Param::text(&*record.lifecycle),
            Param::text(&*record.state),
            Param::text(record.data.as_str()),
            failure.map_or(Param::Null, |json| Param::text(json.into_string())),
            text(&record.last_success),
            text(&record.step),
            Param::Revision,
            self.created.clone().unwrap_or_else(|| Param::Int(to_ms(record.created_at))),
            Param::Now,
            self.entered.clone().unwrap_or_else(|| Param::Int(to_ms(record.entered_at))),
        ];
        Statement { sql: sql::PUT, params, effect: self.effect(operation.as_str(), Written::Returned) }
    }

    fn delete(&self) -> Statement {
        Statement {
            sql: sql::DELETE,
            params: vec![self.name()],
            effect: self.touch(HistoryOperation::Delete),
        }
    }

    fn remember(&self, change: &Change, left: Param, effect: Effect) -> Statement {
        let text = |text: &Option<String>| text.as_deref().map_or(Param::Null, Param::text);
        let params = vec![
            self.name(),
            Param::Revision,
            Param::Now,
            Param::text(change.operation.as_str()),
            text(&change.from),
            Param::Int(i64::from(self.actor.process)),
            Param::text(&*self.actor.host),
            Param::text(&*self.actor.user),
            text(&change.note),
            left,
            Param::Int(i64::from(!change.operation.is_locking())),
        ];
        Statement { sql: sql::REMEMBER, params, effect }
    }

    fn free(&self, token: &str) -> Statement {
        Statement {
            sql: sql::FREE,
            params: vec![self.name(), Param::text(token)],
            effect: self.effect("unlock", Written::Nothing),
        }
    }

    fn take(&self, taking: &Locking) -> Statement {
        let Locking::Take { token, purpose, holder, ttl_ms } = taking else {
            unreachable!("only a lock that is taken comes here")
        };
        let mut params = lock_params(self.name(), Some(token), purpose.as_deref(), holder);
        params.extend([
            Param::Now,
            ttl_ms.map_or(Param::Null, Param::Int),
            ttl_ms.map_or(Param::Null, Param::After),
        ]);
        Statement { sql: sql::TAKE, params, effect: self.effect("lock", Written::Nothing) }
    }
}

/// The statement that registers a lifecycle.
pub(super) fn register(lifecycle: &super::Lifecycle) -> Statement {
    let name: Arc<str> = lifecycle.name.as_str().into();
    Statement {
        sql: sql::REGISTER,
        params: vec![Param::text(&*name), Param::Revision, Param::text(lifecycle.to_json().into_string())],
        effect: Effect::Whole {
            facet: LIFECYCLE_FACET,
            name,
            operation: "register",
            value: Written::Param(2),
        },
    }
}

/// The first ten parameters of what writes a lock's row.
fn lock_params(name: Param, token: Option<&str>, purpose: Option<&str>, holder: &Holder) -> Vec<Param> {
    vec![
        name,
        token.map_or(Param::Null, Param::text),
        purpose.map_or(Param::Null, Param::text),
        Param::Int(i64::from(holder.process.pid)),
        Param::Int(holder.process.start),
        Param::text(&*holder.process.boot),
        Param::text(&*holder.process.machine),
        Param::text(&*holder.process.namespace),
        Param::text(&*holder.host),
        Param::text(&*holder.user),
    ]
}

/// What keeps the locks over the restoration of a backup: they are of the processes of today, and their numbers must not
/// fall back.
pub(crate) fn keep_locks(reader: &Reader<'_>) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    reader.each(sql::LOCKS, &[], |row| {
        let Some(lock) = rows::lock(row, 0)? else { return Ok(Next::Row) };
        let name = Param::text(row.text(rows::LOCK_NAME)?);
        let number = |ms: Option<i64>| ms.map_or(Param::Null, Param::Int);
        let mut params = lock_params(name, lock.token.as_deref(), lock.purpose.as_deref(), &lock.holder);
        params.extend([
            Param::Int(lock.taken_ms),
            number(lock.ttl_ms),
            number(lock.expires_ms),
            Param::Int(lock.fencing.cast_signed()),
        ]);
        statements.push(Statement { sql: sql::KEEP_LOCK, params, effect: Effect::Silent });
        Ok(Next::Row)
    })?;
    Ok(statements)
}
