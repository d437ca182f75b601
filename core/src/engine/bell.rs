//! Tells those who wait for commits that there is news. Of this handle's own commits they are told at once. Of all that wait
//! on a handle one listens for those of other handles and processes, for all of them: it is rung by who commits, through
//! the file beside the store, and looks at what is there; mostly at the witness, which is cheap and usually right, and now
//! and then at the journal itself, in case that somebody died before he rang. Where processes can't ring each other it
//! looks every few milliseconds. It holds neither a lock nor a snapshot while it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::companion::Companion;
use crate::error::Result;

/// The pause between two looks of who is rung when there is something to see.
const RUNG: Duration = Duration::from_millis(250);
/// The pause between two looks of who is not, while others commit, and the longest one when nothing happens.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(8);
/// How many looks without news make the pause longer by the shortest one.
const PATIENT: u32 = 16;
/// One look of so many is at the journal, of those who are not rung.
const THOROUGH: u32 = 8;

/// What a look finds: a revision and its hash.
pub(crate) type Sight = Option<(u64, [u8; 32])>;

/// What commits ring.
#[derive(Default)]
pub(crate) struct Bell {
    /// How many there are to hear it: nobody rings for nobody.
    listeners: AtomicUsize,
    /// Through which other processes ring.
    companion: Option<Arc<Companion>>,
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    /// Grows with everything that may be news. A number of its own, since revisions can also go back: when a backup is
    /// put in place of the store.
    news: u64,
    /// What was last seen at the witness, and in the journal.
    seen: [Sight; 2],
    /// Whether one of those who wait looks for the others.
    looked_after: bool,
    /// How many looks found nothing new.
    quiet: u32,
}

impl Bell {
    /// That of a handle with this companion.
    pub(crate) fn new(companion: Arc<Companion>) -> Self {
        Self { companion: Some(companion), ..Self::default() }
    }

    pub(crate) fn is_heard(&self) -> bool {
        self.listeners() > 0
    }

    pub(crate) fn listeners(&self) -> u64 {
        self.listeners.load(Ordering::Relaxed) as u64
    }

    /// Tells that there may be news, if anybody listens.
    pub(crate) fn ring(&self) {
        if self.is_heard() {
            self.state.lock().news += 1;
            self.rung.notify_all();
            // The one who listens for others does not wait for that.
            if let Some(companion) = &self.companion {
                companion.ring();
            }
        }
    }

    /// Begins to listen.
    pub(crate) fn listen(self: &Arc<Self>) -> Listener {
        self.listeners.fetch_add(1, Ordering::SeqCst);
        Listener(self.clone())
    }
}

/// Somebody who listens, until dropped.
pub(crate) struct Listener(Arc<Bell>);

impl Listener {
    /// Up to where the news is known. To be asked before looking for what is new, so that nothing falls in between.
    pub(crate) fn news(&self) -> u64 {
        self.0.state.lock().news
    }

    /// Tells everybody who listens that there may be news.
    pub(crate) fn ring(&self) {
        self.0.ring();
    }

