//! The header of the log's index: what SQLite itself tells by whether anybody has committed. It lies in memory that
//! all processes share that have the store open, so that looking costs a few nanoseconds.
//!
//! Layout and how it is written: "WAL-Index File Format" in <https://sqlite.org/walformat.html>, and
//! `walIndexWriteHdr` and `walIndexTryHdr` in <https://sqlite.org/src/file/src/wal.c>. The memory is asked for as SQLite
//! asks for it, from the file's own functions: to open the index file a second time would, when that is closed, drop
//! the locks of the process.

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering, fence};

use parking_lot::Mutex;
use rusqlite::{Connection, ffi};

use super::commit_sign::CommitSign;
use super::log_vfs::LastFrame;

/// How long one copy of the header is.
const WORDS: usize = 6;
/// The index comes in regions of this length; the header is at the beginning of the first.
const REGION: c_int = 32_768;
/// Where the counter of commits, the sums of the last frame, the salts of the log and the sums of the header are.
const CHANGES: usize = 8;
const FRAME_SUMS: usize = 24;
const SALTS: usize = 32;
const SUMS: usize = 40;

/// A header that was whole when it was read. As long as it is there, nobody has committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogHeader(pub(crate) [u64; WORDS]);

impl LogHeader {
    /// One that was read elsewhere.
    pub(crate) fn from_bytes(bytes: [u8; 8 * WORDS]) -> Self {
        let mut header = Self([0; WORDS]);
        for (word, bytes) in header.0.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        header
    }

    /// The number at a place that is a multiple of 4.
    fn number(&self, at: usize) -> u32 {
        let bytes = self.0[at / 8].to_ne_bytes();
        u32::from_ne_bytes(bytes.as_chunks::<4>().0[at % 8 / 4])
    }

    /// Whether it is as SQLite wrote it, by the sums at its end.
    fn is_whole(&self) -> bool {
        let (mut one, mut other) = (0_u32, 0_u32);
        for at in (0..SUMS).step_by(8) {
            one = one.wrapping_add(self.number(at)).wrapping_add(other);
            other = other.wrapping_add(self.number(at + 4)).wrapping_add(one);
        }
        self.number(0) != 0 && (self.number(SUMS), self.number(SUMS + 4)) == (one, other)
    }

    /// Whether it tells nothing of what is in the store: it is the same after each recovery of an empty log. Any other
    /// has salts, drawn anew whenever the log begins anew.
    fn is_blank(&self) -> bool {
        self.number(SALTS) == 0 && self.number(SALTS + 4) == 0
    }

    /// Whether this is what one commit on top of `before` has made of it, of which `frame` was the last: nobody else
    /// has committed since `before`, neither before that one nor after.
    pub(crate) fn follows(&self, before: &Self, frame: &LastFrame) -> bool {
        self.moment() == before.moment_after(frame)
    }

    /// The moment that this is the header of.
    pub(crate) fn moment(&self) -> Moment {
        let salts = self.0[SALTS / 8].to_ne_bytes();
        let sums = [FRAME_SUMS, FRAME_SUMS + 4].map(|at| self.number(at));
        Moment { changes: self.number(CHANGES), frame: LastFrame { salts, sums } }
    }

    /// The moment after one commit on top of this, of which `frame` was the last.
    pub(crate) fn moment_after(&self, frame: &LastFrame) -> Moment {
        Moment { changes: self.number(CHANGES).wrapping_add(1), frame: *frame }
    }

    /// The header at this moment, as a connection has it in memory that has read from the store. None if it is being
    /// written, which it never is while the connection holds the write lock, and where the index is not in shared memory.
    pub(crate) fn of(connection: &Connection) -> Option<Self> {
        // SAFETY: the connection, and with it the memory, is there until this returns.
        let copies = unsafe { copies_of(connection)?.as_ref() };
        read(copies).filter(Self::is_whole)
    }
}

/// What a commit leaves behind in the header, as far as who commits can know it before: by the number of commits and
/// the last frame it is told from all other moments of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    changes: u32,
    frame: LastFrame,
}

impl Moment {
    /// It in three words.
    pub(crate) fn words(&self) -> [u64; 3] {
        let [one, other] = self.frame.sums.map(u64::from);
        [u64::from(self.changes), u64::from_le_bytes(self.frame.salts), one << 32 | other]
    }
}

/// A header of which both copies are the same.
fn read(copies: &[AtomicU64; 2 * WORDS]) -> Option<LogHeader> {
    let (first, second) = copies.split_at(WORDS);
    let read = |copy: &[AtomicU64]| {
        let mut header = LogHeader([0; WORDS]);
        for (word, shared) in header.0.iter_mut().zip(copy) {
            *word = shared.load(Ordering::Relaxed);
        }
        header
    };
    // SQLite writes the second copy first: if both are the same, nobody was in the middle of it.
    let header = read(first);
    fence(Ordering::Acquire);
    let same = read(second) == header;
    fence(Ordering::Acquire);
    same.then_some(header)
}

/// Whether both are `known`. What is read after this is read after the look, and what was read before, before it.
#[inline]
fn is(copies: &[AtomicU64; 2 * WORDS], known: &LogHeader) -> bool {
    fence(Ordering::Acquire);
    let (first, second) = copies.split_at(WORDS);
    let differs = |copy: &[AtomicU64]| {
        copy.iter()
            .zip(known.0)
            .fold(0, |differs, (word, known)| differs | (word.load(Ordering::Relaxed) ^ known))
    };
    // The first copy is written last, and is the one that counts.
    let differs = differs(first) | differs(second);
    fence(Ordering::Acquire);
    differs == 0
}

