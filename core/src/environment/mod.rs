//! Environments: one record a deployment, a machine, a tenant; its data, where it stands in a lifecycle, its history,
//! and a lock that one process at a time holds.
//!
//! [`Environments`] is what a [`Store`](crate::Store) has of them. An [`Environment`] is one whose state the compiler
//! knows, and [`state`] has the states; an [`EnvironmentRecord`] is one as it is stored. An [`EnvironmentLock`] keeps
//! others from writing. An [`Orchestrator`] runs commands: lock, transition, work, transition, unlock.

mod announce;
mod buffered;
mod deployment;
#[allow(clippy::module_inception)] // the type that the folder is about
mod environments;
mod failure;
mod history;
mod home;
mod lifecycle;
mod lock;
mod memory;
mod options;
mod orchestrator;
mod pending;
mod plan;
mod record;
mod recovery;
mod repository;
mod rows;
mod sql;
mod stored;
mod tables;
mod times;
mod transfer;
mod value;
mod write;

pub(crate) use announce::Transition;
pub use deployment::{AnyEnvironment, Environment, state};
pub use environments::Environments;
pub use failure::{Failure, FailureKind};
pub use history::{At, HistoryEntry, HistoryOperation};
pub use lifecycle::Lifecycle;
pub(crate) use lock::Grants;
pub use lock::{EnvironmentLock, LockInfo};
pub use options::{EnvironmentFilter, LockOptions, TransitionOptions};
pub use orchestrator::{
    Begin, CommandError, CommandProblem, CommandProgress, CommandRun, EnvironmentCommand, Orchestrator,
};
pub(crate) use pending::Overlay;
pub use record::EnvironmentRecord;
pub use recovery::{InterruptedEnvironment, RecoveryGuide, recovery, recovery_guides};
pub use repository::EnvironmentRepository;
pub(crate) use tables::TABLES;
pub use value::EnvironmentValue;
pub(crate) use write::keep_locks;

use std::sync::Arc;

use crate::error::Result;
use crate::format::{Facet, no_further_check};
use crate::limits::{ENVIRONMENT_BYTES, check_name};

/// The facet's name in the journal.
pub(crate) const FACET: &str = "environment";
/// The name in the journal of what lifecycles are registered under.
pub(crate) const LIFECYCLE_FACET: &str = "lifecycle";

/// What the operations on whole stores need to know.
pub(crate) const FACET_OF_STORE: Facet = Facet {
    name: FACET,
    size: sql::SIZE,
    expired: None,
    faults: sql::FAULTS,
    transfer: transfer::TRANSFER,
    merge: None,
    check: no_further_check,
};
pub(crate) const LIFECYCLES_OF_STORE: Facet = Facet {
    name: LIFECYCLE_FACET,
    size: sql::LIFECYCLES_SIZE,
    expired: None,
    faults: sql::LIFECYCLES_FAULTS,
    transfer: transfer::LIFECYCLES_TRANSFER,
    merge: None,
    check: no_further_check,
};

/// The name of an environment, if it can be one.
fn environment_name(name: &str) -> Result<Arc<str>> {
    check_environment_name("environment", name)?;
    Ok(name.into())
}

/// Refuses what can't be the name of an environment or a lifecycle.
fn check_environment_name(what: &'static str, name: &str) -> Result<()> {
    check_name(what, name, ENVIRONMENT_BYTES)
}
