//! The line of writers of all processes. Who wants SQLite's write lock draws a number, waits for its turn, and hands it
//! on. The line is only about the order: SQLite's lock decides who writes, so nothing is wrong when the line is lost,
//! broken or bypassed, by a program that knows nothing of it say, but for the order.
//!
//! So nobody trusts it for long. Who waits looks once a millisecond. If the turn has not moved, its owner may hold
//! SQLite's lock, or be stopped, killed or just idle, and who is next tries that lock itself; those behind it try later,
//! each by its place. Who gets the lock that way takes the turn, over the heads of those who did not take it, and they
//! draw anew.
//!
//! A turn lasts for several commits, if its owner makes them soon and somebody waits: else each commit would have to
//! wait for another process to wake up, which takes longer than a commit that does not sync.

use std::time::{Duration, Instant};

use super::busy;
use super::companion::Companion;
use super::sys::Places;

/// How long a turn lasts, once somebody waits for it.
const TURN: Duration = Duration::from_millis(2);
/// How long who waits sleeps if it is not woken.
const STEP: Duration = Duration::from_millis(1);
/// Who is further behind than that waits no longer for the lock to be tried than who is so far behind.
const FAR: u32 = 8;
/// More writers than that are none: the counters were damaged.
const MOST: u32 = 1 << 16;

/// The place of a handle.
#[derive(Debug)]
pub(super) struct Place {
    turn: Option<Turn>,
    step: Duration,
}

impl Default for Place {
    fn default() -> Self {
        Self { turn: None, step: STEP }
    }
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    number: u32,
    /// None while it has not been kept over more than one transaction.
    since: Option<Instant>,
}

impl Place {
    /// Begins a transaction by `attempt` when it is this handle's turn, at the latest when `patience` has passed, and tells
    /// `attempt` how long it may still wait for SQLite's lock. `is_busy` says whether it was refused because of that.
    pub(super) fn enter<E>(
        &mut self,
        companion: &Companion,
        patience: Duration,
        is_busy: impl Fn(&E) -> bool,
        mut attempt: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(places) = companion.places() else { return busy::with_patience(patience, attempt) };
        if self.is_ours(places) {
            return self.begun(places, busy::with_patience(patience, attempt));
        }
        let number = places.draw();
        if places.turn() == number {
            self.turn = Some(Turn { number, since: None });
            return self.begun(places, busy::with_patience(patience, attempt));
        }
        let queued = Instant::now();
        let (number, begun) = wait(places, number, (queued, patience), self.step, &is_busy, &mut attempt);
        self.turn = Some(Turn { number, since: Some(Instant::now()) });
        let begun = begun.unwrap_or_else(|| busy::with_patience_since(queued, patience, attempt));
        self.begun(places, begun)
    }

    /// Who could not begin gives its turn away.
    fn begun<E>(&mut self, places: Places<'_>, begun: Result<(), E>) -> Result<(), E> {
        if begun.is_err() {
            self.quit(places);
        }
        begun
    }

    /// Whether the last turn still lasts. If not, it is handed on.
    fn is_ours(&mut self, places: Places<'_>) -> bool {
        let Some(Turn { number, since }) = self.turn else { return false };
        if places.turn() == number && since.is_none_or(|since| since.elapsed() < TURN) {
            return true;
        }
        self.quit(places);
        false
    }

    /// To be called when a transaction has ended: hands the turn on if somebody waits and it has lasted long enough, or
    /// if nobody does.
    pub(super) fn leave(&mut self, companion: &Companion) {
        let (Some(places), Some(turn)) = (companion.places(), &mut self.turn) else { return };
        if places.is_last(turn.number) || turn.since.get_or_insert_with(Instant::now).elapsed() >= TURN {
            self.quit(places);
        }
    }

    /// To be called when there will be no more transactions.
    pub(super) fn close(&mut self, companion: &Companion) {
        if let Some(places) = companion.places() {
            self.quit(places);
        }
    }

    fn quit(&mut self, places: Places<'_>) {
        if let Some(Turn { number, .. }) = self.turn.take() {
            places.hand_on(number, number.wrapping_add(1));
        }
    }
}

/// Waits until it is the turn of `number`, or of another one that had to be drawn. Gives what came of it if a transaction
/// was begun out of turn, or could not be.
fn wait<E>(
    places: Places<'_>,
    mut number: u32,
    (queued, patience): (Instant, Duration),
    step: Duration,
    is_busy: &impl Fn(&E) -> bool,
    attempt: &mut impl FnMut() -> Result<(), E>,
) -> (u32, Option<Result<(), E>>) {
    let mut seen = places.turn();
    // How often the turn was looked for and had not moved.
    let mut still = 0;
    loop {
        let behind = number.wrapping_sub(seen);
        if behind == 0 {
            return (number, None);
        }
        let left = patience.saturating_sub(queued.elapsed());
        if behind > MOST && !left.is_zero() {
            if behind > u32::MAX - MOST {
                // It was passed over.
                number = places.draw();
            } else {
                // The counters mean nothing, and begin here.
                places.hand_on(seen, number);
            }
            seen = places.turn();
            continue;
        }
        places.sleep(number, seen, left.min(step));
        let turn = places.turn();
        let late = queued.elapsed() >= patience;
        if turn != seen && !late {
            (seen, still) = (turn, 0);
            continue;
        }
        still += 1;
        if late || still >= behind.min(FAR) {
            let result = busy::with_patience_since(queued, Duration::ZERO, &mut *attempt);
            if result.is_ok() {
                places.hand_on(turn, number);
            }
            if late || !result.as_ref().is_err_and(is_busy) {
                return (number, Some(result));
            }
        }
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
#[path = "line_test.rs"]
mod tests;
