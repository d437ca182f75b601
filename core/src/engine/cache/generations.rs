//! What all handles on a store, in all processes, tell each other of what their commits have changed: so many counters,
//! of which each key has one, in the file beside the store. `docs/decisions/0021-finer-invalidation.md` says why nothing
//! is missed.
//!
//! Who has committed counts up the counters of all that the commit has changed, and then tells the moment that this made
//! of the store: `known`. It does so only if `known` was the moment on top of which it has committed. If it was another,
//! somebody has committed who tells nothing, or was killed before it did; then nobody can know what that one has changed,
//! so it first counts up the *epoch*, which stands for everything.
//!
//! So who finds the present moment in `known`, and the epoch as it was, knows by the counters what has been changed since.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::companion::Companion;
use crate::engine::sys::{COUNTERS, Moment};

/// A commit that has changed more than so many keys counts up the epoch instead of their counters.
pub(super) const BULK: usize = 1024;

/// The counters of a store.
pub(super) struct Generations(Arc<Companion>);

/// What has become of the epoch by a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It is what it was: the counters tell all.
    Finely,
    /// It was counted up from this.
    Coarsely(u64),
    /// Nothing was told, as somebody else has committed since: who told that has counted it up.
    TooLate,
}

impl Generations {
    pub(super) fn new(companion: Arc<Companion>) -> Self {
        Self(companion)
    }

    fn known(&self) -> &AtomicU64 {
        self.0.known()
    }

    /// How often has been committed what nobody can tell finely. What is read after this is read after the look.
    pub(super) fn epoch(&self) -> u64 {
        self.0.epoch().load(Ordering::Acquire)
    }

    /// Whether this is the moment that was told last. If it is, the counters and the epoch that are read after this look
    /// have counted all that led to it.
    pub(super) fn is_known(&self, moment: &Moment) -> bool {
        self.known().load(Ordering::Acquire) == word(moment)
    }

    /// A counter.
    #[inline]
    pub(super) fn counter(&self, place: usize) -> u64 {
        self.0.counters()[place].load(Ordering::Acquire)
    }

    /// Counts up a counter, and gives what it was.
    pub(super) fn count(&self, place: usize) -> u64 {
        self.0.counters()[place].fetch_add(1, Ordering::AcqRel)
    }

    /// Tells that a commit has made `after` of `before`, and that its counters have been counted up, unless it was
    /// `bulk`. `is_last` says whether nobody has committed since.
    pub(super) fn tell(
        &self,
        before: &Moment,
        after: &Moment,
        bulk: bool,
        is_last: impl FnOnce() -> bool,
    ) -> Told {
        let (from, to) = (word(before), word(after));
        if !bulk && self.known().compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            return Told::Finely;
        }
        // Said by who comes late it would only hide what was said since.
        if !is_last() {
            return Told::TooLate;
        }
        let epoch = self.0.epoch().fetch_add(1, Ordering::AcqRel);
        self.known().store(to, Ordering::Release);
        Told::Coarsely(epoch)
    }
}

/// Which counter each key of a facet has: the first bits of a sum over the texts, eight bytes at a time. All versions must
/// agree on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places(u64);

impl Places {
    pub(super) fn of(facet: &str) -> Self {
        Self(add(0, facet))
    }

    #[inline]
    pub(super) fn place(self, name: &str, key: &str) -> usize {
        const BITS: u32 = COUNTERS.trailing_zeros();
        #[allow(clippy::cast_possible_truncation)] // there are fewer
        let place = (add(add(self.0, name), key) >> (u64::BITS - BITS)) as usize;
        place
    }
}

#[inline]
fn add(sum: u64, text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let sum = words.iter().fold(sum, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    // What is left is one more word, filled with zeroes: four, two and one of its bytes.
    let (fours, rest) = rest.as_chunks::<4>();
    let (twos, ones) = rest.as_chunks::<2>();
    let mut last = u64::from(ones.first().copied().unwrap_or_default());
    if let [two] = twos {
        last = last << 16 | u64::from(u16::from_le_bytes(*two));
    }
    if let [four] = fours {
        last = last << 32 | u64::from(u32::from_le_bytes(*four));
    }
    // The length tells texts apart that end in zeroes or meet differently.
    mix(mix(sum, last), text.len() as u64)
}

/// A moment in one word, which is never 0: moments that differ in their last part alone have different ones, and others the
/// same as rarely as logs have the same sums.
fn word(moment: &Moment) -> u64 {
    moment.words().into_iter().fold(0, mix).max(1)
}

/// Different sums for different words. It is multiplied by the fraction of the golden ratio, whose multiples lie apart.
#[inline]
fn mix(sum: u64, word: u64) -> u64 {
    (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
#[path = "generations_test.rs"]
mod tests;
