//! A connection that reads, and that may stay in the moment that it has read from one question to the next. Where many
//! questions are asked while nobody commits, that saves each of them a transaction of its own with its two calls to the
//! system. `docs/decisions/0027-readers-that-stay.md` says why the answers are no older for it, and what becomes of the
//! log meanwhile.

use std::ops::Deref;

use super::sys::{LogHeader, Session};

/// Whether connections may stay, as all of a store agree on it: it is another number whenever those that do are to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Round(pub(super) u64);

/// A connection that reads.
pub(super) struct Reading {
    session: Session,
    stay: Option<Stay>,
}

/// The moment that a connection stays in: that of a header of the log's index.
struct Stay {
    header: LogHeader,
    round: Round,
}

impl Reading {
    pub(super) fn new(session: Session) -> Self {
        Self { session, stay: None }
    }

    /// Whether it is in the latest moment that there is, so that what it is asked now it answers as of now.
    #[inline]
    pub(super) fn is_in_the_present(&self) -> bool {
        self.stay.as_ref().is_some_and(|stay| self.session.log_header_is(&stay.header))
    }

    /// Has it stay in the moment of what it is asked next, if that can be told from others. None of that is done if it
    /// fails.
    pub(super) fn stay(&mut self, round: Round) -> bool {
        // Seen before the transaction begins. Whenever it is seen again, nobody has committed in between, so the moment of
        // the transaction, whichever it began with, is that of the header.
        let Some(header) = self.session.log_header() else { return false };
        let begun = self.session.run("BEGIN").is_ok();
        self.stay = begun.then_some(Stay { header, round });
        begun
    }

    pub(super) fn stays(&self) -> bool {
        self.stay.is_some()
    }

    /// Whether it has begun to stay in this round.
    pub(super) fn is_of(&self, round: Round) -> bool {
        self.stay.as_ref().is_some_and(|stay| stay.round == round)
    }

    /// Ends that. False if the connection can no longer be used.
    pub(super) fn leave(&mut self) -> bool {
        // An error may have ended the transaction already.
        self.stay.take().is_none() || self.session.is_autocommit() || self.session.run("COMMIT").is_ok()
    }

    /// The connection, outside of any moment.
    pub(super) fn into_session(mut self) -> Option<Session> {
        self.leave().then_some(self.session)
    }
}

impl Deref for Reading {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
