//! The change feed: what is committed, by any process, in the order of the commits. It is read from the journal page by
//! page, so that a watch holds nothing between two changes and is in nobody's way.

mod filter;
mod options;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

pub use options::WatchOptions;

use self::filter::Filter;
use crate::engine::reader::Next;
use crate::engine::{Change, Engine, Listener, Place, follow, journal};
use crate::error::{Error, Result};
use crate::store::Shared;

/// How much is read at once: so many commits, or changes.
const PAGE_COMMITS: usize = 512;
const PAGE_CHANGES: usize = 1024;

/// The changes of a store as they are committed, made by [`Store::watch`](crate::Store::watch) and
/// [`Namespace::watch`](crate::Namespace::watch).
///
/// Each change is given out once, in the order of the commits and without a gap, whichever process committed it: those
/// of the same handle at once, those of others within some milliseconds. Keys that expire are told when they are purged,
/// about a second later at most.
///
/// As an iterator it waits for the next change for ever, and ends when it is [closed](Self::close) or after an error.
/// Threads may share a watch: each change goes to one of them. It keeps the store open, and costs next to nothing while
/// nothing changes.
///
/// ```
/// use std::time::Duration;
/// use statehold::{Error, Store};
///
/// let store = Store::open(":memory:")?;
/// let jobs = store.namespace("jobs");
/// let watch = jobs.watch("urgent:*")?;
/// jobs.set("urgent:1", "mend the roof")?;
/// jobs.set("later:1", "paint the fence")?;
/// let change = watch.next_within(Duration::from_secs(1))?.expect("it was committed just now");
/// assert_eq!((&*change.key, &*change.operation), ("urgent:1", "set"));
/// assert_eq!(watch.try_next()?, None);
///
/// // To go on later, also in another process, keep the revision.
/// let resumed = store.watch(statehold::WatchOptions::new().after(watch.revision()))?;
/// # Ok::<(), Error>(())
/// ```
pub struct Watch {
    shared: Arc<Shared>,
    listener: Listener,
    filter: Filter,
    position: Mutex<Position>,
    closed: AtomicBool,
    /// Whether an error has ended the iteration.
    failed: AtomicBool,
}

/// How far a watch has come.
struct Position {
    /// Up to where the journal has been read.
    place: Place,
    /// What was read and not given out yet.
    read: VecDeque<Change>,
}

impl Watch {
    pub(crate) fn begin(shared: &Arc<Shared>, options: WatchOptions) -> Result<Self> {
        let after = options.after;
        let filter = options.filter()?;
        let engine = &shared.engine;
        let head = engine.read(journal::head)?;
        let place = match after {
            None => Place { revision: head.revision, hash: Some(head.hash) },
            Some(revision) if revision > head.revision => {
                let reason = format!(
                    "the store is at revision {}, and what comes after {revision} is not known: was it put back to \
                     an older state? Read the present state anew and watch from its revision on",
                    head.revision
                );
                return Err(Error::value("after", reason));
            }
            Some(revision) => Place { revision, hash: None },
        };
        let position = Mutex::new(Position { place, read: VecDeque::new() });
        let (closed, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        let watch =
            Self { shared: shared.clone(), listener: engine.listen(), filter, position, closed, failed };
        // That the journal reaches back so far is to be known now, not when there is first something to tell.
        watch.position.lock().advance(engine, &watch.filter)?;
        Ok(watch)
    }

    fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// The next change, if there is one now.
    ///
    /// # Errors
    /// As [`next_within`](Self::next_within).
    pub fn try_next(&self) -> Result<Option<Change>> {
        self.check()?;
        let mut position = self.position.lock();
        self.read_on(&mut position)?;
        Ok(position.read.pop_front())
    }

    /// The next change; waits for it for at most `timeout`, and gives none when the time is up.
    ///
    /// # Errors
    /// [`Error::FeedLagged`] when the journal was trimmed beyond what has been given out, or the store was put back to a
    /// backup; [`Error::Closed`] when the watch or its store has been closed, also while this waits;
    /// [`Error::Forked`], [`Error::Io`], [`Error::Corrupt`].
    pub fn next_within(&self, timeout: Duration) -> Result<Option<Change>> {
        // A time too far off to be told is for ever.
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// The next change, if it has been read already with one before it. Looks at no file, so that asynchronous code can
    /// ask it anywhere.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn next_buffered(&self) -> Result<Option<Change>> {
        self.check()?;
        Ok(self.position.lock().read.pop_front())
    }

    /// The changes, each waited for for ever. It ends when the watch is [closed](Self::close), and after an error.
    pub fn changes(&self) -> impl Iterator<Item = Result<Change>> + '_ {
        std::iter::from_fn(|| self.wait_on())
    }

