//! The records of the facet for export and import.

use super::check_environment_name;
use crate::error::Result;
use crate::transfer::{Column, Kind, Subject, Table, Transfer};

pub(crate) const TRANSFER: Transfer = Transfer {
    tables: &[RECORDS, HISTORY, LOCKS],
    subject: Subject::Name,
    clear: &[
        "DELETE FROM environment WHERE name = ?1",
        "DELETE FROM environment_history WHERE name = ?1",
        "DELETE FROM environment_lock WHERE name = ?1",
    ],
};

pub(crate) const LIFECYCLES_TRANSFER: Transfer = Transfer {
    tables: &[LIFECYCLES],
    subject: Subject::Name,
    clear: &["DELETE FROM lifecycle WHERE name = ?1"],
};

fn environment(name: &str) -> Result<()> {
    check_environment_name("environment", name)
}

fn lifecycle(name: &str) -> Result<()> {
    check_environment_name("lifecycle", name)
}

const RECORDS: Table = Table {
    record: "environment",
    columns: &[
        Column::new("name", Kind::Name(environment)),
        Column::new("lifecycle", Kind::Text),
        Column::new("state", Kind::Text),
        Column::new("data", Kind::Document),
        Column::new("failure", Kind::MaybeJson),
        Column::new("last_success", Kind::MaybeText),
        Column::new("step", Kind::MaybeText),
        Column::new("revision", Kind::Int),
        Column::new("created_ms", Kind::Int),
        Column::new("updated_ms", Kind::Int),
        Column::new("entered_ms", Kind::Int),
    ],
    key: 1,
    count: "SELECT count(*) FROM environment",
    page: "
SELECT name, lifecycle, state, data, failure, last_success, step, revision, created_ms, updated_ms, entered_ms
FROM environment WHERE name > ?1 ORDER BY name",
    of: "
SELECT name, lifecycle, state, data, failure, last_success, step, revision, created_ms, updated_ms, entered_ms
FROM environment WHERE name = ?1",
    put: &["
INSERT INTO environment (name, lifecycle, state, data, failure, last_success, step, revision, created_ms,
                         updated_ms, entered_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"],
};

const HISTORY: Table = Table {
    record: "environment_history",
    columns: &[
        Column::new("name", Kind::Name(environment)),
        Column::new("sequence", Kind::Int),
        Column::new("revision", Kind::Int),
        Column::new("time_ms", Kind::Int),
        Column::new("operation", Kind::Text),
        Column::new("from_state", Kind::MaybeText),
        Column::new("process", Kind::Int),
        Column::new("host", Kind::Text),
        Column::new("user", Kind::Text),
        Column::new("note", Kind::MaybeText),
        Column::new("spent_ms", Kind::MaybeInt),
        Column::new("lifecycle", Kind::MaybeText),
        Column::new("state", Kind::MaybeText),
        Column::new("data", Kind::MaybeJson),
        Column::new("failure", Kind::MaybeJson),
        Column::new("last_success", Kind::MaybeText),
        Column::new("step", Kind::MaybeText),
        Column::new("created_ms", Kind::MaybeInt),
        Column::new("entered_ms", Kind::MaybeInt),
    ],
    key: 2,
    count: "SELECT count(*) FROM environment_history",
    page: "
SELECT name, sequence, revision, time_ms, operation, from_state, process, host, user, note, spent_ms, lifecycle,
       state, data, failure, last_success, step, created_ms, entered_ms
FROM environment_history WHERE (name, sequence) > (?1, ?2) ORDER BY name, sequence",
    of: "
SELECT name, sequence, revision, time_ms, operation, from_state, process, host, user, note, spent_ms, lifecycle,
       state, data, failure, last_success, step, created_ms, entered_ms
FROM environment_history WHERE name = ?1 ORDER BY sequence",
    put: &["
INSERT INTO environment_history (name, sequence, revision, time_ms, operation, from_state, process, host, user,
                                 note, spent_ms, lifecycle, state, data, failure, last_success, step, created_ms,
                                 entered_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"],
};

/// Who holds a lock holds that of this store, not of a copy elsewhere: it is exported as free. Its number goes along, so
/// that it only rises.
const LOCKS: Table = Table {
    record: "environment_lock",
    columns: &[
        Column::new("name", Kind::Name(environment)),
        Column::new("fencing", Kind::Int),
        Column::new("purpose", Kind::MaybeText),
        Column::new("pid", Kind::Int),
        Column::new("process_start", Kind::Int),
        Column::new("boot_id", Kind::Text),
        Column::new("machine_id", Kind::Text),
        Column::new("pid_namespace", Kind::Text),
        Column::new("host", Kind::Text),
        Column::new("user", Kind::Text),
        Column::new("taken_ms", Kind::Int),
        Column::new("ttl_ms", Kind::MaybeInt),
    ],
    key: 1,
    count: "SELECT count(*) FROM environment_lock",
    page: "
SELECT name, fencing, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user, taken_ms, ttl_ms
FROM environment_lock WHERE name > ?1 ORDER BY name",
    of: "
SELECT name, fencing, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host, user, taken_ms, ttl_ms
FROM environment_lock WHERE name = ?1",
    put: &["
INSERT INTO environment_lock (name, fencing, purpose, pid, process_start, boot_id, machine_id, pid_namespace, host,
                              user, taken_ms, ttl_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"],
};

const LIFECYCLES: Table = Table {
    record: "lifecycle",
    columns: &[
        Column::new("name", Kind::Name(lifecycle)),
        Column::new("revision", Kind::Int),
        Column::new("definition", Kind::Json),
    ],
    key: 1,
    count: "SELECT count(*) FROM lifecycle",
    page: "SELECT name, revision, definition FROM lifecycle WHERE name > ?1 ORDER BY name",
    of: "SELECT name, revision, definition FROM lifecycle WHERE name = ?1",
    put: &["INSERT INTO lifecycle (name, revision, definition) VALUES (?1, ?2, ?3)"],
};
