//! Has a connection that only ever writes take the lock of the writer first, and no lock of a reader.
//!
//! SQLite begins a write transaction as a reader. In the log's index it locks one of the marks that tell how far readers
//! read, moves it, unlocks it, locks it for reading, and only then asks for the lock of the writer; at the end it unlocks
//! both. That makes six calls to the system, a quarter of the time of a small commit that is not synced. The locks and what
//! they are for: "WAL-Index Locks" in <https://sqlite.org/walformat.html>, and `walTryBeginRead`, `walCheckpoint` and
//! `walRestartLog` in <https://sqlite.org/src/file/src/wal.c>.
//!
//! Who has the lock of the writer needs no mark, and so no lock on one. A mark keeps others from two things. From
//! beginning the log anew, or setting up its index: only who has the lock of the writer may do either. And from moving
//! frames into the file that are newer than what the mark's owner reads: there are none. What the writer reads is the last
//! commit, and nobody can add one. What it reads of the file is what a checkpoint has put there before it began; one that
//! runs meanwhile moves frames that the writer reads from the log. So the file's functions are replaced by ones that, when
//! SQLite asks to read, take the lock of the writer, and, if they get it, say yes. SQLite looks after that whether its
//! copy of the index's header still is the present one, which then holds until the end. When it asks for the writer's
//! lock later, it has it already. If somebody else is writing, all goes as SQLite has it.
//!
//! To move a mark is refused as if a reader had it, once for each slot and transaction: SQLite makes do with an older
//! mark. What a checkpoint and a recovery do with the marks is let through, and so is all else.
//!
//! It would be wrong for SQLite to go on reading when the lock of the writer is gone, as it does if a query is still under
//! way at COMMIT: see [`WriteFirst::is_reading`].

use std::cell::RefCell;
use std::ffi::c_int;
use std::ptr::{self, NonNull};

use rusqlite::{Connection, ffi};

/// The numbers of the locks.
const WRITE: c_int = 0;
const CHECKPOINT: c_int = 1;
const READ: c_int = 3;
/// How many marks there are that SQLite may try to move; the first lock of a reader has none.
const MARKS: u32 = 4;

/// What is asked of a lock, or of several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ask {
    first: c_int,
    count: c_int,
    flags: c_int,
}

const TAKE: c_int = ffi::SQLITE_SHM_LOCK | ffi::SQLITE_SHM_EXCLUSIVE;
const LEAVE: c_int = ffi::SQLITE_SHM_UNLOCK | ffi::SQLITE_SHM_EXCLUSIVE;
const SHARE: c_int = ffi::SQLITE_SHM_LOCK | ffi::SQLITE_SHM_SHARED;
const UNSHARE: c_int = ffi::SQLITE_SHM_UNLOCK | ffi::SQLITE_SHM_SHARED;

/// Who has the lock of the writer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Write {
    #[default]
    Nobody,
    /// This, for SQLite, which has asked to read.
    Early,
    /// SQLite, as far as it knows.
    Asked,
}

/// The locks of one connection.
#[derive(Debug, Default)]
struct Locks {
    write: Write,
    /// The lock of a reader that SQLite believes to have.
    pretended: Option<c_int>,
    /// How often moving a mark was refused in this transaction.
    refused: u32,
    /// Whether it checkpoints or recovers.
    checkpoints: bool,
}

