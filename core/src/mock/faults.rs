//! What scenarios do to the faults of a cloud. Faults are kept beside the store, so that they are changed after the commit
//! that says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::fault::{Faults, OperationFailure};
use crate::store::Shared;

/// A change to the faults of a cloud.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FaultPlan {
    /// Whether all that was set before is removed first.
    pub(super) afresh: bool,
    pub(super) faults: BTreeMap<String, OperationFailure>,
    pub(super) latency: Option<Duration>,
}

impl FaultPlan {
    /// Carries it out. Where faults are off there are none to be removed, and a plan that sets any is not made.
    pub(crate) fn carry_out(self, shared: &Arc<Shared>, cloud: &str) -> Result<()> {
        if shared.faults.is_none() {
            return Ok(());
        }
        let faults = Faults::of_store(shared).scoped(cloud);
        if self.afresh {
            faults.clear()?;
        }
        if let Some(latency) = self.latency {
            faults.set_global_latency(latency)?;
        }
        self.faults
            .into_iter()
            .try_for_each(|(operation, failure)| faults.set_operation_failure(&operation, failure))
    }
}
