//! Opening: from a path to a store file that is checked, ours and of the present format.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::companion::Companion;
use super::connection::{connect, hold, holder, quick_check};
use super::failure::explain;
use super::found::{log_is_left, refuse_foreign};
use super::reader::Reader;
use super::schema::{self, Steps, newest};
use super::sys::{Session, Watch, Witness, create_private, network_file_system};
use super::{busy, crash_point};
use crate::error::{Error, Result};

/// Older versions can lose commits when several processes write and checkpoint (the WAL-reset bug).
const SQLITE_OLDEST: i32 = 3_051_003;

/// What opening is allowed to do.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) create: bool,
    pub(crate) follow_symlinks: bool,
    pub(crate) allow_network: bool,
    pub(crate) busy_timeout: Duration,
    /// The formats of the file.
    pub(crate) steps: Steps,
}

/// A store file that has been opened, checked and brought to the present format.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
    /// Holds the file, whatever becomes of the others.
    pub(crate) holder: Connection,
    pub(crate) witness: Arc<Witness>,
    pub(crate) watch: Watch,
    pub(crate) companion: Companion,
}

/// Opens or creates the store at `path`.
pub(crate) fn open(path: &Path, terms: &Terms) -> Result<Opened> {
    assert!(
        rusqlite::version_number() >= SQLITE_OLDEST,
        "statehold needs SQLite 3.51.3 or newer and was linked with {}",
        rusqlite::version()
    );
    let path = resolve(path, terms)?;
    let created = create_if_missing(&path, terms)?;
    let witness = Witness::of(&path, created)?;
    refuse_foreign(&path, &witness, terms.steps)?;
    let companion = Companion::open(&path)?;
    let alone = companion.lock_opening()?;
    let first = companion.register();
    let unclean = first && log_is_left(&path);
    let (connection, holder) = busy::with_patience(terms.busy_timeout, || {
        let connection = connect(&path)?;
        initialise(&connection, &path, terms.steps)?;
        hold(&connection, &path)?;
        Ok::<_, Error>((connection, holder(&path)?))
    })?;
    let watch = witness.watch().map_err(|error| Error::io("locking", &path, &error))?;
    let watch = watch.ok_or_else(|| Error::LocksLost { path: path.clone() })?;
    if unclean {
        quick_check(&connection, &path)?;
    }
    drop(alone);
    Ok(Opened { path, connection, holder, witness, watch, companion })
}

/// Lets `f` look at the store at `path` as of one moment, without becoming one of its users.
pub(crate) fn inspect<R>(path: &Path, terms: &Terms, f: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
    visit(path, terms, |session, path| {
        busy::with_patience(terms.busy_timeout, || session.execute_batch("BEGIN; SELECT 1 FROM meta"))
            .map_err(|error| explain(path, error))?;
        f(&Reader::new(session, path))
    })
}

