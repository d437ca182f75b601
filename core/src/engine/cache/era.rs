//! The present era and its header, and how an era goes on when somebody has committed. They are read at each look and changed only by commits, so readers take no lock:
//! they read twice, and again if that was changed meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

use parking_lot::Mutex;

use super::generations::{Generations, Told};
use crate::engine::busy;
use crate::engine::sys::{LastFrame, LogHeader, LogIndex};

/// A blank header is given salts the first time that it is seen, and then once of so many times, for when that failed.
const STAMP_EVERY: u32 = 64;
/// How often one who looks finds a header that nobody has told of before he believes that nobody will: who commits tells
/// of it a few microseconds after it can be seen.
const PATIENCE: u32 = 32;

/// An era at one of its headers. Its entries are what the store holds at that header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Era {
    pub(super) number: u64,
    pub(super) header: LogHeader,
}

/// The present era.
#[derive(Default)]
pub(super) struct Eras {
    /// Odd while the others are being changed.
    turn: AtomicU64,
    number: AtomicU64,
    /// All zeroes at first, which no header is.
    header: [AtomicU64; 6],
    /// Taken by who changes them.
    change: Mutex<Change>,
    /// Whether a commit of this handle is about to change the header.
    carrying: AtomicBool,
    blanks: AtomicU32,
}

#[derive(Default)]
struct Change {
    index: Option<Arc<LogIndex>>,
    /// What the epoch was when the present era began.
    epoch: u64,
    /// The header that was not told of when it was last asked for, and how often that was.
    untold: Option<LogHeader>,
    asked: u32,
}

impl Eras {
    /// The present era; none if it is being changed just now.
    #[inline]
    pub(super) fn current(&self) -> Option<Era> {
        let turn = self.turn.load(Ordering::Acquire);
        let number = self.number.load(Ordering::Relaxed);
        let mut header = LogHeader([0; 6]);
        for (word, shared) in header.0.iter_mut().zip(&self.header) {
            *word = shared.load(Ordering::Relaxed);
        }
        fence(Ordering::Acquire);
        let unchanged = turn.is_multiple_of(2) && self.turn.load(Ordering::Relaxed) == turn;
        unchanged.then_some(Era { number, header })
    }

    /// Changes it. The caller has locked `change`.
    fn set(&self, era: &Era) {
        let turn = self.turn.load(Ordering::Relaxed);
        self.turn.store(turn + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.number.store(era.number, Ordering::Relaxed);
        for (shared, word) in self.header.iter().zip(era.header.0) {
            shared.store(word, Ordering::Relaxed);
        }
        self.turn.store(turn + 2, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn set_for_test(&self, number: u64) {
        let _change = self.change.lock();
        self.set(&Era { number, header: LogHeader([number; 6]) });
    }

    pub(super) fn attach(&self, index: Option<Arc<LogIndex>>) {
        self.change.lock().index = index;
    }

    /// Lets the present era go on with the present header, if the counters tell of all that has been committed since;
    /// begins a new one if they don't. Gives the era that it then is. None if the header tells nothing, or somebody is
    /// about to say what it means.
    #[cold]
    pub(super) fn catch_up(&self, index: &LogIndex, generations: &Generations) -> Option<Era> {
        let mut change = self.change.lock();
        if index.is_blank() && self.blanks.fetch_add(1, Ordering::Relaxed).is_multiple_of(STAMP_EVERY) {
            busy::with_patience(Duration::ZERO, || index.stamp());
        }
        // Read before the header: whatever is counted up for a later one is not in it.
        let epoch = generations.epoch();
        let header = index.header()?;
        // Asked after the header was read: if that one is of a commit of this handle, it is known here.
        if self.is_carrying() {
            return None;
        }
        let present = self.current()?;
        if present.header == header {
            return Some(present);
        }
        let told = generations.is_known(&header.moment());
        let begun = present.number > 0;
        if begun && !told && change.awaits(&header) {
            return None;
        }
        // What led to the header is in the epoch, if it was told.
        let goes_on = begun && told && generations.epoch() == change.epoch;
        if !goes_on {
            change.epoch = epoch;
        }
        let era = Era { number: present.number + u64::from(!goes_on), header };
        self.set(&era);
        Some(era)
    }

    /// Whether a commit of this handle is about to change the header, or has changed it and not yet said so.
    pub(super) fn is_carrying(&self) -> bool {
        self.carrying.load(Ordering::Acquire)
    }

    pub(super) fn carrying(&self) -> Carrying<'_> {
        self.carrying.store(true, Ordering::Release);
        Carrying(&self.carrying)
    }

    /// Lets the present era go on with the header that one commit has made of `before`, if it was that of `before` and
    /// nobody else has committed. `told` is what others know of that commit.
    pub(super) fn carry_over(&self, before: &LogHeader, frame: &LastFrame, told: Told) {
        let mut change = self.change.lock();
        let Some(after) = change.index.as_ref().and_then(|index| index.header()) else { return };
        let Some(present) = self.current() else { return };
        if present.header != *before || !after.follows(before, frame) {
            return;
        }
        match told {
            // What was counted is what this handle knows itself.
            Told::Coarsely(epoch) if epoch == change.epoch => change.epoch += 1,
            Told::Finely | Told::Coarsely(_) => {}
            Told::TooLate => return,
        }
        self.set(&Era { header: after, ..present });
    }
}

impl Change {
    /// Whether there is still hope that somebody will tell of this header.
    fn awaits(&mut self, header: &LogHeader) -> bool {
        if self.untold != Some(*header) {
            (self.untold, self.asked) = (Some(*header), 0);
        }
        self.asked += 1;
        self.asked <= PATIENCE
    }
}

/// A commit of this handle that is under way.
pub(crate) struct Carrying<'a>(&'a AtomicBool);

impl Drop for Carrying<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
