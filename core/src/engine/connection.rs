//! Connections that can be trusted, to a file that was looked at before. No other place opens SQLite.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::busy;
use super::failure::explain;
use super::sys::{Witness, log_vfs};
use crate::error::{Error, Result};

const PAGE_CACHE_KIB: i64 = 16 * 1024;

/// A hardened connection to a file that is known to be a store, or empty.
pub(crate) fn connect(path: &Path) -> Result<Connection> {
    let connection = harden(path)?;
    // This has SQLite read the schema, which takes longer than all else here.
    connection.pragma_update(None, "cache_size", -PAGE_CACHE_KIB).map_err(|error| explain(path, error))?;
    Ok(connection)
}

/// A connection that only holds the file, so that it stays in WAL mode with its locks whatever becomes of the
/// others: it never asks for a table, so SQLite never reads the schema for it.
pub(super) fn holder(path: &Path) -> Result<Connection> {
    let connection = harden(path)?;
    // Reading the header is a read as well.
    connection.pragma_query_value(None, "user_version", |_| Ok(())).map_err(|error| explain(path, error))?;
    Ok(connection)
}

fn harden(path: &Path) -> Result<Connection> {
    let explain = |error| explain(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags_and_vfs(path, flags, log_vfs()).map_err(explain)?;
    // SQLite falls back to a read-only descriptor when it gets no other, and says nothing.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(explain)? {
        return Err(Error::Io {
            action: "opening",
            path: path.to_owned(),
            reason: "it can only be read; check the permissions of the file and of its folder".to_owned(),
        });
    }
    connection.busy_handler(Some(busy::wait)).map_err(explain)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        // Plans do not depend on what is bound. SQLite would otherwise plan a listing anew at each call, which is a
        // quarter of what a listing of a hundred keys costs.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection.set_db_config(setting, on).map_err(explain)?;
    }
    for (pragma, value) in [("mmap_size", 0), ("cell_size_check", 1), ("wal_autocheckpoint", 0)] {
        connection.pragma_update(None, pragma, value).map_err(explain)?;
    }
    Ok(connection)
}

/// A connection for the writer: its first, or one that stands in for one that is no longer trusted.
pub(crate) fn reconnect(path: &Path, witness: &Witness) -> Result<Connection> {
    let connection = connect(path)?;
    hold(&connection, path)?;
    witness.take().map_err(|error| Error::io("locking", path, &error))?;
    Ok(connection)
}

/// Has the connection hold the file, by a first read: in WAL mode it does so from then on.
pub(super) fn hold(connection: &Connection, path: &Path) -> Result<()> {
    connection
        .query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0))
        .map(|_| ())
        .map_err(|error| explain(path, error))
}

/// Has SQLite look through the file until it finds something wrong.
pub(super) fn quick_check(connection: &Connection, path: &Path) -> Result<()> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| explain(path, error))?;
    if found == "ok" { Ok(()) } else { Err(Error::Corrupt { path: path.to_owned(), reason: found }) }
}
