//! What one would write by hand: WAL, one table, prepared statements. The same SQLite as statehold's.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension};

use super::{Durability, Peer};

const GET: &str = "SELECT value FROM entry WHERE key = ?1";
const SET: &str = "INSERT INTO entry VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2";
const LIST: &str = "SELECT key FROM entry WHERE key >= ?1 AND key < ?1 || char(1114111)";

pub(super) struct Rusqlite(Connection);

pub(super) fn open(folder: &Path, durability: Durability) -> Result<Rusqlite> {
    let connection = Connection::open(folder.join("bare.db"))?;
    connection.busy_timeout(Duration::from_secs(60))?;
    let synchronous = match durability {
        Durability::Normal => "normal",
        Durability::Full => "full",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = wal; PRAGMA synchronous = {synchronous};
         CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;"
    ))?;
    Ok(Rusqlite(connection))
}

impl Peer for Rusqlite {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let mut statement = self.0.prepare_cached(GET)?;
        Ok(statement.query_row([key], |row| row.get::<_, String>(0)).optional()?.map(String::into_bytes))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        self.0.prepare_cached(SET)?.execute([key, value])?;
        Ok(())
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        let read = self.0.unchecked_transaction()?;
        let found = keys.iter().filter_map(|key| self.get(key).transpose()).collect();
        read.commit()?;
        found
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        let write = self.0.unchecked_transaction()?;
        pairs.iter().try_for_each(|(key, value)| self.set(key, value))?;
        Ok(write.commit()?)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut statement = self.0.prepare_cached(LIST)?;
        Ok(statement.query_map([prefix], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}
