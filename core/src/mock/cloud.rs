//! The handle on a mock cloud.

use std::sync::Arc;

use super::alone::{Alone, NAME};
use super::options::MockCloudOptions;
use super::scenario::Scenarios;
use super::scope::Scope;
use crate::commit::Open;
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::json::Json;
use crate::limits::{MOCK_CLOUD_BYTES, check_name};
use crate::store::Store;

/// A mock cloud: the state of a provider that is none, for local development and tests. One instance, SSM parameters and
/// commands, backups, costs and a stack; all that it gives are copies. It comes to be with the first call, from its
/// fixtures. Clones are the same cloud.
///
/// An instance takes 2.5 s to start and to stop, by the store's clock, unless [`set_transition`](Self::set_transition)
/// says otherwise. Nothing runs meanwhile: whoever looks after the time is up sees that it runs.
///
/// ```
/// use std::time::Duration;
///
/// use statehold::mock::InstanceState;
/// use statehold::{ManualClock, Store};
///
/// let clock = ManualClock::new();
/// let store = Store::options().clock(clock.clone()).open(":memory:")?;
/// let cloud = store.mock_cloud("default");
/// assert_eq!(cloud.start_instance()?.state, InstanceState::Pending);
/// clock.advance(Duration::from_millis(2500));
/// let instance = cloud.get_instance()?;
/// assert_eq!((instance.state, instance.public_ip.as_deref()), (InstanceState::Running, Some("203.0.113.42")));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct MockCloud {
    pub(super) name: Arc<str>,
    pub(super) scope: Scope,
    setup: Arc<Setup>,
    /// What a cloud has that stands alone; none for one of a store.
    pub(super) alone: Option<Arc<Alone>>,
}

/// What a handle was made with.
struct Setup {
    fixtures: Option<Json>,
    /// What was wrong with that, told by the first operation.
    refused: Option<Error>,
}

impl MockCloud {
    pub(crate) fn of_store(store: &Store, name: &str, options: MockCloudOptions) -> Self {
        let setup = match options.for_store() {
            Ok(fixtures) => Setup { fixtures, refused: None },
            Err(error) => Setup { fixtures: None, refused: Some(error) },
        };
        Self { name: name.into(), scope: Scope::Store(store.clone()), setup: Arc::new(setup), alone: None }
    }

    pub(crate) fn in_transaction(open: Arc<Open>, name: &str) -> Self {
        let setup = Arc::new(Setup { fixtures: None, refused: None });
        Self { name: name.into(), scope: Scope::Transaction(open), setup, alone: None }
    }

    /// The only cloud of a store of its own.
    pub(super) fn standing_alone(store: &Store, fixtures: Option<Json>, alone: Arc<Alone>) -> Self {
        let setup = Arc::new(Setup { fixtures, refused: None });
        Self { name: NAME.into(), scope: Scope::Store(store.clone()), setup, alone: Some(alone) }
    }

    /// The same cloud inside a transaction.
    pub(super) fn inside(&self, open: Arc<Open>) -> Self {
        Self {
            name: self.name.clone(),
            scope: Scope::Transaction(open),
            setup: self.setup.clone(),
            alone: None,
        }
    }

    /// The cloud's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The faults of this cloud alone: what makes its operations slow, or fail, on demand. The store must have been opened
    /// with faults on; a cloud that stands alone is.
    pub fn faults(&self) -> Faults {
        Faults::of_store(self.scope.shared()).scoped(&self.name)
    }

    /// The scenarios that the cloud can be put into.
    pub fn scenarios(&self) -> Scenarios {
        Scenarios::of(self)
    }

    /// Ends the use of a cloud that stands alone, and of all its clones: what is not written yet is written to its file.
    /// A cloud of a store is closed with the store, and not by this. Closing twice is no error.
    ///
    /// # Errors
    /// [`Error::Io`] when the file can't be written; the cloud is closed nevertheless.
    pub fn close(&self) -> Result<()> {
        self.alone.as_ref().map_or(Ok(()), |alone| alone.close())
    }

    /// Whether the cloud, or the store that it is of, was closed.
    pub fn is_closed(&self) -> bool {
        self.scope.shared().engine.is_closed()
    }

    /// What the handle puts over the built-in fixtures.
    pub(super) fn fixtures(&self) -> Option<&Json> {
        self.setup.fixtures.as_ref()
    }

    /// Whether the cloud can be used by this handle.
    pub(super) fn ready(&self) -> Result<()> {
        check_name("mock cloud", &self.name, MOCK_CLOUD_BYTES)?;
        match &self.setup.refused {
            Some(error) => Err(error.clone()),
            None if self.alone.is_some() && self.is_closed() => {
                Err(Error::Closed { what: "the mock cloud", advice: "open another one" })
            }
            None => Ok(()),
        }
    }

    /// Notes that something was committed.
    pub(super) fn written(&self) {
        if let Some(alone) = &self.alone {
            alone.written();
        }
    }
}

impl std::fmt::Debug for MockCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockCloud").field("name", &self.name).finish_non_exhaustive()
    }
}
