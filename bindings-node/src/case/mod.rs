//! Cases: of a store or of a transaction.

mod commit;
mod effect;
mod listing;
mod record;

use std::path::Path;

use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{BegunEffect, CaseMutation, Json};

use self::commit::{Committing, function};
use self::effect::{Effecting, PendingEffect, outcome};
use self::listing::Rotating;
pub(crate) use self::listing::{CaseListing, Creating, cases, summaries};
pub(crate) use self::record::CaseSummary;
use self::record::{CaseCheck, CaseMetadata, CaseReceipt, CaseScope, CaseState, EffectResult, Token};
use crate::error::envelope;
use crate::reply::{Lane, Reply};
use crate::value::{count, whole};

/// The state of a run of a workflow.
#[napi]
pub struct Case {
    inner: statehold::Case,
    writes: Lane,
}

impl Case {
    pub(crate) fn new((inner, writes): (statehold::Case, Lane)) -> Self {
        Self { inner, writes }
    }
}

fn effects(found: Vec<statehold::EffectResult>) -> Vec<EffectResult> {
    found.into_iter().map(EffectResult::from).collect()
}

/// What the handle has loaded or committed last, and its buffer.
#[napi]
impl Case {
    /// Its id.
    #[napi]
    pub fn id(&self) -> String {
        self.inner.id().to_owned()
    }

    /// How it stands.
    #[napi]
    pub fn status(&self) -> String {
        self.inner.status().to_string()
    }

    /// The context, as JSON text.
    #[napi]
    pub fn ctx(&self) -> String {
        self.inner.ctx().into_string()
    }

    /// Its tokens.
    #[napi]
    pub fn tokens(&self) -> Vec<Token> {
        self.inner.tokens().into_values().map(Token::from).collect()
    }

    /// A token.
    #[napi]
    pub fn token(&self, id: String) -> Option<Token> {
        self.inner.token(&id).map(Token::from)
    }

    /// Its scopes.
    #[napi]
    pub fn scopes(&self) -> Vec<CaseScope> {
        self.inner.scopes().into_values().map(CaseScope::from).collect()
    }

    /// A scope.
    #[napi]
    pub fn scope(&self, id: String) -> Option<CaseScope> {
        self.inner.scope(&id).map(CaseScope::from)
    }

    /// What is known of it besides.
    #[napi]
    pub fn metadata(&self) -> CaseMetadata {
        self.inner.metadata().into()
    }

    /// The revision of its last commit.
    #[napi]
    pub fn revision(&self) -> f64 {
        count(self.inner.revision())
    }

    /// The number of its last receipt.
    #[napi]
    pub fn sequence(&self) -> f64 {
        count(self.inner.sequence())
    }

    /// What is buffered, as JSON texts.
    #[napi]
    pub fn pending(&self) -> Vec<String> {
        self.inner.pending().iter().map(|mutation| mutation.to_json().into_string()).collect()
    }

    /// Whether a scope is cancelled.
    #[napi]
    pub fn is_cancelled(&self, scope: String) -> Result<bool> {
        self.inner.is_cancelled(&scope).map_err(|error| envelope(&error))
    }

    /// Buffers a mutation, given as JSON text.
    #[napi]
    pub fn buffer(&self, mutation: String) -> Result<()> {
        let mutation = Json::new(mutation).and_then(|mutation| CaseMutation::from_json(&mutation));
        self.inner.buffer(mutation.map_err(|error| envelope(&error))?);
        Ok(())
    }

    /// Buffers an update of the context by a function.
    #[napi]
    pub fn update_ctx(&self, number: u32) {
        self.inner.buffer(CaseMutation::UpdateCtx(function(number)));
    }

    /// Buffers an update of a token by a function.
    #[napi]
    pub fn update_token(&self, id: String, number: u32) {
        self.inner.buffer(CaseMutation::UpdateToken(id, function(number)));
    }

    /// Discards what is buffered.
    #[napi]
    pub fn rollback(&self) {
        self.inner.rollback();
    }

    /// The state, as a text.
    #[napi]
    pub fn snapshot(&self) -> String {
        self.inner.snapshot()
    }

    /// Begins to commit what is buffered.
    #[napi]
    pub fn begin_commit(&self, retry: f64) -> Result<Committing> {
        let retry = whole("retry", retry).map_err(|error| envelope(&error))?;
        let committing = self.inner.begin_commit(u32::try_from(retry).unwrap_or(u32::MAX));
        Ok(Committing::new(committing, self.writes.clone()))
    }

