//! The tables of the facet. What they mean is in `docs/file-format.md`.

pub(crate) const TABLES: &str = "
CREATE TABLE workflow_case (
    id              TEXT PRIMARY KEY,
    status          TEXT NOT NULL,
    step_count      INTEGER NOT NULL,
    active_tokens   INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    committed_ms    INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    history         TEXT NOT NULL,
    anchor_sequence INTEGER NOT NULL,
    anchor_hash     BLOB NOT NULL,
    digest          BLOB NOT NULL,
    state           TEXT NOT NULL,
    anchor_state    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX workflow_case_by_status ON workflow_case (status);

CREATE TABLE case_receipt (
    case_id   TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    id        TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    time_ms   INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    mutations TEXT NOT NULL,
    content   TEXT,
    digest    BLOB NOT NULL,
    before    BLOB NOT NULL,
    after     BLOB NOT NULL,
    previous  BLOB NOT NULL,
    hash      BLOB NOT NULL,
    PRIMARY KEY (case_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_effect (
    case_id     TEXT NOT NULL,
    key         TEXT NOT NULL,
    effect_id   TEXT NOT NULL,
    spec_digest BLOB NOT NULL,
    status      TEXT NOT NULL,
    result      TEXT,
    error       TEXT,
    actor       TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    duration_ms INTEGER,
    attempts    INTEGER NOT NULL,
    begun       INTEGER NOT NULL,
    PRIMARY KEY (case_id, key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER case_receipt_is_immutable BEFORE UPDATE ON case_receipt
BEGIN
    SELECT RAISE(ABORT, 'a receipt of a case can''t be changed');
END;

CREATE TRIGGER case_receipt_stays BEFORE DELETE ON case_receipt
WHEN EXISTS (SELECT 1 FROM workflow_case WHERE id = OLD.case_id AND anchor_sequence < OLD.sequence)
BEGIN
    SELECT RAISE(ABORT, 'a receipt of a case can only be removed by rotation or with its case');
END;

CREATE TRIGGER workflow_case_stays BEFORE DELETE ON workflow_case
WHEN EXISTS (SELECT 1 FROM case_receipt WHERE case_id = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'a case that has receipts can only be deleted through the API');
END;

CREATE VIEW cases AS
SELECT id,
       status,
       step_count,
       active_tokens,
       sequence,
       revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', committed_ms / 1000.0, 'unixepoch') AS last_commit,
       state -> '$.ctx' AS ctx,
       state
FROM workflow_case;

CREATE VIEW case_receipts AS
SELECT case_id,
       sequence,
       id,
       revision,
       strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch') AS time,
       actor,
       mutations,
       lower(hex(hash)) AS hash
FROM case_receipt;
";
