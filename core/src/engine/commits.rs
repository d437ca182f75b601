//! What changes a store, by its one writer, and the upkeep after it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Engine;
use super::batch::Batcher;
use super::durability::Durability;
use super::put_back::{PutBack, Successor};
use super::readers::Checkpoint;
use super::request::{Commit, Outcome};
use super::upkeep::IDLE;
use super::writer::WriteLock;
use crate::error::{Error, Result};

impl Engine {
    /// Applies a commit whole or not at all. Ok means that it is visible to everyone who asks from now
    /// on, and durable as the commit or the store demands.
    pub(crate) fn commit(self: &Arc<Self>, commit: Commit) -> Result<Outcome> {
        self.alive()?;
        let asked = commit.durability;
        let outcome = self.writer.commit(commit);
        self.count(&outcome);
        self.after_commit(asked);
        outcome
    }

    /// Applies several commits in one transaction, each whole or not at all, and gives what became of each.
    pub(crate) fn commit_together(self: &Arc<Self>, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        if let Err(error) = self.alive() {
            return commits.iter().map(|_| Err(error.clone())).collect();
        }
        let outcomes = self.writer.commit_together(commits);
        for outcome in &outcomes {
            self.count(outcome);
        }
        self.after_commits(outcomes.len() as u64, None);
        outcomes
    }

    /// Commits without the upkeep that follows a commit: for the upkeep itself.
    pub(crate) fn commit_quietly(&self, mut commit: Commit) -> Result<Outcome> {
        self.alive()?;
        commit.durability = Some(Durability::Normal);
        let outcome = self.writer.commit(commit);
        self.bell.ring();
        outcome
    }

    fn count(&self, outcome: &Result<Outcome>) {
        if let Err(Error::Conflict { .. }) = outcome {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes the file's write lock, for at most `limit`.
    pub(crate) fn lock(
        self: &Arc<Self>,
        limit: Duration,
        durability: Option<Durability>,
    ) -> Result<WriteLock> {
        self.alive()?;
        let lock = self.writer.lock(limit, durability)?;
        let (at, held) = lock.watch();
        *self.held.lock() = held.clone();
        self.background.release_at(at, held, || self.work());
        Ok(lock)
    }

    /// Commits under a held lock, or without it if its time was up.
    pub(crate) fn commit_locked(self: &Arc<Self>, lock: WriteLock, commit: Commit) -> Result<Outcome> {
        self.alive()?;
        let asked = commit.durability;
        let outcome = match lock.commit(commit) {
            Ok(outcome) => outcome,
            Err(commit) => self.writer.commit(commit),
        };
        self.count(&outcome);
        self.after_commit(asked);
        outcome
    }

    /// Puts a copy of an earlier moment back, in one commit, and gives its revision.
    pub(crate) fn put_back(self: &Arc<Self>, task: &mut PutBack<'_>) -> Result<u64> {
        self.alive()?;
        let head = self.writer.lead(|batcher| batcher.put_back(task));
        self.after_commit(None);
        Ok(head?.revision)
    }

    /// Puts what the store is to go on as in its place, in one transaction, and gives the head then.
    pub(crate) fn succeed(self: &Arc<Self>, task: &mut Successor<'_>) -> Result<u64> {
        self.alive()?;
        let head = self.writer.lead(|batcher| batcher.succeed(task));
        self.after_commit(None);
        Ok(head?.revision)
    }

    /// Writes the file anew, without the pages that are free.
    pub(crate) fn vacuum(self: &Arc<Self>) -> Result<()> {
        self.alive()?;
        self.writer.lead(Batcher::vacuum)?;
        if !self.readers.checkpoint(Checkpoint::Clear) && self.in_background {
            // Somebody still reads from the log.
            self.background.rest_within(IDLE, self.commits.load(Ordering::Relaxed), || self.work());
        }
        Ok(())
    }

    /// Makes all that was committed so far survive a power loss.
    pub(crate) fn flush(&self) -> Result<()> {
        self.alive()?;
        self.writer.lead(Batcher::flush)
    }
}