    /// The same with its end.
    #[napi]
    pub fn begin_close(&self, outcome: String) -> Result<Committing> {
        let begun = || self.inner.begin_close(outcome.parse()?, 0);
        Ok(Committing::new(begun().map_err(|error| envelope(&error))?, self.writes.clone()))
    }
}

/// What reads or writes the store.
#[napi]
impl Case {
    /// Loads what was committed last.
    #[napi]
    pub fn reload<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes.reads().answer(env, later, move || inner.reload(), |()| ())
    }

    /// Replaces the state by that of a snapshot.
    #[napi]
    pub fn restore<'env>(
        &self,
        env: &'env Env,
        snapshot: String,
        later: bool,
    ) -> Result<Reply<'env, CaseReceipt>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.restore(&snapshot), CaseReceipt::from)
    }

    /// Receipts after a number.
    #[napi]
    pub fn receipts<'env>(
        &self,
        env: &'env Env,
        after: f64,
        limit: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, Vec<CaseReceipt>>> {
        let inner = self.inner.clone();
        let work = move || {
            let limit = limit.map(|limit| whole("limit", limit)).transpose()?;
            let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
            inner.receipts(whole("after", after)?, limit)
        };
        self.writes
            .reads()
            .answer(env, later, work, |found| found.into_iter().map(CaseReceipt::from).collect())
    }

    /// Recomputes the chain of the receipts.
    #[napi]
    pub fn verify<'env>(
        &self,
        env: &'env Env,
        archive: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, CaseCheck>> {
        let inner = self.inner.clone();
        let work = move || inner.verify(archive.as_deref().map(Path::new));
        self.writes.reads().answer(env, later, work, CaseCheck::from)
    }

    /// Moves old receipts into an archive.
    #[napi]
    pub fn rotate_receipts<'env>(
        &self,
        env: &'env Env,
        options: Option<Rotating>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        let work = move || inner.rotate_receipts(&Rotating::options(options)?);
        self.writes.answer(env, later, work, count)
    }

    /// The state right after a receipt.
    #[napi]
    pub fn at<'env>(&self, env: &'env Env, sequence: f64, later: bool) -> Result<Reply<'env, CaseState>> {
        let inner = self.inner.clone();
        let work = move || inner.at(whole("sequence", sequence)?);
        self.writes.reads().answer(env, later, work, CaseState::from)
    }

    /// Deletes it.
    #[napi]
    pub fn delete<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.delete(), |()| ())
    }

    /// Begins an effect, or gives the result that it has; `spec` is JSON text.
    #[napi]
    pub fn begin_effect<'env>(
        &self,
        env: &'env Env,
        effect_id: String,
        spec: String,
        options: Option<Effecting>,
        later: bool,
    ) -> Result<Reply<'env, Either<EffectResult, PendingEffect>>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || {
            let begun = inner.begin_effect(&effect_id, &Json::new(spec)?, &Effecting::options(options)?)?;
            Ok((begun, writes))
        };
        self.writes.answer(env, later, work, |(begun, writes)| match begun {
            BegunEffect::Stored(result) => Either::A(result.into()),
            BegunEffect::Run(pending) => Either::B(PendingEffect::new(pending, writes)),
        })
    }

    /// Settles an effect by hand: `ok` with JSON text, or why it did not happen.
    #[napi]
    pub fn resolve_effect<'env>(
        &self,
        env: &'env Env,
        key: String,
        status: String,
        value: String,
        later: bool,
    ) -> Result<Reply<'env, EffectResult>> {
        let inner = self.inner.clone();
        let work = move || inner.resolve_effect(&key, outcome(&status, value)?);
        self.writes.answer(env, later, work, EffectResult::from)
    }

    /// All effects, or those of an id.
    #[napi]
    pub fn effects<'env>(
        &self,
        env: &'env Env,
        effect_id: Option<String>,
        later: bool,
    ) -> Result<Reply<'env, Vec<EffectResult>>> {
        let inner = self.inner.clone();
        let work = move || effect_id.map_or_else(|| inner.effects(), |id| inner.lookup(&id));
        self.writes.reads().answer(env, later, work, effects)
    }

    /// The effect of a key.
    #[napi]
    pub fn lookup_by_key<'env>(
        &self,
        env: &'env Env,
        key: String,
        later: bool,
    ) -> Result<Reply<'env, Option<EffectResult>>> {
        let inner = self.inner.clone();
        let work = move || inner.lookup_by_key(&key);
        self.writes.reads().answer(env, later, work, |found| found.map(EffectResult::from))
    }
}
