//! SQLite's errors in the words of this crate.

use std::path::Path;

use rusqlite::{Error as Sqlite, ErrorCode};

use crate::error::Error;

/// Which of our errors an error of SQLite is, outside of COMMIT.
#[allow(clippy::needless_pass_by_value)] // it fits `map_err` this way
pub(crate) fn explain(path: &Path, error: Sqlite) -> Error {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::Busy { path, waited: super::busy::waited() }
        }
        Some(ErrorCode::DatabaseCorrupt) => Error::Corrupt { path, reason },
        Some(ErrorCode::NotADatabase) => Error::NotAStore { path, reason },
        Some(ErrorCode::DiskFull) => Error::StorageFull { path, reason },
        Some(ErrorCode::TooBig) => Error::value("$", "it is larger than SQLite can store"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Error::Io {
            action: "writing to",
            path,
            reason: format!("{reason}; check the permissions of the file and of its folder"),
        },
        _ => Error::Io { action: "using", path, reason },
    }
}

/// Whether it was refused because of a lock that another has.
pub(crate) fn is_busy(error: &Sqlite) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// What an error of COMMIT means for the commit of `revision`.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn explain_commit(path: &Path, error: Sqlite, revision: u64) -> Error {
    match error.sqlite_error_code() {
        // The log could not take the frames or their sync failed: whether they reach the disk is open.
        Some(ErrorCode::SystemIoFailure) => Error::CommitUnknown { revision, reason: error.to_string() },
        _ => explain(path, error),
    }
}

/// Whether the whole transaction is in question, rather than the one statement.
pub(crate) fn ends_transaction(error: &Error) -> bool {
    matches!(
        error,
        Error::StorageFull { .. }
            | Error::Io { .. }
            | Error::Corrupt { .. }
            | Error::NotAStore { .. }
            | Error::Busy { .. }
    )
}
