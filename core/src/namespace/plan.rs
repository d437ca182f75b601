//! From a call to the commit that carries it out.

use std::sync::Arc;

use super::options::{Condition, NamespaceOptions, SetOptions};
use super::sql;
use super::write::{Target, Unknown};
use crate::engine::request::{Check, Commit, Expected, Param, Statement};
use crate::error::Result;
use crate::store::Shared;
use crate::value::Value;

/// The namespace that statements of a commit are for.
pub(crate) fn target(
    shared: &Shared,
    name: &Arc<str>,
    unknown: Unknown,
    statements: &mut Vec<Statement>,
) -> Target {
    Target::in_commit(name, shared.namespace_id(name), unknown, statements)
}

/// A check of a key's live revision.
pub(crate) fn revision_check(shared: &Shared, name: &Arc<str>, key: &str, expected: Expected) -> Check {
    let (sql, of) = match shared.namespace_id(name) {
        Some(id) => (sql::REVISION, Param::Int(id)),
        None => (sql::REVISION_BY_NAME, Param::text(&**name)),
    };
    let params = vec![of, Param::text(key), Param::Now];
    Check::Number { sql, params, expected, subject: subject(name, key) }
}

/// What an error calls a key.
pub(crate) fn subject(name: &str, key: &str) -> String {
    format!("key {key:?} in namespace {name:?}")
}

/// What a condition demands of the revision, if anything.
pub(crate) fn expected(condition: Condition) -> Option<Expected> {
    match condition {
        Condition::Always => None,
        Condition::Absent => Some(Expected::Exactly(0)),
        Condition::Present => Some(Expected::Present),
        Condition::Revision(revision) => Some(Expected::Exactly(revision)),
    }
}

/// Adds the setting of a key to a commit.
pub(crate) fn set(
    shared: &Shared,
    name: &Arc<str>,
    defaults: &NamespaceOptions,
    key: &str,
    value: Value,
    options: &SetOptions,
    commit: &mut Commit,
) -> Result<()> {
    value.check_size(shared.max_value_bytes)?;
    let expiry = options.expiry(defaults)?;
    if let Some(expected) = expected(options.condition) {
        commit.checks.push(revision_check(shared, name, key, expected));
    }
    let target = target(shared, name, Unknown::Make, &mut commit.statements);
    commit.statements.push(target.put(key, value, expiry));
    Ok(())
}
