//! Group commit without a writer thread. Whoever finds the writer idle leads: it commits for itself
//! and for all who queued up meanwhile, in one SQLite transaction with one sync, and then hands the
//! lead to the first who came after. Alone, a caller never waits for another thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::batch::Batcher;
use super::durability::Durability;
use super::pace::{Pace, Wait};
use super::request::{Commit, Outcome};
use super::sys::fork_generation;
use super::ticket::{Answer, Member, Ticket, Turn};
use crate::error::Result;

/// The most callers that are committed in one transaction.
const BATCH: usize = 512;

#[derive(Default)]
struct Queue {
    /// Whether somebody leads. Only the leader touches the batcher.
    led: bool,
    waiting: VecDeque<Arc<Ticket>>,
    /// How many must be waiting before the leader, who waits for them, is told; 0 if it does not wait.
    awaited: usize,
    pace: Pace,
}

impl Queue {
    /// Takes the first out if it is there to commit, and that fits.
    fn pop_if(&mut self, fits: impl FnOnce(&Commit) -> bool) -> Option<Arc<Ticket>> {
        let first = self.waiting.front()?.commit.as_ref()?;
        if fits(first) { self.waiting.pop_front() } else { None }
    }
}

/// The way to write to a store.
pub(crate) struct Writer {
    queue: Mutex<Queue>,
    /// Tells the leader that as many have come as it waits for.
    come: Condvar,
    batcher: Mutex<Batcher>,
    /// How many transactions commits were written in.
    batches: AtomicU64,
    durability: Durability,
    generation: u32,
}

impl Writer {
    pub(crate) fn new(batcher: Batcher, durability: Durability, generation: u32) -> Self {
        let none = AtomicU64::new(0);
        let (queue, come) = Default::default();
        Self { queue, come, batcher: Mutex::new(batcher), batches: none, durability, generation }
    }

    /// What commits are made with that don't ask for another.
    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Applies a commit whole or not at all.
    pub(crate) fn commit(&self, commit: Commit) -> Result<Outcome> {
        const OURS: &str = "it is handed over only with the ticket";
        let mut commit = Some(commit);
        match self.enter(|| Ticket::new(commit.take())) {
            None => self.commit_batch(commit.as_ref().expect(OURS)),
            Some(ticket) => match ticket.wait() {
                Some(result) => result,
                None => self.commit_batch(ticket.commit.as_ref().expect(OURS)),
            },
        }
    }

    /// Applies commits that one caller has gathered, in one transaction if they are not too many, each whole or not at
    /// all.
    pub(crate) fn commit_together(&self, mut commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        if commits.len() == 1 {
            return commits.pop().map(|commit| self.commit(commit)).into_iter().collect();
        }
        let mut results = Vec::with_capacity(commits.len());
        for commits in commits.chunks(BATCH) {
            self.batches.fetch_add(1, Ordering::Relaxed);
            let syncs = commits.iter().any(|commit| self.syncs(commit));
            let members = commits.iter().map(Member::Own).collect();
            let committed = self.lead(|batcher| batcher.commit_all(members, syncs, |_| None));
            results.extend(committed.into_iter().map(|(_, result)| result));
        }
        results
    }

    /// Takes the lead if nobody has it; else puts a ticket in the queue, to wait by.
    fn enter(&self, ticket: impl FnOnce() -> Arc<Ticket>) -> Option<Arc<Ticket>> {
        let mut queue = self.queue.lock();
        if !queue.led {
            queue.led = true;
            return None;
        }
        let ticket = ticket();
        queue.waiting.push_back(ticket.clone());
        if queue.awaited != 0 && (queue.waiting.len() >= queue.awaited || ticket.commit.is_none()) {
            queue.awaited = 0;
            drop(queue);
            self.come.notify_one();
        }
        Some(ticket)
    }

    /// Waits until nobody else leads.
    fn wait_for_lead(&self) {
        if let Some(ticket) = self.enter(|| Ticket::new(None)) {
            ticket.wait();
        }
    }

    /// As the leader, commits for itself and for those who wait, up to the first who wants the lock for itself. Who
    /// comes while others are being applied still gets in.
    fn commit_batch(&self, own: &Commit) -> Result<Outcome> {
        let lead = Lead { writer: self };
        let (present, syncs) = self.present(own);
        self.batches.fetch_add(1, Ordering::Relaxed);
        if present.len() == 1 && !syncs {
            return self.batcher.lock().commit_alone(own, syncs);
        }
        let begun = Instant::now();
        let mut wait = None;
        let results =
            self.batcher.lock().commit_all(present, syncs, |count| self.next(count, syncs, &mut wait));
        if syncs {
            self.note(results.len(), begun, wait);
        }
        // Whoever leads next wakes up while the others are being woken.
        drop(lead);
        let mut own = None;
        for (member, result) in results {
            match member {
                Member::Own(_) => own = Some(result),
                Member::Other(answer) => answer.give(result),
            }
        }
        own.expect("there is a result for each commit")
    }

