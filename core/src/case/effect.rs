//! What is known of a case's effects.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::create::current;
use super::status::EffectStatus;
use super::{Case, FACET, Place, sql};
use crate::clock::from_ms;
use crate::commit::Range;
use crate::engine::journal::hash_of;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::hex;
use crate::json::Json;

/// What to do with an effect that was begun and has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDoubt {
    /// [`Error::EffectInDoubt`]. The default.
    #[default]
    Raise,
    /// Run it again.
    Retry,
}

impl OnDoubt {
    /// The word for it, the same in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Retry => "retry",
        }
    }
}

impl std::str::FromStr for OnDoubt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "raise" => Ok(Self::Raise),
            "retry" => Ok(Self::Retry),
            _ => Err(Error::value("on_doubt", format!("{text:?} is none; there are raise and retry"))),
        }
    }
}

/// How an effect is run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EffectOptions {
    /// Under which key it happens once; the effect's id if none.
    pub key: Option<String>,
    /// What to do if it was begun and has no result.
    pub on_doubt: OnDoubt,
}

impl EffectOptions {
    /// The id as the key, and an error when in doubt.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`key`](Self::key).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets [`on_doubt`](Self::on_doubt).
    pub fn on_doubt(mut self, on_doubt: OnDoubt) -> Self {
        self.on_doubt = on_doubt;
        self
    }
}

/// An effect, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectResult {
    /// Which effect.
    pub effect_id: String,
    /// Under which key it happens once.
    pub key: String,
    /// How it stands.
    pub status: EffectStatus,
    /// What it gave, if it happened.
    pub value: Option<Json>,
    /// Why it did not.
    pub error: Option<String>,
    /// BLAKE3 of the spec's text, as hexadecimal digits.
    pub spec_digest: String,
    /// Who ran it last: `host/process` or `host/process/label`.
    pub actor: String,
    /// When it was begun last.
    pub started_at: SystemTime,
    /// How long it took; none while there is no result, or if that was given by hand.
    pub duration: Option<Duration>,
    /// How often it was begun.
    pub attempts: u64,
}

/// An effect with what is compared.
pub(super) struct StoredEffect {
    pub(super) result: EffectResult,
    pub(super) spec_digest: [u8; 32],
    pub(super) started_ms: i64,
}

impl StoredEffect {
    pub(super) fn find(reader: &Reader<'_>, case_id: &str, key: &str) -> Result<Option<Self>> {
        reader.one(sql::EFFECT, &[Arg::Text(case_id), Arg::Text(key)], Self::read)
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        let (spec_digest, started_ms) = (hash_of(row.bytes(2)?), row.int(7)?);
        let result = EffectResult {
            key: row.text(0)?.to_owned(),
            effect_id: row.text(1)?.to_owned(),
            status: row.text(3)?.parse().map_err(|error: Error| row.corrupt(error.to_string()))?,
            value: row.maybe_text(4)?.map(|text| Json::trusted(text.to_owned())),
            error: row.maybe_text(5)?.map(str::to_owned),
            spec_digest: hex(&spec_digest),
            actor: row.text(6)?.to_owned(),
            started_at: from_ms(started_ms),
            duration: row.maybe_int(8)?.map(|ms| Duration::from_millis(ms.max(0).unsigned_abs())),
            attempts: row.int(9)?.unsigned_abs(),
        };
        Ok(Self { result, spec_digest, started_ms })
    }
}

impl Case {
    /// All effects of the case, in the order in which they were first begun.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn effects(&self) -> Result<Vec<EffectResult>> {
        self.operation(Operation::CaseEffects, || self.find_effects(|_| true))
    }

    /// The effects of an id, under whatever keys.
    ///
    /// # Errors
    /// As [`effects`](Self::effects).
    pub fn lookup(&self, effect_id: &str) -> Result<Vec<EffectResult>> {
        self.operation(Operation::CaseLookup, || self.find_effects(|effect| effect.effect_id == effect_id))
    }

    /// The effect of a key; none if it was never begun.
    ///
    /// # Errors
    /// As [`effects`](Self::effects).
    pub fn lookup_by_key(&self, key: &str) -> Result<Option<EffectResult>> {
        self.operation(Operation::CaseLookupByKey, || {
            Ok(self.find_effects(|effect| effect.key == key)?.into_iter().next())
        })
    }

    fn find_effects(&self, wanted: impl Fn(&EffectResult) -> bool) -> Result<Vec<EffectResult>> {
        let id = &self.inner.id;
        let find = |reader: &Reader<'_>| {
            let mut found = Vec::new();
            reader.each(sql::EFFECTS, &[Arg::Text(id)], |row| {
                found.extend(Some(StoredEffect::read(row)?.result).filter(&wanted));
                Ok(Next::Row)
            })?;
            Ok(found)
        };
        match &self.inner.place {
            Place::Store(store) => store.shared().engine.read(find),
            Place::Transaction(open) => open.with(|changes| {
                current(changes, id)?;
                if changes.buffer.cases.of(id).is_some_and(|pending| !pending.goes_on()) {
                    return Ok(Vec::new());
                }
                let own = id.clone();
                let contains = Arc::new(move |name: &str, _: &str| *name == *own);
                changes.reads.range(Range { facet: FACET, contains });
                changes.snapshot.read(find)
            }),
        }
    }
}
