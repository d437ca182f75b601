//! The ids of namespaces: they never change and are never given again, so what is once known stays true.

use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::RwLock;

use super::glob::Glob;
use super::sql;
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{Effect, Param, Statement};
use crate::error::Result;

/// The most ids that are remembered; beyond, they are looked up each time.
const KNOWN: usize = 10_000;

/// The ids that this handle has seen in committed rows.
#[derive(Default)]
pub(crate) struct Names {
    ids: RwLock<HashMap<Arc<str>, i64>>,
}

impl Names {
    pub(crate) fn known(&self, name: &str) -> Option<i64> {
        self.ids.read().get(name).copied()
    }

    /// The id of a namespace that was ever written to.
    pub(crate) fn find(&self, name: &Arc<str>, reader: &Reader<'_>) -> Result<Option<i64>> {
        if let Some(id) = self.known(name) {
            return Ok(Some(id));
        }
        let id = reader.one(sql::NAMESPACE_ID, &[Arg::Text(name)], |row| row.int(0))?;
        if let Some(id) = id {
            let mut ids = self.ids.write();
            if ids.len() < KNOWN {
                ids.insert(name.clone(), id);
            }
        }
        Ok(id)
    }
}

/// What gives a copy of an earlier moment the ids that were given since, so that what is known of them stays true when
/// it is put back.
pub(crate) fn keep_names(reader: &Reader<'_>) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    reader.each(sql::NAMESPACE_IDS, &[], |row| {
        let params = vec![Param::Int(row.int(0)?), Param::text(row.text(1)?)];
        statements.push(Statement { sql: sql::KEEP_NAMESPACE, params, effect: Effect::Silent });
        Ok(Next::Row)
    })?;
    Ok(statements)
}

/// The names of the namespaces that hold a live key and match, in order.
pub(crate) fn list_names(reader: &Reader<'_>, pattern: &str, now_ms: i64) -> Result<Vec<String>> {
    let glob = Glob::new(pattern)?;
    let (lower, upper) = glob.range();
    let upper = upper.as_deref().map_or(Arg::Highest, Arg::Text);
    let mut names = Vec::new();
    reader.each(sql::NAMESPACES, &[Arg::Text(&lower), upper, Arg::Int(now_ms)], |row| {
        let name = row.text(0)?;
        if glob.matches(name) {
            names.push(name.to_owned());
        }
        Ok(Next::Row)
    })?;
    Ok(names)
}
