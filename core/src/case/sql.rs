//! Every statement of the facet.

use crate::verdict::Fault;

/// ?1 the case. Its revision, for a check.
pub(super) const REVISION: &str = "SELECT revision FROM workflow_case WHERE id = ?1";

/// ?1 the case. 1 if it is running, for a check.
pub(super) const IS_RUNNING: &str = "SELECT status = 'running' FROM workflow_case WHERE id = ?1";

/// ?1 the case. One more than the anchor's sequence, so that it is never 0, for a check.
pub(super) const ANCHOR: &str = "SELECT anchor_sequence + 1 FROM workflow_case WHERE id = ?1";

/// ?1 the case. With what its last receipt says, to which the next one is chained.
pub(super) const LOAD: &str = "
SELECT workflow_case.revision, workflow_case.sequence, committed_ms, history, anchor_sequence,
       workflow_case.digest, state, case_receipt.id, after, hash
FROM workflow_case
LEFT JOIN case_receipt ON case_id = workflow_case.id AND case_receipt.sequence = workflow_case.sequence
WHERE workflow_case.id = ?1";

/// ?1 and ?2 bounds of the id.
pub(super) const SUMMARIES: &str = "
SELECT id, status, step_count, active_tokens, revision, committed_ms
FROM workflow_case WHERE id >= ?1 AND id < ?2 ORDER BY id";

/// ?1 and ?2 bounds of the id, ?3 the status.
pub(super) const SUMMARIES_BY_STATUS: &str = "
SELECT id, status, step_count, active_tokens, revision, committed_ms
FROM workflow_case INDEXED BY workflow_case_by_status
WHERE status = ?3 AND id >= ?1 AND id < ?2 ORDER BY id";

/// ?1 the case, ?2 the sequence of a receipt. Its revision, for a check.
pub(super) const RECEIPT_REVISION: &str =
    "SELECT revision FROM case_receipt WHERE case_id = ?1 AND sequence = ?2";

/// The columns in the order of the table. The hash is what the next receipt of the same commit needs.
pub(super) const ADD_RECEIPT: &str = "
INSERT INTO case_receipt (case_id, sequence, id, revision, time_ms, actor, mutations, content, digest, before,
                          after, previous, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
RETURNING hash, actor";

/// ?1 the case, ?2 status, ?3 step count, ?4 active tokens, ?5 sequence, ?6 now, ?7 revision, ?8 digest, ?9 state.
pub(super) const UPDATE: &str = "
UPDATE workflow_case SET status = ?2, step_count = ?3, active_tokens = ?4, sequence = ?5, committed_ms = ?6,
                         revision = ?7, digest = ?8, state = ?9
WHERE id = ?1";

/// As UPDATE, and ?10 history, ?11 the anchor's hash.
pub(super) const CREATE: &str = "
INSERT INTO workflow_case (id, status, step_count, active_tokens, sequence, committed_ms, revision, digest, state,
                           history, anchor_sequence, anchor_hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11)";

/// ?1 the case, ?2 sequence, ?3 hash, ?4 state.
pub(super) const SET_ANCHOR: &str = "
UPDATE workflow_case SET anchor_sequence = ?2, anchor_hash = ?3, anchor_state = ?4 WHERE id = ?1";

/// ?1 the case. What the triggers want to see before all of its receipts are removed.
pub(super) const RELEASE: &str = "UPDATE workflow_case SET anchor_sequence = sequence WHERE id = ?1";

/// ?1 the case.
pub(super) const DELETE_RECEIPTS: &str = "
DELETE FROM case_receipt
WHERE case_id = ?1 AND sequence <= (SELECT anchor_sequence FROM workflow_case WHERE id = ?1)";

/// ?1 the case.
pub(super) const DELETE_EFFECTS: &str = "DELETE FROM case_effect WHERE case_id = ?1";

/// ?1 the case.
pub(super) const DELETE: &str = "DELETE FROM workflow_case WHERE id = ?1";

/// ?1 the case, ?2 the sequence after which.
pub(super) const RECEIPTS: &str = "
SELECT sequence, id, revision, time_ms, actor, mutations, content, digest, before, after, previous, hash
FROM case_receipt WHERE case_id = ?1 AND sequence > ?2 ORDER BY sequence";

/// ?1 the case, ?2 the sequence up to which. The last of them before a time, ?3.
pub(super) const LAST_BEFORE: &str = "
SELECT sequence FROM case_receipt WHERE case_id = ?1 AND sequence <= ?2 AND time_ms < ?3
ORDER BY sequence DESC LIMIT 1";

/// ?1 the case. All that a check compares.
pub(super) const CHECKED: &str = "
SELECT status, step_count, active_tokens, sequence, committed_ms, revision, history, anchor_sequence, anchor_hash,
       digest, state, anchor_state
FROM workflow_case WHERE id = ?1";

/// ?1 the id after which.
pub(super) const IDS: &str = "SELECT id FROM workflow_case WHERE id > ?1 ORDER BY id LIMIT 1000";

/// ?1 the case. The base from which its history is replayed.
pub(super) const BASE: &str = "
SELECT sequence, history, anchor_sequence, anchor_hash, anchor_state FROM workflow_case WHERE id = ?1";

/// ?1 the case, ?2 the key.
pub(super) const EFFECT: &str = "
SELECT key, effect_id, spec_digest, status, result, error, actor, started_ms, duration_ms, attempts
FROM case_effect WHERE case_id = ?1 AND key = ?2";

/// ?1 the case.
pub(super) const EFFECTS: &str = "
SELECT key, effect_id, spec_digest, status, result, error, actor, started_ms, duration_ms, attempts
FROM case_effect WHERE case_id = ?1 ORDER BY begun, key";

/// ?1 the case, ?2 the key. 1 if there is such an effect, for a check.
pub(super) const EFFECT_EXISTS: &str = "SELECT 1 FROM case_effect WHERE case_id = ?1 AND key = ?2";

/// ?1 the case, ?2 the key, ?3 effect, ?4 digest of the spec, ?5 actor, ?6 now, ?7 revision.
pub(super) const BEGIN_EFFECT: &str = "
INSERT INTO case_effect (case_id, key, effect_id, spec_digest, status, actor, started_ms, attempts, begun)
VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, 1, ?7)";

