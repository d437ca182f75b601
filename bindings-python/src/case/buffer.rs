//! Buffering mutations. They are checked together when they are committed.

use std::sync::Arc;

use pyo3::prelude::*;
use statehold::{CaseMutation, UpdateFunction};

use super::{Case, CaseStatus, TokenStatus};
use crate::arg::{Function, Id};
use crate::error::Result;

#[pymethods]
impl Case {
    /// Buffers a mutation: a `dict` with its `name`, which is that of a method here, and the members that the method
    /// takes.
    fn buffer(&self, mutation: &Bound<'_, PyAny>) -> Result<()> {
        self.inner.buffer(CaseMutation::from_json(&self.terms.json(mutation)?)?);
        Ok(())
    }

    /// As `set_ctx`.
    fn put_ctx(&self, ctx: &Bound<'_, PyAny>) -> Result<()> {
        self.set_ctx(ctx)
    }

    /// Replaces the context by another one, an object.
    fn set_ctx(&self, ctx: &Bound<'_, PyAny>) -> Result<()> {
        self.inner.buffer(CaseMutation::SetCtx(self.terms.json(ctx)?));
        Ok(())
    }

    /// Replaces the context by a function of it, which is called by the commit, and again if that is tried again, so it
    /// should do nothing else. What it raises, the commit raises.
    fn update_ctx(&self, function: Function<'_>) {
        self.inner.buffer(CaseMutation::UpdateCtx(foreign(function)));
    }

    /// Adds a token at an instruction or node `ip`, in an active scope.
    #[pyo3(signature = (id, ip, *, scope = Id::ROOT, value = None, status = TokenStatus::ACTIVE),
           text_signature = "($self, id, ip, *, scope='root', value=None, status='active')")]
    fn add_token(
        &self,
        py: Python<'_>,
        id: Id<'_>,
        ip: Id<'_>,
        scope: Id<'_>,
        value: Option<Bound<'_, PyAny>>,
        status: TokenStatus,
    ) -> Result<()> {
        let value = self.terms.json(&value.unwrap_or_else(|| py.None().into_bound(py)))?;
        let token = statehold::Token::new(&*id, &*ip).scope(&*scope).value(value).status(status.0);
        self.inner.buffer(CaseMutation::AddToken(token));
        Ok(())
    }

    /// Removes a token.
    fn remove_token(&self, id: Id<'_>) {
        self.inner.remove_token(&id);
    }

    /// Replaces a token by a function of it, as `update_ctx` does: `lambda token: token.replace(ip="next")`. Its id
    /// stays.
    fn update_token(&self, id: Id<'_>, function: Function<'_>) {
        self.inner.buffer(CaseMutation::UpdateToken(id.to_owned(), foreign(function)));
    }

    /// Adds a scope under an active one.
    #[pyo3(signature = (id, parent = Id::ROOT), text_signature = "($self, id, parent='root')")]
    fn enter_scope(&self, id: Id<'_>, parent: Id<'_>) {
        self.inner.enter_scope(&id, &parent);
    }

    /// Leaves a scope in which no token is active.
    fn exit_scope(&self, id: Id<'_>) {
        self.inner.exit_scope(&id);
    }

    /// Cancels a scope, all beneath it and their tokens.
    fn cancel_scope(&self, id: Id<'_>) {
        self.inner.cancel_scope(&id);
    }

    /// Cancels all scopes and tokens, which closes the case.
    fn cancel_case(&self) {
        self.inner.cancel_case();
    }

    /// Adds 1 to the step count.
    fn increment_step_count(&self) {
        self.inner.increment_step_count();
    }

    /// Sets the term of the metadata.
    fn set_metadata(&self, term: &Bound<'_, PyAny>) -> Result<()> {
        self.inner.buffer(CaseMutation::SetMetadata(self.terms.json(term)?));
        Ok(())
    }

    /// Sets the status; any but `running` closes the case.
    fn set_status(&self, status: CaseStatus) {
        self.inner.set_status(status.0);
    }

    /// Discards what is buffered.
    fn rollback(&self) {
        self.inner.rollback();
    }
}

/// A function that the core keeps, and gives back when it is to be called.
fn foreign(function: Function<'_>) -> UpdateFunction {
    UpdateFunction::foreign(Arc::new(function.clone().unbind()))
}
