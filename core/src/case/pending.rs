//! What a transaction has made of cases and not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::loaded::Loaded;
use super::plan::{self, Planned};
use super::receipt::CaseReceipt;
use crate::engine::request::{Param, Statement};

/// A transaction's word on one case.
#[derive(Clone, Default)]
pub(crate) struct Pending {
    /// How the case stands; none if it was deleted.
    pub(super) current: Option<Arc<Loaded>>,
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    /// A commit, and the hash that its receipt is chained to, if that is known already.
    Write(Arc<Planned>, Option<[u8; 32]>),
    Delete,
}

/// All that a transaction has made of cases.
#[derive(Clone, Default)]
pub(crate) struct Overlay {
    cases: BTreeMap<Arc<str>, Pending>,
}

impl Overlay {
    pub(super) fn of(&self, id: &str) -> Option<&Pending> {
        self.cases.get(id)
    }

    /// Those that a list may show, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Pending)> {
        self.cases.iter()
    }

    /// Adds a commit, and gives what the next one is built on.
    pub(super) fn write(
        &mut self,
        id: &Arc<str>,
        planned: Planned,
        previous: Option<[u8; 32]>,
    ) -> Arc<Loaded> {
        let loaded = Arc::new(planned.pending());
        let pending = self.cases.entry(id.clone()).or_default();
        pending.current = Some(loaded.clone());
        pending.steps.push(Step::Write(Arc::new(planned), previous));
        loaded
    }

    pub(super) fn delete(&mut self, id: &Arc<str>) {
        let pending = self.cases.entry(id.clone()).or_default();
        pending.current = None;
        pending.steps.push(Step::Delete);
    }

    /// The cases that were written to and are still there.
    pub(crate) fn written(&self) -> Vec<Arc<str>> {
        let there = self.cases.iter().filter(|(_, pending)| pending.current.is_some());
        there.map(|(id, _)| id.clone()).collect()
    }

    /// Adds the statements that write it all.
    pub(crate) fn into_statements(self, statements: &mut Vec<Statement>) {
        for (id, pending) in self.cases {
            let mut last = None;
            for step in pending.steps {
                match step {
                    Step::Write(planned, previous) => {
                        let previous = previous.map(Param::blob).or(last.map(Param::Result));
                        last = Some(statements.len());
                        statements.extend(planned.statements(previous));
                    }
                    Step::Delete => {
                        last = None;
                        statements.extend(plan::delete(&id));
                    }
                }
            }
        }
    }
}

impl Pending {
    /// Whether the stored receipts are still the case's own, and not those of one that was deleted.
    pub(super) fn goes_on(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Step::Delete))
    }

    /// The receipts of the commits so far.
    pub(super) fn receipts(&self) -> Vec<CaseReceipt> {
        let since = self.steps.iter().rposition(|step| matches!(step, Step::Delete)).map_or(0, |at| at + 1);
        let written = self.steps[since..].iter();
        written
            .filter_map(|step| match step {
                Step::Write(planned, _) => Some(planned.receipt()),
                Step::Delete => None,
            })
            .collect()
    }
}
