//! What the last commits of this handle have changed, for who keeps what was read elsewhere and goes by the header alone.
//!
//! A link leads from the header on top of which a commit was made to the one that it made, which was read after it and can
//! have come from no other commit. So who knows the header of one link's beginning and finds the one of another's end knows,
//! if the links between them meet, all that has been changed in between. Where others have committed, the links don't meet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::super::sys::LogHeader;

/// How many commits are remembered, and how many keys of each: who has to forget more may as well forget everything.
const MOST_LINKS: usize = 64;
pub(super) const MOST_KEYS: usize = 64;

/// A name and a key of the facet that is kept.
pub(crate) type Changed = (Arc<str>, Box<str>);

struct Link {
    before: LogHeader,
    after: LogHeader,
    changed: Vec<Changed>,
}

/// The last commits of a handle, the oldest first.
#[derive(Default)]
pub(super) struct Links {
    /// Whether anybody will ask.
    wanted: AtomicBool,
    kept: Mutex<VecDeque<Link>>,
}

impl Links {
    /// From now on commits are remembered.
    pub(super) fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    pub(super) fn are_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Remembers that a commit has made `after` of `before`, and nobody else has committed from the one to the other.
    pub(super) fn add(&self, before: LogHeader, after: LogHeader, changed: Vec<Changed>) {
        let mut kept = self.kept.lock();
        if kept.len() == MOST_LINKS {
            kept.pop_front();
        }
        kept.push_back(Link { before, after, changed });
    }

    /// What has been changed from one header to another, the first first; none if that is not known.
    pub(super) fn between(&self, from: &LogHeader, to: &LogHeader) -> Option<Vec<Changed>> {
        let kept = self.kept.lock();
        let last = kept.iter().rposition(|link| link.after == *to)?;
        let mut first = last;
        while kept[first].before != *from {
            let before = first.checked_sub(1)?;
            if kept[before].after != kept[first].before {
                return None;
            }
            first = before;
        }
        Some(kept.range(first..=last).flat_map(|link| link.changed.iter().cloned()).collect())
    }
}

#[cfg(test)]
#[path = "links_test.rs"]
mod tests;