/// Whether the write lock is free at some time within `patience`.
pub(crate) fn is_writable(path: &Path, terms: &Terms, patience: Duration) -> Result<bool> {
    visit(path, terms, |connection, path| {
        let begun = busy::with_patience(patience, || connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
        match begun.map_err(|error| explain(path, error)) {
            Ok(()) => Ok(true),
            Err(Error::Busy { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

fn visit<R>(path: &Path, terms: &Terms, f: impl FnOnce(&Session, &PathBuf) -> Result<R>) -> Result<R> {
    let path = resolve(path, terms)?;
    create_if_missing(&path, terms)?;
    // Dropped after the connection: with it, this process's locks on the file may go.
    let witness = Witness::of(&path, None)?;
    if refuse_foreign(&path, &witness, terms.steps)? == 0 {
        return Err(Error::NotAStore { path, reason: "it is empty".to_owned() });
    }
    let left = log_is_left(&path);
    let connection = connect(&path)?;
    // What the last user has left is the next user's to take over.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, left)
        .map_err(|error| explain(&path, error))?;
    f(&Session::new(connection), &path)
}

/// The absolute path of the file itself. An absolute path can't be taken for a URI (`file:…?nolock=1`)
/// or for one of SQLite's special names.
fn resolve(path: &Path, terms: &Terms) -> Result<PathBuf> {
    if path.as_os_str().is_empty() {
        return Err(Error::value("path", "it is empty; name a file"));
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(Error::value("path", "it has a NUL in it"));
    }
    if path.is_symlink() && !terms.follow_symlinks {
        return Err(Error::Io {
            action: "opening",
            path: path.to_owned(),
            reason: "it is a symbolic link, and follow_symlinks is off; name the file itself".to_owned(),
        });
    }
    let resolved = match path.canonicalize() {
        Ok(resolved) => resolved,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => {
            let absolute = std::path::absolute(path).map_err(|error| Error::io("opening", path, &error))?;
            let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
                return Err(Error::value("path", format!("{} names no file", path.display())));
            };
            let folder = folder.canonicalize().map_err(|error| Error::Io {
                action: "opening",
                path: path.to_owned(),
                reason: format!(
                    "its folder {} can't be used: {error}; create the folder first",
                    folder.display()
                ),
            })?;
            folder.join(name)
        }
        Err(error) => return Err(Error::io("opening", path, &error)),
    };
    if resolved.is_dir() {
        return Err(Error::NotAStore { path: resolved, reason: "it is a folder".to_owned() });
    }
    if resolved.exists() && !resolved.is_file() {
        return Err(Error::NotAStore {
            path: resolved,
            reason: "it is a device, a pipe or a socket".to_owned(),
        });
    }
    let folder = resolved.parent().unwrap_or(&resolved);
    if !terms.allow_network
        && let Some(kind) = network_file_system(folder)
    {
        return Err(Error::Io {
            action: "opening",
            path: resolved,
            reason: format!(
                "it is on a network file system ({kind}), where locks and shared memory can't be relied on; \
                 move it to a local disk, or set allow_network if only this process will ever use it"
            ),
        });
    }
    Ok(resolved)
}

/// Creates the file before SQLite does, so that it is private from its first moment; SQLite gives the
/// log and the index the same mode.
fn create_if_missing(path: &Path, terms: &Terms) -> Result<Option<std::fs::File>> {
    if path.exists() {
        return Ok(None);
    }
    if !terms.create {
        return Err(Error::Io {
            action: "opening",
            path: path.to_owned(),
            reason: "there is no such file, and create is off".to_owned(),
        });
    }
    match create_private(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(Error::io("creating", path, &error)),
    }
}

/// Creates or upgrades the tables in one transaction and sees to it that the file is in WAL mode.
pub(super) fn initialise(connection: &Connection, path: &Path, steps: Steps) -> Result<()> {
    let explain = |error| explain(path, error);
    crash_point::reach("file-made");
    let newest = newest(steps);
    if format(connection, path, newest)? < newest {
        connection.execute_batch("BEGIN IMMEDIATE").map_err(explain)?;
        let upgraded = format(connection, path, newest)
            .and_then(|found| {
                if found < newest {
                    schema::upgrade(connection, found, steps).map_err(explain)
                } else {
                    Ok(())
                }
            })
            .and_then(|()| connection.execute_batch("COMMIT").map_err(explain));
        crash_point::reach("tables-made");
        if let Err(error) = upgraded {
            let _ = connection.execute_batch("ROLLBACK");
            return Err(error);
        }
    }
    switch_to_wal(connection, path)
}

/// The file's format; 0 for an empty one.
fn format(connection: &Connection, path: &Path, supported: u32) -> Result<u32> {
    let explain = |error| explain(path, error);
    let pragma =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(explain);
    let (found, mark) = (pragma("user_version")?, pragma("application_id")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(explain)?;
    if mark != i64::from(schema::APPLICATION_ID) && (mark, found, tables) != (0, 0, 0) {
        let reason = "it is a SQLite database of another application".to_owned();
        return Err(Error::NotAStore { path: path.to_owned(), reason });
    }
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    if found > supported {
        return Err(Error::SchemaTooNew { path: path.to_owned(), found, supported });
    }
    Ok(found)
}

/// The switch needs the file alone for a moment, and SQLite does not always ask the busy handler then.
fn switch_to_wal(connection: &Connection, path: &Path) -> Result<()> {
    let start = Instant::now();
    loop {
        match ask_for_wal(connection).map_err(|error| explain(path, error)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Error::Io {
                    action: "opening",
                    path: path.to_owned(),
                    reason: format!(
                        "SQLite keeps it in journal mode {mode}, but a store needs WAL: is the file system able to share memory?"
                    ),
                });
            }
            Err(Error::Busy { .. }) if start.elapsed() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Asks for WAL mode and gives the mode that it then is in. The statement is run to its end, where it
/// writes: it has told the mode before, and failed to switch after all when the disk fails.
fn ask_for_wal(connection: &Connection) -> rusqlite::Result<String> {
    let mut ask = connection.prepare("PRAGMA journal_mode = wal")?;
    let mut rows = ask.query([])?;
    let mut mode = String::new();
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

#[cfg(test)]
#[path = "open_test.rs"]
mod tests;