/// Where a connection has the header in memory.
pub(super) struct HeaderPlace(NonNull<[AtomicU64; 2 * WORDS]>);

impl HeaderPlace {
    /// None where the index is not in shared memory, or the connection has not read yet.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        copies_of(connection).map(Self)
    }

    /// The header, if it is whole and tells something.
    ///
    /// # Safety
    /// The connection that this is of is open.
    pub(super) unsafe fn header(&self) -> Option<LogHeader> {
        // SAFETY: see `LogIndex::copies`; the connection is open.
        telling(unsafe { self.0.as_ref() })
    }

    /// Whether the header still is `known`, as [`LogIndex::is`].
    ///
    /// # Safety
    /// The connection that this is of is open.
    #[inline]
    pub(super) unsafe fn is(&self, known: &LogHeader) -> bool {
        // SAFETY: as above.
        is(unsafe { self.0.as_ref() }, known)
    }
}

/// A header that is whole and tells something.
fn telling(copies: &[AtomicU64; 2 * WORDS]) -> Option<LogHeader> {
    read(copies).filter(|header| header.is_whole() && !header.is_blank())
}

/// Both copies of the header, as a connection has them in memory that has read from the store; they stay there for as
/// long as it is open. None where the index is not in shared memory.
fn copies_of(connection: &Connection) -> Option<NonNull<[AtomicU64; 2 * WORDS]>> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    let mut region: *mut c_void = ptr::null_mut();
    // SAFETY: the handle is live, without a name it is the main database that is meant, and this opcode writes one
    // pointer: to its file, which is open for as long as the connection. Its functions are those of the system's VFS,
    // but for what a writer replaces, and it has shared memory from its second version on. SQLite has mapped the region
    // already when the connection read, and is not being called meanwhile; asked not to extend it, it gives none if
    // there is none.
    unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            ptr::null(),
            ffi::SQLITE_FCNTL_FILE_POINTER,
            ptr::from_mut(&mut file).cast(),
        );
        let methods = file.as_ref()?.pMethods.as_ref()?;
        let map = methods.xShmMap.filter(|_| methods.iVersion >= 2)?;
        if map(file, 0, REGION, 0, (&raw mut region).cast()) != ffi::SQLITE_OK {
            return None;
        }
    }
    NonNull::new(region.cast())
}

/// The index of a store's log.
pub(crate) struct LogIndex {
    /// Keeps the memory where it is: it is given back after the last connection of this process to the file.
    connection: Mutex<Connection>,
    /// Both copies of the header, one after the other.
    copies: NonNull<[AtomicU64; 2 * WORDS]>,
}

// SAFETY: the memory is there for as long as the connection, which is behind a mutex, and is only read, by atomics.
unsafe impl Send for LogIndex {}
// SAFETY: as above.
unsafe impl Sync for LogIndex {}

impl LogIndex {
    /// The index as this connection uses it. The connection must have read from the store. It is given back where the
    /// index is not in shared memory.
    #[allow(clippy::result_large_err)] // what was moved in is moved out
    pub(crate) fn of(connection: Connection) -> Result<Self, Connection> {
        match copies_of(&connection) {
            Some(copies) => Ok(Self { connection: Mutex::new(connection), copies }),
            None => Err(connection),
        }
    }

    fn copies(&self) -> &[AtomicU64; 2 * WORDS] {
        // SAFETY: SQLite maps a region once, at the beginning of a page, and leaves it there until the last connection
        // of the process to the file is closed, so for longer than `self`. It is longer than this. SQLite, here and in
        // other processes, changes it at any time, which is what atomics are for.
        unsafe { self.copies.as_ref() }
    }

    /// Whether the header still is `known`: nobody has committed since. What is read after this is read after the look,
    /// and what was read before, before it.
    #[inline]
    pub(crate) fn is(&self, known: &LogHeader) -> bool {
        is(self.copies(), known)
    }

    /// The header, if it is whole and tells something.
    pub(crate) fn header(&self) -> Option<LogHeader> {
        telling(self.copies())
    }

    /// The header for who looks at it from elsewhere, where that can be had.
    pub(crate) fn sign(&self) -> Option<CommitSign> {
        CommitSign::at(self.copies.cast())
    }

    /// Has SQLite give an empty log salts, so that the header tells something; of a log that is not empty, it is a
    /// checkpoint. Waits for nobody, and does no harm where it fails.
    pub(crate) fn stamp(&self) {
        let connection = self.connection.lock();
        // Unlike the pragma, this does not read the schema first.
        // SAFETY: the handle is live while the connection is locked, the name is NUL-terminated, and what is not asked
        // for may be null.
        unsafe {
            ffi::sqlite3_wal_checkpoint_v2(
                connection.handle(),
                c"main".as_ptr(),
                ffi::SQLITE_CHECKPOINT_TRUNCATE,
                ptr::null_mut(),
                ptr::null_mut(),
            );
        }
    }

    /// Whether the header is whole and tells nothing.
    pub(crate) fn is_blank(&self) -> bool {
        self.copies().iter().enumerate().all(|(at, word)| {
            // The salts are the fifth word of each copy.
            at % WORDS != SALTS / 8 || word.load(Ordering::Relaxed) == 0
        })
    }
}

#[cfg(test)]
#[path = "log_index_test.rs"]
mod tests;