/// ?1 the case, ?2 the key, ?3 actor, ?4 now, ?5 how often it had been begun before.
pub(super) const BEGIN_EFFECT_AGAIN: &str = "
UPDATE case_effect SET actor = ?3, started_ms = ?4, attempts = attempts + 1
WHERE case_id = ?1 AND key = ?2 AND status = 'pending' AND attempts = ?5";

/// ?1 the case, ?2 the key, ?3 status, ?4 result, ?5 error, ?6 duration, ?7 which attempt, ?8 when that was begun.
pub(super) const END_EFFECT: &str = "
UPDATE case_effect SET status = ?3, result = ?4, error = ?5, duration_ms = ?6
WHERE case_id = ?1 AND key = ?2 AND status = 'pending' AND attempts = ?7 AND started_ms = ?8";

/// How many cases there are, and of how many bytes with their receipts and effects; none of them expires.
pub(crate) const SIZE: &str = "
SELECT count(*),
       coalesce(sum(octet_length(id) + octet_length(state) + coalesce(octet_length(anchor_state), 0)), 0)
           + (SELECT coalesce(sum(octet_length(mutations) + coalesce(octet_length(content), 0)), 0)
              FROM case_receipt)
           + (SELECT coalesce(sum(coalesce(octet_length(result), 0)), 0) FROM case_effect)
FROM workflow_case";

/// What must not be, and how much of it there is. Digests and chains are looked at by the facet's own check.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        reason: "there are receipts or effects of it, and no such case",
        find: "SELECT DISTINCT case_id FROM case_receipt WHERE case_id NOT IN (SELECT id FROM workflow_case)
               UNION
               SELECT DISTINCT case_id FROM case_effect WHERE case_id NOT IN (SELECT id FROM workflow_case)",
    },
    Fault {
        reason: "it has an effect whose result is not JSON",
        find: "SELECT DISTINCT case_id FROM case_effect WHERE result IS NOT NULL AND NOT json_valid(result)",
    },
];
