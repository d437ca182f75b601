//! Telling of transitions: each that was committed is logged, and handed to the one who listens.

use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::home::{After, Write};
use super::lock::Grants;
use crate::clock::from_ms;

/// A transition that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvironmentTransition {
    /// The environment.
    pub environment: String,
    /// The state that it left.
    pub from: String,
    /// The state that it came to.
    pub to: String,
    /// Whether somebody set the state right by hand.
    pub is_recovery: bool,
    /// The revision of the commit.
    pub revision: u64,
    /// When.
    pub time: SystemTime,
}

/// A transition that is being written.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    environment: Arc<str>,
    from: String,
    to: String,
    is_recovery: bool,
}

/// Who is told of transitions.
pub(crate) type Listener = Arc<dyn Fn(&EnvironmentTransition) + Send + Sync>;

/// What the handle on a store knows of its environments.
#[derive(Default)]
pub(crate) struct Facet {
    pub(super) grants: Grants,
    listener: Mutex<Option<Listener>>,
}

impl Facet {
    pub(crate) fn listen(&self, listener: Option<Listener>) {
        *self.listener.lock() = listener;
    }

    /// Lets go of all locks that are held through the handle.
    pub(crate) fn release_locks(&self) {
        self.grants.release_all();
    }
}

impl Write {
    /// The transitions that it makes.
    pub(super) fn transitions(&self) -> Vec<Transition> {
        let made = self.changes.iter().filter_map(|change| match (&change.from, &change.after) {
            (Some(from), After::Record(record)) => Some(Transition {
                environment: self.name.clone(),
                from: from.clone(),
                to: record.state.clone(),
                is_recovery: change.operation == super::Operation::Recover,
            }),
            _ => None,
        });
        made.collect()
    }
}

/// Tells of transitions that were committed.
pub(crate) fn announce(facet: &Facet, transitions: &[Transition], revision: u64, time_ms: i64) {
    let listener = facet.listener.lock().clone();
    for transition in transitions {
        let Transition { environment, from, to, is_recovery } = transition;
        tracing::info!(target: "statehold::environment", environment = &**environment, from = from.as_str(), to = to.as_str(), time_ms, revision, recovery = is_recovery, "environment transition");
        if let Some(listener) = &listener {
            listener(&EnvironmentTransition {
                environment: environment.to_string(),
                from: from.clone(),
                to: to.clone(),
                is_recovery: *is_recovery,
                revision,
                time: from_ms(time_ms),
            });
        }
    }
}
