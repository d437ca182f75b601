//! All of a mock cloud at a moment.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::resource::{Backup, Command, CostPeriod, Costs, Instance, InstanceState, Parameter, Stack, time};
use super::scenario::{Machine, ScenarioStep};
use super::seconds;
use crate::error::{Error, Result};
use crate::limits::TTL_MOST;

/// All of a mock cloud: a copy, as a document of the sections that are its members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CloudState {
    /// The instance.
    pub instance: Instance,
    /// The SSM parameters, by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// The SSM commands, in the order in which they were sent.
    pub commands: Vec<Command>,
    /// The backups, the newest first.
    pub backups: Vec<Backup>,
    /// What it costs, by period.
    pub costs: BTreeMap<CostPeriod, Costs>,
    /// The stack that it was made by.
    pub stack: Stack,
    /// How it behaves.
    pub settings: CloudSettings,
    /// What will happen by itself.
    pub timers: Vec<Timer>,
    /// The scenario that was applied last; none after a reset.
    pub scenario: Option<CurrentScenario>,
}

/// How a mock cloud behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CloudSettings {
    /// The public address that the instance is given when it runs.
    pub public_ip: String,
    /// How long starting and stopping take.
    pub transition: Transition,
}

/// What a transition may be, for errors.
const TRANSITIONS: &str = "\"immediate\", \"manual\", or a number of seconds";

/// How long the instance is `pending` before it runs, and `stopping` before it is stopped. In documents `"immediate"`,
/// `"manual"`, or seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Not at all.
    Immediate,
    /// So long, by the store's clock.
    After(Duration),
    /// Until [`complete_transition`](super::MockCloud::complete_transition) ends it.
    Manual,
}

impl Default for Transition {
    /// 2.5 s.
    fn default() -> Self {
        Self::After(Duration::from_millis(2500))
    }
}

impl Transition {
    /// Refuses a time that nobody means.
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::After(span) if span > TTL_MOST => {
                Err(Error::value("transition", "it must be at most 100 years"))
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Transition {
    type Err = Error;

    /// Reads `immediate` or `manual`.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "immediate" => Ok(Self::Immediate),
            "manual" => Ok(Self::Manual),
            _ => Err(Error::value("transition", format!("{word:?} is not {TRANSITIONS}"))),
        }
    }
}

impl Serialize for Transition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Immediate => to.serialize_str("immediate"),
            Self::Manual => to.serialize_str("manual"),
            Self::After(span) => seconds::serialize(span, to),
        }
    }
}

impl<'de> Deserialize<'de> for Transition {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Word(String),
            Seconds(f64),
        }
        let refuse = |got: &str| serde::de::Error::custom(format!("{got} is not {TRANSITIONS}"));
        match Given::deserialize(from) {
            Ok(Given::Word(word)) => word.parse().map_err(|_: Error| refuse(&format!("{word:?}"))),
            Ok(Given::Seconds(number)) => {
                seconds::span(number).map(Self::After).ok_or_else(|| refuse(&number.to_string()))
            }
            Err(_) => Err(refuse("it")),
        }
    }
}

/// Something that will happen by itself: to the instance, or as a step of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Timer {
    /// When.
    #[serde(with = "time")]
    pub due: SystemTime,
    /// The state that the instance will enter, unless its state is changed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceState>,
    /// The step of a scenario that will be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<ScenarioStep>,
}

/// The scenario that was applied last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CurrentScenario {
    /// Its name.
    pub name: String,
    /// Its machine as it was when it was applied, in the state in which it is now; none if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_are_words_or_seconds() {
        let cases = [
            (Transition::Immediate, r#""immediate""#),
            (Transition::Manual, r#""manual""#),
            (Transition::default(), "2.5"),
            (Transition::After(Duration::ZERO), "0.0"),
        ];
        for (transition, text) in cases {
            assert_eq!(serde_json::to_string(&transition).unwrap(), text);
            assert_eq!(serde_json::from_str::<Transition>(text).unwrap(), transition);
        }
        for text in [r#""slow""#, "-1", "1e300", "null", "[]", "true"] {
            let error = serde_json::from_str::<Transition>(text).unwrap_err().to_string();
            assert!(error.contains("\"immediate\", \"manual\", or a number"), "{text}: {error}");
        }
    }
}
