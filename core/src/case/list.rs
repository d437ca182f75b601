//! Which cases there are.

use std::sync::Arc;
use std::time::SystemTime;

use super::loaded::Loaded;
use super::status::CaseStatus;
use super::{FACET, Place, sql};
use crate::clock::from_ms;
use crate::commit::{Changes, Range};
use crate::engine::reader::{Arg, Next, Reader};
use crate::error::Result;
use crate::fault::Operation;
use crate::namespace::Glob;

/// What a list shows of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSummary {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub status: CaseStatus,
    /// Its step count.
    pub step_count: u64,
    /// How many of its tokens are active.
    pub tokens: u64,
    /// The store's revision of its last commit; 0 if this transaction has made it.
    pub revision: u64,
    /// When the last commit was made.
    pub last_commit: SystemTime,
}

/// Which cases are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseFilter {
    /// Only those that stand so.
    pub status: Option<CaseStatus>,
    /// Only those whose id matches a glob pattern.
    pub pattern: String,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only those whose id comes after this, whether there is such a case or not.
    pub start_after: Option<String>,
}

impl Default for CaseFilter {
    fn default() -> Self {
        Self { status: None, pattern: "*".to_owned(), limit: None, start_after: None }
    }
}

impl CaseFilter {
    /// All cases.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`status`](Self::status).
    pub fn status(mut self, status: CaseStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets [`pattern`](Self::pattern).
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = pattern.into();
        self
    }

    /// Sets [`limit`](Self::limit).
    pub fn limit(mut self, most: usize) -> Self {
        self.limit = Some(most);
        self
    }

    /// Sets [`start_after`](Self::start_after).
    pub fn start_after(mut self, id: impl Into<String>) -> Self {
        self.start_after = Some(id.into());
        self
    }
}

/// The cases that match, in the order of their ids' UTF-8 bytes.
pub(crate) fn list(place: &Place, filter: &CaseFilter) -> Result<Vec<CaseSummary>> {
    place.gate().operation(Operation::CaseList, || {
        let glob = Glob::new(&filter.pattern)?;
        match place {
            Place::Store(store) => {
                store.shared().engine.read(|reader| stored(reader, filter, &glob, filter.limit))
            }
            Place::Transaction(open) => open.with(|changes| in_transaction(changes, filter, glob)),
        }
    })
}

/// Those that are stored.
fn stored(
    reader: &Reader<'_>,
    filter: &CaseFilter,
    glob: &Glob,
    limit: Option<usize>,
) -> Result<Vec<CaseSummary>> {
    let mut found = Vec::new();
    if limit == Some(0) {
        return Ok(found);
    }
    let (mut lower, upper) = glob.range();
    if let Some(after) = &filter.start_after {
        // Ids have no NUL, so this is the first one that can come after.
        lower = lower.max(format!("{after}\0"));
    }
    let upper = upper.as_deref().map_or(Arg::Highest, Arg::Text);
    let mut args = vec![Arg::Text(&lower), upper];
    let sql = match filter.status {
        Some(status) => {
            args.push(Arg::Text(status.as_str()));
            sql::SUMMARIES_BY_STATUS
        }
        None => sql::SUMMARIES,
    };
    reader.each(sql, &args, |row| {
        let id = row.text(0)?;
        if !glob.matches(id) {
            return Ok(Next::Row);
        }
        found.push(CaseSummary {
            id: id.to_owned(),
            status: row.text(1)?.parse().map_err(|error| row.corrupt(format!("case {id:?}: {error}")))?,
            step_count: row.int(2)?.unsigned_abs(),
            tokens: row.int(3)?.unsigned_abs(),
            revision: row.int(4)?.unsigned_abs(),
            last_commit: from_ms(row.int(5)?),
        });
        Ok(if limit == Some(found.len()) { Next::Stop } else { Next::Row })
    })?;
    Ok(found)
}

/// Those that are stored, and what the transaction has made of them.
fn in_transaction(changes: &mut Changes, filter: &CaseFilter, glob: Glob) -> Result<Vec<CaseSummary>> {
    let own: Vec<(Arc<str>, Option<Arc<Loaded>>)> =
        changes.buffer.cases.all().map(|(id, pending)| (id.clone(), pending.current.clone())).collect();
    // Each of its own cases may stand in the place of a stored one.
    let limit = filter.limit.map(|limit| limit.saturating_add(own.len()));
    let mut found = changes.snapshot.read(|reader| stored(reader, filter, &glob, limit))?;
    found.retain(|summary| !changes.buffer.cases.all().any(|(id, _)| **id == *summary.id));
    let after = filter.start_after.as_deref().unwrap_or_default();
    found.extend(own.iter().filter_map(|(id, loaded)| {
        let state = &loaded.as_ref()?.state;
        let fits = &**id > after && glob.matches(id) && filter.status.is_none_or(|one| one == state.status);
        fits.then(|| CaseSummary {
            id: id.to_string(),
            status: state.status,
            step_count: state.metadata.step_count,
            tokens: state.active_tokens(),
            revision: 0,
            last_commit: state.metadata.last_commit,
        })
    }));
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.truncate(filter.limit.unwrap_or(usize::MAX));
    if filter.limit != Some(0) {
        let full = filter.limit.is_some_and(|limit| found.len() >= limit);
        let end = found.last().filter(|_| full).map(|last| last.id.clone());
        let after = after.to_owned();
        let contains = Arc::new(move |id: &str, key: &str| {
            // An effect has a key, and changes nothing that a summary shows.
            key.is_empty() && *id > *after && end.as_deref().is_none_or(|end| id <= end) && glob.matches(id)
        });
        changes.reads.range(Range { facet: FACET, contains });
    }
    Ok(found)
}
