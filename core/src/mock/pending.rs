//! What a transaction has done to mock clouds and not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::faults::FaultPlan;
use super::scenario::{delete, save};
use super::stored::{Stored, statements};
use crate::engine::request::Statement;
use crate::json::Json;

/// The transaction's word on one cloud.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// As the transaction has found it.
    pub(super) before: Option<Stored>,
    pub(super) now: Option<Stored>,
    /// What the journal is to say of what has changed.
    pub(super) operation: &'static str,
}

/// All that a transaction has done to mock clouds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(super) clouds: BTreeMap<Arc<str>, Pending>,
    /// What was saved, and none for what was deleted.
    pub(super) scenarios: BTreeMap<Arc<str>, Option<Json>>,
    /// What is to be done to the faults of clouds after the commit.
    pub(super) faults: Vec<(Arc<str>, FaultPlan)>,
}

impl Overlay {
    /// What is to be done to the faults of clouds after the commit.
    pub(crate) fn take_faults(&mut self) -> Vec<(Arc<str>, FaultPlan)> {
        std::mem::take(&mut self.faults)
    }

    /// Adds the statements that do it all.
    pub(crate) fn into_statements(self, all: &mut Vec<Statement>) {
        for (name, Pending { before, now, operation }) in &self.clouds {
            all.extend(statements(name, before.as_ref(), now.as_ref(), operation));
        }
        for (name, document) in self.scenarios {
            all.push(document.map_or_else(|| delete(&name), |document| save(&name, document)));
        }
    }
}