    fn syncs(&self, commit: &Commit) -> bool {
        commit.durability.unwrap_or(self.durability).syncs()
    }

    /// Who is there for the next batch, and whether it syncs: the strongest durability that one of them asks for
    /// holds for all.
    fn present<'a>(&self, own: &'a Commit) -> (Vec<Member<'a>>, bool) {
        let mut present = vec![Member::Own(own)];
        let mut syncs = self.syncs(own);
        let mut queue = self.queue.lock();
        while present.len() < BATCH
            && let Some(ticket) = queue.pop_if(|_| true)
        {
            syncs |= ticket.commit.as_ref().is_some_and(|commit| self.syncs(commit));
            present.push(Member::Other(Answer::to(ticket)));
        }
        (present, syncs)
    }

    /// Who is next to be applied, beside so many others. If a sync is to come, this waits a moment for those who are
    /// about to come.
    fn next<'a>(&self, count: usize, syncs: bool, wait: &mut Option<Wait>) -> Option<Member<'a>> {
        if count >= BATCH {
            return None;
        }
        let mut queue = self.queue.lock();
        if syncs && queue.waiting.is_empty() {
            if wait.is_none() {
                *wait = queue.pace.wait(count);
            }
            if let Some(wait) = wait {
                queue.awaited = wait.callers.saturating_sub(count);
                while queue.awaited != 0 && !self.come.wait_until(&mut queue, wait.until).timed_out() {}
                queue.awaited = 0;
            }
        }
        queue.pop_if(|commit| syncs || !self.syncs(commit)).map(|ticket| Member::Other(Answer::to(ticket)))
    }

    /// Notes how a batch that syncs went.
    fn note(&self, batch: usize, begun: Instant, wait: Option<Wait>) {
        let mut queue = self.queue.lock();
        let since = queue.waiting.len();
        queue.pace.committed(batch, since, begun.elapsed(), wait);
    }

    /// Hands the lead to the first in the queue.
    fn pass_on(&self) {
        let mut queue = self.queue.lock();
        match queue.waiting.pop_front() {
            Some(next) => next.wake(Turn::Lead),
            None => queue.led = false,
        }
    }

    /// Does something with the batcher as the leader.
    pub(crate) fn lead<R>(&self, f: impl FnOnce(&mut Batcher) -> R) -> R {
        self.wait_for_lead();
        let _lead = Lead { writer: self };
        f(&mut self.batcher.lock())
    }

    /// Takes the file's write lock and keeps it, at most until `limit` has passed.
    pub(crate) fn lock(
        self: &Arc<Self>,
        limit: Duration,
        durability: Option<Durability>,
    ) -> Result<WriteLock> {
        self.wait_for_lead();
        let syncs = durability.unwrap_or(self.durability).syncs();
        if let Err(error) = self.batcher.lock().begin(syncs) {
            self.pass_on();
            return Err(error);
        }
        let held =
            Arc::new(Held { writer: self.clone(), until: Instant::now() + limit, over: Mutex::new(false) });
        Ok(WriteLock { held })
    }
}

/// The lead, handed on when dropped, also by a panic.
struct Lead<'a> {
    writer: &'a Writer,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.writer.pass_on();
    }
}

/// The write lock of the file, held over several calls for a bounded time.
pub(crate) struct WriteLock {
    held: Arc<Held>,
}

/// A held lock, as its owner and the one who ends it in time share it.
pub(crate) struct Held {
    writer: Arc<Writer>,
    until: Instant,
    over: Mutex<bool>,
}

impl WriteLock {
    /// To let go of the lock when its time is up.
    pub(crate) fn watch(&self) -> (Instant, Weak<Held>) {
        (self.held.until, Arc::downgrade(&self.held))
    }

    /// Commits under the lock and lets go of it. Gives the commit back if the lock's time was up.
    pub(crate) fn commit(self, commit: Commit) -> std::result::Result<Result<Outcome>, Commit> {
        let mut over = self.held.over.lock();
        if *over {
            return Err(commit);
        }
        *over = true;
        self.held.writer.batches.fetch_add(1, Ordering::Relaxed);
        let result = self.held.writer.batcher.lock().commit_begun(&commit);
        self.held.writer.pass_on();
        Ok(result)
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        self.held.release();
    }
}

impl Held {
    /// Lets go of the lock without a trace, unless that has been done.
    pub(crate) fn release(&self) {
        if self.writer.generation != fork_generation() {
            // The lock is the parent's; a forked child only forgets it.
            return;
        }
        let mut over = self.over.lock();
        if !*over {
            *over = true;
            self.writer.batcher.lock().rollback();
            self.writer.pass_on();
        }
    }
}

#[cfg(test)]
#[path = "writer_test.rs"]
mod tests;
