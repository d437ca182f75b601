//! Scenarios that were saved: in the store, for all of its clouds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Scenario;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::engine::request::{Effect, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::mock::{SCENARIO_FACET, sql};

/// What the table of scenarios holds.
pub(in crate::mock) struct StoredScenarios;

impl StoredScenarios {
    /// The document of a name, if one was saved.
    pub(in crate::mock) fn find(reader: &Reader<'_>, name: &str) -> Result<Option<Json>> {
        let read = |row: &Row<'_>| Ok(Json::trusted(row.text(0)?.to_owned()));
        reader.one(sql::FIND_SCENARIO, &[Arg::Text(name)], read)
    }

    /// All that were saved, by name.
    pub(in crate::mock) fn all(reader: &Reader<'_>) -> Result<BTreeMap<String, Json>> {
        let mut all = BTreeMap::new();
        reader.each(sql::SCENARIOS, &[], |row| {
            all.insert(row.text(0)?.to_owned(), Json::trusted(row.text(1)?.to_owned()));
            Ok(Next::Row)
        })?;
        Ok(all)
    }
}

/// A document as it was saved.
pub(super) fn parse(name: &str, document: &Json) -> Result<Scenario> {
    serde_json::from_str(document.as_str()).map_err(|error| Error::Serialization {
        what: format!("scenario {name:?}"),
        reason: format!("{error}; save it anew, or upgrade statehold if a newer one has written it"),
    })
}

/// The statement that saves a document under a name.
pub(in crate::mock) fn save(name: &Arc<str>, document: Json) -> Statement {
    Statement {
        sql: sql::SAVE_SCENARIO,
        params: vec![Param::text(&**name), Param::text(document.into_string()), Param::Revision, Param::Now],
        effect: effect(name, "save", Written::Param(1)),
    }
}

/// The statement that deletes the document of a name.
pub(in crate::mock) fn delete(name: &Arc<str>) -> Statement {
    Statement {
        sql: sql::DELETE_SCENARIO,
        params: vec![Param::text(&**name)],
        effect: effect(name, "delete", Written::Nothing),
    }
}

fn effect(name: &Arc<str>, operation: &'static str, value: Written) -> Effect {
    Effect::Whole { facet: SCENARIO_FACET, name: name.clone(), operation, value }
}
