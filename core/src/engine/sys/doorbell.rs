//! Waiting for another process to say that there is news: a futex in the page that all share. Who rings for nobody looks at
//! one word; who waits costs nothing until it is rung.

use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::time::Duration;

use super::SharedPage;

/// Where in the page: a count of rings, and how many wait for one.
const AT: usize = 104;

impl SharedPage {
    fn doorbell(&self) -> &[AtomicU32; 2] {
        // SAFETY: the place lies within the page, which is mapped readable and writable for as long as `self`, and is
        // aligned to a word. Others may change it at any time, which is what atomics are for.
        unsafe { &*self.start().add(AT).cast() }
    }

    /// Begins to listen: who looks for news after this and finds none is rung for what comes then.
    #[allow(clippy::unnecessary_wraps)] // on other systems nobody can
    pub(crate) fn listen(&self) -> Option<Ears<'_>> {
        let [rings, waiting] = self.doorbell();
        waiting.fetch_add(1, Ordering::SeqCst);
        let heard = rings.load(Ordering::SeqCst);
        fence(Ordering::SeqCst);
        Some(Ears { page: self, heard })
    }

    /// Tells all who listen, in whatever process, that there is news.
    pub(crate) fn ring(&self) {
        // What the news is was written before; who began to listen too late to be seen here sees it.
        fence(Ordering::SeqCst);
        let [rings, waiting] = self.doorbell();
        if waiting.load(Ordering::SeqCst) > 0 {
            rings.fetch_add(1, Ordering::SeqCst);
            wake(rings, ANY);
        }
    }

    /// Forgets those who listened and were killed. To be called by the only one who has the page.
    pub(crate) fn forget_listeners(&self) {
        let [_, waiting] = self.doorbell();
        waiting.store(0, Ordering::SeqCst);
    }
}

/// Somebody who listens, until dropped.
pub(crate) struct Ears<'a> {
    page: &'a SharedPage,
    heard: u32,
}

impl Ears<'_> {
    /// Waits until it has been rung since [`SharedPage::listen`], at most for so long. It may also end for no reason.
    pub(crate) fn wait(&self, most: Duration) {
        let [rings, _] = self.page.doorbell();
        sleep(rings, self.heard, ANY, most);
    }
}

impl Drop for Ears<'_> {
    fn drop(&mut self) {
        let [_, waiting] = self.page.doorbell();
        // Not below zero, if it was forgotten meanwhile.
        let _ = waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
    }
}

/// Whoever sleeps.
const ANY: u32 = u32::MAX;

/// Sleeps while the word is what was seen, at most for so long, until one of these bits is woken. It may also end for no
/// reason.
pub(super) fn sleep(word: &AtomicU32, seen: u32, bits: u32, most: Duration) {
    // SAFETY: `timespec` is a plain C struct for which all zeroes is a valid value, and the clock exists.
    let now = unsafe {
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now);
        now
    };
    #[allow(clippy::unnecessary_fallible_conversions, clippy::useless_conversion)] // where it has 32 bits
    let nanos = most.subsec_nanos() + u32::try_from(now.tv_nsec).expect("a part of a second fits");
    let seconds = libc::time_t::try_from(most.as_secs()).unwrap_or(libc::time_t::MAX);
    let until = libc::timespec {
        tv_sec: now.tv_sec.saturating_add(seconds).saturating_add((nanos / 1_000_000_000).into()),
        tv_nsec: (nanos % 1_000_000_000).into(),
    };
    let (none, wait) = (std::ptr::null::<u32>(), libc::FUTEX_WAIT_BITSET);
    // SAFETY: the kernel looks at a word and a time that both outlive the call. It returns when the word is not what was
    // seen, when it is rung, when the time has come or a signal comes: all of which is a reason to look again.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), wait, seen, &raw const until, none, bits);
    }
}

/// Wakes all who sleep by the word for one of these bits.
pub(super) fn wake(word: &AtomicU32, bits: u32) {
    let (none, wake) = (std::ptr::null::<u32>(), libc::FUTEX_WAKE_BITSET);
    // SAFETY: the kernel uses the address as the name of a queue, and reads nothing there.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), wake, i32::MAX, none, none, bits);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_ring_reaches_whoever_has_mapped_the_page() {
        let file = tempfile::tempfile().unwrap();
        let (here, there) = (SharedPage::of(&file).unwrap(), SharedPage::of(&file).unwrap());
        here.ring();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let ears = there.listen().unwrap();
                // It may end for no reason, but not go on to its end.
                while ears.heard == there.doorbell()[0].load(Ordering::SeqCst) {
                    ears.wait(Duration::from_secs(60));
                }
            });
            while !waiter.is_finished() {
                here.ring();
                std::thread::yield_now();
            }
        });
        assert!(begun.elapsed() < Duration::from_secs(50));
        assert_eq!(here.doorbell()[1].load(Ordering::SeqCst), 0, "nobody listens any more");
        // What was rung before the wait, but after the listening, ends it at once.
        let ears = there.listen().unwrap();
        here.ring();
        ears.wait(Duration::from_secs(60));
        here.forget_listeners();
        drop(ears);
        assert_eq!(here.doorbell()[1].load(Ordering::SeqCst), 0);
        assert!(begun.elapsed() < Duration::from_secs(50));
        there.listen().unwrap().wait(Duration::from_millis(1));
    }
}
