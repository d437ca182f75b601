//! A connection with its statements at hand.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::ptr::NonNull;

use rusqlite::{Connection, Statement};

use super::log_index::{HeaderPlace, LogHeader};
use super::write_first::WriteFirst;

/// A connection that keeps what was prepared on it. The statements of this crate are constants, so one is
/// found again by its address. rusqlite's own cache hashes and copies their texts at each call, which is 8 % of
/// the instructions of a small commit.
pub(crate) struct Session {
    /// The last used last. Dropped before the connection that they belong to.
    ready: RefCell<Vec<Ready>>,
    /// Where the header of the log's index is, once it was asked for.
    header: OnceCell<HeaderPlace>,
    /// In a place of its own, where it stays.
    connection: Box<Connection>,
    /// There for as long as the connection.
    write_first: Option<NonNull<WriteFirst>>,
}

struct Ready {
    sql: &'static str,
    /// In truth it lives no longer than the session.
    statement: Statement<'static>,
}

// SAFETY: a connection may be sent, and its statements are only ever sent with it and used through it.
unsafe impl Send for Session {}

impl Session {
    pub(crate) fn new(connection: Connection) -> Self {
        let (ready, header) = Default::default();
        Self { ready, header, connection: Box::new(connection), write_first: None }
    }

    /// One that is for nothing but transactions that write: it takes no locks of a reader.
    pub(crate) fn for_writing(connection: Connection) -> Self {
        let write_first = WriteFirst::install(&connection);
        Self { write_first, ..Self::new(connection) }
    }

    /// Whether SQLite may still read though the transaction has ended, and the lock with it that what is read was under.
    pub(crate) fn is_reading_unlocked(&self) -> bool {
        // SAFETY: the connection is open, and with it the file that this belongs to.
        self.write_first.is_some_and(|write_first| unsafe { write_first.as_ref() }.is_reading())
    }

    /// Lets `f` use the statement, which is prepared the first time. It is reset by what ran it; what was bound
    /// to it is forgotten.
    pub(crate) fn with<R>(
        &self,
        sql: &'static str,
        f: impl FnOnce(&mut Statement<'_>) -> R,
    ) -> rusqlite::Result<R> {
        // Taken out meanwhile, so that `f` may use the session as well.
        let mut ready = self.take(sql)?;
        let result = f(&mut ready.statement);
        ready.statement.clear_bindings();
        self.ready.borrow_mut().push(ready);
        Ok(result)
    }

    /// Runs a statement without parameters that gives no rows.
    #[allow(clippy::redundant_closure_for_method_calls)] // the method itself is of one lifetime only
    pub(crate) fn run(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.with(sql, |statement| statement.raw_execute()).flatten().map(drop)
    }

    /// The header of the log's index at this moment, by which it is seen whether anybody has committed. None where it tells
    /// nothing, before the connection has read for the first time, and while the header is being written.
    pub(crate) fn log_header(&self) -> Option<LogHeader> {
        if self.header.get().is_none() {
            let _ = self.header.set(HeaderPlace::of(&self.connection)?);
        }
        // SAFETY: the place is of this connection, which is open.
        unsafe { self.header.get()?.header() }
    }

    /// Whether that header still is `known`: nobody has committed since.
    #[inline]
    pub(crate) fn log_header_is(&self, known: &LogHeader) -> bool {
        // SAFETY: as above.
        self.header.get().is_some_and(|place| unsafe { place.is(known) })
    }

    fn take(&self, sql: &'static str) -> rusqlite::Result<Ready> {
        let mut ready = self.ready.borrow_mut();
        if let Some(at) = ready.iter().rposition(|ready| std::ptr::eq(ready.sql, sql)) {
            return Ok(ready.swap_remove(at));
        }
        let connection: *const Connection = &raw const *self.connection;
        // SAFETY: the connection is boxed and never handed out to be moved, and all statements are dropped
        // before it: by the order of the fields, or where `f` panics. Nobody else gets to see that lifetime,
        // as `with` lends a statement for any, and so for no known one.
        let connection: &'static Connection = unsafe { &*connection };
        let statement = connection.prepare_with_flags(sql, rusqlite::PrepFlags::SQLITE_PREPARE_PERSISTENT)?;
        Ok(Ready { sql, statement })
    }
}

impl Deref for Session {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: &str = "INSERT INTO t VALUES (?1)";
    const ALL: &str = "SELECT group_concat(n) FROM t";

    fn all(session: &Session) -> Option<String> {
        session.with(ALL, |all| all.query_row([], |row| row.get(0))).flatten().unwrap()
    }

    #[test]
    fn a_statement_is_prepared_once_and_forgets_what_was_bound() {
        let session = Session::new(Connection::open_in_memory().unwrap());
        session.execute_batch("CREATE TABLE t (n)").unwrap();
        for n in 0..3 {
            session.with(ADD, |add| add.execute([n])).flatten().unwrap();
        }
        session.run(ADD).unwrap();
        assert_eq!((all(&session).as_deref(), session.ready.borrow().len()), (Some("0,1,2"), 2));
        assert_eq!(session.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(4));
    }

    #[test]
    fn the_same_statement_may_be_used_within_itself() {
        let session = Session::new(Connection::open_in_memory().unwrap());
        session.execute_batch("CREATE TABLE t (n)").unwrap();
        let inner = session.with(ADD, |add| {
            add.raw_bind_parameter(1, 7).unwrap();
            session.with(ADD, |other| other.execute([8])).flatten().unwrap();
            add.raw_execute()
        });
        assert_eq!(inner, Ok(Ok(1)));
        assert_eq!(all(&session).as_deref(), Some("8,7"));
    }

    #[test]
    fn what_can_not_be_prepared_is_an_error_and_changes_nothing() {
        let session = Session::new(Connection::open_in_memory().unwrap());
        assert!(session.run(ADD).is_err());
        session.execute_batch("CREATE TABLE t (n)").unwrap();
        session.run(ADD).unwrap();
        let moved = std::thread::spawn(move || all(&session)).join().unwrap();
        assert_eq!(moved, None);
    }
}
