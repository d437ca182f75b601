//! The records of the facet for export and import.

use super::names::check_plugin;
use crate::transfer::{Column, Kind, Subject, Table, Transfer};

pub(crate) const TRANSFER: Transfer = Transfer {
    tables: &[STATES, BACKUPS],
    subject: Subject::Name,
    clear: &["DELETE FROM plugin_state WHERE plugin = ?1", "DELETE FROM plugin_backup WHERE plugin = ?1"],
};

pub(crate) const STATES: Table = Table {
    record: "plugin_state",
    columns: &[
        Column::new("name", Kind::Name(check_plugin)),
        Column::new("version", Kind::Int),
        Column::new("modified_ms", Kind::Int),
        Column::new("revision", Kind::Int),
        Column::new("data", Kind::Document),
    ],
    key: 1,
    count: "SELECT count(*) FROM plugin_state",
    page: "
SELECT plugin, version, modified_ms, revision, data FROM plugin_state WHERE plugin > ?1 ORDER BY plugin",
    of: "SELECT plugin, version, modified_ms, revision, data FROM plugin_state WHERE plugin = ?1",
    put: &[
        "INSERT INTO plugin_state (plugin, version, modified_ms, revision, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    ],
};

const BACKUPS: Table = Table {
    record: "plugin_backup",
    columns: &[
        Column::new("name", Kind::Name(check_plugin)),
        Column::new("number", Kind::Int),
        Column::new("version", Kind::Int),
        Column::new("modified_ms", Kind::Int),
        Column::new("revision", Kind::Int),
        Column::new("replaced_ms", Kind::Int),
        Column::new("data", Kind::Document),
    ],
    key: 2,
    count: "SELECT count(*) FROM plugin_backup",
    page: "
SELECT plugin, number, version, modified_ms, revision, replaced_ms, data FROM plugin_backup
WHERE (plugin, number) > (?1, ?2) ORDER BY plugin, number",
    of: "
SELECT plugin, number, version, modified_ms, revision, replaced_ms, data FROM plugin_backup
WHERE plugin = ?1 ORDER BY number",
    put: &["
INSERT INTO plugin_backup (plugin, number, version, modified_ms, revision, replaced_ms, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"],
};