impl Locks {
    /// Answers SQLite, by asking `real` where that is needed.
    fn answer(&mut self, ask: Ask, mut real: impl FnMut(Ask) -> c_int) -> c_int {
        let write = |flags| Ask { first: WRITE, count: 1, flags };
        match ask {
            Ask { first: WRITE, flags: TAKE, .. } => {
                let result = if self.write == Write::Early { ffi::SQLITE_OK } else { real(ask) };
                if result == ffi::SQLITE_OK {
                    self.write = Write::Asked;
                }
                result
            }
            Ask { first: WRITE, flags: LEAVE, .. } => {
                (self.write, self.refused) = (Write::Nobody, 0);
                real(ask)
            }
            Ask { first: CHECKPOINT, .. } => {
                let result = real(ask);
                if result == ffi::SQLITE_OK {
                    self.checkpoints = ask.flags == TAKE;
                }
                result
            }
            Ask { first: READ.., count: 1, flags: TAKE } if !self.checkpoints && self.refused < MARKS => {
                self.refused += 1;
                ffi::SQLITE_BUSY
            }
            Ask { first: READ.., flags: SHARE, .. } => {
                if self.write == Write::Nobody && real(write(TAKE)) == ffi::SQLITE_OK {
                    self.write = Write::Early;
                }
                if self.write == Write::Nobody {
                    return real(ask);
                }
                self.pretended = Some(ask.first);
                ffi::SQLITE_OK
            }
            Ask { first, flags: UNSHARE, .. } if self.pretended == Some(first) => {
                self.pretended = None;
                if self.write == Write::Early {
                    (self.write, self.refused) = (Write::Nobody, 0);
                    return real(write(LEAVE));
                }
                ffi::SQLITE_OK
            }
            _ => real(ask),
        }
    }
}

/// The functions of a file, which SQLite finds the file's locks by. It is freed when the file is closed.
#[repr(C)]
pub(super) struct WriteFirst {
    /// In the first place: SQLite takes this for all there is.
    methods: ffi::sqlite3_io_methods,
    base: &'static ffi::sqlite3_io_methods,
    locks: RefCell<Locks>,
}

impl WriteFirst {
    /// Has the connection write first from now on. It must be open for nothing but writing. None where SQLite does not
    /// lock that way.
    pub(super) fn install(connection: &Connection) -> Option<NonNull<Self>> {
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        // SAFETY: the handle is live, without a name it is the main database that is meant, and this opcode writes one
        // pointer: to the file, which is open for as long as the connection. Its functions are a static of the VFS of
        // the system. SQLite is not being called meanwhile, so nobody uses the file while its functions are replaced, by
        // a copy of which two differ.
        unsafe {
            ffi::sqlite3_file_control(
                connection.handle(),
                ptr::null(),
                ffi::SQLITE_FCNTL_FILE_POINTER,
                ptr::from_mut(&mut file).cast(),
            );
            let file = file.as_mut()?;
            let base = file.pMethods.as_ref().filter(|base| base.iVersion >= 2)?;
            base.xShmLock?;
            let methods = ffi::sqlite3_io_methods { xClose: Some(close), xShmLock: Some(lock), ..*base };
            let ours = Box::new(Self { methods, base, locks: RefCell::default() });
            let ours = NonNull::from(Box::leak(ours));
            file.pMethods = ours.as_ptr().cast();
            Some(ours)
        }
    }

    /// Whether SQLite reads, or believes that it may, without the lock of the writer.
    pub(super) fn is_reading(&self) -> bool {
        let locks = self.locks.borrow();
        locks.pretended.is_some() && locks.write == Write::Nobody
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: this is called for no file but one that `install` gave its functions, which are there until it is closed;
    // SQLite uses a file from one thread at a time, and its functions do not call each other.
    unsafe {
        let this = &*(*file).pMethods.cast::<WriteFirst>();
        let base = this.base.xShmLock.expect("it is not installed without");
        let real = |ask: Ask| base(file, ask.first, ask.count, ask.flags);
        this.locks.borrow_mut().answer(Ask { first, count, flags }, real)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `lock`; the box was leaked by `install`, and after this the file has its old functions.
    unsafe {
        let this = Box::from_raw((*file).pMethods.cast::<WriteFirst>().cast_mut());
        (*file).pMethods = this.base;
        this.base.xClose.expect("every file has it")(file)
    }
}

#[cfg(test)]
#[path = "write_first_test.rs"]
mod tests;
