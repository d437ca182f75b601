//! What a transaction has written to environments and not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::announce::Transition;
use super::history::HistoryEntry;
use super::home::Write;
use super::lock::LockRow;
use super::record::EnvironmentRecord;
use super::write::{Statements, lock_check};
use crate::engine::request::{Check, Statement};

/// The transaction's word on one name.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) record: Option<EnvironmentRecord>,
    pub(super) lock: Option<LockRow>,
    pub(super) history: Vec<HistoryEntry>,
    pub(super) writes: Vec<Write>,
}

/// All that a transaction has written, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(super) names: BTreeMap<Arc<str>, Pending>,
}

impl Overlay {
    /// What must still be true of the locks. A lease is not in the journal, so that what was read does not tell.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let first =
            |pending: &Pending| pending.writes.first().map(|write| lock_check(&write.name, write.lock));
        self.names.values().filter_map(first).collect()
    }

    /// The transitions to be announced once they are committed.
    pub(crate) fn transitions(&self) -> Vec<Transition> {
        self.names.values().flat_map(|pending| &pending.writes).flat_map(Write::transitions).collect()
    }

    /// The statements that write it all.
    pub(crate) fn add_statements(&self, statements: &mut Vec<Statement>) {
        for (name, pending) in &self.names {
            let mut of_name = Statements::of(name);
            pending.writes.iter().for_each(|write| of_name.add(write, statements));
        }
    }
}
