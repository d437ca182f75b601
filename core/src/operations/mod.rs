//! What is done with whole stores: backups, putting them back, looking for damage and for trouble to come.

mod backup;
mod doctor;
mod info;
mod integrity;
mod place;
mod restore;
mod vacuum;

pub use backup::{BackupOptions, BackupReport};
pub use doctor::{Finding, Level};
pub use info::{FacetInfo, Stats, StoreInfo};
pub use integrity::IntegrityCheck;
pub use restore::{RestoreOptions, RestoreReport};
