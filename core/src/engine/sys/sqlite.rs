//! The one thing that SQLite's C API offers and rusqlite does not.

use rusqlite::{Connection, ffi};

/// A number that changes when another connection, in any process, has committed since it was last
/// read inside a transaction. Unlike `PRAGMA data_version` it counts this connection's commits too.
/// It only looks at what the pager already knows, so it must be asked inside a transaction.
///
/// Source: `SQLITE_FCNTL_DATA_VERSION` in <https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html>.
pub(crate) fn data_version(connection: &Connection) -> u32 {
    let mut version: std::ffi::c_uint = 0;
    // SAFETY: the handle is live for as long as `connection` is borrowed, without a name it is the main
    // database that is meant, and this opcode writes one unsigned int through the pointer.
    unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            std::ptr::null(),
            ffi::SQLITE_FCNTL_DATA_VERSION,
            std::ptr::from_mut(&mut version).cast(),
        );
    }
    version
}
