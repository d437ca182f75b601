//! Every statement of the facet. Backups are numbered as they are made, so the newest has the largest number.

use crate::verdict::Fault;

/// ?1 plugin.
pub(crate) const FIND: &str = "
SELECT version, modified_ms, revision, data FROM plugin_state WHERE plugin = ?1";

/// ?1 plugin. The revision, for a check and for those who need to know no more.
pub(crate) const REVISION: &str = "SELECT revision FROM plugin_state WHERE plugin = ?1";

/// ?1 plugin, ?2 the newest version that is known. The version of a state that is newer, for a check.
pub(crate) const NEWER: &str = "SELECT version FROM plugin_state WHERE plugin = ?1 AND version > ?2";

/// ?1 lower and ?2 upper bound of the name.
pub(crate) const NAMES: &str = "
SELECT plugin FROM plugin_state WHERE plugin >= ?1 AND plugin < ?2 ORDER BY plugin";

/// ?1 plugin.
pub(crate) const BACKUPS: &str = "
SELECT number, version, octet_length(data), revision, replaced_ms
FROM plugin_backup WHERE plugin = ?1 ORDER BY number DESC";

/// ?1 plugin, ?2 number.
pub(crate) const FIND_BACKUP: &str = "
SELECT version, modified_ms, revision, data FROM plugin_backup WHERE plugin = ?1 AND number = ?2";

/// ?1 plugin, ?2 now. Keeps the state, if there is one, as the newest backup.
pub(crate) const BACK_UP: &str = "
INSERT INTO plugin_backup (plugin, number, version, modified_ms, revision, replaced_ms, data)
SELECT plugin,
       1 + coalesce((SELECT max(number) FROM plugin_backup WHERE plugin = ?1), 0),
       version, modified_ms, revision, ?2, data
FROM plugin_state WHERE plugin = ?1
RETURNING version, octet_length(data)";

/// ?1 plugin, ?2 how many are kept. Does nothing where the commit will change no state, so that the journal
/// tells of every change of a plugin's backups.
pub(crate) const ROTATE: &str = "
DELETE FROM plugin_backup
WHERE plugin = ?1
  AND EXISTS (SELECT 1 FROM plugin_state WHERE plugin = ?1)
  AND number <= (SELECT number FROM plugin_backup WHERE plugin = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";

/// ?1 plugin, ?2 version, ?3 now, ?4 revision, ?5 data.
pub(crate) const PUT: &str = "
INSERT INTO plugin_state (plugin, version, modified_ms, revision, data)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (plugin) DO UPDATE SET
    version = excluded.version,
    modified_ms = excluded.modified_ms,
    revision = excluded.revision,
    data = excluded.data";

/// ?1 plugin, ?2 number, ?3 now, ?4 revision. Makes a backup the state; gives the data.
pub(crate) const RESTORE: &str = "
INSERT INTO plugin_state (plugin, version, modified_ms, revision, data)
SELECT plugin, version, ?3, ?4, data FROM plugin_backup WHERE plugin = ?1 AND number = ?2
ON CONFLICT (plugin) DO UPDATE SET
    version = excluded.version,
    modified_ms = excluded.modified_ms,
    revision = excluded.revision,
    data = excluded.data
RETURNING data";

/// ?1 plugin, ?2 number.
pub(crate) const DELETE_BACKUP: &str = "DELETE FROM plugin_backup WHERE plugin = ?1 AND number = ?2";

/// ?1 plugin.
pub(crate) const DELETE: &str = "DELETE FROM plugin_state WHERE plugin = ?1";

/// ?1 plugin.
pub(crate) const DELETE_BACKUPS: &str = "DELETE FROM plugin_backup WHERE plugin = ?1";

/// How many states there are, and of how many bytes with their backups; none of them expires.
pub(crate) const SIZE: &str = "
SELECT count(*),
       coalesce(sum(octet_length(plugin) + octet_length(data)), 0)
           + (SELECT coalesce(sum(octet_length(plugin) + octet_length(data)), 0) FROM plugin_backup)
FROM plugin_state";

/// What must not be, and how much of it there is.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        reason: "its state is not JSON",
        find: "SELECT plugin FROM plugin_state WHERE NOT json_valid(data)",
    },
    Fault {
        reason: "it has a backup that is not JSON",
        find: "SELECT DISTINCT plugin FROM plugin_backup WHERE NOT json_valid(data)",
    },
    Fault {
        reason: "its state or a backup has a version that is none",
        find: "SELECT plugin FROM plugin_state WHERE version NOT BETWEEN 0 AND 4294967295
               UNION SELECT plugin FROM plugin_backup WHERE version NOT BETWEEN 0 AND 4294967295",
    },
    Fault {
        reason: "its state was written by a revision that there hasn't been yet",
        find: "SELECT plugin FROM plugin_state
               WHERE revision > (SELECT coalesce(max(revision), (SELECT value FROM meta WHERE key = 'anchor_revision'))
                                 FROM journal)",
    },
];
