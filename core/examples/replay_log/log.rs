//! The event log: a CSV file with a row for each event, earlier ones first.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use statehold::TokenStatus;

/// All cases, in the order in which the log first tells of them.
pub(crate) struct Log {
    pub(crate) cases: Vec<LoggedCase>,
}

/// A case as the log tells it.
pub(crate) struct LoggedCase {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) events: Vec<Event>,
}

/// Somebody has done something.
pub(crate) struct Event {
    pub(crate) activity: String,
    pub(crate) resource: String,
    pub(crate) time: String,
}

/// The columns that are used.
#[derive(Deserialize)]
struct Row {
    #[serde(rename = "case:concept:name")]
    case_id: String,
    #[serde(rename = "case:channel")]
    channel: String,
    #[serde(rename = "concept:name")]
    activity: String,
    #[serde(rename = "org:resource")]
    resource: String,
    #[serde(rename = "time:timestamp")]
    time: String,
}

impl Log {
    pub(crate) fn read(path: &Path) -> Result<Self, csv::Error> {
        let mut cases: Vec<LoggedCase> = Vec::new();
        let mut places = HashMap::new();
        for row in csv::Reader::from_path(path)?.into_deserialize() {
            let Row { case_id, channel, activity, resource, time } = row?;
            let place = *places.entry(case_id.clone()).or_insert(cases.len());
            if place == cases.len() {
                cases.push(LoggedCase { id: case_id, channel, events: Vec::new() });
            }
            cases[place].events.push(Event { activity, resource, time });
        }
        Ok(Self { cases })
    }

    /// The number of events of all cases.
    pub(crate) fn events(&self) -> usize {
        self.cases.iter().map(|case| case.events.len()).sum()
    }
}

impl LoggedCase {
    /// Whether an event is done by another resource than the one before it; the first one always is.
    pub(crate) fn is_handover(&self, step: usize) -> bool {
        step == 0 || self.events[step].resource != self.events[step - 1].resource
    }

    /// How the token of the case must stand after its first `steps` events.
    pub(crate) fn token_status_after(&self, steps: usize) -> TokenStatus {
        if steps == self.events.len() { TokenStatus::Complete } else { TokenStatus::Active }
    }

    /// The context that the case must have after its first `steps` events.
    pub(crate) fn ctx_after(&self, steps: usize) -> Value {
        let handovers = (0..steps).filter(|step| self.is_handover(*step)).count();
        let mut ctx = json!({"channel": self.channel, "handovers": handovers});
        if let Some(Event { activity, resource, time }) = self.events[..steps].last() {
            ctx["activity"] = json!(activity);
            ctx["resource"] = json!(resource);
            ctx["time"] = json!(time);
        }
        ctx
    }
}
