//! Every statement of the facet. A row is live until the millisecond at which it expires.

use crate::verdict::Fault;

/// ?1 the name. Gives the id, whether it was there or not; an overwrite with the same name writes nothing.
pub(crate) const NAMESPACE: &str = "
INSERT INTO namespace (name) VALUES (?1)
ON CONFLICT (name) DO UPDATE SET name = name
RETURNING id";

pub(crate) const NAMESPACE_ID: &str = "SELECT id FROM namespace WHERE name = ?1";

pub(crate) const NAMESPACE_IDS: &str = "SELECT id, name FROM namespace";

/// ?1 id, ?2 name. Fails if the id is another name's, or the name has another id.
pub(crate) const KEEP_NAMESPACE: &str = "
INSERT INTO namespace (id, name) SELECT ?1, ?2
WHERE NOT EXISTS (SELECT 1 FROM namespace WHERE id = ?1 AND name = ?2)";

/// ?1 lower and ?2 upper bound of the name, ?3 now.
pub(crate) const NAMESPACES: &str = "
SELECT name FROM namespace
WHERE name >= ?1 AND name < ?2
  AND EXISTS (SELECT 1 FROM entry
              WHERE entry.namespace = namespace.id AND (expires_ms IS NULL OR expires_ms > ?3))
ORDER BY name";

pub(crate) const FIND: &str = "
SELECT revision, created_ms, updated_ms, expires_ms, ttl_ms, value
FROM entry WHERE namespace = ?1 AND key = ?2";

/// As FIND without the value, which may be long.
pub(crate) const FIND_TIMES: &str = "
SELECT revision, created_ms, updated_ms, expires_ms, ttl_ms
FROM entry WHERE namespace = ?1 AND key = ?2";

/// ?1 namespace, ?2 key, ?3 now. The live revision, for a check.
pub(crate) const REVISION: &str = "
SELECT revision FROM entry
WHERE namespace = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)";

/// ?1 the name of a namespace, ?2 key, ?3 now.
pub(crate) const REVISION_BY_NAME: &str = "
SELECT entry.revision FROM entry JOIN namespace ON namespace.id = entry.namespace
WHERE namespace.name = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)";

/// ?1 namespace, ?2 key, ?3 value, ?4 revision, ?5 now, ?6 expires, ?7 ttl.
pub(crate) const PUT: &str = "
INSERT INTO entry (namespace, key, value, revision, created_ms, updated_ms, expires_ms, ttl_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
ON CONFLICT (namespace, key) DO UPDATE SET
    value = excluded.value,
    revision = excluded.revision,
    created_ms = iif(expires_ms <= excluded.updated_ms, excluded.created_ms, created_ms),
    updated_ms = excluded.updated_ms,
    expires_ms = excluded.expires_ms,
    ttl_ms = excluded.ttl_ms";

/// ?1 namespace, ?2 key, ?3 value, ?4 revision, ?5 created, ?6 updated, ?7 expires, ?8 TTL.
pub(crate) const MERGE: &str = "
INSERT INTO entry (namespace, key, value, revision, created_ms, updated_ms, expires_ms, ttl_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (namespace, key) DO UPDATE SET
    value = excluded.value,
    revision = excluded.revision,
    created_ms = excluded.created_ms,
    updated_ms = excluded.updated_ms,
    expires_ms = excluded.expires_ms,
    ttl_ms = excluded.ttl_ms";

/// As PUT, but a live key keeps its expiry.
pub(crate) const PUT_KEEPING_TTL: &str = "
INSERT INTO entry (namespace, key, value, revision, created_ms, updated_ms, expires_ms, ttl_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
ON CONFLICT (namespace, key) DO UPDATE SET
    value = excluded.value,
    revision = excluded.revision,
    created_ms = iif(expires_ms <= excluded.updated_ms, excluded.created_ms, created_ms),
    updated_ms = excluded.updated_ms,
    expires_ms = iif(expires_ms <= excluded.updated_ms, excluded.expires_ms, expires_ms),
    ttl_ms = iif(expires_ms <= excluded.updated_ms, excluded.ttl_ms, ttl_ms)";

/// ?1 namespace, ?2 key, ?3 now.
pub(crate) const DELETE: &str = "
DELETE FROM entry
WHERE namespace = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)";

/// As DELETE; gives the value.
pub(crate) const POP: &str = "
DELETE FROM entry
WHERE namespace = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)
RETURNING value";

/// ?1 namespace, ?2 now. Gives the keys.
pub(crate) const CLEAR: &str = "
DELETE FROM entry
WHERE namespace = ?1 AND (expires_ms IS NULL OR expires_ms > ?2)
RETURNING key";

/// ?1 namespace, ?2 key, ?3 now, ?4 expires, ?5 ttl.
pub(crate) const SET_TTL: &str = "
UPDATE entry SET expires_ms = ?4, ttl_ms = ?5
WHERE namespace = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)";

