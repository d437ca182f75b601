//! What is done with whole stores: backups, putting them back, looking for damage and for trouble to come.

mod backup;

mod place;
mod restore;

pub use backup::{BackupOptions, BackupReport};

pub use restore::{RestoreOptions, RestoreReport};
