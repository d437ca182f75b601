//! Buffering mutations, and what is committed at once.

use std::sync::Arc;

use serde::Serialize;

use super::commit::Buffered;
use super::create::{current, missing};
use super::loaded::Loaded;
use super::mutation::{Call, CaseMutation, Cause, UpdateFunction};
use super::plan::{self, Planned, revision_check, subject};
use super::receipt::CaseReceipt;
use super::status::CaseStatus;
use super::token::Token;
use super::{Case, Place};
use crate::clock::from_ms;
use crate::engine::journal::hash_of;
use crate::engine::request::{Cell, Commit, Param};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::hex;
use crate::json::Json;

impl Case {
    /// Buffers a mutation. Nothing is looked at before the commit.
    pub fn buffer(&self, mutation: CaseMutation) {
        self.inner.working.lock().buffer.push(mutation);
    }

    /// Buffers: replace the context by another object.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path of what can't be stored.
    pub fn put_ctx<T: Serialize + ?Sized>(&self, ctx: &T) -> Result<()> {
        self.buffer(CaseMutation::SetCtx(Json::from_serialize(ctx)?));
        Ok(())
    }

    /// As [`put_ctx`](Self::put_ctx), by the name of the mutation.
    ///
    /// # Errors
    /// As [`put_ctx`](Self::put_ctx).
    pub fn set_ctx<T: Serialize + ?Sized>(&self, ctx: &T) -> Result<()> {
        self.put_ctx(ctx)
    }

    /// Buffers: replace the context by a function of it. The function is run while the commit is made, on the
    /// context as the earlier mutations leave it, outside of any lock, and again after a conflict; so it should
    /// do nothing else. Its error ends the commit and keeps the buffer.
    ///
    /// ```
    /// use statehold::{Error, Json};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({"n": 1}), &Default::default())?;
    /// case.update_ctx(|ctx| {
    ///     let mut ctx: serde_json::Value = ctx.parse()?;
    ///     ctx["n"] = (ctx["n"].as_i64().unwrap_or(0) + 1).into();
    ///     Json::try_from(ctx)
    /// });
    /// case.commit(3)?;
    /// assert_eq!(case.ctx().as_str(), r#"{"n":2}"#);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn update_ctx<E: Into<Cause>>(
        &self,
        function: impl Fn(Json) -> Result<Json, E> + Send + Sync + 'static,
    ) {
        let call = Call::Ctx(Arc::new(move |ctx| function(ctx).map_err(Into::into)));
        self.buffer(CaseMutation::UpdateCtx(UpdateFunction(call)));
    }

    /// Buffers: add a token to an active scope.
    pub fn add_token(&self, token: Token) {
        self.buffer(CaseMutation::AddToken(token));
    }

    /// Buffers: remove a token.
    pub fn remove_token(&self, id: &str) {
        self.buffer(CaseMutation::RemoveToken(id.to_owned()));
    }

    /// Buffers: replace a token by a function of it, which must keep the id. As
    /// [`update_ctx`](Self::update_ctx) otherwise.
    pub fn update_token<E: Into<Cause>>(
        &self,
        id: &str,
        function: impl Fn(Token) -> Result<Token, E> + Send + Sync + 'static,
    ) {
        let call = Call::Token(Arc::new(move |token| function(token).map_err(Into::into)));
        self.buffer(CaseMutation::UpdateToken(id.to_owned(), UpdateFunction(call)));
    }

    /// Buffers: add a scope under an active one.
    pub fn enter_scope(&self, id: &str, parent: &str) {
        self.buffer(CaseMutation::EnterScope { id: id.to_owned(), parent: parent.to_owned() });
    }

    /// Buffers: leave a scope, in which no token may be active.
    pub fn exit_scope(&self, id: &str) {
        self.buffer(CaseMutation::ExitScope(id.to_owned()));
    }

    /// Buffers: cancel a scope, the scopes beneath it and their active tokens.
    pub fn cancel_scope(&self, id: &str) {
        self.buffer(CaseMutation::CancelScope(id.to_owned()));
    }

    /// Buffers: cancel the case with all its scopes and active tokens.
    pub fn cancel_case(&self) {
        self.set_status(CaseStatus::Cancelled);
    }

    /// Buffers: add 1 to the step count.
    pub fn increment_step_count(&self) {
        self.buffer(CaseMutation::IncrementStepCount);
    }

    /// Buffers: set the term of the metadata.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path of what can't be stored.
    pub fn set_metadata<T: Serialize + ?Sized>(&self, term: &T) -> Result<()> {
        self.buffer(CaseMutation::SetMetadata(Json::from_serialize(term)?));
        Ok(())
    }

    /// Buffers: set the status. Any but running closes the case for what comes after.
    pub fn set_status(&self, status: CaseStatus) {
        self.buffer(CaseMutation::SetStatus(status));
    }

    /// Discards what is buffered.
    pub fn rollback(&self) {
        self.inner.working.lock().buffer.clear();
    }

    /// Commits what is buffered, all of it or nothing, and returns the receipt; none if nothing was buffered.
    /// Ok means visible to everyone, and durable as the store demands. When another has committed to the case
    /// since this handle loaded it, the buffer is judged anew on the new state, up to `retry` times. What fails
    /// keeps the buffer.
    ///
    /// # Errors
    /// [`Error::Validation`] with every mutation that breaks a rule; [`Error::Conflict`] when the case has moved
    /// on and no retry is left: [`reload`](Self::reload) and commit again; what a function of an update gave.
    pub fn commit(&self, retry: u32) -> Result<Option<CaseReceipt>> {
        self.begin_commit(retry).run()
    }

    /// Sets the status, and commits with all that is buffered.
    ///
    /// ```
    /// use statehold::CaseStatus;
    ///
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// case.close(CaseStatus::Done)?;
    /// case.increment_step_count();
    /// assert_eq!(case.commit(0).unwrap_err().code(), "VALIDATION");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`commit`](Self::commit); [`Error::InvalidValue`] for `running`, which closes nothing.
    pub fn close(&self, outcome: CaseStatus) -> Result<CaseReceipt> {
        let receipt = self.begin_close(outcome, 0)?.run()?;
        Ok(receipt.expect("the status was buffered"))
    }

    /// Deletes the case with its receipts and effects, in one commit, whatever its state.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it was deleted before; those of a commit.
    pub fn delete(&self) -> Result<()> {
        self.operation(Operation::CaseDelete, || self.remove())
    }

    fn remove(&self) -> Result<()> {
        let id = &self.inner.id;
        match &self.inner.place {
            Place::Store(store) => {
                let statements = plan::delete(id).into();
                let outcome = store.shared().engine.commit(Commit { statements, ..Commit::default() })?;
                match outcome.done.last() {
                    Some(done) if done.changed > 0 => Ok(()),
                    _ => Err(missing(id)),
                }
            }
            Place::Transaction(open) => open.with(|changes| {
                current(changes, id)?.ok_or_else(|| missing(id))?;
                changes.buffer.cases.delete(id);
                Ok(())
            }),
        }
    }

    /// Begins a commit step by step, for callers whose functions the core can't call: the bindings.
    pub fn begin_commit(&self, retry: u32) -> super::Committing {
        super::Committing::new(self, retry, None)
    }

    /// Begins the commit of [`close`](Self::close) step by step.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for `running`.
    pub fn begin_close(&self, outcome: CaseStatus, retry: u32) -> Result<super::Committing> {
        if outcome == CaseStatus::Running {
            return Err(Error::value("outcome", "it must be done, failed or cancelled"));
        }
        Ok(super::Committing::new(self, retry, Some(CaseMutation::SetStatus(outcome))))
    }

    /// Takes what is buffered.
    pub(super) fn take_buffer(&self) -> Buffered {
        let mut working = self.inner.working.lock();
        (working.loaded.clone(), std::mem::take(&mut working.buffer))
    }

    /// Puts back what was not committed, before what was buffered since.
    pub(super) fn put_back(&self, mut buffer: Vec<CaseMutation>) {
        let mut working = self.inner.working.lock();
        buffer.append(&mut working.buffer);
        working.buffer = buffer;
    }

    pub(super) fn set_loaded(&self, loaded: Arc<Loaded>) {
        self.inner.working.lock().loaded = loaded;
    }

    /// Commits what was planned on top of `base`.
    pub(super) fn write(&self, planned: Planned, base: &Loaded) -> Result<CaseReceipt> {
        let (loaded, receipt) = self.inner.place.write(&self.inner.id, planned, Some(base))?;
        self.set_loaded(loaded);
        if let Place::Store(store) = &self.inner.place {
            super::bound_receipts(store.shared(), std::slice::from_ref(&self.inner.id));
        }
        Ok(receipt)
    }
}

