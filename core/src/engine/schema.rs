//! The engine's own tables, and how an older file becomes a newer one: an ordered list of steps, of which
//! the missing ones are applied in one transaction. What the tables mean is in `docs/file-format.md`.

use rusqlite::Connection;

use super::crash_point;
use crate::ids::random_id;

/// Marks a file as a store: "Shld" in the SQLite header.
pub(crate) const APPLICATION_ID: u32 = 0x5368_6c64;

/// What leads from format n to format n + 1, at place n: the tables of the facets. What the last step leads
/// to is the format that this version writes.
pub(crate) type Steps = &'static [&'static [&'static str]];

/// The format that all the steps lead to.
pub(crate) fn newest(steps: Steps) -> u32 {
    u32::try_from(steps.len()).expect("there is a step for each format, and few formats")
}

const TABLES: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    revision INTEGER PRIMARY KEY,
    time_ms  INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    touched  TEXT NOT NULL,
    content  TEXT,
    digest   BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;

CREATE VIEW commits AS
SELECT journal.revision AS revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', journal.time_ms / 1000.0, 'unixepoch') AS time,
       journal.actor AS actor,
       touch.value ->> 0 AS facet,
       touch.value ->> 1 AS name,
       touch.value ->> 2 AS key,
       touch.value ->> 3 AS operation,
       lower(hex(journal.hash)) AS hash
FROM journal, json_each(journal.touched) AS touch;
";

const META_PUT: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2)";

/// Brings a file of format `found` (0: empty) to the newest, inside the caller's transaction.
pub(crate) fn upgrade(connection: &Connection, found: u32, steps: Steps) -> rusqlite::Result<()> {
    if found == 0 {
        connection.execute_batch(TABLES)?;
    }
    for tables in steps[found as usize..].iter().copied().flatten() {
        connection.execute_batch(tables)?;
        crash_point::reach("in-tables");
    }
    if found == 0 {
        let store_id = random_id();
        let start = blake3::hash(&store_id);
        connection.execute(META_PUT, ("store_id", store_id.as_slice()))?;
        // The chain starts from the store's id, so that rows of another store never fit into it.
        connection.execute(META_PUT, ("anchor_revision", 0))?;
        connection.execute(META_PUT, ("anchor_hash", start.as_bytes().as_slice()))?;
        connection.execute(META_PUT, ("flushed_revision", 0))?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", newest(steps))
}
