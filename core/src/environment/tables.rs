//! The tables of the facet. What they mean is in `docs/file-format.md`.

pub(crate) const TABLES: &str = "
CREATE TABLE environment (
    name         TEXT PRIMARY KEY,
    lifecycle    TEXT NOT NULL,
    state        TEXT NOT NULL,
    data         TEXT NOT NULL,
    failure      TEXT,
    last_success TEXT,
    step         TEXT,
    revision     INTEGER NOT NULL,
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    entered_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX environment_by_state ON environment (state);

CREATE TABLE environment_history (
    name         TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    time_ms      INTEGER NOT NULL,
    operation    TEXT NOT NULL,
    from_state   TEXT,
    process      INTEGER NOT NULL,
    host         TEXT NOT NULL,
    user         TEXT NOT NULL,
    note         TEXT,
    spent_ms     INTEGER,
    lifecycle    TEXT,
    state        TEXT,
    data         TEXT,
    failure      TEXT,
    last_success TEXT,
    step         TEXT,
    created_ms   INTEGER,
    entered_ms   INTEGER,
    PRIMARY KEY (name, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE environment_lock (
    name          TEXT PRIMARY KEY,
    fencing       INTEGER NOT NULL,
    token         TEXT,
    purpose       TEXT,
    pid           INTEGER NOT NULL,
    process_start INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    machine_id    TEXT NOT NULL,
    pid_namespace TEXT NOT NULL,
    host          TEXT NOT NULL,
    user          TEXT NOT NULL,
    taken_ms      INTEGER NOT NULL,
    ttl_ms        INTEGER,
    expires_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE lifecycle (
    name       TEXT PRIMARY KEY,
    revision   INTEGER NOT NULL,
    definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW environments AS
SELECT environment.name AS name,
       environment.lifecycle AS lifecycle,
       environment.state AS state,
       environment.step AS step,
       environment.last_success AS last_success,
       environment.failure ->> 'summary' AS failure,
       environment.data AS data,
       environment.revision AS revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', environment.created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', environment.updated_ms / 1000.0, 'unixepoch') AS updated_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', environment.entered_ms / 1000.0, 'unixepoch') AS entered_at,
       CASE WHEN environment_lock.token IS NOT NULL
            THEN environment_lock.host || '/' || environment_lock.pid END AS locked_by
FROM environment LEFT JOIN environment_lock ON environment_lock.name = environment.name;

CREATE VIEW environment_histories AS
SELECT name, sequence, revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch') AS time,
       operation,
       from_state,
       CASE WHEN operation IN ('create', 'transition', 'recover') THEN state END AS to_state,
       host || '/' || process AS process,
       user,
       coalesce(note, failure ->> 'summary') AS note,
       spent_ms / 1000.0 AS spent_seconds
FROM environment_history;
";