impl Place {
    /// Commits what was planned on top of `base`, or as the first commit of a case.
    pub(super) fn write(
        &self,
        id: &Arc<str>,
        planned: Planned,
        base: Option<&Loaded>,
    ) -> Result<(Arc<Loaded>, CaseReceipt)> {
        let previous = base.and_then(|base| base.hash);
        match self {
            Self::Store(store) => {
                let commit = Commit {
                    checks: vec![revision_check(id, base.map_or(0, |base| base.revision))],
                    statements: planned.statements(previous.map(Param::blob)).into(),
                    durability: None,
                };
                let outcome = store.shared().engine.commit(commit)?;
                let said = outcome.done.into_iter().next().and_then(|done| done.rows.into_iter().next());
                let Some([Cell::Blob(hash), Cell::Text(actor)]) = said.as_deref() else {
                    unreachable!("the statement returns the hash and the actor of the receipt")
                };
                let hash = hash_of(hash);
                let receipt = CaseReceipt {
                    revision: outcome.revision,
                    time: from_ms(outcome.time_ms),
                    actor: actor.clone(),
                    previous: hex(&previous.unwrap_or_else(|| super::receipt::genesis(id))),
                    hash: hex(&hash),
                    ..planned.receipt()
                };
                Ok((Arc::new(planned.loaded(outcome.revision, outcome.time_ms, Some(hash))), receipt))
            }
            Self::Transaction(open) => open.with(|changes| {
                check_same(id, base, current(changes, id)?.as_deref())?;
                let receipt = planned.receipt();
                Ok((changes.buffer.cases.write(id, planned, previous), receipt))
            }),
        }
    }
}

/// In a transaction: whether the case is still the one that a commit is built on.
fn check_same(id: &str, base: Option<&Loaded>, current: Option<&Loaded>) -> Result<()> {
    let receipt = |loaded: Option<&Loaded>| loaded.map(|loaded| loaded.receipt_id.clone());
    if receipt(base) == receipt(current) {
        return Ok(());
    }
    let stands = |loaded: Option<&Loaded>| match loaded {
        None => "absent".to_owned(),
        Some(loaded) => format!("at its receipt {}", loaded.sequence),
    };
    Err(Error::Conflict {
        check: format!(
            "{} was expected {}, but this transaction sees it {}",
            subject(id),
            stands(base),
            stands(current)
        ),
        expected: Some(base.map_or(0, |base| base.revision)),
        found: current.map(|current| current.revision).filter(|revision| *revision > 0),
    })
}
