//! Every statement of the facet.

use crate::verdict::Fault;

/// ?1 the name.
pub(crate) const FIND: &str = "
SELECT instance, parameters, commands, backups, costs, stack, settings, timers, scenario, fixtures, revision
FROM mock_cloud WHERE name = ?1";

/// ?1 the name. 0 if it isn't there.
pub(crate) const REVISION: &str = "SELECT revision FROM mock_cloud WHERE name = ?1";

/// ?1 lower and ?2 upper bound of the name.
pub(crate) const NAMES: &str = "SELECT name FROM mock_cloud WHERE name >= ?1 AND name < ?2 ORDER BY name";

/// ?1 name, ?2 to ?10 the sections, ?11 fixtures, ?12 revision, ?13 now. Gives what a full journal keeps.
pub(crate) const CREATE: &str = "
INSERT INTO mock_cloud (name, instance, parameters, commands, backups, costs, stack, settings, timers, scenario,
                        fixtures, revision, created_ms, updated_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
RETURNING json_object('instance', json(instance), 'parameters', json(parameters), 'commands', json(commands),
                      'backups', json(backups), 'costs', json(costs), 'stack', json(stack),
                      'settings', json(settings), 'timers', json(timers), 'scenario', json(scenario),
                      'fixtures', json(fixtures))";

/// ?1 name, ?2 which section, ?3 what it gets, ?4 revision, ?5 now.
pub(crate) const SET: &str = "
UPDATE mock_cloud SET
    instance = iif(?2 = 'instance', ?3, instance),
    parameters = iif(?2 = 'parameters', ?3, parameters),
    commands = iif(?2 = 'commands', ?3, commands),
    backups = iif(?2 = 'backups', ?3, backups),
    costs = iif(?2 = 'costs', ?3, costs),
    stack = iif(?2 = 'stack', ?3, stack),
    settings = iif(?2 = 'settings', ?3, settings),
    timers = iif(?2 = 'timers', ?3, timers),
    scenario = iif(?2 = 'scenario', ?3, scenario),
    fixtures = iif(?2 = 'fixtures', ?3, fixtures),
    revision = ?4,
    updated_ms = ?5
WHERE name = ?1";

/// ?1 name.
pub(crate) const DELETE: &str = "DELETE FROM mock_cloud WHERE name = ?1";

/// ?1 name.
pub(crate) const FIND_SCENARIO: &str = "SELECT document FROM mock_scenario WHERE name = ?1";

pub(crate) const SCENARIOS: &str = "SELECT name, document FROM mock_scenario ORDER BY name";

/// ?1 name, ?2 document, ?3 revision, ?4 now.
pub(crate) const SAVE_SCENARIO: &str = "
INSERT INTO mock_scenario (name, document, revision, updated_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE SET
    document = excluded.document,
    revision = excluded.revision,
    updated_ms = excluded.updated_ms";

/// ?1 name.
pub(crate) const DELETE_SCENARIO: &str = "DELETE FROM mock_scenario WHERE name = ?1";

/// How many clouds there are, and of how many bytes; none of them expires.
pub(crate) const SIZE: &str = "
SELECT count(*),
       coalesce(sum(octet_length(name) + octet_length(instance) + octet_length(parameters)
                    + octet_length(commands) + octet_length(backups) + octet_length(costs)
                    + octet_length(stack) + octet_length(settings) + octet_length(timers)
                    + octet_length(scenario) + coalesce(octet_length(fixtures), 0)), 0)
FROM mock_cloud";

/// What must not be.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        reason: "a section of it is not JSON",
        find: "SELECT name FROM mock_cloud
               WHERE NOT (json_valid(instance) AND json_valid(parameters) AND json_valid(commands)
                          AND json_valid(backups) AND json_valid(costs) AND json_valid(stack)
                          AND json_valid(settings) AND json_valid(timers) AND json_valid(scenario)
                          AND json_valid(coalesce(fixtures, 'null')))",
    },
    Fault {
        reason: "its instance is in a state that is none",
        find: "SELECT name FROM mock_cloud
               WHERE json_valid(instance)
                 AND coalesce(instance ->> 'state', '') NOT IN ('running', 'stopped', 'hibernating', 'pending',
                                                                'stopping', 'terminated', 'unknown')",
    },
];

/// How many scenarios were saved, and of how many bytes.
pub(crate) const SCENARIOS_SIZE: &str =
    "SELECT count(*), coalesce(sum(octet_length(name) + octet_length(document)), 0) FROM mock_scenario";

pub(crate) const SCENARIOS_FAULTS: &[Fault] = &[Fault {
    reason: "its document is not JSON",
    find: "SELECT name FROM mock_scenario WHERE NOT json_valid(document)",
}];
