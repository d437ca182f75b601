//! How long a leader waits for others before it commits. A sync takes so long that those who have just been
//! committed come back with their next commit a moment after the next batch has begun, and find it closed: then two
//! halves of the callers take turns, and each batch is half as full as it could be. Waiting for as many as came last
//! time, for a fraction of what a sync takes, mends that.

use std::time::{Duration, Instant};

/// The longest wait.
const MOST: Duration = Duration::from_micros(60);
/// The wait is at most this part of what the last commit took: where a sync is quick, waiting does not pay.
const PART: u32 = 3;
/// After waits in vain, at most so many batches pass until the next one.
const MOST_PASSED: u32 = 64;

/// What was learned from the last batches.
#[derive(Debug)]
pub(super) struct Pace {
    /// The longest wait.
    pub(super) most: Duration,
    /// How many callers there seem to be.
    callers: usize,
    took: Duration,
    /// How many batches still pass without a wait, and how many passed before the last one.
    passing: u32,
    passed: u32,
}

/// A leader's wait for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// For how many, itself included.
    pub(super) callers: usize,
    pub(super) until: Instant,
    /// How many were there when it began.
    ready: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { most: MOST, callers: 0, took: Duration::ZERO, passing: 0, passed: 0 }
    }
}

impl Pace {
    /// Whether to wait for more than the `ready` ones. To be asked once for a batch.
    pub(super) fn wait(&mut self, ready: usize) -> Option<Wait> {
        if self.callers <= ready {
            return None;
        }
        if self.passing > 0 {
            self.passing -= 1;
            return None;
        }
        let until = Instant::now() + self.most.min(self.took / PART);
        Some(Wait { callers: self.callers, until, ready })
    }

    /// Notes a batch: how many were in it, how many have come since, how long it took, and for whom it waited. Callers
    /// who come at times of their own, and not as soon as they can, are not worth waiting for: when few of those have
    /// come that were waited for, it is tried less and less often.
    pub(super) fn committed(&mut self, batch: usize, since: usize, took: Duration, wait: Option<Wait>) {
        self.callers = batch + since;
        self.took = took;
        if let Some(Wait { callers, ready, .. }) = wait {
            let in_vain = 2 * (batch - ready) < callers - ready;
            self.passed = if in_vain { (2 * self.passed + 1).min(MOST_PASSED) } else { 0 };
            self.passing = self.passed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1);

    #[test]
    fn who_is_alone_waits_for_nobody() {
        let mut pace = Pace::default();
        for _ in 0..3 {
            assert_eq!(pace.wait(1), None);
            pace.committed(1, 0, LONG, None);
        }
    }

    #[test]
    fn as_many_are_awaited_as_there_were_and_never_for_long() {
        let mut pace = Pace::default();
        pace.committed(1, 1, LONG, None);
        let wait = pace.wait(1).unwrap();
        assert_eq!((wait.callers, wait.ready), (2, 1));
        assert!(wait.until > Instant::now() && wait.until <= Instant::now() + MOST);
        assert_eq!(pace.wait(2), None, "they are there");
        pace.committed(5, 0, Duration::from_micros(30), Some(wait));
        let wait = pace.wait(1).unwrap();
        assert_eq!(wait.callers, 5);
        assert!(wait.until <= Instant::now() + Duration::from_micros(10), "of a commit of 30 us");
    }

    #[test]
    fn what_is_in_vain_is_done_less_and_less_often() {
        let mut pace = Pace::default();
        let mut waits = 0;
        for _ in 0..1_000 {
            pace.committed(1, 3, LONG, None);
            if let Some(wait) = pace.wait(1) {
                waits += 1;
                pace.committed(2, 2, LONG, Some(wait));
            }
        }
        assert!((10..25).contains(&waits), "{waits} waits");
        let wait = loop {
            if let Some(wait) = pace.wait(1) {
                break wait;
            }
        };
        pace.committed(3, 1, LONG, Some(wait));
        assert!(pace.wait(1).is_some(), "one that was not in vain is followed by the next at once");
    }
}
