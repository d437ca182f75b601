//! Telling of transitions, once they are committed.

use std::sync::Arc;

use super::history::HistoryOperation;
use super::home::{After, Write};
use crate::clock::from_ms;
use crate::event::Event;

/// A transition that is being written.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    environment: Arc<str>,
    from: String,
    to: String,
    recovery: bool,
}

impl Transition {
    /// What is to be told of it, with what the commit gave.
    pub(crate) fn committed(self, revision: u64, time_ms: i64) -> Event {
        let Self { environment, from, to, recovery } = self;
        let time = from_ms(time_ms);
        Event::EnvironmentTransition {
            environment: environment.to_string(),
            from,
            to,
            recovery,
            revision,
            time,
        }
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
                recovery: change.operation == HistoryOperation::Recover,
            }),
            _ => None,
        });
        made.collect()
    }

    /// What is to be told of it, with what the commit gave.
    pub(super) fn events(&self, revision: u64, time_ms: i64) -> Vec<Event> {
        self.transitions().into_iter().map(|transition| transition.committed(revision, time_ms)).collect()
    }
}