    fn wait_on(&self) -> Option<Result<Change>> {
        if self.failed.load(Ordering::Acquire) {
            return None;
        }
        match self.wait_until(None) {
            Ok(change) => change.map(Ok),
            Err(Error::Closed { .. }) if self.is_closed() => None,
            Err(error) => {
                self.failed.store(true, Ordering::Release);
                Some(Err(error))
            }
        }
    }

    /// Waits until there is a change to be had, for at most `timeout`, and says whether there is. It takes none: who
    /// gives up this wait, as a task that is cancelled does, has lost none.
    ///
    /// # Errors
    /// As [`next_within`](Self::next_within).
    pub fn ready_within(&self, timeout: Duration) -> Result<bool> {
        self.ready_until(Instant::now().checked_add(timeout))
    }

    fn ready_until(&self, until: Option<Instant>) -> Result<bool> {
        loop {
            self.check()?;
            let heard = self.listener.news();
            if self.read_on(&mut self.position.lock())? {
                return Ok(true);
            }
            if !self.listener.wait(heard, until, |by_journal| self.engine().last_seen(by_journal))? {
                return Ok(false);
            }
        }
    }

    fn wait_until(&self, until: Option<Instant>) -> Result<Option<Change>> {
        loop {
            if let Some(change) = self.next_buffered()? {
                return Ok(Some(change));
            }
            // Another thread may take what this one has waited for.
            if !self.ready_until(until)? {
                return Ok(None);
            }
        }
    }

    /// Reads until there is something to be given out, or nothing more; says whether there is.
    fn read_on(&self, position: &mut Position) -> Result<bool> {
        while position.read.is_empty() {
            self.check()?;
            if !position.advance(self.engine(), &self.filter)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The last revision of which every change has been given out: the one to go on after. In the middle of a commit it
    /// is the one before, so that none of its changes is left out.
    pub fn revision(&self) -> u64 {
        let position = self.position.lock();
        position.read.front().map_or(position.place.revision, |change| change.revision - 1)
    }

    /// Ends the watch: who waits for it gets [`Error::Closed`], and iteration ends. Closing twice is no error.
    pub fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) && self.engine().alive().is_ok() {
            self.listener.ring();
        }
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn check(&self) -> Result<()> {
        self.engine().alive()?;
        if self.is_closed() {
            let advice = "begin another one, after the revision that this one came to";
            return Err(Error::Closed { what: "the watch", advice });
        }
        Ok(())
    }
}

impl Position {
    /// Reads on until something is let through, at most a page; says whether there may be more. The position stays
    /// where it was when that fails.
    fn advance(&mut self, engine: &Arc<Engine>, filter: &Filter) -> Result<bool> {
        let (mut commits, mut changes, mut full) = (0, Vec::new(), false);
        let place = engine.read(|reader| {
            follow(reader, self.place, |commit| {
                commits += 1;
                changes.extend(commit.changes(|touch| filter.lets_through(touch)));
                full = commits == PAGE_COMMITS || changes.len() >= PAGE_CHANGES;
                Ok(if full { Next::Stop } else { Next::Row })
            })
        })?;
        let Some(place) = place else {
            let oldest = engine.read(journal::anchor)?.revision;
            return Err(Error::FeedLagged { after: self.place.revision, oldest });
        };
        self.place = place;
        self.read.extend(changes);
        Ok(full || !self.read.is_empty())
    }
}

/// As [`Watch::changes`].
impl Iterator for Watch {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        self.wait_on()
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("filter", &self.filter).finish_non_exhaustive()
    }
}
