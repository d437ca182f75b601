//! Commits callers: one alone, or a batch of them with one sync, each with its own result.

use super::Batcher;
use crate::engine::journal::Head;
use crate::engine::request::{Commit, Outcome};
use crate::error::{Error, Result};

impl Batcher {
    /// Commits one caller in the transaction that has begun, and ends it.
    pub(crate) fn commit_begun(&mut self, commit: &Commit) -> Result<Outcome> {
        let before = self.head;
        let now_ms = self.terms.companion.agree(&self.terms.timeline);
        match self.apply(commit, false, now_ms).flatten() {
            Ok(outcome) => self.finish(before, &[(commit, &outcome)]).map(|()| outcome),
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Commits one caller.
    pub(crate) fn commit_alone(&mut self, commit: &Commit, syncs: bool) -> Result<Outcome> {
        self.begin(syncs)?;
        self.commit_begun(commit)
    }

    /// Commits a batch of callers with one sync, each with its own result. `present` are those who are there when it
    /// begins; `next` gives those who come while others are being applied, and none when there is nobody to wait for.
    /// It is told how many there are so far.
    pub(crate) fn commit_all<C: AsRef<Commit>>(
        &mut self,
        present: Vec<C>,
        syncs: bool,
        mut next: impl FnMut(usize) -> Option<C>,
    ) -> Vec<(C, Result<Outcome>)> {
        if let Err(error) = self.begin(syncs) {
            return present.into_iter().map(|commit| (commit, Err(error.clone()))).collect();
        }
        let before = self.head;
        let now_ms = self.terms.companion.agree(&self.terms.timeline);
        let mut results: Vec<(C, Result<Outcome>)> = Vec::with_capacity(present.len());
        let alone = present.len() == 1;
        let mut present = present.into_iter();
        while let Some(commit) = present.next().or_else(|| next(results.len())) {
            // One statement that fails leaves nothing behind, and who is alone may fail for all.
            let saved = commit.as_ref().statements.len() > 1 && !(alone && results.is_empty());
            match self.apply(commit.as_ref(), saved, now_ms) {
                Ok(result) => results.push((commit, result)),
                Err(error) => {
                    self.rollback();
                    if alone && results.is_empty() {
                        return vec![(commit, Err(error))];
                    }
                    // Alone, each caller gets its own answer.
                    let all = results.into_iter().map(|(commit, _)| commit).chain([commit]).chain(present);
                    let apart = |commit: C| {
                        let result = self.commit_alone(commit.as_ref(), syncs);
                        (commit, result)
                    };
                    return all.map(apart).collect();
                }
            }
        }
        self.settle(before, &mut results);
        results
    }

    /// Commits what was applied of a batch, and has the results tell how that went.
    fn settle<C: AsRef<Commit>>(&mut self, before: Head, results: &mut [(C, Result<Outcome>)]) {
        let applied: Vec<_> = results
            .iter()
            .filter_map(|(commit, result)| Some((commit.as_ref(), result.as_ref().ok()?)))
            .collect();
        if applied.is_empty() {
            self.rollback();
        } else if let Err(error) = self.finish(before, &applied) {
            for (_, result) in results {
                if let Ok(outcome) = result {
                    *result = Err(match &error {
                        Error::CommitUnknown { reason, .. } => {
                            Error::CommitUnknown { revision: outcome.revision, reason: reason.clone() }
                        }
                        other => other.clone(),
                    });
                }
            }
        }
    }
}
