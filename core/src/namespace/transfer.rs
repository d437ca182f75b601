//! The records of the facet for export and import.

use crate::limits::{KEY_BYTES, NAMESPACE_BYTES, check_name};
use crate::transfer::{Column, Kind, Subject, Table, Transfer};

pub(crate) const TRANSFER: Transfer =
    Transfer { tables: &[KEYS], subject: Subject::NameAndKey, clear: &[CLEAR] };

/// ?1 the namespace's name, ?2 the key.
const CLEAR: &str =
    "DELETE FROM entry WHERE namespace = (SELECT id FROM namespace WHERE name = ?1) AND key = ?2";

pub(crate) const KEYS: Table = Table {
    record: "key",
    columns: &[
        Column::new("name", Kind::Name(|name| check_name("namespace", name, NAMESPACE_BYTES))),
        Column::new("key", Kind::Name(|key| check_name("key", key, KEY_BYTES))),
        Column::new("revision", Kind::Int),
        Column::new("created_ms", Kind::Int),
        Column::new("updated_ms", Kind::Int),
        Column::new("expires_ms", Kind::MaybeInt),
        Column::new("ttl_ms", Kind::MaybeInt),
        Column::new("value", Kind::Value),
    ],
    key: 2,
    count: "SELECT count(*) FROM entry",
    // The rest of one namespace and then the others, each by its index: a condition on both tables at once would read
    // every page from the beginning.
    page: "
SELECT name, key, revision, created_ms, updated_ms, expires_ms, ttl_ms, value
FROM namespace JOIN entry ON entry.namespace = namespace.id
WHERE name = ?1 AND key > ?2
UNION ALL
SELECT name, key, revision, created_ms, updated_ms, expires_ms, ttl_ms, value
FROM namespace JOIN entry ON entry.namespace = namespace.id
WHERE name > ?1
ORDER BY 1, 2",
    of: "
SELECT name, key, revision, created_ms, updated_ms, expires_ms, ttl_ms, value
FROM namespace JOIN entry ON entry.namespace = namespace.id
WHERE name = ?1 AND key = ?2",
    put: &[
        "INSERT INTO namespace (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
        "INSERT INTO entry (namespace, key, revision, created_ms, updated_ms, expires_ms, ttl_ms, value)
         VALUES ((SELECT id FROM namespace WHERE name = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    ],
};
