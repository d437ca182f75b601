//! The tables of the facet. What they mean is in `docs/file-format.md`.

pub(crate) const TABLES: &str = "
CREATE TABLE namespace (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE entry (
    namespace  INTEGER NOT NULL,
    key        TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    ttl_ms     INTEGER,
    value      ANY NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_by_expiry ON entry (expires_ms) WHERE expires_ms IS NOT NULL;

CREATE VIEW entries AS
SELECT namespace.name AS namespace,
       entry.key AS key,
       CASE typeof(entry.value) WHEN 'text' THEN entry.value END AS json,
       CASE typeof(entry.value) WHEN 'blob' THEN entry.value END AS bytes,
       entry.revision AS revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', entry.created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', entry.updated_ms / 1000.0, 'unixepoch') AS updated_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', entry.expires_ms / 1000.0, 'unixepoch') AS expires_at
FROM entry JOIN namespace ON namespace.id = entry.namespace;
";
