//! The records of the facet for export and import.

use crate::error::Result;
use crate::limits::{MOCK_CLOUD_BYTES, SCENARIO_BYTES, check_name};
use crate::transfer::{Column, Kind, Subject, Table, Transfer};

pub(crate) const TRANSFER: Transfer = Transfer {
    tables: &[CLOUDS],
    subject: Subject::Name,
    clear: &["DELETE FROM mock_cloud WHERE name = ?1"],
};

pub(crate) const SCENARIOS_TRANSFER: Transfer = Transfer {
    tables: &[SCENARIOS],
    subject: Subject::Name,
    clear: &["DELETE FROM mock_scenario WHERE name = ?1"],
};

fn cloud(name: &str) -> Result<()> {
    check_name("mock cloud", name, MOCK_CLOUD_BYTES)
}

fn scenario(name: &str) -> Result<()> {
    check_name("scenario", name, SCENARIO_BYTES)
}

const CLOUDS: Table = Table {
    record: "mock_cloud",
    columns: &[
        Column::new("name", Kind::Name(cloud)),
        Column::new("instance", Kind::Json),
        Column::new("parameters", Kind::Json),
        Column::new("commands", Kind::Json),
        Column::new("backups", Kind::Json),
        Column::new("costs", Kind::Json),
        Column::new("stack", Kind::Json),
        Column::new("settings", Kind::Json),
        Column::new("timers", Kind::Json),
        Column::new("scenario", Kind::Json),
        Column::new("fixtures", Kind::MaybeJson),
        Column::new("revision", Kind::Int),
        Column::new("created_ms", Kind::Int),
        Column::new("updated_ms", Kind::Int),
    ],
    key: 1,
    count: "SELECT count(*) FROM mock_cloud",
    page: "
SELECT name, instance, parameters, commands, backups, costs, stack, settings, timers, scenario, fixtures, revision,
       created_ms, updated_ms
FROM mock_cloud WHERE name > ?1 ORDER BY name",
    of: "
SELECT name, instance, parameters, commands, backups, costs, stack, settings, timers, scenario, fixtures, revision,
       created_ms, updated_ms
FROM mock_cloud WHERE name = ?1",
    put: &["
INSERT INTO mock_cloud (name, instance, parameters, commands, backups, costs, stack, settings, timers, scenario,
                        fixtures, revision, created_ms, updated_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"],
};

const SCENARIOS: Table = Table {
    record: "mock_scenario",
    columns: &[
        Column::new("name", Kind::Name(scenario)),
        Column::new("document", Kind::Json),
        Column::new("revision", Kind::Int),
        Column::new("updated_ms", Kind::Int),
    ],
    key: 1,
    count: "SELECT count(*) FROM mock_scenario",
    page: "SELECT name, document, revision, updated_ms FROM mock_scenario WHERE name > ?1 ORDER BY name",
    of: "SELECT name, document, revision, updated_ms FROM mock_scenario WHERE name = ?1",
    put: &["INSERT INTO mock_scenario (name, document, revision, updated_ms) VALUES (?1, ?2, ?3, ?4)"],
};
