//! A VFS of SQLite's that writes each commit to the log in one piece, and lays the log's file out ahead; how, and why
//! that is safe, is told in [`gathering`](crate::engine::gathering) and [`ahead`](crate::engine::ahead). It is the system's own, but for the file of the log. The
//! interface is described at <https://sqlite.org/vfs.html>.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use rusqlite::{Connection, ffi};

use crate::engine::ahead::Ahead;
use crate::engine::gathering::{Gathering, HEADER, Log};

/// The function of the base for a file of the base.
macro_rules! method {
    ($file:expr, $name:ident) => {
        (*(*$file).pMethods).$name.expect("every file has it")
    };
}

const NAME: &CStr = c"statehold";
/// The system's own, whatever another user of the library has made its default.
const BASE: &CStr = if cfg!(windows) { c"win32" } else { c"unix" };

/// The name to open connections by.
pub(crate) fn log_vfs() -> &'static CStr {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        // SAFETY: the name is NUL-terminated; SQLite's own VFS objects live as long as the program.
        let base = unsafe { ffi::sqlite3_vfs_find(BASE.as_ptr()).as_ref() };
        let base = base.expect("SQLite is built with the VFS of the system");
        let prefix = c_int::try_from(size_of::<LogFile>()).expect("it is a few words");
        // All but the opening of files is left to the functions of the base. They get this object where they
        // would get their own; the built-in ones look at nothing in it but the application's data, which
        // only their xOpen does, and that one is called with its own object.
        let ours = ffi::sqlite3_vfs {
            szOsFile: prefix + base.szOsFile,
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            pAppData: ptr::from_ref(base).cast_mut().cast(),
            xOpen: Some(open),
            ..*base
        };
        // SAFETY: the object is never freed, and its functions keep to SQLite's contract.
        let result = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) };
        assert_eq!(result, ffi::SQLITE_OK, "registering a VFS only fails without memory");
    });
    NAME
}

/// The frame that ends a commit, as far as the log's index tells of it: together it is no other frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastFrame {
    /// Of the log, as they are in the file and in the index.
    pub(crate) salts: [u8; 8],
    /// Over all of the log up to and with this frame.
    pub(crate) sums: [u32; 2],
}

impl LastFrame {
    fn of(header: &[u8; HEADER]) -> Self {
        let (words, _) = header.as_chunks::<4>();
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[8..16]);
        Self { salts, sums: [words[4], words[5]].map(u32::from_be_bytes) }
    }
}

/// Runs `commit`, which runs the COMMIT of this connection, and writes what it appends to the log in one piece. Gives
/// the last frame of it; none if it had nothing to append.
pub(crate) fn in_one_write<E>(
    connection: &Connection,
    commit: impl FnOnce() -> Result<(), E>,
) -> Result<Option<LastFrame>, E> {
    let Some(mut log) = LogFile::of(connection) else { return commit().map(|()| None) };
    let gathering = Committing::begin(log);
    commit()?;
    assert!(gathering.end(), "a commit was told to others before it was written");
    // SAFETY: as in `begin`; SQLite has returned, and a COMMIT does not close the log.
    let ended = unsafe { log.as_mut() }.gathering.ended();
    Ok(ended.map(LastFrame::of))
}

/// Gathers for as long as it lives.
struct Committing(NonNull<LogFile>);

impl Committing {
    fn begin(mut log: NonNull<LogFile>) -> Self {
        // SAFETY: see `LogFile::of`; nobody else has a reference to it, as SQLite is not being called.
        unsafe { log.as_mut() }.gathering.begin();
        Self(log)
    }

    /// True if all was written.
    fn end(&self) -> bool {
        let mut log = self.0;
        // SAFETY: as in `begin`; SQLite has returned, and a COMMIT does not close the log.
        unsafe { log.as_mut() }.gathering.end()
    }
}

impl Drop for Committing {
    fn drop(&mut self) {
        self.end();
    }
}

/// The log's file as SQLite sees it. The file of the base follows in the same allocation, which SQLite makes
/// with the size that the VFS asks for, aligned to 8 bytes.
#[repr(C, align(8))]
struct LogFile {
    file: ffi::sqlite3_file,
    gathering: Gathering,
    ahead: Ahead,
}

impl LogFile {
    /// The log of a connection, if it is one of ours: it lives until the connection leaves WAL mode or is closed.
    fn of(connection: &Connection) -> Option<NonNull<Self>> {
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        // SAFETY: the handle is live while `connection` is borrowed, the name is NUL-terminated, and this
        // opcode writes one pointer: to a file of this connection, whose methods tell whose it is.
        unsafe {
            ffi::sqlite3_file_control(
                connection.handle(),
                c"main".as_ptr(),
                ffi::SQLITE_FCNTL_JOURNAL_POINTER,
                ptr::from_mut(&mut file).cast(),
            );
            let ours = file.as_ref().is_some_and(|file| ptr::eq(file.pMethods, &raw const METHODS));
            NonNull::new(file.cast()).filter(|_| ours)
        }
    }

