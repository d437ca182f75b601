//! The tables of the facet. What they mean is in `docs/file-format.md`.

pub(crate) const TABLES: &str = "
CREATE TABLE mock_cloud (
    name       TEXT PRIMARY KEY,
    instance   TEXT NOT NULL,
    parameters TEXT NOT NULL,
    commands   TEXT NOT NULL,
    backups    TEXT NOT NULL,
    costs      TEXT NOT NULL,
    stack      TEXT NOT NULL,
    settings   TEXT NOT NULL,
    timers     TEXT NOT NULL,
    scenario   TEXT NOT NULL,
    fixtures   TEXT,
    revision   INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mock_scenario (
    name       TEXT PRIMARY KEY,
    document   TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW mock_clouds AS
SELECT name,
       instance ->> 'state' AS instance_state,
       instance ->> 'public_ip' AS public_ip,
       stack ->> 'status' AS stack_status,
       scenario ->> 'name' AS scenario,
       (SELECT count(*) FROM json_each(parameters)) AS parameters,
       json_array_length(commands) AS commands,
       json_array_length(backups) AS backups,
       json_array_length(timers) AS timers,
       revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', updated_ms / 1000.0, 'unixepoch') AS updated_at
FROM mock_cloud;
";