/// ?1 namespace, ?2 key, ?3 now. A key that never expires has no TTL and stays so.
pub(crate) const TOUCH: &str = "
UPDATE entry SET expires_ms = ?3 + ttl_ms
WHERE namespace = ?1 AND key = ?2 AND (expires_ms IS NULL OR expires_ms > ?3)";

/// ?1 namespace, ?2 key, ?3 value if it is new, ?4 revision, ?5 now, ?6 expires, ?7 ttl, ?8 by. Only for
/// what SQLite can add exactly: the value is written as a 64-bit integer is, and the sum is one; in any
/// other case it gives no row, and the sum is made elsewhere.
pub(crate) const INCREMENT: &str = "
INSERT INTO entry (namespace, key, value, revision, created_ms, updated_ms, expires_ms, ttl_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
ON CONFLICT (namespace, key) DO UPDATE SET
    value = CAST(CAST(value AS INTEGER) + ?8 AS TEXT),
    revision = excluded.revision,
    updated_ms = excluded.updated_ms
WHERE (expires_ms IS NULL OR expires_ms > excluded.updated_ms)
  AND typeof(value) = 'text'
  AND CAST(CAST(value AS INTEGER) AS TEXT) = value
  AND typeof(CAST(value AS INTEGER) + ?8) = 'integer'
RETURNING value";

/// ?1 namespace, ?2 lower bound of the key. Who reads it sees to the upper one: SQLite would compare each key with both
/// parts of it, which is a tenth of what a key costs.
pub(crate) const KEYS: &str = "
SELECT key, expires_ms FROM entry
WHERE namespace = ?1 AND key >= ?2 ORDER BY key";
/// ?1 namespace, ?2 lower and ?3 upper bound of the key.
pub(crate) const KEYS_REVERSED: &str = "
SELECT key, expires_ms FROM entry
WHERE namespace = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC";
pub(crate) const ITEMS: &str = "
SELECT key, expires_ms, value FROM entry
WHERE namespace = ?1 AND key >= ?2 AND key < ?3 ORDER BY key";
pub(crate) const ITEMS_REVERSED: &str = "
SELECT key, expires_ms, value FROM entry
WHERE namespace = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC";

/// ?1 until when, ?2 how many. Gives what was removed.
pub(crate) const PURGE: &str = "
DELETE FROM entry WHERE (namespace, key) IN (
    SELECT namespace, key FROM entry WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)
RETURNING (SELECT name FROM namespace WHERE id = entry.namespace), key";

pub(crate) const NEXT_EXPIRY: &str = "SELECT min(expires_ms) FROM entry WHERE expires_ms IS NOT NULL";

/// Gives how many keys there are, and how many bytes they have with their values.
pub(crate) const SIZE: &str =
    "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0) FROM entry";

/// ?1 now.
pub(crate) const EXPIRED: &str = "SELECT count(*) FROM entry WHERE expires_ms <= ?1";

/// What must not be, and how much of it there is.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        reason: "it is in a namespace that there isn't",
        find: "SELECT namespace || ': ' || key FROM entry WHERE namespace NOT IN (SELECT id FROM namespace)",
    },
    Fault {
        reason: "its value is neither JSON nor bytes",
        find: "SELECT name || ': ' || key FROM entry JOIN namespace ON namespace.id = entry.namespace
               WHERE CASE typeof(value) WHEN 'text' THEN NOT json_valid(value) ELSE typeof(value) <> 'blob' END",
    },
    Fault {
        reason: "it has an expiry and no TTL, or the other way round",
        find: "SELECT name || ': ' || key FROM entry JOIN namespace ON namespace.id = entry.namespace
               WHERE (expires_ms IS NULL) <> (ttl_ms IS NULL)",
    },
    Fault {
        reason: "it was written by a revision that there hasn't been yet",
        find: "SELECT name || ': ' || key FROM entry JOIN namespace ON namespace.id = entry.namespace
               WHERE revision > (SELECT coalesce(max(revision), (SELECT value FROM meta WHERE key = 'anchor_revision'))
                                 FROM journal)",
    },
];
