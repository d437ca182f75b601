//! What was read lately, kept for as long as the log's index says that nobody has committed since.
//!
//! What is kept under a name and a key is bytes, or that there is nothing. Each entry belongs to an *era*, and an era to
//! a header of the log's index: the entries of an era are what the store holds when it has that header. A commit of
//! anybody changes the header; whoever notices first begins a new era, and with it all that was kept is out of date at
//! once. A commit of this handle takes its own keys out and carries the era over to the header that it has made, if that
//! header can have come from no other commit.
//!
//! Three rules make this right; `docs/decisions/0020-read-cache.md` says why they do.
//! - An entry is given out only after the header was seen, within the call, to be the one of its era.
//! - An entry is put in only if the header before the read and the header at the moment of putting it in are the same.
//! - A commit takes its keys out after it can be seen by others, and only then carries the era over.

mod era;
mod generations;
mod links;
mod looks;
mod shard;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use hashbrown::DefaultHashBuilder;
use parking_lot::Mutex;
use rusqlite::Connection;

use self::era::{Carrying, Era, Eras};
use self::generations::{BULK, Generations, Places};
pub(crate) use self::links::Changed;
use self::links::{Links, MOST_KEYS};
use self::shard::{Entry, Shard, Spot};
use super::companion::Companion;
use super::crash_point;
use super::request::Touch;
use super::sys::{COUNTERS, CommitSign, LastFrame, LogHeader, LogIndex};

/// How much of the budget one shard has, at least, and how many there are, at most: so many threads look things up at
/// once without being in each other's way.
const SHARD_BYTES: usize = 256 << 10;
const SHARDS: usize = 32;

/// A cache of what a facet keeps under names and keys.
pub(crate) struct Cache {
    facet: &'static str,
    hasher: DefaultHashBuilder,
    /// None if the cache is off.
    shards: Box<[Mutex<Shard>]>,
    /// The budget of each.
    most_bytes: usize,
    eras: Eras,
    generations: Generations,
    places: Places,
    links: Links,
    /// Whether the index was asked for; the lock is held while it is handed out and taken back.
    attached: AtomicBool,
    attaching: Mutex<Attaching>,
}

struct Attaching {
    /// The connection by which the index is asked for. It holds the file for the whole handle, until this is closed.
    holder: Option<Connection>,
}

/// Where a key is.
struct Found {
    /// Which counter it has in the file beside the store.
    counter: usize,
    shard: usize,
    spot: Spot,
}

/// What a look came to.
pub(crate) enum Looked<R> {
    /// It is known.
    Hit(R),
    /// It is to be read from the store.
    Miss(Filling),
}

/// The right to put in what is read from the store from now on; none if nothing can be kept.
pub(crate) struct Filling(Option<Era>);

/// What the cache has done and holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheCounts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) bytes: u64,
}

impl Cache {
    /// A cache of at most so many bytes for a facet of the store that `holder` holds; with 0 it is off, and only tells
    /// others what is committed.
    pub(crate) fn new(
        holder: Connection,
        facet: &'static str,
        most_bytes: usize,
        companion: Arc<Companion>,
    ) -> Self {
        let count = match most_bytes {
            0 => 0,
            most => (most / SHARD_BYTES).clamp(1, SHARDS).next_power_of_two().min(SHARDS),
        };
        let most_bytes = most_bytes.checked_div(count).unwrap_or_default();
        let shards = (0..count).map(|_| Mutex::new(Shard::new(most_bytes))).collect();
        Self {
            facet,
            hasher: DefaultHashBuilder::default(),
            shards,
            most_bytes,
            eras: Eras::default(),
            generations: Generations::new(companion),
            places: Places::of(facet),
            links: Links::default(),
            attached: AtomicBool::new(false),
            attaching: Mutex::new(Attaching { holder: Some(holder) }),
        }
    }

    /// Where a key is, if the cache is on.
    #[inline]
    fn find(&self, name: &str, key: &str) -> Found {
        let counter = self.places.place(name, key);
        // There is a power of two of them.
        let shards = self.shards.len();
        #[allow(clippy::cast_possible_truncation)] // there are fewer counters
        let place = (counter >> shards.trailing_zeros()) as u16;
        let hash = self.hasher.hash_one((name, key));
        Found { counter, shard: counter & (shards - 1), spot: Spot { hash, place } }
    }

    /// Puts in what was read from the store since `filling` was given: bytes, in parts, or that there is nothing. What is
    /// large beside a shard is not kept.
    pub(crate) fn fill(&self, filling: &Filling, name: &Arc<str>, key: &str, body: Option<&[&[u8]]>) {
        let Some(era) = filling.0 else { return };
        let length = Entry::length(key, body);
        if length > self.most_bytes / 2 {
            return;
        }
        let at = self.find(name, key);
        let entry = Entry::new(at.spot, name.clone(), key, body);
        let mut shard = self.shards[at.shard].lock();
        let counter = self.generations.counter(at.counter);
        // Looked at while the shard is locked: a commit of this handle that comes after this look takes its keys out after
        // this. And after the counter: it tells of no commit that comes after this look.
        if shard.index.as_ref().is_some_and(|index| index.is(&era.header)) {
            shard.put(entry, era.number, counter);
        }
    }

