//! A store in the making: a file of one's own that is filled in one transaction, row by row, and becomes a store or is
//! thrown away.

use std::path::{Path, PathBuf};

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::connection::connect;
use super::failure::explain;
use super::journal::Head;
use super::open::initialise;
use super::reader::Reader;
use super::request::Param;
use super::schema::Steps;
use super::sys::Session;
use crate::error::{Error, Result};

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ANCHOR: &str = "UPDATE meta SET value = ?2 WHERE key = ?1";

/// A parameter that is known by now.
struct Known<'a>(&'a Param);

impl ToSql for Known<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Param::Int(number) => ValueRef::Integer(*number),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Blob(bytes) => ValueRef::Blob(bytes),
            _ => ValueRef::Null,
        }))
    }
}

/// The file while it is filled.
pub(crate) struct Draft {
    session: Session,
    path: PathBuf,
}

impl Draft {
    /// Begins to fill a store, or an empty file, which becomes one.
    pub(crate) fn begin(path: &Path, steps: Steps) -> Result<Self> {
        let session = Session::new(connect(path)?);
        initialise(&session, path, steps)?;
        let explain = |error| explain(path, error);
        // Nothing is lost if this is lost.
        session.pragma_update(None, "synchronous", "OFF").map_err(explain)?;
        session.run(BEGIN).map_err(explain)?;
        Ok(Self { session, path: path.to_owned() })
    }

    /// Runs a statement with as many of the parameters as it has.
    pub(crate) fn run(&self, sql: &'static str, params: &[Param]) -> Result<()> {
        let explain = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Error::value("record", format!("it is there already, or is not as it must be ({error})"))
            }
            _ => explain(&self.path, error),
        };
        let ran = self.session.with(sql, |statement| {
            for (at, param) in params.iter().take(statement.parameter_count()).enumerate() {
                statement.raw_bind_parameter(at + 1, Known(param))?;
            }
            statement.raw_execute()
        });
        ran.flatten().map(drop).map_err(explain)
    }

    /// Says after which row the journal begins.
    pub(crate) fn set_anchor(&self, anchor: &Head) -> Result<()> {
        let at = |key: &str, value: Param| self.run(ANCHOR, &[Param::text(key), value]);
        at("anchor_revision", Param::Int(anchor.revision.cast_signed()))?;
        at("anchor_hash", Param::blob(anchor.hash))
    }

    /// Ends the filling.
    pub(crate) fn finish(&self) -> Result<()> {
        self.session.run(COMMIT).map_err(|error| explain(&self.path, error))
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.session, &self.path)
    }
}
