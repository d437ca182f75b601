//! Running an effect: its intent is committed before, its result after. What happens in between no store can
//! know.

use std::fmt::Display;
use std::time::Duration;

use serde::Serialize;

use super::create::missing;
use super::effect::{EffectOptions, EffectResult, OnDoubt, StoredEffect};
use super::plan::subject;
use super::status::EffectStatus;
use super::{Case, FACET, sql};
use crate::clock::duration_ms;
use crate::engine::request::{Check, Commit, Effect, Expected, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::fault::{Operation, Owed};
use crate::json::Json;
use crate::limits::{CASE_ID_BYTES, check_name};
use crate::store::Store;
use crate::value::Value;
use crate::violation::Violation;

/// How often an intent is tried anew because another has begun or ended the effect first.
const TRIES: u32 = 10;

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectOutcome {
    /// It happened, and gave this.
    Ok(Json),
    /// It failed, for this reason.
    Error(String),
    /// It was called off, for this reason.
    Cancelled(String),
}

impl EffectOutcome {
    /// By the word for it: `value` is what it gave, or a text that is the reason, null if there is none to tell.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for `pending`, which is no outcome, and for a reason that is no text.
    pub fn new(status: EffectStatus, value: Json) -> Result<Self> {
        let reason = |value: Json| match value.as_str() {
            "null" => Ok(String::new()),
            _ => value.parse().map_err(|_| Error::value("value", "the reason must be a text")),
        };
        match status {
            EffectStatus::Ok => Ok(Self::Ok(value)),
            EffectStatus::Error => Ok(Self::Error(reason(value)?)),
            EffectStatus::Cancelled => Ok(Self::Cancelled(reason(value)?)),
            EffectStatus::Pending => Err(Error::value("status", "it must be ok, error or cancelled")),
        }
    }
}

/// What [`Case::begin_effect`] found.
#[derive(Debug)]
pub enum BegunEffect {
    /// The intent is committed: run it, and finish it.
    Run(PendingEffect),
    /// It was run before: this is what came of it.
    Stored(EffectResult),
}

/// An effect whose intent is committed and whose result is due. Dropping it leaves the effect in doubt.
#[derive(Debug)]
pub struct PendingEffect {
    case: Case,
    key: String,
    attempt: Attempt,
    begun: Duration,
    /// The failure that comes after the result is committed.
    owed: Owed,
}

/// Which of the times that an effect was begun.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    number: u64,
    started_ms: i64,
}

impl Case {
    /// Runs a side effect that should happen once. Its intent is committed, `function` is called, its result is
    /// committed; a second call with the same key returns the stored result, also if that is an error, and calls
    /// nothing. Both commits are as durable as the store demands. The mutations that are buffered are untouched.
    ///
    /// ```
    /// use statehold::{EffectOptions, EffectStatus, Error};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// let mut charged = 0;
    /// for _ in 0..2 {
    ///     let result = case.effect("charge", &serde_json::json!({"cents": 995}), || {
    ///         charged += 1;
    ///         Ok::<_, Error>("paid")
    ///     }, &EffectOptions::new())?;
    ///     assert_eq!(result.status, EffectStatus::Ok);
    ///     assert_eq!(result.value.unwrap().as_str(), r#""paid""#);
    /// }
    /// assert_eq!(charged, 1);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::EffectInDoubt`] if it was begun and has no result, unless told to run it again;
    /// [`Error::Conflict`] for another spec under the same key, and if somebody else has settled the effect while
    /// it ran; [`Error::Validation`] on a closed case; [`Error::InvalidValue`] for what can't be stored, and inside a
    /// transaction, which could not commit the intent first. That the function failed is no error but a result.
    pub fn effect<S: Serialize + ?Sized, T: Serialize, E: Display>(
        &self,
        effect_id: &str,
        spec: &S,
        function: impl FnOnce() -> Result<T, E>,
        options: &EffectOptions,
    ) -> Result<EffectResult> {
        match self.begin_effect(effect_id, &Json::from_serialize(spec)?, options)? {
            BegunEffect::Stored(result) => Ok(result),
            BegunEffect::Run(pending) => pending.finish(match function() {
                Ok(value) => EffectOutcome::Ok(Json::from_serialize(&value)?),
                Err(error) => EffectOutcome::Error(error.to_string()),
            }),
        }
    }