    /// What is gathered, and the file to which it goes.
    ///
    /// # Safety
    /// `file` was made by `open`, and nobody else uses it meanwhile.
    unsafe fn parts<'a>(file: *mut ffi::sqlite3_file) -> (&'a mut Gathering, Base<'a>) {
        // SAFETY: `open` has made both parts.
        unsafe {
            let Self { gathering, ahead, .. } = &mut *file.cast::<Self>();
            (gathering, Base { file: Self::base(file), ahead })
        }
    }

    /// The file of the base.
    ///
    /// # Safety
    /// `file` is the beginning of an allocation that `open` got from SQLite.
    unsafe fn base(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
        // SAFETY: the allocation holds both.
        unsafe { file.cast::<Self>().add(1).cast() }
    }
}

/// The base's file, for what is gathered.
struct Base<'a> {
    file: *mut ffi::sqlite3_file,
    ahead: &'a mut Ahead,
}

impl Log for Base<'_> {
    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), c_int> {
        let mut plain = Plain(self.file);
        self.ahead.make_room(&mut plain, at, bytes.len());
        plain.write(bytes, at)
    }

    fn length(&mut self) -> Result<u64, c_int> {
        Plain(self.file).length()
    }
}

/// The base's file as it is.
struct Plain(*mut ffi::sqlite3_file);

impl Log for Plain {
    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), c_int> {
        let at = at.cast_signed();
        let length = c_int::try_from(bytes.len()).map_err(|_| ffi::SQLITE_TOOBIG)?;
        // SAFETY: the base has opened the file, and the bytes outlive the call.
        let result = unsafe { method!(self.0, xWrite)(self.0, bytes.as_ptr().cast(), length, at) };
        if result == ffi::SQLITE_OK { Ok(()) } else { Err(result) }
    }

    fn length(&mut self) -> Result<u64, c_int> {
        let mut length = 0;
        // SAFETY: the base has opened the file, and writes one number.
        let result = unsafe { method!(self.0, xFileSize)(self.0, &raw mut length) };
        if result == ffi::SQLITE_OK { Ok(length.cast_unsigned()) } else { Err(result) }
    }
}

/// Opens the log in our way and everything else as the base does.
unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this with the object that was registered, whose data is the base, and with
    // memory for a file of the size that the object asks for; the rest is passed on as it came.
    unsafe {
        let base: *mut ffi::sqlite3_vfs = (*vfs).pAppData.cast();
        let open = (*base).xOpen.expect("every VFS opens files");
        if flags & ffi::SQLITE_OPEN_WAL == 0 {
            return open(base, name, file, flags, out);
        }
        let inner = LogFile::base(file);
        // SQLite gives zeroed memory, but a VFS need not rely on it: without methods nothing is closed.
        (*inner).pMethods = ptr::null();
        let result = open(base, name, inner, flags, out);
        if (*inner).pMethods.is_null() {
            (*file).pMethods = ptr::null();
        } else {
            let log = LogFile {
                file: ffi::sqlite3_file { pMethods: &raw const METHODS },
                gathering: Gathering::default(),
                ahead: Ahead::default(),
            };
            file.cast::<LogFile>().write(log);
        }
        result
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // The first version is all that a log needs: shared memory and mappings belong to the database's file.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: `open` made the file, SQLite passes so many bytes, and uses a file from one thread at a time.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length.unsigned_abs() as usize);
        let (gathering, mut base) = LogFile::parts(file);
        gathering.write(&mut base, bytes, at.cast_unsigned()).err().unwrap_or(ffi::SQLITE_OK)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the file, and SQLite does not use it after this.
    unsafe {
        let base = LogFile::base(file);
        let result = method!(base, xClose)(base);
        ptr::drop_in_place(file.cast::<LogFile>());
        result
    }
}

/// Functions that do what the base does, after what is held has been written if they look at the content.
macro_rules! passed_on {
    ($($settles:literal $name:ident = $method:ident($($arg:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> c_int {
            // SAFETY: `open` made the file; the arguments are passed on as they came.
            unsafe {
                if $settles {
                    let (gathering, mut base) = LogFile::parts(file);
                    if let Err(error) = gathering.settle(&mut base) {
                        return error;
                    }
                }
                let base = LogFile::base(file);
                method!(base, $method)(base $(, $arg)*)
            }
        }
    )*};
}

passed_on! {
    true read = xRead(into: *mut c_void, length: c_int, at: i64);
    true truncate = xTruncate(size: i64);
    true settled_sync = xSync(flags: c_int);
    true file_size = xFileSize(size: *mut i64);
    true file_control = xFileControl(operation: c_int, argument: *mut c_void);
    false lock = xLock(level: c_int);
    false unlock = xUnlock(level: c_int);
    false check_reserved_lock = xCheckReservedLock(result: *mut c_int);
    false sector_size = xSectorSize();
    false device_characteristics = xDeviceCharacteristics();
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: `open` made the file.
    unsafe {
        let result = settled_sync(file, flags);
        if result == ffi::SQLITE_OK {
            LogFile::parts(file).1.ahead.synced();
        }
        result
    }
}

#[cfg(test)]
#[path = "log_vfs_test.rs"]
mod tests;
