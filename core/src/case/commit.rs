//! A commit of a case, step by step: each buffered mutation is folded onto the state, functions are called in
//! between, and what came of it is committed if the case has not moved on.

use std::any::Any;
use std::sync::Arc;

use super::Case;
use super::change::Change;
use super::fold::Fold;
use super::loaded::Loaded;
use super::mutation::{Call, CaseMutation, Cause, UpdateFunction};
use super::plan::{Planned, subject};
use super::receipt::CaseReceipt;
use super::token::Token;
use crate::error::{Error, Result};
use crate::fault::{Operation, Owed};
use crate::json::Json;
use crate::violation::Violation;

/// What a commit is built on, and what it is to do.
pub(super) type Buffered = (Arc<Loaded>, Vec<CaseMutation>);

/// A commit under way: ask [`next`](Self::next) for each function to call, then [`finish`](Self::finish).
/// Dropping it before that keeps the buffer as it was.
pub struct Committing {
    case: Case,
    base: Arc<Loaded>,
    fold: Fold,
    changes: Vec<Change>,
    violations: Vec<Violation>,
    buffer: Vec<CaseMutation>,
    /// Whether the last mutation was not buffered by the caller.
    closes: bool,
    at: usize,
    retries: u32,
    now_ms: Option<i64>,
    over: bool,
    committed: bool,
    /// What it owes, once it has passed the faults, which it does once, whatever it takes.
    passed: Option<Owed>,
}

/// A function to call, with what it gets.
pub struct UpdateCall {
    /// The place of its mutation in the buffer.
    pub index: usize,
    /// The function, as it was given to [`UpdateFunction::foreign`].
    pub function: Arc<dyn Any + Send + Sync>,
    /// What it is called with.
    pub input: Updated,
}

/// What a function of an update gets and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// The context.
    Ctx(Json),
    /// A token.
    Token(Token),
}

/// How a commit goes on.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // one is made for each commit and taken apart at once
pub enum CommitStep {
    /// It is done; without a receipt if nothing was buffered.
    Committed(Option<CaseReceipt>),
    /// The case has moved on: all functions are to be called again, on the new state.
    Again,
}

impl Committing {
    pub(super) fn new(case: &Case, retries: u32, closing: Option<CaseMutation>) -> Self {
        let (base, mut buffer) = case.take_buffer();
        let closes = closing.is_some();
        buffer.extend(closing);
        Self {
            case: case.clone(),
            fold: Fold::new(base.state.clone()),
            base,
            changes: Vec::with_capacity(buffer.len()),
            violations: Vec::new(),
            buffer,
            closes,
            at: 0,
            retries,
            now_ms: None,
            over: false,
            committed: false,
            passed: None,
        }
    }

    /// Does all of it, if there is no function that only the caller can call.
    pub(super) fn run(mut self) -> Result<Option<CaseReceipt>> {
        loop {
            if let Some(call) = self.next()? {
                let reason = "its function was buffered by a binding; commit through begin_commit()";
                return Err(Error::value(format!("[{}]", call.index), reason));
            }
            if let CommitStep::Committed(receipt) = self.finish()? {
                return Ok(receipt);
            }
        }
    }

    /// The next function to call, whose result goes to [`done`](Self::done); none when all were called. Functions
    /// of Rust are called by itself.
    ///
    /// # Errors
    /// What such a function gave.
    #[allow(clippy::should_implement_trait)] // it fails, and its items are to be answered
    pub fn next(&mut self) -> Result<Option<UpdateCall>> {
        if self.passed.is_none() {
            self.passed = Some(self.case.inner.place.gate().enter(self.operation())?);
        }
        if self.now_ms.is_none() {
            self.now_ms = Some(self.case.inner.place.now_ms()?);
        }
        while self.at < self.buffer.len() {
            let (index, mutation) = (self.at, self.buffer[self.at].clone());
            match mutation {
                CaseMutation::UpdateCtx(UpdateFunction(call)) => {
                    if let Err(broken) = self.fold.check_running() {
                        self.refuse(&broken);
                        continue;
                    }
                    let ctx = self.fold.state.ctx.clone();
                    match call {
                        Call::Ctx(function) => {
                            let ctx = function(ctx).map_err(|cause| self.failed(cause))?;
                            self.apply(Change::UpdateCtx(ctx));
                        }
                        Call::Foreign(function) => {
                            return Ok(Some(UpdateCall { index, function, input: Updated::Ctx(ctx) }));
                        }
                        Call::Token(_) => unreachable!("a context is not updated by a token's function"),
                    }
                }
                CaseMutation::UpdateToken(id, UpdateFunction(call)) => {
                    let token = self.fold.check_running().and_then(|()| self.fold.token(&id).cloned());
                    let token = match token {
                        Ok(token) => token,
                        Err(broken) => {
                            self.refuse(&broken);
                            continue;
                        }
                    };
                    match call {
                        Call::Token(function) => {
                            let token = function(token).map_err(|cause| self.failed(cause))?;
                            self.updated(&id, token);
                        }
                        Call::Foreign(function) => {
                            return Ok(Some(UpdateCall { index, function, input: Updated::Token(token) }));
                        }
                        Call::Ctx(_) => unreachable!("a token is not updated by the context's function"),
                    }
                }
                plain => {
                    let change = self.change(plain);
                    self.apply(change);
                }
            }
        }
        Ok(None)
    }