    /// Commits the intent of an effect, or finds what came of it: what [`effect`](Self::effect) is made of, for
    /// callers that can't hand over a function.
    ///
    /// # Errors
    /// As [`effect`](Self::effect).
    pub fn begin_effect(&self, effect_id: &str, spec: &Json, options: &EffectOptions) -> Result<BegunEffect> {
        let gate = self.inner.place.gate();
        let owed = gate.enter(Operation::CaseEffect)?;
        match self.look_or_begin(effect_id, spec, options)? {
            BegunEffect::Run(pending) => Ok(BegunEffect::Run(PendingEffect { owed, ..pending })),
            stored @ BegunEffect::Stored(_) => gate.settle(Operation::CaseEffect, owed, Ok(stored)),
        }
    }

    fn look_or_begin(&self, effect_id: &str, spec: &Json, options: &EffectOptions) -> Result<BegunEffect> {
        let store = self.store("an effect")?;
        let key = options.key.as_deref().unwrap_or(effect_id);
        check_name("effect", effect_id, CASE_ID_BYTES)?;
        check_name("key", key, CASE_ID_BYTES)?;
        let digest = *blake3::hash(spec.as_str().as_bytes()).as_bytes();
        let mut tries = 0;
        loop {
            tries += 1;
            let found = store.shared().engine.read(|reader| StoredEffect::find(reader, self.id(), key))?;
            let again = match found {
                None => None,
                Some(found) if found.spec_digest != digest => return Err(self.another_spec(&found.result)),
                Some(found) if found.result.status != EffectStatus::Pending => {
                    return Ok(BegunEffect::Stored(found.result));
                }
                Some(found) if options.on_doubt == OnDoubt::Raise => return Err(self.in_doubt(&found)),
                Some(found) => Some(found.result.attempts),
            };
            match self.commit_intent(store, effect_id, key, digest, again) {
                Ok(started_ms) => {
                    return Ok(BegunEffect::Run(PendingEffect {
                        case: self.clone(),
                        key: key.to_owned(),
                        attempt: Attempt { number: again.unwrap_or(0) + 1, started_ms },
                        begun: store.shared().engine.monotonic(),
                        owed: None,
                    }));
                }
                // Somebody else was first: look again what came of it.
                Err(Error::Conflict { .. }) if tries < TRIES => self.check_takes_effects(store)?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Settles by hand an effect that is in doubt.
    ///
    /// ```
    /// use statehold::{BegunEffect, EffectOptions, EffectOutcome, Json};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// let (spec, options) = (Json::new("{}")?, EffectOptions::new());
    /// // A process begins it and dies.
    /// drop(case.begin_effect("mail", &spec, &options)?);
    /// assert_eq!(case.begin_effect("mail", &spec, &options).unwrap_err().code(), "EFFECT_IN_DOUBT");
    /// // Somebody finds out that the mail has arrived.
    /// case.resolve_effect("mail", EffectOutcome::Ok(Json::new("true")?))?;
    /// assert!(matches!(case.begin_effect("mail", &spec, &options)?, BegunEffect::Stored(_)));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] for a key under which nothing was begun; [`Error::Conflict`] for one that has its result.
    pub fn resolve_effect(&self, key: &str, outcome: EffectOutcome) -> Result<EffectResult> {
        self.operation(Operation::CaseResolveEffect, || self.resolve(key, outcome))
    }

    fn resolve(&self, key: &str, outcome: EffectOutcome) -> Result<EffectResult> {
        let store = self.store("an effect")?;
        let found = store.shared().engine.read(|reader| StoredEffect::find(reader, self.id(), key))?;
        let found = found.ok_or_else(|| Error::NotFound {
            what: "effect",
            name: key.to_owned(),
            advice: "nothing was begun under this key; effects() lists those that were".into(),
        })?;
        let attempt = Attempt { number: found.result.attempts, started_ms: found.started_ms };
        self.end(store, key, attempt, outcome, None)
    }

    /// Gives the time at which it was begun.
    fn commit_intent(
        &self,
        store: &Store,
        effect_id: &str,
        key: &str,
        digest: [u8; 32],
        again: Option<u64>,
    ) -> Result<i64> {
        let mut params = vec![Param::text(self.id()), Param::text(key)];
        let mut checks = vec![Check::Number {
            sql: sql::IS_RUNNING,
            params: vec![Param::text(self.id())],
            expected: Expected::Present,
            subject: format!("{} running", subject(self.id())),
        }];
        let sql = if let Some(attempts) = again {
            params.extend([Param::Actor, Param::Now, Param::Int(attempts.cast_signed())]);
            sql::BEGIN_EFFECT_AGAIN
        } else {
            checks.push(Check::Number {
                sql: sql::EFFECT_EXISTS,
                params: params.clone(),
                expected: Expected::Exactly(0),
                subject: format!("effect {key:?} of {}", subject(self.id())),
            });
            params.extend([
                Param::text(effect_id),
                Param::blob(digest),
                Param::Actor,
                Param::Now,
                Param::Revision,
            ]);
            sql::BEGIN_EFFECT
        };
        let statements = vec![Statement { sql, params, effect: self.journaled(Written::Nothing) }];
        let outcome = store.shared().engine.commit(Commit { checks, statements, durability: None })?;
        if outcome.done.iter().any(|done| done.changed > 0) {
            Ok(outcome.time_ms)
        } else {
            Err(self.settled(key))
        }
    }

    fn end(
        &self,
        store: &Store,
        key: &str,
        attempt: Attempt,
        outcome: EffectOutcome,
        took: Option<Duration>,
    ) -> Result<EffectResult> {
        let (status, result, error) = match outcome {
            EffectOutcome::Ok(value) => {
                Value::Json(value.clone()).check_size(self.shared().max_value_bytes)?;
                (EffectStatus::Ok, Param::text(value.into_string()), Param::Null)
            }
            EffectOutcome::Error(reason) => (EffectStatus::Error, Param::Null, Param::text(reason)),
            EffectOutcome::Cancelled(reason) => (EffectStatus::Cancelled, Param::Null, Param::text(reason)),
        };
        let params = vec![
            Param::text(self.id()),
            Param::text(key),
            Param::text(status.as_str()),
            result,
            error,
            took.map_or(Param::Null, |took| Param::Int(duration_ms(took))),
            Param::Int(attempt.number.cast_signed()),
            Param::Int(attempt.started_ms),
        ];
        let statement = Statement { sql: sql::END_EFFECT, params, effect: self.journaled(Written::Param(3)) };
        let engine = &store.shared().engine;
        let outcome = engine.commit(Commit { statements: vec![statement], ..Commit::default() })?;
        if outcome.done.iter().all(|done| done.changed == 0) {
            return Err(self.settled(key));
        }
        let found = engine.read(|reader| StoredEffect::find(reader, self.id(), key))?;
        found.map(|found| found.result).ok_or_else(|| missing(self.id()))
    }

    fn journaled(&self, value: Written) -> Effect {
        let name = self.inner.id.clone();
        Effect::Key { facet: FACET, name, operation: "effect", key: 1, value, expires: None }
    }

    /// Whether the case is there and running, as the reason of a conflict.
    fn check_takes_effects(&self, store: &Store) -> Result<()> {
        use crate::engine::reader::Arg;
        let running = store
            .shared()
            .engine
            .read(|reader| reader.one(sql::IS_RUNNING, &[Arg::Text(self.id())], |row| row.int(0)))?;
        match running {
            None => Err(missing(self.id())),
            Some(0) => Err(Error::Validation {
                subject: subject(self.id()),
                violations: vec![Violation::new("effect", "the case is closed and takes no more effects")],
            }),
            Some(_) => Ok(()),
        }
    }

    fn another_spec(&self, found: &EffectResult) -> Error {
        Error::Conflict {
            check: format!(
                "effect {:?} of {} was begun under the key {:?} with another spec",
                found.effect_id,
                subject(self.id()),
                found.key
            ),
            expected: None,
            found: None,
        }
    }

    fn in_doubt(&self, found: &StoredEffect) -> Error {
        Error::EffectInDoubt {
            case_id: self.id().to_owned(),
            key: found.result.key.clone(),
            effect_id: found.result.effect_id.clone(),
            actor: found.result.actor.clone(),
            started_ms: found.started_ms.max(0).unsigned_abs(),
        }
    }

    fn settled(&self, key: &str) -> Error {
        Error::Conflict {
            check: format!(
                "effect {key:?} of {} was expected to be pending, but somebody else has begun it anew, settled it, \
                 or deleted the case",
                subject(self.id())
            ),
            expected: None,
            found: None,
        }
    }
}

impl PendingEffect {
    /// The key under which the effect happens once.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Commits what came of the effect.
    ///
    /// # Errors
    /// [`Error::Conflict`] if somebody else has begun it anew or settled it meanwhile; those of a commit. The effect
    /// has happened all the same.
    pub fn finish(self, outcome: EffectOutcome) -> Result<EffectResult> {
        let store = self.case.store("an effect")?;
        let took = store.shared().engine.monotonic().saturating_sub(self.begun);
        let ended = self.case.end(store, &self.key, self.attempt, outcome, Some(took));
        self.case.inner.place.gate().settle(Operation::CaseEffect, self.owed, ended)
    }
}
