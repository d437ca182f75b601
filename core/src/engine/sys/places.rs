//! The places in the line of writers: two counters in the page that all processes share. What they mean is told in
//! [`line`](crate::engine::line).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::SharedPage;
use super::doorbell::{sleep, wake};

/// Where in the page: the next number to be drawn, and the number whose turn it is.
const AT: usize = 112;

/// The counters. They wrap around.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    drawn: &'a AtomicU32,
    turn: &'a AtomicU32,
}

impl SharedPage {
    /// The places in this page's line.
    #[allow(clippy::unnecessary_wraps)] // on other systems there are none
    pub(crate) fn places(&self) -> Option<Places<'_>> {
        // SAFETY: the place lies within the page, which is mapped readable and writable for as long as `self`, and is
        // aligned to a word. Others may change it at any time, which is what atomics are for.
        let [drawn, turn]: &[AtomicU32; 2] = unsafe { &*self.start().add(AT).cast() };
        Some(Places { drawn, turn })
    }
}

impl Places<'_> {
    /// Draws a number.
    pub(crate) fn draw(&self) -> u32 {
        self.drawn.fetch_add(1, Ordering::SeqCst)
    }

    /// Whose turn it is.
    pub(crate) fn turn(&self) -> u32 {
        self.turn.load(Ordering::SeqCst)
    }

    /// Whether somebody has drawn a number after this one.
    pub(crate) fn is_last(&self, number: u32) -> bool {
        self.drawn.load(Ordering::SeqCst) == number.wrapping_add(1)
    }

    /// Hands the turn on, if it is still that of `from`, and wakes the one whose it is then.
    pub(crate) fn hand_on(&self, from: u32, to: u32) {
        // Who draws the number `to` after this looks whose turn it is, and need not be woken.
        if self.turn.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            && self.drawn.load(Ordering::SeqCst) != to
        {
            wake(self.turn, bit(to));
        }
    }

    /// Sleeps while it is the turn of `turn`, at most for so long, or until it is that of `number`.
    pub(crate) fn sleep(&self, number: u32, turn: u32, most: Duration) {
        sleep(self.turn, turn, bit(number), most);
    }
}

/// By which who has drawn the number is woken, with few others.
fn bit(number: u32) -> u32 {
    1 << (number % u32::BITS)
}
