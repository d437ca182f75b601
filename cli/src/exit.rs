//! The exit codes, the same for every command.

use statehold::Error;

/// All went well, and the answer is yes where there was a question.
pub const OK: u8 = 0;
/// The answer is no: what was asked for isn't there, `verify` or `doctor` has found something, a check does not hold.
pub const NO: u8 = 1;
/// The command line, a name or a value is wrong; nothing was done.
pub const USAGE: u8 = 2;
/// What is stored does not allow it: a conflict, a transition that there isn't, a newer version. Nothing was written.
pub const REFUSED: u8 = 3;
/// Somebody else has the write lock or the lock of an environment. Nothing was written; try again.
pub const BUSY: u8 = 4;
/// The file is no store, damaged, or of a newer format.
pub const FILE: u8 = 5;
/// The system refused: no such file, no permission, no room, or a disk that fails.
pub const SYSTEM: u8 = 6;

/// The exit code of an error.
pub fn of(error: &Error) -> u8 {
    match error {
        Error::KeyNotFound { .. } | Error::NotFound { .. } => NO,
        Error::InvalidName { .. } | Error::InvalidValue { .. } | Error::Serialization { .. } => USAGE,
        Error::Busy { .. } | Error::Locked { .. } => BUSY,
        Error::Corrupt { .. } | Error::NotAStore { .. } | Error::SchemaTooNew { .. } => FILE,
        Error::StorageFull { .. }
        | Error::Io { .. }
        | Error::CommitUnknown { .. }
        | Error::LocksLost { .. }
        | Error::Forked { .. }
        | Error::Closed { .. } => SYSTEM,
        _ => REFUSED,
    }
}