    fn operation(&self) -> Operation {
        if self.closes { Operation::CaseClose } else { Operation::CaseCommit }
    }

    /// Takes what the function of the last [`next`](Self::next) gave.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if it is not what was asked for.
    pub fn done(&mut self, output: Updated) -> Result<()> {
        match (self.buffer.get(self.at), output) {
            (Some(CaseMutation::UpdateCtx(_)), Updated::Ctx(ctx)) => self.apply(Change::UpdateCtx(ctx)),
            (Some(CaseMutation::UpdateToken(id, _)), Updated::Token(token)) => {
                let id = id.clone();
                self.updated(&id, token);
            }
            _ => return Err(Error::value(format!("[{}]", self.at), "no such result is due here")),
        }
        Ok(())
    }

    /// Commits, once there is no function left to call.
    ///
    /// # Errors
    /// As [`Case::commit`].
    pub fn finish(&mut self) -> Result<CommitStep> {
        if let Some(call) = self.next()? {
            let reason = "its function was not called yet";
            return Err(Error::value(format!("[{}]", call.index), reason));
        }
        match self.try_to_finish() {
            Ok(CommitStep::Again) => Ok(CommitStep::Again),
            over => {
                let owed = self.passed.as_mut().and_then(Option::take);
                self.case.inner.place.gate().settle(self.operation(), owed, over)
            }
        }
    }

    fn try_to_finish(&mut self) -> Result<CommitStep> {
        if self.over {
            return Err(Error::Closed {
                what: "the commit",
                advice: "it was made or refused; begin another",
            });
        }
        self.over = true;
        if !self.violations.is_empty() {
            let violations = std::mem::take(&mut self.violations);
            // They may be those of a state that has passed.
            if self.retries > 0 && self.start_over()? {
                return Ok(CommitStep::Again);
            }
            return Err(Error::Validation { subject: subject(self.case.id()), violations });
        }
        if self.buffer.is_empty() {
            return Ok(CommitStep::Committed(None));
        }
        let now_ms = self.now_ms.unwrap_or_default();
        let most_bytes = self.case.shared().max_value_bytes;
        let state = self.fold.take();
        let (id, base) = (&self.case.inner.id, &self.base);
        let planned = Planned::new(id, Some(base), base.history, &self.changes, state, (now_ms, most_bytes))?;
        match self.case.write(planned, base) {
            Ok(receipt) => {
                self.committed = true;
                Ok(CommitStep::Committed(Some(receipt)))
            }
            Err(Error::Conflict { .. }) if self.retries > 0 => {
                self.start_over()?;
                Ok(CommitStep::Again)
            }
            Err(error) => Err(error),
        }
    }

    /// Goes back to the first mutation, on what was committed last; whether that is another state than before.
    fn start_over(&mut self) -> Result<bool> {
        self.retries -= 1;
        self.case.reload_quietly()?;
        let base = self.case.loaded();
        let moved_on = base.receipt_id != self.base.receipt_id;
        self.base = base;
        self.fold = Fold::new(self.base.state.clone());
        self.changes.clear();
        (self.at, self.now_ms, self.over) = (0, None, !moved_on);
        Ok(moved_on)
    }

    fn change(&self, mutation: CaseMutation) -> Change {
        match mutation {
            CaseMutation::SetCtx(ctx) => Change::SetCtx(ctx),
            CaseMutation::AddToken(token) => Change::AddToken(token),
            CaseMutation::RemoveToken(id) => Change::RemoveToken(id),
            CaseMutation::EnterScope { id, parent } => {
                Change::EnterScope { id, parent, entered_ms: self.now_ms.unwrap_or_default() }
            }
            CaseMutation::ExitScope(id) => Change::ExitScope(id),
            CaseMutation::CancelScope(id) => Change::CancelScope(id),
            CaseMutation::IncrementStepCount => Change::IncrementStepCount,
            CaseMutation::SetMetadata(term) => Change::SetMetadata(term),
            CaseMutation::SetStatus(status) => Change::SetStatus(status),
            CaseMutation::UpdateCtx(_) | CaseMutation::UpdateToken(..) => {
                unreachable!("what its function gives is a change of its own")
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match self.fold.apply(&change) {
            Ok(()) => {
                self.changes.push(change);
                self.at += 1;
            }
            Err(broken) => self.refuse(&broken),
        }
    }

    fn updated(&mut self, id: &str, token: Token) {
        if token.id == id {
            self.apply(Change::UpdateToken(token));
        } else {
            self.refuse(&format!("the function was given token {id:?} and must not change its id"));
        }
    }

    /// Leaves the mutation out and goes on with the next, so that every mistake is told at once.
    fn refuse(&mut self, broken: &str) {
        let name = self.buffer[self.at].name();
        self.violations.push(Violation::new(format!("[{}]", self.at), format!("{name}: {broken}")));
        self.at += 1;
    }

    fn failed(&self, cause: Cause) -> Error {
        match cause.downcast::<Error>() {
            Ok(error) => *error,
            Err(cause) => Error::Validation {
                subject: subject(self.case.id()),
                violations: vec![Violation::new(
                    format!("[{}]", self.at),
                    format!("its function failed: {cause}"),
                )],
            },
        }
    }
}

impl Drop for Committing {
    fn drop(&mut self) {
        if !self.committed {
            let mut buffer = std::mem::take(&mut self.buffer);
            if self.closes {
                buffer.pop();
            }
            self.case.put_back(buffer);
        }
    }
}
