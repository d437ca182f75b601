//! Every statement of the facet.

use crate::verdict::Fault;

/// ?1 the name. The record and its lock as of one moment, in one row; NULLs for what isn't there.
pub(crate) const SEE: &str = "
SELECT environment.lifecycle, state, data, failure, last_success, step, revision,
       created_ms, updated_ms, entered_ms, environment.name,
       fencing, token, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user,
       taken_ms, ttl_ms, expires_ms, environment_lock.name
FROM (SELECT ?1 AS wanted)
LEFT JOIN environment ON environment.name = wanted
LEFT JOIN environment_lock ON environment_lock.name = wanted";

/// As SEE without the record.
pub(crate) const SEE_LOCK: &str = "
SELECT fencing, token, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user,
       taken_ms, ttl_ms, expires_ms, name
FROM environment_lock WHERE name = ?1";

/// Every record, in order, each with its lock: the columns of SEE.
pub(crate) const LIST: &str = "
SELECT environment.lifecycle, state, data, failure, last_success, step, revision,
       created_ms, updated_ms, entered_ms, environment.name,
       fencing, token, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user,
       taken_ms, ttl_ms, expires_ms, environment_lock.name
FROM environment
LEFT JOIN environment_lock ON environment_lock.name = environment.name
ORDER BY environment.name";

/// As LIST; ?1 the state.
pub(crate) const LIST_STATE: &str = "
SELECT environment.lifecycle, state, data, failure, last_success, step, revision,
       created_ms, updated_ms, entered_ms, environment.name,
       fencing, token, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user,
       taken_ms, ttl_ms, expires_ms, environment_lock.name
FROM environment
LEFT JOIN environment_lock ON environment_lock.name = environment.name
WHERE state = ?1
ORDER BY environment.name";

/// ?1 the name. 0 if it isn't there.
pub(crate) const REVISION: &str = "SELECT revision FROM environment WHERE name = ?1";

/// ?1 the name. The fencing number of the lock; 0 if nobody has it.
pub(crate) const HELD: &str = "SELECT fencing FROM environment_lock WHERE name = ?1 AND token IS NOT NULL";

/// ?1 the name, ?2 now. The fencing number of a lock whose lease is over; 0 otherwise.
pub(crate) const EXPIRED: &str = "
SELECT fencing FROM environment_lock
WHERE name = ?1 AND token IS NOT NULL AND expires_ms <= ?2";

