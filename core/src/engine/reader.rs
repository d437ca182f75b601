//! Putting questions to a connection: parameters in, rows out.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};

use super::busy;
use super::failure::explain;
use super::sys::Session;
use crate::error::{Error, Result};

/// Readers of a WAL file wait only for the moment of recovery after a crash.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A parameter of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Int(i64),
    Text(&'a str),
    /// Comes after every text: SQLite sorts bytes behind them.
    Highest,
}

impl rusqlite::ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Highest => ValueRef::Blob(&[]),
        }))
    }
}

/// A row of a result, valid until the next one is read. What reads a column is inlined where a row is decoded: in a
/// listing it is called twice a key, and the calls would cost a tenth of it.
pub(crate) struct Row<'a> {
    row: &'a rusqlite::Row<'a>,
    path: &'a PathBuf,
}

/// A column: JSON text or bytes, as a value column has them.
pub(crate) enum Column<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Row<'a> {
    #[cold]
    fn damaged(&self, column: usize) -> Error {
        Error::Corrupt {
            path: self.path.clone(),
            reason: format!("column {column} of a row holds what it can't hold"),
        }
    }

    #[inline]
    fn value(&self, column: usize) -> Result<ValueRef<'a>> {
        self.row.get_ref(column).map_err(|_| self.damaged(column))
    }

    #[inline]
    pub(crate) fn int(&self, column: usize) -> Result<i64> {
        self.maybe_int(column)?.ok_or_else(|| self.damaged(column))
    }

    #[inline]
    pub(crate) fn maybe_int(&self, column: usize) -> Result<Option<i64>> {
        match self.value(column)? {
            ValueRef::Integer(number) => Ok(Some(number)),
            ValueRef::Null => Ok(None),
            _ => Err(self.damaged(column)),
        }
    }

    /// The error of a row whose values do not go together.
    pub(crate) fn corrupt(&self, reason: String) -> Error {
        Error::Corrupt { path: self.path.clone(), reason }
    }

    #[inline]
    pub(crate) fn text(&self, column: usize) -> Result<&'a str> {
        match self.value(column)? {
            ValueRef::Text(text) => std::str::from_utf8(text).map_err(|_| self.damaged(column)),
            _ => Err(self.damaged(column)),
        }
    }

    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<&'a str>> {
        if self.value(column)? == ValueRef::Null { Ok(None) } else { self.text(column).map(Some) }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&'a [u8]> {
        match self.column(column)? {
            Column::Bytes(bytes) => Ok(bytes),
            Column::Text(_) => Err(self.damaged(column)),
        }
    }

    #[inline]
    pub(crate) fn column(&self, column: usize) -> Result<Column<'a>> {
        match self.value(column)? {
            ValueRef::Text(text) => {
                std::str::from_utf8(text).map(Column::Text).map_err(|_| self.damaged(column))
            }
            ValueRef::Blob(bytes) => Ok(Column::Bytes(bytes)),
            _ => Err(self.damaged(column)),
        }
    }
}

/// Whether to go on with the next row.
pub(crate) enum Next {
    Row,
    Stop,
}

/// Something that queries can be put to.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    session: &'a Session,
    path: &'a PathBuf,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(session: &'a Session, path: &'a PathBuf) -> Self {
        Self { session, path }
    }

    pub(super) fn session(&self) -> &'a Session {
        self.session
    }

    /// The error of a file in which something is as it can't be.
    pub(crate) fn corrupt(&self, reason: String) -> Error {
        Error::Corrupt { path: self.path.clone(), reason }
    }

    /// The first row of a query.
    pub(crate) fn one<R>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<R>,
    ) -> Result<Option<R>> {
        let mut read = Some(read);
        let mut found = None;
        self.each(sql, args, |row| {
            if let Some(read) = read.take() {
                found = Some(read(row)?);
            }
            Ok(Next::Stop)
        })?;
        Ok(found)
    }

    /// Every row of a query, until `visit` has seen enough.
    pub(crate) fn each(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<Next>,
    ) -> Result<()> {
        let explain = |error| explain(self.path, error);
        busy::with_patience(PATIENCE, || {
            let asked = self.session.with(sql, |statement| {
                for (at, arg) in args.iter().enumerate() {
                    statement.raw_bind_parameter(at + 1, arg).map_err(explain)?;
                }
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next().map_err(explain)? {
                    if let Next::Stop = visit(&Row { row, path: self.path })? {
                        break;
                    }
                }
                Ok(())
            });
            asked.map_err(explain)?
        })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::super::connection::connect;
    use super::*;

    const RANGE: &str = "SELECT k FROM t WHERE n = ?1 AND k >= ?2 AND k < ?3 ORDER BY k";

    #[test]
    fn a_range_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::File::create(&path).unwrap();
        let session = Session::new(connect(&path).unwrap());
        session
            .execute_batch("CREATE TABLE t (n INTEGER, k TEXT, PRIMARY KEY (n, k)) WITHOUT ROWID")
            .unwrap();
        session.execute_batch("INSERT INTO t VALUES (1, 'a'), (2, 'b')").unwrap();
        let reader = Reader::new(&session, &path);
        for (n, key) in [(1, "a"), (2, "b"), (1, "a"), (2, "b")] {
            let found = reader
                .one(RANGE, &[Arg::Int(n), Arg::Text(key), Arg::Highest], |row| Ok(row.text(0)?.to_owned()))
                .unwrap();
            assert_eq!(found.as_deref(), Some(key));
        }
        let planned_anew = session.with(RANGE, |range| range.get_status(StatementStatus::RePrepare)).unwrap();
        assert_eq!(planned_anew, 0);
    }
}
