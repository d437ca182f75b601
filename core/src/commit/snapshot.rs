//! Many reads as of one moment.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::reader::Reader;
use crate::engine::{self, Engine, journal};
use crate::error::{Error, Result};
use crate::namespace::SnapshotNamespace;
use crate::store::Shared;

/// The store as of one moment, for reading. Others go on writing; none of it shows here.
///
/// A snapshot keeps SQLite's log from starting anew, so the log grows while one is held under constant
/// writing. Close it, or drop it, when done: one that is held while the log outgrows `max_wal_bytes` is
/// ended, and gives [`Error::Closed`].
///
/// ```
/// let store = statehold::open(":memory:")?;
/// store.namespace("a").set("k", &1)?;
/// let snapshot = store.snapshot()?;
/// store.namespace("a").set("k", &2)?;
/// assert_eq!(snapshot.namespace("a").get("k")?, Some(1));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    moment: Arc<Moment>,
}

/// The fixed moment that a snapshot's namespaces share.
pub(crate) struct Moment {
    pub(crate) shared: Arc<Shared>,
    held: Mutex<Option<engine::Snapshot>>,
    pub(crate) now_ms: i64,
    revision: u64,
}

impl Moment {
    /// Reads as of the moment.
    pub(crate) fn read<R>(&self, f: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
        self.engine().alive()?;
        let held = self.held.lock();
        let snapshot = held
            .as_ref()
            .ok_or(Error::Closed { what: "the snapshot", advice: "take a new one with snapshot()" })?;
        snapshot.read(f)
    }

    fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }
}

impl Snapshot {
    pub(crate) fn take(shared: &Arc<Shared>) -> Result<Self> {
        let snapshot = shared.engine.snapshot()?;
        let revision = snapshot.read(journal::head)?.revision;
        let now_ms = shared.engine.shared_now();
        let held = Mutex::new(Some(snapshot));
        Ok(Self { moment: Arc::new(Moment { shared: shared.clone(), held, now_ms, revision }) })
    }

    /// A namespace as of the moment.
    pub fn namespace(&self, name: &str) -> SnapshotNamespace {
        SnapshotNamespace::new(self.moment.clone(), name)
    }

    /// The last revision that it shows.
    pub fn revision(&self) -> u64 {
        self.moment.revision
    }

    /// Ends the snapshot; what was taken from it gives [`Error::Closed`] from now on.
    pub fn close(&self) {
        self.moment.held.lock().take();
    }
}
