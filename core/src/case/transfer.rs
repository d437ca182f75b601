//! The records of the facet for export and import: verbatim, since digests are of texts.

use crate::error::Result;
use crate::limits::{CASE_ID_BYTES, check_name};
use crate::transfer::{Column, Kind, Subject, Table, Transfer};

pub(crate) const TRANSFER: Transfer = Transfer {
    tables: &[CASES, RECEIPTS, EFFECTS],
    subject: Subject::Name,
    clear: &[
        // Receipts may go once they lie behind the anchor, as when a case is deleted.
        "UPDATE workflow_case SET anchor_sequence = sequence WHERE id = ?1",
        "DELETE FROM case_receipt WHERE case_id = ?1",
        "DELETE FROM case_effect WHERE case_id = ?1",
        "DELETE FROM workflow_case WHERE id = ?1",
    ],
};

fn case_id(id: &str) -> Result<()> {
    check_name("case", id, CASE_ID_BYTES)
}

fn effect_key(key: &str) -> Result<()> {
    check_name("effect", key, CASE_ID_BYTES)
}

const CASES: Table = Table {
    record: "case",
    columns: &[
        Column::new("name", Kind::Name(case_id)),
        Column::new("status", Kind::Text),
        Column::new("step_count", Kind::Int),
        Column::new("active_tokens", Kind::Int),
        Column::new("sequence", Kind::Int),
        Column::new("committed_ms", Kind::Int),
        Column::new("revision", Kind::Int),
        Column::new("history", Kind::Text),
        Column::new("anchor_sequence", Kind::Int),
        Column::new("anchor_hash", Kind::Hash),
        Column::new("digest", Kind::Hash),
        Column::new("state", Kind::Json),
        Column::new("anchor_state", Kind::MaybeJson),
    ],
    key: 1,
    count: "SELECT count(*) FROM workflow_case",
    page: "
SELECT id, status, step_count, active_tokens, sequence, committed_ms, revision, history, anchor_sequence,
       anchor_hash, digest, state, anchor_state
FROM workflow_case WHERE id > ?1 ORDER BY id",
    of: "
SELECT id, status, step_count, active_tokens, sequence, committed_ms, revision, history, anchor_sequence,
       anchor_hash, digest, state, anchor_state
FROM workflow_case WHERE id = ?1",
    put: &["
INSERT INTO workflow_case (id, status, step_count, active_tokens, sequence, committed_ms, revision, history,
                           anchor_sequence, anchor_hash, digest, state, anchor_state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"],
};

const RECEIPTS: Table = Table {
    record: "case_receipt",
    columns: &[
        Column::new("name", Kind::Name(case_id)),
        Column::new("sequence", Kind::Int),
        Column::new("id", Kind::Text),
        Column::new("revision", Kind::Int),
        Column::new("time_ms", Kind::Int),
        Column::new("actor", Kind::Text),
        Column::new("mutations", Kind::Json),
        Column::new("content", Kind::MaybeJson),
        Column::new("digest", Kind::Hash),
        Column::new("before", Kind::Hash),
        Column::new("after", Kind::Hash),
        Column::new("previous", Kind::Hash),
        Column::new("hash", Kind::Hash),
    ],
    key: 2,
    count: "SELECT count(*) FROM case_receipt",
    page: "
SELECT case_id, sequence, id, revision, time_ms, actor, mutations, content, digest, before, after, previous, hash
FROM case_receipt WHERE (case_id, sequence) > (?1, ?2) ORDER BY case_id, sequence",
    of: "
SELECT case_id, sequence, id, revision, time_ms, actor, mutations, content, digest, before, after, previous, hash
FROM case_receipt WHERE case_id = ?1 ORDER BY sequence",
    put: &["
INSERT INTO case_receipt (case_id, sequence, id, revision, time_ms, actor, mutations, content, digest, before,
                          after, previous, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"],
};

const EFFECTS: Table = Table {
    record: "case_effect",
    columns: &[
        Column::new("name", Kind::Name(case_id)),
        Column::new("key", Kind::Name(effect_key)),
        Column::new("effect_id", Kind::Name(effect_key)),
        Column::new("spec_digest", Kind::Hash),
        Column::new("status", Kind::Text),
        Column::new("result", Kind::MaybeJson),
        Column::new("error", Kind::MaybeText),
        Column::new("actor", Kind::Text),
        Column::new("started_ms", Kind::Int),
        Column::new("duration_ms", Kind::MaybeInt),
        Column::new("attempts", Kind::Int),
        Column::new("begun", Kind::Int),
    ],
    key: 2,
    count: "SELECT count(*) FROM case_effect",
    page: "
SELECT case_id, key, effect_id, spec_digest, status, result, error, actor, started_ms, duration_ms, attempts, begun
FROM case_effect WHERE (case_id, key) > (?1, ?2) ORDER BY case_id, key",
    of: "
SELECT case_id, key, effect_id, spec_digest, status, result, error, actor, started_ms, duration_ms, attempts, begun
FROM case_effect WHERE case_id = ?1 ORDER BY key",
    put: &["
INSERT INTO case_effect (case_id, key, effect_id, spec_digest, status, result, error, actor, started_ms,
                         duration_ms, attempts, begun)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"],
};
