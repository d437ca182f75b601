//! Lays the log's file out ahead of the commits that are synced.
//!
//! To sync a file that has grown, the file system has to write down its length and its blocks as well, which
//! takes half as long again as a sync of bytes that were overwritten. The log starts anew in place, so only a log
//! that gets longer than any before it grows; but that is each commit of a new store, and of one whose log was
//! cut back. So when a commit that will be synced goes past the end of the file, zeros are written there first, as
//! many bytes as the file has and at most 1 MiB, which the commits after it overwrite. To reserve the room without
//! writing it, by `fallocate`, would gain nothing: its blocks are marked as never written, and a sync writes down
//! that they no longer are.
//!
//! SQLite reads a log up to the first frame that is not of it. In zeros it finds none, no more than in what a log
//! before this one left there: <https://sqlite.org/fileformat2.html#walformat>. See
//! `docs/decisions/0026-log-laid-out-ahead.md`.

use std::ffi::c_int;

use super::gathering::Log;

/// The most that is laid out at once.
const MOST: u64 = 1 << 20;
/// What is written in one call.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// What is known of the end of the log's file.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// The file goes at least so far, as far as this connection knows: another one may have cut it, and then its
    /// syncs take as long as they do.
    end: u64,
    /// Where the last write was.
    at: u64,
    /// The commit before was synced, so the next one is expected to be.
    synced: bool,
}

impl Ahead {
    /// All that was written has been synced.
    pub(crate) fn synced(&mut self) {
        // The head of a log is synced whatever the durability of the commits.
        self.synced = self.at != 0;
    }

    /// Comes before a write of `length` bytes at `at`. What fails here is no harm: the write itself tells of it.
    pub(crate) fn make_room(&mut self, log: &mut impl Log, at: u64, length: usize) {
        let wanted = at + length as u64;
        let synced = std::mem::take(&mut self.synced);
        self.at = at;
        if at == 0 {
            // The log starts anew; its file may have been cut.
            self.end = 0;
        } else if synced && wanted > self.end {
            // Without the length, or without room, it is not tried again until the log starts anew.
            self.end = log.length().and_then(|end| lay_out(log, end, wanted)).unwrap_or(u64::MAX);
        }
    }
}

/// Gives the new end.
fn lay_out(log: &mut impl Log, end: u64, wanted: u64) -> Result<u64, c_int> {
    if wanted <= end {
        return Ok(end);
    }
    let target = wanted + end.min(MOST);
    let mut at = end;
    while at < target {
        let piece = ZEROS.len().min(usize::try_from(target - at).unwrap_or(usize::MAX));
        log.write(&ZEROS[..piece], at)?;
        at += piece as u64;
    }
    Ok(target)
}

#[cfg(test)]
#[path = "ahead_test.rs"]
mod tests;
