//! Callers that wait for another thread to commit for them, and what it owes them.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::request::{Commit, Outcome};
use crate::error::{Error, Result};

/// A caller that waits for its turn.
pub(super) struct Ticket {
    /// What to commit; none asks for the lock itself.
    pub(super) commit: Option<Commit>,
    turn: Mutex<Turn>,
    woken: Condvar,
}

pub(super) enum Turn {
    Waiting,
    /// The lead has been handed to this caller.
    Lead,
    Done(Result<Outcome>),
}

impl Ticket {
    pub(super) fn new(commit: Option<Commit>) -> Arc<Self> {
        Arc::new(Self { commit, turn: Mutex::new(Turn::Waiting), woken: Condvar::new() })
    }

    pub(super) fn wake(&self, turn: Turn) {
        *self.turn.lock() = turn;
        self.woken.notify_one();
    }

    /// Waits for the result, or for the lead (`None`).
    pub(super) fn wait(&self) -> Option<Result<Outcome>> {
        let mut turn = self.turn.lock();
        loop {
            match std::mem::replace(&mut *turn, Turn::Waiting) {
                Turn::Waiting => self.woken.wait(&mut turn),
                Turn::Lead => return None,
                Turn::Done(result) => return Some(result),
            }
        }
    }
}

/// Who is committed in a batch.
pub(super) enum Member<'a> {
    Own(&'a Commit),
    Other(Answer),
}

impl AsRef<Commit> for Member<'_> {
    fn as_ref(&self) -> &Commit {
        match self {
            Self::Own(commit) => commit,
            Self::Other(answer) => answer.commit(),
        }
    }
}

/// Owed to who waits by a ticket. Where a panic comes in between, it still is given one.
pub(super) struct Answer {
    ticket: Arc<Ticket>,
    given: bool,
}

impl Answer {
    pub(super) fn to(ticket: Arc<Ticket>) -> Self {
        Self { ticket, given: false }
    }

    fn commit(&self) -> &Commit {
        self.ticket.commit.as_ref().expect("who wants the lock alone is in no batch")
    }

    pub(super) fn give(mut self, result: Result<Outcome>) {
        self.given = true;
        self.ticket.wake(Turn::Done(result));
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.given {
            let reason = "the thread that was to commit it with its own panicked, and which revision it would have is not known, so \
                          that 0 stands for it: read what it was to change".to_owned();
            self.ticket.wake(Turn::Done(Err(Error::CommitUnknown { revision: 0, reason })));
        }
    }
}
