//! Windows: locks belong to a handle there, so none can be lost through another, and there is no fork.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Creates a file, or fails when there is one. Its folder's access list decides who can read it.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// There is no fork.
pub(crate) fn fork_generation() -> u32 {
    0
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned())
}

/// Nothing to watch: see the module.
#[derive(Debug)]
pub(crate) struct Witness {
    path: PathBuf,
}

/// A handle's part in the watch over the locks.
#[derive(Debug)]
pub(crate) struct Watch;

impl Witness {
    /// The witness of the file at `path`.
    #[allow(clippy::unnecessary_wraps)] // elsewhere this can fail
    pub(crate) fn of(path: &Path, _created: Option<File>) -> crate::error::Result<Arc<Self>> {
        Ok(Arc::new(Self { path: path.to_owned() }))
    }

    /// The first bytes of the file.
    pub(crate) fn header(&self) -> io::Result<Vec<u8>> {
        let mut header = Vec::with_capacity(100);
        File::open(&self.path)?.take(100).read_to_end(&mut header)?;
        Ok(header)
    }

    /// Nothing to take.
    #[allow(clippy::unnecessary_wraps)] // elsewhere this can fail
    pub(crate) fn take(&self) -> io::Result<()> {
        Ok(())
    }

    /// Nothing to watch.
    #[allow(clippy::unnecessary_wraps)] // elsewhere this can fail
    pub(crate) fn watch(self: &Arc<Self>) -> io::Result<Option<Watch>> {
        Ok(Some(Watch))
    }

    /// Always.
    pub(crate) fn holds(&self) -> bool {
        true
    }
}

/// Who has the store open is not tracked here; every opening counts as the first.
pub(crate) fn register(_companion: &File) -> bool {
    true
}

/// A claim holds in this process only.
pub(crate) fn claim(_companion: &File, _slot: u64) -> bool {
    true
}

/// Gives a claim up.
pub(crate) fn unclaim(_companion: &File, _slot: u64) {}

/// A UNC path is on a network.
pub(crate) fn network_file_system(path: &Path) -> Option<String> {
    let text = path.to_string_lossy();
    let remote = text.starts_with(r"\\?\UNC\") || (text.starts_with(r"\\") && !text.starts_with(r"\\?\"));
    remote.then(|| "SMB".to_owned())
}

/// Has a function called when the process ends. Not here: what it would have removed stays.
pub(crate) fn at_exit(_function: extern "C" fn()) {}
