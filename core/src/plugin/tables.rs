//! The tables of the facet. What they mean is in `docs/file-format.md`. The data comes last, so that the
//! other columns are read without it.

pub(crate) const TABLES: &str = "
CREATE TABLE plugin_state (
    plugin      TEXT PRIMARY KEY,
    version     INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    data        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_backup (
    plugin      TEXT NOT NULL,
    number      INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    replaced_ms INTEGER NOT NULL,
    data        TEXT NOT NULL,
    PRIMARY KEY (plugin, number)
) STRICT, WITHOUT ROWID;

CREATE VIEW plugins AS
SELECT plugin, version, data,
       strftime('%Y-%m-%dT%H:%M:%fZ', modified_ms / 1000.0, 'unixepoch') AS last_modified,
       revision
FROM plugin_state;

CREATE VIEW plugin_backups AS
SELECT plugin,
       row_number() OVER (PARTITION BY plugin ORDER BY number DESC) - 1 AS \"index\",
       version, data,
       strftime('%Y-%m-%dT%H:%M:%fZ', replaced_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', modified_ms / 1000.0, 'unixepoch') AS last_modified,
       revision
FROM plugin_backup;
";