    /// Begins a COMMIT of this handle. Until the guard is dropped, nobody takes the new header for a stranger's.
    pub(crate) fn committing(&self) -> Carrying<'_> {
        self.eras.carrying()
    }

    /// Tells all handles what a commit on top of `before` has changed, of which `frame` was the last. This one takes it out
    /// and keeps the rest if nobody else has committed. The commit must be visible to others by now; `connection` is the
    /// one that has made it.
    pub(crate) fn committed<'a>(
        &self,
        connection: &Connection,
        before: Option<&LogHeader>,
        frame: &LastFrame,
        touched: impl FnOnce(&mut dyn FnMut(&Touch<'a>)),
    ) {
        let mut number = 0;
        let mut changed = self.links.are_wanted().then(Vec::new);
        touched(&mut |touch| {
            number += 1;
            if let Some(changed) =
                changed.as_mut().filter(|_| number <= MOST_KEYS && touch.facet == self.facet)
            {
                changed.push((touch.name.into(), touch.key.into()));
            }
            let (own, fine) = (touch.facet == self.facet && !self.shards.is_empty(), number <= BULK);
            if own {
                let at = self.find(touch.name, touch.key);
                let mut shard = self.shards[at.shard].lock();
                shard.remove(at.spot.hash, touch.name, touch.key);
                if fine {
                    shard.counted(at.spot.place, self.generations.count(at.counter));
                }
            } else if fine {
                self.generations.count(Places::of(touch.facet).place(touch.name, touch.key));
            }
        });
        let Some(before) = before else { return };
        crash_point::reach("counted");
        let after = before.moment_after(frame);
        let told = self.generations.tell(&before.moment(), &after, number > BULK, || {
            LogHeader::of(connection).is_some_and(|header| header.moment() == after)
        });
        if !self.shards.is_empty() {
            self.eras.carry_over(before, frame, told);
        }
        if let Some(changed) = changed.filter(|_| number <= MOST_KEYS)
            && let Some(after) = LogHeader::of(connection).filter(|after| after.follows(before, frame))
        {
            self.links.add(*before, after, changed);
        }
    }

    /// The header by which it is seen whether anybody has committed, for who keeps things elsewhere; none before the
    /// first read, and where nothing can be kept.
    pub(crate) fn sign(&self) -> Option<CommitSign> {
        let sign = self.shards.first()?.lock().index.as_ref()?.sign()?;
        self.links.want();
        Some(sign)
    }

    /// What has been changed from one header to another, if that was done by this handle since there is a sign; none if it
    /// is not known, and pending while it may be about to be told.
    pub(crate) fn changed_between(&self, from: &LogHeader, to: &LogHeader) -> Poll<Option<Vec<Changed>>> {
        // Asked first: who has made the header tells of it before it says that it is done.
        let carrying = self.eras.is_carrying();
        match self.links.between(from, to) {
            None if carrying => Poll::Pending,
            changed => Poll::Ready(changed),
        }
    }

    /// Asks for the index, the first time.
    #[cold]
    fn attach(&self) {
        if self.attached.load(Ordering::Acquire) {
            return;
        }
        let mut attaching = self.attaching.lock();
        if self.attached.load(Ordering::Acquire) {
            return;
        }
        // None once the cache is closed.
        let Some(holder) = attaching.holder.take() else { return };
        match LogIndex::of(holder) {
            Ok(index) => {
                let index = Arc::new(index);
                self.eras.attach(Some(index.clone()));
                for shard in &self.shards {
                    shard.lock().attach(index.clone(), COUNTERS / self.shards.len());
                }
            }
            // Without shared memory nobody tells of the commits of others.
            Err(holder) => {
                tracing::debug!(target: "statehold", "the log's index is not in shared memory, nothing is cached");
                attaching.holder = Some(holder);
            }
        }
        self.attached.store(true, Ordering::Release);
    }

    /// Forgets everything and gives the index back, once nobody is looking at it any more.
    pub(crate) fn close(&self) {
        let mut attaching = self.attaching.lock();
        attaching.holder = None;
        for shard in &self.shards {
            shard.lock().close();
        }
        self.eras.attach(None);
    }

    pub(crate) fn counts(&self) -> CacheCounts {
        self.shards.iter().fold(CacheCounts::default(), |sum, shard| {
            let shard = shard.lock();
            CacheCounts {
                hits: sum.hits + shard.hits,
                misses: sum.misses + shard.misses,
                bytes: sum.bytes + shard.bytes() as u64,
            }
        })
    }
}

#[cfg(test)]
#[path = "cache_test.rs"]
mod tests;
