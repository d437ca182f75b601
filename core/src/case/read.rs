//! What a handle tells: the state that it has loaded or committed last, as copies, and the receipts.

use std::collections::BTreeMap;

use super::create::current;
use super::mutation::CaseMutation;
use super::receipt::{CaseReceipt, list};
use super::scope::CaseScope;
use super::state::{CaseMetadata, CaseState};
use super::status::{CaseStatus, ScopeStatus};
use super::token::Token;
use super::{Case, Place};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;

impl Case {
    /// How the case stands.
    pub fn status(&self) -> CaseStatus {
        self.loaded().state.status
    }

    /// The context, an object.
    pub fn ctx(&self) -> Json {
        self.loaded().state.ctx.clone()
    }

    /// The tokens by their ids.
    pub fn tokens(&self) -> BTreeMap<String, Token> {
        self.loaded().state.tokens.clone()
    }

    /// A token; none if there is none of that id.
    pub fn token(&self, id: &str) -> Option<Token> {
        self.loaded().state.tokens.get(id).cloned()
    }

    /// The scopes by their ids, `root` among them.
    pub fn scopes(&self) -> BTreeMap<String, CaseScope> {
        self.loaded().state.scopes.clone()
    }

    /// A scope; none if there is none of that id.
    pub fn scope(&self, id: &str) -> Option<CaseScope> {
        self.loaded().state.scopes.get(id).cloned()
    }

    /// Step count, times and term.
    pub fn metadata(&self) -> CaseMetadata {
        self.loaded().state.metadata.clone()
    }

    /// All of the state, as of one moment.
    pub fn state(&self) -> CaseState {
        self.loaded().state.clone()
    }

    /// The store's revision of the last commit of the case; 0 if this transaction has made it.
    pub fn revision(&self) -> u64 {
        self.loaded().revision
    }

    /// The sequence number of the last receipt.
    pub fn sequence(&self) -> u64 {
        self.loaded().sequence
    }

    /// What is buffered, in order.
    pub fn pending(&self) -> Vec<CaseMutation> {
        self.inner.working.lock().buffer.clone()
    }

    /// Whether a scope is cancelled; `root` is when the case is.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a scope that was never entered.
    pub fn is_cancelled(&self, scope: &str) -> Result<bool> {
        let loaded = self.loaded();
        let found = loaded.state.scopes.get(scope).ok_or_else(|| Error::NotFound {
            what: "scope",
            name: scope.to_owned(),
            advice: "enter_scope() makes one, scopes has those that exist".into(),
        })?;
        Ok(found.status == ScopeStatus::Cancelled)
    }

    /// Loads what was committed last, by whomever. What is buffered stays.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let one = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// let other = store.case(one.id())?;
    /// other.increment_step_count();
    /// other.commit(0)?;
    /// one.increment_step_count();
    /// assert_eq!(one.commit(0).unwrap_err().code(), "CONFLICT");
    /// one.reload()?;
    /// one.commit(0)?;
    /// assert_eq!(one.metadata().step_count, 2);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if the case was deleted.
    pub fn reload(&self) -> Result<()> {
        self.operation(Operation::CaseReload, || self.reload_quietly())
    }

    /// The same as a part of an operation, which has passed the faults already.
    pub(super) fn reload_quietly(&self) -> Result<()> {
        let loaded = self.inner.place.load(&self.inner.id)?;
        self.inner.working.lock().loaded = loaded;
        Ok(())
    }

    /// Up to `limit` receipts after a sequence number, in order. Those that were rotated are in the archive.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({}), &Default::default())?;
    /// case.enter_scope("order", "root");
    /// case.commit(0)?;
    /// let receipts = case.receipts(0, None)?;
    /// assert_eq!(receipts[0].mutations[0].name, "create");
    /// assert_eq!(receipts[1].mutations[0].id.as_deref(), Some("order"));
    /// assert_eq!(receipts[1].previous, receipts[0].hash);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`].
    pub fn receipts(&self, after: u64, limit: Option<usize>) -> Result<Vec<CaseReceipt>> {
        self.operation(Operation::CaseReceipts, || self.list_receipts(after, limit))
    }

    fn list_receipts(&self, after: u64, limit: Option<usize>) -> Result<Vec<CaseReceipt>> {
        let id = &self.inner.id;
        match &self.inner.place {
            Place::Store(store) => store.shared().engine.read(|reader| list(reader, id, after, limit)),
            Place::Transaction(open) => open.with(|changes| {
                current(changes, id)?;
                let pending = changes.buffer.cases.of(id);
                let mut receipts = Vec::new();
                if pending.is_none_or(super::pending::Pending::goes_on) {
                    receipts = changes.snapshot.read(|reader| list(reader, id, after, limit))?;
                }
                let own = pending.map(super::pending::Pending::receipts).unwrap_or_default();
                receipts.extend(own.into_iter().filter(|receipt| receipt.sequence > after));
                receipts.truncate(limit.unwrap_or(usize::MAX));
                Ok(receipts)
            }),
        }
    }
}
