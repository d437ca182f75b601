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
        self.known().load(Ordering::Acquire) == moment.word()
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
        let (from, to) = (before.word(), after.word());
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

/// Which counter a key has: the first bits of a sum over the texts, eight bytes at a time. All versions must agree on it.
#[inline]
pub(super) fn place(facet: &str, name: &str, key: &str) -> usize {
    const BITS: u32 = COUNTERS.trailing_zeros();
    let sum = add(add(add(0, facet), name), key);
    #[allow(clippy::cast_possible_truncation)] // there are fewer
    let place = (sum >> (u64::BITS - BITS)) as usize;
    place
}

#[inline]
fn add(sum: u64, text: &str) -> u64 {
    /// The fraction of the golden ratio, whose multiples lie apart.
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(ODD);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let sum = words.iter().fold(sum, |sum, word| step(sum, u64::from_le_bytes(*word)));
    let rest = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    // The length tells texts apart that end in zeroes or meet differently.
    step(step(sum, rest), text.len() as u64)
}

#[cfg(test)]
#[path = "generations_test.rs"]
mod tests;
