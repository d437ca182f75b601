//! A cloud as it is stored: a text for each section. And the statements that turn one into another.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::patch::SECTIONS;
use super::state::CloudState;
use super::{FACET, sql};
use crate::engine::reader::{Arg, Reader, Row};
use crate::engine::request::{Check, Effect, Expected, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::json::Json;

/// The section of the journal for what the cloud goes back to.
const FIXTURES: &str = "fixtures";

/// A row of the table, or what is to become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// In the order of [`SECTIONS`].
    sections: [Box<str>; SECTIONS.len()],
    /// What a user has put over the built-in fixtures.
    pub(super) fixtures: Option<Json>,
    /// 0 for what is not committed yet.
    pub(super) revision: u64,
}

impl Stored {
    pub(super) fn of(state: &CloudState, fixtures: Option<Json>) -> Result<Self> {
        let CloudState { instance, parameters, commands, backups, costs, stack, settings, timers, scenario } =
            state;
        let sections = [
            text(instance)?,
            text(parameters)?,
            text(commands)?,
            text(backups)?,
            text(costs)?,
            text(stack)?,
            text(settings)?,
            text(timers)?,
            text(scenario)?,
        ];
        Ok(Self { sections, fixtures, revision: 0 })
    }

    /// The cloud of a name, if it is there.
    pub(super) fn find(reader: &Reader<'_>, name: &str) -> Result<Option<Self>> {
        reader.one(sql::FIND, &[Arg::Text(name)], Self::read)
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        let mut sections: [Box<str>; SECTIONS.len()] = Default::default();
        for (column, section) in sections.iter_mut().enumerate() {
            *section = row.text(column)?.into();
        }
        let fixtures = row.maybe_text(SECTIONS.len())?.map(|text| Json::trusted(text.to_owned()));
        Ok(Self { sections, fixtures, revision: row.int(SECTIONS.len() + 1)?.unsigned_abs() })
    }

    /// The state, if the texts are that of one; `name` is for the error.
    pub(super) fn state(&self, name: &str) -> Result<CloudState> {
        let [instance, parameters, commands, backups, costs, stack, settings, timers, scenario] =
            &self.sections;
        Ok(CloudState {
            instance: parsed(name, "instance", instance)?,
            parameters: parsed(name, "parameters", parameters)?,
            commands: parsed(name, "commands", commands)?,
            backups: parsed(name, "backups", backups)?,
            costs: parsed(name, "costs", costs)?,
            stack: parsed(name, "stack", stack)?,
            settings: parsed(name, "settings", settings)?,
            timers: parsed(name, "timers", timers)?,
            scenario: parsed(name, "scenario", scenario)?,
        })
    }

    /// The bytes of the largest section.
    pub(super) fn largest(&self) -> usize {
        let fixtures = self.fixtures.as_ref().map_or(0, |fixtures| fixtures.as_str().len());
        self.sections.iter().map(|section| section.len()).max().unwrap_or(0).max(fixtures)
    }
}

fn text<T: Serialize>(section: &T) -> Result<Box<str>> {
    Ok(Json::from_serialize(section)?.into_string().into_boxed_str())
}

fn parsed<T: DeserializeOwned>(name: &str, section: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Serialization {
        what: format!("the {section} of mock cloud {name:?}"),
        reason: format!("{error}; reset the cloud, or upgrade statehold if a newer one has written it"),
    })
}

/// That the cloud is as it was seen.
pub(super) fn unmoved(name: &str, seen: Option<&Stored>) -> Check {
    Check::Number {
        sql: sql::REVISION,
        params: vec![Param::text(name)],
        expected: Expected::Exactly(seen.map_or(0, |seen| seen.revision)),
        subject: format!("mock cloud {name:?}"),
    }
}

/// The statements that make one of the other; `operation` is what the journal says of the sections that change.
pub(super) fn statements(
    name: &Arc<str>,
    before: Option<&Stored>,
    after: Option<&Stored>,
    operation: &'static str,
) -> Vec<Statement> {
    match (before, after) {
        (None, None) => Vec::new(),
        (None, Some(after)) => vec![create(name, after)],
        (Some(_), None) => vec![Statement {
            sql: sql::DELETE,
            params: vec![Param::text(&**name)],
            effect: whole(name, "delete", Written::Nothing),
        }],
        (Some(before), Some(after)) => {
            let sections = SECTIONS.iter().zip(before.sections.iter().zip(&after.sections));
            let changed = sections.filter(|(_, (before, after))| before != after);
            let mut statements: Vec<Statement> = changed
                .map(|(section, (_, after))| set(name, section, Param::Text(after.clone()), operation))
                .collect();
            if before.fixtures != after.fixtures {
                statements.push(set(name, FIXTURES, fixtures(after), operation));
            }
            statements
        }
    }
}

fn fixtures(stored: &Stored) -> Param {
    stored.fixtures.as_ref().map_or(Param::Null, |fixtures| Param::text(fixtures.as_str()))
}

fn whole(name: &Arc<str>, operation: &'static str, value: Written) -> Effect {
    Effect::Whole { facet: FACET, name: name.clone(), operation, value }
}

fn create(name: &Arc<str>, stored: &Stored) -> Statement {
    let mut params = vec![Param::text(&**name)];
    params.extend(stored.sections.iter().cloned().map(Param::Text));
    params.extend([fixtures(stored), Param::Revision, Param::Now]);
    Statement { sql: sql::CREATE, params, effect: whole(name, "create", Written::Returned) }
}

fn set(name: &Arc<str>, section: &str, value: Param, operation: &'static str) -> Statement {
    Statement {
        sql: sql::SET,
        params: vec![Param::text(&**name), Param::text(section), value, Param::Revision, Param::Now],
        effect: Effect::Key {
            facet: FACET,
            name: name.clone(),
            operation,
            key: 1,
            value: Written::Param(2),
            expires: None,
        },
    }
}
