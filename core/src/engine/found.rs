//! What is found at a path, looked at before SQLite touches it.

use std::io::Read;
use std::path::Path;

use super::schema::{self, Steps, newest};
use super::sys::Witness;
use crate::error::{Error, Result};

/// Looks at the header before SQLite touches the file: recovery of somebody else's database would
/// already change it. Our mark is set in the transaction that creates the tables, before the switch
/// to WAL, so a store always has it here. Gives the file's format; 0 for an empty file.
pub(super) fn refuse_foreign(path: &Path, witness: &Witness, steps: Steps) -> Result<u32> {
    let header = witness.header().map_err(|error| Error::io("reading", path, &error))?;
    let not_ours = |reason: &str| Err(Error::NotAStore { path: path.to_owned(), reason: reason.to_owned() });
    if header.is_empty() {
        return Ok(0);
    }
    if header.len() < 100 || &header[..16] != b"SQLite format 3\0" {
        if header.iter().all(|byte| *byte == 0) && was_being_made(path) {
            return Ok(0);
        }
        return not_ours("it is not a SQLite database");
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if number(68) != schema::APPLICATION_ID {
        return not_ours("it is a SQLite database of another application");
    }
    let found = number(60);
    let supported = newest(steps);
    if found > supported {
        return Err(Error::SchemaTooNew { path: path.to_owned(), found, supported });
    }
    Ok(found)
}

/// Whether SQLite was making the file when the power was lost, and undoes that now: beside it lies a rollback journal by
/// which it was empty before. Then the file may have its length already, and not what was written into it. Layout:
/// <https://sqlite.org/fileformat2.html#the_rollback_journal>.
fn was_being_made(path: &Path) -> bool {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    let mut header = [0; 20];
    let read = std::fs::File::open(journal).and_then(|mut journal| journal.read_exact(&mut header));
    // The last number is how many pages the file had.
    read.is_ok() && header[..8] == MAGIC && header[16..] == [0; 4]
}

/// Whether a log was left behind: the last user of the store did not get to close it.
pub(super) fn log_is_left(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|found| found.len() > 0)
}
