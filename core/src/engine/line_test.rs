//! Goal: turns come in the order in which numbers were drawn, and nobody waits for those who do not come. Method: several
//! handles on one companion file, and in place of SQLite's lock a flag of the test's own.

#![allow(clippy::unwrap_used)] // a test fails where it is not so

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// Refused because of the lock.
#[derive(Debug, PartialEq)]
struct Busy;

/// Stands in for SQLite's lock.
#[derive(Default)]
struct Lock(AtomicBool);

impl Lock {
    /// As SQLite does it: with patience, if there is any.
    fn take(&self) -> Result<(), Busy> {
        for tries in 0.. {
            if !self.0.swap(true, Ordering::SeqCst) {
                return Ok(());
            }
            if !busy::wait(tries) {
                break;
            }
        }
        Err(Busy)
    }

    fn free(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

struct Writer {
    companion: Companion,
    place: Place,
}

impl Writer {
    fn of(folder: &Path) -> Self {
        let companion = Companion::open(&folder.join("store")).unwrap();
        Self { companion, place: Place::default() }
    }

    fn places(&self) -> Places<'_> {
        self.companion.places().unwrap()
    }

    fn enter(&mut self, patience: Duration, lock: &Lock) -> Result<(), Busy> {
        self.place.enter(&self.companion, patience, |_| true, || lock.take())
    }

    fn leave(&mut self, lock: &Lock) {
        lock.free();
        self.place.leave(&self.companion);
    }
}

#[test]
fn alone_each_turn_is_over_with_its_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, lock) = (Writer::of(folder.path()), Lock::default());
    for number in 0..3 {
        assert_eq!(writer.places().turn(), number);
        writer.enter(LONG, &lock).unwrap();
        writer.leave(&lock);
    }
    assert!(writer.place.turn.is_none());
}

#[test]
fn turns_come_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (lock, entered) = (Lock::default(), AtomicU32::new(0));
    let mut first = Writer::of(folder.path());
    first.enter(LONG, &lock).unwrap();
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let mut waiting = Vec::new();
        for at in 0..4 {
            let mut next = Writer::of(folder.path());
            // Nobody tries the lock out of turn.
            next.place.step = LONG;
            let (lock, entered) = (&lock, &entered);
            waiting.push(scope.spawn(move || {
                next.enter(LONG, lock).unwrap();
                assert_eq!(entered.fetch_add(1, Ordering::SeqCst), at);
                next.place.turn.as_mut().unwrap().since = Instant::now().checked_sub(TURN);
                next.leave(lock);
            }));
            while first.places().is_last(at) {
                std::thread::yield_now();
            }
        }
        first.place.step = LONG;
        first.leave(&lock);
        assert!(first.place.turn.is_some(), "a turn goes on for a moment, though others wait");
        first.enter(LONG, &lock).unwrap();
        assert_eq!(entered.load(Ordering::SeqCst), 0);
        first.place.turn.as_mut().unwrap().since = Instant::now().checked_sub(TURN);
        first.leave(&lock);
        // It draws anew, and comes last.
        first.enter(LONG, &lock).unwrap();
        assert_eq!(entered.load(Ordering::SeqCst), 4);
        for waiting in waiting {
            waiting.join().unwrap();
        }
        assert!(begun.elapsed() < LONG / 2, "somebody was not woken");
    });
}

#[test]
fn who_does_not_come_is_passed_over_and_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, lock) = (Writer::of(folder.path()), Lock::default());
    let absent: Vec<u32> = (0..5).map(|_| writer.places().draw()).collect();
    let begun = Instant::now();
    writer.enter(LONG, &lock).unwrap();
    assert!(begun.elapsed() < LONG / 4, "{:?}", begun.elapsed());
    assert_eq!(writer.places().turn(), 5);
    lock.free();
    // One of the absent comes back, and finds itself passed over.
    let seen =
        wait(writer.places(), absent[2], (Instant::now(), LONG), STEP, &|_: &Busy| true, &mut || lock.take());
    assert_eq!(seen, (6, Some(Ok(()))));
}

#[test]
fn counters_that_mean_nothing_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, lock) = (Writer::of(folder.path()), Lock::default());
    for garbage in [1 << 20, 1 << 31, MOST + 1, MOST - 1] {
        let turn = writer.places().turn();
        writer.places().hand_on(turn, turn.wrapping_sub(garbage));
        let begun = Instant::now();
        writer.enter(LONG, &lock).unwrap();
        assert!(begun.elapsed() < LONG / 4);
        writer.leave(&lock);
        let number = writer.places().draw();
        assert_eq!(writer.places().turn(), number, "the line is in order");
        writer.places().hand_on(number, number.wrapping_add(1));
    }
}

#[test]
fn who_has_waited_long_enough_is_refused_and_nobody_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let (mut holder, mut writer, lock) =
        (Writer::of(folder.path()), Writer::of(folder.path()), Lock::default());
    holder.enter(LONG, &lock).unwrap();
    let patience = Duration::from_millis(50);
    let begun = Instant::now();
    assert_eq!(writer.enter(patience, &lock), Err(Busy));
    let waited = begun.elapsed();
    assert!(waited >= patience && waited < LONG / 4, "{waited:?}");
    // Also while the turn moves on all the time.
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = Writer::of(folder.path());
            let places = other.places();
            let far = places.draw();
            while !stop.load(Ordering::SeqCst) {
                for turn in [far.wrapping_sub(9), far.wrapping_sub(8)] {
                    places.hand_on(places.turn(), turn);
                }
                std::thread::yield_now();
            }
        });
        let begun = Instant::now();
        assert_eq!(writer.enter(patience, &lock), Err(Busy));
        let waited = begun.elapsed();
        stop.store(true, Ordering::SeqCst);
        assert!(waited >= patience && waited < LONG / 4, "{waited:?}");
    });
}
