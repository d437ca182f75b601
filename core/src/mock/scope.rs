//! Where clouds are read and written: in a store, or inside a transaction. Both show what is there and write what they are
//! told to, if nothing has moved since; they have no rules of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::faults::FaultPlan;
use super::pending::Pending;
use super::scenario::{self, StoredScenarios};
use super::stored::{Stored, statements, unmoved};
use super::{FACET, SCENARIO_FACET};
use crate::commit::{Changes, Depth, Open, Range};
use crate::engine::request::Commit;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;
use crate::store::{Shared, Store};

#[derive(Clone)]
pub(super) enum Scope {
    Store(Store),
    Transaction(Arc<Open>),
}

/// What one call writes to a cloud.
pub(super) struct Write<'a> {
    pub(super) name: &'a Arc<str>,
    /// As the call has found it.
    pub(super) before: Option<Stored>,
    pub(super) after: Option<Stored>,
    /// What the journal says of the sections that change.
    pub(super) operation: &'static str,
    /// What follows for the cloud's faults.
    pub(super) plans: Vec<FaultPlan>,
}

impl Scope {
    pub(super) fn shared(&self) -> &Arc<Shared> {
        match self {
            Self::Store(store) => store.shared(),
            Self::Transaction(open) => &open.shared,
        }
    }

    /// The effective time.
    pub(super) fn now_ms(&self) -> Result<i64> {
        match self {
            Self::Store(store) => Ok(store.shared().engine.shared_now()),
            Self::Transaction(open) => open.with(|changes| Ok(changes.now_ms)),
        }
    }

    /// Runs a public operation of a cloud, as its faults and the store's will have it.
    pub(super) fn operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Store(store) => store.shared().mock_operation(operation, cloud, run),
            Self::Transaction(open) => open.mock_operation(operation, cloud, run),
        }
    }

    /// A cloud as it is stored, if it is there.
    pub(super) fn see(&self, name: &Arc<str>) -> Result<Option<Stored>> {
        match self {
            Self::Store(store) => store.shared().engine.read(|reader| Stored::find(reader, name)),
            Self::Transaction(open) => open.with(|changes| see_noting(changes, name)),
        }
    }

    /// Writes in one commit, or says false if the cloud has moved since it was seen.
    pub(super) fn write(&self, write: Write<'_>) -> Result<bool> {
        let Write { name, before, after, operation, plans } = write;
        match self {
            Self::Store(store) => {
                let statements = statements(name, before.as_ref(), after.as_ref(), operation);
                if !statements.is_empty() {
                    let checks = vec![unmoved(name, before.as_ref())];
                    match store.shared().engine.commit(Commit { checks, statements, durability: None }) {
                        Ok(_) => {}
                        Err(Error::Conflict { .. }) => return Ok(false),
                        Err(error) => return Err(error),
                    }
                }
                plans.into_iter().try_for_each(|plan| plan.carry_out(store.shared(), name))?;
            }
            Self::Transaction(open) => open.with(|changes| {
                let overlay = &mut changes.buffer.mocks;
                overlay.faults.extend(plans.into_iter().map(|plan| (name.clone(), plan)));
                let known = overlay.clouds.remove(name);
                let before = known.map_or(before, |known| known.before);
                overlay.clouds.insert(name.clone(), Pending { before, now: after, operation });
                Ok(())
            })?,
        }
        Ok(true)
    }

    /// The scenarios that were saved, as texts.
    pub(super) fn scenarios(&self) -> Result<BTreeMap<String, Json>> {
        match self {
            Self::Store(store) => store.shared().engine.read(StoredScenarios::all),
            Self::Transaction(open) => open.with(|changes| {
                changes.reads.range(Range { facet: SCENARIO_FACET, contains: Arc::new(|_, _| true) });
                let mut all = changes.snapshot.read(StoredScenarios::all)?;
                for (name, document) in &changes.buffer.mocks.scenarios {
                    match document {
                        Some(document) => _ = all.insert(name.to_string(), document.clone()),
                        None => _ = all.remove(&**name),
                    }
                }
                Ok(all)
            }),
        }
    }

    /// A scenario that was saved, as its text.
    pub(super) fn scenario(&self, name: &str) -> Result<Option<Json>> {
        match self {
            Self::Store(store) => store.shared().engine.read(|reader| StoredScenarios::find(reader, name)),
            Self::Transaction(open) => open.with(|changes| {
                if let Some(own) = changes.buffer.mocks.scenarios.get(name) {
                    return Ok(own.clone());
                }
                changes.reads.key(SCENARIO_FACET, &name.into(), "", Depth::Value);
                changes.snapshot.read(|reader| StoredScenarios::find(reader, name))
            }),
        }
    }

    /// Saves a scenario, or deletes it; says whether it was there before.
    pub(super) fn put_scenario(&self, name: &str, document: Option<Json>) -> Result<bool> {
        let name: Arc<str> = name.into();
        match self {
            Self::Store(store) => {
                let statement = document
                    .map_or_else(|| scenario::delete(&name), |document| scenario::save(&name, document));
                let commit = Commit { statements: vec![statement], ..Commit::default() };
                let outcome = store.shared().engine.commit(commit)?;
                Ok(outcome.done[0].changed > 0)
            }
            Self::Transaction(open) => {
                let was_there = self.scenario(&name)?.is_some();
                open.with(|changes| {
                    changes.buffer.mocks.scenarios.insert(name, document);
                    Ok(was_there)
                })
            }
        }
    }
}

/// Sees a cloud as the transaction does, and notes that it was read.
fn see_noting(changes: &mut Changes, name: &Arc<str>) -> Result<Option<Stored>> {
    if let Some(pending) = changes.buffer.mocks.clouds.get(name) {
        return Ok(pending.now.clone());
    }
    let read = name.clone();
    // What a cloud does depends on all of its sections: its timers, its settings, its scenario.
    changes.reads.range(Range { facet: FACET, contains: Arc::new(move |name, _| name == &*read) });
    changes.snapshot.read(|reader| Stored::find(reader, name))
}