    /// Waits for news after `heard`, at most until `until`; says whether there is. `look` tells the last revision, by the
    /// journal if it is asked to be thorough.
    pub(crate) fn wait(
        &self,
        heard: u64,
        until: Option<Instant>,
        look: impl Fn(bool) -> Result<Sight>,
    ) -> Result<bool> {
        let bell = &*self.0;
        let mut state = bell.state.lock();
        let (mut looks, mut thorough) = (false, false);
        let found = loop {
            if state.news != heard {
                break Ok(true);
            }
            let now = Instant::now();
            if until.is_some_and(|until| until <= now) {
                break Ok(false);
            }
            if state.looked_after && !looks {
                bell.sleep(&mut state, until);
                continue;
            }
            (state.looked_after, looks) = (true, true);
            // What comes after this is rung, so whatever came before is seen by the look.
            let ears = bell.companion.as_ref().and_then(|companion| companion.listen());
            match MutexGuard::unlocked(&mut state, || look(thorough)) {
                Ok(sight) => state.note(thorough, sight),
                Err(error) => break Err(error),
            }
            if state.news != heard {
                continue;
            }
            let pause = if ears.is_some() { RUNG } else { state.pause() };
            let next = now + pause;
            let next = until.map_or(next, |until| until.min(next));
            match ears {
                Some(ears) => {
                    MutexGuard::unlocked(&mut state, || ears.wait(next.saturating_duration_since(now)));
                }
                None => bell.sleep(&mut state, Some(next)),
            }
            let in_time = Instant::now() < next;
            thorough = if bell.companion.is_some() { !in_time } else { state.quiet.is_multiple_of(THOROUGH) };
        };
        if looks {
            // Somebody else looks from now on, if anybody still waits.
            state.looked_after = false;
            bell.rung.notify_all();
        }
        found
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Bell {
    fn sleep(&self, state: &mut MutexGuard<'_, State>, until: Option<Instant>) {
        match until {
            Some(until) => drop(self.rung.wait_until(state, until)),
            None => self.rung.wait(state),
        }
    }
}

impl State {
    fn pause(&self) -> Duration {
        (SHORTEST * (1 + self.quiet / PATIENT)).min(LONGEST)
    }

    fn note(&mut self, thorough: bool, sight: Sight) {
        let known = std::mem::replace(&mut self.seen[usize::from(thorough)], sight);
        if known == sight {
            self.quiet = self.quiet.wrapping_add(1);
        } else {
            self.news += 1;
            self.quiet = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[allow(clippy::unnecessary_wraps)] // a look may find nothing
    fn sight(revision: u64) -> Sight {
        Some((revision, [0; 32]))
    }

    #[test]
    fn nobody_rings_for_nobody() {
        let bell = Arc::new(Bell::default());
        bell.ring();
        let listener = bell.listen();
        assert_eq!(listener.news(), 0);
        bell.ring();
        assert_eq!(listener.news(), 1);
        drop(listener);
        assert!(!bell.is_heard());
    }

    #[test]
    fn one_looks_for_all_and_hands_it_on() {
        let bell = Arc::new(Bell::default());
        let (looks, revision) = (AtomicU64::new(0), AtomicU64::new(0));
        let look = |_| {
            looks.fetch_add(1, Ordering::SeqCst);
            Ok(sight(revision.load(Ordering::SeqCst)))
        };
        let listeners: Vec<_> = (0..8).map(|_| bell.listen()).collect();
        // The first look of each kind is always news, since there is none to compare with.
        for _ in 0..2 {
            assert!(listeners[0].wait(listeners[0].news(), None, look).unwrap());
        }
        let (heard, start) = (listeners[0].news(), Instant::now());
        looks.store(0, Ordering::SeqCst);
        std::thread::scope(|scope| {
            for (at, listener) in listeners.iter().enumerate() {
                // They leave one after the other, so that the looking passes through all hands.
                let until = start + Duration::from_millis(20 * (1 + at as u64));
                scope.spawn(move || assert!(!listener.wait(heard, Some(until), look).unwrap()));
            }
        });
        let (spent, looked) = (start.elapsed(), looks.load(Ordering::SeqCst));
        assert!(
            u128::from(looked) <= spent.as_millis() + 2,
            "{looked} looks in {spent:?}: more than one looked"
        );
        std::thread::scope(|scope| {
            for listener in &listeners {
                scope.spawn(move || {
                    assert!(listener.wait(heard, None, look).unwrap(), "told by the one who looks");
                });
            }
            revision.store(1, Ordering::SeqCst);
        });
    }

    #[test]
    fn a_pause_grows_while_nothing_happens_and_shrinks_with_news() {
        let mut state = State::default();
        state.note(true, sight(1));
        assert_eq!((state.news, state.pause()), (1, SHORTEST));
        for _ in 0..1000 {
            state.note(true, sight(1));
        }
        assert_eq!((state.news, state.pause()), (1, LONGEST));
        state.note(false, None);
        assert_eq!(
            (state.news, state.pause()),
            (1, LONGEST),
            "without a witness there is nothing to see there"
        );
        state.note(true, sight(0));
        assert_eq!((state.news, state.pause()), (2, SHORTEST), "a head that goes back is news too");
    }
}
