//! The mock cloud of the process.

use std::sync::Once;

use parking_lot::Mutex;

use super::open_mock_cloud;
use crate::engine::sys::{at_exit, fork_generation};
use crate::error::Result;
use crate::mock::{MockCloud, MockCloudOptions};

/// The cloud, and after how many forks it was made.
static CLOUD: Mutex<Option<(MockCloud, u32)>> = Mutex::new(None);

/// Has it closed at the end of the process.
static AT_EXIT: Once = Once::new();

/// The mock cloud of this process, in memory: made by the first call, the same for all. A process that forks gets one of its
/// own.
///
/// ```
/// use statehold::{get_mock_cloud, reset_mock_cloud};
///
/// get_mock_cloud()?.set_public_ip(Some("198.51.100.7"))?;
/// assert_eq!(get_mock_cloud()?.get_public_ip()?.as_deref(), Some("198.51.100.7"));
/// reset_mock_cloud()?;
/// assert_eq!(get_mock_cloud()?.get_public_ip()?, None);
/// # Ok::<(), statehold::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when the system refuses a temporary folder.
pub fn get_mock_cloud() -> Result<MockCloud> {
    let mut place = CLOUD.lock();
    let generation = fork_generation();
    match &*place {
        Some((cloud, made)) if *made == generation && !cloud.is_closed() => return Ok(cloud.clone()),
        // It is the parent's, which goes on using it.
        Some((_, made)) if *made != generation => std::mem::forget(place.take()),
        _ => {}
    }
    let cloud = open_mock_cloud(MockCloudOptions::new())?;
    // Statics are not dropped, and its folder must not be left behind.
    AT_EXIT.call_once(|| at_exit(forget));
    *place = Some((cloud.clone(), generation));
    Ok(cloud)
}

/// Closes the mock cloud of this process; the next [`get_mock_cloud`] makes a new one.
///
/// # Errors
/// Those of [`MockCloud::close`].
pub fn reset_mock_cloud() -> Result<()> {
    let Some((cloud, made)) = CLOUD.lock().take() else { return Ok(()) };
    if made == fork_generation() {
        return cloud.close();
    }
    std::mem::forget(cloud);
    Ok(())
}

/// Removes what the cloud of the process has on the disk.
extern "C" fn forget() {
    // Another thread may be in the middle of something; then the folder is left behind, which harms nobody.
    let taken = CLOUD.try_lock().and_then(|mut place| place.take());
    if let Some((cloud, made)) = taken {
        if made == fork_generation() {
            _ = cloud.close();
        } else {
            std::mem::forget(cloud);
        }
    }
}
