//! Cases: the state of workflow runs, changed by buffered mutations that are committed together and leave
//! receipts.

mod archive;
mod change;
mod check;
mod commit;
mod create;
mod effect;
mod fold;
mod list;
mod loaded;
mod mutation;
mod pending;
mod perform;
mod plan;
mod read;
mod receipt;
mod replay;
mod rotate;
mod scope;
mod snapshot;
mod sql;
mod state;
mod status;
mod store_check;
mod tables;
mod token;
mod transfer;
mod write;

use std::sync::Arc;

use parking_lot::Mutex;

pub use check::{CaseCheck, CaseProblem};
pub use commit::{CommitStep, Committing, UpdateCall, Updated};
pub use create::CaseOptions;
pub(crate) use create::{create, open};
pub use effect::{EffectOptions, EffectResult, OnDoubt};
pub(crate) use list::list;
pub use list::{CaseFilter, CaseSummary};
pub use loaded::History;
pub use mutation::{CaseMutation, UpdateFunction};
pub(crate) use pending::Overlay;
pub use perform::{BegunEffect, EffectOutcome, PendingEffect};
pub use receipt::{CaseReceipt, ReceiptMutation};
pub use rotate::RotateOptions;
pub(crate) use rotate::bound as bound_receipts;
pub use scope::CaseScope;
pub use state::{CaseMetadata, CaseState};
pub use status::{CaseStatus, EffectStatus, ScopeStatus, TokenStatus};
pub(crate) use tables::TABLES;
pub use token::Token;

use self::loaded::Loaded;
use crate::commit::Open;
use crate::error::Result;
use crate::fault::{Gate, Operation};
use crate::format::Facet;
use crate::store::{Shared, Store};

/// The facet's name in the journal.
pub(crate) const FACET: &str = "case";

/// What the operations on whole stores need to know.
pub(crate) const FACET_OF_STORE: Facet = Facet {
    name: FACET,
    size: sql::SIZE,
    expired: None,
    faults: sql::FAULTS,
    transfer: transfer::TRANSFER,
    merge: None,
    check: store_check::check_all,
};

/// The state of one run of a workflow: a context, tokens, scopes and metadata. It reads as it was committed
/// when this handle loaded or committed it last; what is buffered shows in [`pending`](Self::pending) alone.
/// Clones are the same handle, and threads may share it.
///
/// ```
/// use statehold::{Store, Token};
///
/// let store = Store::open(":memory:")?;
/// let case = store.create_case(&serde_json::json!({"order": 7}), &Default::default())?;
/// case.add_token(Token::new("t1", "review"));
/// case.increment_step_count();
/// let receipt = case.commit(0)?.expect("something was buffered");
/// assert_eq!((receipt.sequence, case.tokens().len()), (2, 1));
///
/// // Two mistakes at once: both are told, and nothing is applied.
/// case.add_token(Token::new("t1", "again"));
/// case.exit_scope("nowhere");
/// let error = case.commit(0).unwrap_err();
/// assert!(error.to_string().contains("[0]") && error.to_string().contains("[1]"));
/// case.rollback();
///
/// // Anybody can pick it up, also after a crash.
/// let same = store.case(case.id())?;
/// assert_eq!(same.token("t1").unwrap().ip, "review");
/// assert!(same.verify(None)?.problems.is_empty());
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Case {
    inner: Arc<Inner>,
}

struct Inner {
    id: Arc<str>,
    place: Place,
    working: Mutex<Working>,
}

/// Where a case is read and written: in a store, or inside a transaction.
#[derive(Clone)]
pub(crate) enum Place {
    Store(Store),
    Transaction(Arc<Open>),
}

/// What a handle knows and has buffered.
struct Working {
    loaded: Arc<Loaded>,
    buffer: Vec<CaseMutation>,
}

impl Place {
    fn shared(&self) -> &Arc<Shared> {
        match self {
            Self::Store(store) => store.shared(),
            Self::Transaction(open) => &open.shared,
        }
    }

    #[inline]
    fn gate(&self) -> Gate<'_> {
        match self {
            Self::Store(store) => Gate::Store(store.shared()),
            Self::Transaction(open) => Gate::Transaction(open),
        }
    }
}

impl Case {
    fn new(id: Arc<str>, place: Place, loaded: Arc<Loaded>) -> Self {
        let working = Mutex::new(Working { loaded, buffer: Vec::new() });
        Self { inner: Arc::new(Inner { id, place, working }) }
    }

    /// The case's id.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    fn shared(&self) -> &Arc<Shared> {
        self.inner.place.shared()
    }

    /// What the handle has loaded or committed last.
    /// Runs one of the public operations, as the faults of the store will have it.
    #[inline]
    fn operation<T>(&self, operation: Operation, run: impl FnOnce() -> Result<T>) -> Result<T> {
        self.inner.place.gate().operation(operation, run)
    }

    fn loaded(&self) -> Arc<Loaded> {
        self.inner.working.lock().loaded.clone()
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loaded = self.loaded();
        f.debug_struct("Case")
            .field("id", &self.inner.id)
            .field("status", &loaded.state.status)
            .field("sequence", &loaded.sequence)
            .field("revision", &loaded.revision)
            .finish_non_exhaustive()
    }
}
