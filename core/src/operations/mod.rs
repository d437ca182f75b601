//! What is done with whole stores: backups, putting them back, looking for damage and for trouble to come.

mod backup;
mod doctor;
mod export;
mod import;
mod info;
mod place;
mod restore;
mod upgrade;
mod vacuum;
mod verify;

pub use backup::{BackupOptions, BackupReport};
pub use doctor::{Finding, Level};
pub use export::{ExportOptions, ExportReport, TransferProgress};
pub use import::{ImportOptions, ImportReport};
pub use info::{FacetInfo, Stats, StoreInfo};
pub use restore::{RestoreOptions, RestoreReport};
pub use upgrade::{UpgradeOptions, UpgradeReport};
pub use verify::{StoreCheck, VerifyOptions};
