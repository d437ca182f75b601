//! A mock cloud that stands alone: the only one of a private store, in memory, which may be kept in a JSON file.

mod file;
mod process;
mod saver;

use std::sync::Arc;

use parking_lot::Mutex;

pub use process::{get_mock_cloud, reset_mock_cloud};

use self::saver::Saver;
use super::{MockCloud, MockCloudOptions};
use crate::error::Result;
use crate::store::Store;

/// The name of a cloud that stands alone.
pub(super) const NAME: &str = "default";

/// Opens a mock cloud that stands alone, with faults on: for tests and development without a store. It is in memory, and
/// with [`persist_to`](MockCloudOptions::persist_to) kept in a JSON file. It is closed with its last clone.
///
/// ```
/// use std::time::Duration;
///
/// use statehold::mock::InstanceState;
/// use statehold::{ManualClock, MockCloudOptions, OperationFailure, open_mock_cloud};
///
/// let clock = ManualClock::new();
/// let cloud = open_mock_cloud(MockCloudOptions::new().clock(clock.clone()))?;
/// cloud.faults().set_operation_failure("startInstance", OperationFailure::new().fail_next())?;
/// assert_eq!(cloud.start_instance().unwrap_err().code(), "FAULT");
/// cloud.start_instance()?;
/// clock.advance(Duration::from_secs(3));
/// assert_eq!(cloud.get_instance()?.state, InstanceState::Running);
/// cloud.close()?;
/// # Ok::<(), statehold::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong with the fixtures;
/// [`Error::Corrupt`](crate::Error::Corrupt) for a file that is damaged: it was set aside, and says where;
/// [`Error::SchemaTooNew`](crate::Error::SchemaTooNew) for one of a newer version, which is left alone;
/// [`Error::Io`](crate::Error::Io) when the system refuses.
pub fn open_mock_cloud(mut options: MockCloudOptions) -> Result<MockCloud> {
    let fixtures = options.checked_fixtures()?;
    let debounce = options.debounce_or_default();
    let path = options.persist_to.as_deref().map(file::absolute).transpose()?;
    let document = path.as_deref().map(file::load).transpose()?.flatten();
    let store = Store::options().clock(options.take_clock()).faults(true).open(":memory:")?;
    if let Some(document) = document {
        document.put_into(&store)?;
    }
    let saver = path.map(|path| Saver::start(path, debounce, store.clone())).transpose()?;
    let alone = Arc::new(Alone { store: store.clone(), saver: Mutex::new(saver) });
    Ok(MockCloud::standing_alone(&store, fixtures, alone))
}

/// What the clones of a cloud that stands alone share.
pub(super) struct Alone {
    store: Store,
    /// Who writes the file; none without one, and after the end.
    saver: Mutex<Option<Arc<Saver>>>,
}

impl Alone {
    /// Notes that something was committed.
    pub(super) fn written(&self) {
        if let Some(saver) = &*self.saver.lock() {
            saver.note();
        }
    }

    /// Writes the file now, if there is one.
    pub(super) fn persist(&self) -> Result<()> {
        let saver = self.saver.lock().clone();
        saver.map_or(Ok(()), |saver| saver.write_now())
    }

    /// Writes what is not written yet, and closes the store.
    pub(super) fn close(&self) -> Result<()> {
        let saver = self.saver.lock().take();
        let written = saver.map_or(Ok(()), |saver| saver.end());
        let closed = self.store.close();
        written.and(closed)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(target: "statehold::mock", %error, "a mock cloud could not be written at its end");
        }
    }
}