/// ?1 name, ?2 lifecycle, ?3 state, ?4 data, ?5 failure, ?6 last success, ?7 step, ?8 revision, ?9 created,
/// ?10 updated, ?11 entered. Gives what a full journal keeps.
pub(crate) const PUT: &str = "
INSERT INTO environment (name, lifecycle, state, data, failure, last_success, step, revision,
                         created_ms, updated_ms, entered_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (name) DO UPDATE SET
    lifecycle = excluded.lifecycle,
    state = excluded.state,
    data = excluded.data,
    failure = excluded.failure,
    last_success = excluded.last_success,
    step = excluded.step,
    revision = excluded.revision,
    created_ms = excluded.created_ms,
    updated_ms = excluded.updated_ms,
    entered_ms = excluded.entered_ms
RETURNING json_object('lifecycle', lifecycle, 'state', state, 'data', json(data), 'failure', json(failure),
                      'last_success', last_success, 'step', step)";

pub(crate) const DELETE: &str = "DELETE FROM environment WHERE name = ?1";

/// ?1 name, ?2 revision, ?3 now, ?4 operation, ?5 from, ?6 process, ?7 host, ?8 user, ?9 note, ?10 when the
/// state before was entered, ?11 whether the record was changed: then it is kept as it is now.
pub(crate) const REMEMBER: &str = "
INSERT INTO environment_history (name, sequence, revision, time_ms, operation, from_state, process, host, user,
                                 note, spent_ms, lifecycle, state, data, failure, last_success, step,
                                 created_ms, entered_ms)
SELECT wanted, (SELECT coalesce(max(sequence), 0) + 1 FROM environment_history WHERE name = ?1),
       ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, max(0, ?3 - ?10),
       lifecycle, state, data, failure, last_success, step, created_ms, entered_ms
FROM (SELECT ?1 AS wanted) LEFT JOIN environment ON environment.name = wanted AND ?11";

/// ?1 name.
pub(crate) const HISTORY: &str = "
SELECT sequence, revision, time_ms, operation, from_state, process, host, user, note, spent_ms,
       lifecycle, state, data, failure, last_success, step, created_ms, entered_ms
FROM environment_history WHERE name = ?1 ORDER BY sequence";

/// As HISTORY; ?2 the last revision that counts. Only the last row that changed the record. Sequences
/// have no gap, and a later row has no smaller revision, so the last row that counts is found by halving.
pub(crate) const AT_REVISION: &str = "
WITH RECURSIVE span (low, high) AS (
    SELECT 0, (SELECT coalesce(max(sequence), 0) FROM environment_history WHERE name = ?1)
    UNION ALL
    SELECT iif(revision <= ?2, sequence, low), iif(revision <= ?2, high, sequence - 1)
    FROM span JOIN environment_history ON name = ?1 AND sequence = (low + high + 1) / 2
    WHERE low < high
)
SELECT sequence, revision, time_ms, operation, from_state, process, host, user, note, spent_ms,
       lifecycle, state, data, failure, last_success, step, created_ms, entered_ms
FROM environment_history
WHERE name = ?1 AND sequence <= (SELECT low FROM span WHERE low = high)
  AND operation NOT IN ('take_over', 'force_unlock')
ORDER BY sequence DESC LIMIT 1";

/// As HISTORY; ?2 the last time that counts. Only the last row that changed the record. Sequences
/// have no gap, and a later row has no smaller time, so the last row that counts is found by halving.
pub(crate) const AT_TIME: &str = "
WITH RECURSIVE span (low, high) AS (
    SELECT 0, (SELECT coalesce(max(sequence), 0) FROM environment_history WHERE name = ?1)
    UNION ALL
    SELECT iif(time_ms <= ?2, sequence, low), iif(time_ms <= ?2, high, sequence - 1)
    FROM span JOIN environment_history ON name = ?1 AND sequence = (low + high + 1) / 2
    WHERE low < high
)
SELECT sequence, revision, time_ms, operation, from_state, process, host, user, note, spent_ms,
       lifecycle, state, data, failure, last_success, step, created_ms, entered_ms
FROM environment_history
WHERE name = ?1 AND sequence <= (SELECT low FROM span WHERE low = high)
  AND operation NOT IN ('take_over', 'force_unlock')
ORDER BY sequence DESC LIMIT 1";

/// ?1 name, ?2 token, ?3 purpose, ?4 pid, ?5 its start, ?6 boot, ?7 machine, ?8 namespace, ?9 host, ?10 user,
/// ?11 now, ?12 ttl, ?13 expires. Gives the fencing number, which has never been given before.
pub(crate) const TAKE: &str = "
INSERT INTO environment_lock (name, fencing, token, purpose, pid, process_start, boot_id, machine_id,
                              pid_namespace, host, user, taken_ms, ttl_ms, expires_ms)
VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (name) DO UPDATE SET
    fencing = fencing + 1,
    token = excluded.token,
    purpose = excluded.purpose,
    pid = excluded.pid,
    process_start = excluded.process_start,
    boot_id = excluded.boot_id,
    machine_id = excluded.machine_id,
    pid_namespace = excluded.pid_namespace,
    host = excluded.host,
    user = excluded.user,
    taken_ms = excluded.taken_ms,
    ttl_ms = excluded.ttl_ms,
    expires_ms = excluded.expires_ms
RETURNING fencing";

/// ?1 name, ?2 token. Who had it last stays to be seen.
pub(crate) const FREE: &str = "
UPDATE environment_lock SET token = NULL, expires_ms = NULL WHERE name = ?1 AND token = ?2";

/// ?1 name, ?2 token, ?3 until when.
pub(crate) const RENEW: &str = "UPDATE environment_lock SET expires_ms = ?3 WHERE name = ?1 AND token = ?2";

/// Every row, to be kept over the restoration of a backup.
pub(crate) const LOCKS: &str = "
SELECT fencing, token, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user,
       taken_ms, ttl_ms, expires_ms, name
FROM environment_lock";

/// ?1 name, ?2 token, ?3 purpose, ?4 pid, ?5 its start, ?6 boot, ?7 machine, ?8 namespace, ?9 host, ?10 user,
/// ?11 taken, ?12 ttl, ?13 expires, ?14 fencing.
pub(crate) const KEEP_LOCK: &str = "
INSERT OR REPLACE INTO environment_lock (name, token, purpose, pid, process_start, boot_id, machine_id,
                                         pid_namespace, host, user, taken_ms, ttl_ms, expires_ms, fencing)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// ?1 name.
pub(crate) const LIFECYCLE: &str = "SELECT name, revision, definition FROM lifecycle WHERE name = ?1";
pub(crate) const LIFECYCLES: &str = "SELECT name, revision, definition FROM lifecycle ORDER BY name";
pub(crate) const LIFECYCLE_REVISION: &str = "SELECT revision FROM lifecycle WHERE name = ?1";

/// ?1 name. How many records follow it.
pub(crate) const FOLLOWERS: &str = "SELECT count(*) FROM environment WHERE lifecycle = ?1";

/// ?1 name, ?2 revision, ?3 definition.
pub(crate) const REGISTER: &str = "
INSERT INTO lifecycle (name, revision, definition) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, definition = excluded.definition";

/// How many records there are, and of how many bytes with their history; none of them expires.
pub(crate) const SIZE: &str = "
SELECT count(*),
       coalesce(sum(octet_length(name) + octet_length(data)), 0)
           + (SELECT coalesce(sum(coalesce(octet_length(data), 0)), 0) FROM environment_history)
FROM environment";

/// What must not be, and how much of it there is.
pub(crate) const FAULTS: &[Fault] = &[
    Fault { reason: "its data is not JSON", find: "SELECT name FROM environment WHERE NOT json_valid(data)" },
    Fault {
        reason: "it follows a lifecycle that there isn't",
        find: "SELECT name FROM environment
               WHERE lifecycle <> 'deployment' AND lifecycle NOT IN (SELECT name FROM lifecycle)",
    },
    Fault {
        reason: "it is in a state that its lifecycle does not have",
        find:
            "SELECT environment.name FROM environment JOIN lifecycle ON lifecycle.name = environment.lifecycle
               WHERE NOT EXISTS (SELECT 1 FROM json_each(lifecycle.definition, '$.states') AS known
                                 WHERE known.value = environment.state)",
    },
    Fault {
        reason: "its history has a gap",
        find: "SELECT name FROM environment_history GROUP BY name
               HAVING min(sequence) <> 1 OR max(sequence) <> count(*)",
    },
    Fault {
        reason: "its record is not what its history says last",
        find: "SELECT environment.name FROM environment
               LEFT JOIN environment_history AS last ON last.name = environment.name AND last.sequence =
                   (SELECT max(sequence) FROM environment_history AS row
                    WHERE row.name = environment.name AND row.operation NOT IN ('take_over', 'force_unlock'))
               WHERE (last.lifecycle, last.state, last.data, last.failure, last.last_success, last.step,
                      last.revision, last.created_ms, last.time_ms, last.entered_ms)
                  IS NOT (environment.lifecycle, environment.state, environment.data, environment.failure,
                          environment.last_success, environment.step, environment.revision,
                          environment.created_ms, environment.updated_ms, environment.entered_ms)",
    },
    Fault {
        reason: "it is gone, and its history does not say that it was deleted",
        find: "SELECT name FROM environment_history AS last
               WHERE name NOT IN (SELECT name FROM environment) AND operation <> 'delete' AND sequence =
                   (SELECT max(sequence) FROM environment_history AS row
                    WHERE row.name = last.name AND row.operation NOT IN ('take_over', 'force_unlock'))",
    },
];

/// How many lifecycles were registered, and of how many bytes.
pub(crate) const LIFECYCLES_SIZE: &str =
    "SELECT count(*), coalesce(sum(octet_length(name) + octet_length(definition)), 0) FROM lifecycle";

pub(crate) const LIFECYCLES_FAULTS: &[Fault] = &[Fault {
    reason: "its definition is not JSON",
    find: "SELECT name FROM lifecycle WHERE NOT json_valid(definition)",
}];
