//! How a case comes to be, and how it is found again.

use std::sync::Arc;

use super::change::Change;
use super::loaded::{History, Loaded, load};
use super::plan::Planned;
use super::state::{CaseState, is_object};
use super::{Case, FACET, Place};
use crate::commit::{Changes, Depth};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::time_id;
use crate::json::Json;
use crate::limits::{CASE_ID_BYTES, check_name};

/// How a case is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CaseOptions {
    /// Its id; a UUID of version 7 is made if none.
    pub case_id: Option<String>,
    /// What is kept of its mutations.
    pub history: History,
}

impl CaseOptions {
    /// An id that is made, and a history of names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`case_id`](Self::case_id).
    pub fn case_id(mut self, id: impl Into<String>) -> Self {
        self.case_id = Some(id.into());
        self
    }

    /// Sets [`history`](Self::history).
    pub fn history(mut self, history: History) -> Self {
        self.history = history;
        self
    }
}

/// Creates a case in a commit of its own, or in the transaction.
pub(crate) fn create(place: Place, ctx: Json, options: &CaseOptions) -> Result<Case> {
    place.clone().gate().operation(Operation::CaseCreate, || {
        if !is_object(&ctx) {
            return Err(Error::value("ctx", "the context of a case must be an object"));
        }
        let now_ms = place.now_ms()?;
        let id: Arc<str> = options.case_id.clone().unwrap_or_else(|| time_id(now_ms)).into();
        check_name("case", &id, CASE_ID_BYTES)?;
        let state = CaseState::new(ctx, now_ms);
        let changes = [Change::Create(Box::new(state.clone()))];
        let most_bytes = place.shared().max_value_bytes;
        let planned = Planned::new(&id, None, options.history, &changes, state, (now_ms, most_bytes))?;
        let (loaded, _) = place.write(&id, planned, None)?;
        Ok(Case::new(id, place, loaded))
    })
}

/// The case as it was last committed.
pub(crate) fn open(place: Place, id: &str) -> Result<Case> {
    place.clone().gate().operation(Operation::CaseOpen, || {
        check_name("case", id, CASE_ID_BYTES)?;
        let id: Arc<str> = id.into();
        let loaded = place.load(&id)?;
        Ok(Case::new(id, place, loaded))
    })
}

impl Place {
    /// The effective time at which a commit is planned.
    pub(super) fn now_ms(&self) -> Result<i64> {
        match self {
            Self::Store(store) => Ok(store.shared().engine.shared_now()),
            Self::Transaction(open) => open.with(|changes| Ok(changes.now_ms)),
        }
    }

    /// What was committed last, or what the transaction has made of it.
    pub(super) fn load(&self, id: &Arc<str>) -> Result<Arc<Loaded>> {
        let loaded = match self {
            Self::Store(store) => store.shared().engine.read(|reader| load(reader, id))?,
            Self::Transaction(open) => open.with(|changes| current(changes, id))?,
        };
        loaded.ok_or_else(|| missing(id))
    }
}

/// What a transaction sees of a case; that it was looked at is noted.
pub(super) fn current(changes: &mut Changes, id: &Arc<str>) -> Result<Option<Arc<Loaded>>> {
    if let Some(pending) = changes.buffer.cases.of(id) {
        return Ok(pending.current.clone());
    }
    changes.reads.key(FACET, id, "", Depth::Value);
    changes.snapshot.read(|reader| load(reader, id))
}

pub(super) fn missing(id: &str) -> Error {
    Error::NotFound {
        what: "case",
        name: id.to_owned(),
        advice: "it was deleted or never created; create_case() makes one, cases() lists those that exist"
            .into(),
    }
}
